"""Webhooks are opened by the secret of the app alone."""

from __future__ import annotations

import base64

import pytest

from doorstep.base.refusals import BAD_SIGNATURE, Refused
from doorstep.channels.port import Delivery
from doorstep.providers.shopify.signing import open_webhook

# RFC 4231, test cases 2 and 4: another's secrets, texts and digests.
VECTORS = [
    (
        "Jefe",
        b"what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    (
        bytes(range(1, 26)).decode(),
        b"\xcd" * 50,
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
    ),
]

SHOP = "my-brand.myshopify.com"
OURS = {"X-Shopify-Shop-Domain": SHOP}


def signed(digest: str) -> str:
    return base64.b64encode(bytes.fromhex(digest)).decode()


@pytest.mark.parametrize(("secret", "body", "digest"), VECTORS)
def test_what_the_secret_signed_is_opened(secret: str, body: bytes, digest: str) -> None:
    headers = OURS | {"X-Shopify-Hmac-SHA256": signed(digest), "X-Shopify-Topic": "orders/create", "X-Shopify-Webhook-Id": "w1"}
    assert open_webhook(secret, headers, body, shop=SHOP) == Delivery("w1", "orders/create")


@pytest.mark.parametrize(
    "signature",
    ["", "x", signed(VECTORS[1][2]), VECTORS[0][2], signed(VECTORS[0][2]) + "=", signed(VECTORS[0][2]).lower(), "ü"],
)
def test_everything_else_is_turned_away(signature: str) -> None:
    secret, body, _ = VECTORS[0]
    with pytest.raises(Refused) as refused:
        open_webhook(secret, OURS | {"X-Shopify-Hmac-Sha256": signature}, body, shop=SHOP)
    assert refused.value.refusal is BAD_SIGNATURE


def test_another_text_or_secret_is_turned_away() -> None:
    secret, body, digest = VECTORS[0]
    for other_secret, other_body in ((secret, body + b" "), (secret + "x", body)):
        with pytest.raises(Refused):
            open_webhook(other_secret, OURS | {"x-shopify-hmac-sha256": signed(digest)}, other_body, shop=SHOP)


def test_a_delivery_is_called_by_its_id_else_by_its_event_else_by_what_it_says() -> None:
    secret, body, digest = VECTORS[0]
    headers = OURS | {"x-shopify-hmac-sha256": signed(digest), "x-shopify-topic": "app/uninstalled"}
    by_event = open_webhook(secret, {**headers, "x-shopify-event-id": "e1"}, body, shop=SHOP)
    by_text = open_webhook(secret, headers, body, shop=SHOP)
    assert by_event == Delivery("e1", "")
    assert by_text.id == open_webhook(secret, headers, body, shop=SHOP).id != ""


@pytest.mark.parametrize("named", [{}, {"x-shopify-shop-domain": "other.myshopify.com"}, {"x-shopify-shop-domain": ""}])
def test_what_another_shop_with_the_same_app_sends_is_turned_away_once_its_signature_fits(named: dict[str, str]) -> None:
    secret, body, digest = VECTORS[0]
    with pytest.raises(Refused) as refused:
        open_webhook(secret, named | {"x-shopify-hmac-sha256": signed(digest)}, body, shop=SHOP)
    assert (refused.value.refusal, "another shop" in str(refused.value.facts["reason"])) == (BAD_SIGNATURE, True)
    with pytest.raises(Refused) as unsigned:
        open_webhook(secret, named, body, shop=SHOP)
    assert unsigned.value.facts["reason"] == "it has none"
    named_so = {"X-Shopify-Shop-Domain": SHOP.upper(), "x-shopify-hmac-sha256": signed(digest)}
    assert open_webhook(secret, named_so, body, shop=SHOP).id
