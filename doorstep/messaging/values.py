"""The words of messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class MessageState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


MOST_ATTEMPTS = 10


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail to be sent once.  `key`: the wish, e.g. "shipped:parcel:12"."""

    key: str
    timeline: str
    to_address: str
    to_name: str
    template: str
    language: str
    subject: str
    text: str
    html: str = ""


@dataclass(frozen=True, slots=True)
class MessageRow:
    id: int
    key: str
    timeline: str
    to_address: str
    to_name: str
    template: str
    language: str
    subject: str
    text: str
    html: str
    message_id: str
    state: str
    problem: str
    attempts: int
    wanted_at: datetime
    sent_at: datetime | None
