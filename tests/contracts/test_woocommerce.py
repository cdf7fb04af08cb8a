"""What every shop adapter must keep, and what is WooCommerce's own, proved on its sandbox as a process of its own."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.invariants import check
from doorstep.base.money import Money
from doorstep.base.refusals import BAD_SIGNATURE, Refused
from doorstep.channels import actions as channels
from doorstep.channels import queries
from doorstep.channels.invariants import INVARIANTS
from doorstep.channels.port import (
    Declined,
    Gone,
    ListedItem,
    Number,
    OrderCalledOff,
    OrderTold,
    Refunded,
    RefundTold,
    Returned,
    Shipped,
    ShopPort,
    Taken,
    Throttled,
)
from doorstep.channels.values import ConnectionRow
from doorstep.flows import connect_shop, expose, reconcile
from doorstep.orders import queries as orders
from doorstep.orders.queries import OrderFilter
from doorstep.orders.values import OrderRow
from doorstep.providers.woocommerce import products
from doorstep.providers.woocommerce.client import TOPICS, WooCommerce
from tests.factories import Brand, make_brand
from tests.sandbox.conftest import Server
from tests.sandbox.test_sandbox_woocommerce import API, Door, door

__all__ = ["door"]  # a fixture

YESTERDAY = timedelta(days=1)
SETTLES_S = 2.1  # an order that changed in this second is left to the next look


@pytest.fixture
def woo(tmp_path: Path) -> Iterator[Server]:
    shop = Server("woocommerce", tmp_path / "woocommerce", ())
    shop.start()
    shop.http.auth = httpx.BasicAuth("ck_sandbox", "cs_sandbox")
    shop.post("/admin/products", {"name": "티셔츠", "sku": "A", "price": "29000", "stock": 900}, status=201)
    shop.post("/admin/products", {"name": "Mug", "sku": "B", "price": "24.90", "stock": 900}, status=201)
    sizes = [{"sku": "C", "option": "S", "stock": 900}, {"sku": "D", "option": "M", "stock": 900}]
    shop.post("/admin/products", {"name": "Cap", "variations": sizes}, status=201)
    yield shop
    shop.kill()
    shop.http.close()


def connect(brand: Brand, woo: Server) -> ConnectionRow:
    keys = {"client_id": "ck_sandbox", "client_secret": "cs_sandbox"}
    return channels.connect(brand.ctx, provider="woocommerce", name="Woo", url=str(woo.http.base_url), settings=keys)


def port_of(brand: Brand, connection: ConnectionRow) -> ShopPort:
    return queries.shop_of(brand.ctx, connection=connection)


def now(ctx: Ctx) -> Ctx:
    return replace(ctx, now=datetime.now(UTC))


def until(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "waited twenty seconds"
        time.sleep(0.05)


def place(woo: Server, **asked: Any) -> Any:
    """An order of one A unless something else is asked for."""
    return woo.post("/admin/orders", {"lines": [{"sku": "A"}], "country": "KR", **asked}, status=201)


def change(woo: Server, order: Any, **told: Any) -> dict[str, Any]:
    answer = woo.http.put(f"{API}/orders/{order['id']}", json=told)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def rows_here(brand: Brand) -> dict[str, OrderRow]:
    return {row.external_id: row for row in orders.list_orders(brand.ctx, where=OrderFilter(), limit=500)}


def read_all(port: ShopPort, since: datetime | None, *, between: Callable[[], Any] = lambda: None) -> dict[str, Any]:
    """The bodies of all orders that a look lists, the newest of each.  `between`: what happens while it reads."""
    found: dict[str, Any] = {}
    after: str | None = ""
    while after is not None:
        page = port.list_orders(since=since, after=after)
        found |= {one.external_id: json.loads(one.body) for one in page.orders}
        between()
        after = page.next_after
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("terms", [{}, {"prices_include_tax": False}, {"coupon": {"share": "0.1"}, "prices_include_tax": True}])
@pytest.mark.parametrize(("currency", "price"), [("KRW", "29050"), ("EUR", "9.99"), ("JPY", "1234"), ("KWD", "1.255")])
def test_every_order_comes_to_its_total_in_every_currency(
    woo: Server, currency: str, price: str, terms: dict[str, Any]
) -> None:
    port = port_of(brand := make_brand(skus="ABCD"), connect(brand, woo))
    lines = [{"sku": "A", "price": price, "quantity": 3}, {"sku": "B", "price": price}, {"sku": "C", "price": price, "quantity": 7}]
    fees = [{"name": "Wrap", "total": "2"}, {"name": "Gift card", "total": "-1"}]
    placed = place(woo, lines=lines, currency=currency, tax_rate="0.19", fees=fees, shipping_total="4", **terms)
    listed = port.read_order(str(placed["id"]))
    assert listed is not None
    (fact,) = port.read_webhook(listed.body)
    assert isinstance(fact, OrderTold)
    decimals = {"KRW": 0, "JPY": 0, "EUR": 2, "KWD": 3}[currency]
    assert fact.draft.total_minor == int(Decimal(placed["total"]).scaleb(decimals))
    assert [line.sku for line in fact.draft.lines] == ["A", "B", "C"]
    cap = placed["line_items"][2]
    assert fact.items[2] == f"{cap['product_id']}:{cap['variation_id']}"


@pytest.mark.django_db
def test_no_order_is_missed_that_moves_while_it_is_read(woo: Server) -> None:
    port = port_of(brand := make_brand(skus="ABCD"), connect(brand, woo))
    placed = place(woo, count=330, lines=[{"sku": "X", "price": "100"}])["orders"]
    time.sleep(SETTLES_S)
    since, moving = datetime.now(UTC) - YESTERDAY, iter(placed)

    def stir() -> None:
        for _ in range(30):  # so many leave each page, so that all others move forward
            change(woo, next(moving), customer_note="changed")
        woo.http.delete(f"{API}/orders/{next(moving)['id']}").raise_for_status()
        time.sleep(1.1)

    stirred = iter([stir, stir, stir])
    seen = read_all(port, since, between=lambda: next(stirred, lambda: None)())
    in_trash = {str(placed[n]["id"]) for n in (30, 61, 92)}
    assert set(seen) | in_trash == {str(one["id"]) for one in placed}
    time.sleep(SETTLES_S)
    latest = max(datetime.fromisoformat(one["date_modified_gmt"]) for one in seen.values()).replace(tzinfo=UTC)
    seen |= read_all(port, latest - timedelta(minutes=1))
    changed = {str(one["id"]) for one in placed[:93]} - in_trash
    assert {id for id, one in seen.items() if one["customer_note"] == "changed"} - in_trash == changed


@pytest.mark.django_db
def test_an_order_that_changes_twice_in_a_second_is_taken_when_the_second_is_over(woo: Server) -> None:
    port = port_of(brand := make_brand(skus="ABCD"), connect(brand, woo))
    placed = place(woo)
    since = datetime.now(UTC) - YESTERDAY
    seen = read_all(port, since)
    change(woo, placed, customer_note="same second")
    assert all(one["customer_note"] == "same second" for one in seen.values())  # none, unless the second was over
    listed = port.read_order(str(placed["id"]))
    assert listed is not None
    assert json.loads(listed.body)["customer_note"] == "same second"
    time.sleep(SETTLES_S)
    assert [one["customer_note"] for one in read_all(port, since).values()] == ["same second"]


@pytest.mark.django_db
def test_a_first_look_takes_what_is_open_and_later_ones_whatever_changed(woo: Server) -> None:
    brand = make_brand(skus="ABCD", stock_each=100)
    connect(brand, woo)
    wanted = {status: str(place(woo, status=status)["id"]) for status in ("pending", "on-hold", "processing")}
    place(woo, status="completed")
    place(woo, status="checkout-draft")
    place(woo, status="failed")
    time.sleep(SETTLES_S)
    assert reconcile.reconcile(now(brand.ctx)) == 3
    assert {id: row.payment_state for id, row in rows_here(brand).items()} == {
        wanted["pending"]: "pending", wanted["on-hold"]: "pending", wanted["processing"]: "paid",
    }  # fmt: skip
    change(woo, {"id": wanted["on-hold"]}, status="processing")
    change(woo, {"id": wanted["pending"]}, status="cancelled")
    time.sleep(SETTLES_S)
    reconcile.reconcile(now(brand.ctx))
    here = rows_here(brand)
    assert (here[wanted["on-hold"]].payment_state, here[wanted["pending"]].state) == ("paid", "cancelled")


@pytest.mark.django_db
def test_an_order_whose_payment_failed_first_comes_when_it_is_paid(woo: Server) -> None:
    brand = make_brand(skus="ABCD", stock_each=100)
    connect(brand, woo)
    placed = place(woo, status="failed")
    time.sleep(SETTLES_S)
    assert reconcile.reconcile(now(brand.ctx)) == 0
    change(woo, placed, status="processing")
    time.sleep(SETTLES_S)
    assert reconcile.reconcile(now(brand.ctx)) == 1
    assert rows_here(brand)[str(placed["id"])].payment_state == "paid"


@pytest.mark.django_db
def test_odd_orders_are_taken(woo: Server) -> None:
    """No postcode, three hundred lines, an SKU that nobody mapped, a product that is gone."""
    brand = make_brand(skus="ABCD", stock_each=1000)
    connect(brand, woo)
    bare = place(woo, shipping={"postcode": "", "state": ""}, billing={"postcode": ""})
    long = place(woo, lines=[{"sku": "ABCD"[n % 4], "price": "100"} for n in range(300)])
    strange = place(woo, lines=[{"sku": "NEW", "price": "500"}, {"sku": "A"}])
    gone = place(woo, lines=[{"price": "700"}])
    time.sleep(SETTLES_S)
    assert reconcile.reconcile(now(brand.ctx)) == 4
    here = rows_here(brand)
    assert {id: row.units for id, row in here.items()} == {
        str(bare["id"]): 1, str(long["id"]): 300, str(strange["id"]): 2, str(gone["id"]): 1,
    }  # fmt: skip
    assert [here[str(one["id"])].on_hold for one in (bare, long, strange, gone)] == [False, False, True, True]
    assert [here[str(one["id"])].total_minor for one in (bare, long)] == [int(bare["total"]), int(long["total"])]


@pytest.mark.django_db
def test_a_part_refund_is_told_with_its_lines_once_the_order_is_read_and_ours_is_not_told_back(woo: Server) -> None:
    port = port_of(brand := make_brand(skus="ABCD"), connect(brand, woo))
    placed = place(woo, lines=[{"sku": "A", "quantity": 2}, {"sku": "C", "price": "100"}])
    order, path = str(placed["id"]), f"{API}/orders/{placed['id']}/refunds"
    back = {"amount": "29000", "reason": "broken", "line_items": [{"id": placed["line_items"][0]["id"], "quantity": 1}]}
    made = woo.post(path, back, status=201)
    assert port.tell_refunded(Refunded(order, "refund:1", Money(100, "KRW"))) is None
    listed = port.read_order(order)
    assert listed is not None
    told, *refunds = port.read_webhook(listed.body)
    item = str(placed["line_items"][0]["product_id"])
    assert isinstance(told, OrderTold)
    assert refunds == [RefundTold(order, str(made["id"]), Money(29000, "KRW"), ((item, "A", 1),), "broken")]


@pytest.mark.django_db
def test_throttling_is_believed_and_nothing_is_sent_meanwhile(woo: Server) -> None:
    port = port_of(brand := make_brand(skus="ABCD"), connect(brand, woo))
    woo.post("/admin/faults", {"throttle": 1, "retry_after_s": 7})
    with pytest.raises(Throttled) as wait:
        port.read_order("1")
    assert wait.value.wait_s == 7
    woo.post("/admin/faults", {})
    with pytest.raises(Throttled) as wait:
        port.tell_numbers([Number("701", 1, None)], key="k")
    assert 5 < wait.value.wait_s < 7


@pytest.mark.django_db
def test_a_key_that_ran_out_is_shown_and_what_came_meanwhile_is_fetched_later(woo: Server) -> None:
    brand = make_brand(skus="ABCD", stock_each=100)
    connection = connect(brand, woo)
    place(woo, count=3)
    time.sleep(SETTLES_S)
    woo.post("/admin/keys", {"valid": False})
    assert reconcile.reconcile(now(brand.ctx)) == 0
    row = queries.get(brand.ctx, connection_id=connection.id)
    assert (row.health, "401" in row.problem) == ("failing", True)
    woo.post("/admin/keys", {"valid": True})
    assert reconcile.reconcile(now(brand.ctx)) == 3
    assert queries.get(brand.ctx, connection_id=connection.id).health == "active"


@pytest.mark.django_db
@pytest.mark.parametrize("fault", ["error_5xx", "truncate", "lose_answer"])
def test_a_shop_that_stumbles_is_asked_again_until_all_is_here(woo: Server, fault: str) -> None:
    brand = make_brand(skus="ABCD", stock_each=100)
    connection = connect(brand, woo)
    place(woo, count=3)
    time.sleep(SETTLES_S)
    woo.post("/admin/faults", {fault: 1})
    assert reconcile.reconcile(now(brand.ctx)) == 0
    assert queries.get(brand.ctx, connection_id=connection.id).health == "failing"
    with pytest.raises(httpx.HTTPError):
        port_of(brand, connection).tell_refunded(Refunded("1", "k", Money(1, "KRW")))
    woo.post("/admin/faults", {})
    assert reconcile.reconcile(now(brand.ctx)) == 3


@pytest.mark.django_db
def test_a_page_that_is_no_woocommerce_is_no_empty_shop(woo: Server) -> None:
    brand = make_brand(skus="ABCD")
    keys = {"client_id": "ck_sandbox", "client_secret": "cs_sandbox"}
    elsewhere = f"{woo.http.base_url}/blog"
    lost = channels.connect(brand.ctx, provider="woocommerce", name="Lost", url=elsewhere, settings=keys)
    with pytest.raises(httpx.HTTPStatusError):
        port_of(brand, lost).list_listings(after="")
    settings = {**keys, "url": "http://shop.example.com", "secret": "s", "connection_id": "1", "organisation_id": "1"}
    with pytest.raises(Refused, match="https"):
        WooCommerce(settings).list_listings(after="")


@pytest.mark.django_db
def test_listings_are_products_and_variations_page_by_page(woo: Server) -> None:
    brand = make_brand(skus="ABCD")
    connection = connect(brand, woo)
    woo.post("/admin/products", {"name": "Service", "sku": "S"}, status=201)
    for n in range(110):
        woo.post("/admin/products", {"name": f"Thing {n}", "sku": f"T{n}", "stock": n}, status=201)
    assert expose.read_listings(lambda: now(brand.ctx), connection_id=connection.id) >= 115
    port, found, after = port_of(brand, connection), list[ListedItem](), ""
    while True:
        page = port.list_listings(after=after)
        found += page.items
        if page.next_after is None:
            break
        after = page.next_after
    numbers = {item.sku: item.number for item in found}
    assert numbers == {"A": 900, "B": 900, "C": 900, "D": 900, "S": None, **{f"T{n}": n for n in range(110)}}
    assert {item.title for item in found if item.sku in "CD"} == {"Cap, S", "Cap, M"}
    stock = woo.get("/admin/stock")["stock"]
    assert {item.id for item in found if item.number is not None} == set(stock)


@pytest.mark.django_db
def test_numbers_are_told_by_product_and_answered_in_order(woo: Server) -> None:
    port = port_of(brand := make_brand(skus="ABCD"), connect(brand, woo))
    service = woo.post("/admin/products", {"name": "Service", "sku": "S"}, status=201)["id"]
    shared = woo.post("/admin/products", {"name": "Sock", "variations": [{"sku": "E", "manages": "parent"}]}, status=201)
    with_product = f"{shared['id']}:{shared['variations'][0]}"
    tee, mug, small, medium = woo.get("/admin/stock")["stock"]
    wanted = [
        Number(small, 3, None), Number(tee, 7, 900), Number("99999", 1, None), Number(str(service), 5, None), Number(mug, 0, None),
        Number("99998:99999", 1, None), Number(medium, 4, None), Number(with_product, 2, None),
    ]  # fmt: skip
    for _ in range(2):
        assert port.tell_numbers(wanted, key="k") == [
            Taken(), Taken(), Gone(products.UNKNOWN), Gone(products.UNCOUNTED), Taken(), Gone(products.UNKNOWN), Taken(),
            Gone(products.WITH_PRODUCT),
        ]  # fmt: skip
    assert woo.get("/admin/stock")["stock"] == {tee: 7, mug: 0, small: 3, medium: 4}
    assert woo.post("/admin/orders", {"lines": [{"sku": "B", "price": "1"}]}, status=422)["code"] == "out_of_stock"


@pytest.mark.django_db
def test_numbers_of_many_products_take_their_turn_and_are_all_told(woo: Server) -> None:
    port = port_of(brand := make_brand(skus="ABCD"), connect(brand, woo))
    ids = []
    for n in range(25):  # more calls than are free after a rest
        made = woo.post("/admin/products", {"name": f"P{n}", "variations": [{"sku": f"V{n}", "stock": 1}]}, status=201)
        ids.append(f"{made['id']}:{made['variations'][0]}")
    assert port.tell_numbers([Number(id, 9, 1) for id in ids], key="k") == [Taken()] * 25
    stock = woo.get("/admin/stock")["stock"]
    assert [stock[id] for id in ids] == [9] * 25


@pytest.mark.django_db
def test_parcels_are_noted_once_and_the_last_completes_the_order(woo: Server) -> None:
    port = port_of(brand := make_brand(skus="ABCD"), connect(brand, woo))
    placed = place(woo, lines=[{"sku": "A", "quantity": 3}, {"sku": "C", "price": "100"}])
    path = f"{API}/orders/{placed['id']}"
    first = Shipped(str(placed["id"]), "601000000135", "Sandbox", "http://t.example/1", (("A", 2),))
    for _ in range(2):
        assert port.tell_shipped(first) is None
    assert [note["note"] for note in woo.get(f"{path}/notes")] == ["Sandbox 601000000135\nhttp://t.example/1\n2 × A"]
    assert woo.get(path)["status"] == "processing"
    # One unit of A is given back, so the cap is all that is left to send.
    one = [{"id": placed["line_items"][0]["id"], "quantity": 1}]
    woo.post(f"{path}/refunds", {"amount": "29000", "line_items": one}, status=201)
    for _ in range(2):
        assert port.tell_shipped(replace(first, tracking_number="601000000136", lines=(("C", 1),))) is None
    after = woo.get(path)
    assert (after["status"], after["date_completed_gmt"] is not None) == ("completed", True)
    (kept,) = [note["value"] for note in after["meta_data"] if note["key"] == "_doorstep_parcels"]
    assert [parcel["tracking_number"] for parcel in kept] == ["601000000135", "601000000136"]
    assert len(woo.get(f"{path}/notes")) == 2
    assert port.tell_shipped(replace(first, external_id="99999")) == Declined("the shop does not know the order")
    gone = place(woo, status="cancelled")
    assert isinstance(port.tell_shipped(replace(first, external_id=str(gone["id"]))), Declined)


@pytest.mark.django_db
def test_a_refund_is_made_once_however_often_its_answer_gets_lost(woo: Server) -> None:
    port = port_of(brand := make_brand(skus="ABCD"), connect(brand, woo))
    placed = place(woo, lines=[{"sku": "A", "quantity": 3}])
    order = str(placed["id"])
    woo.post("/admin/faults", {"lose_answer": 0.5, "seed": 2})
    lost = 0
    for n in range(4):
        for _ in range(20):
            try:
                assert port.tell_refunded(Refunded(order, f"refund:{n}", Money(1000, "KRW"))) is None
                break
            except httpx.HTTPError:
                lost += 1
    woo.post("/admin/faults", {})
    assert lost > 0
    made = woo.get(f"{API}/orders/{order}/refunds")
    assert sorted(one["reason"] for one in made) == [f"Doorstep refund:{n}" for n in range(4)]
    assert {(one["amount"], one["refunded_payment"]) for one in made} == {("1000", False)}
    too_much = port.tell_refunded(Refunded(order, "refund:9", Money(10**8, "KRW")))
    assert too_much == Declined("Invalid refund amount.")
    assert isinstance(port.tell_refunded(Refunded("99999", "k", Money(1, "KRW"))), Declined)


@pytest.mark.django_db
def test_returns_and_cancellations_are_told_once(woo: Server) -> None:
    port = port_of(brand := make_brand(skus="ABCD"), connect(brand, woo))
    placed = place(woo)
    order, path = str(placed["id"]), f"{API}/orders/{placed['id']}"
    for _ in range(2):
        assert port.tell_returned(Returned(order, "returned:return:1", (("A", 1),))) is None
    assert [note["note"] for note in woo.get(f"{path}/notes")] == ["↩ 1 × A (returned:return:1)"]
    before = woo.get("/admin/stock")["stock"][str(placed["line_items"][0]["product_id"])]
    for _ in range(2):
        assert port.tell_cancelled(order, reason="customer") is None
    after = woo.get(path)
    assert (after["status"], after["meta_data"][-1]["value"]) == ("cancelled", "customer")
    assert woo.get("/admin/stock")["stock"][str(placed["line_items"][0]["product_id"])] == before + 1
    assert isinstance(port.tell_cancelled("99999", reason="customer"), Declined)
    assert isinstance(port.tell_cancelled(str(place(woo, status="completed")["id"]), reason="customer"), Declined)


@pytest.mark.django_db
def test_webhooks_are_made_once_and_one_that_was_switched_off_is_armed_again(woo: Server, door: Door) -> None:
    port = port_of(brand := make_brand(skus="ABCD"), connect(brand, woo))
    theirs = {"topic": "order.created", "delivery_url": "http://127.0.0.1:9/theirs"}
    woo.post(f"{API}/webhooks", theirs, status=201)
    for _ in range(2):
        port.introduce(door.url, "whsec_one")
    mine = [hook for hook in woo.get(f"{API}/webhooks?per_page=100") if hook["delivery_url"] == door.url]
    assert sorted(hook["topic"] for hook in mine) == sorted(TOPICS)
    door.status = 500
    place(woo, count=5)
    until(lambda: {"disabled"} & {hook["status"] for hook in woo.get(f"{API}/webhooks?per_page=100")})
    door.status = 200
    double = {"topic": "order.created", "delivery_url": f"http://127.0.0.1:9{httpx.URL(door.url).path}"}
    woo.post(f"{API}/webhooks", double, status=201)
    port.introduce(door.url, "whsec_two")
    after = [hook for hook in woo.get(f"{API}/webhooks?per_page=100") if hook["name"] != "Webhook"]
    assert sorted(hook["topic"] for hook in after) == sorted(TOPICS)
    assert {(hook["status"], hook["delivery_url"]) for hook in after} == {("active", door.url)}
    assert len(woo.get(f"{API}/webhooks?per_page=100")) == len(TOPICS) + 1
    door.got.clear()
    placed = place(woo)
    until(lambda: placed["id"] in [one["id"] for one in door.orders()])
    signed = WooCommerce({
        "url": str(woo.http.base_url), "client_id": "", "client_secret": "", "secret": "whsec_two", "connection_id": "1",
        "organisation_id": "1",
    })  # fmt: skip
    headers, raw = next(one for one in door.got if b"order_key" in one[1])
    assert signed.open_webhook(headers, raw).topic == "order.created"
    with pytest.raises(Refused) as refused:
        signed.open_webhook(headers, raw + b" ")
    assert refused.value.refusal is BAD_SIGNATURE


@pytest.mark.django_db
def test_two_deliveries_of_one_second_are_two(woo: Server, door: Door) -> None:
    port = port_of(brand := make_brand(skus="ABCD"), connection := connect(brand, woo))
    secret = queries.secret_of(brand.ctx, connection_id=connection.id)
    port.introduce(door.url, secret)
    woo.post("/admin/faults", {"duplicate": 1})
    place(woo, count=4)
    until(lambda: len(door.orders()) == 8)
    ids = [port.open_webhook(headers, raw).id for headers, raw in door.got if b"order_key" in raw]
    theirs = [headers["x-wc-webhook-delivery-id"] for headers, raw in door.got if b"order_key" in raw]
    assert len(set(theirs)) < 4  # WooCommerce makes them of webhook and second
    assert len({id.partition(":")[2] for id in ids}) == 4


@pytest.fixture
def no_jobs_left(transactional_db: None) -> None:
    """Transactional tests do not empty procrastinate's table."""
    db.execute("DELETE FROM procrastinate_jobs")


