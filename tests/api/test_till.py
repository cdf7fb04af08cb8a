"""A till that is not our page sells through the API."""

from __future__ import annotations

from typing import Any

import pytest

from doorstep.flows.return_in_shop import Back, take_back
from doorstep.orders import queries as orders
from doorstep.returns import queries as returns
from doorstep.worker.dispatch import drain
from tests.api.conftest import Api, make_key, refused
from tests.factories import make_brand, receive
from tests.over_the_counter import make_shop

pytestmark = pytest.mark.django_db


def money(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


def opened() -> tuple[Api, int]:
    brand = make_brand(stock_each=0)
    shop = make_shop(brand.ctx)
    receive(brand.ctx, brand.variants["A"], shop, 2)
    api = Api(brand, make_key(brand, "till:read", "till:write"))
    answer = api.ask("POST", "/till/shifts", {"location_id": shop, "opening": money("100.00")})
    assert answer.status_code == 201, answer.content
    return api, shop


def a_sale(shop: int, **more: Any) -> dict[str, Any]:
    line = {"sku": "A", "qty": 1, "unit_price": money("10.00")}
    return {
        "client_id": "till-0000-0001", "location_id": shop, "lines": [line],
        "given": [{"kind": "cash", "amount": money("10.00"), "handed": money("20.00")}], **more,
    }  # fmt: skip


def test_a_sale_is_booked_once_and_the_shift_is_counted() -> None:
    api, shop = opened()

    first = api.ask("POST", "/till/sales", a_sale(shop))
    again = api.ask("POST", "/till/sales", a_sale(shop))

    assert (first.status_code, again.status_code) == (201, 201)
    assert (first.json()["again"], again.json()["again"]) == (False, True)
    assert first.json()["order_id"] == again.json()["order_id"]
    [shift] = api.ask("GET", f"/till/shifts?location_id={shop}").json()["shifts"]
    assert (shift["counted"], shift["closed_at"]) == (None, None)
    closing = f"/till/shifts/{shift['id']}/close"
    refused(api.ask("POST", closing, {"counted": money("100.00")}), 422, "till_difference_unexplained")
    closed = api.ask("POST", closing, {"counted": money("110.00")}).json()
    assert (closed["expected"], closed["counted"], closed["reason"]) == (money("110.00"), money("110.00"), "")
    refused(api.ask("POST", "/till/sales", a_sale(shop, client_id="till-0000-0002")), 409, "till_closed")
    assert api.ask("POST", "/till/sales", a_sale(shop)).json()["again"] is True


def test_more_than_the_books_know_is_sold_all_the_same() -> None:
    api, shop = opened()
    line = {"sku": "A", "qty": 5, "unit_price": money("10.00")}
    given = [{"kind": "cash", "amount": money("50.00")}]

    sold = api.ask("POST", "/till/sales", a_sale(shop, lines=[line], given=given)).json()

    assert (sold["found"], sold["moved"], sold["waiting"]) == (3, [], [])


def test_what_is_wrong_is_named() -> None:
    api, shop = opened()

    told = refused(api.ask("POST", "/till/sales", a_sale(shop, discount=money("1.001"))), 422, "invalid")
    assert [one["pointer"] for one in told["errors"]] == ["/discount/amount"]
    refused(api.ask("POST", "/till/sales", a_sale(shop, given=[])), 422, "till_not_paid")
    charge = {"client_id": "till-card-1", "location_id": shop, "amount": money("5.00"), "method": "pm_card"}
    refused(api.ask("POST", "/till/charges", charge), 422, "till_no_cards")


def test_what_came_back_pays_for_a_sale_through_the_api_too() -> None:
    api, shop = opened()
    sold = api.ask("POST", "/till/sales", a_sale(shop)).json()
    ctx = api.brand.ctx
    [line] = orders.get(ctx, id=sold["order_id"]).lines
    taken = take_back(ctx, location_id=shop, back=Back(sold["order_id"], {line.id: 1}, "too_small"), key="counter-0001")

    def another(worth: str, n: int = 2) -> Any:
        back = {"return_id": taken.return_id, "amount": money("10.00"), "worth": money(worth)}
        return api.ask("POST", "/till/sales", a_sale(shop, client_id=f"till-0000-000{n}", given=[], returns=[back]))

    refused(another("12.00"), 409, "till_exchange_changed")
    assert another("10.00").status_code == 201
    drain()
    assert returns.get_return(ctx, return_id=taken.return_id).goods == "closed"
    refused(another("10.00", 3), 409, "till_exchange_changed")  # it is paid out
