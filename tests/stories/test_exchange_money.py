"""The money of exchanges: what is dearer waits, what is cheaper gives the rest back, what comes to nothing is refunded."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from doorstep.base import db
from doorstep.base.refusals import Refused
from doorstep.flows import send_back
from doorstep.orders import queries as orders
from doorstep.orders.values import Buyer
from doorstep.returns import actions, queries
from doorstep.returns.values import ReturnFilter
from doorstep.stock import queries as stock
from doorstep.worker.dispatch import drain
from tests.factories import NOW, Brand, draft, make_brand, receive
from tests.giving_back import back, exchange_of, holds, refunds, row_of, shirts, swap
from tests.returning import arrived, ask, wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def brand() -> Brand:
    return make_brand()


def test_an_exchange_is_promised_at_once_and_leaves_when_the_goods_are_back(brand: Brand) -> None:
    made = shirts(brand)
    order_id = arrived(brand.ctx, draft([("SHIRT-S", 1)]))

    return_id = swap(brand, order_id, made["SHIRT-M"])
    assert swap(brand, order_id, made["SHIRT-M"]) == return_id

    new = exchange_of(brand, return_id)
    assert (new.total_minor, new.on_hold, new.payment_state) == (0, True, "paid")
    assert stock.pool_of(brand.ctx, variant_ids=[made["SHIRT-M"]])[made["SHIRT-M"]].committed == 1
    assert orders.hold_reasons_of(brand.ctx, order_ids=[new.id]) == {new.id: ["awaiting_return_items"]}
    drain()
    back(brand, return_id, 1)
    assert not exchange_of(brand, return_id).on_hold
    assert refunds(brand, order_id) == []
    assert row_of(brand, return_id).goods == "closed"
    holds(brand)


def test_a_buyer_without_any_address_gets_the_exchange_as_the_same_customer(brand: Brand) -> None:
    made = shirts(brand)
    order = draft([("SHIRT-S", 1)])
    order_id = arrived(brand.ctx, replace(order, buyer=Buyer(name="Nobody"), ship_to=replace(order.ship_to, phone="")))

    return_id = swap(brand, order_id, made["SHIRT-M"])

    assert exchange_of(brand, return_id).customer_id == orders.get(brand.ctx, id=order_id).order.customer_id
    holds(brand)


def test_several_exchanges_on_one_order(brand: Brand) -> None:
    """spree #8332"""
    made = shirts(brand)
    order_id = arrived(brand.ctx, draft([("SHIRT-S", 3)]))

    ids = [swap(brand, order_id, made[f"SHIRT-{size}"], key=f"x{n}") for n, size in enumerate("MLM")]
    drain()
    for return_id in ids:
        back(brand, return_id, 1)

    assert [row_of(brand, i).goods for i in ids] == ["closed"] * 3
    assert len({exchange_of(brand, i).id for i in ids}) == 3
    assert [exchange_of(brand, i).total_minor for i in ids] == [0, 200, 0]
    with pytest.raises(Refused, match="too_many_units"):
        swap(brand, order_id, made["SHIRT-M"], key="x9")
    holds(brand)


def test_an_exchange_that_cannot_be_promised_is_refused_with_alternatives(brand: Brand) -> None:
    """OCA/rma #195"""
    made = shirts(brand, stocked="SL")
    order_id = arrived(brand.ctx, draft([("SHIRT-S", 1)]))

    with pytest.raises(Refused, match="exchange_short") as refused:
        swap(brand, order_id, made["SHIRT-M"])

    assert refused.value.facts["others"] == "shirt · L"
    assert queries.list_returns(brand.ctx, where=ReturnFilter()) == []
    assert db.scalar("SELECT count(*) FROM orders_order") == 1
    assert queries.returnable(brand.ctx, order_id=order_id)[0].left == 1


def test_an_exchange_for_something_dearer_waits_for_the_difference(brand: Brand) -> None:
    made = shirts(brand)
    order_id = arrived(brand.ctx, draft([("SHIRT-S", 1)]))
    return_id = swap(brand, order_id, made["SHIRT-L"])
    drain()

    back(brand, return_id, 1)

    new = exchange_of(brand, return_id)
    assert (new.total_minor, new.payment_state) == (200, "pending")
    assert orders.hold_reasons_of(brand.ctx, order_ids=[new.id]) == {new.id: ["awaiting_payment"]}


def test_an_exchange_for_something_cheaper_gives_the_rest_back(brand: Brand) -> None:
    made = shirts(brand)
    receive(brand.ctx, made["SHIRT-XS"], brand.berlin, 5)
    order_id = arrived(brand.ctx, draft([("SHIRT-S", 1)]))
    return_id = swap(brand, order_id, made["SHIRT-XS"])
    drain()

    back(brand, return_id, 1)

    assert refunds(brand, order_id) == [(300, f"return:{return_id}")]
    assert exchange_of(brand, return_id).total_minor == 0


@pytest.mark.parametrize("ending", ["cancelled", "expired"])
def test_an_exchange_that_comes_to_nothing_frees_its_stock(brand: Brand, ending: str) -> None:
    made = shirts(brand)
    order_id = arrived(brand.ctx, draft([("SHIRT-S", 1)]))
    return_id = swap(brand, order_id, made["SHIRT-M"])
    drain()

    if ending == "cancelled":
        actions.cancel(brand.ctx, return_id=return_id)
    else:
        send_back.sweep_expired(NOW + timedelta(days=31))
    drain()

    assert exchange_of(brand, return_id).state == "cancelled"
    assert stock.pool_of(brand.ctx, variant_ids=[made["SHIRT-M"]])[made["SHIRT-M"]].committed == 0
    assert row_of(brand, return_id).decision == ending
    holds(brand)


def test_what_came_in_exchange_goes_back_through_a_person(brand: Brand) -> None:
    made = shirts(brand)
    order_id = arrived(brand.ctx, draft([("SHIRT-S", 1)], tags=("exchange",)))

    return_id = ask(brand.ctx, order_id, wish(brand.ctx, order_id, "SHIRT-S"))

    assert row_of(brand, return_id).decision == "needs_review"
    assert made
