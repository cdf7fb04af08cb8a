"""The words of channels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from doorstep.base.refusals import Refusal
from doorstep.base.words import gettext_noop


class NoticeState(StrEnum):
    QUEUED = "queued"
    TOLD = "told"
    FAILED = "failed"


NAME_TAKEN = Refusal(
    "connection_name_taken",
    gettext_noop("Another connection is called %(name)s."),
    gettext_noop("Choose another name."),
)
UNKNOWN_PROVIDER = Refusal(
    "unknown_provider",
    gettext_noop("There is no adapter called %(provider)s."),
    gettext_noop("Choose one of: %(choices)s."),
    status=422,
)
PAUSED = Refusal(
    "connection_paused",
    gettext_noop("The connection %(name)s is paused."),
    gettext_noop("Resume it under Channels, then replay the arrival."),
)


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    id: int
    provider: str
    slug: str
    name: str
    settings: dict[str, str]
    currency: str
    active: bool
    introduced_at: datetime | None
    last_seen_at: datetime | None
    reconciled_until: datetime | None
    problem: str
    problem_at: datetime | None
    created_at: datetime

    @property
    def health(self) -> str:
        """active, paused or failing: what a person has to know at a glance."""
        if not self.active:
            return "paused"
        return "failing" if self.problem else "active"


@dataclass(frozen=True, slots=True)
class NoticeWish:
    """Something that a channel shall be told, once per key."""

    connection_id: int
    key: str
    verb: str
    subject: str
    timeline: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class NoticeRow:
    id: int
    connection_id: int
    key: str
    verb: str
    subject: str
    timeline: str
    arguments: dict[str, Any]
    state: str
    problem: str
    wanted_at: datetime
    settled_at: datetime | None
