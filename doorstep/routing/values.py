"""The words of routing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One routing decision.  `rules_version`: None before there were rules; `level`: how well informed it was."""

    id: int
    order_id: int
    policy: str
    plan: dict[str, Any]
    considered: list[dict[str, Any]]
    decided_at: datetime
    took_us: int
    fulfilment_order_id: int | None = None
    rules_version: int | None = None
    level: str = ""


@dataclass(frozen=True, slots=True)
class SeenRow:
    """What a decision planned and what it saw, so that it can be taken again.  `seen`: empty where it kept nothing; `shut`: the
    locations that were out for this order."""

    id: int
    order_id: int
    fulfilment_order_id: int
    decided_at: datetime
    parts: list[dict[str, Any]]
    seen: dict[str, Any]
    shut: list[int]


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision to be kept.  Shapes: `plan` and `considered` as the record keeps them."""

    order_id: int
    fulfilment_order_id: int
    plan: dict[str, Any]
    considered: list[dict[str, Any]]
    took_us: int
    level: str


@dataclass(frozen=True, slots=True)
class RulesRow:
    """A version of the rules.  `version` 0: those that every brand begins with; `rules`: their JSON form."""

    version: int
    rules: dict[str, Any]
    note: str = ""
    by: str = ""
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DraftRow:
    """The rules that somebody writes.  `edition` grows with each save; `based_on`: the version in force when it was begun."""

    rules: dict[str, Any]
    edition: int
    based_on: int
    by: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ReplayRow:
    """A replay of past orders under other rules.  `result`: empty until it is done."""

    id: int
    state: str
    rules: dict[str, Any]
    options: dict[str, Any]
    total: int
    done: int
    result: dict[str, Any]
    by: str
    asked_at: datetime
    finished_at: datetime | None


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


@dataclass(frozen=True, slots=True)
class Worths:
    """What a unit of a variant at a location is worth to later orders; what is not named is worth nothing there.

    Units: money in minor units.  Shapes: `by` (variant, location), nothing of variants that are worth the same everywhere.
    `balanced`: variants that nobody bought yet, so that their prices know only how many lie where.
    """

    by: Mapping[tuple[int, int], float] = field(default_factory=dict)
    balanced: frozenset[int] = frozenset()


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
