"""What every shop adapter must keep, proved on the sandbox shop as a process of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.invariants import check
from doorstep.base.money import Money
from doorstep.base.vendors import webhook_url
from doorstep.channels import actions as channels
from doorstep.channels import queries
from doorstep.channels.invariants import INVARIANTS
from doorstep.channels.port import (
    Declined,
    Number,
    OrderCalledOff,
    OrderTold,
    Refunded,
    RefundTold,
    Returned,
    Shipped,
    ShopPort,
    Stale,
    Taken,
)
from doorstep.channels.values import ConnectionRow, NoticeState, NoticeWish
from doorstep.flows import connect_shop, reconcile, tell_shops
from doorstep.orders import queries as orders
from doorstep.orders.queries import OrderFilter
from doorstep.providers.sandbox_shop import translate
from tests.factories import Brand, make_brand, make_ctx
from tests.sandboxes import Server


def connect(brand: Brand, shop: Server) -> ConnectionRow:
    return channels.connect(brand.ctx, provider="sandbox_shop", name="Shop", url=str(shop.http.base_url))


def port_of(brand: Brand, connection: ConnectionRow) -> ShopPort:
    return queries.shop_of(brand.ctx, connection=connection)


def now(ctx: Ctx) -> Ctx:
    return replace(ctx, now=datetime.now(UTC))


def until(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "waited a minute"
        time.sleep(0.05)


def ids_here(brand: Brand) -> set[str]:
    return {row.external_id for row in orders.list_orders(brand.ctx, where=OrderFilter(), limit=500)}


def ids_there(shop: Server) -> set[str]:
    return {str(order["id"]) for order in shop.get("/orders?limit=250")["orders"]}


@pytest.mark.django_db
def test_every_order_that_the_shop_makes_is_read_and_adds_up(shop: Server) -> None:
    brand = make_brand(skus="ABCD")
    port = port_of(brand, connect(brand, shop))
    shop.post("/orders", {"count": 60, "seed": 3}, status=201)
    page = port.list_orders(since=None, after="")
    assert len(page.orders) == 60
    for listed, said in zip(page.orders, shop.get("/orders?limit=250")["orders"], strict=True):
        (fact,) = port.read_webhook(listed.body)
        assert isinstance(fact, OrderTold)
        draft = fact.draft
        assert (draft.external_id, draft.currency, draft.name) == (str(said["id"]), said["currency"], said["name"])
        assert str(draft.total_minor) == said["total_price"].replace(".", "")
        assert [(line.sku, line.qty) for line in draft.lines] == [(i["sku"], i["quantity"]) for i in said["line_items"]]
        assert draft.ship_to.country == said["shipping_address"]["country_code"]
        assert draft.buyer.email == said["customer"]["email"]


@pytest.mark.django_db
def test_paging_skips_none_and_since_narrows(shop: Server) -> None:
    brand = make_brand(skus="ABCD")
    port = port_of(brand, connect(brand, shop))
    shop.post("/orders", {"count": 230}, status=201)
    seen, after = [], ""
    while True:
        page = port.list_orders(since=None, after=after)
        seen += [order.external_id for order in page.orders]
        if page.next_after is None:
            break
        after = page.next_after
    assert len(seen) == len(set(seen)) == 230
    assert list(port.list_orders(since=datetime.now(UTC) + timedelta(minutes=1), after="").orders) == []


@pytest.mark.django_db
def test_a_parcel_told_twice_is_one_fulfilment_and_a_cancelled_order_declines(shop: Server) -> None:
    brand = make_brand(skus="ABCD")
    port = port_of(brand, connect(brand, shop))
    placed = shop.post("/orders", {"lines": [{"sku": "A", "quantity": 3}], "country": "KR"}, status=201)
    told = Shipped(str(placed["id"]), "601000000135", "Sandbox", "http://t.example/1", (("A", 2),))
    assert port.tell_shipped(told) is None
    assert port.tell_shipped(told) is None
    after = shop.get(f"/orders/{placed['id']}")
    assert [f["tracking_number"] for f in after["fulfillments"]] == ["601000000135"]
    assert (after["fulfillment_status"], after["line_items"][0]["fulfillable_quantity"]) == ("partial", 1)
    gone = shop.post("/orders", {"lines": [{"sku": "A"}], "country": "KR"}, status=201)
    shop.post(f"/orders/{gone['id']}/cancel", {})
    assert isinstance(port.tell_shipped(replace(told, external_id=str(gone["id"]), tracking_number="2")), Declined)
    assert isinstance(port.tell_shipped(replace(told, external_id="999")), Declined)


@pytest.mark.django_db
def test_a_return_and_a_refund_told_twice_are_one_of_each(shop: Server) -> None:
    brand = make_brand(skus="ABCD")
    port = port_of(brand, connect(brand, shop))
    placed = shop.post("/orders", {"lines": [{"sku": "C", "quantity": 3}], "country": "DE"}, status=201)
    order, path = str(placed["id"]), f"/orders/{placed['id']}"
    back = Returned(order, "returned:return:1", (("C", 2),))
    assert port.tell_returned(back) is None  # nothing was sent yet, so nothing can be back
    assert "returns" not in shop.get(path)
    assert port.tell_shipped(Shipped(order, "601000000135", "Sandbox", "http://t.example/1", (("C", 3),))) is None

    for _ in range(2):
        assert port.tell_returned(back) is None
        assert port.tell_refunded(Refunded(order, "refunded:refund:1", Money(100, "EUR"))) is None

    after = shop.get(path)
    assert [(r["key"], [x["quantity"] for x in r["line_items"]]) for r in after["returns"]] == [(back.key, [2])]
    assert [(r["key"], r["amount"]) for r in after["refunds"]] == [("refunded:refund:1", "1.00")]
    assert isinstance(port.tell_refunded(Refunded(order, "k2", Money(10**9, "EUR"))), Declined)
    assert isinstance(port.tell_returned(Returned("999", "k3", (("C", 1),))), Declined)


@pytest.mark.django_db
def test_refunds_of_the_shops_own_people_are_told_apart_from_ours(shop: Server) -> None:
    brand = make_brand(skus="ABCD")
    port = port_of(brand, connect(brand, shop))
    placed = shop.post("/orders", {"lines": [{"sku": "C", "quantity": 3}], "country": "DE"}, status=201)
    order, path, line = str(placed["id"]), f"/orders/{placed['id']}", placed["line_items"][0]["id"]
    assert port.tell_shipped(Shipped(order, "601000000135", "Sandbox", "http://t.example/1", (("C", 1),))) is None
    assert port.tell_refunded(Refunded(order, "refunded:refund:1", Money(100, "EUR"))) is None
    fields = {"staff": True, "amount": "2.00", "reason": "late", "line_items": [{"id": line, "quantity": 1}]}
    shop.post(f"{path}/refunds", fields, status=201)
    listed = port.read_order(order)
    assert listed is not None
    sold, *refunds = port.read_webhook(listed.body)
    assert isinstance(sold, OrderTold)
    assert [(x.sku, x.qty) for x in sold.draft.lines] == [("C", 3)]
    ids = [str(one["id"]) for one in shop.get(path)["refunds"]]
    assert refunds == [
        RefundTold(order, ids[0], Money(100, "EUR"), key="refunded:refund:1"),
        RefundTold(order, ids[1], Money(200, "EUR"), (("C", "C", 1),), "late", ""),
    ]
    assert shop.get(path)["line_items"][0]["fulfillable_quantity"] == 1
    assert port.tell_returned(Returned(order, "returned:return:1", (("C", 3),))) is None
    assert [x["quantity"] for x in shop.get(path)["returns"][0]["line_items"]] == [1]


@pytest.mark.django_db
def test_a_stock_number_told_stays(shop: Server) -> None:
    brand = make_brand(skus="ABCD")
    port = port_of(brand, connect(brand, shop))
    assert port.tell_numbers([Number("A/1 ü", 7, None)], key="1") == [Taken()]
    assert port.tell_numbers([Number("A/1 ü", 5, 7), Number("B", 2, None)], key="2") == [Taken(), Taken()]
    assert port.tell_numbers([Number("A/1 ü", 9, 7)], key="3") == [Stale(5)]
    assert {told["sku"]: told["available"] for told in shop.get("/inventory")["inventory"]} == {"A/1 ü": 5, "B": 2}


@pytest.mark.django_db
def test_one_order_is_read_by_its_id(shop: Server) -> None:
    brand = make_brand(skus="ABCD")
    port = port_of(brand, connect(brand, shop))
    placed = shop.post("/orders", {"lines": [{"sku": "A"}], "country": "KR", "financial_status": "paid"}, status=201)
    listed = port.read_order(str(placed["id"]))
    assert listed is not None
    assert (listed.external_id, listed.paid, listed.called_off) == (str(placed["id"]), True, False)
    assert port.read_order("999") is None
    assert port.tell_cancelled(str(placed["id"]), reason="customer") is None
    again = port.read_order(str(placed["id"]))
    assert again is not None
    assert again.called_off
    assert isinstance(port.tell_cancelled("999", reason="customer"), Declined)


@pytest.mark.django_db
def test_an_order_called_off_in_the_shop_is_listed_so(shop: Server) -> None:
    brand = make_brand(skus="ABCD")
    port = port_of(brand, connect(brand, shop))
    placed = shop.post("/orders", {"financial_status": "paid"}, status=201)
    shop.post(f"/orders/{placed['id']}/cancel", {"reason": "fraud"})
    (listed,) = port.list_orders(since=None, after="").orders
    assert listed.called_off is True
    assert port.read_webhook(listed.body) == [OrderCalledOff(str(placed["id"]), "fraud")]


@pytest.mark.django_db
def test_a_shop_that_is_away_is_shown_and_stops_no_other(shop: Server) -> None:
    brand = make_brand(skus="ABCD", stock_each=1000)
    away = channels.connect(brand.ctx, provider="sandbox_shop", name="Away", url="http://127.0.0.1:9")
    connect(brand, shop)
    shop.post("/orders", {"count": 2}, status=201)
    assert reconcile.reconcile(now(brand.ctx)) == 2
    assert queries.get(brand.ctx, connection_id=away.id).health == "failing"


@pytest.mark.django_db
def test_a_notice_is_told_once_however_often_it_is_wished_for(shop: Server) -> None:
    brand = make_brand(skus="ABCD")
    connection = connect(brand, shop)
    placed = shop.post("/orders", {"lines": [{"sku": "A"}], "country": "KR"}, status=201)
    arguments = {
        "external_id": str(placed["id"]), "tracking_number": "601000000135", "carrier": "Sandbox",
        "tracking_url": "http://t.example/1", "lines": [["A", 1]],
    }  # fmt: skip
    wish = NoticeWish(connection.id, "shipped:parcel:1", "shipped", "parcel:1", "order:1", arguments)
    (notice,) = channels.intend(brand.ctx, wishes=[wish])
    assert channels.intend(brand.ctx, wishes=[wish]) == []
    for _ in range(2):
        tell_shops.tell(brand.ctx, notice_id=notice)
    found = queries.find_notice(brand.ctx, notice_id=notice)
    assert found is not None
    assert found.state == NoticeState.TOLD
    assert len(shop.get(f"/orders/{placed['id']}")["fulfillments"]) == 1
    assert check(INVARIANTS) == []


@pytest.mark.django_db
def test_notices_whose_jobs_got_lost_are_asked_for_again_whosever_they_are() -> None:
    lost = {}
    for name in ("One", "Two"):
        ctx = make_ctx(name)
        shop_id = channels.connect(ctx, provider="sandbox_shop", name=name, url="http://127.0.0.1:9").id
        wish = NoticeWish(shop_id, "shipped:parcel:1", "shipped", "parcel:1", "order:1", {})
        [lost[ctx.organisation_id]] = channels.intend(ctx, wishes=[wish])
    db.execute("DELETE FROM procrastinate_jobs")
    tell_shops.sweep(ctx.now + timedelta(minutes=4))
    assert db.dicts("SELECT args FROM procrastinate_jobs") == []
    for _time in range(2):
        tell_shops.sweep(ctx.now + timedelta(minutes=6))
    asked = db.dicts("SELECT task_name, args FROM procrastinate_jobs ORDER BY id")
    assert asked == [
        {"task_name": "tell_channel", "args": {"organisation_id": owner, "notice_id": notice}}
        for owner, notice in lost.items()
    ]


@pytest.mark.django_db
def test_a_shop_that_never_learned_our_address_is_told_again_until_it_knows() -> None:
    ctx = make_ctx()
    here, quiet = (channels.connect(ctx, provider="sandbox_shop", name=name, url="http://127.0.0.1:9").id for name in "AB")
    channels.ensure_file_connection(ctx, name="Files")
    channels.set_active(ctx, connection_id=quiet, active=False)

    def asked() -> list[int]:
        return db.column("SELECT (args->>'connection_id')::int FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id")

    connect_shop.sweep(ctx.now)
    assert asked() == [here, quiet]
    db.execute("UPDATE procrastinate_jobs SET status = 'failed'")
    for _time in range(2):
        connect_shop.sweep(ctx.now)
    assert asked() == [here]
    db.execute("UPDATE procrastinate_jobs SET status = 'failed'")
    channels.note_seen(ctx, connection_id=here, introduced=True)
    connect_shop.sweep(ctx.now)
    assert asked() == []
    channels.move(ctx, connection_id=here, url="http://127.0.0.1:10")
    db.execute("UPDATE procrastinate_jobs SET status = 'failed'")
    connect_shop.sweep(ctx.now)
    assert asked() == [here]


def serve(brand: Brand, shop: Server, live_server: Any, settings: Any) -> ConnectionRow:
    """Connects the shop to a running Doorstep, as the job does."""
    settings.PUBLIC_URL = live_server.url
    connection = connect(brand, shop)
    (job,) = db.dicts("SELECT task_name, args FROM procrastinate_jobs WHERE task_name = 'introduce_connection'")
    assert job["args"] == {"organisation_id": brand.ctx.organisation_id, "connection_id": connection.id}
    connect_shop.introduce(now(brand.ctx), connection_id=connection.id)
    assert shop.get("/admin/connect")["webhook_url"] == webhook_url(connection)
    return connection


@pytest.fixture
def no_jobs_left(transactional_db: None) -> None:
    """Transactional tests do not empty procrastinate's table."""
    db.execute("DELETE FROM procrastinate_jobs")


