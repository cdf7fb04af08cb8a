"""A picker finds too few: the books follow the shelf, the missing units go on, and nothing is promised that is not there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from doorstep.base import db, outbox
from doorstep.base.refusals import Refused
from doorstep.flows import cancel, ship, short_pick
from doorstep.flows.route import route
from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment import queries as floor
from doorstep.fulfilment import scanning
from doorstep.fulfilment.values import Reported
from doorstep.orders import actions as orders
from doorstep.orders import queries as order_queries
from doorstep.orders.actions import HoldWish, PartPlan
from doorstep.orders.values import HoldReason
from doorstep.stock import actions as stock_actions
from doorstep.stock import queries as stock
from doorstep.stock.values import Count, Group, Want
from doorstep.worker.dispatch import drain
from tests.factories import NOW, draft, make_brand, make_ctx, place, receive
from tests.short_picks import assert_all_holds, level, parts_of, report, scan, send, shape, task_of, the_list

pytestmark = pytest.mark.django_db


def test_what_is_missing_goes_on_from_the_other_place_and_what_was_found_ships() -> None:
    brand = make_brand(stock_each=10)
    [order_id] = place(brand.ctx, draft([("A", 3), ("B", 1)]))
    drain()
    task = task_of(brand)
    scan(brand, task, "1")
    assert report(brand, task, found=1) == Reported("", task.id, 1, 1, 2, False)
    assert_all_holds()

    assert shape(brand, order_id) == [
        ("in_progress", brand.berlin, {"A": 1, "B": 1}),
        ("open", brand.seoul, {"A": 2}),
    ]
    here, there = level(brand, brand.berlin), level(brand, brand.seoul)
    assert (here.on_hand, here.committed, here.free) == (1, 1, 0)
    assert (there.on_hand, there.committed) == (10, 2)
    drain()
    assert [(t.sku, t.qty) for t in floor.tasks_of(brand.ctx, pick_list_id=the_list(brand, brand.seoul).id)] == [
        ("A", 2)
    ]

    [(kept, _), (moved, _)] = parts_of(brand, order_id)
    send(brand, kept.id, "DS1")
    assert order_queries.orders_by_id(brand.ctx, ids=[order_id])[order_id].fulfilment_state == "partially_fulfilled"
    send(brand, moved.id, "DS2")
    assert order_queries.orders_by_id(brand.ctx, ids=[order_id])[order_id].fulfilment_state == "fulfilled"
    assert (level(brand, brand.berlin).on_hand, level(brand, brand.seoul).on_hand) == (0, 8)
    assert_all_holds()


def test_a_part_of_which_nothing_was_found_moves_whole_and_stays_one() -> None:
    brand = make_brand(stock_each=5)
    [order_id] = place(brand.ctx, draft([("A", 2)]))
    drain()
    [(before, _)] = parts_of(brand, order_id)
    answer = report(brand, task_of(brand), found=0)
    assert (answer.missing, answer.list_done) == (2, True)
    assert shape(brand, order_id) == [("open", brand.seoul, {"A": 2})]
    [(after, _)] = parts_of(brand, order_id)
    assert after.id == before.id
    drain()
    assert floor.list_pick_lists(brand.ctx, location_id=brand.berlin) == []
    send(brand, after.id, "DS1")
    assert_all_holds()


def test_the_timeline_says_what_was_found_and_where_the_rest_went() -> None:
    brand = make_brand()
    [order_id] = place(brand.ctx, draft([("A", 3)]))
    drain()
    task = task_of(brand)
    report(brand, task, found=2)
    told = sorted(outbox.timeline(brand.ctx, of=[f"order:{order_id}"]), key=lambda event: -event.id)
    [short] = [e for e in told if e.type == "fulfilment.short"]
    assert short.data == {"sku": "A", "found": 2, "wanted": 3, "bin": "", "pick_list_id": task.pick_list_id}
    assert told[0].type == "order.routed"
    assert told[0].data["location_id"] == brand.seoul


def test_the_ledger_names_the_pick_list_and_the_place_asks_for_a_recount_until_somebody_counts() -> None:
    brand = make_brand(stock_each=10)
    place(brand.ctx, draft([("A", 3)]))
    drain()
    task = task_of(brand)
    report(brand, task, found=1)
    variant = brand.variants["A"]
    [booked] = [m for m in stock.movements_of(brand.ctx, variant_id=variant) if m.kind == "count"]
    assert (booked.on_hand, booked.reason, booked.reference) == (-9, "short_pick", f"pick_list:{task.pick_list_id}")
    assert level(brand, brand.berlin).recount_since == NOW
    assert [row.variant_id for row in stock.list_pool(brand.ctx, only="recount")] == [variant]
    stock_actions.count(brand.ctx, counts=[Count(variant, brand.berlin, 1)], reference="recount")
    assert level(brand, brand.berlin).recount_since is None
    assert stock.list_pool(brand.ctx, only="recount") == []
    assert_all_holds()


def test_where_nowhere_has_it_the_rest_is_held_and_a_receipt_releases_it() -> None:
    brand = make_brand(stock_each=0)
    receive(brand.ctx, brand.variants["A"], brand.berlin, 3)
    [order_id] = place(brand.ctx, draft([("A", 3)]))
    drain()
    task = task_of(brand)
    scan(brand, task, "1")
    report(brand, task, found=2)
    assert shape(brand, order_id) == [("in_progress", brand.berlin, {"A": 2}), ("on_hold", None, {"A": 1})]
    [(kept, _), (held, _)] = parts_of(brand, order_id)
    [hold] = order_queries.holds_of(brand.ctx, fulfilment_order_ids=[held.id])
    assert (hold.reason, hold.detail["short_pick"]) == ("inventory_out_of_stock", task.pick_list_id)
    assert_all_holds()
    scan(brand, task, "2")
    assert fulfilment.pack(brand.ctx, fulfilment_order_id=kept.id) is not None
    drain()
    assert_all_holds()

    receive(brand.ctx, brand.variants["A"], brand.berlin, 4)
    drain()
    assert shape(brand, order_id)[1] == ("open", brand.berlin, {"A": 1})
    assert_all_holds()
    send(brand, held.id, "DS2")
    assert (level(brand, brand.berlin).on_hand, level(brand, brand.berlin).committed) == (5, 2)
    assert_all_holds()


def test_two_parts_of_one_line_in_one_place_leave_one_at_a_time() -> None:
    """The promise is kept per order line and place, so the first parcel must not take the second one's units with it."""
    brand = make_brand(stock_each=0)
    receive(brand.ctx, brand.variants["A"], brand.berlin, 3)
    [order_id] = place(brand.ctx, draft([("A", 3)]))
    drain()
    report(brand, task_of(brand), found=2)
    receive(brand.ctx, brand.variants["A"], brand.berlin, 1)
    drain()
    assert shape(brand, order_id) == [("open", brand.berlin, {"A": 2}), ("open", brand.berlin, {"A": 1})]
    [(first, _), (second, _)] = parts_of(brand, order_id)
    parcel_id = send(brand, first.id, "DS1")
    assert ship.hand_over(brand.ctx, parcel_ids=[parcel_id]) == []
    assert (level(brand, brand.berlin).on_hand, level(brand, brand.berlin).committed) == (1, 1)
    assert_all_holds()
    send(brand, second.id, "DS2")
    assert (level(brand, brand.berlin).on_hand, level(brand, brand.berlin).committed) == (0, 0)
    assert_all_holds()


