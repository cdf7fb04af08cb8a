"""The words of shipping."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from doorstep.base.refusals import Refusal
from doorstep.base.registry import VendorAccount
from doorstep.base.states import Machine
from doorstep.base.words import gettext_noop


class ParcelState(StrEnum):
    """Our side of a parcel, up to the carrier's door."""

    PACKED = "packed"
    LABELLED = "labelled"
    HANDED_OVER = "handed_over"
    CANCELLED = "cancelled"


class Direction(StrEnum):
    """Out to the customer, or back from them."""

    OUT = "out"
    BACK = "back"


class TrackingStatus(StrEnum):
    """The carrier's side, one vocabulary over all carriers."""

    PRE_TRANSIT = "pre_transit"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    AVAILABLE_FOR_PICKUP = "available_for_pickup"
    ATTEMPT_FAILED = "attempt_failed"
    DELIVERED = "delivered"
    DELAYED = "delayed"
    EXCEPTION = "exception"
    RETURN_TO_SENDER = "return_to_sender"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


class Trouble(StrEnum):
    """What an event says to be wrong with a parcel, over all carriers."""

    CUSTOMS = "customs"
    ADDRESS = "address"
    ABSENT = "absent"
    REFUSED = "refused"
    DAMAGED = "damaged"
    LOST = "lost"
    WEATHER = "weather"


class Delay(StrEnum):
    """Why a parcel that is on its way needs looking after, before its customer asks."""

    STALLED = "stalled"  # silent for longer than those on its way were
    NEVER_SCANNED = "never_scanned"  # the carrier has never seen it
    LATE = "late"  # beyond the days in which those on its way came
    MISSED_ESTIMATE = "missed_estimate"  # beyond the day that its carrier said
    CUSTOMS = "customs"  # waits at customs


class Aside(StrEnum):
    """Why a scan with a parcel's number is not of this parcel: carriers use numbers again."""

    EARLIER = "earlier"  # older than its label
    ELSEWHERE = "elsewhere"  # of a parcel to another place
    LATER = "later"  # long after this one was delivered


class LabelState(StrEnum):
    WANTED = "wanted"
    BOUGHT = "bought"
    UNKNOWN = "unknown"
    DECLINED = "declined"
    VOIDED = "voided"


class FileState(StrEnum):
    """Where the carrier's own file of a label stands."""

    WANTED = "wanted"
    KEPT = "kept"
    FAILED = "failed"
    ERASED = "erased"  # its label was given back, or nobody may know any more where the parcel went


