"""Settings of carriers, payment providers, partner warehouses and numbers: a vendor is what it declares."""

from __future__ import annotations

import re

import pytest

from doorstep.base import sealing
from doorstep.base.registry import Registry
from doorstep.channels.port import shops
from doorstep.fulfilment.port import warehouses
from doorstep.messaging import queries as messaging
from doorstep.messaging.port import texters
from doorstep.payments import queries as payments
from doorstep.payments.port import payments as payment_kinds
from doorstep.shipping import queries as shipping
from doorstep.shipping.port import carriers
from tests.factories import make_ctx, signed_in

WIRED = [(kinds, name) for kinds in (carriers, payment_kinds, warehouses, texters, shops) for name in kinds.names()]
PLACES = {"carriers": carriers, "payments": payment_kinds, "warehouses": warehouses, "texting": texters}


@pytest.mark.parametrize(("kinds", "name"), WIRED, ids=[f"{kinds.what} {name}" for kinds, name in WIRED])
def test_what_a_vendor_declares_a_secret_is_sealed_and_what_is_asked_for_has_a_label(kinds: Registry[object], name: str) -> None:
    needs = kinds.needs_of(name)

    assert {need.name for need in needs if need.secret} <= sealing.SECRETS
    assert {need.name for need in needs if need.name in sealing.SECRETS and not need.secret} == set()
    assert [need for need in kinds.asked_of(name) if not need.label] == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("provider", "asked"),
    [("ups", ["name", "client_id", "client_secret", "url"]), ("dhl", ["name", "token", "url"]), ("easypost", ["name", "token"]),
     ("sandbox_carrier", ["name", "url", "token"])],
)  # fmt: skip
def test_a_form_asks_for_what_the_vendor_needs_and_nothing_else(provider: str, asked: list[str]) -> None:
    page = signed_in(make_ctx()).get(f"/settings/carriers/connect/?provider={provider}").content.decode()

    assert re.findall(r'<input[^>]* id="field-(\w+)"', page) == asked


@pytest.mark.django_db
def test_a_carrier_that_only_tracks_is_connected_without_an_address_and_given_new_keys() -> None:
    ctx = make_ctx()
    client = signed_in(ctx)
    given = {"provider": "ups", "name": "UPS", "client_id": "id", "client_secret": "first"}

    short = client.post("/settings/carriers/connect/", given | {"client_secret": ""})
    assert (short.status_code, "Write something here." in short.content.decode()) == (422, True)
    assert shipping.list_carriers(ctx) == []
    client.post("/settings/carriers/connect/", given)
    [row] = shipping.list_carriers(ctx)
    assert (row.settings, row.hooks) == ({"client_id": "id", "client_secret": "first"}, "off")

    away = {"client_id": "id", "client_secret": "", "url": "https://wwwcie.ups.com"}
    refused = client.post(f"/settings/carriers/{row.id}/change/", away)
    assert (refused.status_code, "Give the password or token again." in refused.content.decode()) == (422, True)
    client.post(f"/settings/carriers/{row.id}/change/", away | {"client_secret": "second"})
    [row] = shipping.list_carriers(ctx)
    assert row.settings == {"client_id": "id", "client_secret": "second", "url": "https://wwwcie.ups.com"}
    client.post(f"/settings/carriers/{row.id}/change/", {"client_id": "id", "client_secret": "third", "url": ""})
    [row] = shipping.list_carriers(ctx)
    assert row.settings == {"client_id": "id", "client_secret": "third"}
    assert "third" not in client.get(f"/settings/carriers/{row.id}/change/").content.decode()


@pytest.mark.django_db
def test_an_account_goes_out_of_use_and_back_and_says_so_in_its_timeline() -> None:
    ctx = make_ctx()
    client = signed_in(ctx)
    given = {"provider": "sandbox_payment", "name": "Pay", "url": "http://127.0.0.1:9", "token": "t"}
    client.post("/settings/payments/connect/", given)
    [row] = payments.list_accounts(ctx)

    for verb in ("retire", "bring-back", "subscribe"):
        assert client.post(f"/settings/payments/{row.id}/{verb}/").headers["Location"] == f"/settings/payments/{row.id}/"
    page = re.sub(r"<[^>]+>", "", client.get(f"/settings/payments/{row.id}/").content.decode())
    for said in ("connected Pay", "took Pay out of use", "took Pay back into use"):
        assert said in page, said
    silent = client.post(f"/settings/payments/{row.id}/test/")
    assert (silent.status_code, "Pay did not answer" in silent.content.decode()) == (502, True)


@pytest.mark.django_db
def test_a_number_is_kept_although_its_account_does_not_open_and_the_page_says_why() -> None:
    ctx = make_ctx()
    client = signed_in(ctx)
    given = {"provider": "twilio", "name": "Notices", "number": "+821012345678", "username": "AC1", "password": ""}
    assert client.post("/settings/texting/connect/", given).status_code == 422
    assert messaging.list_sms_accounts(ctx) == []
    assert client.post("/settings/texting/connect/", given | {"password": "p", "number": "nobody!"}).status_code == 422

    assert client.get("/settings/texting/connect/?provider=twilio").status_code == 200
    id = messaging.SMS_ACCOUNTS.add(
        ctx, code="n", name="Notices", provider="sandbox_phone", settings={"url": "http://127.0.0.1:9", "webhook_secret": "w"},
        also={"number": "+821012345678"},
    )  # fmt: skip
    changed = client.post(f"/settings/texting/{id}/change/", {"name": "Texts", "number": "+821012345679", "url": "http://127.0.0.1:9"},
                          follow=True).content.decode()  # fmt: skip
    [row] = messaging.list_sms_accounts(ctx)
    assert (row.name, row.number) == ("Texts", "+821012345679")
    assert "Texts does not open." in changed


@pytest.mark.django_db
@pytest.mark.parametrize("place", PLACES)
def test_who_may_only_look_sees_no_form_and_a_stranger_sees_no_account(place: str) -> None:
    ctx = make_ctx()
    assert signed_in(ctx, role="manager").get(f"/settings/{place}/connect/").status_code == 403
    assert signed_in(ctx, role="manager").post(f"/settings/{place}/connect/").status_code == 403
    assert signed_in(ctx).get(f"/settings/{place}/999/change/").status_code == 404


@pytest.mark.django_db
def test_every_carrier_says_what_it_can_do_and_what_one_needs_for_it() -> None:
    page = signed_in(make_ctx()).get("/settings/carriers/connect/").content.decode()
    told = dict(re.findall(r'provider=(\w+)">.*?<small>(.*?)</small>', page))

    assert told["easypost"] == "rates · labels · voids · tracking, told at once · manifests · address check"
    assert told["dhl"] == "tracking, asked now and then · sells no labels"
    assert "You need: API key" in page
    assert "A carrier with own rates" in page
