"""Who waits for units, and what is sold before it is here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum, StrEnum

from doorstep.stock.values.promises import Short, Want


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
