"""Several pickers, reports, holds and cancellations at the same moment."""

from __future__ import annotations

import pytest

from doorstep.base import db
from doorstep.base.refusals import Refused
from doorstep.flows import cancel
from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment import queries as floor
from doorstep.fulfilment import scanning
from doorstep.fulfilment.values import Reported
from doorstep.orders import queries as order_queries
from doorstep.worker.dispatch import drain
from tests.factories import NOW, draft, make_brand, place, receive, together
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
    answers = together(*scans, *reports, *stops, *gone)
    assert [a for a in answers if isinstance(a, Exception) and not isinstance(a, Refused)] == []
    reported = answers[len(scans) : len(scans) + len(reports)]
    assert [a for a in reported if not isinstance(a, Reported)] == []  # a refusal would stop a phone's whole queue
    assert_all_holds()
    drain()
    assert_all_holds()


def test_a_report_for_an_order_that_was_just_cancelled_is_answered_not_refused() -> None:
    brand = make_brand()
    [order_id] = place(brand.ctx, draft([("A", 3)]))
    drain()
    task = task_of(brand)
    cancel.cancel(brand.ctx, order_id=order_id, reason="test")  # the dispatcher has not cleared the floor yet
    assert report(brand, task, 1, "late").problem == "not_on_list"
    assert_all_holds()


def test_listing_the_rest_of_an_order_and_scanning_what_is_listed_never_wait_for_each_other() -> None:
    brand = make_brand(stock_each=60)
    for n in range(4):
        ids = place(brand.ctx, *(draft([("A", 1), ("B", 1)]) for _ in range(3)))
        drain()
        row = the_list(brand)
        tasks = floor.tasks_of(brand.ctx, pick_list_id=row.id)
        db.execute(
            "UPDATE fulfilment_picktask SET removed = TRUE WHERE id = ANY(%s)", [[t.id for t in tasks if t.sku == "B"]]
        )
        scans = [
            lambda t=t: scanning.scan(  # type: ignore[misc]
                brand.ctx, pick_list_id=t.pick_list_id, client_id=f"s{t.id}", code=t.sku, typed=False, at=NOW
            )
            for t in tasks
            if t.sku == "A"
        ]
        lists = [lambda i=i: fulfilment.list_up(brand.ctx, order_ids=[i]) for i in ids]  # type: ignore[misc]
        answers = together(*[call for pair in zip(scans, lists, strict=True) for call in pair])
        assert [a for a in answers if isinstance(a, Exception)] == [], n
        db.execute(
            "UPDATE fulfilment_picklist SET state = 'picked' WHERE state <> 'picked'"
        )  # the next round has its own


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
