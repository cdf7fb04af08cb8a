"""Webhooks as Shopify signs them.

Source: https://shopify.dev/docs/apps/build/webhooks/verify-deliveries
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping

from doorstep.base.refusals import BAD_SIGNATURE, Refused
from doorstep.channels.port import Delivery
from doorstep.providers.shopify.translate import TOPICS


def open_webhook(client_secret: str, headers: Mapping[str, str], body: bytes, *, shop: str) -> Delivery:
    """The delivery, under the id that it has at every attempt.

    `shop`: whose it is to be, by its domain: an app has one secret for all shops that it is installed in.
    Refuses: what the secret of the app did not sign, and what is of another shop.
    """
    given = {name.lower(): value for name, value in headers.items()}
    wanted = base64.b64encode(hmac.digest(client_secret.encode(), body, "sha256"))
    signature = given.get("x-shopify-hmac-sha256", "")
    if not signature:
        raise Refused(BAD_SIGNATURE, {"reason": "it has none"})
    if not client_secret:  # its key was lost: with none anybody could sign
        raise Refused(BAD_SIGNATURE, {"reason": "the secret that it is signed with is not known any more"})
    if not hmac.compare_digest(wanted, signature.encode()):
        raise Refused(BAD_SIGNATURE, {"reason": "another secret, or another text"})
    if given.get("x-shopify-shop-domain", "").strip().lower() != shop:
        raise Refused(BAD_SIGNATURE, {"reason": "it is of another shop that has the same app"})
    topic = given.get("x-shopify-topic", "")
    id = given.get("x-shopify-webhook-id") or given.get("x-shopify-event-id") or hashlib.sha256(body).hexdigest()
    return Delivery(id[:200], topic if topic in TOPICS else "")