def test_signed_webhooks_bring_every_order_in_disorder_and_twice(
    no_jobs_left: None, shop: Server, live_server: Any, settings: Any
) -> None:
    brand = make_brand(skus="ABCD", stock_each=1000)
    serve(brand, shop, live_server, settings)
    shop.post("/admin/faults", {"duplicate": 0.5, "disorder": True, "seed": 4})
    placed = shop.post("/orders", {"count": 20}, status=201)["orders"]
    for order in placed[:6]:
        shop.post(f"/orders/{order['id']}/cancel", {})
    shop.post("/admin/deliveries/flush")
    until(lambda: not shop.get("/admin/deliveries?state=pending")["deliveries"])
    rows = orders.list_orders(brand.ctx, where=OrderFilter(), limit=500)
    gone = {str(order["id"]) for order in placed[:6]}
    assert {r.external_id for r in rows if r.state == "open"} == ids_there(shop) - gone
    assert all(r.state == "cancelled" for r in rows if r.external_id in gone)
    assert check(INVARIANTS) == []


def test_webhooks_randomly_do_not_come_woocommerce_59381(
    no_jobs_left: None, shop: Server, live_server: Any, settings: Any
) -> None:
    brand = make_brand(skus="ABCD", stock_each=1000)
    serve(brand, shop, live_server, settings)
    shop.post("/admin/faults", {"drop": 0.5, "seed": 5})
    shop.post("/orders", {"count": 30}, status=201)
    until(lambda: not shop.get("/admin/deliveries?state=pending")["deliveries"])
    missed = ids_there(shop) - ids_here(brand)
    assert 5 < len(missed) < 25
    assert reconcile.reconcile(now(brand.ctx)) == len(missed)
    assert ids_here(brand) == ids_there(shop)


