"""A mail of ours as RFC 5322 bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from doorstep.messaging.port import Mail, Rejected


@dataclass(frozen=True, slots=True)
class Written:
    """A mail ready to leave: whom the envelope names, and the bytes."""

    to: str
    data: bytes


def write(mail: Mail, *, at: datetime) -> Written:
    """The mail as bytes, its recipient's domain in the form that every server understands (RFC 5890).

    Raises: Rejected where no mail can be addressed so; people type strange things into checkouts.
    """
    try:
        local, _at, domain = mail.to_address.rpartition("@")
        to = f"{local}@{domain.encode('idna').decode()}"
        to.encode("ascii")
        return Written(to, _as_message(mail, to=to, at=at).as_bytes())
    except (ValueError, MessageError, IndexError) as wrong:
        raise Rejected(f"no mail can be written to {mail.to_address}: {wrong}") from wrong


def _as_message(mail: Mail, *, to: str, at: datetime) -> EmailMessage:
    """The mail with text and HTML parts, marked as sent by a machine so that no auto-reply answers it (RFC 3834)."""
    message = EmailMessage(policy=SMTP)
    message["From"] = _address(mail.from_name, mail.from_address)
    message["To"] = _address(mail.to_name, to)
    message["Subject"] = _one_line(mail.subject)
    message["Message-ID"] = mail.message_id
    message["Date"] = format_datetime(at)
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = mail.language
    message.set_content(mail.text)
    if mail.html:
        message.add_alternative(mail.html, subtype="html")
    return message


def _address(name: str, address: str) -> Address:
    return Address(display_name=_one_line(name), addr_spec=address)


def _one_line(text: str) -> str:
    """Header text without line breaks: nobody adds headers through a name."""
    return " ".join(text.split())
