"""Decisions about mailboxes and messages that need no database."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from doorstep.base import addresses
from doorstep.base.refusals import BAD_SIGNATURE, INVALID, Refused
from doorstep.base.words import gettext_noop

SIGNED_WITHIN = timedelta(minutes=5)
LONGEST_ID = 180
ASK_AGAIN_AFTER = timedelta(seconds=5)  # what became of a message, of whoever took it and does not answer now
LONGEST_WAIT = timedelta(hours=1)
SECURITIES = ("tls", "starttls", "none")
_ADDRESS = re.compile(r"[^\s@<>\"(),:;\\]{1,64}@[A-Za-z0-9\u0080-\uffff.-]{1,189}")


def retry_after(attempts: int) -> timedelta:
    """How long a message waits after so many attempts that did not get through: twice as long each time."""
    return min(timedelta(seconds=2 * 2**attempts), LONGEST_WAIT)


def check_name(name: str) -> str:
    """The name without its margins.  Refuses: nothing, too much, control characters."""
    text = name.strip()
    if not text or len(text) > 80 or any(ord(c) < 32 for c in text):
        raise Refused(INVALID, {"field": "name", "problem": gettext_noop("Write a name of at most 80 letters.")})
    return text


def check_address(address: str) -> str:
    """The address in lower case.  Refuses: what is none."""
    text = address.strip().lower()
    if not _ADDRESS.fullmatch(text):
        problem = gettext_noop("This is not an address such as help@shop.example.com.")
        raise Refused(INVALID, {"field": "address", "problem": problem})
    return text


def check_settings(settings: Mapping[str, str]) -> dict[str, str]:
    """How a mailbox is reached.  Refuses: bad addresses, hosts, ports and kinds of security."""
    reached = {name: value.strip() if name != "password" else value for name, value in settings.items()}
    if "url" in reached:
        problem = gettext_noop("This is not an address such as https://mail.example.com.")
        reached["url"] = addresses.check_url(reached["url"], problem=problem)
    if "host" in reached and not re.fullmatch(r"[A-Za-z0-9._:-]{1,200}", reached["host"]):
        raise Refused(
            INVALID, {"field": "host", "problem": gettext_noop("This is not a host such as imap.example.com.")}
        )
    if not re.fullmatch(r"\d{0,5}", reached.get("port", "")) or int(reached.get("port") or 1) not in range(1, 65536):
        raise Refused(INVALID, {"field": "port", "problem": gettext_noop("A port is a number from 1 to 65535.")})
    if reached.get("security", "tls") not in SECURITIES:
        raise Refused(INVALID, {"field": "security", "problem": gettext_noop("Choose one of the list.")})
    if reached.get("smtp_url") and not _is_smtp(reached["smtp_url"]):
        problem = gettext_noop("This is not an address such as smtps://user:password@smtp.example.com.")
        raise Refused(INVALID, {"field": "smtp_url", "problem": problem})
    return reached


def _is_smtp(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and parts.port != 0 and " " not in url
    except ValueError:
        return False


def check_signature(secret: str, headers: Mapping[str, str], body: bytes, *, now: datetime) -> None:
    """Refuses a push that nobody signed with the mailbox's secret, or that is older or newer than five minutes.

    A mail is bytes of any charset, so they are signed as they are.  Source: Standard Webhooks, "Verifying signatures".
    """
    given = {name.lower(): value for name, value in headers.items()}
    id, stamp = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    if not id or not re.fullmatch(r"\d{1,12}", stamp):
        raise Refused(BAD_SIGNATURE, {"reason": "its headers have no right form"})
    if abs(now.timestamp() - int(stamp)) > SIGNED_WITHIN.total_seconds():
        raise Refused(BAD_SIGNATURE, {"reason": "its time is too far from ours"})
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    want = base64.b64encode(hmac.digest(key, f"{id}.{stamp}.".encode() + body, "sha256")).decode()
    fits = [
        hmac.compare_digest(f"v1,{want}".encode(), said.encode()) for said in given.get("webhook-signature", "").split()
    ]
    if not key or not any(fits):
        raise Refused(BAD_SIGNATURE, {"reason": "no matching signature found"})


def digest(raw: bytes) -> str:
    """By what two mails are told apart: their bytes."""
    return hashlib.sha256(raw).hexdigest()


def external_id(message_id: str, raw: bytes, *, kept: Mapping[str, str]) -> str:
    """The name under which a mail is kept: its Message-ID, unless it has none or another mail has the same.

    `kept`: the digests of mails that are here, by name.
    """
    own = digest(raw)
    if not message_id or len(message_id) > LONGEST_ID or not message_id.isascii() or not message_id.isprintable():
        return own
    return message_id if kept.get(message_id, own) == own else f"{message_id}#{own[:16]}"
