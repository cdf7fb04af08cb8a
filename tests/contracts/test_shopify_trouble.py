"""Shopify's limits, its bad days and its webhooks, against a process that has them."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from doorstep.base import db
from doorstep.base.invariants import check
from doorstep.base.refusals import Refused
from doorstep.channels import actions as channels
from doorstep.channels import queries
from doorstep.channels.invariants import INVARIANTS
from doorstep.channels.pacing import Pacer
from doorstep.channels.port import (
    Number,
    Shipped,
    Taken,
    Throttled,
)
from doorstep.flows import connect_shop, expose, reconcile
from doorstep.providers.shopify import calls, translate
from doorstep.providers.shopify import queries as texts
from doorstep.worker import dispatch
from tests.contracts.shopify import Connected, connect, until
from tests.ear import listening
from tests.factories import make_brand
from tests.sandboxes import Server


@pytest.fixture
def here(db: None, shopify: Server) -> Connected:
    return connect(make_brand(skus="ABCD", stock_each=100), shopify)


def test_an_empty_bucket_there_is_noticed_and_nothing_is_sent_until_it_fills(here: Connected) -> None:
    item = here.items()["C/Berlin"].id
    here.shop.post("/admin/bucket", {"left": 0, "rate": 0.001})
    with pytest.raises(Throttled) as first:
        here.port.tell_numbers([Number(item, 1, shows=40)], key="k")
    assert first.value.wait_s > 1
    assert here.levels()["C/Berlin"] == 40
    with pytest.raises(Throttled):  # by our own bucket now: what the shop said of its own is believed
        here.port.tell_numbers([Number(item, 1, shows=40)], key="k")
    db_left = db.scalar('SELECT "left" FROM channels_bucket WHERE connection_id = %s', [here.connection.id])
    assert db_left < 20
    here.shop.post("/admin/bucket", {"left": 2000, "rate": 100})
    db.execute("DELETE FROM channels_bucket")
    assert here.port.tell_numbers([Number(item, 1, shows=40)], key="k") == [Taken()]


def test_who_reads_waits_until_the_shop_has_points_again(here: Connected) -> None:
    here.sells(count=9, lines=[{"sku": "C"}])
    began = time.monotonic()
    here.shop.post("/admin/bucket", {"left": 0, "rate": 1500, "size": 1500})
    assert len(here.drafts()) == 9
    assert time.monotonic() - began > 0.6  # a page asks for 970 points


def test_who_reads_leaves_some_points_for_numbers(here: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "LONGEST_WAIT_S", 0)
    item = here.items()["C/Berlin"].id
    Pacer(here.ctx.organisation_id, here.connection.id).note(calls.PACE, left=1050, rate=0.001)
    with pytest.raises(Throttled):
        here.port.list_orders(since=None, after="")
    assert here.port.tell_numbers([Number(item, 1, shows=40)], key="k") == [Taken()]


def test_a_token_that_is_no_longer_good_is_said_with_what_to_do(here: Connected) -> None:
    here.shop.post("/admin/app", {"token": "another"})
    for ask in (
        lambda: here.port.list_orders(since=None, after=""),
        lambda: here.port.tell_numbers([Number("1@2", 1, shows=None)], key="k"),
        lambda: here.port.tell_cancelled("1", reason=""),
    ):
        with pytest.raises(Refused, match="shop_refuses_us") as refused:
            ask()
        assert refused.value.facts == {"answer": "401 Unauthorized"}
        assert "token" in refused.value.refusal.next_step
    assert reconcile.reconcile(here.ctx) == 0
    assert queries.get(here.ctx, connection_id=here.connection.id).health == "failing"


def test_a_storm_of_5xx_is_tried_again_where_that_is_harmless_and_passes(here: Connected) -> None:
    item = here.items()["C/Berlin"].id
    order = here.sells(lines=[{"sku": "C"}])
    here.shop.post("/admin/faults", {"error_5xx": 1.0})
    with pytest.raises(httpx.HTTPStatusError):
        here.port.tell_numbers([Number(item, 1, shows=40)], key="storm")
    with pytest.raises(httpx.HTTPStatusError):
        here.port.tell_shipped(Shipped(str(order["id"]), "9", "DHL", "", (("C", 1),)))
    here.shop.post("/admin/faults", {"error_5xx": 0.3, "seed": 2})
    for n in range(8):
        assert here.port.tell_numbers([Number(item, n, shows=None)], key=f"storm {n}") == [Taken()]
    here.shop.post("/admin/faults", {})
    assert (here.levels()["C/Berlin"], here.told()) == (7, 8)
    assert here.there(order)["fulfillments"] == []


def test_a_truncated_answer_is_no_answer(here: Connected) -> None:
    item = here.items()["C/Berlin"].id
    here.shop.post("/admin/faults", {"truncated": 1.0})
    with pytest.raises(httpx.DecodingError):
        here.port.list_listings(after="")
    with pytest.raises(httpx.DecodingError):
        here.port.tell_numbers([Number(item, 3, shows=None)], key="cut")
    here.shop.post("/admin/faults", {})
    assert here.port.tell_numbers([Number(item, 3, shows=None)], key="cut") == [Taken()]
    assert here.told() == 1


def errors(*codes: str) -> bytes:
    return json.dumps({"errors": [{"message": code.lower(), "extensions": {"code": code}} for code in codes]}).encode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "body", "headers", "raised", "says"),
    [
        (301, b"", {"location": "https://elsewhere.example/"}, Refused, "shop_refuses_us"),
        (402, b"{}", {}, Refused, "shop_refuses_us"),
        (403, b"{}", {}, Refused, "shop_refuses_us"),
        (404, b"{}", {}, Refused, "shop_refuses_us"),
        (423, b"{}", {}, Refused, "shop_refuses_us"),
        (400, b"{}", {}, Refused, "answered 400"),
        (429, b"{}", {"retry-after": "3.0"}, Throttled, "3.0 s"),
        (429, b"{}", {"retry-after": "soon"}, Throttled, "2.0 s"),
        (500, b"oops", {}, httpx.HTTPStatusError, "500"),
        (200, b"[]", {}, httpx.DecodingError, "no JSON object"),
        (200, b'{"data": null}', {}, httpx.DecodingError, "without data"),
        (200, b'{"da', {"content-length": "90", "connection": "close"}, httpx.RemoteProtocolError, "closed"),
        (200, b'{"errors": "Not Found"}', {}, Refused, "Not Found"),
        (200, errors("ACCESS_DENIED"), {}, Refused, "shop_refuses_us"),
        (200, errors("INTERNAL_SERVER_ERROR"), {}, httpx.DecodingError, "could not answer"),
        (200, errors("THROTTLED"), {}, Throttled, "0.2 s"),
        (200, errors("undefinedField"), {}, Refused, "does not take SetNumbers"),
    ],
)
def test_what_is_no_good_answer_is_told_apart(
    status: int, body: bytes, headers: dict[str, str], raised: type[Exception], says: str
) -> None:
    brand = make_brand(stock_each=0)
    with listening(status=status, body=body, headers=headers) as ear:
        settings = {"token": "t", "client_secret": "s"}
        row = channels.connect(brand.ctx, provider="shopify", name="Strange", url=ear.url, settings=settings)
        port = queries.shop_of(brand.ctx, connection=row)
        with pytest.raises(raised, match=says):
            port.tell_numbers([Number("1@2", 3, shows=None)], key="k")


def serve(here: Connected, live_server: Any, settings: Any) -> None:
    settings.PUBLIC_URL = live_server.url
    connect_shop.introduce(here.ctx, connection_id=here.connection.id)


@pytest.fixture
def served(transactional_db: None, shopify: Server, live_server: Any, settings: Any) -> Connected:
    """A shop whose webhooks reach a running Doorstep.  Transactional tests do not empty procrastinate's table."""
    db.execute("DELETE FROM procrastinate_jobs")
    here = connect(make_brand(skus="ABCD", stock_each=1000), shopify)
    serve(here, live_server, settings)
    return here


