"""A policy of returns, as it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from doorstep.returns.values import OFFERED, Action, Outcome, Timing


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """`version` 0 is the policy that every brand begins with.  `rules`: their JSON form."""

    version: int
    rules: list[dict[str, Any]]
    note: str = ""
    by: str = ""
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """One rule of a policy; the first that applies decides.  `when`: the JSON form of its condition.

    `question`: what a rule that asks asks; `question_ko`: the same for who reads Korean. Either stands for the other.
    """

    name: str
    when: dict[str, Any]
    action: Action
    question: str = ""
    outcomes: tuple[Outcome, ...] = OFFERED
    timing: Timing = Timing.ON_INSPECTION
    free_label: bool = True
    keep_item: bool = False
    question_ko: str = ""
