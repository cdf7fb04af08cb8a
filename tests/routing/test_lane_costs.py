"""What labels teach of lanes: on carriers that price otherwise than the table, and where there is nothing to learn."""

from __future__ import annotations

import random
from collections.abc import Callable
from math import ceil
from statistics import fmean

import pytest

from doorstep.flows import tariffs
from doorstep.routing.engine import lane_costs
from doorstep.routing.engine.lane_costs import Bought, learn

HERE, THERE, NEW = 1, 2, 3
Price = Callable[[int, str, float, int], float]


def table(km: float, grams: int) -> float:
    """The planner's own, within a country."""
    parcel, per_kg, _ = tariffs._between(km / tariffs.KM_PER_MILE)
    return parcel + per_kg * tariffs.STEP_G / 1000 * max(ceil(grams / tariffs.STEP_G), tariffs.LEAST_STEPS)


def flat(_at: int, _to: str, _km: float, grams: int) -> float:
    """As parcels within a small country: one price for all of it, two more for heavy ones."""
    return 320 + 60 * (grams > 5_000) + 80 * (grams > 10_000)


def bargained(at: int, _to: str, km: float, grams: int) -> float:
    """Two contracts, one of them with zones of its own."""
    return 0.6 * table(km, grams) if at == HERE else (400 if km < 500 else 1_100) + 0.09 * grams


def heavy_abroad(_at: int, to: str, km: float, grams: int) -> float:
    return table(km, grams) * (0.6 if to == "DE" else 2.4 if grams > 5_000 else 1.5)


def as_the_table(_at: int, _to: str, km: float, grams: int) -> float:
    return table(km, grams)


def labels(price: Price, count: int, seed: int, *, noise: float = 0.1) -> list[Bought]:
    dice = random.Random(seed)
    found = []
    for _ in range(count):
        at, to, km = dice.choice((HERE, THERE)), dice.choice(("DE", "DE", "FR")), dice.uniform(5, 2_500)
        grams = min(round(dice.lognormvariate(6.9, 0.9)) + 50, 20_000)
        cost = price(at, to, km, grams) * dice.lognormvariate(0, noise)
        found.append(Bought(at, to, km, grams, cost, table(km, grams)))
    return found


def averages(seen: list[Bought], asked: list[Bought]) -> float:
    """The error of a price for each place and country, as an average of labels gives it."""
    by: dict[tuple[int, str], list[float]] = {}
    for one in seen:
        by.setdefault((one.location_id, one.country), []).append(one.cost)
    return fmean(abs(fmean(by[(one.location_id, one.country)]) / one.cost - 1) for one in asked)


@pytest.mark.parametrize("price", [flat, bargained, heavy_abroad])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_is_learnt_lies_nearer_to_labels_that_nobody_saw_than_the_table_does(price: Price, seed: int) -> None:
    seen, asked = labels(price, 400, seed), labels(price, 400, 100 + seed)
    before, after = lane_costs.error({}, asked), lane_costs.error(learn(seen), asked)
    print(price.__name__, seed, round(before, 3), round(after, 3), round(averages(seen, asked), 3))
    assert after < 0.5 * before
    assert price is flat or after < averages(seen, asked)  # where distance costs nothing an average is right


@pytest.mark.parametrize("seed", range(12))
def test_where_the_table_is_right_nothing_is_kept_and_with_too_few_labels_neither(seed: int) -> None:
    assert learn(labels(as_the_table, 60, seed, noise=0.3)) == {}
    assert learn(labels(as_the_table, 400, seed, noise=0.3)) == {}
    assert learn(labels(bargained, lane_costs.ENOUGH - 1, seed)) == {}
    assert learn([Bought(HERE, "DE", 10.0, 500, 0.0, 700.0)] * 50) == {}


def test_a_place_without_labels_is_priced_as_the_brand_and_one_odd_label_moves_little() -> None:
    half = [Bought(HERE, "DE", 100.0, 500, 350.0, 700.0)] * 60
    known = learn(half)
    new = lane_costs.tariff(lambda _: 700.0, known, location_id=NEW, country="FR", distance_km=900.0)
    assert new(500) == pytest.approx(350.0)
    odd = learn([*half, Bought(HERE, "DE", 100.0, 500, 700_000.0, 700.0)])
    told = lane_costs.tariff(lambda _: 700.0, odd, location_id=HERE, country="DE", distance_km=100.0)
    assert told(500) == pytest.approx(350.0, rel=0.07)


def test_more_weight_never_costs_less_whatever_was_learnt() -> None:
    dear_when_light = [Bought(HERE, "DE", 100.0, 500, 2_000.0, 700.0), Bought(HERE, "DE", 100.0, 4_000, 900.0, 2_000.0)] * 30
    at = lane_costs.tariff(
        lambda grams: 500 + 0.4 * grams, learn(dear_when_light), location_id=HERE, country="DE", distance_km=100.0
    )
    prices = [at(grams) for grams in range(100, 20_000, 50)]
    assert prices == sorted(prices)
    assert at(4_000) < 500 + 0.4 * 4_000 * 1.6


def test_levels_stop_where_too_few_labels_are_known() -> None:
    known = learn([Bought(HERE, "DE", 100.0, 500, 350.0, 700.0)] * 30 + [Bought(THERE, "FR", 100.0, 500, 350.0, 700.0)] * 4)
    assert set(known) == {"", "1", "1|DE", "1|DE|0", "1|DE|0|0"}
    assert lane_costs.keys(HERE, "DE", None, 12_000) == ["", "1", "1|DE", "1|DE|?", "1|DE|?|4"]
