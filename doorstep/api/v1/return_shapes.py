"""Documents of returns."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt, StrictStr

from doorstep.api.v1.floor_shapes import ClientId
from doorstep.api.v1.shapes import IdField, In, Out, Qty, Sku, text

Reason = Literal[
    "too_small", "too_large", "not_as_described", "damaged", "defective", "wrong_item", "arrived_late", "changed_mind", "other"
]  # fmt: skip
Outcome = Literal["refund_original", "store_credit", "exchange_variant"]
Note = Annotated[StrictStr, text(2000)]


class ReturnOut(Out):
    """`decision`, `goods` and `money` go their own ways."""

    id: int
    number: str
    order_id: int
    customer_id: int
    decision: str
    goods: str
    money: str
    is_withdrawal: bool
    policy_version: int
    timing: str
    free_label: bool
    keep_item: bool
    location_id: int | None
    parcel_id: int | None
    units: int
    note: str
    requested_at: datetime
    decided_at: datetime | None
    expires_at: datetime | None
    received_at: datetime | None
    closed_at: datetime | None
    updated_at: datetime


class ReturnsOut(Out):
    returns: list[ReturnOut]
    next: str | None


class ReturnLineOut(Out):
    """`rule`: by which rule of the policy it was decided, or that a person did."""

    id: int
    order_line_id: int
    variant_id: int
    sku: str
    title: str
    qty: int
    reason: str
    answer: str
    note: str
    stated: str
    outcome: str
    exchange_variant_id: int | None
    exchange_order_id: int | None
    decision: str
    rule: str
    received: int
    inspected: int
    missing: int


class ReceiptOut(Out):
    line_id: int | None
    variant_id: int | None
    came: str
    qty: int
    note: str
    by: str
    at: datetime


class InspectionOut(Out):
    line_id: int
    qty: int
    grade: str
    disposition: str
    location_id: int
    note: str
    by: str
    at: datetime


class ReturnDetailOut(ReturnOut):
    """`status_link`: where the customer sees how it is going; whoever has it may call the return off, so it is
    null for a key without `returns:write`."""

    status_link: str | None
    lines: list[ReturnLineOut]
    receipts: list[ReceiptOut]
    inspections: list[InspectionOut]


class WishIn(In):
    order_line_id: IdField
    qty: Qty
    reason: Reason
    outcome: Outcome = "refund_original"
    answer: Note = ""
    note: Note = ""
    stated: Literal["", "unopened", "opened", "used", "damaged"] = ""
    exchange_variant_id: IdField | None = None


class ReturnIn(In):
    """`preview`: only tell what the policy says; nothing is kept."""

    client_id: ClientId
    lines: Annotated[list[WishIn], Field(min_length=1, max_length=200)]
    is_withdrawal: StrictBool = False
    note: Note = ""
    preview: StrictBool = False


class PreviewLineOut(Out):
    order_line_id: int
    qty: int
    action: str
    rule: str
    question: str
    question_ko: str
    outcomes: list[str]


class PreviewOut(Out):
    """What would become of it, by the very path that the request takes."""

    decision: str
    policy_version: int
    timing: str
    free_label: bool
    keep_item: bool
    lines: list[PreviewLineOut]


class DecisionIn(In):
    decision: Literal["approve", "decline"]
    note: Note = ""


class CameIn(In):
    """Units of a line that was announced."""

    line_id: IdField
    qty: Qty


class OtherIn(In):
    """What nobody announced; it counts for no line."""

    came: Literal["wrong_item", "extra_item"]
    qty: Qty = 1
    sku: Sku | None = None
    note: Note = ""


class ReceiptIn(In):
    client_id: ClientId
    lines: Annotated[list[CameIn], Field(max_length=200)] = []
    others: Annotated[list[OtherIn], Field(max_length=50)] = []


class InspectionIn(In):
    """Stock moves with it, and it cannot be undone."""

    client_id: ClientId
    line_id: IdField
    qty: Annotated[StrictInt, Field(ge=1, le=1_000_000)]
    grade: Literal["A", "B", "C", "D"]
    disposition: Literal[
        "restocked", "refurbish", "liquidate", "donate", "recycle", "supplier_return", "missing", "processing_required"
    ]
    note: Note = ""
