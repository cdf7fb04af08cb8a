"""The capacity of a place is that of its own working day: after the cut-off the next one fills, and a full one takes no more."""

from __future__ import annotations

import threading
import time as clock
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.flows import cancel, day_capacity, edit_order, rebatch, reject, reroute, restock, route, route_again
from doorstep.flows.edit_order import Added, Edit
from doorstep.locations import dispatching, working
from doorstep.locations.values import LocationRow
from doorstep.locations.working import EVERY_DAY, Dispatch
from doorstep.orders import actions as orders
from doorstep.orders import queries
from doorstep.routing import actions as routing
from doorstep.routing import day_loads, exclusions
from doorstep.routing.day_loads import Day
from doorstep.routing.ruling import parsing
from doorstep.routing.ruling.kinds import Kind, Rule, RuleSet, Strength
from doorstep.routing.values import Excluded, Why
from doorstep.stock import locks
from doorstep.worker.dispatch import drain
from tests.factories import NOW, Brand, draft, make_brand, place, receive, together
from tests.short_picks import assert_all_holds

MONDAY = NOW.date()  # 09:00 UTC, by which these places go
TUESDAY = MONDAY + timedelta(days=1)
FULL = (Rule("full", Kind.CAPACITY, Strength.HARD),)


def busy_berlin(capacity: int, *, cut_off: time | None = time(13), stock_each: int = 10, rules: tuple[Rule, ...] = FULL) -> Brand:
    brand = make_brand(stock_each=stock_each)
    how = Dispatch(capacity_per_day=capacity, weekdays=EVERY_DAY, cut_off=cut_off)
    dispatching.set_dispatch(brand.ctx, location_id=brand.berlin, dispatch=how)
    edition = routing.save_draft(brand.ctx, rules=parsing.as_json(RuleSet(rules)), edition=0)
    routing.publish(brand.ctx, edition=edition)
    return brand


def at(brand: Brand, hour: int, minute: int = 0, *, day: date = MONDAY) -> Ctx:
    return replace(brand.ctx, now=datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC))


def routed(ctx: Ctx, *ids: int) -> list[int | None]:
    route.route(ctx, order_ids=ids)
    return [part.location_id for part in queries.fulfilment_orders_of(ctx, order_ids=ids)]


def one(brand: Brand, ctx: Ctx) -> int | None:
    [order_id] = place(ctx, draft([("A", 1)]))
    [found] = routed(ctx, order_id)
    return found


def load(brand: Brand, on: date, today: date = MONDAY) -> int:
    return day_loads.used(brand.ctx, days={brand.berlin: Day(on, today)}).get(brand.berlin, 0)


@pytest.mark.django_db
def test_what_comes_after_the_cut_off_counts_for_the_next_working_day() -> None:
    brand = busy_berlin(2)
    assert [one(brand, at(brand, 12)) for _ in range(3)] == [brand.berlin, brand.berlin, brand.seoul]
    assert [one(brand, at(brand, 13, 1)) for _ in range(3)] == [brand.berlin, brand.berlin, brand.seoul]
    assert (load(brand, MONDAY), load(brand, TUESDAY)) == (2, 2)
    assert one(brand, at(brand, 9, day=TUESDAY)) == brand.seoul  # what came last night has filled it, and Monday's is not sent


def test_each_place_has_the_day_of_its_own_clock_and_calendar() -> None:
    how = Dispatch(capacity_per_day=5, weekdays=EVERY_DAY, cut_off=time(14))
    places = [LocationRow(n, "", "", "", "", [], "", "", "", "", "", None, None, zone, [], True, True) for n, zone in enumerate(
        ("UTC", "Asia/Seoul", "America/Los_Angeles", "UTC", "UTC"))]  # fmt: skip
    sending = {0: how, 1: how, 2: how, 3: replace(how, capacity_per_day=0), 4: replace(how, holidays=(MONDAY,))}
    at = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)  # 16:00 in Seoul, where it has closed; 23:00 on Sunday in Los Angeles
    leaving = {at_.id: working.leaves(sending[at_.id], zone=ZoneInfo(at_.timezone), at=at) for at_ in places}
    sunday = MONDAY - timedelta(days=1)
    assert day_capacity.days_of(places, dispatches=sending, leaving=leaving, at=at) == {
        0: Day(MONDAY, MONDAY), 1: Day(TUESDAY, MONDAY), 2: Day(MONDAY, sunday), 4: Day(TUESDAY, MONDAY),
    }  # fmt: skip


