"""How far pickers walk when the batcher makes the carts and the exact tour the walk, against first come and S-shape.

A block of 20 aisles of 40 m, 5 m apart, depot at a corner; an order has 1 to 5 lines with p .60/.22/.10/.05/.03, each in a
slot drawn uniformly from both sides of 20 × 40; 200 orders, carts of 30 picks, seeds 1 to 3 (`--seed N`: that one alone).
`pick.walk_ratio`: metres of our carts on our walk ÷ metres of carts filled in the order of arrival and walked S-shape, the worst
seed.  `pick.exact_ratio`, `pick.batching_ratio`: what each of the two brings alone.  `pick.batch_s`: CPU of one batching of 200
orders, the worst seed.  `pick.tour_ms`: one exact tour with its sequence, mean over the carts.
`pick.held_karp_error`: the largest relative difference between our tour and Held & Karp's dynamic program over subsets, on 300
walks of up to 8 picks through blocks of random shape with the depot anywhere.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import combinations
from random import Random

from doorstep.fulfilment import batching, tours
from doorstep.fulfilment.batching import Cart, Load
from doorstep.fulfilment.tours import Floor, Route, Stop

NAME = "pick"
SEEDS = (1, 2, 3)
WAREHOUSE = Floor(aisles=20, length_mm=40_000, apart_mm=5_000)
SLOTS, SIDES = 40, 2
LINES = (0.60, 0.22, 0.10, 0.05, 0.03)
ORDERS, CART = 200, Cart(picks=30)
WALKS, MOST_PICKS = 300, 8


def run(seed: int | None = None) -> dict[str, float]:
    """Ratios of metres, CPU seconds, and how far the exact tour is from Held & Karp's."""
    seeds = SEEDS if seed is None else (seed,)
    found = [_measure(orders_of(one)) for one in seeds]
    figures = {name: max(one[name] for one in found) for name in found[0]}
    return figures | {"pick.held_karp_error": max(_error(one) for one in seeds)}


def orders_of(seed: int) -> list[Load]:
    """The orders of one seed, in the order in which they came."""
    random = Random(seed)
    loads = []
    for n in range(ORDERS):
        lines = random.choices(range(1, len(LINES) + 1), weights=LINES)[0]
        slots = [random.randrange(WAREHOUSE.aisles * SLOTS * SIDES) for _ in range(lines)]
        loads.append(Load(n, tuple(_stop(slot) for slot in slots), picks=lines))
    return loads


def _stop(slot: int) -> Stop:
    """Where a picker stands at a slot: the two sides of an aisle are served from its middle."""
    aisle, place = divmod(slot // SIDES, SLOTS)
    return Stop(aisle + 1, place * 1_000 + 500)


def _measure(loads: Sequence[Load]) -> dict[str, float]:
    began = time.process_time()
    ours = batching.batch(loads, cart=CART, floor=WAREHOUSE)
    took_s = time.process_time() - began
    if sorted(id for one in ours for id in one.ids) != [load.id for load in loads] or any(b.picks > CART.picks for b in ours):
        raise RuntimeError("the batcher lost an order or overloaded a cart")
    began = time.process_time()
    walks = [tours.tour(WAREHOUSE, [stop for id in one.ids for stop in loads[id].stops]) for one in ours]
    tour_ms = 1000 * (time.process_time() - began) / len(walks)
    ours_mm = sum(walk.length_mm for walk in walks)  # measured from the paths themselves
    plain_mm = batching.walk_mm(batching.first_come(loads, cart=CART, floor=WAREHOUSE, route=Route.S_SHAPE))
    exact_mm = batching.walk_mm(batching.first_come(loads, cart=CART, floor=WAREHOUSE))
    return {
        "pick.walk_ratio": ours_mm / plain_mm,
        "pick.exact_ratio": exact_mm / plain_mm,
        "pick.batching_ratio": ours_mm / exact_mm,
        "pick.batch_s": took_s,
        "pick.tour_ms": tour_ms,
    }


def _error(seed: int) -> float:
    random = Random(seed)
    worst = 0.0
    for _ in range(WALKS):
        aisles = random.randint(1, 12)
        floor = Floor(
            aisles, random.randint(5_000, 60_000), random.randint(1_500, 8_000), random.randint(1, aisles),
            depot_at_back=random.random() < 0.5,
        )  # fmt: skip
        stops = [
            Stop(random.randint(1, aisles), random.randint(0, floor.length_mm)) for _ in range(random.randint(1, MOST_PICKS))
        ]
        best = _held_karp(floor, stops)
        worst = max(worst, abs(tours.tour(floor, stops).length_mm - best) / max(best, 1))
    return worst


def _held_karp(floor: Floor, stops: Sequence[Stop]) -> int:
    """The shortest closed walk, by dynamic programming over subsets.  Source: Held & Karp, J. SIAM 10 (1962) 196-210."""
    points = [floor.depot, *stops]
    apart = [[_between(floor, a, b) for b in points] for a in points]
    others = range(1, len(points))
    best = {(frozenset([n]), n): apart[0][n] for n in others}
    for size in range(2, len(points)):
        for chosen in combinations(others, size):
            mine = frozenset(chosen)
            for last in chosen:
                rest = mine - {last}
                best[mine, last] = min(best[rest, before] + apart[before][last] for before in rest)
    every = frozenset(others)
    return min(best[every, last] + apart[last][0] for last in others)


def _between(floor: Floor, a: Stop, b: Stop) -> int:
    if a.aisle == b.aisle:
        return abs(a.along_mm - b.along_mm)
    by_front, by_back = a.along_mm + b.along_mm, 2 * floor.length_mm - a.along_mm - b.along_mm
    return abs(a.aisle - b.aisle) * floor.apart_mm + min(by_front, by_back)
