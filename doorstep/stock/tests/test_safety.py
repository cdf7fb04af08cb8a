"""Safety stock: kept back everywhere and in single places, and never more than lies there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from doorstep.base import outbox
from doorstep.flows import route
from doorstep.orders import queries as orders
from doorstep.stock import actions as stock
from doorstep.stock import bulk, locks, queries, safety
from doorstep.stock.bulk import Move
from doorstep.stock.values import Change, Group, Keep, LevelRow, MovementKind, PoolRow, Short, Want
from doorstep.worker.dispatch import drain
from tests.audit import assert_all_holds
from tests.factories import Brand, draft, make_brand, place, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def brand() -> Brand:
    return make_brand(stock_each=10)


def pool(brand: Brand) -> PoolRow:
    return queries.pool_of(brand.ctx, variant_ids=[brand.variants["A"]])[brand.variants["A"]]


def level(brand: Brand, at: int) -> LevelRow:
    found = queries.levels_of(brand.ctx, variant_ids=[brand.variants["A"]])
    return next(row for row in found if row.location_id == at)


def keep(brand: Brand, qty: int, at: int | None = None) -> None:
    safety.keep_back(brand.ctx, keeps=[Keep(brand.variants["A"], at, qty)])


def move(brand: Brand, at: int, *, on_hand: int = 0, damaged: int = 0) -> None:
    change = Change(brand.variants["A"], at, on_hand, damaged)
    stock.change(brand.ctx, changes=[change], kind=MovementKind.ADJUSTMENT, reason="test", reference="test")


def test_saleor_17170_too_little_stock_in_one_place_never_hides_anothers(brand: Brand) -> None:
    """Seoul wishes to keep 50 and has 10: Berlin's 10 can still be promised, all of them."""
    keep(brand, 50, brand.seoul)
    assert (pool(brand).safety_stock, pool(brand).available) == (10, 10)
    assert (level(brand, brand.seoul).kept, level(brand, brand.berlin).kept) == (10, 0)
    move(brand, brand.seoul, on_hand=-4)
    assert (pool(brand).safety_stock, pool(brand).available) == (6, 10)
    move(brand, brand.seoul, damaged=6)
    assert (pool(brand).safety_stock, pool(brand).available) == (0, 10)
    receive(brand.ctx, brand.variants["A"], brand.seoul, 60)
    assert (pool(brand).safety_stock, pool(brand).available) == (50, 20)
    assert_all_holds()


def test_what_is_kept_everywhere_adds_to_what_places_keep(brand: Brand) -> None:
    keep(brand, 3)
    keep(brand, 4, brand.berlin)
    row = pool(brand)
    assert (row.kept_everywhere, row.safety_stock, row.available, row.spare) == (3, 7, 13, 20)
    keep(brand, 0)
    assert (pool(brand).safety_stock, pool(brand).available) == (4, 16)
    assert_all_holds()


def test_every_change_of_safety_stock_stands_in_the_ledger(brand: Brand) -> None:
    keep(brand, 12, brand.seoul)
    receive(brand.ctx, brand.variants["A"], brand.seoul, 5)
    keep(brand, 12, brand.seoul)
    moves = queries.movements_of(brand.ctx, variant_id=brand.variants["A"], location_id=brand.seoul)
    assert [(m.kind, m.reason, m.reference, m.on_hand, m.safety_stock) for m in moves] == [
        ("receipt", "delivered", "test", 5, 2),
        ("adjustment", "safety_stock", "safety_stock:12", 0, 10),
        ("receipt", "delivered", "test", 10, 0),
    ]


def test_a_place_promises_none_of_what_it_keeps_back(brand: Brand) -> None:
    keep(brand, 8, brand.berlin)
    want = Want(1, brand.variants["A"], 3)
    assert stock.take(brand.ctx, groups=[Group((want,), frozenset({brand.berlin}))]) == [
        (Short(brand.variants["A"], 3, 2),)
    ]
    assert stock.take(brand.ctx, groups=[Group((want,), frozenset({brand.seoul, brand.berlin}))]) == [()]


