"""The words of tasks: work that waits for a person."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from doorstep.base.refusals import Refusal
from doorstep.base.words import gettext_noop


class TaskState(StrEnum):
    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


NOT_OPEN = Refusal(
    "task_over",
    gettext_noop("This task is over already."),
    gettext_noop("Its timeline says who ended it, and how."),
)


WAIT_FOR_WHAT = Refusal(
    "task_wait_passed",
    gettext_noop("That moment has passed."),
    gettext_noop("Choose a day to come."),
    status=422,
)


@dataclass(frozen=True, slots=True)
class TaskDraft:
    """Work that a person shall do.

    `key`: the wish; asking twice makes one task.  `kind`: what sort of work, a word that pages translate, with `facts` for
    its sentence.  `subject`: what it is about, as "kind:id"; `timeline`: on whose page it is told.
    """

    key: str
    kind: str
    subject: str
    timeline: str
    facts: dict[str, Any] = field(default_factory=dict)
    due_at: datetime | None = None
    owner_id: int | None = None


@dataclass(frozen=True, slots=True)
class TaskRow:
    id: int
    key: str
    kind: str
    subject: str
    timeline: str
    facts: dict[str, Any]
    state: str
    owner_id: int | None
    due_at: datetime | None
    outcome: str
    created_at: datetime
    ended_at: datetime | None
