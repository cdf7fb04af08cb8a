"""The sandbox WooCommerce, as a process of its own: what it must do to be a fair stand-in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from tests.ear import Ear
from tests.sandboxes import Server

API = "/wp-json/wc/v3"
SECRET = "whsec_of+the/hook="


class Door(Ear):
    def orders(self) -> list[dict[str, Any]]:
        return [json.loads(one.body) for one in self.caught if one.headers.get("x-wc-webhook-resource") == "order"]


@pytest.fixture
def door() -> Iterator[Door]:
    door = Door("/hooks/woocommerce/x")
    yield door
    door.close()


@pytest.fixture
def woo(run: Any) -> Server:
    shop: Server = run("woocommerce")
    shop.http.auth = httpx.BasicAuth("ck_sandbox", "cs_sandbox")
    shop.post("/admin/products", {"name": "Mug", "sku": "MUG", "price": "11000", "stock": 10}, status=201)
    return shop


def hook(woo: Server, door: Door, topic: str) -> dict[str, Any]:
    wanted = {"name": topic, "topic": topic, "delivery_url": door.url, "secret": SECRET}
    made: dict[str, Any] = woo.post(f"{API}/webhooks", wanted, status=201)
    return made


def test_without_the_key_nothing_is_answered(woo: Server) -> None:
    woo.http.auth = httpx.BasicAuth("ck_sandbox", "wrong")
    refused = woo.get(f"{API}/orders", status=401)
    assert (refused["code"], refused["data"]) == ("woocommerce_rest_authentication_error", {"status": 401})


def test_an_order_comes_to_its_total_before_rounding_and_takes_from_the_stock(woo: Server) -> None:
    placed = woo.post("/admin/orders", {"lines": [{"sku": "MUG", "quantity": 3}], "shipping_total": "2500"}, status=201)
    assert (placed["total"], placed["total_tax"], placed["shipping_total"]) == ("35750", "3250", "2500")
    assert placed["line_items"][0]["subtotal"] == "30000"
    assert list(woo.get("/admin/stock")["stock"].values()) == [7]
    assert woo.post("/admin/orders", {"lines": [{"sku": "MUG", "quantity": 8}]}, status=422)["code"] == "out_of_stock"
    woo.http.put(f"{API}/orders/{placed['id']}", json={"status": "cancelled"}).raise_for_status()
    assert list(woo.get("/admin/stock")["stock"].values()) == [10]


def test_parts_are_rounded_and_the_total_is_not_made_of_them(woo: Server) -> None:
    lines = [{"sku": "GONE", "price": "9.99"}] * 3
    asked = {"lines": lines, "currency": "EUR", "tax_rate": "0.19", "shipping_total": "0", "coupon": {"share": "0.1"}}
    placed = woo.post("/admin/orders", asked, status=201)
    parts = sum(Decimal(i["total"]) + Decimal(i["total_tax"]) for i in placed["line_items"])
    assert (placed["total"], str(parts), placed["coupon_lines"][0]["discount"]) == ("26.97", "27.00", "2.52")


def test_answers_are_dated_by_the_site_s_clock_at_that_very_moment(woo: Server) -> None:
    """A client tells by the date of an answer which second is over."""

    def date() -> float:
        return parsedate_to_datetime(woo.http.get(f"{API}/orders").headers["date"]).timestamp()

    end = time.time() + 1.3
    while time.time() < end:
        before = int(time.time())
        assert before <= date() <= time.time()
    woo.post("/admin/clock", {"stopped": True})
    stands = datetime.fromisoformat(woo.get("/admin/clock")["now"]).timestamp()
    assert woo.post("/admin/clock", {"forward_s": 5})["stopped"]
    placed = woo.post("/admin/orders", {"lines": [{"sku": "MUG"}]}, status=201)
    placed_at = datetime.fromisoformat(placed["date_modified_gmt"]).replace(tzinfo=UTC).timestamp()
    assert date() == placed_at == int(stands + 5)
    woo.post("/admin/clock", {"stopped": False, "forward_s": 60})
    assert date() >= int(stands + 65)
    assert woo.post("/admin/clock", {"forward_s": -1}, status=422)["code"] == "invalid"


def test_lists_are_paged_and_bounds_with_a_zone_are_the_site_s_local_time(woo: Server) -> None:
    woo.post("/admin/orders", {"lines": [{"sku": "X", "price": "100"}], "count": 120}, status=201)
    first = woo.http.get(f"{API}/orders?per_page=100&orderby=id&order=asc")
    assert (len(first.json()), first.headers["x-wp-total"], first.headers["x-wp-totalpages"]) == (100, "120", "2")
    assert len(woo.get(f"{API}/orders?per_page=100&page=2")) == 20
    assert woo.get(f"{API}/orders?per_page=100&page=3") == []
    assert woo.get(f"{API}/orders?per_page=101", status=400)["code"] == "rest_invalid_param"
    at = first.json()[0]["date_modified_gmt"]
    assert len(woo.get(f"{API}/orders?per_page=100&modified_after={at}&dates_are_gmt=true")) < 100 + 20
    assert woo.get(f"{API}/orders?modified_before={at}&dates_are_gmt=true") == []
    # The site is nine hours ahead of GMT: a bound with a zone means nine hours later.
    assert woo.get(f"{API}/orders?modified_after=2026-01-01T00:00:00&dates_are_gmt=true&per_page=1") != []
    assert woo.get(f"{API}/orders?modified_after={at}Z&dates_are_gmt=true") == []


def test_a_batch_sets_numbers_of_what_is_counted_and_refuses_each_other_by_itself(woo: Server) -> None:
    tee = woo.post(
        "/admin/products",
        {"name": "Tee", "variations": [{"sku": "T-S", "stock": 4, "option": "S"}, {"sku": "T-M", "manages": "parent"}]},
        status=201,
    )
    small, medium = tee["variations"]
    mug = woo.get(f"{API}/products?orderby=id&order=asc")[0]
    answer = woo.post(f"{API}/products/batch", {"update": [{"id": mug["id"], "stock_quantity": 3}, {"id": small}, {"id": 99999}]})
    assert [one.get("stock_quantity") for one in answer["update"]] == [3, None, None]
    assert [one.get("error", {}).get("code") for one in answer["update"]] == [
        None, "woocommerce_rest_invalid_product_id", "woocommerce_rest_product_invalid_id",
    ]  # fmt: skip
    wanted = {"update": [{"id": small, "stock_quantity": 9}, {"id": medium, "stock_quantity": 9}]}
    answer = woo.post(f"{API}/products/{tee['id']}/variations/batch", wanted)
    assert [(one["manage_stock"], one["stock_quantity"]) for one in answer["update"]] == [(True, 9), ("parent", None)]
    many = {"update": [{"id": mug["id"], "stock_quantity": 1}] * 101}
    assert woo.post(f"{API}/products/batch", many, status=413)["code"] == "woocommerce_rest_request_entity_too_large"


def test_a_new_webhook_pings_and_then_signs_what_it_sends(woo: Server, door: Door, until: Any) -> None:
    made = hook(woo, door, "order.created")
    assert (door.caught[0].body, "x-wc-webhook-signature" in door.caught[0].headers) == (f"webhook_id={made['id']}".encode(), False)
    placed = woo.post("/admin/orders", {"lines": [{"sku": "MUG"}]}, status=201)
    until(lambda: len(door.caught) == 2, what="the order")
    headers, raw = door.caught[1].headers, door.caught[1].body
    wanted = base64.b64encode(hmac.new(SECRET.encode(), raw, hashlib.sha256).digest()).decode()
    assert headers["x-wc-webhook-signature"] == wanted
    assert (headers["x-wc-webhook-topic"], json.loads(raw)["id"]) == ("order.created", placed["id"])
    assert "secret" not in woo.get(f"{API}/webhooks")[0]


def test_five_failures_in_a_row_switch_a_webhook_off_and_none_is_sent_again(woo: Server, door: Door, until: Any) -> None:
    made = hook(woo, door, "order.created")
    door.status = 500
    woo.post("/admin/orders", {"lines": [{"sku": "X", "price": "100"}], "count": 7}, status=201)
    until(lambda: not woo.get("/admin/deliveries?state=pending")["deliveries"], what="the queue to be empty")
    assert [one["state"] for one in woo.get("/admin/deliveries")["deliveries"]] == ["failed"] * 5 + ["dropped"] * 2
    assert [(one["id"], one["status"]) for one in woo.get(f"{API}/webhooks")] == [(made["id"], "disabled")]
    assert len(door.orders()) == 5


def test_deliveries_come_twice_late_in_disorder_or_not_at_all(woo: Server, door: Door, until: Any) -> None:
    hook(woo, door, "order.created")
    woo.post("/admin/faults", {"duplicate": 0.4, "drop": 0.3, "disorder": True, "seed": 3})
    woo.post("/admin/orders", {"lines": [{"sku": "X", "price": "100"}], "count": 30}, status=201)
    until(lambda: not woo.get("/admin/deliveries?state=pending")["deliveries"], what="the queue to be empty")
    ids = [one["id"] for one in door.orders()]
    assert 10 < len(set(ids)) < 30
    assert len(ids) > len(set(ids))
    assert ids != sorted(ids)


def test_a_refund_above_what_is_left_is_an_error_of_the_server_and_a_whole_one_ends_the_order(woo: Server) -> None:
    placed = woo.post("/admin/orders", {"lines": [{"sku": "MUG", "quantity": 2}], "shipping_total": "0"}, status=201)
    path = f"{API}/orders/{placed['id']}"
    one = [{"id": placed["line_items"][0]["id"], "quantity": 1}]
    part = woo.post(f"{path}/refunds", {"amount": "11000", "line_items": one}, status=201)
    assert [(i["sku"], i["quantity"], i["total"]) for i in part["line_items"]] == [("MUG", -1, "-10000")]
    assert woo.post(f"{path}/refunds", {"amount": "11001"}, status=500)["code"] == "woocommerce_rest_cannot_create_order_refund"
    assert woo.get(path)["refunds"] == [{"id": part["id"], "reason": "", "total": "-11000"}]
    woo.post(f"{path}/refunds", {"amount": "11000", "api_restock": False}, status=201)
    assert woo.get(path)["status"] == "refunded"
    assert list(woo.get("/admin/stock")["stock"].values()) == [9]


def test_a_deleted_order_is_told_by_its_id_alone_and_the_trash_is_not_listed(woo: Server, door: Door, until: Any) -> None:
    hook(woo, door, "order.deleted")
    placed = woo.post("/admin/orders", {"lines": [{"sku": "MUG"}]}, status=201)
    woo.http.delete(f"{API}/orders/{placed['id']}").raise_for_status()
    until(lambda: door.orders() == [{"id": placed["id"]}], what="the deletion")
    assert woo.get(f"{API}/orders") == []
    assert woo.get(f"{API}/orders/{placed['id']}")["status"] == "trash"
    woo.http.delete(f"{API}/orders/{placed['id']}?force=true").raise_for_status()
    assert woo.get(f"{API}/orders/{placed['id']}", status=404)["code"] == "woocommerce_rest_shop_order_invalid_id"


def test_faults_strike_the_api_alone(woo: Server) -> None:
    woo.post("/admin/faults", {"throttle": 1, "retry_after_s": 7})
    answer = woo.http.get(f"{API}/orders")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    woo.post("/admin/faults", {"error_5xx": 1})
    assert woo.http.get(f"{API}/orders").status_code == 502
    woo.post("/admin/faults", {"truncate": 1})
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        woo.http.get(f"{API}/products").json()
    woo.post("/admin/faults", {"lose_answer": 1})
    with pytest.raises(httpx.TransportError):
        woo.http.get(f"{API}/orders")
    woo.post("/admin/faults", {})
    woo.get(f"{API}/orders")


def test_a_live_shop_sells_until_it_is_switched_off(woo: Server, until: Any) -> None:
    woo.post("/admin/live", {"on": True, "every_s": 0.05})
    until(lambda: len(woo.get(f"{API}/orders")) >= 3, what="orders")
    assert woo.post("/admin/live", {"on": False}) == {"on": False, "every_s": 0.05}
    sold = sum(line["quantity"] for one in woo.get(f"{API}/orders?per_page=100") for line in one["line_items"])
    assert list(woo.get("/admin/stock")["stock"].values()) == [10 - sold]


def test_what_was_answered_is_there_after_kill_9(woo: Server, door: Door, until: Any) -> None:
    hook(woo, door, "order.created")
    woo.post("/admin/faults", {"delay_s": 1.0})
    placed = woo.post("/admin/orders", {"lines": [{"sku": "MUG"}]}, status=201)
    woo.kill()
    woo.start()
    woo.http.auth = httpx.BasicAuth("ck_sandbox", "cs_sandbox")
    assert woo.get(f"{API}/orders/{placed['id']}") == placed
    until(lambda: [one["id"] for one in door.orders()] == [placed["id"]], what="the order")
    assert woo.stop() == 0
