"""Carts over the API, how variants are sold, and what may be promised."""

from __future__ import annotations

import re
from typing import Any

import pytest

from doorstep.base import db
from doorstep.channels import apart
from doorstep.flows import compose, pending
from doorstep.flows.compose import Contained
from doorstep.stock import set_aside
from doorstep.stock.set_aside import Aside
from doorstep.stock.values import OWN_MARKS
from doorstep.worker.dispatch import drain
from tests.api.conftest import Api, order
from tests.factories import make_location, make_variants, receive

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


def test_a_cart_holds_nothing_that_lies_where_no_online_order_is_sent_from(api: Api) -> None:
    ctx, a = api.brand.ctx, api.brand.variants["A"]
    receive(ctx, a, make_location(ctx, "POP", "KR", fulfils_online=False), 7)
    assert [row["available"] for row in api.get("/availability?sku=A&country=KR").json()["availability"]] == [20]
    assert api.post("/reservations", {"token": "t", "lines": lines(("A", 15))}).status_code == 201
    refused = api.post("/reservations", {"token": "u", "lines": lines(("A", 6))})
    assert (refused.status_code, refused.json()["code"], _there(refused)) == (409, "not_reserved", 5)
    assert api.post("/reservations", {"token": "u", "lines": lines(("A", 5))}).status_code == 201
    assert [row["available"] for row in api.get("/availability?sku=A&country=KR").json()["availability"]] == [0]
    assert (_buys(api, 1), _buys(api, 15, reservation="t")) == (["A"], [])  # the carts keep theirs


def _there(refused: Any) -> int:
    """How many units a refusal says that there are."""
    return int(re.search(r"\b\d+\b", refused.json()["detail"])[0])  # type: ignore[index]


def _buys(api: Api, qty: int, **more: str) -> list[str]:
    """What an order of so many units is short of."""
    bought = [{"sku": "A", "qty": qty, "unit_price": {"amount": "12.30", "currency": "EUR"}}]
    return list(api.post("/orders", order(external_id=f"W-{qty}", lines=bought, **more)).json()["short_of"])


def test_a_cart_for_a_country_holds_what_can_be_sent_there(api: Api) -> None:
    db.execute("UPDATE locations_location SET serves = %s WHERE id = %s", ['["KR"]', api.brand.seoul])
    for country, there in (("DE", 10), ("KR", 20), ("", 20)):
        more = {"token": "t", "lines": lines(("A", there + 1)), "country": country}
        refused = api.post("/reservations", more)
        assert (refused.json()["code"], _there(refused)) == ("not_reserved", there)
    assert api.post("/reservations", {"token": "t", "lines": lines(("A", 10)), "country": "DE"}).status_code == 201
    assert api.patch("/reservations/t", {"lines": lines(("A", 11)), "country": "DE"}).status_code == 409
    assert api.patch("/reservations/t", {"lines": lines(("A", 11))}).status_code == 200
    assert api.post("/reservations", {"token": "u", "lines": lines(("A", 1)), "country": "Germany"}).status_code == 422


def test_carts_for_one_country_never_hold_together_more_than_can_be_sent_there(api: Api) -> None:
    db.execute("UPDATE locations_location SET serves = %s WHERE id = %s", ['["KR"]', api.brand.seoul])

    def held(token: str, qty: int, country: str) -> int:
        return int(api.post("/reservations", {"token": token, "lines": lines(("A", qty)), "country": country}).status_code)

    def available(country: str) -> list[int]:
        return [row["available"] for row in api.get(f"/availability?sku=A&country={country}").json()["availability"]]

    assert held("t", 7, "DE") == 201
    assert (available("DE"), available("KR")) == ([3], [13])
    assert (held("u", 4, "DE"), held("u", 3, "DE"), held("v", 1, "DE")) == (409, 201, 409)
    assert (available("DE"), available("KR")) == ([0], [10])
    assert (held("t", 8, "DE"), held("t", 7, "KR")) == (409, 200)  # the first goes elsewhere: it may come from Seoul now
    assert available("DE") == [7]
    assert (held("v", 7, "DE"), held("w", 4, "KR"), held("w", 3, "KR")) == (201, 409, 201)
    assert _buys(api, 3, reservation="u") == []  # as an order it keeps its place among the others
    assert (available("DE"), available("KR")) == ([0], [0])


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


def test_a_bundle_is_held_and_ordered_as_its_components(api: Api) -> None:
    set_id = make_variants(api.brand.ctx, ["SET"], price="30.00")["SET"]
    compose.set_components(api.brand.ctx, variant_id=set_id, contents=[Contained("A", 2), Contained("B", 1)])
    held = api.post("/reservations", {"token": "t", "lines": lines(("SET", 2), ("B", 1))}).json()
    assert [(line["sku"], line["qty"]) for line in held["lines"]] == [("A", 4), ("B", 3)]
    [a] = api.get("/stock?sku=A").json()["stock"]
    atp = api.get("/stock/SET/atp").json()
    assert (atp["available"], [day["atp"] for day in atp["days"]]) == (a["available"] // 2, [a["available"] // 2])
    bought = order(reservation="t", lines=[{"sku": "SET", "qty": 2, "unit_price": {"amount": "30", "currency": "EUR"}}])
    assert api.post("/orders", bought).status_code == 201
    assert api.get("/reservations/t").json()["state"] == "ordered"
    rows = [api.get(f"/stock?sku={sku}").json()["stock"][0] for sku in "AB"]
    assert [(row["reserved"], row["committed"]) for row in rows] == [(0, 4), (0, 2)]


def test_a_bundle_is_not_sold_beyond_what_its_components_are(api: Api) -> None:
    set_id = make_variants(api.brand.ctx, ["SET"], price="30.00")["SET"]
    assert api.ask("PUT", "/stock/SET/selling", {"kind": "backorder"}).status_code == 200
    compose.set_components(api.brand.ctx, variant_id=set_id, contents=[Contained("A", 2)])
    assert api.get("/stock/SET/atp").json()["selling"]["kind"] == "none"
    refused = api.ask("PUT", "/stock/SET/selling", {"kind": "backorder"})
    assert (refused.status_code, refused.json()["code"]) == (409, "is_a_bundle")


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


def test_what_a_channel_shows_is_nobodys_cart(api: Api) -> None:
    """Its token can be guessed: who released or ordered it would sell what the channel still offers."""
    brand, listing_id = api.brand, 4711
    token, mine = f"shown:{listing_id}", [apart.cart_of(1, "1"), apart.cart_of(1, "1", mark=pending.MARK)]
    assert set_aside.hold(brand.ctx, wants=[Aside(token, brand.variants["A"], 2)]) == {token: 2}
    assert apart.held(brand.ctx, listing_ids=[listing_id]) == {listing_id: 2}
    assert all(one.startswith(OWN_MARKS) for one in [token, *mine])
    assert api.get(f"/reservations/{token}").status_code == 404
    assert api.patch(f"/reservations/{token}", {"lines": lines(("A", 1))}).status_code == 404
    assert api.ask("DELETE", f"/reservations/{token}").status_code == 404
    assert api.post("/reservations", {"token": token, "lines": lines(("A", 1))}).status_code == 422
    refused = api.post("/orders", order(reservation=token))
    assert [(one["pointer"], one["code"]) for one in refused.json()["errors"]] == [("/reservation", "bad_token")]
    assert apart.held(brand.ctx, listing_ids=[listing_id]) == {listing_id: 2}