@pytest.mark.django_db
def test_what_is_sent_has_used_its_day_up_and_what_is_not_weighs_on_the_next() -> None:
    brand = busy_berlin(2, cut_off=None)
    first, second = place(brand.ctx, draft([("A", 1)]), draft([("A", 1)]))
    assert routed(brand.ctx, first, second) == [brand.berlin, brand.berlin]
    [done, left] = queries.fulfilment_orders_of(brand.ctx, order_ids=[first, second])
    orders.start(brand.ctx, fulfilment_order_ids=[done.id])
    orders.close(brand.ctx, fulfilment_order_ids=[done.id])
    assert one(brand, at(brand, 20)) == brand.seoul  # Monday had its two, though one has left
    assert [one(brand, at(brand, 9, day=TUESDAY)) for _ in range(2)] == [brand.berlin, brand.seoul]  # one of Monday is still there
    cancel.cancel(brand.ctx, order_id=second, reason="customer")
    assert one(brand, at(brand, 9, day=TUESDAY)) == brand.berlin
    assert left.location_id == brand.berlin


@pytest.mark.django_db
def test_who_waits_because_every_day_is_full_goes_on_when_the_next_one_begins() -> None:
    brand = busy_berlin(1)
    here = Rule("here", Kind.ONLY_LOCATIONS, Strength.HARD, locations=(brand.berlin,))
    edition = routing.save_draft(brand.ctx, rules=parsing.as_json(RuleSet((here, *FULL))), edition=0)
    routing.publish(brand.ctx, edition=edition)
    early = at(brand, 12)
    assert one(brand, early) == brand.berlin
    [order_id] = place(early, draft([("A", 1)]))
    assert routed(early, order_id) == [None]
    [part] = queries.fulfilment_orders_of(brand.ctx, order_ids=[order_id])
    [hold] = queries.holds_of(brand.ctx, fulfilment_order_ids=[part.id])
    assert datetime.fromisoformat(hold.detail["full_until"]) == datetime(2026, 11, 23, 13, 0, 1, tzinfo=UTC)
    assert route_again.when_a_day_begins(at(brand, 13)) == 0
    later = at(brand, 13, 1)
    assert route_again.when_a_day_begins(later) == 1
    assert route_again.when_a_day_begins(later) == 0
    assert restock.serve_waiting(later, variant_ids=[brand.variants["A"]]) == 1
    assert routed(later, order_id) == [brand.berlin]
    assert (load(brand, MONDAY), load(brand, TUESDAY)) == (1, 1)
    assert_all_holds()


@pytest.mark.django_db
def test_a_person_may_fill_a_day_over_its_brim_and_that_is_counted() -> None:
    brand = busy_berlin(1)
    assert one(brand, brand.ctx) == brand.berlin
    [order_id] = place(brand.ctx, draft([("A", 1)]))
    assert routed(brand.ctx, order_id) == [brand.seoul]
    [part] = queries.fulfilment_orders_of(brand.ctx, order_ids=[order_id])
    [line] = queries.fulfilment_lines_of(brand.ctx, fulfilment_order_ids=[part.id])
    edit_order.split(
        brand.ctx, order_id=order_id, version=1, fulfilment_order_id=part.id, location_id=brand.berlin,
        units={line.order_line_id: 1},
    )  # fmt: skip
    assert load(brand, MONDAY) == 2


@pytest.mark.django_db
def test_orders_that_are_planned_together_again_do_not_fill_a_day_over_its_brim() -> None:
    brand = busy_berlin(2, stock_each=0)
    receive(brand.ctx, brand.variants["A"], brand.seoul, 4)
    ids = place(brand.ctx, *[draft([("A", 1)]) for _ in range(4)])
    drain()
    receive(brand.ctx, brand.variants["A"], brand.berlin, 4)
    drain()
    assert rebatch.reoptimise(brand.ctx) == 2
    places = [part.location_id for part in queries.fulfilment_orders_of(brand.ctx, order_ids=ids)]
    assert (places.count(brand.berlin), places.count(brand.seoul)) == (2, 2)
    assert rebatch.reoptimise(brand.ctx) == 0
    assert_all_holds()


@pytest.mark.django_db(transaction=True)
@pytest.mark.xdist_group("races")
def test_two_who_route_at_the_same_moment_do_not_fill_a_day_over_its_brim() -> None:
    db.execute("DELETE FROM procrastinate_jobs")  # what earlier tests left to a worker that never came
    brand = busy_berlin(3)
    # of different products, so that nothing but the day's lock stands between them
    ids = [place(brand.ctx, *[draft([(sku, 1)]) for _ in range(3)]) for sku in ("A", "B")]
    told = together(*[lambda some=some: route.route(brand.ctx, order_ids=some) for some in ids])
    assert told == [3, 3]
    places = [part.location_id for part in queries.fulfilment_orders_of(brand.ctx, order_ids=[*ids[0], *ids[1]])]
    assert (places.count(brand.berlin), places.count(brand.seoul)) == (3, 3)
    assert load(brand, MONDAY) == 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.xdist_group("races")
