"""What messaging needs of whoever carries mail."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from doorstep.base.registry import Registry
from doorstep.messaging.values import Attachment, Cursor


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
    reply_to: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    auto: bool = True


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


@dataclass(frozen=True, slots=True)
class Item:
    """One mail of a mailbox, byte for byte as it lies there.  `uid`: the vendor's number, ascending."""

    uid: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class Fetched:
    """The next mails after a cursor, and the cursor behind them; `more` where others wait already."""

    items: tuple[Item, ...]
    cursor: Cursor
    more: bool


class Unreachable(Exception):
    """A mailbox cannot be read now.  `part`: what failed, one of host, tls, login, folder, answer."""

    def __init__(self, part: str, detail: str) -> None:
        super().__init__(f"{part}: {detail}"[:500])
        self.part = part
        self.detail = detail[:300]


class MailboxPort(Protocol):
    """A mailbox that is read and never changed: nothing in it is marked, moved or deleted."""

    def fetch(self, *, since: Cursor, limit: int) -> Fetched:
        """The next mails, oldest first; all from the start when the mailbox counts anew.  Raises: Unreachable."""

    def check(self) -> None:
        """Whether the mailbox opens.  Raises: Unreachable, which says what is wrong."""


mailboxes: Registry[MailboxPort] = Registry("mailbox")
mailers: Registry[MailPort] = Registry("mailer")
