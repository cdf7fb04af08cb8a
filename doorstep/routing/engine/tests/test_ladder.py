"""Which way an order is planned by what is known of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doorstep.routing.engine import ladder
from doorstep.routing.engine.ladder import Known
from doorstep.routing.engine.values import Level, Need, Site, Terms

NEEDS = [Need(1, 7, 1, 400), Need(2, 8, 1, 400)]
SITES = [
    Site(1, lambda _: 5.0, {7: 1}, distance_km=10.0),
    Site(2, lambda _: 5.5, {8: 1}, distance_km=20.0),
    Site(3, lambda _: 50.0, {7: 1, 8: 1}, distance_km=900.0),
    Site(4, lambda _: 10.0, {7: 1, 8: 1}, distance_km=950.0),
]
PRICES = {7: {1: 2.0, 3: 0.0, 4: 0.0}, 8: {2: 2.0, 3: 0.0, 4: 0.0}}


def sent_from(decided: ladder.Decided) -> list[int]:
    assert decided.choice is not None
    return [parcel.location_id for parcel in decided.choice.best.parcels]


@pytest.mark.parametrize(
    ("known", "level", "locations"),
    [
        (Known(shadow=PRICES), Level.SHADOW, [4]),
        (Known(shadow={7: PRICES[7]}, balance=PRICES), Level.BALANCE, [4]),
        (Known(), Level.COST, [4]),
        (Known(shadow=PRICES, zoned=True), Level.ZONES, [4]),
        (Known(costs=False), Level.FEWEST, [3]),
    ],
)
def test_each_step_says_which_it_was(known: Known, level: Level, locations: list[int]) -> None:
    decided = ladder.decide(NEEDS, SITES, Terms(), known)
    assert decided.level is level
    assert sent_from(decided) == locations


def test_a_price_decides_between_two_that_cost_alike() -> None:
    one = [Need(1, 7, 1, 400)]
    sites = [Site(1, lambda _: 5.0, {7: 1}), Site(2, lambda _: 6.0, {7: 1})]
    decided = ladder.decide(one, sites, Terms(), Known(shadow={7: {1: 2.0, 2: 0.0}}))
    assert sent_from(decided) == [2]
    assert sent_from(ladder.decide(one, sites, Terms(), Known())) == [1]


def test_without_costs_and_distances_the_first_that_has_it_all_sends_it() -> None:
    decided = ladder.decide(NEEDS, [replace(site, distance_km=None) for site in SITES], Terms(), Known(costs=False))
    assert decided.level is Level.NEAREST
    assert sent_from(decided) == [3]


def test_nearest_walks_where_none_has_it_all() -> None:
    choice = ladder.nearest(NEEDS, SITES[:2], Terms(split=1.0))
    assert choice is not None
    assert [parcel.location_id for parcel in choice.best.parcels] == [1, 2]
    assert choice.best.paid == 11.5
    assert ladder.nearest(NEEDS, SITES[:2], Terms(most_parcels=1)) is None


def test_a_variant_of_one_location_needs_no_price() -> None:
    assert ladder.level_of([Need(1, 7, 1, 400)], SITES[:2], Known(shadow={})) is Level.SHADOW
