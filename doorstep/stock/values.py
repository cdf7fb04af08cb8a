"""The words of stock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum, StrEnum

from doorstep.base.refusals import Refusal
from doorstep.base.words import gettext_noop


class MovementKind(StrEnum):
    RECEIPT = "receipt"
    SALE = "sale"
    ADJUSTMENT = "adjustment"
    TRANSFER = "transfer"
    COUNT = "count"
    RETURN = "return"
    WRITE_OFF = "write_off"
    RESERVATION = "reservation"
    ALLOCATION = "allocation"


class ReservationState(StrEnum):
    OPEN = "open"
    FULFILLED = "fulfilled"
    RELEASED = "released"


class CartState(StrEnum):
    OPEN = "open"
    ORDERED = "ordered"
    RELEASED = "released"
    EXPIRED = "expired"


class Selling(StrEnum):
    """Whether a variant is sold beyond what is available."""

    NONE = "none"
    BACKORDER = "backorder"
    PREORDER = "preorder"


class BackorderKind(StrEnum):
    """Why units wait: sold as a backorder or pre-order, or short without anybody having said that they may be."""

    BACKORDER = "backorder"
    PREORDER = "preorder"
    SHORT = "short"


class BackorderState(StrEnum):
    OPEN = "open"
    SERVED = "served"
    WITHDRAWN = "withdrawn"


class Priority(IntEnum):
    """Whose turn it is first when units come."""

    NORMAL = 0
    HIGH = 1


class Reason(StrEnum):
    """Why somebody books by hand."""

    FOUND = "found"
    LOST = "lost"
    DAMAGED = "damaged_in_store"
    STOLEN = "stolen"
    EXPIRED = "expired"
    SAMPLE = "sample"
    DATA_CORRECTION = "data_correction"
    SUPPLIER_ERROR = "supplier_error"
    TO_CHECK = "to_check"
    PASSED = "passed_check"
    FAILED = "failed_check"
    REPAIRED = "repaired"
    OTHER = "other"


ADJUSTING = (
    Reason.FOUND, Reason.LOST, Reason.DAMAGED, Reason.STOLEN, Reason.EXPIRED, Reason.SAMPLE, Reason.DATA_CORRECTION,
    Reason.SUPPLIER_ERROR, Reason.OTHER,
)  # fmt: skip
TURNING = (
    Reason.DAMAGED, Reason.TO_CHECK, Reason.PASSED, Reason.FAILED, Reason.REPAIRED, Reason.EXPIRED, Reason.SAMPLE,
    Reason.SUPPLIER_ERROR, Reason.DATA_CORRECTION, Reason.OTHER,
)  # fmt: skip


class Condition(StrEnum):
    """In what state units lie in a place; of these only the sellable are promised."""

    SELLABLE = "sellable"
    DAMAGED = "damaged"
    QUALITY_CONTROL = "quality_control"


MOST_PAPER_BYTES = 10_000_000
PAPER_TOO_LARGE = Refusal(
    "file_too_large",
    gettext_noop("The file “%(name)s” is larger than %(most)s MB."),
    gettext_noop("Keep a smaller copy, or write its number only."),
    status=422,
)
NOT_ENOUGH = Refusal(
    "not_enough_stock",
    gettext_noop("Only %(available)s of %(sku)s can be taken here, not %(wanted)s."),
    gettext_noop("Take fewer, or book a receipt first."),
)
HAS_STOCK = Refusal(
    "has_stock",
    gettext_noop("%(sku)s has stock of its own, or had it, and cannot become a bundle."),
    gettext_noop("Make a new product or variant for the bundle, and put this one in as a component."),
)


NOT_RESERVED = Refusal(
    "not_reserved",
    gettext_noop("Only %(available)s of %(sku)s are available, not %(wanted)s."),
    gettext_noop("Reserve fewer; what the cart held before it still holds."),
)
CART_USED = Refusal(
    "reservation_used",
    gettext_noop("The reservation %(token)s became an order already."),
    gettext_noop("Use a new token for another cart."),
)


@dataclass(frozen=True, slots=True)
class Want:
    """Units wanted for one reference, e.g. one order line."""

    reference_id: int
    variant_id: int
    qty: int


@dataclass(frozen=True, slots=True)
class CartWant:
    """Units that a cart shall hold."""

    variant_id: int
    qty: int


@dataclass(frozen=True, slots=True)
class Pin:
    """Units of one reference that shall come from one location."""

    reference_id: int
    variant_id: int
    location_id: int
    qty: int


@dataclass(frozen=True, slots=True)
class Change:
    """A change of physical stock in one place.  Units: whole units, signed."""

    variant_id: int
    location_id: int
    on_hand: int = 0
    damaged: int = 0
    quality_control: int = 0


@dataclass(frozen=True, slots=True)
class PoolRow:
    variant_id: int
    on_hand: int
    committed: int
    reserved: int
    damaged: int
    quality_control: int
    safety_stock: int  # all that is kept back: the wish for everywhere, and what each place really keeps
    kept_everywhere: int = 0
    waiting: int = 0
    to_serve: bool = False

    @property
    def available(self) -> int:
        """What may still be promised.  Source: product.md, Vocabulary."""
        return self.spare - self.safety_stock

    @property
    def unclaimed(self) -> int:
        """What who comes now may have: while units that came were not yet offered to those who wait, these come first."""
        return self.available - self.waiting if self.to_serve else self.available

    @property
    def spare(self) -> int:
        """Units that nobody was promised, those kept back among them."""
        return self.on_hand - self.committed - self.reserved - self.damaged - self.quality_control


@dataclass(frozen=True, slots=True)
class LevelRow:
    variant_id: int
    location_id: int
    on_hand: int
    committed: int
    damaged: int
    quality_control: int
    bin: str
    recount_since: datetime | None = None
    safety_stock: int = 0  # the wish
    kept: int = 0  # what is really kept back: no more than lies here
    counted_at: datetime | None = None

    @property
    def free(self) -> int:
        """Units here that no order is pinned to."""
        return self.on_hand - self.committed - self.damaged - self.quality_control

    @property
    def promisable(self) -> int:
        """Units here that may be promised: the free ones without those that this place keeps back."""
        return max(self.free - self.kept, 0)


@dataclass(frozen=True, slots=True)
class MovementRow:
    id: int
    variant_id: int
    location_id: int | None
    in_pool: bool
    kind: str
    on_hand: int
    committed: int
    reserved: int
    damaged: int
    quality_control: int
    reason: str
    reference: str
    actor_name: str
    at: datetime
    safety_stock: int = 0


@dataclass(frozen=True, slots=True)
class Why:
    """A reason of the list, with a few words where somebody wrote them; `other` needs them."""

    reason: Reason
    words: str = ""

    @property
    def text(self) -> str:
        """As the ledger keeps it: the reason, and the words behind it."""
        return f"{self.reason.value}: {self.words}"[:60] if self.words else self.reason.value


@dataclass(frozen=True, slots=True)
class Paper:
    """The document behind a booking: its number, and the file where there is one.  `content` None: no file."""

    number: str = ""
    name: str = ""
    content_type: str = ""
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class DocumentRow:
    id: int
    number: str
    name: str
    size: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """Units of one place that change their condition, or leave the books where `to` is None.  Units: whole units."""

    variant_id: int
    location_id: int
    qty: int
    was: Condition
    to: Condition | None


@dataclass(frozen=True, slots=True)
class Effect:
    """What a booking does to the pool of one variant."""

    was: PoolRow
    will_be: PoolRow


@dataclass(frozen=True, slots=True)
class LedgerFilter:
    """Typed filters of the ledger; empty fields do not filter.  `by_hand`: without sales and what routing moves."""

    variant_ids: tuple[int, ...] | None = None
    kind: str = ""
    reason: str = ""
    location_id: int = 0
    since: datetime | None = None
    until: datetime | None = None
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Keep:
    """How many units shall be kept back from every channel, in one place or, without one, wherever they lie."""

    variant_id: int
    location_id: int | None
    qty: int


@dataclass(frozen=True, slots=True)
class Then:
    """The books as they stood at a past moment.  Shapes: pool rows by variant; levels by variant and location."""

    pool: Mapping[int, PoolRow]
    levels: Sequence[LevelRow]


@dataclass(frozen=True, slots=True)
class Count:
    """What somebody counted in one place."""

    variant_id: int
    location_id: int
    on_hand: int


@dataclass(frozen=True, slots=True)
class Short:
    """A variant that could not be promised: wanted more than was there."""

    variant_id: int
    wanted: int
    available: int


@dataclass(frozen=True, slots=True)
class Group:
    """Wants that are promised together or not at all, e.g. one order.

    `places`: the locations that may serve it; None when every unit of the pool may.
    `cart`: the token under which its buyer held units while checking out; "" for none.
    """

    wants: tuple[Want, ...]
    places: frozenset[int] | None = None
    cart: str = ""


@dataclass(frozen=True, slots=True)
class ReservationRow:
    id: int
    variant_id: int
    reference_id: int
    qty: int
    location_id: int | None


@dataclass(frozen=True, slots=True)
class CartLineRow:
    """Units of one variant that a cart holds, until it ends."""

    id: int
    cart_id: int
    token: str
    variant_id: int
    qty: int
    until: datetime
    made_at: datetime
    made_by: str


@dataclass(frozen=True, slots=True)
class CartRow:
    """A cart: what it holds now, and what became of it.  `state`: open, expired, ordered or released."""

    token: str
    made_at: datetime
    made_by: str
    state: str
    until: datetime | None
    lines: tuple[CartLineRow, ...]


@dataclass(frozen=True, slots=True)
class Shares:
    """Who gets what.  `answers`: one per group, empty for those that are served.

    Of the carts, as ids of their lines: `ordered` became part of an order, `given_back` belonged to a buyer who needs them
    no more, `expired` ended because somebody else needs the units.  `freed`: variants of which a cart gave units back.
    """

    answers: list[tuple[Short, ...]]
    ordered: list[int]
    given_back: list[int]
    expired: list[int]
    freed: set[int]


@dataclass(frozen=True, slots=True)
class SellingRow:
    variant_id: int
    kind: str
    available_on: date | None
    max_units: int | None


@dataclass(frozen=True, slots=True)
class Wait:
    """A group that was short: what it wants, what of that was short, and its turn."""

    group_id: int
    wants: tuple[Want, ...]
    shorts: tuple[Short, ...]
    since: datetime
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Waited:
    """What a group that waits is told.  `kind`: short where one variant may not be backordered; the day is the last one."""

    kind: str
    promised_on: date | None


@dataclass(frozen=True, slots=True)
class BackorderRow:
    id: int
    group_id: int
    reference_id: int
    variant_id: int
    qty: int
    kind: str
    priority: int
    since: datetime
    promised_on: date | None
    expected_on: date | None
    slipped: bool


@dataclass(frozen=True, slots=True)
class Backlog:
    """Units of one variant that wait, by what they were sold as and what was promised."""

    variant_id: int
    kind: str
    promised_on: date | None
    qty: int


@dataclass(frozen=True, slots=True)
class AtpDay:
    """What may be promised for a day: available, with what is due by it, less what was promised before it."""

    on: date
    incoming: int
    promised: int
    atp: int
