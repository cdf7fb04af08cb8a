"""Calls are paced over all processes by what a shop allows."""

from __future__ import annotations

import pytest

from doorstep.base import db
from doorstep.channels import actions as channels
from doorstep.channels.pacing import Pace, Pacer
from doorstep.channels.port import Throttled
from tests.factories import make_brand, together


def pacer() -> Pacer:
    brand = make_brand()
    row = channels.connect(brand.ctx, provider="sandbox_shop", name="Shop", url="http://127.0.0.1:9")
    return Pacer(brand.ctx.organisation_id, row.id)


def time_passes(seconds: float) -> None:
    db.execute("UPDATE channels_bucket SET at = at - make_interval(secs => %s)", [seconds])


@pytest.mark.django_db
def test_a_burst_goes_at_once_and_then_it_is_the_rate_that_counts() -> None:
    calls, pace = pacer(), Pace("orders", rate=0.002, burst=3.0)
    for _ in range(3):
        calls.take(pace)
    with pytest.raises(Throttled) as wait:
        calls.take(pace)
    assert 440 < wait.value.wait_s <= 500
    time_passes(wait.value.wait_s - 60)
    with pytest.raises(Throttled):
        calls.take(pace)
    time_passes(60)
    calls.take(pace)


@pytest.mark.django_db
def test_who_can_wait_leaves_something_for_who_cannot() -> None:
    calls, pace = pacer(), Pace("orders", rate=0.01, burst=4.0)
    calls.take(pace, keep=2.0)
    calls.take(pace, keep=2.0)
    with pytest.raises(Throttled):
        calls.take(pace, keep=2.0)
    calls.take(pace)
    calls.take(pace)


@pytest.mark.django_db
def test_what_the_shop_says_of_its_bucket_is_believed() -> None:
    calls, pace = pacer(), Pace("graphql", rate=50.0, burst=1000.0)
    calls.take(pace, cost=10)
    calls.note(pace, left=5.0, rate=0.01)
    with pytest.raises(Throttled) as wait:
        calls.take(pace, cost=10)
    assert 440 < wait.value.wait_s <= 500


@pytest.mark.django_db
def test_a_call_dearer_than_the_burst_waits_for_a_full_bucket() -> None:
    calls, pace = pacer(), Pace("graphql", rate=0.01, burst=10.0)
    calls.take(pace, cost=50)
    with pytest.raises(Throttled):
        calls.take(pace, cost=1)


@pytest.mark.django_db
def test_a_refusal_of_the_shop_stops_everybody_for_as_long_as_it_says() -> None:
    calls, pace = pacer(), Pace("feeds", rate=1.0, burst=10.0)
    assert calls.stop(pace, wait_s=300.0).wait_s == 300.0
    with pytest.raises(Throttled) as wait:
        calls.take(pace)
    assert 240 < wait.value.wait_s <= 300


@pytest.mark.django_db(transaction=True)
def test_many_at_once_never_get_more_than_there_is() -> None:
    calls, pace = pacer(), Pace("orders", rate=0.001, burst=5.0)

    def take() -> bool:
        try:
            calls.take(pace)
        except Throttled:
            return False
        return True

    assert sum(bool(got) for got in together(*[take] * 12)) == 5
