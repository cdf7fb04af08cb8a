"""An exchange is promised at once, whichever door it comes through: API, staff page, portal, or a review that ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from doorstep.orders import queries as orders
from doorstep.returns import actions, queries
from doorstep.returns.values import ReturnFilter
from doorstep.stock import queries as stock
from doorstep.web.returns_portal.tests.test_portal import opened
from tests.api.conftest import Api, make_key
from tests.factories import Brand, draft, make_brand, signed_in
from tests.giving_back import exchange_of, shirts
from tests.returning import arrived, ask, lines, wish

pytestmark = pytest.mark.django_db(transaction=True)
Door = Callable[[Brand, int, int], int]


@pytest.fixture
def brand() -> Brand:
    made = make_brand()
    return replace(made, ctx=replace(made.ctx, now=datetime.now(UTC)))


def sold(brand: Brand) -> int:
    return arrived(brand.ctx, draft([("SHIRT-S", 1)]), at=brand.ctx.now - timedelta(days=3))


def form(brand: Brand, order_id: int, size: int) -> dict[str, str]:
    line = lines(brand.ctx, order_id)["SHIRT-S"].id
    return {
        f"back-{line}": "1", f"qty-{line}": "1", f"reason-{line}": "too_small", f"outcome-{line}": "exchange_variant",
        f"exchange-{line}": str(size), "key": "wish-0001",
    }  # fmt: skip


def by_api(brand: Brand, order_id: int, size: int) -> int:
    line = {
        "order_line_id": lines(brand.ctx, order_id)["SHIRT-S"].id, "qty": 1, "reason": "too_small",
        "outcome": "exchange_variant", "exchange_variant_id": size,
    }  # fmt: skip
    body = {"client_id": "wish-0001", "lines": [line]}
    return int(Api(brand, make_key(brand)).post(f"/orders/{order_id}/returns", body).status_code)


def by_staff(brand: Brand, order_id: int, size: int) -> int:
    page = signed_in(brand.ctx, role="service")
    return page.post(f"/returns/start/{order_id}/send/", form(brand, order_id, size)).status_code


def by_customer(brand: Brand, order_id: int, size: int) -> int:
    client, page = opened(brand, order_id)
    return client.post(f"{page}send/?language=en", form(brand, order_id, size)).status_code


doors = pytest.mark.parametrize("door", [by_api, by_staff, by_customer])


@doors
def test_what_is_wanted_instead_is_promised_once(brand: Brand, door: Door) -> None:
    made = shirts(brand)
    order_id = sold(brand)

    assert {door(brand, order_id, made["SHIRT-M"]) for _ in range(2)} <= {201, 302}

    [row] = queries.list_returns(brand.ctx, where=ReturnFilter())
    new = exchange_of(brand, row.id)
    assert orders.hold_reasons_of(brand.ctx, order_ids=[new.id]) == {new.id: ["awaiting_return_items"]}
    assert stock.pool_of(brand.ctx, variant_ids=[made["SHIRT-M"]])[made["SHIRT-M"]].committed == 1


@doors
def test_what_cannot_be_promised_is_not_asked_for(brand: Brand, door: Door) -> None:
    made = shirts(brand, stocked="SL")
    order_id = sold(brand)

    assert door(brand, order_id, made["SHIRT-M"]) == 409

    assert queries.list_returns(brand.ctx, where=ReturnFilter()) == []
    assert queries.returnable(brand.ctx, order_id=order_id)[0].left == 1


@pytest.mark.parametrize("way", ["api", "page"])
def test_a_review_that_ends_well_promises_it(brand: Brand, way: str) -> None:
    early = replace(brand.ctx, now=brand.ctx.now - timedelta(days=900))
    actions.publish_policy(early, policy=[{"name": "By hand", "when": {"all": []}, "action": "review"}])
    made = shirts(brand)
    order_id = sold(brand)
    wanted = wish(brand.ctx, order_id, "SHIRT-S", outcome="exchange_variant")
    return_id = ask(brand.ctx, order_id, replace(wanted, exchange_variant_id=made["SHIRT-M"]))

    if way == "api":
        Api(brand, make_key(brand)).post(f"/returns/{return_id}/decision", {"decision": "approve"})
    else:
        signed_in(brand.ctx, role="service").post(f"/returns/{return_id}/decide/", {"decision": "approve"})

    assert exchange_of(brand, return_id).on_hold
