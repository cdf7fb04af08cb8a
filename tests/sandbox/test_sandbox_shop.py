"""The shop keeps its promises to a channel adapter."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

CATALOG = [
    {"sku": "TEE-M", "title": "티셔츠 M", "price": "29000", "currency": "KRW"},
    {"sku": "MUG", "title": "머그컵", "price": "12500", "currency": "KRW"},
    {"sku": "TEE-US", "title": "T-Shirt", "price": "24.90", "currency": "USD"},
    {"sku": "TEE-EU", "title": "T-Shirt", "price": "22.50", "currency": "EUR"},
]


def stocked_shop(run: Any, *options: str) -> Any:
    shop = run("shop", *options)
    assert shop.http.put("/admin/catalog", json=CATALOG).json() == {"count": 4}
    return shop


def connect(shop: Any, listener: Any, secret: str) -> None:
    shop.post("/admin/connect", {"webhook_url": listener.url, "secret": secret})


def test_an_order_of_explicit_lines_adds_up(run: Any) -> None:
    shop = stocked_shop(run)
    order = shop.post(
        "/orders",
        {
            "lines": [{"sku": "TEE-M", "quantity": 2, "discount": "5800"}, {"sku": "MUG"}],
            "order_discount": {"code": "HELLO", "amount": "1000"},
            "shipping": {"title": "택배", "price": "3000"},
            "country": "KR",
            "financial_status": "paid",
            "note": "문 앞에",
            "seed": 7,
        },
        status=201,
    )
    assert (order["name"], order["id"], order["currency"]) == ("#1001", 5_400_000_001_001, "KRW")
    assert order["total_line_items_price"] == "70500"
    assert order["total_discounts"] == "6800"
    assert order["subtotal_price"] == "63700"
    assert order["total_price"] == "66700"
    assert [line["order_discount_share"] for line in order["line_items"]] == ["807", "193"]
    assert order["taxes_included"] is True
    assert order["total_tax"] == "6064"
    assert order["shipping_address"]["country_code"] == "KR"
    assert shop.get(f"/orders/{order['id']}") == order


def test_random_orders_repeat_by_seed_and_every_total_is_the_sum_of_its_parts(run: Any) -> None:
    shop = stocked_shop(run)
    first = shop.post("/orders", {"seed": 3, "count": 80}, status=201)["orders"]
    second = shop.post("/orders", {"seed": 3, "count": 80}, status=201)["orders"]
    assert [one["customer"] for one in first] == [one["customer"] for one in second]
    assert [one["total_price"] for one in first] == [one["total_price"] for one in second]
    assert {one["shipping_address"]["country_code"] for one in first} >= {"KR", "US"}
    for one in first:
        goods = sum(Decimal(line["price"]) * line["quantity"] for line in one["line_items"])
        tax = sum(Decimal(line["tax"]) for line in one["line_items"]) + Decimal(one["shipping_lines"][0]["tax"])
        added = 0 if one["taxes_included"] else tax
        assert tax == Decimal(one["total_tax"])
        total = goods - Decimal(one["total_discounts"]) + Decimal(one["total_shipping"]) + added
        assert total == Decimal(one["total_price"])


def test_an_unknown_sku_without_a_price_is_refused_and_with_one_is_sold(run: Any) -> None:
    shop = stocked_shop(run)
    assert shop.post("/orders", {"lines": [{"sku": "GHOST"}]}, status=422)["error"] == "unknown_sku"
    assert shop.get("/orders")["orders"] == []
    shop.post("/orders", {"lines": [{"sku": "GHOST", "price": "1000"}], "currency": "KRW"}, status=201)


def test_reconciliation_pages_through_every_order_once(run: Any) -> None:
    shop = stocked_shop(run)
    shop.post("/orders", {"count": 7}, status=201)
    names, after = [], 0
    while after is not None:
        page = shop.get(f"/orders?after={after}&limit=3")
        names += [one["name"] for one in page["orders"]]
        after = page["next_after"]
    assert names == [f"#{number}" for number in range(1001, 1008)]


def test_webhooks_tell_creation_fulfilment_and_cancellation_in_order(
    run: Any, listener: Any, secret: str, until: Any
) -> None:
    shop = stocked_shop(run)
    connect(shop, listener, secret)
    kept, dropped = shop.post("/orders", {"count": 2}, status=201)["orders"]
    parcel = {"tracking_number": "601000000135", "tracking_company": "Sandbox", "tracking_url": "https://x.example/1"}
    sent = shop.post(f"/orders/{kept['id']}/fulfillments", parcel, status=201)
    assert shop.post(f"/orders/{kept['id']}/fulfillments", parcel, status=200) == sent
    shop.post(f"/orders/{dropped['id']}/cancel", {"reason": "customer"})
    shop.post(f"/orders/{dropped['id']}/cancel", {"reason": "customer"})
    assert shop.post(f"/orders/{kept['id']}/cancel", status=422)["error"] == "fulfilled"
    until(lambda: len(listener.got) >= 4, what="four webhooks")
    told = [(event["type"], event["data"]["id"]) for event in listener.events()]
    assert [one for one in told if one[1] == kept["id"]] == [
        ("orders/create", kept["id"]),
        ("orders/updated", kept["id"]),
    ]
    assert [one for one in told if one[1] == dropped["id"]] == [
        ("orders/create", dropped["id"]),
        ("orders/cancelled", dropped["id"]),
    ]
    assert shop.get(f"/orders/{kept['id']}")["fulfillment_status"] == "fulfilled"


def test_a_receiver_that_was_down_gets_the_same_webhook_id_later_even_after_kill_9(
    run: Any, listener: Any, secret: str, until: Any
) -> None:
    shop = stocked_shop(run)
    connect(shop, listener, secret)
    listener.status = 503
    order = shop.post("/orders", status=201)
    until(lambda: len(listener.got) >= 2, what="a retry")
    shop.kill()
    listener.status = 204
    shop.start()
    until(lambda: shop.get("/admin/deliveries")["deliveries"][0]["state"] == "delivered", what="the delivery")
    assert len(set(listener.ids())) == 1
    assert shop.get("/orders")["orders"] == [order]


def test_copied_books_send_nothing_to_the_house_they_were_copied_from(
    run: Any, listener: Any, secret: str, until: Any
) -> None:
    shop = stocked_shop(run)
    connect(shop, listener, secret)
    shop.kill()
    shop.options = (*shop.options, "--only-to", listener.url.removesuffix("/hooks") + "5")  # a port that begins alike
    shop.start()
    order = shop.post("/orders", status=201)
    shop.post("/admin/deliveries/flush")
    assert shop.get("/admin/connect") == {"webhook_url": listener.url}
    time.sleep(0.5)
    assert listener.got == []
    connect(shop, listener, secret)  # told anew: whoever asks now is meant
    until(lambda: listener.got, what="what waited")
    assert listener.events()[0]["data"]["id"] == order["id"]


def test_books_of_the_same_house_go_on_at_once(run: Any, listener: Any, secret: str, until: Any) -> None:
    shop = stocked_shop(run)
    connect(shop, listener, secret)
    shop.kill()
    shop.options = (*shop.options, "--only-to", listener.url.removesuffix("/hooks"))
    shop.start()
    shop.post("/orders", status=201)
    until(lambda: listener.got, what="the order")


def test_faults_duplicate_and_drop_webhooks_but_never_orders(run: Any, listener: Any, secret: str, until: Any) -> None:
    shop = stocked_shop(run)
    connect(shop, listener, secret)
    shop.post("/admin/faults", {"duplicate": 1})
    shop.post("/orders", status=201)
    until(lambda: len(listener.got) == 2, what="the duplicate")
    assert len(set(listener.ids())) == 1
    shop.post("/admin/faults", {"drop": 1})
    shop.post("/orders", status=201)
    states = [one["state"] for one in shop.get("/admin/deliveries")["deliveries"]]
    assert states[1] == "dropped"
    assert len(shop.get("/orders")["orders"]) == 2


def test_disorder_shuffles_the_webhooks(run: Any, listener: Any, secret: str, until: Any) -> None:
    shop = stocked_shop(run)
    connect(shop, listener, secret)
    shop.post("/admin/faults", {"disorder": True, "seed": 5})
    shop.post("/orders", {"count": 12}, status=201)
    until(lambda: len(listener.got) == 12, what="twelve webhooks")
    numbers = [event["data"]["order_number"] for event in listener.events()]
    assert sorted(numbers) == list(range(1001, 1013))
    assert numbers != sorted(numbers)


def test_the_last_inventory_number_told_is_kept(run: Any) -> None:
    shop = stocked_shop(run)
    for available in (9, 4):
        shop.http.put("/inventory/TEE-M", json={"available": available}).raise_for_status()
    (row,) = shop.get("/inventory")["inventory"]
    assert (row["sku"], row["available"], row["times_told"]) == ("TEE-M", 4, 2)


def test_live_orders_keep_coming_after_a_restart_until_switched_off(run: Any, until: Any) -> None:
    shop = stocked_shop(run)
    shop.post("/admin/live", {"on": True, "every_s": 0.1})
    until(lambda: len(shop.get("/orders")["orders"]) >= 2, what="live orders")
    assert shop.stop() == 0
    shop.start()
    assert shop.get("/admin/live") == {"on": True, "every_s": 0.1}
    before = len(shop.get("/orders?limit=250")["orders"])
    until(lambda: len(shop.get("/orders?limit=250")["orders"]) > before, what="more live orders")
    shop.post("/admin/live", {"on": False})
    assert shop.get("/admin/live")["on"] is False


def test_a_number_that_json_does_not_know_is_refused_and_nothing_is_kept(run: Any) -> None:
    shop = stocked_shop(run)
    for raw in (b'{"shipping_address": {"zip": 1e400}}', b'{"shipping_address": {"zip": NaN}}', b"{"):
        assert shop.http.post("/orders", content=raw).status_code == 400
    assert shop.get("/orders") == {"orders": [], "next_after": None}
