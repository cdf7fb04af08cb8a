"""Connecting a shop: what is asked, what cannot be given together, and what is said where the shop lets nobody in."""

from __future__ import annotations

import html
import json
import re
import shlex
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from doorstep.accounts import actions as accounts
from doorstep.base import outbox
from doorstep.channels import actions as channels
from doorstep.channels import kinds, queries
from doorstep.channels.port import shops
from doorstep.channels.values import ConnectionRow
from tests.api.conftest import Api
from tests.factories import Brand, make_brand, make_ctx, make_variants, signed_in

pytestmark = pytest.mark.django_db
GERMANY, AMERICA = "A1PA6795UKMFR9", "ATVPDKIKX0DER"
GIVEN = {
    "provider": "amazon", "name": "Amazon.de", "marketplace": GERMANY, "seller": "A3EXAMPLE", "client_id": "amzn1.application",
    "client_secret": "s3cret", "refresh_token": "Atzr|token",
}  # fmt: skip
EUROPE = "https://sellingpartnerapi-eu.amazon.com"


def connected(brand: Brand, **more: str) -> ConnectionRow:
    given = {name: value for name, value in {**GIVEN, **more}.items() if name not in ("provider", "name")}
    return channels.connect(brand.ctx, provider="amazon", name="Amazon.de", url=given.pop("url", ""), settings=given)


def test_amazon_asks_for_a_country_and_says_where_each_value_is_found() -> None:
    page = html.unescape(signed_in(make_ctx()).get("/channels/connect/?provider=amazon").content.decode())
    options = dict(re.findall(r'<option value="(\w+)"[^>]*>([^<]+)</option>', page))
    assert {one.value for need in shops.needs_of("amazon") for one in need.choices if one.country} < set(options)
    assert (options[GERMANY], options[AMERICA]) == ("Germany", "United States")
    for said in ("Develop Apps", "LWA credentials", "Authorize app", "Your Merchant Token", "Inventory and Order Tracking"):
        assert said in page, said
    assert re.search(r'name="url"[^>]*required', page) is None


def test_an_endpoint_of_other_countries_is_refused_and_the_usual_one_is_not_kept() -> None:
    ctx = make_ctx()
    client = signed_in(ctx)
    for wrong in ({"url": EUROPE, "marketplace": AMERICA}, {"url": "https://sandbox.sellingpartnerapi-fe.amazon.com"}):
        answer = client.post("/channels/connect/", GIVEN | wrong)
        assert (answer.status_code, "This endpoint is of other countries" in answer.content.decode()) == (422, True)
    answer = client.post("/channels/connect/", GIVEN | {"marketplace": "ATLANTIS"})
    assert (answer.status_code, "Choose one of those offered" in answer.content.decode()) == (422, True)
    assert queries.list_connections(ctx) == []
    assert client.post("/channels/connect/", GIVEN | {"url": f"{EUROPE}/"}).status_code == 302
    (row,) = queries.list_connections(ctx)
    assert "url" not in row.settings
    sandbox = "https://sandbox.sellingpartnerapi-eu.amazon.com"
    again = {"url": sandbox, "client_secret": "s3cret", "refresh_token": "Atzr|token"}
    assert channels.reach(ctx, connection_id=row.id, settings=again).settings["url"] == sandbox
    client.post(f"/channels/{row.id}/reach/", GIVEN | {"url": sandbox, "marketplace": AMERICA})
    assert queries.get(ctx, connection_id=row.id).settings["marketplace"] == GERMANY


def test_another_bridge_needs_the_secrets_again_and_an_emptied_one_goes() -> None:
    brand = make_brand()
    row = connected(brand, bridge="https://bridge.example.com/in")
    client = signed_in(brand.ctx)
    shown = {name: row.settings.get(name, "") for name in ("marketplace", "seller", "client_id", "bridge", "orders_api", "url")}
    elsewhere = shown | {"bridge": "https://elsewhere.example.com/in"}
    answer = client.post(f"/channels/{row.id}/reach/", elsewhere, follow=True)
    assert "does not go to another place by itself" in answer.content.decode()
    assert queries.get(brand.ctx, connection_id=row.id).settings["bridge"] == "https://bridge.example.com/in"
    secrets = {"client_secret": "s3cret", "refresh_token": "Atzr|token"}
    client.post(f"/channels/{row.id}/reach/", elsewhere | secrets)
    assert queries.get(brand.ctx, connection_id=row.id).settings["bridge"] == "https://elsewhere.example.com/in"
    client.post(f"/channels/{row.id}/reach/", shown | secrets | {"bridge": ""})
    kept = queries.get(brand.ctx, connection_id=row.id).settings
    assert ("bridge" in kept, kept["client_secret"], kept["seller"]) == (False, "s3cret", "A3EXAMPLE")