def test_introducing_twice_subscribes_once_and_moving_leaves_nothing_behind(here: Connected) -> None:
    here.port.introduce("https://one.example/hooks/shopify/abc", "unused")
    other = {"topic": "ORDERS_CREATE", "uri": "https://elsewhere.example/theirs"}
    body = {"query": texts.SUBSCRIBE.text, "variables": other}
    asked = {"X-Shopify-Access-Token": "sandbox"}
    here.shop.http.post("/admin/api/2026-07/graphql.json", json=body, headers=asked)
    for _ in range(2):
        here.port.introduce("https://two.example/hooks/shopify/abc", "unused")
    found = here.shop.get("/admin/subscriptions")["subscriptions"]
    assert {one["topic"] for one in found if one["uri"] == "https://two.example/hooks/shopify/abc"} == {
        topic.upper().replace("/", "_") for topic in translate.TOPICS
    }
    assert [one for one in found if "two.example" not in one["uri"]] == [other]
    assert len(found) == len(translate.TOPICS) + 1


def test_numbers_settle_whatever_the_webhooks_do(served: Connected) -> None:
    def push(later: timedelta = timedelta()) -> None:
        dispatch.drain()
        expose.follow(served.ctx)
        while expose.push(lambda: replace(served.ctx, now=served.ctx.now + later), connection_id=id, go_on=lambda: True):
            pass

    shop, id = served.shop, served.connection.id
    expose.read_listings(lambda: served.ctx, connection_id=id)
    push()
    assert served.levels()["C/Berlin"] == 2000
    faults = {"duplicate": 0.3, "webhook_drop": 0.3, "disorder": True, "seed": 9}
    shop.post("/admin/faults", {**faults, "delay_s": 3600})
    for n in range(3):
        served.sells(count=3, lines=[{"sku": "C", "quantity": n + 1}])
        push()
        assert served.levels()["C/Berlin"] <= 2000 - 3 * sum(range(1, n + 2))  # what nobody told of is not sold again
    shop.post("/admin/faults", faults)
    for n in range(3, 6):
        served.sells(count=3, lines=[{"sku": "C", "quantity": n + 1}])
        push()
    shop.post("/admin/deliveries/flush")
    until(lambda: not shop.get("/admin/deliveries?state=pending")["deliveries"])
    reconcile.reconcile(served.ctx)
    push()
    minutes = timedelta(minutes=5)
    reconcile.reconcile(replace(served.ctx, now=served.ctx.now + minutes))
    push(minutes)
    push(minutes)
    assert served.levels()["C/Berlin"] == 2000 - 3 * 21
    assert check(INVARIANTS) == []
