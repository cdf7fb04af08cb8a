"""The documents of the floor: pick lists, scans, short picks, paper."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt, StrictStr

from doorstep.api.v1.order_shapes import ParcelOut
from doorstep.api.v1.shapes import IdField, In, Moment, MoneyOut, Out, text

Problem = Literal["", "unknown_code", "not_on_list", "cancelled", "already_complete", "on_hold", "list_closed"]
ShortProblem = Literal["", "not_on_list", "cancelled", "already_complete", "on_hold", "list_closed"]
ClientId = Annotated[
    StrictStr,
    Field(pattern=r"^[0-9A-Za-z-]{8,40}$", description="Made by the scanner: the same id again counts nothing twice."),
]
When = Annotated[Moment | None, Field(description="When it happened on the floor; else now.")]


class PickListOut(Out):
    id: int
    location_id: int
    state: str
    picker: str
    orders: int
    units: int
    picked: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    wave_id: int | None
    method: Annotated[str, Field(description="single, cluster or batch; empty where orders were listed as they came.")]
    walk_mm: Annotated[int | None, Field(description="The walk past its bins, where the location has a floor plan.")]


class PickTaskOut(Out):
    """Units of one variant to fetch from one bin for one fulfilment order."""

    id: int
    fulfilment_order_id: int
    order_id: int
    order_name: str
    variant_id: int
    sku: str
    barcode: str
    title: str
    bin: str
    qty: int
    picked: int
    on_hold: bool
    tote: Annotated[int, Field(description="On the cart, or on the sorting shelf; 0: none.")]
    walk_at: Annotated[int | None, Field(description="Which stop of the walk this is.")]


class PickListDetailOut(PickListOut):
    tasks: list[PickTaskOut]


class PickListsOut(Out):
    pick_lists: list[PickListOut]
    next: str | None


class ScanIn(In):
    client_id: ClientId
    code: Annotated[StrictStr, text(120, required=True)]
    typed: StrictBool = False
    at: When = None


class ScansIn(In):
    """Scans in the order in which they were made."""

    scans: Annotated[list[ScanIn], Field(min_length=1, max_length=200)]


class ScanOut(Out):
    """`problem` is empty when the scan counted; `picked` of `qty` units of its task are picked now."""

    client_id: str
    problem: Problem
    task_id: int | None
    picked: int
    qty: int


class ScansOut(Out):
    answers: list[ScanOut]
    pick_list: PickListDetailOut


class ShortIn(In):
    client_id: ClientId
    task_id: IdField
    found: Annotated[
        StrictInt, Field(ge=0, le=1_000_000, description="Every unit of the task that was found, scanned or not.")
    ]
    at: When = None


class ShortOut(Out):
    """`problem` is empty when the report counted; `missing` units have left the list for another place, or wait."""

    client_id: str
    problem: ShortProblem
    task_id: int | None
    picked: int
    qty: int
    missing: int
    pick_list: PickListDetailOut


class PutBackOut(Out):
    """Units that were picked for an order which was cancelled then; `qty` units go back to `bin`."""

    task_id: int
    pick_list_id: int
    location_id: int
    fulfilment_order_id: int
    order_id: int
    order_name: str
    variant_id: int
    sku: str
    title: str
    bin: str
    qty: int
    put_back_at: Annotated[datetime | None, Field(description="Empty while they lie about.")]
    put_back_by: str


class PutBacksOut(Out):
    put_backs: list[PutBackOut]
    next: str | None


class UndoIn(In):
    client_id: Annotated[StrictStr, Field(max_length=40, description="The scan to take back; empty: the last one.")] = (
        ""
    )


class UndoOut(Out):
    """`task_id` is empty where there was nothing to take back."""

    task_id: int | None
    pick_list: PickListDetailOut


class LabelFileOut(Out):
    """The carrier's own file of a label.  `state`: wanted, kept, failed or erased."""

    language: Annotated[str, Field(description="pdf or zpl")]
    state: str
    size: Annotated[int, Field(description="In bytes, 0 while it is not here.")]
    problem: str
    next_try_at: Annotated[datetime | None, Field(description="When the carrier is asked for it again, while it is awaited.")]


class LabelFileIn(In):
    language: Literal["pdf", "zpl"] = "pdf"


class LabelOut(Out):
    """`state`: wanted, bought, unknown, declined or voided.  `files`: of carriers that draw their labels themselves."""

    id: int
    state: str
    service: str
    tracking_number: str
    cost: MoneyOut | None
    problem: str
    wanted_at: datetime
    settled_at: datetime | None
    files: list[LabelFileOut]


class ParcelLineOut(Out):
    order_line_id: int
    sku: str
    title: str
    qty: int


class TrackingOut(Out):
    status: str
    description: str
    place: str
    at: datetime


class ParcelDetailOut(ParcelOut):
    lines: list[ParcelLineOut]
    labels: list[LabelOut]
    tracking: list[TrackingOut]


class ParcelsOut(Out):
    shipments: list[ParcelOut]
    next: str | None


class HandOverIn(In):
    shipments: Annotated[list[IdField], Field(min_length=1, max_length=500, description="Ids of labelled parcels.")]


class HandOverOut(Out):
    """Parcels that left before are not among them."""

    handed_over: list[int]


class PrintIn(In):
    document: Literal["label", "slip"]


class PrintOut(Out):
    print_jobs: Annotated[list[int], Field(description="Ids of what goes to the printer.")]
