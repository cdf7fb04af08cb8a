"""The words of messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from doorstep.base.refusals import Refusal
from doorstep.base.words import gettext_noop


class MessageState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


MOST_ATTEMPTS = 10


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a mail."""

    name: str
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a mailbox was read.  `uidvalidity`: by which count; another one means that all numbers are new (RFC 3501)."""

    uidvalidity: int = 0
    uid: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail to be sent once.  `key`: the wish, e.g. "shipped:parcel:12".

    `mailbox_id`: who sends it; 0 is the organisation's first choice.  `reply_to`: where answers go, if not there.
    `in_reply_to`, `references`: Message-IDs of what it answers.  `auto`: no person wrote it, so no machine may answer it.
    `way`: mail, or sms to a number.  `opt_out_url`: where one click ends such mails.
    """

    key: str
    timeline: str
    to_address: str
    to_name: str
    template: str
    language: str
    subject: str
    text: str
    html: str = ""
    mailbox_id: int = 0
    reply_to: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    auto: bool = True
    way: str = "mail"
    opt_out_url: str = ""


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
    mailbox_id: int | None
    reply_to: str
    in_reply_to: str
    reference_ids: list[str]
    auto: bool
    way: str
    opt_out_url: str
    account_id: int | None
    vendor_id: str
    segments: int | None
    cost_micros: int | None
    cost_currency: str
    receipt: str
    receipt_at: datetime | None


@dataclass(frozen=True, slots=True)
class MailboxRow:
    id: int
    code: str
    name: str
    address: str
    provider: str
    settings: dict[str, str]
    slug: str
    active: bool
    uidvalidity: int
    last_uid: int
    fetched_at: datetime | None
    heard_at: datetime | None
    problem: str
    problem_at: datetime | None

    @property
    def cursor(self) -> Cursor:
        """How far it was read."""
        return Cursor(self.uidvalidity, self.last_uid)

    @property
    def look(self) -> str:
        """off, failing, new or on: how it is doing, at a glance."""
        if not self.active:
            return "off"
        if self.problem:
            return "failing"
        return "on" if self.fetched_at or self.heard_at else "new"


@dataclass(frozen=True, slots=True)
class SmsAccountRow:
    """A number from which text messages leave, and whoever carries them."""

    id: int
    code: str
    name: str
    number: str
    provider: str
    settings: dict[str, str]
    slug: str
    active: bool
    heard_at: datetime | None
    problem: str
    problem_at: datetime | None

    @property
    def look(self) -> str:
        """off, failing, new or on: how it is doing, at a glance."""
        if not self.active:
            return "off"
        if self.problem:
            return "failing"
        return "on" if self.heard_at else "new"


SMS_ACCOUNT_TAKEN = Refusal(
    "sms_account_taken",
    gettext_noop("Another number is called %(name)s."),
    gettext_noop("Choose another name."),
)
DOES_NOT_OPEN = Refusal(
    "account_does_not_open",
    gettext_noop("%(name)s does not open. %(says)s (%(detail)s)"),
    status=502,
)
NO_SMS = Refusal(
    "no_sms",
    gettext_noop("No number is connected from which text messages could leave."),
    gettext_noop("Connect one under Settings, Text messages."),
)
MAILBOX_CODE_TAKEN = Refusal(
    "mailbox_code_taken",
    gettext_noop("Another mailbox is called %(name)s."),
    gettext_noop("Choose another name."),
)
MAILBOX_ADDRESS_TAKEN = Refusal(
    "mailbox_address_taken",
    gettext_noop("%(address)s is connected already."),
    gettext_noop("Change the mailbox that is there, or retire it first."),
)
