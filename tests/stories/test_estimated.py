"""When a parcel comes is learnt from those before it, said when it leaves, and judged when it is there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from django.utils.translation import override

from doorstep.base import db
from doorstep.base.invariants import check
from doorstep.cli.management.commands.audit import all_invariants
from doorstep.flows import estimate_words, estimates, ship
from doorstep.shipping import actions as shipping
from doorstep.shipping import estimates as rules
from doorstep.shipping import lanes, queries
from doorstep.shipping.port import Scan
from doorstep.shipping.values import ParcelRow, TrackingStatus
from doorstep.worker.dispatch import drain
from tests.factories import NOW, Brand, draft, make_brand, packed
from tests.floor import buy_label

pytestmark = pytest.mark.django_db(transaction=True)
THURSDAY = date(2026, 11, 26)


def leave(brand: Brand, number: str = "DS1234567890") -> ParcelRow:
    """A parcel that leaves on Monday at ten, by the clocks of Berlin."""
    [parcel] = packed(brand.ctx, draft())
    buy_label(brand, parcel, number)
    ship.hand_over(brand.ctx, parcel_ids=[parcel])
    drain()
    return queries.get_parcel(brand.ctx, parcel_id=parcel)


def arrive(brand: Brand, parcel: ParcelRow, at: datetime) -> None:
    told = Scan(f"d{parcel.id}", parcel.tracking_number, TrackingStatus.DELIVERED, "91", "", "Berlin", at)
    shipping.record_scans(replace(brand.ctx, now=at), parcel_id=parcel.id, scans=[told])


def teach(brand: Brand, parcel: ParcelRow, *, n: int, days: int = 3) -> None:
    """As if so many had gone this way before and taken so many days."""
    [way] = estimates.ways_of(brand.ctx, parcels=[parcel]).values()
    found = rules.levels(list(lanes.lock(brand.ctx, keys=way.keys).values()), way.keys)
    for _ in range(n):
        start = date(2026, 11, 9)
        came_on = rules.calendar_of("DE", found).after(start, days)
        found = rules.learn(found, start=start, came_on=came_on, country="DE", within=None, silence=timedelta(hours=10))
    lanes.keep(brand.ctx, lanes=found)


def test_of_the_first_parcels_nothing_is_said_and_of_the_next_by_those_before() -> None:
    brand = make_brand()
    first = leave(brand)
    assert (first.expected_on, first.expected_from) == (None, None)

    teach(brand, first, n=30)
    second = leave(brand, "DS1234567891")

    assert (second.expected_from, second.expected_on, second.expected_to) == (THURSDAY, THURSDAY, THURSDAY)
    assert (second.expected_level, second.expected_seen) == (0, 30)
    coming = estimate_words.coming(second, today=NOW.date())
    assert coming is not None
    with override("en"):
        said = estimate_words.sentence(coming, language="en"), estimate_words.certainty(coming)
    assert said == ("Thursday, 26 Nov, most likely.", "8 of 10 parcels that go this way come between these days.")


def test_a_delivery_is_learnt_from_once_however_often_it_is_told() -> None:
    brand = make_brand()
    parcel = leave(brand)
    arrive(brand, parcel, NOW + timedelta(days=2))
    drain()
    estimates.sweep(replace(brand.ctx, now=NOW + timedelta(days=3)))

    [way] = estimates.ways_of(brand.ctx, parcels=[parcel]).values()
    assert [lanes.of_keys(brand.ctx, keys=[key])[key].seen for key in way.keys] == [1, 1, 1, 1]
    assert lanes.of_keys(brand.ctx, keys=way.keys)[way.keys[0]].days[2] == 1.0
    assert [(b.invariant.name, b.examples) for b in check(all_invariants())] == []


def test_deliveries_of_a_time_before_are_learnt_from_by_the_timer() -> None:
    brand = make_brand()
    parcel = leave(brand)
    arrive(brand, parcel, NOW + timedelta(days=2))
    db.execute("UPDATE base_event SET pending = FALSE")

    estimates.sweep(replace(brand.ctx, now=NOW + timedelta(days=2, minutes=1)))
    assert db.scalar("SELECT count(*) FROM shipping_lane") == 0  # its event may still come
    estimates.sweep(replace(brand.ctx, now=NOW + timedelta(days=3)))
    assert db.scalar("SELECT count(*) FROM shipping_lane") == 4


def test_what_was_said_stays_and_moves_the_share_that_is_asked() -> None:
    brand = make_brand()
    teach(brand, leave(brand), n=30)
    parcel = leave(brand, "DS1234567891")
    arrive(brand, parcel, NOW + timedelta(days=9))
    drain()

    [way] = estimates.ways_of(brand.ctx, parcels=[parcel]).values()
    assert lanes.of_keys(brand.ctx, keys=way.keys)[way.keys[0]].asked > rules.SAID
    after = queries.get_parcel(brand.ctx, parcel_id=parcel.id)
    assert (after.expected_on, after.expected_to) == (THURSDAY, THURSDAY)
    assert estimate_words.coming(after, today=date(2026, 12, 3)) is None


def test_a_parcel_beyond_its_days_is_said_to_be_late() -> None:
    brand = make_brand()
    teach(brand, leave(brand), n=30)
    coming = estimate_words.coming(leave(brand, "DS1234567891"), today=date(2026, 11, 28))

    assert coming is not None
    assert (coming.is_late, coming.on) == (True, None)
    with override("ko"):
        assert "11월 26일" in estimate_words.sentence(coming, language="ko")
