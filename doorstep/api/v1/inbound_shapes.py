"""The documents of expected deliveries, transfers and lots."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt, StrictStr

from doorstep.api.v1.floor_shapes import ClientId
from doorstep.api.v1.shapes import Day, IdField, In, LotCode, MoneyIn, MoneyOut, Out, Qty, Serials, Sku, text

Reason = Annotated[StrictStr, text(200, required=True)]
Note = Annotated[StrictStr, text(2000)]
Condition = Literal["good", "quality_control", "damaged"]
ReceiptProblem = Literal[
    "", "unknown_code", "over", "not_in_transfer", "closed", "needs_lot", "needs_serials", "serial_known",
    "lot_expiry_differs", "is_a_bundle", "taken_back",
]  # fmt: skip


class ExpectedLineIn(In):
    sku: Sku
    qty: Qty
    unit_cost: MoneyIn | None = None


class ExpectedDeliveryIn(In):
    """What a supplier shall bring to one location. `blind`: who receives it is not shown how much is expected."""

    supplier: Annotated[StrictStr, text(120, required=True)]
    document: Annotated[StrictStr, text(60, required=True)]
    location_id: IdField
    expected_on: Day | None = None
    note: Note = ""
    blind: StrictBool = False
    lines: Annotated[list[ExpectedLineIn], Field(min_length=1, max_length=500)]


class ExpectedDeliveryChangeIn(In):
    """What is left out stays as it is; `lines` says anew all that is expected."""

    supplier: Annotated[StrictStr, text(120, required=True)] | None = None
    document: Annotated[StrictStr, text(60, required=True)] | None = None
    expected_on: Day | None = None
    note: Note | None = None
    blind: StrictBool | None = None
    lines: Annotated[list[ExpectedLineIn], Field(min_length=1, max_length=500)] | None = None


class InboundReceiptIn(In):
    """Units that somebody found. Tracked variants want a `lot` or `serials`, one of these for each unit.

    `reason`: why more came than was expected; above the tolerance it is needed.
    """

    client_id: ClientId
    code: Annotated[StrictStr, text(120, required=True)]
    qty: Qty = 1
    condition: Condition = "good"
    reason: Annotated[StrictStr, text(200)] = ""
    lot: LotCode = ""
    expires_on: Day | None = None
    serials: Serials = []


class InboundReceiptsIn(In):
    receipts: Annotated[list[InboundReceiptIn], Field(min_length=1, max_length=200)]


class InboundAnswerOut(Out):
    """`problem` is empty where the units are booked; `over`: how many of them are more than was expected."""

    client_id: str
    problem: ReceiptProblem
    variant_id: int | None
    qty: int
    over: int


class ReceiptOfOut(Out):
    sku: str
    code: str
    qty: int
    condition: Condition
    lot: str
    over: int
    reason: str
    problem: ReceiptProblem
    by: str
    at: datetime


class TakeBackReceiptIn(In):
    client_id: ClientId


class ReasonIn(In):
    reason: Reason


class ExpectedDeliveryOut(Out):
    """`missing`: units that are expected and have not come; while it is open they are `incoming`."""

    id: int
    supplier: str
    document: str
    location_id: int
    state: str
    expected_on: date | None
    late: bool
    blind: bool
    note: str
    reason: str
    expected: int
    received: int
    missing: int
    over: int
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None


class ExpectedLineOut(Out):
    """`damaged` and `quality_control` units are part of `received`; nothing expected: it came unannounced."""

    variant_id: int
    sku: str
    title: str
    expected: int
    received: int
    damaged: int
    quality_control: int
    missing: int
    over: int
    unit_cost: MoneyOut | None


class ExpectedDeliveryDetailOut(ExpectedDeliveryOut):
    lines: list[ExpectedLineOut]
    receipts: list[ReceiptOfOut]


class ExpectedDeliveriesOut(Out):
    expected_deliveries: list[ExpectedDeliveryOut]
    next: str | None


class ReceivedDeliveryOut(Out):
    answers: list[InboundAnswerOut]
    expected_delivery: ExpectedDeliveryDetailOut


class TransferLineIn(In):
    sku: Sku
    qty: Qty


class TransferIn(In):
    origin_id: IdField
    destination_id: IdField
    due_on: Day | None = None
    note: Note = ""
    lines: Annotated[list[TransferLineIn], Field(min_length=1, max_length=500)]


class TransferChangeIn(In):
    """What is left out stays as it is; other `lines` only while it is a draft."""

    due_on: Day | None = None
    note: Note | None = None
    lines: Annotated[list[TransferLineIn], Field(min_length=1, max_length=500)] | None = None


class ShippedLineIn(In):
    sku: Sku
    qty: Annotated[StrictInt, Field(ge=0, le=1_000_000)]


class ShipTransferIn(In):
    """Without `lines` everything on it leaves; else what is not named stays where it is."""

    lines: Annotated[list[ShippedLineIn], Field(min_length=1, max_length=500)] | None = None


class TransferOut(Out):
    id: int
    number: str
    origin_id: int
    destination_id: int
    state: str
    due_on: date | None
    late: bool
    note: str
    reason: str
    qty: int
    shipped: int
    received: int
    lost: int
    in_transit: int
    created_at: datetime
    updated_at: datetime
    shipped_at: datetime | None
    ended_at: datetime | None


class TransferLineOut(Out):
    """`free`: units at the origin that are promised to nobody; `bin`: where they lie."""

    variant_id: int
    sku: str
    title: str
    bin: str
    free: int
    qty: int
    shipped: int
    received: int
    lost: int
    in_transit: int


class TransferDetailOut(TransferOut):
    lines: list[TransferLineOut]
    receipts: list[ReceiptOfOut]


class TransfersOut(Out):
    transfers: list[TransferOut]
    next: str | None


class ReceivedTransferOut(Out):
    answers: list[InboundAnswerOut]
    transfer: TransferDetailOut


class LotOut(Out):
    """`set_aside`: units of it that are damaged or in quality control."""

    id: int
    kind: Literal["lot", "serial"]
    code: str
    variant_id: int
    sku: str
    lot_id: Annotated[int | None, Field(description="The lot of a serial number.")]
    expires_on: date | None
    on_hand: int
    set_aside: int
    created_at: datetime


class LotsOut(Out):
    lots: list[LotOut]
    next: str | None


class LotPlaceOut(Out):
    location_id: int
    on_hand: int
    set_aside: int


class LotWentOut(Out):
    """An order that got units of it. `assumed`: nobody scanned which lot it was; the first to expire is taken to have gone."""

    order_id: int
    order_name: str
    order_line_id: int
    qty: int
    assumed: bool
    at: datetime


class LotDetailOut(LotOut):
    places: list[LotPlaceOut]
    orders: list[LotWentOut]


class LotChangeIn(In):
    expires_on: Day | None


class LotUnitsIn(In):
    location_id: IdField
    qty: Qty
    reason: Annotated[StrictStr, text(60, required=True)]


class LotAssignmentIn(In):
    """Units that lie somewhere without a lot or serial number."""

    sku: Sku
    location_id: IdField
    qty: Qty
    lot: LotCode = ""
    expires_on: Day | None = None
    serials: Serials = []


class LotTrackingIn(In):
    sku: Sku
    by_lot: StrictBool
    by_serial: StrictBool
    warn_days: Annotated[StrictInt, Field(ge=0, le=3650)] = 30


class LotTrackingOut(Out):
    """How a variant is tracked, and its units that lie somewhere without what it is tracked by."""

    variant_id: int
    sku: str
    by_lot: bool
    by_serial: bool
    warn_days: int
    without_lot: int
    without_serial: int
