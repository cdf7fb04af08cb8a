"""Goods that were picked for an order which is cancelled then."""

from __future__ import annotations

import pytest

from doorstep.base import outbox
from doorstep.base.ctx import Actor
from doorstep.base.refusals import Refused
from doorstep.flows import cancel
from doorstep.fulfilment import actions, queries, scanning
from doorstep.fulfilment.values import PickTaskRow
from doorstep.orders import queries as orders
from doorstep.stock import actions as stock_actions
from doorstep.stock import queries as stock
from doorstep.worker.dispatch import drain
from tests.audit import assert_all_holds
from tests.factories import NOW, Brand, draft, listed, make_brand, make_ctx, packed

pytestmark = pytest.mark.django_db


def half_picked() -> tuple[Brand, PickTaskRow]:
    """An order of 2 A and 1 B, of which both A were scanned."""
    brand = make_brand()
    stock_actions.set_bin(brand.ctx, variant_id=brand.variants["A"], location_id=brand.berlin, bin="A-01")
    [part] = listed(brand.ctx, draft([("A", 2), ("B", 1)]))
    task = queries.tasks_of_orders(brand.ctx, fulfilment_order_ids=[part])[0]
    for n in range(2):
        scanning.scan(brand.ctx, pick_list_id=task.pick_list_id, client_id=f"s{n}", code="A", typed=False, at=NOW)
    return brand, task


def call_off(brand: Brand, order_id: int) -> None:
    cancel.cancel(brand.ctx, order_id=order_id, reason="customer")
    drain()


def test_what_was_picked_of_a_cancelled_order_is_to_be_put_back_until_somebody_did() -> None:
    brand, task = half_picked()
    assert queries.list_to_put_back(brand.ctx) == []
    call_off(brand, task.order_id)
    [row] = queries.list_to_put_back(brand.ctx)
    assert (row.qty, row.sku, row.bin, row.order_name, row.location_id) == (2, "A", "A-01", task.order_name, brand.berlin)
    assert queries.list_to_put_back(brand.ctx, location_id=brand.seoul) == []
    assert queries.count_to_put_back(brand.ctx) == 1
    assert_all_holds()

    minji = brand.ctx.as_actor(Actor("staff", 7, "민지"))
    done = actions.put_back(minji, task_id=row.task_id)
    assert (done.put_back_by, done.put_back_at, queries.list_to_put_back(brand.ctx)) == ("민지", NOW, [])
    assert queries.count_to_put_back(brand.ctx) == 0
    assert_all_holds()


def test_putting_back_changes_no_stock_since_cancelling_gave_it_back() -> None:
    brand, task = half_picked()
    before = stock.pool_of(brand.ctx, variant_ids=[task.variant_id])[task.variant_id]
    assert (before.on_hand, before.committed) == (20, 2)
    call_off(brand, task.order_id)
    free = stock.pool_of(brand.ctx, variant_ids=[task.variant_id])[task.variant_id]
    assert (free.on_hand, free.committed) == (20, 0)
    ledger = stock.movements_of(brand.ctx, variant_id=task.variant_id)
    actions.put_back(brand.ctx, task_id=task.id)
    assert stock.pool_of(brand.ctx, variant_ids=[task.variant_id])[task.variant_id] == free
    assert stock.movements_of(brand.ctx, variant_id=task.variant_id) == ledger


def test_putting_back_twice_is_told_once_and_the_first_person_stays() -> None:
    brand, task = half_picked()
    call_off(brand, task.order_id)
    actions.put_back(brand.ctx.as_actor(Actor("staff", 7, "민지")), task_id=task.id)
    again = actions.put_back(brand.ctx.as_actor(Actor("staff", 8, "Jun")), task_id=task.id)
    assert again.put_back_by == "민지"
    told = [e for e in outbox.timeline(brand.ctx, of=[f"order:{task.order_id}"]) if e.type == "fulfilment.put_back"]
    assert [(e.actor_name, e.data) for e in told] == [("민지", {"sku": "A", "qty": 2, "bin": "A-01"})]
    [off] = [e for e in outbox.timeline(brand.ctx, of=[f"order:{task.order_id}"]) if e.type == "fulfilment.unlisted"]
    assert off.data == {"to_put_back": 2}


def test_a_parcel_that_was_packed_is_to_be_put_back_too() -> None:
    brand = make_brand()
    [parcel_id] = packed(brand.ctx, draft([("A", 1), ("B", 2)]))
    [order] = orders.list_orders(brand.ctx, where=orders.OrderFilter())
    call_off(brand, order.id)
    assert [(row.sku, row.qty) for row in queries.list_to_put_back(brand.ctx)] == [("A", 1), ("B", 2)]
    assert parcel_id
    assert_all_holds()


def test_nothing_else_can_be_put_back() -> None:
    brand, task = half_picked()
    with pytest.raises(Refused) as live:
        actions.put_back(brand.ctx, task_id=task.id)
    assert live.value.code == "nothing_to_put_back"
    [untouched] = [t for t in queries.tasks_of(brand.ctx, pick_list_id=task.pick_list_id) if t.sku == "B"]
    call_off(brand, task.order_id)
    with pytest.raises(Refused) as never_picked:
        actions.put_back(brand.ctx, task_id=untouched.id)
    assert never_picked.value.code == "nothing_to_put_back"
    with pytest.raises(Refused) as strange:
        actions.put_back(make_ctx(), task_id=task.id)
    assert strange.value.code == "not_found"
    assert queries.list_to_put_back(make_ctx()) == []
    assert [row.task_id for row in queries.list_to_put_back(brand.ctx)] == [task.id]
