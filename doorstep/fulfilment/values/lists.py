"""Pick lists: what is fetched for whom, how far it is, and what goes back to its bin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from doorstep.base.refusals import Refusal
from doorstep.base.states import Machine
from doorstep.base.words import gettext_noop


class PickListState(StrEnum):
    OPEN = "open"
    IN_PROGRESS = "in_progress"
    PICKED = "picked"
    CANCELLED = "cancelled"


class Method(StrEnum):
    """How the orders on one list are kept apart.

    single: the list has one order; cluster: each order has its tote on the cart; batch: fetched together, sorted afterwards.
    """

    SINGLE = "single"
    CLUSTER = "cluster"
    BATCH = "batch"


PICK_LISTS = Machine(
    "pick list",
    {
        PickListState.OPEN: frozenset({PickListState.IN_PROGRESS, PickListState.CANCELLED}),
        PickListState.IN_PROGRESS: frozenset({PickListState.PICKED, PickListState.CANCELLED}),
        PickListState.PICKED: frozenset({PickListState.IN_PROGRESS}),
    },
)
TO_DO = tuple(PICK_LISTS.sources(PickListState.CANCELLED))  # what may still be called off is still to be picked
NOT_PICKED = Refusal(
    "not_picked",
    gettext_noop("%(left)s units of order %(order)s are not picked yet."),
    gettext_noop("Scan them first, or report them as short."),
)
NOTHING_TO_PUT_BACK = Refusal(
    "nothing_to_put_back",
    gettext_noop("Nothing of this is to be put back."),
    gettext_noop("Look at the list of what is to be put back; only picked units of cancelled orders stand there."),
)


@dataclass(frozen=True, slots=True)
class PickListRow:
    id: int
    location_id: int
    state: str
    picker_name: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    orders: int
    units: int
    picked: int
    wave_id: int | None = None
    method: str = ""
    walk_mm: int | None = None


@dataclass(frozen=True, slots=True)
class PickTaskRow:
    id: int
    pick_list_id: int
    fulfilment_order_id: int
    order_id: int
    order_name: str
    fulfilment_line_id: int
    variant_id: int
    sku: str
    barcode: str
    title: str
    picture: str
    bin: str
    qty: int
    picked: int
    on_hold: bool
    part_of: str = ""
    tote: int = 0
    walk_at: int | None = None


@dataclass(frozen=True, slots=True)
class PutBackRow:
    """Units that were picked for an order which was cancelled then.  `put_back_at`: None while they lie about."""

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
    put_back_at: datetime | None
    put_back_by: str


@dataclass(frozen=True, slots=True)
class Scanned:
    """The answer to one scan: `problem` is empty when it counted."""

    scan_id: int
    problem: str
    task_id: int | None
    picked: int
    qty: int
    list_done: bool


@dataclass(frozen=True, slots=True)
class Reported:
    """The answer to a short pick: `problem` is empty when it counted; `missing` units have left the list."""

    problem: str
    task_id: int | None
    picked: int
    qty: int
    missing: int
    list_done: bool
