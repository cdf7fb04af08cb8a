"""Prices of many transport problems at once, against every way to serve the demand."""

from __future__ import annotations

from itertools import product

import numpy as np

from doorstep.routing.engine import transport


def least(cost: np.ndarray, stock: list[int]) -> float:
    ways = product(range(len(stock)), repeat=len(cost))
    return min(
        sum(cost[unit][place] for unit, place in enumerate(way))
        for way in ways
        if all(way.count(place) <= units for place, units in enumerate(stock))
    )


def problems(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(5)
    stock = random.integers(0, 4, (count, 3))
    stock[:, 0] += 1
    cost = random.uniform(0, 5, (count, 5, 3))
    cost[np.broadcast_to((stock == 0)[:, None, :], cost.shape)] = transport.FAR
    return cost, np.minimum(random.integers(0, 6, count), stock.sum(axis=1) - 1), stock


def test_a_price_is_what_one_unit_fewer_costs() -> None:
    cost, asked, stock = problems(60)
    found = transport.prices(cost, asked, stock)
    for index in range(len(cost)):
        demand = cost[index, : asked[index]]
        for place in np.flatnonzero(stock[index]):
            fewer = stock[index].copy()
            fewer[place] -= 1
            more = least(demand, list(fewer)) - least(demand, list(stock[index]))
            assert abs(found[index, place] - more) < 1e-9
    assert (found[stock == 0] == 0).all()


def test_ascent_finds_what_makes_demand_even() -> None:
    """200 units that all want the first place, which has 50, and would pay from 0 to 10 more for it: the price is 7.5."""
    more = np.linspace(0, 10, 200, endpoint=False)
    cost = np.stack([np.full(200, 1.0), 1.0 + more], axis=1)[None]
    found = transport.ascent(cost, np.array([200]), np.array([[50, 400]]), np.zeros((1, 2)), rounds=200)
    assert abs(found[0, 0] - 7.5) < 0.4
    assert found[0, 1] == 0
