"""The words of stock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

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


@dataclass(frozen=True, slots=True)
class Want:
    """Units wanted for one reference, e.g. one order line."""

    reference_id: int
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

    @property
    def available(self) -> int:
        """What may still be promised.  Source: product.md, Vocabulary."""
        return self.spare - self.safety_stock

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
    """

    wants: tuple[Want, ...]
    places: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class ReservationRow:
    id: int
    variant_id: int
    reference_id: int
    qty: int
    location_id: int | None
