"""The shortest walk past the bins of a pick list, exactly, and the S-shape beside it.  Pure.

The warehouse is one block of parallel aisles with a cross aisle at the front and one at the back; a picker starts and ends at
the depot, at the front or back end of one aisle, and serves both sides of an aisle from its middle.
Source: Ratliff & Rosenthal, "Order-picking in a rectangular warehouse: a solvable case of the traveling salesman problem",
Operations Research 31 (1983) 507-521: a dynamic program over seven classes of partial tours, linear in the aisles.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

FAR = 1 << 60  # longer than any walk


class Route(StrEnum):
    """How pickers walk: the shortest tour, or every aisle with a pick through from end to end, in a serpentine."""

    EXACT = "exact"
    S_SHAPE = "s_shape"


class Stop(NamedTuple):
    """Where a picker stands at a bin: which aisle, counted from 1, and how far from its front end."""

    aisle: int
    along_mm: int


@dataclass(frozen=True, slots=True)
class Floor:
    """A block of parallel aisles.  `depot_aisle`: the aisle at whose end a walk starts and ends."""

    aisles: int
    length_mm: int
    apart_mm: int
    depot_aisle: int = 1
    depot_at_back: bool = False

    @property
    def depot(self) -> Stop:
        return Stop(self.depot_aisle, self.length_mm if self.depot_at_back else 0)


class Column(NamedTuple):
    """An aisle that has to be entered, and what each way of serving it costs in both directions together.

    `back`: in and out at the back end; `front`: likewise at the front; `gap`: from both ends, leaving the widest gap out.
    """

    aisle: int
    back_mm: int
    front_mm: int
    gap_mm: int


@dataclass(frozen=True, slots=True)
class Tour:
    """A walk.  `sequence`: indices of the stops in the order in which they are first passed; `path`: every turning point."""

    length_mm: int
    sequence: tuple[int, ...]
    path: tuple[Stop, ...]


def tour(floor: Floor, stops: Sequence[Stop], *, route: Route = Route.EXACT) -> Tour:
    """The walk from the depot past every stop and back.

    Units: millimetres.  Shapes: stops outside the block count as its nearest end.
    """
    if not stops:
        return Tour(0, (), (floor.depot,))
    inside = [clamped(floor, stop) for stop in stops]
    path = _s_shape_path(floor, inside) if route == Route.S_SHAPE else _exact_path(floor, inside)
    first: dict[Stop, int] = {}
    for n, at in enumerate(path):
        first.setdefault(at, n)
    sequence = sorted(range(len(inside)), key=lambda n: (first[inside[n]], n))
    return Tour(sum(_apart(floor, a, b) for a, b in pairwise(path)), tuple(sequence), tuple(path))


def clamped(floor: Floor, stop: Stop) -> Stop:
    """The stop, or the nearest point of the block to it."""
    return Stop(min(max(stop.aisle, 1), floor.aisles), min(max(stop.along_mm, 0), floor.length_mm))


def columns_of(floor: Floor, stops: Iterable[Stop]) -> list[Column]:
    """The aisles that a walk past these stops has to enter, the depot's among them, from the first to the last."""
    found: dict[int, set[int]] = {floor.depot_aisle: {floor.depot.along_mm}}
    for stop in stops:
        found.setdefault(stop.aisle, set()).add(stop.along_mm)
    return [column(floor, aisle, sorted(found[aisle])) for aisle in sorted(found)]


def column(floor: Floor, aisle: int, alongs: Sequence[int]) -> Column:
    """What serving an aisle costs, whose stops are these, ascending and at least one."""
    gap = FAR
    if len(alongs) > 1:
        gap = 2 * (floor.length_mm - max([b - a for a, b in pairwise(alongs)]))
    return Column(aisle, 2 * (floor.length_mm - alongs[0]), 2 * alongs[-1], gap)


