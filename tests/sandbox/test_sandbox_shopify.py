"""The sandbox's Shopify keeps the limits that Shopify documents, and its promises to whoever tests with it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.ear import Ear, listening

CATALOG = [
    {"sku": "TEE", "title": "T-Shirt", "price": "24.90", "currency": "EUR", "available": {"Berlin": 10, "Seoul": 3}},
    {"sku": "MUG", "title": "Mug", "price": "12.00", "currency": "EUR"},
]
SET = """mutation Set($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) { userErrors { code field message } } }"""
SUBSCRIBE = """mutation Subscribe($topic: WebhookSubscriptionTopic!, $uri: String!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: { uri: $uri }) { userErrors { message } } }"""


def stocked(run: Any, *options: str) -> Any:
    shop = run("shopify", *options)
    assert shop.http.put("/admin/catalog", json=CATALOG).json() == {"count": 2}
    return shop


def ask(shop: Any, query: str, *, token: str = "sandbox", status: int = 200, **variables: Any) -> Any:
    answer = shop.http.post(
        "/admin/api/2026-07/graphql.json",
        json={"query": query, "variables": variables},
        headers={"X-Shopify-Access-Token": token},
    )
    assert answer.status_code == status, answer.text
    return answer.json()


def quantity(shop: Any, sku: str, location: str, number: int, was: int | None) -> dict[str, Any]:
    (level,) = [one for one in levels(shop) if (one["sku"], one["location"]) == (sku, location)]
    return {
        "inventoryItemId": f"gid://shopify/InventoryItem/{level['item_id']}",
        "locationId": f"gid://shopify/Location/{level['location_id']}", "quantity": number, "changeFromQuantity": was,
    }  # fmt: skip


def levels(shop: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shop.get("/admin/levels")["levels"]
    return found


def set_numbers(shop: Any, *quantities: dict[str, Any], key: str = "k") -> list[str]:
    wish = {"name": "available", "reason": "correction", "quantities": list(quantities)}
    said = ask(shop, SET, input=wish, key=key)["data"]["inventorySetQuantities"]["userErrors"]
    return [one["code"] for one in said]


@pytest.fixture
def ear() -> Iterator[Ear]:
    with listening("/hooks") as found:
        yield found


def test_every_total_is_the_sum_of_its_parts_and_the_same_seed_sells_the_same(run: Any) -> None:
    shop = stocked(run)
    shop.post("/admin/selling", {"policy": "continue"})
    extras = {"discount": "1.01", "shipping": "5.90", "shipping_discount": "0.90", "tip": "2.00", "duties": "3.00", "fees": "0.10"}
    first = shop.post("/admin/orders", {"seed": 3, "count": 20, **extras}, status=201)["orders"]
    second = shop.post("/admin/orders", {"seed": 3, "count": 20, **extras}, status=201)["orders"]
    assert [one["total_price"] for one in first] == [one["total_price"] for one in second]
    assert {one["taxes_included"] for one in first} == {True, False}
    for one in first:
        goods = sum(
            Decimal(line["price"]) * line["quantity"] - sum(Decimal(cut["amount"]) for cut in line["discount_allocations"])
            for line in one["line_items"]
        )
        added = 0 if one["taxes_included"] else Decimal(one["total_tax"])
        assert goods + added + Decimal("10.10") == Decimal(one["total_price"])


def test_nothing_sells_below_zero_unless_it_may(run: Any) -> None:
    shop = stocked(run)
    for _ in range(2):
        shop.post("/admin/orders", {"lines": [{"sku": "TEE", "quantity": 5}]}, status=201)
    shop.post("/admin/orders", {"lines": [{"sku": "TEE", "quantity": 3}]}, status=201)
    assert shop.post("/admin/orders", {"lines": [{"sku": "TEE"}]}, status=422)["error"] == "sold_out"
    assert shop.post("/admin/orders", {"lines": [{"sku": "MUG"}, {"sku": "TEE"}]}, status=422)["error"] == "sold_out"
    assert {one["available"] for one in levels(shop)} == {0}
    assert len(shop.get("/admin/orders")["orders"]) == 3
    shop.post("/admin/selling", {"policy": "continue"})
    shop.post("/admin/orders", {"lines": [{"sku": "TEE", "quantity": 2}]}, status=201)
    assert min(one["available"] for one in levels(shop)) == -2


def test_a_wrong_token_is_let_in_nowhere(run: Any) -> None:
    shop = stocked(run)
    assert "errors" in ask(shop, "query Q { order(id: 1) { id } }", token="wrong", status=401)
    shop.post("/admin/app", {"token": "new"})
    ask(shop, "query Q { order(id: 1) { id } }", status=401)
    assert ask(shop, "query Q { order(id: 1) { id } }", token="new")["data"] == {"order": None}


def test_numbers_are_taken_all_or_none(run: Any) -> None:
    shop = stocked(run)
    tee, mug = quantity(shop, "TEE", "Berlin", 4, 10), quantity(shop, "MUG", "Main", 7, 1)
    assert set_numbers(shop, tee, mug) == ["CHANGE_FROM_QUANTITY_STALE"]
    assert [one["available"] for one in levels(shop)] == [0, 10, 3]
    assert set_numbers(shop, tee, {**mug, "changeFromQuantity": None}, key="k2") == []
    assert [one["available"] for one in levels(shop)] == [7, 4, 3]
    assert set_numbers(shop, tee, tee, key="k3") == ["CHANGE_FROM_QUANTITY_STALE", "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR"]
    assert set_numbers(shop, {**tee, "inventoryItemId": "gid://shopify/InventoryItem/1"}, key="k4") == ["INVALID_INVENTORY_ITEM"]
    assert set_numbers(shop, {**tee, "locationId": mug["locationId"]}, key="k5") == ["ITEM_NOT_STOCKED_AT_LOCATION"]
    assert set_numbers(shop, {**tee, "quantity": -1}, key="k6") == ["INVALID_QUANTITY_NEGATIVE"]


def test_keys_are_answered_as_before_and_refused_for_anything_else(run: Any) -> None:
    shop = stocked(run)
    tee = quantity(shop, "TEE", "Berlin", 4, 10)
    assert set_numbers(shop, tee) == []
    assert set_numbers(shop, tee) == []
    assert set_numbers(shop, {**tee, "quantity": 5}) == ["IDEMPOTENCY_KEY_PARAMETER_MISMATCH"]
    assert set_numbers(shop, tee, key="other") == ["CHANGE_FROM_QUANTITY_STALE"]
    assert set_numbers(shop, tee, key="other") == ["IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"]
    bare = SET.replace("@idempotent(key: $key)", "")
    wish = {"name": "available", "reason": "correction", "quantities": [tee]}
    assert "idempotent" in ask(shop, bare, input=wish, key="k")["errors"][0]["message"]
    assert [one["times_told"] for one in levels(shop)] == [0, 1, 0]


def test_lists_are_at_most_250_and_pages_too(run: Any) -> None:
    shop = stocked(run)
    tee = quantity(shop, "TEE", "Berlin", 4, 10)
    wish = {"name": "available", "reason": "correction", "quantities": [tee] * 251}
    assert ask(shop, SET, input=wish, key="k")["errors"][0]["extensions"]["code"] == "MAX_INPUT_SIZE_EXCEEDED"
    page = "query P($n: Int!) { productVariants(first: $n) { nodes { id } pageInfo { hasNextPage endCursor } } }"
    assert "250" in ask(shop, page, n=251)["errors"][0]["message"]
    found = ask(shop, page, n=1)["data"]["productVariants"]
    assert (len(found["nodes"]), found["pageInfo"]["hasNextPage"]) == (1, True)


def test_points_are_taken_by_what_is_found_and_refused_by_what_is_asked(run: Any) -> None:
    shop = stocked(run)
    dear = """query D { productVariants(first: 250) { nodes { id
      inventoryItem { id tracked inventoryLevels(first: 4) { nodes { updatedAt } } } } } }"""
    assert ask(shop, dear)["errors"][0]["extensions"]["code"] == "MAX_COST_EXCEEDED"
    cheap = dear.replace("first: 250", "first: 100")
    cost = ask(shop, cheap)["extensions"]["cost"]
    assert cost["requestedQueryCost"] == 2 + 100 * (1 + 1 + 2 + 4)
    assert cost["actualQueryCost"] == 2 + 2 * (1 + 1 + 2) + 3
    assert cost["throttleStatus"] == {"maximumAvailable": 2000, "currentlyAvailable": 2000 - 13, "restoreRate": 100}
    shop.post("/admin/bucket", {"left": 801, "rate": 0.001})
    refused = ask(shop, cheap)
    assert refused["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert "data" not in refused
    assert ask(shop, cheap.replace("first: 100", "first: 99"))["data"]["productVariants"]["nodes"][0]["id"]


def test_what_the_schema_of_the_sandbox_lacks_is_said(run: Any) -> None:
    shop = stocked(run)
    colour = "query Q { productVariants(first: 1) { nodes { colour } } }"
    for text in (colour, "query Q { shop { name } }", "query Q { order { id } }", "query {", "mutation M"):
        assert ask(shop, text)["errors"][0]["message"]


def test_webhooks_are_bare_signed_and_only_of_what_was_subscribed_to(run: Any, ear: Ear, until: Any) -> None:
    shop = stocked(run)
    for topic in ("ORDERS_CREATE", "INVENTORY_LEVELS_UPDATE", "ORDERS_CREATE"):
        ask(shop, SUBSCRIBE, topic=topic, uri=ear.url)
    order = shop.post("/admin/orders", {"lines": [{"sku": "TEE"}]}, status=201)
    shop.post(f"/admin/orders/{order['id']}/cancel", {})
    until(lambda: len(ear.caught) == 3, what="the order and its numbers")
    for headers, raw in ((one.headers, one.body) for one in ear.caught):
        digest = base64.b64encode(hmac.new(b"sandbox-client-secret", raw, hashlib.sha256).digest()).decode()
        assert headers["x-shopify-hmac-sha256"] == digest
        assert headers["x-shopify-webhook-id"] != headers["x-shopify-event-id"]
    bodies = [(one.headers["x-shopify-topic"], json.loads(one.body)) for one in ear.caught]
    assert [body for topic, body in bodies if topic == "orders/create"] == [order]
    assert sorted(body["available"] for topic, body in bodies if topic == "inventory_levels/update") == [9, 10]
    assert not [name for name in order if name.startswith("_")]


def test_what_was_answered_is_there_after_kill_9_and_waiting_webhooks_are_sent(run: Any, ear: Ear, until: Any) -> None:
    shop = stocked(run)
    ask(shop, SUBSCRIBE, topic="ORDERS_CREATE", uri=ear.url)
    ear.status = 503
    order = shop.post("/admin/orders", {"lines": [{"sku": "TEE"}]}, status=201)
    set_numbers(shop, quantity(shop, "MUG", "Main", 7, 0))
    until(lambda: ear.caught, what="a first attempt")
    shop.kill()
    ear.status = 200
    shop.start()
    assert shop.get(f"/admin/orders/{order['id']}") == order
    assert [one["available"] for one in levels(shop)] == [7, 9, 3]
    assert set_numbers(shop, quantity(shop, "MUG", "Main", 7, 0)) == []
    until(lambda: shop.get("/admin/deliveries")["deliveries"][0]["state"] == "delivered", what="the delivery")
    assert len({one.headers["x-shopify-webhook-id"] for one in ear.caught}) == 1


def test_copied_books_send_nothing_to_the_house_they_were_copied_from(run: Any, ear: Ear, until: Any) -> None:
    shop = stocked(run)
    ask(shop, SUBSCRIBE, topic="ORDERS_CREATE", uri=ear.url)
    shop.kill()
    shop.options = (*shop.options, "--only-to", "http://127.0.0.1:1")
    shop.start()
    shop.post("/admin/orders", {"lines": [{"sku": "TEE"}]}, status=201)
    ask(shop, "query Q { order(id: 1) { id } }")
    assert shop.get("/admin/deliveries?state=pending")["deliveries"][0]["attempts"] == 0
    assert ear.caught == []


def test_live_orders_come_until_they_are_switched_off(run: Any, until: Any) -> None:
    shop = stocked(run)
    shop.post("/admin/selling", {"policy": "continue"})
    shop.post("/admin/live", {"on": True, "every_s": 0.1})
    until(lambda: len(shop.get("/admin/orders")["orders"]) >= 2, what="live orders")
    shop.post("/admin/live", {"on": False})
    assert shop.stop() == 0