PARCELS = Machine(
    "parcel",
    {
        ParcelState.PACKED: frozenset({ParcelState.LABELLED, ParcelState.CANCELLED}),
        ParcelState.LABELLED: frozenset({ParcelState.HANDED_OVER, ParcelState.PACKED, ParcelState.CANCELLED}),
    },
)
LABELS = Machine(
    "label",
    {
        LabelState.WANTED: frozenset({LabelState.BOUGHT, LabelState.UNKNOWN, LabelState.DECLINED, LabelState.VOIDED}),
        LabelState.UNKNOWN: frozenset({LabelState.BOUGHT, LabelState.DECLINED, LabelState.VOIDED}),
        LabelState.BOUGHT: frozenset({LabelState.VOIDED}),
    },
)
FILES = Machine(
    "label file",
    {
        FileState.WANTED: frozenset({FileState.KEPT, FileState.FAILED, FileState.ERASED}),
        FileState.FAILED: frozenset({FileState.WANTED, FileState.ERASED}),
        FileState.KEPT: frozenset({FileState.ERASED}),
    },
)
LIVE_LABELS = (LabelState.WANTED, LabelState.BOUGHT, LabelState.UNKNOWN)
# What a carrier says before it has the parcel in its hands.
NOT_YET_SCANNED = (TrackingStatus.UNKNOWN, TrackingStatus.PRE_TRANSIT, TrackingStatus.CANCELLED, TrackingStatus.EXPIRED)
MAX_PARCELS = 99  # of one fulfilment order
ON_THE_FLOOR = (ParcelState.PACKED, ParcelState.LABELLED)
WITH_LABEL = (ParcelState.LABELLED, ParcelState.HANDED_OVER)
NOT_TAKEN_BACK = gettext_noop("The carrier does not take it back.")
SCANNED_MEANWHILE = gettext_noop("The carrier scanned it meanwhile: it keeps its label.")
NO_SERVICE = gettext_noop("No service of this carrier takes this parcel.")
DRAWS_NONE = gettext_noop("This carrier has no labels of its own.")
NO_CARRIER = Refusal(
    "no_carrier",
    gettext_noop("No carrier is connected, so no label can be bought."),
    gettext_noop("Connect one under Settings, Carriers."),
)
NO_LABEL = Refusal(
    "no_label",
    gettext_noop("Parcel %(parcel)s has no label yet."),
    gettext_noop("Buy its label first, then hand it over."),
)
LABEL_AWAITED = Refusal(
    "label_awaited",
    gettext_noop("The carrier's label of parcel %(parcel)s is bought; its file is on its way as %(language)s."),
    gettext_noop("It is fetched by itself and printed as soon as it is here: look again in a moment."),
    status=503,
)
LABEL_NOT_FETCHED = Refusal(
    "label_not_fetched",
    gettext_noop("The carrier's label of parcel %(parcel)s does not come as %(language)s: %(problem)s"),
    gettext_noop("Fetch it again on the page of the parcel. If it stays away, void the label and buy another."),
)
NOT_ON_THE_FLOOR = Refusal(
    "parcel_gone",
    gettext_noop("Parcel %(parcel)s is “%(state)s”; this is not possible now."),
    gettext_noop("Look at its timeline to see what happened."),
)
TOO_MUCH_PACKED = Refusal(
    "too_much_packed",
    gettext_noop("Of order %(order)s only %(left)s more units of this line are to be packed, not %(wanted)s."),
    gettext_noop("Look at its parcels: somebody may have packed the rest already."),
)
NOTHING_TO_VOID = Refusal(
    "nothing_to_void",
    gettext_noop("Parcel %(parcel)s has no label that could be voided."),
    gettext_noop("Look at its label: it may have been voided already."),
)
ALREADY_SCANNED = Refusal(
    "label_scanned",
    gettext_noop("The carrier has scanned parcel %(parcel)s; its label cannot be voided any more."),
    gettext_noop("Ask the carrier to return it, or let it arrive."),
)
COMES_BACK = Refusal(
    "parcel_comes_back",
    gettext_noop("Parcel %(parcel)s comes back from a customer, who hands it over."),
    gettext_noop("Wait for its first scan."),
)
LABEL_GOING_BACK = Refusal(
    "label_going_back",
    gettext_noop("The label of parcel %(parcel)s is being voided."),
    gettext_noop("Wait for the carrier's answer, then buy another label."),
)
CARRIER_RETIRED = Refusal(
    "carrier_retired",
    gettext_noop("%(carrier)s is out of use."),
    gettext_noop("Take it back into use under Settings, Carriers, or choose another."),
)
NO_ANSWER = Refusal(
    "carrier_silent",
    gettext_noop("No carrier answered: %(problem)s"),
    gettext_noop("Test them under Settings, Carriers, then try again."),
    status=502,
)
HAS_A_LABEL = Refusal(
    "parcel_has_a_label",
    gettext_noop("Parcel %(parcel)s has a label, or one is being bought."),
    gettext_noop("Void that label first, then type the other number."),
)
NO_NUMBER = Refusal(
    "no_tracking_number",
    gettext_noop("“%(number)s” is no tracking number."),
    gettext_noop("Type letters and digits as they stand on the label, at least six."),
    status=422,
)
CARRIER_CODE_TAKEN = Refusal(
    "carrier_code_taken",
    gettext_noop("Another carrier has the code %(code)s."),
    gettext_noop("Choose another code."),
)


@dataclass(frozen=True, slots=True)
class CarrierRow(VendorAccount):
    """An account with a carrier.  Shapes: `delivers` bits of the days it moves on, Monday the lowest; no locations: all of them."""

    location_ids: list[int] | None
    delivers: int

    def collects_at(self, location_id: int) -> bool:
        """Whether its driver comes to a location."""
        return not self.location_ids or location_id in self.location_ids


