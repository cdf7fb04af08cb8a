"""Twilio's shapes and ours.

Source: https://www.twilio.com/docs/sms/api/message-resource, https://www.twilio.com/docs/usage/security (signature),
https://www.twilio.com/docs/api/errors (codes).
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl

from doorstep.base.refusals import BAD_SIGNATURE, UNREADABLE, Refused
from doorstep.base.texts import whole
from doorstep.messaging.port import Found, Heard, Receipt, Taken, Text, TextFound

UNSUBSCRIBED = 21610
MOST_MICROS = 10**12  # no text costs a million
# Too many at once, or a queue that is full: nothing was taken, and it passes.
PASSING = frozenset({20429, 14107, 21611, 63018})
# The account itself: no text goes out until somebody puts it right.
OF_ACCOUNT = frozenset({10001, 20003, 20005, 20006, 20403, 21606, 21659, 21660, 90010})
STATES = {
    "accepted": "sent", "scheduled": "sent", "queued": "sent", "sending": "sent", "sent": "sent", "delivered": "delivered",
    "read": "delivered", "undelivered": "undelivered", "failed": "undelivered", "canceled": "undelivered",
}  # fmt: skip
# Their clock and ours may differ by this much.
SLACK = timedelta(minutes=2)


def signature(token: str, url: str, params: Sequence[tuple[str, str]]) -> str:
    """How Twilio signs a call: the address, then every field by its name, under the account's token."""
    signed = url + "".join(name + value for name, value in sorted(set(params)))
    return base64.b64encode(hmac.digest(token.encode(), signed.encode(), "sha1")).decode()


def open_webhook(token: str, url: str, headers: Mapping[str, str], body: bytes) -> str:
    """The id of a delivery: what it is about and how it stands, so that the same told twice is one.  Refuses: bad signatures."""
    given = {name.lower(): value for name, value in headers.items()}.get("x-twilio-signature", "")
    params = fields_of(body)
    if not token or not hmac.compare_digest(signature(token, url, params).encode(), given.encode("utf-8", "replace")):
        raise Refused(BAD_SIGNATURE, {"reason": "no matching signature found"})
    said = dict(params)
    return f"{said.get('MessageSid') or said.get('SmsSid', '')}:{said.get('MessageStatus', 'heard')}"[:200]


def fields_of(body: bytes) -> list[tuple[str, str]]:
    """The fields of a form.  Refuses: what is none."""
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=200)
    except (UnicodeDecodeError, ValueError):
        raise Refused(BAD_SIGNATURE, {"reason": "its text has no right form"}) from None


def read_webhook(body: bytes) -> list[Receipt | Heard]:
    """What a delivery says.  Refuses: what names no message."""
    said = dict(fields_of(body))
    sid = (said.get("MessageSid") or said.get("SmsSid", ""))[:64]
    if not sid:
        raise Refused(UNREADABLE, {"reason": "it names no message"})
    status = said.get("MessageStatus") or (said.get("SmsStatus", "") if "Body" not in said else "")
    if status in STATES:
        code = said.get("ErrorCode", "")
        problem = f"{code} {said.get('ErrorMessage', '')}".strip() if STATES[status] == "undelivered" else ""
        return [Receipt(sid, STATES[status], problem[:200], opted_out=code == str(UNSUBSCRIBED))]
    if "Body" in said and said.get("From"):
        return [Heard(sid, said["From"][:40], said.get("To", "")[:40], said["Body"])]
    return []


def taken(message: Mapping[str, Any]) -> Taken:
    """A message that Twilio took.  Raises: ValueError for what is none."""
    sid = str(message.get("sid") or "")
    if not sid:
        raise ValueError("an answer without a message")
    # By a messaging service it says 0 until it knows.
    count = whole(str(message.get("num_segments") or "")) or None
    return Taken(sid[:64], count, _micros(message.get("price")), str(message.get("price_unit") or "").upper()[:3])


def _micros(price: object) -> int | None:
    """A price, which Twilio writes as what it takes from the account: below nothing."""
    try:
        micros = None if price in (None, "") else abs(Decimal(str(price))) * 1_000_000
    except InvalidOperation:
        return None
    return int(micros) if micros is not None and micros.is_finite() and micros < MOST_MICROS else None


def find(page: Mapping[str, Any], text: Text, *, but: Collection[str]) -> TextFound:
    """Whether a list of messages holds a text.  It may lag behind, so what is not in it may still have been taken."""
    for message in page.get("messages", ()):
        is_it = message.get("body") == text.text and message.get("to") == text.to_number
        if is_it and message.get("sid") not in but and _at(message) >= text.since - SLACK:
            return TextFound(Found.SENT, taken(message))
    return TextFound(Found.NOBODY_KNOWS)


def _at(message: Mapping[str, Any]) -> datetime:
    try:
        found = parsedate_to_datetime(str(message.get("date_created")))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
