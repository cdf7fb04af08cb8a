"""What lies where, and the ledger behind it."""

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
class Change:
    """A change of physical stock in one place.  Units: whole units, signed."""

    variant_id: int
    location_id: int
    on_hand: int = 0
    damaged: int = 0
    quality_control: int = 0

    @property
    def gain(self) -> int:
        """How many more units can be sold from there afterwards."""
        return self.on_hand - self.damaged - self.quality_control


@dataclass(frozen=True, slots=True)
class Count:
    """What somebody counted in one place."""

    variant_id: int
    location_id: int
    on_hand: int


@dataclass(frozen=True, slots=True)
class Keep:
    """How many units shall be kept back from every channel, in one place or, without one, wherever they lie."""

    variant_id: int
    location_id: int | None
    qty: int


def beside(available: int, claims: int) -> int:
    """What is left of available units beside claims, which take no more than is there."""
    return available - min(claims, max(available, 0))


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
        return beside(self.available, self.waiting if self.to_serve else 0)

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
class Then:
    """The books as they stood at a past moment.  Shapes: pool rows by variant; levels by variant and location."""

    pool: Mapping[int, PoolRow]
    levels: Sequence[LevelRow]