def shortest_mm(floor: Floor, columns: Sequence[Column]) -> int:
    """The length of the shortest walk through these aisles, at least one, ascending.

    The classes of a partial tour, by the degree of its two ends in the last aisle (back, front): `uu` both odd; `e0` only the
    back one touched; `ze` only the front one; `ee` both even in one piece; `two` both even in two pieces, to be joined later.
    An aisle without a stop is never entered: whatever crosses it might as well cross the aisle before it.
    """
    length, apart = floor.length_mm, 2 * floor.apart_mm
    both = 2 * length
    last, e0, ze, two = columns[0]
    uu, ee = length, both
    for aisle, back, front, gap in columns[1:]:
        step = (aisle - last) * apart
        last = aisle
        # along the two cross aisles
        two = (e0 if e0 < ze and e0 < two else ze if ze < two else two) + 2 * step
        e0 = (e0 if e0 < ee else ee) + step
        ze = (ze if ze < ee else ee) + step
        ee += 2 * step
        uu += step
        # through the aisle
        cheap = front if front < back else back
        if gap < cheap:
            cheap = gap
        even = e0 if e0 < ze else ze
        if two < even:
            even = two
        joined = uu + length
        if ee + cheap < joined:
            joined = ee + cheap
        if even + both < joined:
            joined = even + both
        uu = min(uu + cheap, (even if even < ee else ee) + length)
        two = min(two + cheap, e0 + (front if front < gap else gap), ze + (back if back < gap else gap))
        e0 += back
        ze += front
        ee = joined
    return min(e0, ze, ee)


def s_shape_mm(floor: Floor, columns: Sequence[Column]) -> int:
    """The length of the serpentine through these aisles, as `tour` walks it."""
    depot = floor.depot_aisle
    at_back = floor.depot_at_back
    empty = (0, 2 * floor.length_mm) if at_back else (2 * floor.length_mm, 0)  # the depot's aisle where nothing is picked in it
    picked = [one for one in columns if one.aisle != depot or (one.back_mm, one.front_mm) != empty]
    if not picked:
        return 0
    across = abs(depot - picked[0].aisle) + picked[-1].aisle - picked[0].aisle + abs(picked[-1].aisle - depot)
    through = len(picked) - len(picked) % 2
    rest = 0
    if len(picked) % 2:
        rest = picked[-1].back_mm if at_back else picked[-1].front_mm
    return across * floor.apart_mm + through * floor.length_mm + rest


# --- the exact walk, with the way it took

_SINGLE, _BACK, _FRONT, _GAP, _DOUBLE = range(5)
_UU, _E0, _ZE, _EE, _TWO, _NONE = range(6)
# class before an aisle → ways of serving it, and the class after it (their table I, ways i to v)
_THROUGH = {
    _UU: ((_SINGLE, _EE), (_BACK, _UU), (_FRONT, _UU), (_GAP, _UU), (_DOUBLE, _UU)),
    _E0: ((_SINGLE, _UU), (_BACK, _E0), (_FRONT, _TWO), (_GAP, _TWO), (_DOUBLE, _EE)),
    _ZE: ((_SINGLE, _UU), (_BACK, _TWO), (_FRONT, _ZE), (_GAP, _TWO), (_DOUBLE, _EE)),
    _EE: ((_SINGLE, _UU), (_BACK, _EE), (_FRONT, _EE), (_GAP, _EE), (_DOUBLE, _EE)),
    _TWO: ((_SINGLE, _UU), (_BACK, _TWO), (_FRONT, _TWO), (_GAP, _TWO), (_DOUBLE, _EE)),
    _NONE: ((_SINGLE, _UU), (_BACK, _E0), (_FRONT, _ZE), (_GAP, _TWO), (_DOUBLE, _EE)),
}
# class after an aisle → edges along the back and along the front to the next one, and the class before that (table II)
_ALONG = {
    _UU: ((1, 1, _UU),),
    _E0: ((2, 0, _E0), (2, 2, _TWO)),
    _ZE: ((0, 2, _ZE), (2, 2, _TWO)),
    _EE: ((2, 0, _E0), (0, 2, _ZE), (2, 2, _EE)),
    _TWO: ((2, 2, _TWO),),
}


class _Best(NamedTuple):
    """The cheapest way into a class: what it cost, from which class, and by which edges (of cross aisles, of the aisle)."""

    cost: int
    came_from: int
    back: int
    front: int
    way: int


def _exact_path(floor: Floor, stops: Sequence[Stop]) -> list[Stop]:
    columns = columns_of(floor, stops)
    taken = _ways(floor, columns)
    alongs: dict[int, set[int]] = {}
    for stop in [*stops, floor.depot]:
        alongs.setdefault(stop.aisle, set()).add(stop.along_mm)
    edges: dict[Stop, list[Stop]] = {}
    last: int | None = None
    for one, best in zip(columns, taken, strict=True):
        if last is not None:
            for end, times in ((floor.length_mm, best.back), (0, best.front)):
                _join(edges, Stop(last, end), Stop(one.aisle, end), times)
        for a, b, times in _served(floor.length_mm, sorted(alongs[one.aisle]), best.way):
            _join(edges, Stop(one.aisle, a), Stop(one.aisle, b), times)
        last = one.aisle
    return _once_over(edges, floor.depot)


