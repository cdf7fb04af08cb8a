"""The routing benchmark's own reckoning: what it reads, what a parcel costs, what no policy can beat."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench._routing import policies
from bench._routing.bound import Bound
from bench._routing.generator import Size, make
from bench._routing.instance import KG, Instance, late, parcel, read, true_miles
from doorstep.routing.engine.values import Level

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "routing" / "seed1"
SMALL = Size(locations=4, skus=60, orders=400)


@pytest.fixture(scope="module")
def made() -> Instance:
    return make(5, SMALL)


@pytest.mark.skipif(not REAL.exists(), reason="../shared/data/routing is not here")
def test_the_nearest_policy_costs_what_the_answers_say_to_the_cent() -> None:
    instance = read(REAL)
    outcome = policies.run(instance, Level.NEAREST)
    assert round(outcome.cost, 2) == instance.answers["nearest"]
    assert outcome.lost_units == instance.answers["lost_units"]
    assert outcome.split_orders == instance.answers["nearest_orders_in_more_than_one_parcel"]


@pytest.mark.parametrize(
    ("zone", "kg", "price"), [(0, 0.1, 5.80), (0, 0.5, 5.80), (0, 0.500001, 6.00), (6, 2.3, 8.40 + 1.45 * 2.5)]
)
def test_a_parcel_is_billed_by_half_kilograms(zone: int, kg: float, price: float) -> None:
    assert parcel(zone, round(kg * KG)) == pytest.approx(price)


def test_late_days_are_those_after_the_promise() -> None:
    assert [late(6, 5), late(6, 2), late(0, 2)] == [0, 9.0, 0]


def test_miles_that_are_alike_are_told_apart_by_the_rest(made: Instance) -> None:
    """Files give tenths; the spot that fits every location's tenths is close to the true one."""
    order = made.orders[0]
    tenths = tuple(round(far, 1) for far in order.miles)
    alike = replace(order, miles=(tenths[1], *tenths[1:]), zones=order.zones)
    true = replace(made, places=(made.places[1], *made.places[1:]))
    found = true_miles(true, alike)
    assert found == pytest.approx([order.miles[1], *order.miles[1:]], abs=0.1)


def test_the_same_seed_makes_the_same_instance(made: Instance) -> None:
    assert make(5, SMALL) == made
    assert make(6, SMALL).orders != made.orders


def test_no_policy_costs_less_than_the_bound_and_all_lose_the_same(made: Instance) -> None:
    bound = Bound(made)
    best, prices = bound.best(rounds=60)
    outcomes = [policies.run(made, level) for level in Level if level is not Level.ZONES]
    assert bound.value(np.zeros(prices.shape)) <= best <= min(one.cost for one in outcomes)
    assert {one.lost_units for one in outcomes} == {bound.lost_units}


def test_prices_of_stock_save_against_every_lower_step(made: Instance) -> None:
    cost = {level: policies.run(made, level).cost for level in (Level.SHADOW, Level.COST, Level.NEAREST)}
    assert cost[Level.SHADOW] < cost[Level.COST] < cost[Level.NEAREST]
