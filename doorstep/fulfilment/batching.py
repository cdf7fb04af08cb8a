"""Which orders go on one cart, so that pickers walk less.  Pure.

Savings first, with the true walk of every pair; then single orders move or trade places between carts while that shortens the
walk, for a bounded number of trials, so that the same orders give the same carts on every machine.
Source: Clarke & Wright, Operations Research 12 (1964) 568-581, in the variant that computes savings anew after each merger
(de Koster, van der Poort & Wolters, International Journal of Production Research 37 (1999) 1479-1504).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from doorstep.fulfilment.tours import Column, Floor, Route, Stop, clamped, column, s_shape_mm, shortest_mm

CLOSEST = 40  # how many other carts a merged one is measured against
AT_ONCE, PORTION = 250, 125  # orders of which every pair is measured: up to so many, or in portions; pairs grow with the square
TRIALS = 60000


@dataclass(frozen=True, slots=True)
class Load:
    """One order as a cart sees it.  `stops`: where its lines lie, one for each line whose place is known."""

    id: int
    stops: tuple[Stop, ...]
    picks: int
    weight_g: int = 0


@dataclass(frozen=True, slots=True)
class Cart:
    """What fits on one cart; None: no limit.  An order that is too large by itself goes alone."""

    picks: int = 30
    orders: int | None = None
    weight_g: int | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Orders that are fetched in one walk, in the order in which they came."""

    ids: tuple[int, ...]
    picks: int
    length_mm: int


@dataclass(slots=True)
class _Group:
    """Orders on one cart: `places` are their stops by aisle, `columns` what each aisle costs, `length` the walk."""

    members: frozenset[int]
    picks: int
    weight_g: int
    places: dict[int, list[int]]
    columns: dict[int, Column]
    length: int = 0


def first_come(loads: Sequence[Load], *, cart: Cart, floor: Floor, route: Route = Route.EXACT) -> list[Batch]:
    """Carts filled in the order in which the orders came: each takes what still fits, then the next one starts."""
    trial = _Trial(floor, route, loads, cart)
    carts: list[list[int]] = []
    for n in range(len(loads)):
        if carts and trial.fits([*carts[-1], n]):
            carts[-1].append(n)
        else:
            carts.append([n])
    return [trial.batch(trial.group(members)) for members in carts]


def batch(loads: Sequence[Load], *, cart: Cart, floor: Floor, route: Route = Route.EXACT) -> list[Batch]:
    """Carts that make the walk short: never longer together than the orders taken as they came.

    Shapes: every load is in exactly one batch; batches by their first order.
    """
    found = [one for some in _portions(loads) for one in _of_portion(some, cart, floor, route)]
    order = {load.id: n for n, load in enumerate(loads)}
    found = [replace(one, ids=tuple(sorted(one.ids, key=lambda id: order[id]))) for one in found]
    found.sort(key=lambda one: order[one.ids[0]])
    plain = first_come(loads, cart=cart, floor=floor, route=route)
    return found if walk_mm(found) <= walk_mm(plain) else plain