def test_the_adapter_reads_nothing_that_it_does_not_know() -> None:
    assert translate.read_topic(b'{"type": "orders/create"}') == "orders/create"
    assert translate.read_topic(b'{"type": "app/uninstalled"}') == ""
    assert translate.read_topic(b"{") == ""


@pytest.mark.django_db
def test_an_order_that_waits_as_refused_is_not_fetched_again(shop: Server) -> None:
    brand = make_brand(skus="ABCD", stock_each=1000)
    connect(brand, shop)
    lines = [{"sku": "N" * 65, "price": "5.00"}]  # longer than any of ours
    shop.post("/orders", {"lines": lines, "country": "DE", "financial_status": "paid"}, status=201)
    assert reconcile.reconcile(now(brand.ctx)) == 1
    placed = shop.get("/orders")["orders"][0]
    shop.http.put(f"/orders/{placed['id']}", json={"note": "changed"})
    assert reconcile.reconcile(now(brand.ctx)) == 0
    assert ids_here(brand) == set()


@pytest.mark.django_db
def test_a_hook_that_fell_silent_is_noticed_and_armed_again_once_in_a_while(shop: Server) -> None:
    brand = make_brand(skus="ABCD", stock_each=1000)
    connection = connect(brand, shop)
    begun = replace(brand.ctx, now=datetime.now(UTC) - timedelta(minutes=1))
    connect_shop.introduce(begun, connection_id=connection.id)
    shop.post("/admin/faults", {"drop": 1})
    shop.post("/orders", {"count": 2}, status=201)
    later = replace(brand.ctx, now=datetime.now(UTC) + timedelta(minutes=5))
    assert reconcile.reconcile(later) == 2
    told = [event.type for event in outbox.timeline(brand.ctx, of=[f"connection:{connection.id}"], limit=20)]
    assert told.count("hook.silent") == 1
    assert db.scalar("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'introduce_connection'") == 2
    shop.post("/orders", {"count": 1}, status=201)
    assert reconcile.reconcile(replace(later, now=later.now + timedelta(minutes=5))) == 1
    told = [event.type for event in outbox.timeline(brand.ctx, of=[f"connection:{connection.id}"], limit=20)]
    assert told.count("hook.silent") == 1  # it was armed five minutes ago
