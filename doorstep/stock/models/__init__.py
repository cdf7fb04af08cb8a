"""The tables of stock."""

from __future__ import annotations

from doorstep.stock.models.counts import CountEntry, CountLimits, CountLine, CountSheet, Document
from doorstep.stock.models.inbound import (
    ExpectedDelivery,
    ExpectedLine,
    InboundSettings,
    Receipt,
    Transfer,
    TransferLine,
)
from doorstep.stock.models.pool import Item, Level, Movement, Reservation
from doorstep.stock.models.promises import Backorder, Cart, CartLine, SellingRule
from doorstep.stock.models.tracked import Lot, LotLevel, LotMovement, LotPick, Tracking

__all__ = [
    "Backorder",
    "Cart",
    "CartLine",
    "CountEntry",
    "CountLimits",
    "CountLine",
    "CountSheet",
    "Document",
    "ExpectedDelivery",
    "ExpectedLine",
    "InboundSettings",
    "Item",
    "Level",
    "Lot",
    "LotLevel",
    "LotMovement",
    "LotPick",
    "Movement",
    "Receipt",
    "Reservation",
    "SellingRule",
    "Tracking",
    "Transfer",
    "TransferLine",
]
