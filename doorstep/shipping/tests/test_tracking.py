"""Tracking events: each kept once, in whatever order and however often they come."""

from __future__ import annotations

import itertools
from datetime import date, datetime, timedelta

import pytest

from doorstep.base import db, outbox
from doorstep.base.invariants import check
from doorstep.cli.management.commands.audit import all_invariants
from doorstep.shipping import actions, queries
from doorstep.shipping.port import Scan
from doorstep.shipping.values import ParcelRow
from doorstep.shipping.values import TrackingStatus as S
from tests.factories import NOW, Brand, draft, make_brand, packed, together

pytestmark = pytest.mark.django_db
JOURNEY = (("11", S.IN_TRANSIT), ("50", None), ("82", S.OUT_FOR_DELIVERY), ("91", S.DELIVERED))


def scan(code: str, status: S | None, *, hour: int, estimate: date | None = None, id: str = "") -> Scan:
    at: datetime = NOW + timedelta(hours=hour)
    return Scan(id or f"evt_{code}_{hour}", "601000000135", status, code, code, "해운대, KR", at, estimate)


def journey() -> list[Scan]:
    return [scan(code, status, hour=hour) for hour, (code, status) in enumerate(JOURNEY)]


def parcel_of(brand: Brand) -> int:
    [parcel] = packed(brand.ctx, draft())
    return parcel


def now(brand: Brand, parcel_id: int) -> ParcelRow:
    return queries.get_parcel(brand.ctx, parcel_id=parcel_id)


def told(brand: Brand, parcel_id: int) -> list[str]:
    events = reversed(outbox.timeline(brand.ctx, of=[f"order:{now(brand, parcel_id).order_id}"]))
    return [e.data.get("status", e.type) for e in events if e.type in ("parcel.tracking", "parcel.delivered")]


def test_a_journey_is_told_step_by_step_and_ends_once() -> None:
    brand = make_brand()
    parcel_id = parcel_of(brand)
    for event in journey():
        actions.record_scans(brand.ctx, parcel_id=parcel_id, scans=[event])
    parcel = now(brand, parcel_id)
    end = NOW + timedelta(hours=3)
    assert (parcel.status, parcel.status_at, parcel.delivered_at) == ("delivered", end, end)
    assert told(brand, parcel_id) == ["in_transit", "out_for_delivery", "delivered", "parcel.delivered"]
    assert [e.raw_code for e in queries.tracking_of(brand.ctx, parcel_ids=[parcel_id])] == ["91", "82", "50", "11"]


def test_in_any_order_a_journey_ends_delivered_at_its_own_time_and_is_told_once() -> None:
    for order in itertools.permutations(journey()):
        brand = make_brand()
        parcel_id = parcel_of(brand)
        for event in order:
            actions.record_scans(brand.ctx, parcel_id=parcel_id, scans=[event])
        parcel = now(brand, parcel_id)
        assert (parcel.status, parcel.delivered_at) == ("delivered", NOW + timedelta(hours=3))
        assert told(brand, parcel_id)[-2:] == ["delivered", "parcel.delivered"]
        assert told(brand, parcel_id).count("parcel.delivered") == 1
        assert len(queries.tracking_of(brand.ctx, parcel_ids=[parcel_id])) == 4


def test_the_same_events_again_change_and_tell_nothing() -> None:
    brand = make_brand()
    parcel_id = parcel_of(brand)
    actions.record_scans(brand.ctx, parcel_id=parcel_id, scans=journey())
    before, said = now(brand, parcel_id), told(brand, parcel_id)
    for _ in range(3):
        actions.record_scans(brand.ctx, parcel_id=parcel_id, scans=journey() + journey())
    assert now(brand, parcel_id) == before
    assert told(brand, parcel_id) == said
    assert len(queries.tracking_of(brand.ctx, parcel_ids=[parcel_id])) == 4


def test_no_news_keeps_what_was_known() -> None:
    brand = make_brand()
    parcel_id = parcel_of(brand)
    actions.record_scans(brand.ctx, parcel_id=parcel_id, scans=[scan("11", S.IN_TRANSIT, hour=0)])
    actions.record_scans(brand.ctx, parcel_id=parcel_id, scans=[])
    actions.record_scans(brand.ctx, parcel_id=parcel_id, scans=[scan("50", None, hour=2)])
    parcel = now(brand, parcel_id)
    assert (parcel.status, parcel.status_at) == ("in_transit", NOW)


def test_only_events_without_a_status_leave_the_parcel_where_it_was() -> None:
    brand = make_brand()
    parcel_id = parcel_of(brand)
    actions.record_scans(brand.ctx, parcel_id=parcel_id, scans=[scan("50", None, hour=0)])
    parcel = now(brand, parcel_id)
    assert (parcel.status, parcel.status_at) == ("pre_transit", None)
    assert told(brand, parcel_id) == []


def test_long_and_strange_texts_are_kept_as_far_as_they_fit() -> None:
    brand = make_brand()
    parcel_id = parcel_of(brand)
    long = Scan("e", "601000000135", S.IN_TRANSIT, "11", "긴" * 900, "곳" * 900, NOW)
    actions.record_scans(brand.ctx, parcel_id=parcel_id, scans=[long])
    [kept] = queries.tracking_of(brand.ctx, parcel_ids=[parcel_id])
    assert (len(kept.description), len(kept.place)) == (255, 120)


def test_a_late_older_event_does_not_bring_back_its_older_estimate() -> None:
    brand = make_brand()
    parcel_id = parcel_of(brand)
    first, second = date(2026, 11, 25), date(2026, 11, 27)
    actions.record_scans(brand.ctx, parcel_id=parcel_id, scans=[scan("75", S.DELAYED, hour=5, estimate=second)])
    actions.record_scans(brand.ctx, parcel_id=parcel_id, scans=[scan("11", S.IN_TRANSIT, hour=1, estimate=first)])
    assert now(brand, parcel_id).estimated_on == second


def test_a_parcel_is_delivered_once_in_its_life() -> None:
    brand = make_brand()
    parcel_id = parcel_of(brand)
    for hour, status in enumerate((S.DELIVERED, S.RETURN_TO_SENDER, S.DELIVERED)):
        actions.record_scans(brand.ctx, parcel_id=parcel_id, scans=[scan("91", status, hour=hour)])
    assert told(brand, parcel_id).count("parcel.delivered") == 1


def test_an_over_long_id_of_a_carrier_does_not_stop_the_parcel() -> None:
    brand = make_brand()
    parcel_id = parcel_of(brand)
    event = Scan("x" * 400, "601000000135", S.IN_TRANSIT, "c" * 90, "", "", NOW)
    actions.record_scans(brand.ctx, parcel_id=parcel_id, scans=[event])
    assert now(brand, parcel_id).status == "in_transit"


@pytest.mark.django_db(transaction=True)
def test_a_push_and_a_poll_at_once_tell_the_delivery_once() -> None:
    brand = make_brand()
    parcel_id = parcel_of(brand)
    answers = together(
        *[lambda: actions.record_scans(brand.ctx, parcel_id=parcel_id, scans=journey())] * 4,
        *[lambda: actions.record_scans(brand.ctx, parcel_id=parcel_id, scans=journey()[::-1])] * 4,
    )
    assert [a for a in answers if isinstance(a, Exception)] == []
    assert told(brand, parcel_id).count("parcel.delivered") == 1
    assert db.scalar("SELECT count(*) FROM shipping_trackingevent") == 4
    assert [(b.invariant.name, b.examples) for b in check(all_invariants())] == []