def serve(brand: Brand, woo: Server, live_server: Any, settings: Any) -> ConnectionRow:
    """Connects the shop to a running Doorstep, as the job does."""
    settings.PUBLIC_URL = live_server.url
    connection = connect(brand, woo)
    connect_shop.introduce(now(brand.ctx), connection_id=connection.id)
    return connection


def sent(woo: Server) -> bool:
    return not woo.get("/admin/deliveries?state=pending")["deliveries"]


def test_webhooks_bring_orders_twice_in_disorder_or_not_at_all_and_the_rest_is_fetched(
    no_jobs_left: None, woo: Server, live_server: Any, settings: Any
) -> None:
    brand = make_brand(skus="ABCD", stock_each=1000)
    connection = serve(brand, woo, live_server, settings)
    assert queries.get(brand.ctx, connection_id=connection.id).heard_at is not None  # the pings
    woo.post("/admin/faults", {"duplicate": 0.4, "drop": 0.2, "disorder": True, "seed": 4})
    placed = place(woo, count=20)["orders"]
    for one in placed[:5]:
        change(woo, one, status="cancelled")
    woo.http.delete(f"{API}/orders/{placed[5]['id']}").raise_for_status()
    until(lambda: sent(woo))
    here = rows_here(brand)
    gone, all_there = {str(one["id"]) for one in placed[:6]}, {str(one["id"]) for one in placed}
    assert set(here) < all_there
    assert db.scalar("SELECT count(*) FROM base_arrival WHERE outcome NOT IN ('processed', 'ignored')") == 0
    time.sleep(SETTLES_S)
    reconcile.reconcile(now(brand.ctx))
    here = rows_here(brand)
    assert {id for id, row in here.items() if row.state == "open"} >= all_there - gone
    assert all(row.state == "cancelled" for id, row in here.items() if id in {str(one["id"]) for one in placed[:5]})
    assert check(INVARIANTS) == []


