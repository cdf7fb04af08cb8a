"""The address to answer to: it names its conversation, and nobody can make one up."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence

from django.utils.crypto import constant_time_compare, salted_hmac

_TOKEN = re.compile(r"[^@]*\+c([0-9a-z]{1,13})-([a-z2-7]{16})@", re.IGNORECASE)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def reply_address(base: str, *, organisation_id: int, conversation_id: int) -> str:
    """A mailbox's address with the conversation's token in it.  Source: RFC 5233, subaddressing.

    Letters may change their case on the way, so the token has none that differ by it.
    """
    local, _, domain = base.partition("@")
    plain = local.partition("+")[0]
    return f"{plain}+c{_base36(conversation_id)}-{_mac(organisation_id, conversation_id)}@{domain}"


def find_conversation_id(addresses: Sequence[str], *, organisation_id: int) -> int | None:
    """The conversation that one of these addresses names; forged ones name none."""
    for address in addresses:
        found = _TOKEN.match(address)
        if found is None:
            continue
        id = int(found[1], 36)
        if id < 2**63 and constant_time_compare(found[2].lower(), _mac(organisation_id, id)):
            return id
    return None


def _mac(organisation_id: int, conversation_id: int) -> str:
    digest = salted_hmac("doorstep.reply", f"{organisation_id}:{conversation_id}", algorithm="sha256").digest()
    return base64.b32encode(digest[:10]).decode().lower()


def _base36(number: int) -> str:
    found = ""
    while number:
        number, digit = divmod(number, 36)
        found = _DIGITS[digit] + found
    return found or "0"
