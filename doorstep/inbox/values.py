"""The words of conversations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from doorstep.base.refusals import Refusal
from doorstep.base.words import gettext_noop


class ConversationState(StrEnum):
    OPEN = "open"
    PENDING = "pending"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


class Channel(StrEnum):
    MAIL = "mail"
    CHAT = "chat"
    SMS = "sms"
    MARKETPLACE = "marketplace"


class Direction(StrEnum):
    IN = "in"
    OUT = "out"
    NOTE = "note"


class MessageKind(StrEnum):
    MAIL = "mail"
    CHAT = "chat"
    NOTE = "note"
    SYSTEM = "system"


class ClockKind(StrEnum):
    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"


class ClockState(StrEnum):
    ACTIVE = "active"
    AT_RISK = "at_risk"
    MISSED = "missed"
    HIT = "hit"
    PAUSED = "paused"


class Verb(StrEnum):
    """What a small line of a conversation tells."""

    STATE = "state"
    ASSIGNED = "assigned"
    TAGGED = "tagged"
    SPAM = "spam"
    LINKED = "linked"
    BOUNCED = "bounced"


MOVED_ON = Refusal(
    "conversation_moved_on",
    gettext_noop("%(who)s was here a moment ago. Look first."),
    gettext_noop("What happened is shown; your text is kept. Send it again if it still fits."),
)
NOTHING_TO_SAY = Refusal(
    "empty_message", gettext_noop("There is nothing written yet."), gettext_noop("Write a message."), status=422
)
NO_FILES_IN_CHAT = Refusal(
    "no_files_in_chat",
    gettext_noop("A chat carries no files."),
    gettext_noop("Take the files away and send the text; files go by e-mail."),
    status=422,
)
NO_FILES_THERE = Refusal(
    "no_files_by_marketplace",
    gettext_noop("The marketplace carries no files of ours."),
    gettext_noop("Take the files away and send the text."),
    status=422,
)
TOO_LONG_THERE = Refusal(
    "too_long_for_marketplace",
    gettext_noop("The marketplace carries %(most)s characters at most."),
    gettext_noop("Write it shorter."),
    status=422,
)
NO_ADDRESS = Refusal(
    "no_address",
    gettext_noop("This conversation has no e-mail address to answer to."),
    gettext_noop("Write to the customer from their page once they have one."),
)
EMPTY_VARIABLE = Refusal(
    "empty_variable",
    gettext_noop("{{%(variable)s}} is empty here, so this text cannot be used as it is."),
    gettext_noop("Link the order it speaks of, or write that part by hand."),
    status=422,
)
MACRO_TAKEN = Refusal(
    "macro_name_taken",
    gettext_noop("There is a macro called “%(name)s” already."),
    gettext_noop("Choose another name, or change that one."),
)
NOT_THEIRS = Refusal(
    "order_of_another_customer",
    gettext_noop("Order %(order)s belongs to another customer."),
    gettext_noop("Check the number with the customer before you speak about it."),
)
IN_THE_PAST = Refusal(
    "snooze_in_the_past",
    gettext_noop("A conversation can only sleep until a later moment."),
    gettext_noop("Choose a time that is still to come."),
    status=422,
)
TOO_LARGE = Refusal(
    "attachment_too_large",
    gettext_noop("“%(name)s” is too large: at most %(most)s MB can be sent in one message."),
    gettext_noop("Send a smaller file, or a link to it."),
    status=422,
)
NEVER_OPEN = Refusal(
    "never_open",
    gettext_noop("Nobody would ever be there to answer."),
    gettext_noop("Give at least one day of the week opening hours."),
    status=422,
)

LONGEST_TEXT = 100_000
MOST_UPLOAD_BYTES = 10_000_000


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a message as a page lists it; its bytes stay where they came from.  `n`: its place in the mail."""

    n: int
    name: str
    content_type: str
    size: int
    content_id: str = ""
    is_inline: bool = False


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message of somebody else's, read and matched, to be filed.

    `conversation_id`: where it belongs, None for a new conversation.  `asks`: whether a person waits for an answer.
    """

    conversation_id: int | None
    channel: Channel
    kind: MessageKind
    customer_id: int
    address: str
    name: str
    reply_to: str
    subject: str
    text: str
    fresh: str
    quoted: str
    language: str
    at: datetime
    html: str = ""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    message_id: str = ""
    in_reply_to: str = ""
    mail_kind: str = "person"
    asks: bool = True
    arrival_id: int | None = None
    mailbox_id: int | None = None
    order_id: int | None = None
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Filed:
    conversation_id: int
    message_id: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class ConversationRow:
    id: int
    number: int
    subject: str
    channel: str
    customer_id: int
    contact_address: str
    contact_name: str
    mailbox_id: int | None
    state: str
    assignee_id: int | None
    tags: list[str]
    language: str
    waiting_since: datetime | None
    first_reply_at: datetime | None
    snoozed_until: datetime | None
    order_id: int | None
    is_spam: bool
    version: int
    messages: int
    preview: str
    last_direction: str
    due_at: datetime | None
    due_kind: str
    risk_at: datetime | None
    opened_at: datetime
    last_message_at: datetime
    updated_at: datetime

    @property
    def contact(self) -> str:
        """What a list calls whoever writes."""
        return self.contact_name or self.contact_address

    @property
    def timeline(self) -> str:
        """Whose page tells what happens here: the order's where one is linked."""
        return f"order:{self.order_id}" if self.order_id else f"conversation:{self.id}"


@dataclass(frozen=True, slots=True)
class MessageRow:
    id: int
    conversation_id: int
    version: int
    direction: str
    kind: str
    author_kind: str
    author_id: int
    author_name: str
    address: str
    recipients: dict[str, Any]
    text: str
    fresh: str
    quoted: str
    html: str
    message_id: str
    in_reply_to: str
    mail_kind: str
    arrival_id: int | None
    outgoing_id: int | None
    attachments: list[dict[str, Any]]
    data: dict[str, Any]
    problem: str
    asks: bool
    answered_at: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True)
class HeaderRow:
    """What of a message an answer refers to."""

    direction: str
    message_id: str


@dataclass(frozen=True, slots=True)
class KnownRow:
    """What tells whether a mail is here already."""

    conversation_id: int
    arrival_id: int | None
    message_id: str
    address: str
    text: str


@dataclass(frozen=True, slots=True)
class ClockRow:
    """A promise of an answer.  `paused_min` are the minutes that were left when it was stopped."""

    id: int
    conversation_id: int
    kind: str
    started_at: datetime
    target_min: int
    due_at: datetime
    risk_at: datetime
    paused_min: int | None
    ended_at: datetime | None
    met_at: datetime | None


@dataclass(frozen=True, slots=True)
class DraftRow:
    kind: str
    text: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class UploadRow:
    id: int
    name: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Upload:
    """A file with its bytes."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class MacroRow:
    id: int
    name: str
    body_en: str
    body_ko: str

    def body(self, language: str) -> str:
        """The text in a language, or in the other one where that is not written."""
        first, second = (self.body_ko, self.body_en) if language == "ko" else (self.body_en, self.body_ko)
        return first or second


@dataclass(frozen=True, slots=True)
class Hours:
    """When people are there to answer, and how soon they promise to.

    Shapes: `week` has seven days from Monday, each some (first minute, minute after the last) of the day.
    """

    timezone: str
    week: tuple[tuple[tuple[int, int], ...], ...]
    holidays: tuple[str, ...]
    first_response_min: int
    next_response_min: int
    first_chat_min: int = 1
