"""Carts over the API, how variants are sold, and what may be promised."""

from __future__ import annotations

from typing import Any

import pytest

from doorstep.worker.dispatch import drain
from tests.api.conftest import Api, order

pytestmark = pytest.mark.django_db


def lines(*wanted: tuple[str, int]) -> list[dict[str, Any]]:
    return [{"sku": sku, "qty": qty} for sku, qty in wanted]


def test_a_cart_holds_changes_and_gives_back(api: Api) -> None:
    made = api.post("/reservations", {"token": "t", "lines": lines(("A", 2)), "minutes": 10})
    assert (made.status_code, made.json()["state"]) == (201, "open")
    assert [(line["sku"], line["qty"]) for line in made.json()["lines"]] == [("A", 2)]
    again = api.post("/reservations", {"token": "t", "lines": lines(("A", 1), ("B", 3)), "minutes": 20})
    assert (again.status_code, again.json()["until"] > made.json()["until"]) == (200, True)
    assert [(line["sku"], line["qty"]) for line in again.json()["lines"]] == [("A", 1), ("B", 3)]
    longer = api.patch("/reservations/t", {"minutes": 60}).json()
    assert longer["until"] > again.json()["until"]
    assert longer["lines"] == again.json()["lines"]
    assert api.get("/stock?sku=A").json()["stock"][0]["reserved"] == 1
    assert api.ask("DELETE", "/reservations/t").status_code == 204
    assert api.ask("DELETE", "/reservations/t").status_code == 204
    assert api.get("/reservations/t").json()["state"] == "released"
    assert api.get("/stock?sku=A").json()["stock"][0]["reserved"] == 0


def test_too_few_units_are_refused_and_nothing_moves(api: Api) -> None:
    api.post("/reservations", {"token": "t", "lines": lines(("A", 2))})
    refused = api.post("/reservations", {"token": "t", "lines": lines(("A", 999), ("B", 1))})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_reserved")
    assert api.post("/reservations", {"token": "new", "lines": lines(("A", 999))}).status_code == 409
    assert api.get("/reservations/new").status_code == 404
    assert [(line["sku"], line["qty"]) for line in api.get("/reservations/t").json()["lines"]] == [("A", 2)]


@pytest.mark.parametrize(
    "body",
    [
        {"token": "", "lines": lines(("A", 1))}, {"token": "a/b", "lines": lines(("A", 1))}, {"token": "t", "lines": []},
        {"token": "t", "lines": lines(("A", 0))}, {"token": "t", "lines": lines(("A", 1001))},
        {"token": "t", "lines": lines(("A", 1)), "minutes": 121}, {"token": "t", "lines": lines(("?", 1))},
    ],
)  # fmt: skip
def test_what_is_no_cart_is_refused(api: Api, body: dict[str, Any]) -> None:
    assert api.post("/reservations", body).status_code == 422
    assert api.get("/reservations/t").status_code == 404


def test_an_order_takes_its_cart_over(api: Api) -> None:
    api.post("/reservations", {"token": "t", "lines": lines(("A", 3))})
    assert api.post("/orders", order(reservation="t")).status_code == 201
    assert api.get("/reservations/t").json()["state"] == "ordered"
    refused = api.post("/reservations", {"token": "t", "lines": lines(("A", 1))})
    assert (refused.status_code, refused.json()["code"]) == (409, "reservation_used")


def test_a_preorder_says_its_day_and_its_turn_can_be_changed(api: Api) -> None:
    rule = {"kind": "preorder", "available_on": "2030-05-01", "max_units": 100}
    assert api.ask("PUT", "/stock/A/selling", rule).json() == rule
    assert api.ask("PUT", "/stock/A/selling", {"kind": "preorder"}).status_code == 422
    assert api.ask("PUT", "/stock/A/selling", {"kind": "preorder", "available_on": "2030-02-30"}).status_code == 422
    told = api.post(
        "/orders", order(lines=[{"sku": "A", "qty": 90, "unit_price": {"amount": "1", "currency": "EUR"}}])
    ).json()
    assert (told["waits"], told["promised_on"], told["short_of"]) == ("preorder", "2030-05-01", ["A"])
    drain()
    detail = api.get(f"/orders/{told['id']}").json()
    [hold] = detail["fulfilment_orders"][0]["holds"]
    assert (hold["waits"], hold["promised_on"], hold["slipped"]) == ("preorder", "2030-05-01", False)
    assert [row["id"] for row in api.get("/orders?view=backordered").json()["orders"]] == [told["id"]]
    high = api.patch(f"/orders/{told['id']}", {"version": detail["version"], "priority": "high"}).json()
    assert (high["priority"], high["version"]) == ("high", detail["version"] + 1)
    stale = api.patch(f"/orders/{told['id']}", {"version": detail["version"], "priority": "normal"})
    assert stale.json()["code"] == "changed_meanwhile"
    assert api.post(f"/orders/{told['id']}/promise", None).json()["code"] == "no_new_day"
    api.ask("PUT", "/stock/A/selling", rule | {"available_on": "2030-06-01"})
    assert [row["id"] for row in api.get("/orders?view=slipped").json()["orders"]] == [told["id"]]
    [hold] = api.post(f"/orders/{told['id']}/promise", None).json()["fulfilment_orders"][0]["holds"]
    assert (hold["promised_on"], hold["slipped"]) == ("2030-06-01", False)
    atp = api.get("/stock/A/atp").json()
    assert (atp["waiting"], atp["selling"]["available_on"], [day["promised"] for day in atp["days"]]) == (
        90,
        "2030-06-01",
        [0, 90],
    )
    assert api.get("/stock/NOBODY/atp").status_code == 404
