"""Waves: what they take, the lists they make, what can be called off, and that they come once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from doorstep.base.refusals import Refused
from doorstep.flows import waves as coming
from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment import planning, queries, scanning, wave_queries, waves
from doorstep.fulfilment.tours import Route
from doorstep.fulfilment.values import NOTHING_OPEN, WAVE_OVER, Method, PickRules, Takes, TemplateDraft, WaveState
from doorstep.locations import dispatching, floors, working
from doorstep.locations.values import BinPlace, FloorPlan
from doorstep.locations.working import Dispatch, Pickup
from doorstep.shipping import actions as shipping
from doorstep.stock import actions as stock
from tests.audit import assert_all_holds
from tests.factories import NOW, Brand, draft, listed, make_brand, make_ctx, place, together

pytestmark = pytest.mark.django_db

FLOOR = FloorPlan(aisles=4, length_mm=20_000, apart_mm=3_000)
EVERYTHING = Takes()


def drain() -> None:
    from doorstep.worker.dispatch import drain

    drain()


def placed_brand() -> Brand:
    """Berlin with a floor: A far up aisle 1, B beside it in aisle 4, C at the front of aisle 1."""
    brand = make_brand(stock_each=100)
    floors.lay_out(brand.ctx, location_id=brand.berlin, plan=FLOOR)
    places = [BinPlace("A-18", 1, 18_000), BinPlace("D-18", 4, 18_000, zone="COLD"), BinPlace("A-1", 1, 1_000)]
    floors.place_bins(brand.ctx, location_id=brand.berlin, places=places)
    bins = {"A": "A-18", "B": "D-18", "C": "A-1"}
    stock.set_bins(brand.ctx, location_id=brand.berlin, bins={brand.variants[sku]: code for sku, code in bins.items()})
    return brand


def test_a_list_that_fills_as_orders_come_is_walked_on_the_shortest_tour() -> None:
    brand = placed_brand()
    listed(brand.ctx, draft([("A", 1), ("B", 1)]), draft([("C", 1)]))
    [row] = queries.list_pick_lists(brand.ctx)
    assert (row.walk_mm, row.wave_id, row.method) == (2 * 20_000 + 2 * 9_000, None, "")
    walked = [task.bin for task in queries.tasks_of(brand.ctx, pick_list_id=row.id)]
    assert walked in (["A-1", "A-18", "D-18"], ["D-18", "A-18", "A-1"])
    waves.set_rules(brand.ctx, location_id=brand.berlin, rules=PickRules(route=Route.S_SHAPE))
    assert [task.bin for task in queries.tasks_of(brand.ctx, pick_list_id=row.id)] == ["A-1", "A-18", "D-18"]


def test_a_release_takes_orders_off_the_filling_list_and_gives_each_its_tote() -> None:
    brand = placed_brand()
    parts = listed(brand.ctx, draft([("A", 2), ("C", 1)]), draft([("B", 1)]), draft([("A", 1)]))
    assert wave_queries.released(brand.ctx, fulfilment_order_ids=parts) == set()
    seen = waves.preview(brand.ctx, location_id=brand.berlin, method=Method.CLUSTER, takes=EVERYTHING)
    assert (len(seen.lists), seen.orders, seen.units, seen.unplaced) == (1, 3, 5, 0)
    assert seen.plan_s == -(-seen.walk_mm // 1_000) + 5 * 12
    id = waves.release(brand.ctx, location_id=brand.berlin, method=Method.CLUSTER, takes=EVERYTHING, client_id="press-1")
    again = waves.release(brand.ctx, location_id=brand.berlin, method=Method.CLUSTER, takes=EVERYTHING, client_id="press-1")
    assert again == id
    wave = wave_queries.get_wave(brand.ctx, wave_id=id)
    assert (wave.state, wave.lists, wave.orders, wave.units, wave.walk_mm) == (WaveState.RELEASED, 1, 3, 5, seen.walk_mm)
    [row] = queries.list_pick_lists(brand.ctx)
    tasks = queries.tasks_of(brand.ctx, pick_list_id=row.id)
    assert (row.wave_id, row.method) == (id, "cluster")
    assert {task.fulfilment_order_id: task.tote for task in tasks} == dict(zip(parts, (1, 2, 3), strict=True))
    assert wave_queries.released(brand.ctx, fulfilment_order_ids=parts) == set(parts)
    drain()
    assert_all_holds()


def test_after_a_release_new_orders_go_on_a_list_of_their_own() -> None:
    brand = placed_brand()
    listed(brand.ctx, draft())
    waves.release(brand.ctx, location_id=brand.berlin, method=Method.BATCH, takes=EVERYTHING, client_id="press-2")
    listed(brand.ctx, draft())
    rows = queries.list_pick_lists(brand.ctx)
    assert sorted((row.orders, row.wave_id is None) for row in rows) == [(1, False), (1, True)]


def test_a_wave_takes_only_what_it_is_told_to_and_refuses_to_be_empty() -> None:
    brand = placed_brand()
    listed(brand.ctx, draft([("A", 1), ("B", 1)]), draft([("B", 2)]), draft([("C", 1)], country="FR"))

    def taken(takes: Takes) -> int:
        return waves.preview(brand.ctx, location_id=brand.berlin, method=Method.SINGLE, takes=takes).orders

    assert [taken(Takes(single_line=True)), taken(Takes(zone="COLD")), taken(Takes(countries=("FR",)))] == [2, 1, 1]
    before = queries.list_pick_lists(brand.ctx)
    with pytest.raises(Refused) as refused:
        waves.release(
            brand.ctx, location_id=brand.berlin, method=Method.SINGLE, takes=Takes(min_priority=5), client_id="press-3"
        )
    assert refused.value.refusal is NOTHING_OPEN
    assert queries.list_pick_lists(brand.ctx) == before


def test_a_wave_takes_what_goes_by_a_carrier_and_what_leaves_by_a_pickup() -> None:
    brand = placed_brand()
    ctx, at = brand.ctx, brand.berlin
    nowhere = {"url": "http://127.0.0.1:9"}
    carriers = [shipping.connect_carrier(ctx, code=code, name=code, provider="nobody", settings=nowhere) for code in ("dhl", "dpd")]
    how = Dispatch(cut_off=working.clock_of("08:30"), pickups=(Pickup(time(13), "dpd"), Pickup(time(16, 30), "dhl")))
    dispatching.set_dispatch(ctx, location_id=at, dispatch=how)
    early, late = NOW - timedelta(hours=2), NOW  # before and after the cut-off
    listed(ctx, replace(draft([("A", 1)]), placed_at=early), replace(draft([("B", 1)]), placed_at=late))

    def taken(takes: Takes) -> int:
        return waves.preview(ctx, location_id=at, method=Method.SINGLE, takes=takes).orders

    assert [taken(Takes(carrier_id=id)) for id in carriers] == [2, 0]  # labels are bought from the first
    assert [taken(Takes(leaves_by=clock)) for clock in ("13:00", "16:30")] == [0, 1]
    only = Takes(carrier_id=carriers[0], leaves_by="16:30")
    id = waves.release(ctx, location_id=at, method=Method.SINGLE, takes=only, client_id="press-9")
    wave = wave_queries.get_wave(ctx, wave_id=id)
    assert (wave.orders, wave.takes) == (1, only)
    for wrong in (Takes(carrier_id=10**9), Takes(leaves_by="noon")):
        with pytest.raises(Refused):
            waves.release(ctx, location_id=at, method=Method.SINGLE, takes=wrong, client_id="press-10")


def test_a_wave_whose_orders_all_go_away_leaves_no_list_to_be_picked() -> None:
    brand = placed_brand()
    [part] = listed(brand.ctx, draft())
    wave_id = waves.release(brand.ctx, location_id=brand.berlin, method=Method.BATCH, takes=EVERYTHING, client_id="press-7")
    fulfilment.withdraw(brand.ctx, fulfilment_order_ids=[part], only_untouched=True)
    [list_id] = wave_queries.list_ids_of(brand.ctx, wave_id=wave_id)
    assert queries.get_pick_list(brand.ctx, pick_list_id=list_id).state == "cancelled"
    assert wave_queries.get_wave(brand.ctx, wave_id=wave_id).state == WaveState.CANCELLED
    assert_all_holds()


def test_a_template_takes_no_name_that_another_has_however_long_it_is() -> None:
    brand = make_brand()
    template = TemplateDraft("x" * 90, brand.berlin, at_times=("12:00",))
    made = waves.save_template(brand.ctx, draft=template)
    other = waves.save_template(brand.ctx, draft=replace(template, name="Noon"))
    for template_id in (None, other):
        with pytest.raises(Refused, match="wave_template_name_taken"):
            waves.save_template(brand.ctx, draft=template, template_id=template_id)
    assert waves.save_template(brand.ctx, draft=template, template_id=made) == made
    assert [row.name for row in wave_queries.list_templates(brand.ctx)] == ["Noon", "x" * 80]


def test_a_removed_template_leaves_its_waves() -> None:
    brand = placed_brand()
    listed(brand.ctx, draft())
    template = waves.save_template(brand.ctx, draft=TemplateDraft("Noon", brand.berlin, at_times=("12:00",)))
    made = waves.release(
        brand.ctx, location_id=brand.berlin, method=Method.BATCH, takes=EVERYTHING, client_id="press-8", template_id=template
    )
    assert waves.remove_template(brand.ctx, template_id=template) == "Noon"
    assert wave_queries.list_templates(brand.ctx) == []
    assert wave_queries.get_wave(brand.ctx, wave_id=made).template_id is None


def test_what_was_not_begun_is_called_off_and_its_orders_are_open_again() -> None:
    brand = placed_brand()
    listed(brand.ctx, draft([("A", 1)]), draft([("B", 1)]))
    id = waves.release(brand.ctx, location_id=brand.berlin, method=Method.SINGLE, takes=EVERYTHING, client_id="press-4")
    [begun, _] = queries.list_pick_lists(brand.ctx)
    sku = queries.tasks_of(brand.ctx, pick_list_id=begun.id)[0].sku
    scanning.scan(brand.ctx, pick_list_id=begun.id, client_id="scan-00001", code=sku, typed=False, at=NOW)
    assert waves.cancel(brand.ctx, wave_id=id) == 1
    assert wave_queries.get_wave(brand.ctx, wave_id=id).state == WaveState.PICKED
    with pytest.raises(Refused) as refused:
        waves.cancel(brand.ctx, wave_id=id)
    assert refused.value.refusal is WAVE_OVER
    drain()
    assert [(row.orders, row.wave_id) for row in queries.list_pick_lists(brand.ctx)] == [(1, None)]
    assert_all_holds()


def test_where_waves_are_planned_orders_wait_for_one_and_are_listed_once_they_are_not_any_more() -> None:
    brand = placed_brand()
    waves.set_rules(brand.ctx, location_id=brand.berlin, rules=PickRules(planned=True))
    listed(brand.ctx, draft(), draft())
    assert queries.list_pick_lists(brand.ctx) == []
    assert wave_queries.count_open(brand.ctx) == {brand.berlin: 2}
    waves.set_rules(brand.ctx, location_id=brand.berlin, rules=PickRules(planned=False))
    drain()
    assert [row.orders for row in queries.list_pick_lists(brand.ctx)] == [2]
    assert_all_holds()


def test_a_template_releases_its_wave_once_for_each_of_its_times() -> None:
    brand = placed_brand()
    listed(brand.ctx, draft())
    at = NOW.replace(hour=9, minute=0, second=0)
    early, late = replace(brand.ctx, now=at), replace(brand.ctx, now=at.replace(minute=31))
    draft_ = TemplateDraft(
        "Morning", brand.berlin, at_times=("09:30",), weekdays=(0, 1, 2, 3, 4, 5, 6), pick_up_at="11:00"
    )
    waves.save_template(early, draft=draft_)
    assert coming.release_due(early) == 0
    assert coming.release_due(late) == 1
    assert coming.release_due(late) == 0
    [wave] = wave_queries.list_waves(brand.ctx)
    assert (wave.name, wave.due_at) == ("Morning", at.replace(hour=11))


def test_a_time_that_the_clock_skips_comes_an_hour_later_and_one_it_shows_twice_comes_once() -> None:
    days = tuple(range(7))

    def due(after: datetime, now: datetime) -> datetime | None:
        return planning.due_since(("02:30",), days, zone="Europe/Berlin", after=after, now=now)

    spring, autumn = datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)
    assert due(spring, spring.replace(hour=3)) == spring.replace(hour=1, minute=30)
    assert due(autumn, autumn.replace(hour=0, minute=40)) == autumn.replace(hour=0, minute=30)
    assert due(autumn.replace(hour=0, minute=30), autumn.replace(hour=2)) is None


@pytest.mark.django_db(transaction=True)
def test_two_people_who_release_at_once_and_orders_that_come_meanwhile_put_each_order_on_one_list() -> None:
    brand = placed_brand()
    parts = listed(brand.ctx, *(draft([("A", 1), ("B", 1)]) for _ in range(6)))
    [coming_part] = [place(brand.ctx, draft())]

    def release(client_id: str) -> object:
        try:
            return waves.release(brand.ctx, location_id=brand.berlin, method=Method.BATCH, takes=EVERYTHING, client_id=client_id)
        except Refused as refused:
            return refused.refusal.code

    answers = together(lambda: release("press-6"), lambda: release("press-7"), drain)
    assert all(isinstance(one, int) or one == "nothing_open" for one in answers[:2])
    drain()
    tasks = queries.tasks_of_orders(brand.ctx, fulfilment_order_ids=parts)
    assert len(tasks) == len({task.fulfilment_line_id for task in tasks}) == 12
    assert wave_queries.released(brand.ctx, fulfilment_order_ids=parts) == set(parts)
    assert sum(row.orders for row in queries.list_pick_lists(brand.ctx)) == 6 + len(coming_part)
    assert_all_holds()


def test_a_stranger_sees_and_moves_no_wave() -> None:
    brand, other = placed_brand(), make_ctx("Other")
    listed(brand.ctx, draft())
    id = waves.release(brand.ctx, location_id=brand.berlin, method=Method.BATCH, takes=EVERYTHING, client_id="press-5")
    assert wave_queries.list_waves(other) == []
    with pytest.raises(Refused):
        waves.cancel(other, wave_id=id)
    assert wave_queries.get_wave(brand.ctx, wave_id=id).state == WaveState.RELEASED
