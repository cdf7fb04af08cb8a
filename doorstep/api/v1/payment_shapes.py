"""The documents of money."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictStr

from doorstep.api.v1.shapes import BIGGEST_ID, INT4, In, MoneyIn, MoneyOut, Out, text


class RefundLineIn(In):
    line_id: Annotated[int, Field(strict=True, ge=1, le=BIGGEST_ID, description="Of the order's lines.")]
    qty: Annotated[int, Field(strict=True, ge=1, le=INT4)]


class RefundIn(In):
    """Units and shipping at what was paid for them, or an amount; never both."""

    lines: Annotated[list[RefundLineIn], Field(max_length=500)] = []
    shipping: Annotated[StrictBool, Field(description="The shipping too; once at most.")] = False
    amount: MoneyIn | None = None
    reason: Annotated[StrictStr, text(200)] = ""


class RefundOut(Out):
    """`state`: granted, pending, succeeded, failed, unknown. `by_hand`: a person pays it out where the money was taken."""

    id: int
    order_id: int
    state: Literal["granted", "pending", "succeeded", "failed", "unknown"]
    amount: MoneyOut
    reason: str
    about: str
    problem: str
    by_hand: bool
    granted_at: datetime
    settled_at: datetime | None


class PaidIn(In):
    """That a customer has paid what is open of an order, another way than by a connected account."""

    amount: MoneyIn
    method: Annotated[StrictStr, text(200)] = "other"


class PaidOut(Out):
    id: int
    order_id: int
    amount: MoneyOut
    method: str
    by: str
    at: datetime


class EntryOut(Out):
    id: int
    kind: Literal["authorisation", "capture", "void", "refund", "credit"]
    amount: MoneyOut
    by: str
    at: datetime


class PaymentsOut(Out):
    """The money of one order. Every figure is a sum of `entries`; `refund_open` is granted and not settled yet."""

    order_id: int
    state: Literal["pending", "authorised", "captured", "voided", "declined"]
    elsewhere: Annotated[bool, Field(description="Whether somebody else took the money, such as the shop.")]
    capture_before: datetime | None
    open: Annotated[MoneyOut, Field(description="What nobody holds or has taken yet: it may be recorded as paid.")]
    authorised: MoneyOut
    captured: MoneyOut
    refunded: MoneyOut
    refund_open: MoneyOut
    refundable: MoneyOut
    credited: MoneyOut
    entries: list[EntryOut]
    refunds: list[RefundOut]
