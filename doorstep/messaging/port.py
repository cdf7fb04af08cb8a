"""What messaging needs of whoever carries mail."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from doorstep.base.registry import Registry


class Found(StrEnum):
    """What a look-up says of a mail whose fate we do not know."""

    SENT = "sent"
    NOT_SENT = "not_sent"
    NOBODY_KNOWS = "nobody_knows"


@dataclass(frozen=True, slots=True)
class Mail:
    message_id: str
    from_name: str
    from_address: str
    to_name: str
    to_address: str
    subject: str
    text: str
    html: str
    language: str


class Rejected(Exception):
    """The server understood and said no: asking again will not help."""


class Uncertain(Exception):
    """The connection broke while the server was taking the mail: it may have it or not."""


class MailPort(Protocol):
    """A way out for mail. `send` may raise OSError: nothing was accepted, and it may be tried again."""

    def send(self, mail: Mail) -> None:
        """Hands a mail over; when it returns, the server has taken it.  Raises: Rejected, Uncertain, OSError."""

    def find(self, message_id: str) -> Found:
        """Whether a mail was taken earlier, where there is a way to know."""


mailers: Registry[MailPort] = Registry("mailer")