def test_who_routes_and_then_locks_more_stock_meets_nobody_in_a_deadlock() -> None:
    db.execute("DELETE FROM procrastinate_jobs")  # what earlier tests left to a worker that never came
    brand = busy_berlin(9)
    [first], [second] = place(brand.ctx, draft([("A", 1)])), place(brand.ctx, draft([("B", 1)]))
    has_routed = threading.Event()
    waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"

    @transaction.atomic
    def routes_and_takes_more() -> int:
        routed_now = route.route(brand.ctx, order_ids=[first])
        has_routed.set()
        until = clock.monotonic() + 60
        while not db.scalar(waits):
            assert clock.monotonic() < until, "nobody else came"
            clock.sleep(0.01)
            db.execute("SELECT pg_stat_clear_snapshot()")  # inside a transaction its first look would stay
        locks.pool_rows(brand.ctx, [brand.variants["B"]])
        return routed_now

    def routes() -> int:
        assert has_routed.wait(60)
        return route.route(brand.ctx, order_ids=[second])

    assert together(routes_and_takes_more, routes) == [1, 1]


def _changed(brand: Brand, order_id: int, _: int) -> None:
    edit_order.apply(brand.ctx, order_id=order_id, version=1, edit=Edit(added=(Added("B", 1, 500),)))


def _again(brand: Brand, order_id: int, _: int) -> None:
    reroute.again(brand.ctx, order_id=order_id)


def _rejected(brand: Brand, _: int, part_id: int) -> None:
    reject.reject(brand.ctx, fulfilment_order_id=part_id, location_id=brand.berlin, reason=Why.TOO_BUSY)


@pytest.mark.django_db
@pytest.mark.parametrize("does", [_changed, _again, _rejected])
def test_whoever_routes_locks_days_before_anything_else(does: Callable[[Brand, int, int], None]) -> None:
    brand = busy_berlin(9)
    [order_id] = place(brand.ctx, draft([("A", 1)]))
    routed(brand.ctx, order_id)
    [part] = queries.fulfilment_orders_of(brand.ctx, order_ids=[order_id])
    with CaptureQueriesContext(connection) as asked:
        does(brand, order_id, part.id)
    marks = ("advisory", " FOR NO KEY UPDATE", " FOR UPDATE")
    taken = [one["sql"] for one in asked.captured_queries if any(mark in one["sql"] for mark in marks)]
    assert (f"day_load:{brand.ctx.organisation_id}:{brand.berlin}" in taken[0], len(taken) > 3) == (True, True)


@pytest.mark.django_db
def test_who_waits_because_every_day_is_full_goes_on_when_something_is_cancelled() -> None:
    brand = busy_berlin(1)
    here = Rule("here", Kind.ONLY_LOCATIONS, Strength.HARD, locations=(brand.berlin,))
    edition = routing.save_draft(brand.ctx, rules=parsing.as_json(RuleSet((here, *FULL))), edition=0)
    routing.publish(brand.ctx, edition=edition)
    first, second, third = place(brand.ctx, draft([("B", 1)]), draft([("A", 1)]), draft([("A", 1)]))
    drain()
    of = [part.location_id for part in queries.fulfilment_orders_of(brand.ctx, order_ids=[first, second, third])]
    assert of == [brand.berlin, None, None]
    cancel.cancel(brand.ctx, order_id=first, reason="customer")
    drain()
    of = [part.location_id for part in queries.fulfilment_orders_of(brand.ctx, order_ids=[second, third])]
    assert of == [brand.berlin, None]
    assert_all_holds()


def _goes_elsewhere(brand: Brand, order_id: int, part_id: int) -> None:
    [line] = queries.fulfilment_lines_of(brand.ctx, fulfilment_order_ids=[part_id])
    barred = Excluded(order_id, line.order_line_id, line.variant_id, brand.berlin)
    exclusions.exclude(brand.ctx, these=[barred], reason=Why.TOO_BUSY)
    _again(brand, order_id, part_id)


@pytest.mark.django_db
@pytest.mark.parametrize("does", [_rejected, _goes_elsewhere])
def test_who_waits_because_every_day_is_full_goes_on_when_something_goes_from_elsewhere(
    does: Callable[[Brand, int, int], None]
) -> None:
    brand = busy_berlin(1, stock_each=0)
    for sku, where in (("A", brand.berlin), ("B", brand.berlin), ("B", brand.seoul)):
        receive(brand.ctx, brand.variants[sku], where, 5)
    first, second = place(brand.ctx, draft([("B", 1)]), draft([("A", 1)]))
    drain()
    before, waits = queries.fulfilment_orders_of(brand.ctx, order_ids=[first, second])
    assert (before.location_id, waits.location_id) == (brand.berlin, None)
    does(brand, first, before.id)
    drain()
    of = [part.location_id for part in queries.fulfilment_orders_of(brand.ctx, order_ids=[first, second])]
    assert of == [brand.seoul, brand.berlin]
    assert_all_holds()
