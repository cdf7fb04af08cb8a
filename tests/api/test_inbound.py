"""Deliveries, transfers and lots as a supplier's system, a warehouse's and a recall see them."""

from __future__ import annotations

from typing import Any

import pytest

from doorstep.base.invariants import check
from doorstep.orders import queries as orders
from doorstep.stock import actions as stock
from doorstep.stock.invariants import INVARIANTS
from doorstep.stock.values import Want
from doorstep.worker.dispatch import drain
from tests.api.conftest import Api, refused
from tests.factories import draft, place

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _audit(api: Api) -> Any:
    yield
    assert [(b.invariant.name, b.examples) for b in check(INVARIANTS)] == []


def expected(api: Api, **more: Any) -> dict[str, Any]:
    return {
        "supplier": "Hanji Mill", "document": "PO-4711", "location_id": api.brand.seoul, "expected_on": "2026-12-04",
        "lines": [
            {"sku": "A", "qty": 10, "unit_cost": {"amount": "1.20", "currency": "EUR"}}, {"sku": "B", "qty": 2},
        ],
    } | more  # fmt: skip


def receipt(n: int, code: str, qty: int, **more: Any) -> dict[str, Any]:
    return {"client_id": f"handheld-{n}", "code": code, "qty": qty} | more


def test_a_delivery_is_announced_received_and_closed(api: Api) -> None:
    made = api.post("/expected-deliveries", expected(api))
    assert made.status_code == 201
    id = made.json()["id"]
    refused(api.post("/expected-deliveries", expected(api)), 409, "document_taken")
    [row] = api.get("/stock?sku=A").json()["stock"]
    coming = {"location_id": api.brand.seoul, "qty": 10, "due_on": "2026-12-04", "reference": f"delivery:{id}", "name": "PO-4711"}
    assert (row["on_hand"], row["incoming"], row["incoming_from"]) == (20, 10, [coming])

    told = api.post(f"/expected-deliveries/{id}/receipts", {"receipts": [receipt(1, "A", 12), receipt(2, "A", 4)]}).json()
    assert [(a["problem"], a["over"]) for a in told["answers"]] == [("over", 2), ("", 0)]
    told = told["expected_delivery"]
    assert (told["state"], told["missing"], told["lines"][0]["unit_cost"]) == (
        "partially_received", 8, {"amount": "1.20", "currency": "EUR"},
    )  # fmt: skip
    changed = api.patch(f"/expected-deliveries/{id}", {"expected_on": "2026-01-02"}).json()
    assert (changed["supplier"], changed["expected_on"], changed["late"]) == ("Hanji Mill", "2026-01-02", True)
    assert [d["id"] for d in api.get("/expected-deliveries?view=late").json()["expected_deliveries"]] == [id]
    back = api.post(f"/expected-deliveries/{id}/take-back", {"client_id": "handheld-2"}).json()
    assert (back["received"], back["receipts"][0]["problem"]) == (0, "taken_back")
    closed = api.post(f"/expected-deliveries/{id}/close", {"reason": "sold out"}).json()
    assert (closed["state"], closed["reason"]) == ("closed_short", "sold out")
    refused(api.post(f"/expected-deliveries/{id}/cancel", {"reason": "x"}), 409, "illegal_move")
    [row] = api.get("/stock?sku=A").json()["stock"]
    assert (row["on_hand"], row["incoming"], row["incoming_from"]) == (20, 0, [])


def test_what_cannot_be_expected_is_refused_whole(api: Api) -> None:
    twice = [{"sku": "A", "qty": 1}, {"sku": "A", "qty": 2}]
    refused(api.post("/expected-deliveries", expected(api, lines=twice)), 422, "line_twice")
    refused(api.post("/expected-deliveries", expected(api, lines=[{"sku": "X", "qty": 1}])), 422, "unknown_sku")
    refused(api.post("/expected-deliveries", expected(api, expected_on="2026-02-30")), 422, "invalid")
    refused(api.post("/expected-deliveries", expected(api, location_id=999_999)), 404, "not_found")
    assert api.get("/expected-deliveries").json()["expected_deliveries"] == []