def test_an_edit_and_a_cancellation_follow_by_webhook_and_a_bad_signature_does_nothing(
    no_jobs_left: None, woo: Server, live_server: Any, settings: Any
) -> None:
    brand = make_brand(skus="ABCD", stock_each=1000)
    connection = serve(brand, woo, live_server, settings)
    placed = place(woo, lines=[{"sku": "A", "quantity": 3}, {"sku": "C", "price": "5000"}], shipping_total="0")
    until(lambda: sent(woo) and str(placed["id"]) in rows_here(brand))
    edited = change(woo, placed, line_items=[{"id": placed["line_items"][0]["id"], "quantity": 1}])
    until(lambda: sent(woo) and rows_here(brand)[str(placed["id"])].units == 2)
    assert rows_here(brand)[str(placed["id"])].total_minor == int(edited["total"]) == 34000
    url = connect_shop.webhook_url(connection)
    answer = httpx.post(url, content=json.dumps({"id": placed["id"]}), headers={"x-wc-webhook-signature": "AAAA"}, trust_env=False)
    assert answer.status_code == 401
    assert rows_here(brand)[str(placed["id"])].state == "open"
    ping = httpx.post(url, data={"webhook_id": "5"}, trust_env=False)
    assert (ping.status_code, ping.json()["outcome"]) in ((200, "ignored"), (200, "kept"))
    change(woo, placed, status="cancelled")
    until(lambda: rows_here(brand)[str(placed["id"])].state == "cancelled")
    assert check(INVARIANTS) == []


@pytest.mark.django_db
def test_an_order_called_off_is_listed_so(woo: Server) -> None:
    port = port_of(brand := make_brand(skus="ABCD"), connect(brand, woo))
    placed = place(woo, status="cancelled")
    listed = port.read_order(str(placed["id"]))
    assert listed is not None
    assert listed.called_off
    assert port.read_webhook(listed.body) == [OrderCalledOff(str(placed["id"]), "cancelled")]
    assert port.read_order("99999") is None
