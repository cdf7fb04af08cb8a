"""Webhooks as Standard Webhooks signs them."""

from __future__ import annotations

import binascii
from collections.abc import Mapping

from standardwebhooks import Webhook, WebhookVerificationError

from doorstep.base.refusals import BAD_SIGNATURE, Refused


def open_webhook(secret: str, headers: Mapping[str, str], body: bytes) -> str:
    """The delivery's id.  Refuses: what the secret did not sign, and a message older or newer than five minutes.

    Source: Standard Webhooks, "Verifying signatures".
    """
    given = {name.lower(): value for name, value in headers.items()}
    try:
        Webhook(secret).verify(body, given, json_parse=False)
    except WebhookVerificationError as trouble:
        raise Refused(BAD_SIGNATURE, {"reason": str(trouble)[:100].lower()}) from None
    except (ValueError, RuntimeError, binascii.Error):
        raise Refused(BAD_SIGNATURE, {"reason": "its headers or its text have no right form"}) from None
    return given["webhook-id"][:200]