def test_two_held_parts_of_one_line_are_served_by_one_receipt() -> None:
    brand = make_brand(stock_each=0)
    receive(brand.ctx, brand.variants["A"], brand.berlin, 5)
    [order_id] = place(brand.ctx, draft([("A", 5)]))
    drain()
    report(brand, task_of(brand), found=4, client_id="s1")
    report(brand, task_of(brand), found=2, client_id="s2")
    assert [(state, units["A"]) for state, _, units in shape(brand, order_id)] == [
        ("open", 2), ("on_hold", 1), ("on_hold", 2),
    ]  # fmt: skip
    assert_all_holds()
    receive(brand.ctx, brand.variants["A"], brand.seoul, 3)
    drain()
    assert [(state, at) for state, at, _ in shape(brand, order_id)] == [
        ("open", brand.berlin), ("open", brand.seoul), ("open", brand.seoul),
    ]  # fmt: skip
    assert_all_holds()


def test_a_bare_shelf_keeps_the_promises_of_others_and_makes_no_new_one() -> None:
    brand = make_brand(stock_each=10)
    mine, others = place(brand.ctx, draft([("A", 4)]), draft([("A", 3)]))
    drain()
    [task, other] = floor.tasks_of(brand.ctx, pick_list_id=the_list(brand).id)
    assert (task.order_id, other.order_id) == (mine, others)
    for n in range(2):
        scan(brand, task, f"m{n}")
    report(brand, task, found=2)
    here = level(brand, brand.berlin)
    assert (here.on_hand, here.committed, here.free) == (5, 5, 0)
    assert_all_holds()
    [later] = place(brand.ctx, draft([("A", 1)]))
    drain()
    assert [at for _, at, _ in shape(brand, later)] == [brand.seoul]

    report(brand, other, found=0, client_id="short-2")
    assert shape(brand, others) == [("open", brand.seoul, {"A": 3})]
    here = level(brand, brand.berlin)
    assert (here.on_hand, here.committed) == (2, 2)
    assert_all_holds()