@dataclass(frozen=True, slots=True)
class Packed:
    """Units of one order line that lie in a parcel."""

    order_line_id: int
    variant_id: int
    qty: int


@dataclass(frozen=True, slots=True)
class Box:
    """A parcel to be: one of those that a fulfilment order's packer closes.  Units: grams, millimetres outside.

    `wish`: names one closing, so that it makes one parcel however often it is told.  `planned`: of how many parcels the
    packer thinks this is one.
    """

    order_id: int
    order_name: str
    fulfilment_order_id: int
    location_id: int
    ship_to: Mapping[str, Any]
    weight_g: int
    contents: tuple[Packed, ...]
    box_name: str = ""
    dims_mm: tuple[int, int, int] | None = None
    planned: int = 1
    wish: str = ""


@dataclass(frozen=True, slots=True)
class BackBox:
    """A parcel to be that a customer sends back.  Units: grams.  `sender` and `ship_to`: addresses as orders keep them."""

    order_id: int
    order_name: str
    location_id: int
    sender: Mapping[str, Any]
    ship_to: Mapping[str, Any]
    weight_g: int
    contents: tuple[Packed, ...]


@dataclass(frozen=True, slots=True)
class ParcelRow:
    """`fulfilment_order_id` 0: a parcel that comes back, whose `sender` is the customer."""

    id: int
    order_id: int
    fulfilment_order_id: int
    location_id: int
    carrier_id: int | None
    carrier_name: str
    state: str
    status: str
    service: str
    tracking_number: str
    weight_g: int
    ship_to: dict[str, Any]
    direction: str
    sender: dict[str, Any]
    packed_at: datetime
    handed_over_at: datetime | None
    estimated_on: date | None
    delivered_at: datetime | None
    status_at: datetime | None
    updated_at: datetime
    box_name: str = ""
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    planned: int = 1
    expected_from: date | None = None
    expected_on: date | None = None
    expected_to: date | None = None
    late_after: date | None = None
    expected_level: int = 0
    expected_seen: int = 0

    @property
    def dims_mm(self) -> tuple[int, int, int] | None:
        """Outside, as far as they are known."""
        if self.length_mm is None or self.width_mm is None or self.height_mm is None:
            return None
        return self.length_mm, self.width_mm, self.height_mm


@dataclass(frozen=True, slots=True)
class Numbered:
    """Which of the parcels of its fulfilment order one is: `number` of `of`."""

    number: int
    of: int


@dataclass(frozen=True, slots=True)
class LeftToPack:
    """Units of a fulfilment order's line, and how many of them lie in no live parcel."""

    fulfilment_order_id: int
    order_line_id: int
    variant_id: int
    qty: int
    left: int


@dataclass(frozen=True, slots=True)
class Delivered:
    """Units of an order line that arrived, and when the last of them did."""

    order_line_id: int
    qty: int
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Said:
    """A text in the carrier's own words.  `language` is "" where nobody knows it."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class ParcelFilter:
    """Typed filters of the shipments list; empty fields do not filter."""

    state: str = ""
    status: str = ""
    carrier_id: int = 0
    location_id: int = 0
    text: str = ""
    direction: str = Direction.OUT


@dataclass(frozen=True, slots=True)
class ParcelLineRow:
    parcel_id: int
    order_line_id: int
    variant_id: int
    sku: str
    title: str
    qty: int
    part_of: str = ""


@dataclass(frozen=True, slots=True)
class LabelRow:
    id: int
    parcel_id: int
    key: str
    state: str
    carrier_id: int
    service: str
    vendor_id: str
    tracking_number: str
    sort_code: str
    cost_minor: int
    cost_currency: str
    problem: str
    wanted_at: datetime
    settled_at: datetime | None
    asked_times: int
    void_wanted_at: datetime | None
    is_open: bool
    choice: dict[str, Any] | None
    void_refused_at: datetime | None
    credit: str
    paper: str = ""


@dataclass(frozen=True, slots=True)
class TrackingRow:
    id: int
    parcel_id: int
    external_id: str
    status: str
    raw_code: str
    description: str
    place: str
    at: datetime
    trouble: str = ""
    aside: str = ""
