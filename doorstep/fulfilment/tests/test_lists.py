"""Pick lists: what is on them, once, and what leaves them."""

from __future__ import annotations

import pytest

from doorstep.base import db, outbox
from doorstep.fulfilment import actions, queries, scanning
from doorstep.locations import actions as locations
from doorstep.locations.values import BinDraft
from doorstep.orders import actions as orders
from doorstep.orders import queries as order_queries
from doorstep.orders.actions import HoldWish
from doorstep.orders.values import HoldReason
from doorstep.stock import actions as stock
from tests.audit import assert_all_holds
from tests.factories import NOW, Brand, draft, listed, make_brand, make_ctx, place, receive, together

pytestmark = pytest.mark.django_db


def hold(brand: Brand, part: int) -> None:
    orders.hold(brand.ctx, wishes=[HoldWish(part, HoldReason.OPERATOR)])


def drain() -> None:
    from doorstep.worker.dispatch import drain

    drain()


def test_a_routed_order_stands_on_the_list_of_its_location_once() -> None:
    brand = make_brand()
    [part] = listed(brand.ctx, draft([("A", 2), ("B", 1)]))
    [row] = queries.list_pick_lists(brand.ctx)
    assert (row.location_id, row.state, row.orders, row.units, row.picked) == (brand.berlin, "open", 1, 3, 0)
    [order_id] = {t.order_id for t in queries.tasks_of_orders(brand.ctx, fulfilment_order_ids=[part])}
    assert actions.list_up(brand.ctx, order_ids=[order_id]) == 0
    assert queries.list_pick_lists(brand.ctx) == [row]
    told = [e for e in outbox.timeline(brand.ctx, of=[f"order:{order_id}"]) if e.type == "fulfilment.listed"]
    assert [e.data for e in told] == [{"pick_list_id": row.id, "location_id": brand.berlin}]
    assert_all_holds()


def test_twenty_orders_fill_a_list_and_the_next_one_opens_another() -> None:
    brand = make_brand(stock_each=100)
    listed(brand.ctx, *(draft() for _ in range(18)))
    listed(brand.ctx, *(draft() for _ in range(25)))
    assert [row.orders for row in queries.list_pick_lists(brand.ctx)] == [20, 20, 3]
    assert_all_holds()


def test_each_location_has_its_own_list() -> None:
    brand = make_brand()
    listed(brand.ctx, draft([("A", 1)]), draft([("A", 10)]))
    rows = queries.list_pick_lists(brand.ctx)
    assert {row.location_id: row.units for row in rows} == {brand.berlin: 1, brand.seoul: 10}
    assert queries.list_pick_lists(brand.ctx, location_id=brand.seoul) == [
        r for r in rows if r.location_id == brand.seoul
    ]
    assert_all_holds()


def test_the_picker_walks_past_the_bins_in_their_order() -> None:
    brand = make_brand()
    locations.add_bins(
        brand.ctx, location_id=brand.berlin, bins=[BinDraft("Z-1", 1), BinDraft("A-9", 2), BinDraft("M-5", 3)]
    )
    for sku, bin in (("A", "M-5"), ("B", "Z-1"), ("C", "A-9")):
        stock.set_bin(brand.ctx, variant_id=brand.variants[sku], location_id=brand.berlin, bin=bin)
    listed(brand.ctx, draft([("A", 1), ("B", 1), ("C", 1)]))
    [row] = queries.list_pick_lists(brand.ctx)
    assert [(t.bin, t.sku) for t in queries.tasks_of(brand.ctx, pick_list_id=row.id)] == [
        ("Z-1", "B"),
        ("A-9", "C"),
        ("M-5", "A"),
    ]


def test_an_order_without_stock_is_on_no_list_until_its_stock_is_there() -> None:
    brand = make_brand(stock_each=1)
    listed(brand.ctx, draft([("A", 3)]))
    assert queries.list_pick_lists(brand.ctx) == []
    receive(brand.ctx, brand.variants["A"], brand.berlin, 5)
    drain()
    assert [row.units for row in queries.list_pick_lists(brand.ctx)] == [3]
    assert_all_holds()


