"""How orders of WooCommerce are read: all of them, to the minor unit, whatever the shop does meanwhile."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from doorstep.base.money import Money
from doorstep.base.refusals import Refused
from doorstep.channels import actions as channels
from doorstep.channels import queries
from doorstep.channels.port import (
    ListedOrder,
    OrderTold,
    Refunded,
    RefundTold,
)
from doorstep.flows import reconcile
from doorstep.providers.woocommerce.client import WooCommerce
from tests.contracts.woo import (
    YESTERDAY,
    change,
    connect,
    now,
    place,
    port_of,
    read_all,
    rows_here,
    settle,
    woo,
)
from tests.factories import make_brand
from tests.sandbox.test_sandbox_woocommerce import API
from tests.sandboxes import Server

__all__ = ["woo"]  # a fixture


def note_of(listed: ListedOrder | None) -> str:
    assert listed is not None
    return str(json.loads(listed.body)["customer_note"])


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
    settle(woo)
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
    settle(woo)
    since, moving = datetime.now(UTC) - YESTERDAY, iter(placed)

    def stir() -> None:
        for _ in range(30):  # so many leave each page, so that all others move forward
            change(woo, next(moving), customer_note="changed")
        woo.http.delete(f"{API}/orders/{next(moving)['id']}").raise_for_status()
        woo.post("/admin/clock", {"forward_s": 1.1})

    stirred = iter([stir, stir, stir])
    seen = read_all(port, since, between=lambda: next(stirred, lambda: None)())
    in_trash = {str(placed[n]["id"]) for n in (30, 61, 92)}
    assert set(seen) | in_trash == {str(one["id"]) for one in placed}
    settle(woo)
    latest = max(datetime.fromisoformat(one["date_modified_gmt"]) for one in seen.values()).replace(tzinfo=UTC)
    seen |= read_all(port, latest - timedelta(minutes=1))
    changed = {str(one["id"]) for one in placed[:93]} - in_trash
    assert {id for id, one in seen.items() if one["customer_note"] == "changed"} - in_trash == changed


@pytest.mark.django_db
def test_an_order_that_changes_twice_in_a_second_is_taken_when_the_second_is_over(woo: Server) -> None:
    port = port_of(brand := make_brand(skus="ABCD"), connect(brand, woo))
    woo.post("/admin/clock", {"stopped": True})
    placed, since = place(woo), datetime.now(UTC) - YESTERDAY
    assert read_all(port, since) == {}
    change(woo, placed, customer_note="same second")
    assert read_all(port, since) == {}
    settle(woo)
    assert [one["customer_note"] for one in read_all(port, since).values()] == ["same second"]


@pytest.mark.django_db
def test_one_order_is_read_when_the_second_of_its_change_is_over(woo: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    port = port_of(brand := make_brand(skus="ABCD"), connect(brand, woo))
    woo.post("/admin/clock", {"stopped": True})
    placed, waits = place(woo), list[float]()

    def meanwhile(wait_s: float) -> None:
        waits.append(wait_s)
        change(woo, placed, customer_note=f"change {len(waits)}")
        if len(waits) == 2:
            settle(woo)

    with monkeypatch.context() as patch:
        patch.setattr(time, "sleep", meanwhile)
        assert note_of(port.read_order(str(placed["id"]))) == "change 2"
    assert len(waits) == 2
    woo.post("/admin/clock", {"stopped": False})
    change(woo, placed, customer_note="while the clock runs")
    listed = port.read_order(str(placed["id"]))
    assert note_of(listed) == "while the clock runs"
    assert datetime.fromisoformat(woo.get("/admin/clock")["now"]) - listed.updated_at >= timedelta(seconds=1)


@pytest.mark.django_db
def test_a_first_look_takes_what_is_open_and_later_ones_whatever_changed(woo: Server) -> None:
    brand = make_brand(skus="ABCD", stock_each=100)
    connect(brand, woo)
    wanted = {status: str(place(woo, status=status)["id"]) for status in ("pending", "on-hold", "processing")}
    place(woo, status="completed")
    place(woo, status="checkout-draft")
    place(woo, status="failed")
    settle(woo)
    assert reconcile.reconcile(now(brand.ctx)) == 3
    assert {id: row.payment_state for id, row in rows_here(brand).items()} == {
        wanted["pending"]: "pending", wanted["on-hold"]: "pending", wanted["processing"]: "paid",
    }  # fmt: skip
    change(woo, {"id": wanted["on-hold"]}, status="processing")
    change(woo, {"id": wanted["pending"]}, status="cancelled")
    settle(woo)
    reconcile.reconcile(now(brand.ctx))
    here = rows_here(brand)
    assert (here[wanted["on-hold"]].payment_state, here[wanted["pending"]].state) == ("paid", "cancelled")


@pytest.mark.django_db
def test_an_order_whose_payment_failed_first_comes_when_it_is_paid(woo: Server) -> None:
    brand = make_brand(skus="ABCD", stock_each=100)
    connect(brand, woo)
    placed = place(woo, status="failed")
    settle(woo)
    assert reconcile.reconcile(now(brand.ctx)) == 0
    change(woo, placed, status="processing")
    settle(woo)
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
    settle(woo)
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
    settle(woo)
    listed = port.read_order(order)
    assert listed is not None
    told, *refunds = port.read_webhook(listed.body)
    item = str(placed["line_items"][0]["product_id"])
    assert isinstance(told, OrderTold)
    assert refunds == [RefundTold(order, str(made["id"]), Money(29000, "KRW"), ((item, "A", 1),), "broken", key="")]


@pytest.mark.django_db
@pytest.mark.parametrize("fault", ["error_5xx", "truncate", "lose_answer"])
def test_a_shop_that_stumbles_is_asked_again_until_all_is_here(woo: Server, fault: str) -> None:
    brand = make_brand(skus="ABCD", stock_each=100)
    connection = connect(brand, woo)
    place(woo, count=3)
    settle(woo)
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
