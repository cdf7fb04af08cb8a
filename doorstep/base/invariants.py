"""Named queries that return offending rows; `audit` runs them all and repairs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from doorstep.base import db


@dataclass(frozen=True, slots=True)
class Invariant:
    """What must hold, in a sentence, and the SQL that returns every row that breaks it."""

    name: str
    says: str
    sql: str


@dataclass(frozen=True, slots=True)
class Broken:
    invariant: Invariant
    count: int
    examples: Sequence[dict[str, Any]]


def check(invariants: Sequence[Invariant], *, examples: int = 10) -> list[Broken]:
    """Runs each invariant on the live database and returns those that do not hold."""
    broken = []
    for invariant in invariants:
        offending = db.dicts(invariant.sql)
        if offending:
            broken.append(Broken(invariant, len(offending), offending[:examples]))
    return broken