def test_a_held_order_that_nobody_touched_leaves_its_list_and_comes_back_once() -> None:
    brand = make_brand()
    first, other = listed(brand.ctx, draft([("A", 1)]), draft([("B", 1)]))
    hold(brand, first)
    drain()
    assert {t.fulfilment_order_id for row in queries.list_pick_lists(brand.ctx)
            for t in queries.tasks_of(brand.ctx, pick_list_id=row.id)} == {other}  # fmt: skip
    orders.release_hold(brand.ctx, fulfilment_order_ids=[first], reason=HoldReason.OPERATOR)
    drain()
    assert len(queries.tasks_of_orders(brand.ctx, fulfilment_order_ids=[first])) == 1
    assert [row.orders for row in queries.list_pick_lists(brand.ctx)] == [2]
    assert_all_holds()


def test_a_cancelled_order_leaves_its_list() -> None:
    brand = make_brand()
    from doorstep.flows.cancel import cancel

    part, other = listed(brand.ctx, draft([("A", 1)]), draft([("B", 1)]))
    order_id = order_queries.fulfilment_orders_by_id(brand.ctx, ids=[part])[part].order_id
    cancel(brand.ctx, order_id=order_id, reason="test")
    drain()
    assert queries.tasks_of_orders(brand.ctx, fulfilment_order_ids=[part]) == []
    assert len(queries.tasks_of_orders(brand.ctx, fulfilment_order_ids=[other])) == 1
    assert_all_holds()


def test_a_list_is_picked_when_all_that_was_left_on_it_is_cancelled() -> None:
    from doorstep.flows.cancel import cancel

    brand = make_brand()
    done, left = listed(brand.ctx, draft([("A", 1)]), draft([("B", 1)]))
    [row] = queries.list_pick_lists(brand.ctx)
    scanning.scan(brand.ctx, pick_list_id=row.id, client_id="1", code="A", typed=False, at=NOW)
    cancel(
        brand.ctx, order_id=order_queries.fulfilment_orders_by_id(brand.ctx, ids=[left])[left].order_id, reason="test"
    )
    drain()
    assert [t.fulfilment_order_id for t in queries.tasks_of(brand.ctx, pick_list_id=row.id)] == [done]
    assert queries.get_pick_list(brand.ctx, pick_list_id=row.id).state == "picked"


def test_another_organisation_sees_and_moves_nothing() -> None:
    brand, stranger = make_brand(), make_ctx()
    [part] = listed(brand.ctx, draft())
    [row] = queries.list_pick_lists(brand.ctx)
    task = queries.tasks_of(brand.ctx, pick_list_id=row.id)[0]
    assert queries.list_pick_lists(stranger) == []
    assert queries.tasks_of(stranger, pick_list_id=row.id) == []
    actions.withdraw(stranger, fulfilment_order_ids=[part], only_untouched=False)
    assert actions.list_up(stranger, order_ids=[task.order_id]) == 0
    assert queries.tasks_of(brand.ctx, pick_list_id=row.id) == [task]


@pytest.mark.django_db(transaction=True)
def test_eight_workers_that_list_the_same_orders_list_each_once() -> None:
    """Delivery is at least once, and nobody promises that two never deliver together."""
    brand = make_brand(stock_each=100)
    order_ids = place(brand.ctx, *(draft() for _ in range(30)))
    from doorstep.flows.route import route

    route(brand.ctx, order_ids=order_ids)
    answers = together(*[lambda: actions.list_up(brand.ctx, order_ids=order_ids)] * 8)
    assert [a for a in answers if isinstance(a, Exception)] == []
    assert sum(a for a in answers if isinstance(a, int)) == 30
    assert db.scalar("SELECT count(*) FROM fulfilment_picktask WHERE NOT removed") == 30
    assert max(row.orders for row in queries.list_pick_lists(brand.ctx)) == 20
    assert_all_holds()


def test_a_large_order_is_read_at_once_where_the_database_knows_nothing_of_its_tables_yet() -> None:
    skus = [f"S{n:03}" for n in range(320)]
    brand = make_brand(skus=skus)
    [part] = listed(brand.ctx, draft([(sku, 1) for sku in skus]))
    db.execute("SET LOCAL statement_timeout = '1s'")
    assert len(queries.tasks_of_orders(brand.ctx, fulfilment_order_ids=[part])) == len(skus)