def _portions(loads: Sequence[Load]) -> list[Sequence[Load]]:
    """So many orders that every pair of them can be measured: neighbours on the floor stay together."""
    if len(loads) <= AT_ONCE:
        return [loads]
    near = sorted(loads, key=lambda load: sum(stop.aisle for stop in load.stops) / max(len(load.stops), 1))
    parts = -(-len(loads) // PORTION)
    return [near[n * len(near) // parts : (n + 1) * len(near) // parts] for n in range(parts)]


def _of_portion(loads: Sequence[Load], cart: Cart, floor: Floor, route: Route) -> list[Batch]:
    trial = _Trial(floor, route, loads, cart)
    return [trial.batch(group) for group in _improved(trial, _merged(trial))]


def walk_mm(batches: Iterable[Batch]) -> int:
    """How far pickers walk for these batches together."""
    return sum(one.length_mm for one in batches)


class _Trial:
    """Measures groups of loads on one floor."""

    def __init__(self, floor: Floor, route: Route, loads: Sequence[Load], cart: Cart) -> None:
        self.floor, self.loads, self.cart = floor, loads, cart
        self._measure = s_shape_mm if route == Route.S_SHAPE else shortest_mm
        self._depot = floor.depot_aisle
        self.single = [self.group([n]) for n in range(len(loads))]

    def fits(self, members: Sequence[int]) -> bool:
        """Whether these loads go on one cart."""
        return self.has_room(
            sum(self.loads[n].picks for n in members), sum(self.loads[n].weight_g for n in members), len(members)
        )

    def has_room(self, picks: int, weight_g: int, orders: int) -> bool:
        cart = self.cart
        return (
            picks <= cart.picks
            and (cart.orders is None or orders <= cart.orders)
            and (cart.weight_g is None or weight_g <= cart.weight_g)
        )

    def join(self, a: _Group, b: _Group) -> bool:
        """Whether two groups fit on one cart together."""
        return self.has_room(a.picks + b.picks, a.weight_g + b.weight_g, len(a.members) + len(b.members))

    def group(self, members: Iterable[int]) -> _Group:
        """These loads on one cart, measured."""
        mine = frozenset(members)
        places: dict[int, set[int]] = {self._depot: {self.floor.depot.along_mm}}
        for n in mine:
            for stop in self.loads[n].stops:
                at = clamped(self.floor, stop)
                places.setdefault(at.aisle, set()).add(at.along_mm)
        sorted_places = {aisle: sorted(alongs) for aisle, alongs in places.items()}
        columns = {aisle: column(self.floor, aisle, alongs) for aisle, alongs in sorted_places.items()}
        group = _Group(
            mine, sum(self.loads[n].picks for n in mine), sum(self.loads[n].weight_g for n in mine), sorted_places, columns
        )
        group.length = self.measure(columns)
        return group

    def measure(self, columns: Mapping[int, Column]) -> int:
        return self._measure(self.floor, [columns[aisle] for aisle in sorted(columns)])

    def together(self, a: _Group, b: _Group) -> int:
        """How long the walk of two groups on one cart is."""
        large, small = (a, b) if len(a.columns) >= len(b.columns) else (b, a)
        columns = dict(large.columns)
        for aisle, alongs in small.places.items():
            mine = large.places.get(aisle)
            if mine is None:
                columns[aisle] = small.columns[aisle]
            elif mine != alongs:
                columns[aisle] = column(self.floor, aisle, sorted({*mine, *alongs}))
        return self.measure(columns)

    def batch(self, group: _Group) -> Batch:
        return Batch(tuple(self.loads[n].id for n in sorted(group.members)), group.picks, group.length)


def _merged(trial: _Trial) -> list[_Group]:
    """Savings: the two groups whose common walk saves most become one, until none fit together."""
    groups: dict[int, _Group] = dict(enumerate(trial.single))
    heap: list[tuple[int, int, int]] = []
    for i, a in groups.items():
        for j in range(i + 1, len(trial.single)):
            b = groups[j]
            if trial.join(a, b):
                heap.append((trial.together(a, b) - a.length - b.length, i, j))
    heapq.heapify(heap)
    pairs: dict[int, list[tuple[int, int]]] = {}
    for cost, i, j in sorted(heap):
        pairs.setdefault(i, []).append((cost, j))
        pairs.setdefault(j, []).append((cost, i))
    fresh = len(groups)
    near = {i: [j for _, j in sorted(found)] for i, found in pairs.items()}
    into: dict[int, int] = {}

    def now(i: int) -> int:
        while i in into:
            i = into[i]
        return i

    while heap:
        _, i, j = heapq.heappop(heap)
        if i not in groups or j not in groups:
            continue
        a, b = groups.pop(i), groups.pop(j)
        both = trial.group(a.members | b.members)
        into[i] = into[j] = fresh
        known = dict.fromkeys(now(k) for k in _mixed(near.get(i, []), near.get(j, [])))
        near[fresh] = [k for k in known if k != fresh and k in groups]
        measured = 0
        for k in near[fresh]:
            if measured >= CLOSEST:
                break
            if trial.join(both, groups[k]):
                measured += 1
                heapq.heappush(heap, (trial.together(both, groups[k]) - both.length - groups[k].length, fresh, k))
        groups[fresh] = both
        fresh += 1
    return list(groups.values())


def _mixed(a: Sequence[int], b: Sequence[int]) -> list[int]:
    """Both rankings as one, in turns."""
    found = [k for pair in zip(a, b, strict=False) for k in pair]
    return found + list(a[len(b) :]) + list(b[len(a) :])


def _improved(trial: _Trial, groups: list[_Group]) -> list[_Group]:
    """Single loads move to another cart, or trade places, while the walk gets shorter."""
    left = TRIALS
    shorter = True
    while shorter and left > 0:
        shorter = False
        for a in range(len(groups)):
            for b in range(a + 1, len(groups)):
                found, used = _traded(trial, groups[a], groups[b], left)
                left -= used
                if found is not None:
                    groups[a], groups[b] = found
                    shorter = True
                if left <= 0:
                    return [group for group in groups if group.members]
    return [group for group in groups if group.members]


def _traded(trial: _Trial, a: _Group, b: _Group, left: int) -> tuple[tuple[_Group, _Group] | None, int]:
    """The first move or trade between two carts that shortens their walks, and how many were measured."""
    used = 0
    without_a = {n: trial.group(a.members - {n}) for n in a.members}
    without_b = {n: trial.group(b.members - {n}) for n in b.members}
    used += len(without_a) + len(without_b)
    saved_a = {n: a.length - group.length for n, group in without_a.items()}
    saved_b = {n: b.length - group.length for n, group in without_b.items()}
    moves: list[tuple[int, int | None, int | None]] = []
    moves += [(saved_a[n], n, None) for n in a.members]
    moves += [(saved_b[n], None, n) for n in b.members]
    moves += [(saved_a[n] + saved_b[m], n, m) for n in a.members for m in b.members]
    moves.sort(key=lambda move: (-move[0], move[1] or -1, move[2] or -1))
    for most, n, m in moves:
        if most <= 0 or used >= left:
            break
        rest_a = a if n is None else without_a[n]
        rest_b = b if m is None else without_b[m]
        gets_a = None if m is None else trial.single[m]
        gets_b = None if n is None else trial.single[n]
        if (gets_a and not trial.join(rest_a, gets_a)) or (gets_b and not trial.join(rest_b, gets_b)):
            continue
        used += 1
        new_a = trial.together(rest_a, gets_a) if gets_a else rest_a.length
        if new_a >= a.length + b.length:
            continue
        new_b = trial.together(rest_b, gets_b) if gets_b else rest_b.length
        if new_a + new_b < a.length + b.length:
            mine = (a.members - {n} if n is not None else a.members) | ({m} if m is not None else set())
            theirs = (b.members - {m} if m is not None else b.members) | ({n} if n is not None else set())
            return (trial.group(mine), trial.group(theirs)), used
    return None, used
