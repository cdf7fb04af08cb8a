"""What is routed and not released is looked at together again, and goes from a better place where that is worth it."""

from __future__ import annotations

import pytest

from doorstep.base import outbox
from doorstep.flows import edit_order, rebatch, reject
from doorstep.fulfilment import queries as floor
from doorstep.orders import queries
from doorstep.routing import queries as routing
from doorstep.routing.values import Why
from doorstep.worker.dispatch import drain
from tests.factories import Brand, draft, make_brand, place, receive
from tests.short_picks import assert_all_holds, level, parts_of, scan, shape, task_of

pytestmark = pytest.mark.django_db


def from_seoul(*lines: tuple[str, int]) -> tuple[Brand, int]:
    """An order for Berlin that had to go from Seoul, and what it needs came to Berlin since."""
    brand = make_brand(stock_each=0)
    for sku, qty in lines:
        receive(brand.ctx, brand.variants[sku], brand.seoul, qty)
    [order_id] = place(brand.ctx, draft(lines))
    drain()
    assert shape(brand, order_id) == [("open", brand.seoul, dict(lines))]
    for sku, qty in lines:
        receive(brand.ctx, brand.variants[sku], brand.berlin, qty)
    drain()
    return brand, order_id


def test_what_came_nearer_sends_the_order_and_the_record_says_what_that_saves() -> None:
    brand, order_id = from_seoul(("A", 2))
    assert rebatch.reoptimise(brand.ctx) == 1
    assert shape(brand, order_id) == [("open", brand.berlin, {"A": 2})]
    assert (level(brand, brand.seoul).committed, level(brand, brand.berlin).committed) == (0, 2)
    drain()
    assert [(row.location_id, row.units) for row in floor.list_pick_lists(brand.ctx) if row.units] == [(brand.berlin, 2)]
    newest = routing.decisions_of(brand.ctx, order_id=order_id)[0]
    assert (newest.policy, newest.plan["why"], newest.plan["currency"]) == ("batch", "batch", "EUR")
    assert newest.plan["saves_minor"] > 500
    assert [one["locations"] for one in newest.plan["others"]] == [[brand.seoul]]
    [told] = [e for e in outbox.timeline(brand.ctx, of=[f"order:{order_id}"]) if e.type == "order.moved"]
    assert (told.data["from_location_id"], told.data["location_id"]) == (brand.seoul, brand.berlin)
    assert_all_holds()
    assert rebatch.reoptimise(brand.ctx) == 0


def test_two_orders_change_places_where_neither_could_alone() -> None:
    brand = make_brand(stock_each=0)
    variant = brand.variants["A"]
    receive(brand.ctx, variant, brand.seoul, 1)
    [german] = place(brand.ctx, draft([("A", 1)], country="DE"))
    drain()
    receive(brand.ctx, variant, brand.berlin, 1)
    [korean] = place(brand.ctx, draft([("A", 1)], country="KR"))
    drain()
    assert [shape(brand, id)[0][1] for id in (german, korean)] == [brand.seoul, brand.berlin]
    assert rebatch.reoptimise(brand.ctx) == 2
    assert [shape(brand, id)[0][1] for id in (german, korean)] == [brand.berlin, brand.seoul]
    assert_all_holds()


def test_parts_that_can_go_together_become_one_parcel() -> None:
    brand = make_brand(stock_each=0)
    receive(brand.ctx, brand.variants["A"], brand.seoul, 1)
    receive(brand.ctx, brand.variants["B"], brand.berlin, 1)
    [order_id] = place(brand.ctx, draft([("A", 1), ("B", 1)]))
    drain()
    assert sorted(at or 0 for _, at, _ in shape(brand, order_id)) == sorted([brand.seoul, brand.berlin])
    receive(brand.ctx, brand.variants["A"], brand.berlin, 1)
    drain()
    assert rebatch.reoptimise(brand.ctx) == 1
    assert shape(brand, order_id) == [("open", brand.berlin, {"A": 1, "B": 1})]
    drain()
    assert_all_holds()


def test_what_a_person_placed_what_is_begun_and_what_said_no_stay() -> None:
    brand, order_id = from_seoul(("A", 2))
    scan(brand, task_of(brand, location_id=brand.seoul), "1")
    assert rebatch.reoptimise(brand.ctx) == 0

    brand, order_id = from_seoul(("A", 2))
    [(part, [line])] = parts_of(brand, order_id)
    for at in (brand.berlin, brand.seoul):
        version = queries.get(brand.ctx, id=order_id).version
        edit_order.split(
            brand.ctx, order_id=order_id, version=version, fulfilment_order_id=part.id, units={line.order_line_id: 2},
            location_id=at,
        )  # fmt: skip
    assert rebatch.reoptimise(brand.ctx) == 0

    brand, order_id = from_seoul(("A", 2))
    [(part, _)] = parts_of(brand, order_id)
    rebatch.reoptimise(brand.ctx)
    reject.reject(brand.ctx, fulfilment_order_id=part.id, location_id=brand.berlin, reason=Why.TOO_BUSY)
    drain()
    assert rebatch.reoptimise(brand.ctx) == 0
    assert shape(brand, order_id) == [("open", brand.seoul, {"A": 2})]
    assert_all_holds()


def test_what_changed_since_it_was_looked_at_stays() -> None:
    brand, order_id = from_seoul(("A", 2))
    sight, standing = rebatch._look(brand.ctx, [part.id for part, _ in parts_of(brand, order_id)])
    moves = rebatch.better(brand.ctx, standing=standing)
    assert len(moves) == 1
    place(brand.ctx, draft([("A", 1)]))
    drain()
    assert rebatch.carry_out(brand.ctx, sight=sight, moves=moves) == 0  # Berlin has one left
    assert shape(brand, order_id) == [("open", brand.seoul, {"A": 2})]
    assert_all_holds()
