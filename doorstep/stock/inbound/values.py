"""The words of what comes in: deliveries of suppliers, transfers between locations, and what somebody received of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from doorstep.base.money import Money
from doorstep.base.refusals import Refusal
from doorstep.base.states import Machine
from doorstep.base.words import gettext_noop

MOST_LINES = 500
MOST_UNITS = 1_000_000


class DeliveryState(StrEnum):
    EXPECTED = "expected"
    PARTIALLY_RECEIVED = "partially_received"
    RECEIVED = "received"
    CLOSED_SHORT = "closed_short"
    CANCELLED = "cancelled"


class TransferState(StrEnum):
    DRAFT = "draft"
    IN_TRANSIT = "in_transit"
    PARTIALLY_RECEIVED = "partially_received"
    RECEIVED = "received"
    CANCELLED = "cancelled"


class Condition(StrEnum):
    """How a received unit is: fit for sale, to be looked at, or broken."""

    GOOD = "good"
    QUALITY_CONTROL = "quality_control"
    DAMAGED = "damaged"


D, T = DeliveryState, TransferState
DELIVERIES = Machine(
    "expected delivery",
    {
        D.EXPECTED: frozenset({D.PARTIALLY_RECEIVED, D.RECEIVED, D.CLOSED_SHORT, D.CANCELLED}),
        D.PARTIALLY_RECEIVED: frozenset({D.RECEIVED, D.CLOSED_SHORT}),
        D.RECEIVED: frozenset({D.PARTIALLY_RECEIVED}),
    },
)
TRANSFERS = Machine(
    "transfer",
    {
        T.DRAFT: frozenset({T.IN_TRANSIT, T.CANCELLED}),
        T.IN_TRANSIT: frozenset({T.PARTIALLY_RECEIVED, T.RECEIVED}),
        T.PARTIALLY_RECEIVED: frozenset({T.RECEIVED}),
        T.RECEIVED: frozenset({T.PARTIALLY_RECEIVED}),  # a receipt was taken back
    },
)
OPEN_DELIVERIES = (D.EXPECTED, D.PARTIALLY_RECEIVED)
TAKING = (*OPEN_DELIVERIES, D.RECEIVED)  # the surplus of a delivery is found after all that was expected
UNDER_WAY = (T.IN_TRANSIT, T.PARTIALLY_RECEIVED)

# What a receipt is answered with where nothing was booked.
PROBLEMS = (
    "unknown_code", "over", "not_in_transfer", "closed", "needs_lot", "needs_serials", "serial_known", "lot_expiry_differs",
    "is_a_bundle",
)  # fmt: skip

DOCUMENT_TAKEN = Refusal(
    "document_taken",
    gettext_noop("%(supplier)s has a delivery %(document)s already."),
    gettext_noop("Open that one, or give this one another number."),
)
NO_LINES = Refusal(
    "no_lines",
    gettext_noop("There are no items on it."),
    gettext_noop("Add at least one item with its units."),
    status=422,
)
LINE_TWICE = Refusal(
    "line_twice",
    gettext_noop("%(sku)s is on it twice."),
    gettext_noop("Put all units of an item on one line."),
    status=422,
)
FEWER_THAN_CAME = Refusal(
    "fewer_than_came",
    gettext_noop("%(came)s units of %(sku)s came already, so no fewer can be expected."),
    gettext_noop("Expect as many as came, or more."),
)
NOT_CHANGED_NOW = Refusal(
    "not_changed_now",
    gettext_noop("This %(what)s is “%(state)s”, so its items stay as they are."),
    gettext_noop("Make another one for what is to change."),
)
NEEDS_REASON = Refusal(
    "needs_reason",
    gettext_noop("Say why, so that others understand it later."),
    gettext_noop("Write a short reason."),
    status=422,
)
NOTHING_SHIPPED = Refusal(
    "nothing_shipped",
    gettext_noop("No unit would leave."),
    gettext_noop("Send at least one unit, or cancel the transfer."),
)
MORE_THAN_WANTED = Refusal(
    "more_than_wanted",
    gettext_noop("%(qty)s units of %(sku)s are on the transfer, not %(wanted)s."),
    gettext_noop("Change the transfer first, then ship it."),
)
ALL_ARRIVED = Refusal(
    "all_arrived",
    gettext_noop("Nothing of this %(what)s is missing."),
    gettext_noop("There is nothing to close."),
)


@dataclass(frozen=True, slots=True)
class LineDraft:
    """Units of one variant that shall come."""

    variant_id: int
    qty: int
    cost: Money | None = None


@dataclass(frozen=True, slots=True)
class DeliveryDraft:
    """A delivery as somebody announces it.  `blind`: who receives it is not shown how much is expected."""

    supplier: str
    document: str
    location_id: int
    lines: tuple[LineDraft, ...]
    expected_on: date | None = None
    note: str = ""
    blind: bool = False


@dataclass(frozen=True, slots=True)
class TransferDraft:
    """Units that shall lie elsewhere."""

    origin_id: int
    destination_id: int
    lines: tuple[LineDraft, ...]
    due_on: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Arrived:
    """Units that somebody found, named by a code or by the variant.

    `client_id` is made by whoever sends it; the same again books nothing.  `reason`: why more came than was expected.
    `lot`, `expires_on`, `serials`: of a tracked variant.
    """

    client_id: str
    qty: int = 1
    code: str = ""
    variant_id: int | None = None
    condition: Condition = Condition.GOOD
    reason: str = ""
    lot: str = ""
    expires_on: date | None = None
    serials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a receipt.  `problem`: "" where it is booked; `over`: how many of its units are more than expected."""

    client_id: str
    problem: str
    variant_id: int | None
    qty: int
    over: int = 0


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    id: int
    supplier: str
    document: str
    location_id: int
    state: str
    expected_on: date | None
    note: str
    blind: bool
    reason: str
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None
    expected: int
    received: int
    missing: int
    over: int

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_DELIVERIES

    def is_late(self, today: date) -> bool:
        """Whether it should have been here by now."""
        return self.is_open and self.expected_on is not None and self.expected_on < today


