"""A mail of ours as RFC 5322 bytes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from doorstep.messaging.port import Mail, Rejected

MOST_REFERENCES = 50
MOST_NAME = 200
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")  # RFC 5322, 3.2.3: needs no quotes
_URL = re.compile(r"https?://[!-;=?-~]{1,900}")
_ID = re.compile(r"<[!-;=?-~]{1,900}>")


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
        to = _bare(mail.to_address)
        message = _as_message(mail, at=at)
        data = message.as_bytes()
        _require_only(message.keys(), data)
        return Written(to, _addressed(mail, to=to) + _answering(mail) + data)
    except (ValueError, MessageError, IndexError) as wrong:
        raise Rejected(f"no mail can be written to {mail.to_address}: {wrong}") from wrong


def _as_message(mail: Mail, *, at: datetime) -> EmailMessage:
    """The mail with text, HTML and files; one that no person wrote says so, so that no machine answers it (RFC 3834)."""
    message = EmailMessage(policy=SMTP)
    message["Subject"] = _one_line(mail.subject)
    message["Message-ID"] = mail.message_id
    message["Date"] = format_datetime(at)
    if mail.auto:
        message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = mail.language
    if _URL.fullmatch(mail.opt_out_url):  # one click ends such mails (RFC 8058)
        message["List-Unsubscribe"] = f"<{mail.opt_out_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(mail.text)
    if mail.html:
        message.add_alternative(mail.html, subtype="html")
    for file in mail.attachments:
        main, _slash, sub = _type_of(file.content_type).partition("/")
        message.add_attachment(file.body, maintype=main, subtype=sub, filename=_one_line(file.name) or "file")
    return message


def _require_only(names: Sequence[str], data: bytes) -> None:
    """Refuses (ValueError) bytes whose head holds other headers than those that were set."""
    head = data.partition(b"\r\n\r\n")[0].decode("ascii", "replace")
    written = [line.partition(":")[0] for line in head.split("\r\n") if not line.startswith((" ", "\t"))]
    if written != list(names) or "\r" in head.replace("\r\n", "") or "\n" in head.replace("\r\n", ""):
        raise ValueError("a header holds others")


def _type_of(content_type: str) -> str:
    """A type that a part of bytes may have: a mail or a multipart within would be read as ours."""
    known = re.fullmatch(r"(application|audio|font|image|text|video)/[A-Za-z0-9.+-]{1,80}", content_type)
    return content_type if known else "application/octet-stream"


def _answering(mail: Mail) -> bytes:
    """What the mail answers, one identifier a line: a long one folded by the library would be no identifier any more."""
    lines = []
    if _ID.fullmatch(mail.in_reply_to):
        lines.append(f"In-Reply-To: {mail.in_reply_to}\r\n")
    known = [said for said in mail.references if _ID.fullmatch(said)]
    if known:
        # RFC 5322 lets the middle go where there are many: the first and the newest find the thread.
        kept = known if len(known) <= MOST_REFERENCES else [known[0], *known[1 - MOST_REFERENCES :]]
        lines.append("References: " + "\r\n ".join(kept) + "\r\n")
    return "".join(lines).encode("ascii")


def _addressed(mail: Mail, *, to: str) -> bytes:
    """From, To and Reply-To, by hand: the library takes the quotes from a long name, and a comma in it makes two of it."""
    lines = [_address("From", mail.from_name, _bare(mail.from_address)), _address("To", mail.to_name, to)]
    if mail.reply_to:
        lines.append(f"Reply-To: {_bare(mail.reply_to)}\r\n")
    return "".join(lines).encode("ascii")


def _address(field: str, name: str, bare: str) -> str:
    shown = _one_line(name)[:MOST_NAME]
    if not shown:
        return f"{field}: {bare}\r\n"
    if shown.isascii():
        quoted = shown if _ATOMS.fullmatch(shown) else '"' + re.sub(r'(["\\])', r"\\\1", shown) + '"'
    else:
        quoted = Header(shown, "utf-8", header_name=field).encode(linesep="\r\n")
    return f"{field}: {quoted}\r\n <{bare}>\r\n"


def _bare(address: str) -> str:
    """An address in ASCII.  Refuses (ValueError): what is none."""
    local, _at, domain = address.rpartition("@")
    bare = Address(addr_spec=f"{local}@{domain.encode('idna').decode()}").addr_spec
    if not bare.isascii() or not bare.isprintable() or "=?" in bare:
        raise ValueError("this is no address that every server understands")
    return bare


def _one_line(text: str) -> str:
    """Header text without line breaks, control characters or encoded words: nobody adds headers through a name.

    The library decodes "=?...?=" wherever it stands, and writes what it finds there as it is.
    """
    plain = "".join(" " if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") else char for char in text)
    return " ".join(plain.replace("=?", "= ?").split())
