"""The sandbox's Amazon: its books, its buckets, its feeds and whom it shows buyers to."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest

from doorstep.providers.amazon.tests.test_paces import MODELS, documented
from sandbox.amazon.limits import PLANS
from tests.sandbox.conftest import Listener, Server

NEW, V0, FEEDS = "/orders/2026-01-01/orders", "/orders/v0/orders", "/feeds/2021-06-30"
GRANT = {"grant_type": "refresh_token", "client_id": "sandbox", "client_secret": "sandbox", "refresh_token": "sandbox"}
OF = {"searchOrders": "orders_2026-01-01", "getOrder": "orders_2026-01-01", "createRestrictedDataToken": "tokens_2021-03-01",
      "searchListingsItems": "listingsItems_2021-08-01", "listTransactions": "finances_2024-06-19"}  # fmt: skip


def start(run: Callable[..., Server], *, factor: int = 10_000) -> Server:
    """A server that was granted so many more calls than is usual, and that offers something."""
    server = run("amazon", "--feed-s", "0.1")
    server.post("/admin/limits", {"factor": factor})
    log_in(server)
    offered = [{"sku": "A", "quantity": 10}, {"sku": "B", "quantity": 10, "problem": "broken"}, {"sku": "F", "by": "AMAZON"}]
    assert server.http.put("/admin/listings", json=offered).json() == {"count": 3}
    return server


def log_in(server: Server) -> None:
    answer = server.http.post("/auth/o2/token", data=GRANT)
    assert (answer.status_code, answer.json()["expires_in"]) == (200, 3600)
    server.http.headers["x-amz-access-token"] = answer.json()["access_token"]


def place(server: Server, **more: Any) -> Any:
    wanted = {"lines": [{"sku": "A", "quantity": 2, "price": "20.00", "tax": "3.19"}], **more}
    return server.post("/admin/orders", wanted, status=201)["orders"][0]


def quantities(server: Server) -> dict[str, Any]:
    return {one["sku"]: one["quantity"] for one in server.get("/admin/books")["listings"]}


def feed(server: Server, messages: list[Any], *, seller: str = "A3SANDBOX") -> str:
    """Puts a document and makes a feed of it; returns its id."""
    opened = server.post(f"{FEEDS}/documents", {"contentType": "application/json; charset=UTF-8"}, status=201)
    body = json.dumps({"header": {"sellerId": seller, "version": "2.0"}, "messages": messages})
    assert server.http.put(opened["url"], content=body).status_code == 200
    assert server.http.put(opened["url"], content=body).status_code == 403
    document = opened["feedDocumentId"]
    wanted = {"feedType": "JSON_LISTINGS_FEED", "marketplaceIds": ["A1PA6795UKMFR9"], "inputFeedDocumentId": document}
    return str(server.post(f"{FEEDS}/feeds", wanted, status=202)["feedId"])


def message(sku: str, quantity: Any, *, id: int = 1) -> dict[str, Any]:
    value = [{"fulfillment_channel_code": "DEFAULT", "quantity": quantity}]
    return {"messageId": id, "sku": sku, "operationType": "PATCH", "productType": "PRODUCT",
            "patches": [{"op": "replace", "path": "/attributes/fulfillment_availability", "value": value}]}  # fmt: skip


def report(server: Server, until: Any, id: str) -> Any:
    until(lambda: server.get(f"{FEEDS}/feeds/{id}")["processingStatus"] == "DONE")
    found = server.get(f"{FEEDS}/documents/{server.get(f'{FEEDS}/feeds/{id}')['resultFeedDocumentId']}")
    assert found["compressionAlgorithm"] == "GZIP"
    return json.loads(gzip.decompress(server.http.get(found["url"]).content))


@pytest.mark.skipif(not MODELS.exists(), reason="../shared is not there: Amazon's own models")
@pytest.mark.parametrize("name", PLANS)
def test_a_bucket_is_as_the_model_documents_it(name: str) -> None:
    is_message = "Messaging" in name or name.endswith(("Details", "Problem"))
    model = "feeds_2021-06-30" if "Feed" in name else "messaging" if is_message else OF.get(name, "ordersV0")
    if not (MODELS / f"{model}.json").exists():
        pytest.skip(f"{model} is not among Amazon's models in ../shared")
    assert documented(model, name.removeprefix("v0 ")) == PLANS[name]


def test_the_burst_is_answered_and_then_429_with_the_rate(run: Callable[..., Server]) -> None:
    server = start(run, factor=1)
    answers = [server.http.get(f"{NEW}?createdAfter=2026-01-01T00:00:00Z") for _ in range(21)]
    assert [answer.status_code for answer in answers] == [200] * 20 + [429]
    assert answers[20].headers["x-amzn-ratelimit-limit"] == "0.0056"
    assert answers[20].json()["errors"][0]["code"] == "QuotaExceeded"


def test_only_a_living_token_is_let_in(run: Callable[..., Server]) -> None:
    server = start(run)
    order = place(server)
    assert server.post("/admin/expire") == {"expired": 1}
    assert "expired" in server.get(f"{NEW}/{order['id']}", status=403)["errors"][0]["details"]
    log_in(server)
    server.get(f"{NEW}/{order['id']}")
    answer = server.http.post("/auth/o2/token", data={**GRANT, "refresh_token": "other"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_buyers_are_shown_to_whom_has_the_role(run: Callable[..., Server]) -> None:
    server = start(run)
    order = place(server)
    path = f"{NEW}/{order['id']}"
    assert "recipient" not in server.get(path)["order"]
    shown = server.get(f"{path}?includedData=RECIPIENT,BUYER,PROCEEDS")["order"]
    assert shown["recipient"]["deliveryAddress"]["name"] == "Erika Mustermann"
    assert shown["proceeds"]["grandTotal"] == {"amount": "20.00", "currencyCode": "EUR"}
    server.post("/admin/roles", {"address": False})
    server.get(f"{path}?includedData=RECIPIENT", status=403)
    server.get(f"{path}?includedData=BUYER")


def test_a_restricted_token_opens_what_it_was_made_for_and_nothing_else(run: Callable[..., Server]) -> None:
    server = start(run)
    first, second = place(server), place(server)
    about = server.get(f"{V0}/{first['id']}/address")["payload"]["ShippingAddress"]
    assert set(about) == {"City", "StateOrRegion", "PostalCode", "CountryCode"}
    may = {"restrictedResources": [{"method": "GET", "path": f"{V0}/{first['id']}/address"}]}
    made = server.post("/tokens/2021-03-01/restrictedDataToken", may)
    headers = {"x-amz-access-token": made["restrictedDataToken"]}
    whole = server.http.get(f"{V0}/{first['id']}/address", headers=headers).json()["payload"]["ShippingAddress"]
    assert whole["Name"] == "Erika Mustermann"
    assert server.http.get(f"{V0}/{second['id']}/address", headers=headers).status_code == 403
    server.post("/admin/roles", {"address": False})
    server.post("/tokens/2021-03-01/restrictedDataToken", may, status=400)


def test_what_is_sold_is_taken_off_at_once_and_never_below_nothing(run: Callable[..., Server]) -> None:
    server = start(run)
    pending = place(server, status="PENDING")
    assert quantities(server)["A"] == 8
    shown = server.get(f"{NEW}/{pending['id']}?includedData=PROCEEDS,RECIPIENT,FULFILLMENT")["order"]
    assert "proceeds" not in shown
    assert "recipient" not in shown
    place(server, by="AMAZON")
    assert quantities(server)["A"] == 8
    refused = server.post("/admin/orders", {"lines": [{"sku": "A", "quantity": 9, "price": "1.00"}]}, status=422)
    assert refused["error"] == "sold_out"
    assert len(server.get("/admin/books")["orders"]) == 2


def test_a_feed_is_reported_message_by_message(run: Callable[..., Server], until: Any) -> None:
    server = start(run)
    messages = [message("A", 7), message("B", 7, id=2), message("NONE", 7, id=3), message("A", -1, id=4)]
    said = report(server, until, feed(server, messages))
    assert [(one["messageId"], one["code"]) for one in said["issues"]] == [(2, "90220"), (3, "13013"), (4, "4000001")]
    assert (said["summary"]["messagesProcessed"], said["summary"]["messagesAccepted"]) == (4, 1)
    assert quantities(server) == {"A": 7, "B": 10, "F": None}
    whole = report(server, until, feed(server, messages, seller="OTHER"))
    assert [one.get("messageId") for one in whole["issues"]] == [None]


def test_a_feed_that_is_stuck_can_be_cancelled_and_one_that_is_done_cannot(run: Callable[..., Server], until: Any) -> None:
    server = start(run)
    done = feed(server, [message("A", 7)])
    report(server, until, done)
    assert server.http.delete(f"{FEEDS}/feeds/{done}").status_code == 400
    server.post("/admin/faults", {"feed_stuck": 1})
    stuck = feed(server, [message("A", 3)])
    assert server.get(f"{FEEDS}/feeds/{stuck}")["processingStatus"] == "IN_QUEUE"
    assert server.http.delete(f"{FEEDS}/feeds/{stuck}").status_code == 200
    assert server.get(f"{FEEDS}/feeds/{stuck}")["processingStatus"] == "CANCELLED"
    assert quantities(server)["A"] == 7


def parcel(order: Any, quantity: int, **more: str) -> dict[str, Any]:
    told = {"packageReferenceId": "1", "carrierCode": "DHL", "trackingNumber": "0034", "shipDate": "2026-01-01T00:00:00Z", **more}
    return {"marketplaceId": "A1PA6795UKMFR9",
            "packageDetail": {**told, "orderItems": [{"orderItemId": order["lines"][0]["id"], "quantity": quantity}]}}  # fmt: skip


def test_a_parcel_is_counted_once_and_never_beyond_what_was_ordered(run: Callable[..., Server]) -> None:
    server = start(run)
    order = place(server)
    path = f"{V0}/{order['id']}/shipmentConfirmation"
    now = server.http.get("/healthz").headers["date"]
    assert server.http.post(path, json=parcel(order, 1)).status_code == 400  # shipped before it was ordered
    assert server.http.post(path, json=parcel(order, 1, shipDate=now)).status_code == 400
    at = order_moment(server, order)
    assert server.http.post(path, json=parcel(order, 3, shipDate=at)).status_code == 400
    for _ in range(2):
        assert server.http.post(path, json=parcel(order, 1, shipDate=at)).status_code == 204
    (kept,) = server.get("/admin/books")["orders"]
    assert (kept["lines"][0]["shipped"], kept["status"], len(kept["packages"])) == (1, "PARTIALLY_SHIPPED", 1)
    assert server.http.post(path, json=parcel(order, 1, shipDate=at, packageReferenceId="2")).status_code == 204
    assert server.get("/admin/books")["orders"][0]["status"] == "SHIPPED"


def order_moment(server: Server, order: Any) -> str:
    return str(server.get(f"{V0}/{order['id']}")["payload"]["PurchaseDate"])


def test_while_it_is_live_somebody_orders_what_is_there_and_nothing_that_is_not(run: Callable[..., Server], until: Any) -> None:
    amazon = run("amazon")
    assert amazon.post("/admin/orders", status=422)["error"] == "sold_out"
    amazon.http.put("/admin/listings", json=[
        {"sku": "A", "title": "Thing", "quantity": 3, "price": "17.90"}, {"sku": "B", "quantity": 5},
        {"sku": "C", "quantity": 0, "price": "5.00"},
    ])  # fmt: skip
    amazon.post("/admin/live", {"on": True, "every_s": 0.05})
    until(lambda: amazon.get("/admin/books")["listings"][0]["quantity"] == 0)
    books = amazon.get("/admin/books")
    lines = [line for order in books["orders"] for line in order["lines"]]
    assert {line["sku"] for line in lines} == {"A"}
    assert (sum(line["quantity"] for line in lines), sum(line["price"] for line in lines)) == (3, 3 * 1790)
    assert {order["address"]["country"] for order in books["orders"]} == {"DE"}
    amazon.post("/admin/live", {"on": False})


def test_an_order_appears_late_with_the_moment_at_which_it_was_placed(run: Callable[..., Server], until: Any) -> None:
    server = start(run)
    late = place(server, late_s=0.5)
    path = f"{NEW}?lastUpdatedAfter=2026-01-01T00:00:00Z&includedData=FULFILLMENT"
    assert server.get(path)["orders"] == []
    until(lambda: server.get(path)["orders"])
    assert server.get(path)["orders"][0]["orderId"] == late["id"]


def test_notifications_are_queued_and_pushed(run: Callable[..., Server], listener: Listener, secret: str, until: Any) -> None:
    server = start(run)
    server.post("/admin/connect", {"webhook_url": listener.url, "secret": secret})
    order = place(server)
    until(lambda: len(listener.got) == 2)
    by_type = {event["type"]: event["data"] for event in listener.events()}
    assert by_type["LISTINGS_ITEM_MFN_QUANTITY_CHANGE"]["Payload"]["Quantity"] == 8
    change = by_type["ORDER_CHANGE"]["Payload"]["OrderChangeNotification"]
    assert (change["AmazonOrderId"], change["Summary"]["OrderStatus"]) == (order["id"], "Unshipped")
    assert "Mustermann" not in json.dumps(by_type)
    queued = server.get("/queue")["messages"]
    assert [json.loads(one["body"])["NotificationType"] for one in queued] == ["LISTINGS_ITEM_MFN_QUANTITY_CHANGE", "ORDER_CHANGE"]
    assert server.http.delete(f"/queue/{queued[0]['receipt']}").json() == {"deleted": 1}


def test_the_books_outlive_the_process(run: Callable[..., Server], until: Any) -> None:
    server = start(run)
    order = place(server)
    waiting = feed(server, [message("A", 3)])
    server.kill()
    server.start()
    server.post("/admin/limits", {"factor": 10_000})
    log_in(server)
    until(lambda: server.get(f"{FEEDS}/feeds/{waiting}")["processingStatus"] == "DONE")
    assert quantities(server)["A"] == 3
    assert [one["id"] for one in server.get("/admin/books")["orders"]] == [order["id"]]
