"""The words of lots and serial numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from doorstep.base.refusals import Refusal
from doorstep.base.words import gettext_noop


class LotKind(StrEnum):
    LOT = "lot"
    SERIAL = "serial"


NOT_TRACKED = Refusal(
    "not_tracked",
    gettext_noop("%(sku)s is not tracked by lot or serial number."),
    gettext_noop("Switch tracking on, on its stock page."),
)
STILL_LOTS = Refusal(
    "still_lots",
    gettext_noop("Units of %(sku)s still lie here under a lot or serial number."),
    gettext_noop("Tracking can end once they are gone."),
)
TOO_FEW_IN_LOT = Refusal(
    "too_few_in_lot",
    gettext_noop("Only %(available)s units of %(lot)s can be taken here, not %(wanted)s."),
    gettext_noop("Take fewer."),
)
TOO_FEW_WITHOUT = Refusal(
    "too_few_without_lot",
    gettext_noop("Only %(available)s units here are without a lot, not %(wanted)s."),
    gettext_noop("Assign fewer, or count the place first."),
)
SERIAL_KNOWN = Refusal(
    "serial_known",
    gettext_noop("Serial number %(code)s lies in stock already."),
    gettext_noop("Look at it: each number stands for one unit."),
)
BAD_CODE = Refusal(
    "bad_lot_code",
    gettext_noop("A lot or serial number has 1 to 60 characters."),
    gettext_noop("Scan or type it again."),
    status=422,
)
EXPIRY_DIFFERS = Refusal(
    "expiry_differs",
    gettext_noop("Lot %(code)s is known to expire on %(known)s."),
    gettext_noop("Check the label; correct the lot's date if it is wrong."),
)
PICKED_ENOUGH = Refusal(
    "picked_enough",
    gettext_noop("Only %(left)s units of this line are without a lot."),
    gettext_noop("Take back a lot first."),
)


@dataclass(frozen=True, slots=True)
class TrackingRow:
    variant_id: int
    by_lot: bool = False
    by_serial: bool = False
    warn_days: int = 30

    @property
    def is_on(self) -> bool:
        return self.by_lot or self.by_serial


@dataclass(frozen=True, slots=True)
class Labelled:
    """Units of a variant with what stands on them.  `serials`: one each, or none."""

    variant_id: int
    location_id: int
    qty: int
    lot: str = ""
    expires_on: date | None = None
    serials: tuple[str, ...] = ()
    set_aside: bool = False


@dataclass(frozen=True, slots=True)
class LotRow:
    """A lot or serial number with what is left of it everywhere."""

    id: int
    variant_id: int
    kind: str
    code: str
    expires_on: date | None
    parent_id: int | None
    created_at: datetime
    on_hand: int
    set_aside: int

    def is_expired(self, today: date) -> bool:
        return self.expires_on is not None and self.expires_on < today


@dataclass(frozen=True, slots=True)
class LotLevelRow:
    """How much of a lot lies in a location."""

    lot_id: int
    variant_id: int
    location_id: int
    kind: str
    code: str
    expires_on: date | None
    on_hand: int
    set_aside: int

    @property
    def free(self) -> int:
        return self.on_hand - self.set_aside

    def is_expired(self, today: date) -> bool:
        return self.expires_on is not None and self.expires_on < today

    def is_soon(self, today: date, days: int) -> bool:
        """Whether it expires within so many days."""
        return self.expires_on is not None and today <= self.expires_on <= today + timedelta(days=days)


@dataclass(frozen=True, slots=True)
class LotMovementRow:
    id: int
    lot_id: int
    location_id: int
    kind: str
    on_hand: int
    set_aside: int
    assumed: bool
    reason: str
    reference: str
    actor_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class WentRow:
    """Units of a lot that left for an order line.  `assumed`: nobody scanned which lot it was."""

    lot_id: int
    order_line_id: int
    qty: int
    assumed: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class PickedLot:
    """What somebody said of which lot goes out for an order line."""

    order_line_id: int
    lot_id: int
    kind: str
    code: str
    qty: int


@dataclass(frozen=True, slots=True)
class LotFilter:
    """`view`: "" what lies somewhere, "expired", "soon", "gone" nothing left, "all"."""

    view: str = ""
    text: str = ""
    location_id: int = 0
    variant_id: int = 0
    today: date = date.max
