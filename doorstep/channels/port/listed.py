"""What a shop lists when it is asked: orders, and what it offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ListedOrder:
    """An order as the shop lists it.  `body`: as a webhook would have told it.  `updated_at`: the shop's own clock.

    `pending`: the shop only holds units for it (`UnitsPending`).
    """

    external_id: str
    updated_at: datetime
    called_off: bool
    paid: bool
    body: bytes
    pending: bool = False


@dataclass(frozen=True, slots=True)
class OrderPage:
    orders: Sequence[ListedOrder]
    next_after: str | None


@dataclass(frozen=True, slots=True)
class ListedRefund:
    """A refund as the shop lists it.  `refund_id`: as `RefundTold.refund_id`.  `body`: as a webhook would have told it."""

    refund_id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class RefundPage:
    refunds: Sequence[ListedRefund]
    next_after: str | None


@dataclass(frozen=True, slots=True)
class ListedItem:
    """Something that the shop offers, where it has a number of its own.

    `id`: where its number goes, as the adapter names it, once in a connection.  `item`: how the lines of orders name it; several
    places of one item share it.  `number`: what the shop shows now, None where it does not say.
    """

    id: str
    item: str
    sku: str
    barcode: str
    title: str
    number: int | None


@dataclass(frozen=True, slots=True)
class ListingPage:
    """`asked_at`: when the shop said so, where that was before it was asked for this page."""

    items: Sequence[ListedItem]
    next_after: str | None
    asked_at: datetime | None = None
