"""What a mail says, whoever wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class MailKind(StrEnum):
    PERSON = "person"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    LIST_OR_BULK = "list_or_bulk"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A name and an address; the address in lower case, "" where the header names none."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A part that is no body; its bytes are `attachment_bytes(raw, index)`.  Units: `size` in bytes."""

    name: str
    content_type: str
    size: int
    content_id: str
    index: int


@dataclass(frozen=True, slots=True)
class ReadMail:
    """A mail as we understand it.

    `recipients`: every address it was meant for or delivered to, lower case, each once.
    `text` = the whole plain text; `fresh`: without quotes and signature; `quoted`: the folded rest.
    `html`: cleaned, "" if the mail has none.  `language`: "ko", "en" or "".
    `bounced_message_id`, `bounced_address`: of a bounce, "" where it does not say.
    """

    message_id: str
    in_reply_to: str
    references: tuple[str, ...]
    from_: Mailbox
    to: tuple[Mailbox, ...]
    cc: tuple[Mailbox, ...]
    reply_to: tuple[Mailbox, ...]
    recipients: tuple[str, ...]
    sent_at: datetime | None
    subject: str
    text: str
    fresh: str
    quoted: str
    html: str
    attachments: tuple[AttachedFile, ...]
    kind: MailKind
    bounced_message_id: str
    bounced_address: str
    language: str
