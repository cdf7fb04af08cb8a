"""What tests of short picks say and look at."""

from __future__ import annotations

from doorstep.flows import ship, short_pick
from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment import queries as floor
from doorstep.fulfilment import scanning
from doorstep.fulfilment.values import PickListRow, PickTaskRow, Reported, Scanned
from doorstep.orders import queries as order_queries
from doorstep.orders.values import FOLineRow, FORow
from doorstep.stock import queries as stock
from doorstep.stock.values import LevelRow
from tests.audit import assert_all_holds as assert_all_holds  # stories take it from here
from tests.factories import NOW, Brand
from tests.floor import buy_label


def the_list(brand: Brand, location_id: int | None = None) -> PickListRow:
    [row] = floor.list_pick_lists(brand.ctx, location_id=location_id or brand.berlin)
    return row


def task_of(brand: Brand, sku: str = "A", location_id: int | None = None) -> PickTaskRow:
    row = the_list(brand, location_id)
    return next(t for t in floor.tasks_of(brand.ctx, pick_list_id=row.id) if t.sku == sku)


def scan(brand: Brand, task: PickTaskRow, client_id: str) -> Scanned:
    got = scanning.scan(
        brand.ctx, pick_list_id=task.pick_list_id, client_id=client_id, code=task.sku, typed=False, at=NOW
    )
    assert got.problem == ""
    return got


def report(brand: Brand, task: PickTaskRow, found: int, client_id: str = "short-1") -> Reported:
    return short_pick.report(
        brand.ctx, pick_list_id=task.pick_list_id, task_id=task.id, client_id=client_id, found=found, at=NOW
    )


def level(brand: Brand, location_id: int, sku: str = "A") -> LevelRow:
    rows = stock.levels_of(brand.ctx, variant_ids=[brand.variants[sku]])
    return next(row for row in rows if row.location_id == location_id)


def parts_of(brand: Brand, order_id: int) -> list[tuple[FORow, list[FOLineRow]]]:
    parts = order_queries.fulfilment_orders_of(brand.ctx, order_ids=[order_id])
    lines = order_queries.fulfilment_lines_of(brand.ctx, fulfilment_order_ids=[p.id for p in parts])
    return [(p, [line for line in lines if line.fulfilment_order_id == p.id]) for p in parts]


def shape(brand: Brand, order_id: int) -> list[tuple[str, int | None, dict[str, int]]]:
    """State, place and units of each part of an order."""
    return [(p.state, p.location_id, {line.sku: line.qty for line in lines}) for p, lines in parts_of(brand, order_id)]


def send(brand: Brand, part_id: int, number: str) -> int:
    """Scans what is left of a part, packs it and gives it to the carrier."""
    for task in floor.tasks_of_orders(brand.ctx, fulfilment_order_ids=[part_id]):
        for n in range(task.qty - task.picked):
            scan(brand, task, f"send-{task.id}-{n}")
    parcel_id = fulfilment.pack(brand.ctx, fulfilment_order_id=part_id)
    assert parcel_id is not None
    buy_label(brand, parcel_id, number)
    assert ship.hand_over(brand.ctx, parcel_ids=[parcel_id]) == [parcel_id]
    return parcel_id
