"""The words of routing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
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
    """Free units at a location that may not serve an order.  `why`: "country", "not_online" or "not_in_use"."""

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