@pytest.mark.parametrize(
    ("provider", "noted", "says", "does"),
    [
        ("amazon", "Refused: unreadable: {'reason': 'Amazon gives no access to this application: invalid_grant'}",
         "does not take the refresh token", "Authorise the application again"),
        ("amazon", "Refused: unreadable: {'reason': 'Amazon gives no access to this application: invalid_client'}",
         "does not know this client identifier", "View under LWA credentials"),
        ("amazon", "Refused: unreadable: {'reason': 'Amazon answered 403: Unauthorized: Access is denied'}",
         "may not do that for this seller", "Add the roles"),
        ("woocommerce", "HTTPStatusError: the shop answered 401: woocommerce_rest_authentication_error Consumer key is invalid.",
         "does not know this key", "REST API"),
        ("woocommerce", "HTTPStatusError: the shop answered 401: woocommerce_rest_authentication_error The API key provided does "
         "not have write permissions.", "may only read", "Read/Write"),
        ("woocommerce", "HTTPStatusError: the shop answered 404: rest_no_route No route was found", "no WooCommerce API", "Plain"),
        ("woocommerce", "HTTPStatusError: the shop answered 301: it goes on at www.shop.example.com", "leads on", "www"),
        ("woocommerce", "ConnectError: [Errno 111] Connection refused", "Nobody answers", "address is right"),
        ("woocommerce", "ReadTimeout: timed out", "did not answer in time", "opens in a browser"),
    ],
)  # fmt: skip
def test_what_keeps_us_out_is_said_in_words_with_what_to_do(provider: str, noted: str, says: str, does: str) -> None:
    brand = make_brand()
    keys = {"url": "https://shop.example.com", "client_id": "ck_1", "client_secret": "cs_1"}
    row = connected(brand) if provider == "amazon" else channels.connect(
        brand.ctx, provider=provider, name="Woo", url=keys["url"], settings=keys
    )  # fmt: skip
    channels.note_problem(brand.ctx, connection_id=row.id, problem=noted)
    page = html.unescape(signed_in(brand.ctx).get(f"/channels/{row.id}/").content.decode())
    found = kinds.trouble_of(provider, noted)
    assert found is not None
    assert (says in found.says, does in found.next_step) == (True, True)
    assert f"<b>{found.says}</b> {found.next_step}" in page
    assert 'data-open="reach"' in page


def test_a_shop_is_not_connected_twice_for_each_connection_would_tell_it_its_own_numbers() -> None:
    ctx = make_ctx()
    client = signed_in(ctx)
    woo = {"provider": "woocommerce", "name": "Woo", "url": "http://127.0.0.1:9/", "client_id": "ck_1", "client_secret": "cs_1"}
    for first, again, other in (
        (woo, {"name": "Woo again", "url": "http://127.0.0.1:9", "client_id": "ck_2"}, {"name": "Second", "url": "http://127.0.0.1:8"}),
        (GIVEN, {"name": "Again", "client_id": "amzn1.other"}, {"name": "Amazon.com", "marketplace": AMERICA}),
    ):
        assert client.post("/channels/connect/", first).status_code == 302
        answer = client.post("/channels/connect/", first | again)
        page = html.unescape(answer.content.decode())
        assert (answer.status_code, f"connected already, as {first['name']}." in page) == (422, True)
        assert client.post("/channels/connect/", first | other).status_code == 302
    assert len(queries.list_connections(ctx)) == 4


def test_every_kind_says_how_its_deliveries_come() -> None:
    assert "every delivery is signed" in kinds.deliveries_of("sandbox_shop")
    assert "sends nothing here" in kinds.deliveries_of("amazon")
    assert "is not signed" in kinds.deliveries_of("woocommerce")
    assert [name for name in shops.names() if not kinds.deliveries_of(name)] == []


