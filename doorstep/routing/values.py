"""The words of routing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class Line:
    """Units of one order line that need a place."""

    order_line_id: int
    variant_id: int
    qty: int


@dataclass(frozen=True, slots=True)
class Place:
    """A location that may serve the order.  Units: kilometres; None where nobody knows."""

    location_id: int
    distance_km: float | None
    free: dict[int, int]


@dataclass(frozen=True, slots=True)
class Plan:
    """Which location sends what.  `why`: "nearest_complete", "only_complete" or "split"."""

    parts: tuple[tuple[int, tuple[Line, ...]], ...]
    why: str
    distance_km: float | None
    considered: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class DecisionRow:
    id: int
    order_id: int
    policy: str
    plan: dict[str, Any]
    considered: list[dict[str, Any]]
    decided_at: datetime
    took_us: int


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Free units at a location that may not serve an order.  `why`: "country", "not_online", "not_in_use" or
    "excluded"."""

    location_id: int
    name: str
    qty: int
    why: str


@dataclass(frozen=True, slots=True)
class Lacking:
    """What a held fulfilment order waits for.  `available`: units that it could have now, wherever it may be served from."""

    order_id: int
    fulfilment_order_id: int
    variant_id: int
    sku: str
    country: str
    wanted: int
    available: int
    elsewhere: tuple[Elsewhere, ...]


class Why(StrEnum):
    """Why a place does not send units that it was to send."""

    SHORT_PICK = "short_pick"
    OUT_OF_STOCK = "out_of_stock"
    DAMAGED = "damaged"
    TOO_BUSY = "too_busy"
    CANNOT_SHIP = "cannot_ship"
    OTHER = "other"


OF_STOCK = frozenset({Why.SHORT_PICK, Why.OUT_OF_STOCK, Why.DAMAGED})  # they end when somebody counts there, or units come


@dataclass(frozen=True, slots=True)
class Excluded:
    """A place that shall not send units of an order line."""

    order_id: int
    order_line_id: int
    variant_id: int
    location_id: int


@dataclass(frozen=True, slots=True)
class ExclusionRow:
    id: int
    order_id: int
    order_line_id: int
    variant_id: int
    location_id: int
    reason: str
    note: str
    by: str
    at: datetime
    ledger_id: int
