"""The shortest walk is the shortest, past every stop, and the picker ends where they began."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorstep.fulfilment import tours
from doorstep.fulfilment.tours import Floor, Route, Stop


@st.composite
def floors(draw: st.DrawFn) -> Floor:
    aisles = draw(st.integers(1, 8))
    return Floor(
        aisles, draw(st.integers(1, 60)), draw(st.integers(1, 20)), draw(st.integers(1, aisles)), draw(st.booleans())
    )


@st.composite
def walks(draw: st.DrawFn, most: int = 8) -> tuple[Floor, list[Stop]]:
    floor = draw(floors())
    one = st.builds(Stop, st.integers(1, floor.aisles), st.integers(0, floor.length_mm))
    return floor, draw(st.lists(one, max_size=most))


def between(floor: Floor, a: Stop, b: Stop) -> int:
    """The slow and obvious twin's ruler."""
    if a.aisle == b.aisle:
        return abs(a.along_mm - b.along_mm)
    return abs(a.aisle - b.aisle) * floor.apart_mm + min(
        a.along_mm + b.along_mm, 2 * floor.length_mm - a.along_mm - b.along_mm
    )


def held_karp(floor: Floor, stops: Sequence[Stop]) -> int:
    """The shortest closed walk by dynamic programming over subsets.  Source: Held & Karp 1962."""
    points = [floor.depot, *dict.fromkeys(stop for stop in stops if stop != floor.depot)]
    n = len(points)
    best = {(1, 0): 0}
    for subset in range(1, 1 << n):
        for last in range(n):
            cost = best.get((subset, last))
            if cost is None:
                continue
            for following in range(1, n):
                if not subset >> following & 1:
                    key = (subset | 1 << following, following)
                    total = cost + between(floor, points[last], points[following])
                    if total < best.get(key, tours.FAR):
                        best[key] = total
    every = (1 << n) - 1
    return min(best[every, last] + between(floor, points[last], points[0]) for last in range(n) if (every, last) in best)


@settings(max_examples=150, deadline=None)
@given(walks())
def test_the_exact_tour_is_as_short_as_held_karps(walk: tuple[Floor, list[Stop]]) -> None:
    floor, stops = walk
    found = tours.tour(floor, stops)
    assert found.length_mm == held_karp(floor, stops)
    assert found.length_mm == tours.shortest_mm(floor, tours.columns_of(floor, stops))


@settings(max_examples=100, deadline=None)
@given(walks(most=20), st.sampled_from(Route))
def test_every_tour_passes_every_stop_once_in_its_sequence_and_returns(
    walk: tuple[Floor, list[Stop]], route: Route
) -> None:
    floor, stops = walk
    found = tours.tour(floor, stops, route=route)
    assert sorted(found.sequence) == list(range(len(stops)))
    assert found.path[0] == found.path[-1] == floor.depot
    assert set(stops) <= set(found.path)
    assert sum(between(floor, a, b) for a, b in pairwise(found.path)) == found.length_mm
    if stops and route == Route.S_SHAPE:
        assert found.length_mm == tours.s_shape_mm(floor, tours.columns_of(floor, stops))
        assert found.length_mm >= tours.tour(floor, stops).length_mm


@pytest.mark.parametrize("at_back", [True, False])
def test_what_lies_at_the_depot_costs_no_aisle(at_back: bool) -> None:
    floor = Floor(aisles=2, length_mm=10, apart_mm=2, depot_aisle=1, depot_at_back=at_back)
    stops = [floor.depot, Stop(2, 4)]
    found = tours.tour(floor, stops, route=Route.S_SHAPE)
    assert found.length_mm == tours.s_shape_mm(floor, tours.columns_of(floor, stops)) == 4 + 2 * (6 if at_back else 4)


def test_a_walk_through_two_aisles_goes_up_one_and_down_the_other() -> None:
    floor = Floor(aisles=3, length_mm=10_000, apart_mm=2_000)
    found = tours.tour(floor, [Stop(2, 9_000), Stop(1, 9_000)])
    assert found.length_mm == 2 * 10_000 + 2 * 2_000
    assert tours.tour(floor, [Stop(1, 1_000), Stop(2, 1_000)]).length_mm == 2_000 + 2_000 + 4_000