def test_units_promised_but_not_yet_routed_are_not_lost_with_the_shelf() -> None:
    """The pool may have promised what the shelf seems to have spare: it must not fall below its promises."""
    brand = make_brand(stock_each=0)
    receive(brand.ctx, brand.variants["A"], brand.berlin, 10)
    place(brand.ctx, draft([("A", 2)]))
    drain()
    task = task_of(brand)
    [later] = place(brand.ctx, draft([("A", 6)]))
    report(brand, task, found=0)
    pool = stock.pool_of(brand.ctx, variant_ids=[brand.variants["A"]])[brand.variants["A"]]
    assert (pool.on_hand, pool.committed, pool.available) == (6, 6, 0)
    assert_all_holds()
    drain()
    assert [(state, at) for state, at, _ in shape(brand, later)] == [("open", brand.berlin)]
    assert_all_holds()


def test_a_report_sent_twice_counts_once() -> None:
    brand = make_brand()
    [order_id] = place(brand.ctx, draft([("A", 3)]))
    drain()
    task = task_of(brand)
    first = report(brand, task, found=1)
    rows = [shape(brand, order_id), level(brand, brand.berlin), level(brand, brand.seoul)]
    assert [report(brand, task, found=1), report(brand, task, found=0)] == [first, first]
    assert [shape(brand, order_id), level(brand, brand.berlin), level(brand, brand.seoul)] == rows
    assert db.scalar("SELECT count(*) FROM fulfilment_short") == 1
    assert_all_holds()


def test_a_report_after_an_undo_counts_what_is_picked_now() -> None:
    brand = make_brand()
    [order_id] = place(brand.ctx, draft([("A", 3)]))
    drain()
    task = task_of(brand)
    scan(brand, task, "1")
    scan(brand, task, "2")
    scanning.undo(brand.ctx, pick_list_id=task.pick_list_id, client_id="2")
    assert report(brand, task, found=1).missing == 2
    assert shape(brand, order_id) == [("in_progress", brand.berlin, {"A": 1}), ("open", brand.seoul, {"A": 2})]
    scanning.undo(brand.ctx, pick_list_id=task.pick_list_id, client_id="1")
    assert [(t.picked, t.qty) for t in floor.tasks_of(brand.ctx, pick_list_id=task.pick_list_id)] == [(0, 1)]
    assert_all_holds()


def test_what_was_scanned_was_found_whatever_a_report_says() -> None:
    brand = make_brand()
    [order_id] = place(brand.ctx, draft([("A", 2)]))
    drain()
    task = task_of(brand)
    scan(brand, task, "1")
    scan(brand, task, "2")
    assert report(brand, task, found=0).problem == "already_complete"
    assert shape(brand, order_id) == [("in_progress", brand.berlin, {"A": 2})]
    assert level(brand, brand.berlin).on_hand == 10
    assert level(brand, brand.berlin).recount_since is None
    assert_all_holds()


def test_a_held_order_and_a_task_of_another_list_are_left_alone() -> None:
    brand = make_brand()
    [order_id] = place(brand.ctx, draft([("A", 2)]))
    drain()
    task = task_of(brand)
    [(part, _)] = parts_of(brand, order_id)
    orders.hold(brand.ctx, wishes=[HoldWish(part.id, HoldReason.OPERATOR)])
    assert report(brand, task, found=0).problem == "on_hold"
    answer = short_pick.report(
        brand.ctx, pick_list_id=task.pick_list_id, task_id=task.id + 1, client_id="other", found=0, at=NOW
    )
    assert (answer.problem, answer.task_id) == ("not_on_list", None)
    assert shape(brand, order_id) == [("on_hold", brand.berlin, {"A": 2})]
    assert level(brand, brand.berlin).on_hand == 10
    assert_all_holds()


