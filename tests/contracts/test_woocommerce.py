"""What every shop adapter must keep, and what is WooCommerce's own, proved on its sandbox as a process of its own."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest
from django.test import Client

from doorstep.base.invariants import check
from doorstep.base.money import Money
from doorstep.base.refusals import BAD_SIGNATURE, Refused
from doorstep.base.vendors import webhook_url
from doorstep.channels import queries
from doorstep.channels.invariants import INVARIANTS
from doorstep.channels.port import (
    Declined,
    Gone,
    ListedItem,
    Number,
    Refunded,
    Returned,
    Shipped,
    Taken,
    Throttled,
)
from doorstep.flows import expose, reconcile
from doorstep.providers.woocommerce import products
from doorstep.providers.woocommerce.client import TOPICS, WooCommerce
from tests.contracts.woo import connect, now, place, port_of, settle, until, woo
from tests.factories import make_brand
from tests.sandbox.test_sandbox_woocommerce import API, Door, door
from tests.sandboxes import Server

__all__ = ["door", "woo"]  # fixtures


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
def test_what_may_be_sold_is_shown_and_what_the_shop_sells_itself_is_taken_off_once(woo: Server) -> None:
    brand = make_brand(skus="ABCD")  # ten each at two places
    connection = connect(brand, woo)

    def sync() -> list[int]:
        expose.follow(now(brand.ctx))
        expose.push(lambda: now(brand.ctx), connection_id=connection.id, go_on=lambda: True)
        return list(woo.get("/admin/stock")["stock"].values())

    expose.read_listings(lambda: now(brand.ctx), connection_id=connection.id)
    assert sync() == [20, 20, 20, 20]
    place(woo, lines=[{"sku": "A", "quantity": 3}])
    place(woo, lines=[{"sku": "D", "price": "100", "quantity": 2}])
    assert list(woo.get("/admin/stock")["stock"].values()) == [17, 20, 20, 18]
    settle(woo)
    assert reconcile.reconcile(now(brand.ctx)) == 2
    assert sync() == [17, 20, 20, 18]
    assert woo.post("/admin/orders", {"lines": [{"sku": "A", "quantity": 18}]}, status=422)["code"] == "out_of_stock"
    assert check(INVARIANTS) == []


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
    door.caught.clear()
    placed = place(woo)
    until(lambda: placed["id"] in [one["id"] for one in door.orders()])
    signed = WooCommerce({
        "url": str(woo.http.base_url), "client_id": "", "client_secret": "", "secret": "whsec_two", "connection_id": "1",
        "organisation_id": "1",
    })  # fmt: skip
    headers, raw = next((one.headers, one.body) for one in door.caught if b"order_key" in one.body)
    assert signed.open_webhook(headers, raw).topic == "order.created"
    with pytest.raises(Refused) as refused:
        signed.open_webhook(headers, raw + b" ")
    assert refused.value.refusal is BAD_SIGNATURE


@pytest.mark.django_db
def test_two_deliveries_of_one_second_are_two(woo: Server, door: Door) -> None:
    port = port_of(brand := make_brand(skus="ABCD"), connection := connect(brand, woo))
    secret = queries.secret_of(brand.ctx, connection_id=connection.id)
    port.introduce(door.url, secret)
    woo.post("/admin/clock", {"stopped": True})
    woo.post("/admin/faults", {"duplicate": 1})
    place(woo, count=4)
    until(lambda: len(door.orders()) == 8)
    ids = [port.open_webhook(one.headers, one.body).id for one in door.caught if b"order_key" in one.body]
    theirs = [one.headers["x-wc-webhook-delivery-id"] for one in door.caught if b"order_key" in one.body]
    assert len(set(theirs)) == 1  # WooCommerce makes them of webhook and second
    assert len({id.partition(":")[2] for id in ids}) == 4


@pytest.mark.django_db
def test_the_ping_of_a_new_webhook_is_kept_and_does_nothing_nor_does_it_prove_that_the_shop_speaks(woo: Server) -> None:
    connection = connect(brand := make_brand(skus="ABCD"), woo)
    path = httpx.URL(webhook_url(connection)).path
    answer = Client().post(path, "webhook_id=5", content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, answer.json()["outcome"]) == (200, "ignored")
    assert queries.get(brand.ctx, connection_id=connection.id).heard_at is None  # anybody may have sent it
    assert Client().post(path, "webhook_id=5&id=9", content_type="application/x-www-form-urlencoded").status_code == 401
