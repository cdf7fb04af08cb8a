"""A place says no: its units go on from elsewhere or wait, it is not asked again, and the shelf is counted."""

from __future__ import annotations

import pytest

from doorstep.base import outbox
from doorstep.base.refusals import Refused
from doorstep.flows import edit_order, reject, reroute
from doorstep.flows.route import route
from doorstep.fulfilment import queries as floor
from doorstep.orders import actions as orders
from doorstep.orders import queries
from doorstep.orders.actions import PartPlan
from doorstep.routing import exclusions
from doorstep.routing import queries as routing
from doorstep.routing.values import Why
from doorstep.stock import actions as stock
from doorstep.stock import count_queries, counts
from doorstep.stock.counting import Entry
from doorstep.stock.values import Count, Want
from doorstep.tasks import queries as tasks
from doorstep.worker.dispatch import drain
from tests.factories import NOW, Brand, draft, make_brand, place, receive
from tests.short_picks import assert_all_holds, level, parts_of, report, shape, task_of

pytestmark = pytest.mark.django_db


def say_no(brand: Brand, order_id: int, reason: Why, *, place: int = 0, part: int = 0, **more: object) -> int:
    [(row, _), *_] = [one for one in parts_of(brand, order_id) if not part or one[0].id == part]
    return reject.reject(
        brand.ctx, fulfilment_order_id=row.id, location_id=place or row.location_id or 0, reason=reason, **more,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("reason", [Why.TOO_BUSY, Why.CANNOT_SHIP, Why.OTHER])
def test_a_place_that_says_no_is_left_out_and_its_stock_stays(reason: Why) -> None:
    brand = make_brand()
    [order_id] = place(brand.ctx, draft([("A", 2), ("B", 1)]))
    drain()
    say_no(brand, order_id, reason, note="Stocktaking today")
    assert shape(brand, order_id) == [("open", brand.seoul, {"A": 2, "B": 1})]
    here, there = level(brand, brand.berlin), level(brand, brand.seoul)
    assert (here.on_hand, here.committed, here.recount_since, there.committed) == (10, 0, None, 2)
    drain()
    assert [row.location_id for row in floor.list_pick_lists(brand.ctx) if row.units] == [brand.seoul]
    [told] = [e for e in outbox.timeline(brand.ctx, of=[f"order:{order_id}"]) if e.type == "order.rejected"]
    assert (told.data["reason"], told.data["note"], told.data["location_id"]) == (reason, "Stocktaking today", brand.berlin)
    assert tasks.list_open(brand.ctx) == []
    assert_all_holds()


def test_a_later_route_never_goes_back_unless_a_person_says_so() -> None:
    brand = make_brand()
    [order_id] = place(brand.ctx, draft([("A", 1)]))
    drain()
    say_no(brand, order_id, Why.CANNOT_SHIP)
    assert reroute.again(brand.ctx, order_id=order_id) == 0
    assert shape(brand, order_id) == [("open", brand.seoul, {"A": 1})]
    receive(brand.ctx, brand.variants["A"], brand.berlin, 5)
    reroute.again(brand.ctx, order_id=order_id)
    assert shape(brand, order_id) == [("open", brand.seoul, {"A": 1})]

    [(part, [line])] = parts_of(brand, order_id)
    version = queries.get(brand.ctx, id=order_id).version
    edit_order.split(
        brand.ctx, order_id=order_id, version=version, fulfilment_order_id=part.id, units={line.order_line_id: 1},
        location_id=brand.berlin, note="Berlin can after all",
    )  # fmt: skip
    assert shape(brand, order_id) == [("open", brand.berlin, {"A": 1})]
    assert exclusions.of_orders(brand.ctx, order_ids=[order_id]) == []
    reroute.again(brand.ctx, order_id=order_id)
    assert shape(brand, order_id) == [("open", brand.berlin, {"A": 1})]
    assert_all_holds()


def test_what_is_not_there_leaves_the_books_and_the_shelf_is_counted() -> None:
    brand = make_brand()
    [order_id] = place(brand.ctx, draft([("A", 2)]))
    drain()
    say_no(brand, order_id, Why.OUT_OF_STOCK)
    assert shape(brand, order_id) == [("open", brand.seoul, {"A": 2})]
    assert (level(brand, brand.berlin).on_hand, level(brand, brand.berlin).recount_since) == (0, NOW)
    drain()
    [task] = tasks.list_open(brand.ctx)
    assert (task.kind, task.facts["place"]) == ("recount", "Warehouse BER")
    sheet = count_queries.get_sheet(brand.ctx, sheet_id=task.facts["sheet_id"])
    assert (sheet.location_id, sheet.chosen, sheet.lines) == (brand.berlin, "recount", 1)
    counts.enter(brand.ctx, sheet_id=sheet.id, entries=[Entry("c1", brand.variants["A"], 4, NOW)])
    [line] = count_queries.lines_of(brand.ctx, sheet_id=sheet.id)
    counts.approve(brand.ctx, sheet_id=sheet.id, line_ids=[line.id])
    drain()
    assert tasks.list_open(brand.ctx) == []
    assert exclusions.of_orders(brand.ctx, order_ids=[order_id]) == []
    assert_all_holds()


def test_what_is_damaged_is_damaged_stock_there() -> None:
    brand = make_brand()
    [order_id] = place(brand.ctx, draft([("A", 2)]))
    drain()
    say_no(brand, order_id, Why.DAMAGED)
    here = level(brand, brand.berlin)
    assert (here.on_hand, here.damaged, here.committed, here.free) == (10, 2, 0, 8)
    assert here.recount_since == NOW
    assert shape(brand, order_id) == [("open", brand.seoul, {"A": 2})]
    reroute.again(brand.ctx, order_id=order_id)
    assert shape(brand, order_id) == [("open", brand.seoul, {"A": 2})]
    assert_all_holds()


def test_what_no_other_place_has_waits_and_the_rest_goes_on() -> None:
    brand = make_brand(stock_each=0)
    for sku in ("A", "B"):
        receive(brand.ctx, brand.variants[sku], brand.berlin, 3)
    receive(brand.ctx, brand.variants["B"], brand.seoul, 3)
    [order_id] = place(brand.ctx, draft([("A", 1), ("B", 2)]))
    drain()
    say_no(brand, order_id, Why.TOO_BUSY)
    assert shape(brand, order_id) == [("open", brand.seoul, {"B": 2}), ("on_hold", None, {"A": 1})]
    drain()
    assert shape(brand, order_id) == [("open", brand.seoul, {"B": 2}), ("on_hold", None, {"A": 1})]
    [lack] = routing.lacking(brand.ctx, order_ids=[order_id])
    assert (lack.available, [(at.location_id, at.qty, at.why) for at in lack.elsewhere]) == (0, [(brand.berlin, 3, "excluded")])
    assert_all_holds()

    receive(brand.ctx, brand.variants["A"], brand.seoul, 1)
    drain()
    assert shape(brand, order_id)[1] == ("open", brand.seoul, {"A": 1})
    assert_all_holds()


def test_units_of_a_line_are_rejected_and_the_others_stay() -> None:
    brand = make_brand()
    [order_id] = place(brand.ctx, draft([("A", 3), ("B", 1)]))
    drain()
    [(part, lines)] = parts_of(brand, order_id)
    of = {line.sku: line.order_line_id for line in lines}
    say_no(brand, order_id, Why.DAMAGED, units={of["A"]: 1})
    assert shape(brand, order_id) == [
        ("open", brand.berlin, {"A": 2, "B": 1}), ("open", brand.seoul, {"A": 1}),
    ]  # fmt: skip
    drain()
    tasks_there = floor.tasks_of_orders(brand.ctx, fulfilment_order_ids=[part.id])
    assert sorted((t.sku, t.qty) for t in tasks_there) == [("A", 2), ("B", 1)]
    assert_all_holds()


def test_a_short_pick_is_remembered_and_asks_for_a_recount_until_somebody_counts() -> None:
    brand = make_brand(stock_each=5)
    [order_id] = place(brand.ctx, draft([("A", 2)]))
    drain()
    report(brand, task_of(brand), found=0)
    drain()
    [task] = tasks.list_open(brand.ctx)
    assert task.kind == "recount"
    [row] = exclusions.of_orders(brand.ctx, order_ids=[order_id])
    assert (row.location_id, row.reason) == (brand.berlin, "short_pick")

    stock.count(brand.ctx, counts=[Count(brand.variants["A"], brand.berlin, 3)], reference="recount")
    assert exclusions.of_orders(brand.ctx, order_ids=[order_id]) == []
    reroute.again(brand.ctx, order_id=order_id)
    assert shape(brand, order_id) == [("open", brand.berlin, {"A": 2})]
    assert_all_holds()


def test_a_second_short_shelf_joins_the_sheet_that_is_open() -> None:
    brand = make_brand()
    ids = place(brand.ctx, draft([("A", 1)]), draft([("B", 1)]))
    drain()
    for order_id in ids:
        say_no(brand, order_id, Why.OUT_OF_STOCK)
        drain()
    [task] = tasks.list_open(brand.ctx)
    assert count_queries.get_sheet(brand.ctx, sheet_id=task.facts["sheet_id"]).lines == 2


def test_only_what_the_place_still_has_to_send_can_be_rejected() -> None:
    brand = make_brand()
    [order_id] = place(brand.ctx, draft([("A", 1)]))
    drain()
    [(part, [line])] = parts_of(brand, order_id)
    for wrong, code in (
        ({"place": brand.seoul}, "changed_meanwhile"), ({"units": {line.order_line_id: 2}}, "no_such_units"),
        ({"units": {}}, "no_such_units"), ({"reason": Why.SHORT_PICK}, "invalid"),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            say_no(brand, order_id, **({"reason": Why.OTHER} | wrong))  # type: ignore[arg-type]
        assert refused.value.code == code
    orders.send_back(brand.ctx, fulfilment_order_id=part.id, parts=[PartPlan(line.order_line_id, line.variant_id, 1)])
    with pytest.raises(Refused) as refused:
        say_no(brand, order_id, Why.OTHER, place=brand.berlin)
    assert refused.value.code == "not_routed"
    stock.unpin(brand.ctx, wants=[Want(line.order_line_id, line.variant_id, 1)], location_id=brand.berlin)
    route(brand.ctx, order_ids=[order_id])
    assert exclusions.of_orders(brand.ctx, order_ids=[order_id]) == []
    assert shape(brand, order_id) == [("open", brand.berlin, {"A": 1})]
