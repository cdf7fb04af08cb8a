"""Putting away: what stands in receiving, and into which bin it goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PutAwayAnswer:
    """The answer to one put-away: `problem` is empty when it counted; `bin` is where the units lie now."""

    client_id: str
    problem: str
    variant_id: int | None
    bin: str
    qty: int
    left: int


@dataclass(frozen=True, slots=True)
class ToPutAwayRow:
    """Units that came in and stand in receiving.  `bin`: where this variant lies already, "" where it lies nowhere yet."""

    variant_id: int
    sku: str
    barcode: str
    title: str
    picture: str
    bin: str
    qty: int
    came_at: datetime
