"""Secrets of vendors: what a dump holds, and what becomes of them when the house's key changes or is lost."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any

import pytest
from django.test import Client

from doorstep.base import db, sealing
from doorstep.base.refusals import Refused
from doorstep.channels import actions as connections
from doorstep.channels import queries as channels
from doorstep.channels import webhooks
from doorstep.channels.values import ConnectionRow
from doorstep.messaging import mailboxes
from doorstep.messaging import queries as messaging
from doorstep.payments import accounts
from doorstep.payments import queries as payments
from doorstep.shipping import actions as shipping
from doorstep.shipping.queries import CARRIERS, get_carrier
from tests.factories import Brand, make_brand

pytestmark = pytest.mark.django_db
REACHED = {"url": "http://127.0.0.1:9", "token": "open-sesame"}


@pytest.fixture
def brand() -> Brand:
    return make_brand()


def shop_of(brand: Brand) -> ConnectionRow:
    return connections.connect(brand.ctx, provider="sandbox_shop", name="Shop", url="http://127.0.0.1:9")


def kept(table: str, columns: str = "settings") -> str:
    return json.dumps(db.dicts(f"SELECT {columns} FROM {table} ORDER BY id"))


def test_no_secret_of_a_vendor_lies_open_in_the_database(brand: Brand) -> None:
    carrier_id = shipping.connect_carrier(brand.ctx, code="c", name="C", provider="sandbox_carrier", settings=REACHED)
    accounts.connect(brand.ctx, code="p", name="P", provider="sandbox_payment", settings=REACHED)
    imap = {"host": "imap.example.com", "password": "open-sesame", "smtp_url": "smtp://me:open-sesame@smtp.example.com"}
    box_id = mailboxes.connect(brand.ctx, name="B", address="help@shop.example.com", provider="imap", settings=imap)
    connection_id = shop_of(brand).id

    dump = "".join(map(kept, ("shipping_carrier", "payments_account", "messaging_mailbox")))
    assert "open-sesame" not in dump
    assert "whsec_" not in dump + kept("channels_connection", "secret")
    assert "http://127.0.0.1:9" in dump
    assert get_carrier(brand.ctx, carrier_id=carrier_id).settings["token"] == "open-sesame"
    assert messaging.get_mailbox(brand.ctx, mailbox_id=box_id).settings["smtp_url"] == imap["smtp_url"]
    assert channels.secret_of(brand.ctx, connection_id=connection_id).startswith("whsec_")


def test_what_was_kept_in_the_open_still_opens_and_is_sealed_at_the_next_start(brand: Brand) -> None:
    id = accounts.connect(brand.ctx, code="p", name="P", provider="sandbox_payment", settings=REACHED)
    before = payments.get_account(brand.ctx, account_id=id).settings
    db.execute("UPDATE payments_account SET settings = %s::jsonb", [db.as_json(before)])
    assert payments.get_account(brand.ctx, account_id=id).settings == before

    assert payments.ACCOUNTS.reseal() == 1

    assert "open-sesame" not in kept("payments_account")
    assert payments.get_account(brand.ctx, account_id=id).settings == before
    assert payments.ACCOUNTS.reseal() == 0


def test_a_new_key_of_the_house_opens_what_the_old_one_sealed_until_all_is_sealed_anew(
    brand: Brand, settings: Any
) -> None:
    id = shipping.connect_carrier(brand.ctx, code="c", name="C", provider="sandbox_carrier", settings=REACHED)
    connection_id = shop_of(brand).id
    before = get_carrier(brand.ctx, carrier_id=id).settings
    secret = channels.secret_of(brand.ctx, connection_id=connection_id)

    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another"
    assert get_carrier(brand.ctx, carrier_id=id).settings == before
    assert CARRIERS.reseal() == 1
    assert webhooks.reseal() == 1
    settings.SECRET_KEY_FALLBACKS = []

    assert get_carrier(brand.ctx, carrier_id=id).settings == before
    assert channels.secret_of(brand.ctx, connection_id=connection_id) == secret


def test_a_token_that_is_kept_does_not_go_to_another_address_by_itself(brand: Brand) -> None:
    id = accounts.connect(brand.ctx, code="p", name="P", provider="sandbox_payment", settings=REACHED)
    before = payments.get_account(brand.ctx, account_id=id)

    with pytest.raises(Refused, match="secret_needed_again"):
        accounts.set_settings(brand.ctx, id=id, settings={"url": "https://mine.example"})
    assert payments.get_account(brand.ctx, account_id=id) == before

    told = before.settings | {"url": "http://127.0.0.1:10"}
    accounts.set_settings(brand.ctx, id=id, settings=told)
    assert payments.get_account(brand.ctx, account_id=id).settings == told


def test_where_a_shop_gives_its_tokens_is_a_place_too(brand: Brand) -> None:
    given = {"client_id": "i", "client_secret": "s", "refresh_token": "r", "seller": "A3", "marketplace": "A1PA6795UKMFR9"}
    made = connections.connect(brand.ctx, provider="amazon", name="Amazon", url="http://127.0.0.1:9", settings=given)
    for mine in ({"auth_url": "http://127.0.0.1:10"}, {"auth_url": "http://127.0.0.1:10", "client_secret": "s"}):
        with pytest.raises(Refused, match="secret_needed_again"):
            connections.reach(brand.ctx, connection_id=made.id, settings=mine)
    assert channels.get(brand.ctx, connection_id=made.id) == made


def test_with_a_lost_key_the_page_still_opens_and_a_new_token_makes_it_good(brand: Brand, settings: Any) -> None:
    id = shipping.connect_carrier(brand.ctx, code="c", name="C", provider="sandbox_carrier", settings=REACHED)
    old = settings.SECRET_KEY
    sealed = kept("shipping_carrier")

    settings.SECRET_KEY = "another"
    lost = {"url": "http://127.0.0.1:9", "token": "", "webhook_secret": ""}
    assert get_carrier(brand.ctx, carrier_id=id).settings == lost
    assert CARRIERS.reseal() == 0
    assert kept("shipping_carrier") == sealed

    shipping.set_carrier_settings(brand.ctx, id=id, settings={"token": "new"})
    found = get_carrier(brand.ctx, carrier_id=id).settings
    assert found["token"] == "new"
    assert found["webhook_secret"].startswith("whsec_")
    settings.SECRET_KEY = old
    assert get_carrier(brand.ctx, carrier_id=id).settings["token"] == ""


@pytest.mark.parametrize(
    ("provider", "header", "given"),
    [("shopify", "x-shopify-hmac-sha256", {"token": "t", "client_secret": "s"}),
     ("woocommerce", "x-wc-webhook-signature", {"client_id": "i", "client_secret": "s"})],
)  # fmt: skip
def test_with_a_lost_key_nobody_signs_for_a_shop(
    brand: Brand, client: Client, settings: Any, provider: str, header: str, given: dict[str, str]
) -> None:
    url = "http://127.0.0.1:9"
    made = connections.connect(brand.ctx, provider=provider, name="Shop", url=url, settings=given)
    settings.SECRET_KEY = "another"
    forged = base64.b64encode(hmac.digest(b"", b'{"id": 1}', "sha256")).decode()
    answer = client.post(
        f"/hooks/{provider}/{made.slug}", b'{"id": 1}', content_type="application/json", headers={header: forged}
    )
    assert answer.status_code == 401
    assert db.scalar("SELECT count(*) FROM base_arrival") == 0


def test_nothing_is_sealed_as_nothing() -> None:
    assert sealing.seal("") == ""
    assert sealing.unseal("") == ""
