"""The words of the warehouse floor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from doorstep.base.refusals import Refusal
from doorstep.base.states import Machine
from doorstep.base.words import gettext_noop
from doorstep.fulfilment.tours import Route


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


class WaveState(StrEnum):
    """Follows from a wave's lists: nothing begun, some begun, all fetched, called off."""

    RELEASED = "released"
    IN_PROGRESS = "in_progress"
    PICKED = "picked"
    CANCELLED = "cancelled"


class PrintState(StrEnum):
    QUEUED = "queued"
    PRINTING = "printing"
    PRINTED = "printed"
    FAILED = "failed"
    UNKNOWN = "unknown"


PICK_LISTS = Machine(
    "pick list",
    {
        PickListState.OPEN: frozenset({PickListState.IN_PROGRESS, PickListState.CANCELLED}),
        PickListState.IN_PROGRESS: frozenset({PickListState.PICKED, PickListState.CANCELLED}),
        PickListState.PICKED: frozenset({PickListState.IN_PROGRESS}),
    },
)
TO_DO = tuple(PICK_LISTS.sources(PickListState.CANCELLED))  # what may still be called off is still to be picked
PRINTS = Machine(
    "print job",
    {
        PrintState.QUEUED: frozenset({PrintState.PRINTING}),
        PrintState.PRINTING: frozenset({PrintState.PRINTED, PrintState.FAILED, PrintState.UNKNOWN}),
        PrintState.UNKNOWN: frozenset({PrintState.PRINTED, PrintState.FAILED}),
    },
)
HEAVIEST_G = 1_000_000
LONGEST_MM = 10_000
SAID_PRINTED = gettext_noop("Somebody looked: it was printed.")
SAID_NOT_PRINTED = gettext_noop("Somebody looked: it was not printed.")
NOTHING_OPEN = Refusal(
    "nothing_open",
    gettext_noop("No open order at %(location)s fits this wave."),
    gettext_noop("Widen what the wave takes, or wait for orders."),
)
WAVE_OVER = Refusal(
    "wave_over",
    gettext_noop("Wave %(wave)s is over: nothing on it can be called off any more."),
    gettext_noop("Cancel single orders instead, or put back what was picked."),
)
TEMPLATE_NAME_TAKEN = Refusal(
    "wave_template_name_taken",
    gettext_noop("Another wave template is called %(name)s."),
    gettext_noop("Choose another name."),
)
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
BOX_NAME_TAKEN = Refusal(
    "box_name_taken",
    gettext_noop("Another box is called %(name)s."),
    gettext_noop("Choose another name, or change that box."),
)
BOX_RETIRED = Refusal(
    "box_retired",
    gettext_noop("The box %(name)s is out of use."),
    gettext_noop("Choose another box, or take it back into use under Settings, Boxes."),
)
PRINTER_RETIRED = Refusal(
    "printer_retired",
    gettext_noop("The printer that this went to is out of use."),
    gettext_noop("Print it again from the shipment or the pick list; it goes to the printer of its location."),
)
NO_PRINTER = Refusal(
    "no_printer",
    gettext_noop("No printer is set up for %(location)s."),
    gettext_noop("Add one under Settings, Printers."),
)
NO_PDF_PRINTER = Refusal(
    "no_pdf_printer",
    gettext_noop("No printer for PDF is set up for %(location)s; slips and pick lists need one."),
    gettext_noop("Add one under Settings, Printers."),
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
class BoxRow:
    """One of the brand's boxes.  Inner dimensions, millimetres; grams.  `flat`: an envelope, whose contents make it thick, at
    most `height_mm`.  `location_id` None: every location has it."""

    id: int
    name: str
    length_mm: int
    width_mm: int
    height_mm: int
    empty_g: int
    most_g: int
    cost_minor: int
    currency: str
    flat: bool
    location_id: int | None
    active: bool

    @property
    def dims_mm(self) -> tuple[int, int, int]:
        return self.length_mm, self.width_mm, self.height_mm


@dataclass(frozen=True, slots=True)
class BoxDraft:
    """What a person writes about a box, see `BoxRow`."""

    name: str
    length_mm: int
    width_mm: int
    height_mm: int
    empty_g: int = 0
    most_g: int = 0
    cost_minor: int = 0
    flat: bool = False
    location_id: int | None = None


@dataclass(frozen=True, slots=True)
class Closing:
    """How a packer closes one box.  `units` by order line, None: all that is left.  `weight_g` None: what items and box weigh.

    `dims_mm`: for what goes without one of the brand's boxes.  `planned`: of how many parcels this is one, as far as the packer
    knows.  `wish`: names this closing, so that one told twice makes one parcel.
    """

    units: Mapping[int, int] | None = None
    box_id: int | None = None
    weight_g: int | None = None
    dims_mm: tuple[int, int, int] | None = None
    planned: int = 1
    wish: str = ""


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


@dataclass(frozen=True, slots=True)
class PrinterRow:
    id: int
    name: str
    kind: str
    target: str
    language: str
    location_id: int | None
    active: bool


@dataclass(frozen=True, slots=True)
class PrintJobRow:
    id: int
    printer_id: int | None
    key: str
    document: str
    subject: str
    timeline: str
    state: str
    problem: str
    by: str
    wanted_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class PickRules:
    """How a location picks.  `planned`: lists are made by waves; else orders go on lists as they come.

    `cart_orders`: how many totes or orders fit on a cart; None: no limit.  `walk_mm_s`, `pick_s`: what minutes are told by.
    """

    planned: bool = False
    route: Route = Route.EXACT
    method: Method = Method.CLUSTER
    cart_picks: int = 30
    cart_orders: int | None = 12
    cart_weight_g: int | None = None
    walk_mm_s: int = 1_000
    pick_s: int = 12


@dataclass(frozen=True, slots=True)
class Takes:
    """What a wave takes of what is open; a field left as it is asks for nothing.

    `countries`: where orders go; `zone`: every line lies in that zone; `carrier_id`, `service`: by which it will probably go;
    `leaves_by`: what is to leave by this time of the location's clock, as HH:MM.
    """

    min_priority: int | None = None
    single_line: bool = False
    zone: str = ""
    countries: tuple[str, ...] = ()
    carrier_id: int | None = None
    service: str = ""
    leaves_by: str = ""


@dataclass(frozen=True, slots=True)
class PlannedList:
    """A pick list as a release would make it: fulfilment orders in the order of their totes, and the walk."""

    fulfilment_order_ids: tuple[int, ...]
    order_names: tuple[str, ...]
    lines: int
    units: int
    walk_mm: int
    plan_s: int


@dataclass(frozen=True, slots=True)
class PlannedWave:
    """What a release would do now.  `plain_mm`: the walk of the same orders as they came, through every aisle."""

    lists: tuple[PlannedList, ...]
    plain_mm: int
    unplaced: int

    @property
    def orders(self) -> int:
        return sum(len(one.fulfilment_order_ids) for one in self.lists)

    @property
    def units(self) -> int:
        return sum(one.units for one in self.lists)

    @property
    def walk_mm(self) -> int:
        return sum(one.walk_mm for one in self.lists)

    @property
    def plan_s(self) -> int:
        return sum(one.plan_s for one in self.lists)


@dataclass(frozen=True, slots=True)
class WaveRow:
    """A wave.  `takes`: what it was told to take; None of those that were released before that was kept."""

    id: int
    location_id: int
    template_id: int | None
    name: str
    method: str
    walk_mm: int
    plan_s: int
    due_at: datetime | None
    released_at: datetime
    released_by: str
    cancelled_at: datetime | None
    lists: int
    begun: int
    orders: int
    units: int
    picked: int
    takes: Takes | None = None

    @property
    def state(self) -> WaveState:
        if self.cancelled_at is not None or not self.units:
            return WaveState.CANCELLED
        if self.picked == self.units:
            return WaveState.PICKED
        return WaveState.IN_PROGRESS if self.begun else WaveState.RELEASED


@dataclass(frozen=True, slots=True)
class TemplateDraft:
    """A rule that releases waves by itself.  `at_times`: local times as HH:MM; `weekdays`: 0 is Monday; `pick_up_at`: when
    the carrier comes, "" where nobody waits."""

    name: str
    location_id: int
    method: Method = Method.CLUSTER
    takes: Takes = Takes()
    at_times: tuple[str, ...] = ()
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)
    pick_up_at: str = ""


@dataclass(frozen=True, slots=True)
class TemplateRow:
    id: int
    name: str
    location_id: int
    method: str
    takes: Takes
    at_times: tuple[str, ...]
    weekdays: tuple[int, ...]
    pick_up_at: str
    active: bool
    last_ran_at: datetime | None


@dataclass(frozen=True, slots=True)
class PutAwayAnswer:
    """The answer to one put-away: `problem` is empty when it counted; `bin` is where the units lie now."""

    client_id: str
    problem: str
    variant_id: int | None
    bin: str
    qty: int
    left: int


@dataclass(frozen=True, slots=True)
class ToPutAwayRow:
    """Units that came in and stand in receiving.  `bin`: where this variant lies already, "" where it lies nowhere yet."""

    variant_id: int
    sku: str
    barcode: str
    title: str
    picture: str
    bin: str
    qty: int
    came_at: datetime
