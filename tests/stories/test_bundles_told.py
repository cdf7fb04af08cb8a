"""Shops know bundles alone: no component is told to whom did not sell it, and only whole bundles count."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorstep.base import db
from doorstep.channels import actions as channels
from doorstep.flows import compose, ship, tell_shops
from doorstep.flows.as_sold import Teller
from doorstep.flows.compose import Contained
from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment import queries as floor
from doorstep.fulfilment import scanning
from doorstep.orders import queries as orders
from doorstep.orders.values import LineRow
from doorstep.shipping.values import TrackingStatus
from doorstep.worker.dispatch import drain
from tests.factories import Brand, draft, make_brand, make_variants, place, receive, together
from tests.giving_back import back, holds
from tests.returning import ask, label, leave, scan, wish

pytestmark = pytest.mark.django_db


def make_set(brand: Brand, sku: str = "SET", **contents: int) -> int:
    variant = make_variants(brand.ctx, [sku], price="30.00")[sku]
    compose.set_components(
        brand.ctx, variant_id=variant, contents=[Contained(name, qty) for name, qty in contents.items()]
    )
    return variant


def notices(verb: str) -> list[Any]:
    found = db.dicts("SELECT arguments FROM channels_notice WHERE verb = %s ORDER BY id", [verb])
    return [row["arguments"]["lines"] for row in found]


def shop_of(brand: Brand) -> int:
    return channels.connect(brand.ctx, provider="sandbox_shop", name="Shop", url="http://127.0.0.1:9").id


def hand_over(brand: Brand, part: int) -> int:
    """Picks, packs and hands over one part of an order; gives its parcel."""
    for task in floor.tasks_of_orders(brand.ctx, fulfilment_order_ids=[part]):
        for n in range(task.qty):
            scanning.scan(
                brand.ctx, pick_list_id=task.pick_list_id, client_id=f"{task.id}-{n}", code=task.sku, typed=False,
                at=brand.ctx.now,
            )  # fmt: skip
    parcel_id = fulfilment.pack(brand.ctx, fulfilment_order_id=part)
    assert parcel_id is not None
    label(brand.ctx, parcel_id)
    ship.hand_over(brand.ctx, parcel_ids=[parcel_id])
    return parcel_id


def test_a_shop_learns_of_a_bundle_with_its_last_parcel() -> None:
    brand = make_brand(stock_each=0)
    receive(brand.ctx, brand.variants["A"], brand.seoul, 5)
    receive(brand.ctx, brand.variants["C"], brand.seoul, 5)
    receive(brand.ctx, brand.variants["B"], brand.berlin, 5)
    make_set(brand, A=2, B=1)
    shop = shop_of(brand)
    [order_id] = place(brand.ctx, draft([("SET", 1), ("C", 1)], connection_id=shop))
    drain()
    parts = orders.fulfilment_orders_of(brand.ctx, order_ids=[order_id])
    assert len(parts) == 2
    parts.sort(key=lambda part: part.location_id == brand.berlin)
    for part, known in zip(parts, ([["C", 1]], [["SET", 1]]), strict=True):
        parcel_id = hand_over(brand, part.id)
        drain()
        assert notices("shipped")[-1] == known
        assert tell_shops.want_told(brand.ctx, parcel_ids=[parcel_id]) == []
    assert notices("shipped") == [[["C", 1]], [["SET", 1]]]
    holds(brand)


@pytest.mark.django_db(transaction=True)
def test_of_two_parcels_that_leave_at_once_one_is_told_as_the_last() -> None:
    brand = make_brand(stock_each=0)
    receive(brand.ctx, brand.variants["A"], brand.seoul, 20)
    receive(brand.ctx, brand.variants["B"], brand.berlin, 20)
    make_set(brand, A=2, B=1)
    shop = shop_of(brand)
    for n in range(1, 6):
        [order_id] = place(brand.ctx, draft([("SET", 1)], connection_id=shop))
        drain()
        parts = orders.fulfilment_orders_of(brand.ctx, order_ids=[order_id])
        first, second = (hand_over(brand, part.id) for part in parts)
        together(
            lambda: tell_shops.want_told(brand.ctx, parcel_ids=[first]),  # noqa: B023
            lambda: tell_shops.want_told(brand.ctx, parcel_ids=[second]),  # noqa: B023
        )
        assert notices("shipped") == [[["SET", 1]]] * n
    holds(brand)


def test_a_component_that_comes_back_alone_is_no_bundle_that_came_back() -> None:
    brand = make_brand()
    make_set(brand, A=2, B=1)
    shop = shop_of(brand)
    [order_id] = place(brand.ctx, draft([("SET", 2), ("C", 1)], connection_id=shop))
    drain()
    scan(brand.ctx, leave(brand, order_id), TrackingStatus.DELIVERED)
    drain()
    assert notices("shipped") == [[["C", 1], ["SET", 2]]]

    first = ask(brand.ctx, order_id, wish(brand.ctx, order_id, "A", 2), wish(brand.ctx, order_id, "C", 1), key="1")
    drain()
    back(brand, first, 2, 1)
    assert notices("returned") == [[["C", 1]]]
    second = ask(brand.ctx, order_id, wish(brand.ctx, order_id, "A", 1), wish(brand.ctx, order_id, "B", 1), key="2")
    drain()
    back(brand, second, 1, 1)
    assert notices("returned") == [[["C", 1]], [["SET", 1]]]
    third = ask(brand.ctx, order_id, wish(brand.ctx, order_id, "A", 1), wish(brand.ctx, order_id, "B", 1), key="3")
    drain()
    back(brand, third, 1, 1)
    assert notices("returned")[-1] == [["SET", 1]]
    holds(brand)


moves = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), max_size=12)


@given(moves=moves)
@settings(max_examples=200)
def test_however_a_bundle_is_parted_each_is_told_once_when_it_is_whole(moves: list[tuple[int, int]]) -> None:
    inside = [
        LineRow(1, 1, 1, 1, "A", "", 20, 0, 0, 0, 7, 2, "SET", "Set", 10, 0, 1),
        LineRow(2, 1, 2, 2, "B", "", 10, 0, 0, 0, 7, 1, "SET", "Set", 10, 0, 1),
        LineRow(3, 1, 3, 3, "A", "", 9, 0, 0, 0, 8, 3, "TRIO", "Trio", 3, 0, 2),
        LineRow(4, 1, 4, 3, "A", "", 9, 0, 0, 0),
    ]
    teller, so_far, told = Teller(inside), Counter[int](), Counter[str]()
    for line, qty in moves:
        here = {line: min(qty, {1: 20, 2: 10, 3: 9, 4: 9}.get(line, 0) - so_far[line])}
        so_far.update(here)
        for sku, units in teller.say(here=here, so_far=so_far):
            told[str(sku)] += int(units)
    expected = {"SET": min(so_far[1] // 2, so_far[2]), "TRIO": so_far[3] // 3, "A": so_far[4]}
    assert told == Counter({sku: qty for sku, qty in expected.items() if qty})