def _ways(floor: Floor, columns: Sequence[Column]) -> list[_Best]:
    """Per aisle how the shortest walk comes to it and serves it."""
    steps: list[dict[int, _Best]] = []
    standing: dict[int, int] = {_NONE: 0}
    last = columns[0].aisle
    for one in columns:
        apart = (one.aisle - last) * floor.apart_mm
        last = one.aisle
        arrived: dict[int, tuple[int, int, int, int]] = {}
        for state, cost in standing.items():
            for back, front, into in _ALONG.get(state, ((0, 0, _NONE),)):
                total = cost + (back + front) * apart
                if into not in arrived or total < arrived[into][0]:
                    arrived[into] = (total, state, back, front)
        costs = (floor.length_mm, one.back_mm, one.front_mm, one.gap_mm, 2 * floor.length_mm)
        served: dict[int, _Best] = {}
        for state, (cost, came_from, back, front) in arrived.items():
            for way, into in _THROUGH[state]:
                total = cost + costs[way]
                if into not in served or total < served[into].cost:
                    served[into] = _Best(total, came_from, back, front, way)
        steps.append(served)
        standing = {state: best.cost for state, best in served.items()}
    state = min((_E0, _ZE, _EE), key=lambda state: standing.get(state, FAR))
    taken = []
    for served in reversed(steps):
        taken.append(served[state])
        state = served[state].came_from
    return taken[::-1]


def _served(length_mm: int, alongs: Sequence[int], way: int) -> list[tuple[int, int, int]]:
    """The stretches of an aisle that a way of serving it walks, and how often each."""
    every = list(pairwise([0, *alongs, length_mm]))
    if way == _SINGLE:
        return [(a, b, 1) for a, b in every]
    if way == _DOUBLE:
        return [(a, b, 2) for a, b in every]
    if way == _BACK:
        return [(a, b, 2) for a, b in every[1:]]
    if way == _FRONT:
        return [(a, b, 2) for a, b in every[:-1]]
    widest = max(range(1, len(every) - 1), key=lambda n: every[n][1] - every[n][0])
    return [(a, b, 2) for n, (a, b) in enumerate(every) if n != widest]


def _join(edges: dict[Stop, list[Stop]], a: Stop, b: Stop, times: int) -> None:
    if a != b:
        edges.setdefault(a, []).extend([b] * times)
        edges.setdefault(b, []).extend([a] * times)


def _once_over(edges: dict[Stop, list[Stop]], start: Stop) -> list[Stop]:
    """A closed walk over every edge once.  Source: Hierholzer 1873."""
    stack, path = [start], []
    while stack:
        here = stack[-1]
        onward = edges.get(here)
        if onward:
            there = onward.pop()
            edges[there].remove(here)
            stack.append(there)
        else:
            path.append(stack.pop())
    return path[::-1]


def _s_shape_path(floor: Floor, stops: Sequence[Stop]) -> list[Stop]:
    """Every aisle with a stop through from end to end, from the first to the last; in the last one back where it is odd."""
    found: dict[int, set[int]] = {}
    for stop in stops:
        if stop != floor.depot:  # the walk begins there
            found.setdefault(stop.aisle, set()).add(stop.along_mm)
    near, far = floor.depot.along_mm, floor.length_mm - floor.depot.along_mm
    path, at = [floor.depot], near
    for n, aisle in enumerate(sorted(found)):
        alongs = sorted(found[aisle], reverse=at > 0)
        path += [Stop(aisle, at), *(Stop(aisle, along) for along in alongs)]
        if at != near or n + 1 < len(found):
            at = far if at == near else near
        path.append(Stop(aisle, at))
    path.append(floor.depot)
    return [stop for n, stop in enumerate(path) if n == 0 or stop != path[n - 1]]


def _apart(floor: Floor, a: Stop, b: Stop) -> int:
    """How far it is between two stops, around the nearer end where they lie in different aisles."""
    if a.aisle == b.aisle:
        return abs(a.along_mm - b.along_mm)
    around = min(a.along_mm + b.along_mm, 2 * floor.length_mm - a.along_mm - b.along_mm)
    return abs(a.aisle - b.aisle) * floor.apart_mm + around