def test_a_report_for_an_order_that_was_cancelled_a_moment_ago_moves_nothing() -> None:
    """Its tasks leave the list with the next events, so a picker can be that much behind."""
    brand = make_brand()
    [order_id] = place(brand.ctx, draft([("A", 2)]))
    drain()
    task = task_of(brand)
    cancel.cancel(brand.ctx, order_id=order_id, reason="test")
    for _time in range(2):
        assert report(brand, task, found=0) == Reported("cancelled", None, 0, 0, 0, False)
    here = level(brand, brand.berlin)
    assert (here.on_hand, here.committed, here.recount_since) == (10, 0, None)
    assert_all_holds()
    drain()
    assert floor.list_pick_lists(brand.ctx) == []
    assert_all_holds()


def test_a_stranger_reports_nothing() -> None:
    brand = make_brand()
    place(brand.ctx, draft([("A", 2)]))
    drain()
    task = task_of(brand)
    with pytest.raises(Refused, match="not_found"):
        short_pick.report(
            make_ctx(),
            pick_list_id=task.pick_list_id,
            task_id=task.id,
            client_id="x",
            found=0,
            at=NOW + timedelta(days=1),
        )
    assert level(brand, brand.berlin).on_hand == 10


def test_a_short_order_can_be_cancelled_and_gives_everything_back() -> None:
    brand = make_brand(stock_each=5)
    [order_id] = place(brand.ctx, draft([("A", 4)]))
    drain()
    report(brand, task_of(brand), found=1)
    cancel.cancel(brand.ctx, order_id=order_id, reason="test")
    drain()
    assert (level(brand, brand.berlin).committed, level(brand, brand.seoul).committed) == (0, 0)
    assert floor.list_pick_lists(brand.ctx) == []
    assert_all_holds()


def test_a_line_that_was_on_a_list_before_may_be_split_over_places_later() -> None:
    """A pick task of the past refers to the line, so the line must survive."""
    brand = make_brand(stock_each=0)
    receive(brand.ctx, brand.variants["A"], brand.berlin, 1)
    receive(brand.ctx, brand.variants["B"], brand.berlin, 1)
    [order_id] = place(brand.ctx, draft([("A", 1), ("B", 1)]))
    drain()
    report(brand, task_of(brand, "A"), found=0, client_id="a")
    report(brand, task_of(brand, "B"), found=0, client_id="b")
    assert [(state, at) for state, at, _ in shape(brand, order_id)] == [("on_hold", None), ("on_hold", None)]
    receive(brand.ctx, brand.variants["A"], brand.seoul, 1)
    receive(brand.ctx, brand.variants["B"], brand.berlin, 1)
    drain()
    assert {(at, *units) for _, at, units in shape(brand, order_id)} == {(brand.seoul, "A"), (brand.berlin, "B")}
    assert_all_holds()


def test_routing_again_a_part_that_was_on_a_list_may_split_it() -> None:
    brand = make_brand(stock_each=0)
    for sku in "AB":
        receive(brand.ctx, brand.variants[sku], brand.berlin, 1)
    [order_id] = place(brand.ctx, draft([("A", 1), ("B", 1)]))
    drain()
    [(part, lines)] = parts_of(brand, order_id)
    fulfilment.withdraw(brand.ctx, fulfilment_order_ids=[part.id], only_untouched=False)
    back = orders.send_back(
        brand.ctx,
        fulfilment_order_id=part.id,
        parts=[PartPlan(line.order_line_id, line.variant_id, line.qty) for line in lines],
    )
    assert back == part.id
    stock_actions.release(brand.ctx, references=[line.order_line_id for line in lines], reason="test")
    receive(brand.ctx, brand.variants["A"], brand.seoul, 1)
    stock_actions.count(brand.ctx, counts=[Count(brand.variants["A"], brand.berlin, 0)], reference="test")
    wants = tuple(Want(line.order_line_id, line.variant_id, line.qty) for line in lines)
    assert stock_actions.take(brand.ctx, groups=[Group(wants)]) == [()]
    assert route(brand.ctx, order_ids=[order_id]) == 1
    assert {(at, *units) for _, at, units in shape(brand, order_id)} == {(brand.seoul, "A"), (brand.berlin, "B")}
    assert_all_holds()