def test_a_transfer_takes_only_what_is_free_and_arrives_in_goes(api: Api) -> None:
    place(api.brand.ctx, draft([("A", 15)]))
    body = {"origin_id": api.brand.seoul, "destination_id": api.brand.berlin, "lines": [{"sku": "A", "qty": 9}]}
    id = api.post("/transfers", body).json()["id"]
    refused(api.post(f"/transfers/{id}/ship", {}), 409, "not_enough_stock")
    sent = api.post(f"/transfers/{id}/ship", {"lines": [{"sku": "A", "qty": 5}]}).json()
    assert (sent["state"], sent["shipped"], sent["in_transit"]) == ("in_transit", 5, 5)
    told = api.post(f"/transfers/{id}/receipts", {"receipts": [receipt(1, "A", 4), receipt(2, "A", 2)]}).json()
    assert [a["problem"] for a in told["answers"]] == ["", "over"]
    closed = api.post(f"/transfers/{id}/close", {"reason": "fell off"}).json()
    assert (closed["state"], closed["received"], closed["lost"]) == ("received", 4, 1)
    refused(api.post(f"/transfers/{id}/cancel"), 409, "illegal_move")
    [row] = api.get("/stock?sku=A").json()["stock"]
    assert (row["on_hand"], row["incoming"]) == (19, 0)


def test_a_recall_finds_the_orders_that_got_a_lot(api: Api) -> None:
    tracked = api.post("/stock/tracking", {"sku": "A", "by_lot": True, "by_serial": False}).json()
    assert tracked["without_lot"] == 20
    unit = {"sku": "A", "location_id": api.brand.seoul, "qty": 10, "lot": "L1", "expires_on": "2026-11-30"}
    assert api.post("/stock/lots", unit).json()["without_lot"] == 10
    [order_id] = place(api.brand.ctx, draft([("A", 2)], country="KR"))
    drain()
    [line] = orders.lines_of(api.brand.ctx, order_ids=[order_id])
    stock.ship(api.brand.ctx, units=[Want(line.id, line.variant_id, 2)], location_id=api.brand.seoul)

    [lot] = api.get("/lots?q=L1").json()["lots"]
    detail = api.get(f"/lots/{lot['id']}").json()
    assert [(o["order_id"], o["qty"], o["assumed"]) for o in detail["orders"]] == [(order_id, 2, True)]
    aside = {"location_id": api.brand.seoul, "qty": 3, "reason": "recalled"}
    assert api.post(f"/lots/{lot['id']}/quality-control", aside).json()["set_aside"] == 3
    gone = api.post(f"/lots/{lot['id']}/write-off", aside | {"qty": 8}).json()
    assert (gone["on_hand"], gone["set_aside"], gone["places"]) == (0, 0, [])
    refused(api.post(f"/lots/{lot['id']}/write-off", aside), 409, "too_few_in_lot")
    assert api.patch(f"/lots/{lot['id']}", {"expires_on": None}).json()["expires_on"] is None
    assert [row["id"] for row in api.get("/lots?view=gone").json()["lots"]] == [lot["id"]]


def test_a_receipt_says_which_lots_and_serial_numbers_came_all_or_nothing(api: Api) -> None:
    api.post("/stock/tracking", {"sku": "A", "by_lot": True, "by_serial": False})
    api.post("/stock/tracking", {"sku": "B", "by_lot": False, "by_serial": True})
    lines = [{"sku": "A", "qty": 4, "lot": "L7", "expires_on": "2027-01-31"}, {"sku": "B", "qty": 2, "serials": ["S1", "S2"]}]
    booked = api.post("/stock/receipts", {"location_id": api.brand.berlin, "lines": lines, "reference": "DN-7"})
    assert (booked.status_code, [row["on_hand"] for row in booked.json()["stock"]]) == (201, [24, 22])
    found = {lot["code"]: (lot["kind"], lot["on_hand"], lot["expires_on"]) for lot in api.get("/lots").json()["lots"]}
    assert found == {"L7": ("lot", 4, "2027-01-31"), "S1": ("serial", 1, None), "S2": ("serial", 1, None)}

    def again(**line: Any) -> Any:
        return api.post("/stock/receipts", {"location_id": api.brand.berlin, "lines": [line]})

    refused(again(sku="B", qty=1, serials=["S1"]), 409, "serial_known")
    refused(again(sku="B", qty=3, serials=["S3"]), 422, "invalid")
    refused(again(sku="A", qty=1, lot="L7", expires_on="2027-02-01"), 409, "expiry_differs")
    refused(again(sku="A", qty=1, serials=["S9"]), 409, "not_tracked")
    assert [row["on_hand"] for row in api.get("/stock?sku=A&sku=B").json()["stock"]] == [24, 22]