def test_the_three_calls_of_an_own_store_run_as_they_are_shown() -> None:
    brand = make_brand(stock_each=5, skus=("A", "B", "C"))
    newest = make_variants(brand.ctx, ["SOLD OUT 'NEW'"], price="12.00")
    page = html.unescape(signed_in(brand.ctx).get("/channels/store/").content.decode())
    api = Api(brand, accounts.make_key(brand.ctx, name="Store", scopes=("orders:read", "orders:write", "stock:read")).secret)
    answers = []
    for shell in re.findall(r'<code id="call-\w+">(curl .*?)</code>', page, re.DOTALL):
        words = shlex.split(shell.replace("\\\n", " "))
        body = json.loads(words[words.index("-d") + 1]) if "-d" in words else None
        parts = urlsplit(words[-1])
        path = parts.path.removeprefix("/api/v1") + (f"?{parts.query}" if parts.query else "")
        answers.append(api.get(path) if body is None else api.post(path, body))
    assert [answer.status_code for answer in answers] == [200, 201, 201]
    asked, held, placed = (answer.json() for answer in answers)
    assert asked["availability"][0]["available"] >= 1
    assert asked["availability"][0]["variant_id"] not in newest.values()
    assert (held["state"], placed["short_of"], placed["on_hold"]) == ("open", [], False)
    assert api.get(f"/reservations/{held['token']}").json()["state"] == "ordered"


def test_from_every_page_of_channels_its_neighbours_are_one_click_away() -> None:
    brand = make_brand()
    row = connected(brand)
    client = signed_in(brand.ctx)
    some = ("", "listings/", "drift/", "arrivals/", "store/", "connect/", "connect/?provider=amazon", "files/add/", f"{row.id}/")
    for path in some:
        page = client.get(f"/channels/{path}").content.decode()
        tabs = re.search(r'<nav class="tabs" aria-label="Channels">(.*?)</nav>', page, re.DOTALL)
        assert tabs is not None, path
        for to in ("/channels/", "/channels/listings/", "/channels/drift/", "/channels/arrivals/", "/channels/store/"):
            assert f'href="{to}' in tabs[1], (path, to)


def test_what_happens_while_a_page_is_read_is_told_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job may end while the page is drawn, which shows the old state then: it is followed from before it was read."""
    brand, done = make_brand(), list[str]()
    row = connected(brand)

    def noted(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *given, **named: (done.append(name), call(*given, **named))[1]

    monkeypatch.setattr(outbox, "head", noted("head", outbox.head))
    monkeypatch.setattr(queries, "get", noted("read", queries.get))
    assert "data-live-after" in signed_in(brand.ctx).get(f"/channels/{row.id}/").content.decode()
    assert (done[0], done.count("head")) == ("head", 1)


def test_a_connection_that_was_in_use_goes_to_another_shop_only_where_somebody_says_that_it_is_the_same() -> None:
    brand = make_brand()
    given = {"client_id": "ck_1", "client_secret": "cs_1"}
    row = channels.connect(brand.ctx, provider="woocommerce", name="Woo", url="https://one.example.com", settings=given)
    client = signed_in(brand.ctx)

    def say(url: str, **more: str) -> str:
        client.post(f"/channels/{row.id}/reach/", {"url": url, **given, **more})
        return queries.get(brand.ctx, connection_id=row.id).settings["url"]

    assert say("https://two.example.com") == "https://two.example.com"  # nothing ever came of the first
    assert 'name="same_shop"' not in client.get(f"/channels/{row.id}/").content.decode()
    channels.note_seen(brand.ctx, connection_id=row.id, introduced=True)
    assert say("https://three.example.com") == "https://two.example.com"
    page = client.get(f"/channels/{row.id}/").content.decode()
    assert "This is another shop than the one of Woo." in html.unescape(page)
    assert 'name="same_shop"' in page
    assert say("https://www.two.example.com/").rstrip("/") == "https://www.two.example.com"
    assert say("https://three.example.com", same_shop="1") == "https://three.example.com"
