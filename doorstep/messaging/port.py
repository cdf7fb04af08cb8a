"""What messaging needs of whoever carries mail and text messages."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from doorstep.base.needs import TOKEN, URL
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
    opt_out_url: str = ""


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

@dataclass(frozen=True, slots=True)
class Text:
    """A text message.  `key`: the wish, for vendors that know such.  `since`: before that, nobody can have taken it."""

    key: str
    from_number: str
    to_number: str
    text: str
    since: datetime
    receipt_url: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a vendor says of a text that it took.  Units: millionths of the currency; None where it does not say yet."""

    vendor_id: str
    segments: int | None = None
    cost_micros: int | None = None
    cost_currency: str = ""


@dataclass(frozen=True, slots=True)
class TextFound:
    """What a look-up says of a text whose fate we do not know."""

    found: Found
    taken: Taken | None = None


class OptedOut(Rejected):
    """The number wants no texts from us, so its network says."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a text.  `state`: sent, delivered or undelivered."""

    vendor_id: str
    state: str
    problem: str = ""
    opted_out: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """A text that somebody wrote to one of our numbers."""

    vendor_id: str
    from_number: str
    to_number: str
    text: str


class SmsPort(Protocol):
    """A way out for text messages, and what comes back by it."""

    def send(self, text: Text) -> Taken:
        """Hands a text over.  Raises: Rejected (OptedOut), Uncertain, OSError: nothing was taken, and it may be tried again."""

    def find(self, text: Text, *, but: Collection[str]) -> TextFound:
        """Whether a text was taken earlier, where there is a way to know.  `but`: what the vendor calls those known already."""

    def check(self) -> None:
        """Whether the account opens.  Raises: Unreachable, which says what is wrong."""

    def subscribe(self, url: str, secret: str) -> None:
        """Tells a vendor where texts and receipts go, if it can be told.  Raises: Unreachable."""

    def open_webhook(self, url: str, headers: Mapping[str, str], body: bytes) -> str:
        """The id of a delivery.  `url`: the address that it came to.  Refuses: what the vendor did not sign."""

    def read_webhook(self, body: bytes) -> list[Receipt | Heard]:
        """What a delivery says.  Refuses: another shape (UNREADABLE)."""


texters: Registry[SmsPort] = Registry("texter", needs=(URL, TOKEN))
