"""Several pickers, reports, holds and cancellations at the same moment."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from doorstep.base import db
from doorstep.base.refusals import Refused
from doorstep.flows import cancel, restock
from doorstep.flows.route import route
from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment import lists, scanning
from doorstep.fulfilment import queries as floor
from doorstep.fulfilment.values import PickListRow, Reported, Scanned
from doorstep.orders import queries as order_queries
from doorstep.worker.dispatch import drain
from tests.factories import NOW, Brand, draft, make_brand, picked, place, receive, together
from tests.short_picks import assert_all_holds, level, report, shape, task_of, the_list

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_pickers_who_report_the_same_line_at_once_one_counts() -> None:
    brand = make_brand()
    [order_id] = place(brand.ctx, draft([("A", 3)]))
    drain()
    task = task_of(brand)
    answers = together(*[lambda n=n: report(brand, task, 1, f"p{n}") for n in range(6)])  # type: ignore[misc]
    assert [a for a in answers if isinstance(a, Exception)] == []
    assert sorted(a.problem for a in answers if isinstance(a, Reported)) == ["", *["already_complete"] * 5]
    assert shape(brand, order_id) == [("open", brand.berlin, {"A": 1}), ("open", brand.seoul, {"A": 2})]
    assert_all_holds()


def test_a_storm_of_scans_reports_and_cancellations_leaves_books_that_agree() -> None:
    brand = make_brand(stock_each=30)
    ids = place(brand.ctx, *(draft([("A", 3), ("B", 2)]) for _ in range(6)))
    drain()
    tasks = floor.tasks_of(brand.ctx, pick_list_id=the_list(brand).id)
    scans = [
        lambda n=n, t=t: scanning.scan(  # type: ignore[misc]
            brand.ctx, pick_list_id=t.pick_list_id, client_id=f"s{t.id}-{n}", code=t.sku, typed=False, at=NOW
        )
        for t in tasks[:6]
        for n in range(2)
    ]
    reports = [lambda t=t: report(brand, t, 1, f"r{t.id}") for t in tasks[::2]]  # type: ignore[misc]
    stops = [lambda i=i: cancel.cancel(brand.ctx, order_id=i, reason="test") for i in ids[:2]]  # type: ignore[misc]
    gone = [
        lambda i=i: fulfilment.withdraw(  # type: ignore[misc]
            brand.ctx,
            fulfilment_order_ids=[p.id for p in order_queries.fulfilment_orders_of(brand.ctx, order_ids=[i])],
            only_untouched=True,
        )
        for i in ids[2:3]
    ]
    ups = [lambda: fulfilment.list_up(brand.ctx, order_ids=ids) for _ in range(4)]
    answers = together(*reports, *scans, *stops, *gone, *ups)
    assert [a for a in answers[: len(reports)] if not isinstance(a, Reported)] == []
    assert [a for a in answers if isinstance(a, Exception) and not isinstance(a, Refused)] == []
    assert_all_holds()
    drain()
    assert_all_holds()


def order_on_an_open_list_with_a_part_to_come(brand: Brand) -> tuple[int, PickListRow]:
    """One part of the order stands on a list that nobody began; another one waits for units that have just come in."""
    receive(brand.ctx, brand.variants["A"], brand.berlin, 3)
    [order_id] = place(brand.ctx, draft([("A", 3)]))
    drain()
    task = task_of(brand)
    report(brand, task, 2, "first")
    receive(brand.ctx, brand.variants["A"], brand.berlin, 1)
    drain()
    report(brand, task, 1, "second")
    receive(brand.ctx, brand.variants["A"], brand.berlin, 1)
    [row] = floor.list_pick_lists(brand.ctx, states=["open"])
    return order_id, row


def scan_while(brand: Brand, row: PickListRow, work: Callable[[], object]) -> tuple[Scanned, object]:
    """What a scan gets that holds its pick list already when the other work comes to wait for it, and what that gets."""
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            lists.lock(brand.ctx, pick_list_id=row.id)
            other = pool.submit(in_a_connection_of_its_own, work)
            wait_until_somebody_waits_for_us()
            got = scanning.scan(brand.ctx, pick_list_id=row.id, client_id="s", code="A", typed=False, at=NOW)
        return got, other.result(30)


def in_a_connection_of_its_own(work: Callable[[], object]) -> object:
    try:
        return work()
    finally:
        connection.close()


def wait_until_somebody_waits_for_us() -> None:
    for _time in range(600):
        if db.scalar(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
        ):
            return
        time.sleep(0.05)
    raise AssertionError("nobody came to wait")


def test_an_order_can_be_scanned_while_another_part_of_it_is_put_on_the_same_list() -> None:
    brand = make_brand(stock_each=0)
    order_id, row = order_on_an_open_list_with_a_part_to_come(brand)
    restock.serve_waiting(brand.ctx, variant_ids=[brand.variants["A"]])
    route(brand.ctx, order_ids=[order_id])
    got, listed = scan_while(brand, row, lambda: fulfilment.list_up(brand.ctx, order_ids=[order_id]))
    assert (got.problem, got.picked, listed) == ("", 1, 1)
    assert [t.qty for t in floor.tasks_of_orders(brand.ctx, fulfilment_order_ids=part_ids(brand, order_id))] == [
        1,
        1,
        1,
    ]
    assert_all_holds()


def test_an_order_can_be_scanned_while_a_released_part_of_it_finds_its_way_to_the_list() -> None:
    brand = make_brand(stock_each=0)
    order_id, row = order_on_an_open_list_with_a_part_to_come(brand)
    got, _handled = scan_while(brand, row, drain)
    assert (got.problem, got.picked) == ("", 1)
    assert [t.qty for t in floor.tasks_of_orders(brand.ctx, fulfilment_order_ids=part_ids(brand, order_id))] == [
        1,
        1,
        1,
    ]
    assert_all_holds()


def part_ids(brand: Brand, order_id: int) -> list[int]:
    return [p.id for p in order_queries.fulfilment_orders_of(brand.ctx, order_ids=[order_id])]


def test_the_last_unit_elsewhere_is_promised_to_one_of_two_short_orders() -> None:
    brand = make_brand(stock_each=0)
    receive(brand.ctx, brand.variants["A"], brand.berlin, 2)
    ids = place(brand.ctx, draft([("A", 1)]), draft([("A", 1)]))
    drain()
    receive(brand.ctx, brand.variants["A"], brand.seoul, 1)
    tasks = floor.tasks_of(brand.ctx, pick_list_id=the_list(brand).id)
    answers = together(*[lambda t=t: report(brand, t, 0, f"r{t.id}") for t in tasks])  # type: ignore[misc]
    assert [a.problem for a in answers if isinstance(a, Reported)] == ["", ""]
    assert sorted((state, at) for i in ids for state, at, _ in shape(brand, i))[0][0] == "on_hold"
    assert [level(brand, at).on_hand for at in (brand.berlin, brand.seoul)] == [0, 1]
    assert level(brand, brand.seoul).committed == 1
    assert_all_holds()


def test_a_scan_that_waits_for_a_cancellation_does_not_count() -> None:
    brand = make_brand()
    gone, stays = place(brand.ctx, draft([("A", 1)]), draft([("B", 1)]))
    drain()
    row = the_list(brand)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            cancel.cancel(brand.ctx, order_id=gone, reason="test")
            other = pool.submit(
                in_a_connection_of_its_own,
                lambda: scanning.scan(brand.ctx, pick_list_id=row.id, client_id="s", code="A", typed=False, at=NOW),
            )
            wait_until_somebody_waits_for_us()
        got = other.result(30)
    assert isinstance(got, Scanned)
    assert (got.problem, got.task_id, got.picked) == ("cancelled", None, 0)
    drain()
    assert floor.list_to_put_back(brand.ctx) == []
    assert [t.order_id for t in floor.tasks_of(brand.ctx, pick_list_id=row.id)] == [stays]
    assert_all_holds()


def test_a_scan_after_a_cancellation_counts_for_another_order_that_wants_the_same() -> None:
    brand = make_brand()
    gone, stays = place(brand.ctx, draft([("A", 1)]), draft([("A", 1)]))
    drain()
    row = the_list(brand)
    cancel.cancel(brand.ctx, order_id=gone, reason="test")
    got = [
        scanning.scan(brand.ctx, pick_list_id=row.id, client_id=f"s{n}", code="A", typed=False, at=NOW) for n in range(2)
    ]
    [task] = [t for t in floor.tasks_of(brand.ctx, pick_list_id=row.id) if t.order_id == stays]
    assert [(one.problem, one.task_id) for one in got] == [("", task.id), ("already_complete", task.id)]
    drain()
    assert floor.list_to_put_back(brand.ctx) == []
    assert_all_holds()


def test_a_scan_is_not_taken_back_from_an_order_that_is_packed_at_that_moment() -> None:
    brand = make_brand()
    [part] = picked(brand.ctx, draft([("A", 2)]))
    list_id = floor.tasks_of_orders(brand.ctx, fulfilment_order_ids=[part])[0].pick_list_id
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            fulfilment.pack(brand.ctx, fulfilment_order_id=part)
            undone = pool.submit(in_a_connection_of_its_own, lambda: scanning.undo(brand.ctx, pick_list_id=list_id))
            wait_until_somebody_waits_for_us()
        assert undone.result(30) is None
    lines = order_queries.fulfilment_lines_of(brand.ctx, fulfilment_order_ids=[part])
    assert [(line.qty, line.picked) for line in lines] == [(2, 2)]
    assert_all_holds()