@dataclass(frozen=True, slots=True)
class DeliveryLineRow:
    id: int
    delivery_id: int
    variant_id: int
    sku: str
    title: str
    barcode: str
    picture: str
    position: int
    expected: int
    received: int
    damaged: int
    quality_control: int
    cost_minor: int | None
    currency: str

    @property
    def missing(self) -> int:
        return max(self.expected - self.received, 0)

    @property
    def over(self) -> int:
        return max(self.received - self.expected, 0)

    @property
    def is_extra(self) -> bool:
        """Whether nobody had announced it."""
        return self.expected == 0

    @property
    def cost(self) -> Money | None:
        return None if self.cost_minor is None else Money(self.cost_minor, self.currency)


@dataclass(frozen=True, slots=True)
class TransferRow:
    id: int
    origin_id: int
    destination_id: int
    state: str
    due_on: date | None
    note: str
    reason: str
    created_at: datetime
    updated_at: datetime
    shipped_at: datetime | None
    ended_at: datetime | None
    qty: int
    shipped: int
    received: int
    lost: int

    @property
    def name(self) -> str:
        return f"T-{self.id}"

    @property
    def in_transit(self) -> int:
        return self.shipped - self.received - self.lost

    def is_late(self, today: date) -> bool:
        """Whether it should have arrived by now."""
        return self.state in UNDER_WAY and self.due_on is not None and self.due_on < today


@dataclass(frozen=True, slots=True)
class TransferLineRow:
    """`bin`: where it lies at the origin; `free`: how many units there are promised to nobody."""

    id: int
    transfer_id: int
    variant_id: int
    sku: str
    title: str
    barcode: str
    picture: str
    position: int
    qty: int
    shipped: int
    received: int
    lost: int
    bin: str
    free: int

    @property
    def in_transit(self) -> int:
        return self.shipped - self.received - self.lost


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    id: int
    variant_id: int | None
    sku: str
    code: str
    qty: int
    condition: str
    lot: str
    over: int
    reason: str
    problem: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class IncomingRow:
    """Units of a variant that shall come to a location.  `reference`: "delivery:12" or "transfer:3"; `name` is what people
    call it; `due_on` None: nobody knows."""

    variant_id: int
    location_id: int
    qty: int
    due_on: date | None
    reference: str
    name: str

    @property
    def source_id(self) -> int:
        return int(self.reference.partition(":")[2])

    @property
    def is_delivery(self) -> bool:
        return self.reference.startswith("delivery:")


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """`view`: "" all, "open", "late" (expected before `today`), "done"."""

    view: str = ""
    text: str = ""
    location_id: int = 0
    variant_id: int = 0
    today: date = date.max


@dataclass(frozen=True, slots=True)
class TransferFilter:
    """`view`: "" all, "draft", "moving", "done"; `location_id`: from or to there."""

    view: str = ""
    text: str = ""
    location_id: int = 0