def test_routing_passes_the_nearest_place_by_where_it_keeps_its_units(brand: Brand) -> None:
    keep(brand, 9, brand.berlin)
    [order_id] = place(brand.ctx, draft([("A", 2)]))
    route.route(brand.ctx, order_ids=[order_id])
    [part] = orders.fulfilment_orders_of(brand.ctx, order_ids=[order_id])
    assert part.location_id == brand.seoul


def test_what_was_promised_before_more_is_kept_back_still_ships(brand: Brand) -> None:
    [order_id] = place(brand.ctx, draft([("A", 16)]))
    for at in (brand.seoul, brand.berlin):
        keep(brand, 10, at)
    assert pool(brand).available == -16
    route.route(brand.ctx, order_ids=[order_id])
    parts = orders.fulfilment_orders_of(brand.ctx, order_ids=[order_id])
    assert [part.state for part in parts] == ["open", "open"]
    assert sum(row.committed for row in (level(brand, brand.seoul), level(brand, brand.berlin))) == 16
    assert_all_holds()


def test_units_let_go_serve_who_waits(brand: Brand) -> None:
    keep(brand, 5)
    keep(brand, 10, brand.seoul)
    [order_id] = place(brand.ctx, draft([("A", 9)]))
    [part] = orders.fulfilment_orders_of(brand.ctx, order_ids=[order_id])
    assert part.state == "on_hold"
    drain()
    keep(brand, 2)
    drain()
    assert orders.fulfilment_orders_of(brand.ctx, order_ids=[order_id])[0].state == "on_hold"
    keep(brand, 0, brand.seoul)
    drain()
    assert orders.fulfilment_orders_of(brand.ctx, order_ids=[order_id])[0].state == "open"
    assert_all_holds()


def test_a_move_between_places_that_the_pool_does_not_feel_still_lets_go_of_what_is_kept(brand: Brand) -> None:
    """Ten lie in Seoul and all are kept; four move to Berlin, which keeps none: the pool has as many, and four more to promise."""
    keep(brand, 10, brand.seoul)
    variant = brand.variants["A"]
    locks.pool_rows(brand.ctx, [variant])
    locks.level_rows(brand.ctx, [(variant, brand.seoul), (variant, brand.berlin)])
    there = [
        Move(variant, at, MovementKind.TRANSFER, "moved", "transfer:1", in_pool=False, on_hand=qty)
        for at, qty in ((brand.seoul, -4), (brand.berlin, 4))
    ]
    bulk.apply(brand.ctx, there)
    row = pool(brand)
    assert (row.on_hand, row.safety_stock, row.available, level(brand, brand.seoul).kept) == (20, 6, 14, 6)
    assert_all_holds()


def test_a_shipment_that_leaves_less_than_was_to_be_kept_lets_go_of_the_rest(brand: Brand) -> None:
    """Berlin's ten are promised, then Berlin shall keep eight: as they leave, nothing is kept for units that are gone."""
    [order_id] = place(brand.ctx, draft([("A", 10)]))
    route.route(brand.ctx, order_ids=[order_id])
    keep(brand, 8, brand.berlin)
    assert (level(brand, brand.berlin).committed, pool(brand).available) == (10, 2)
    drain()
    later = replace(brand.ctx, now=brand.ctx.now + timedelta(hours=1))
    [line] = orders.lines_of(brand.ctx, order_ids=[order_id])
    assert stock.ship(later, units=[Want(line.id, brand.variants["A"], 10)], location_id=brand.berlin) == 10
    assert (level(brand, brand.berlin).kept, pool(brand).safety_stock, pool(brand).available) == (0, 0, 10)
    told = outbox.timeline(brand.ctx, of=[f"variant:{brand.variants['A']}"], limit=2)
    assert {event.type for event in told} == {"stock.arrived", "stock.changed"}
