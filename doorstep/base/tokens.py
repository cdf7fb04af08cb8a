"""Links that need no sign-in: signed, so that nobody can make or guess one, and dated, so that they end; hook secrets."""

from __future__ import annotations

import base64
import secrets
from typing import Any

from django.core import signing

from doorstep.base.refusals import Refusal, Refused
from doorstep.base.words import gettext_noop

EXPIRED = Refusal(
    "link_expired",
    gettext_noop("This link has expired."),
    gettext_noop("Ask for a new one with your order number and e-mail address."),
    status=410,
)
FORGED = Refusal(
    "link_invalid",
    gettext_noop("This link is not complete or not ours."),
    gettext_noop("Open it again from our e-mail."),
    status=404,
)


def new_hook_secret() -> str:
    """A fresh secret to sign webhooks with.  Source: Standard Webhooks, "Symmetric signature"."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def make(purpose: str, payload: list[Any]) -> str:
    """A token for one purpose; a token of another purpose is refused."""
    return signing.dumps(payload, salt=f"doorstep.{purpose}", compress=False)


def read(purpose: str, token: str, *, max_age_s: int) -> list[Any]:
    """What a token carries.  Refuses: forged and expired ones."""
    try:
        payload: list[Any] = signing.loads(token, salt=f"doorstep.{purpose}", max_age=max_age_s)
    except signing.SignatureExpired:
        raise Refused(EXPIRED) from None
    except signing.BadSignature:
        raise Refused(FORGED) from None
    return payload
