"""Laying units into one box: each at an extreme point, turned as it fits, resting on what lies below.

Source: Crainic, Perboli and Tadei 2008, "Extreme point-based heuristics for three-dimensional bin packing" (extreme points and
their projections); the support rule is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from doorstep.fulfilment.cartons.values import Dims, Placed

# A unit rests on so much of its foot: less tips over when the box is lifted.
LEAST_SUPPORT_PERCENT = 70


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit, or a brick of several that are laid as one (`inside` along each axis of the unit's own sides)."""

    key: int
    dims: Dims
    weight_g: int
    fragile: bool
    each: Dims
    count: int = 1

    @property
    def volume(self) -> int:
        return self.dims[0] * self.dims[1] * self.dims[2]


@dataclass(frozen=True, slots=True)
class Laid:
    """A unit where it lies."""

    unit: Unit
    at: Dims
    dims: Dims
    turn: tuple[int, int, int]


@lru_cache(maxsize=4096)
def turns(dims: Dims, first: int) -> tuple[tuple[Dims, tuple[int, int, int]], ...]:
    """Every way to turn a unit: the `first`-th, then those that lie flat.

    Shapes: (dims as turned, which side is along each axis).
    """
    ways = [(0, 1, 2), (1, 0, 2), (0, 2, 1), (2, 0, 1), (1, 2, 0), (2, 1, 0)]
    found: dict[Dims, tuple[int, int, int]] = {}
    for way in ways:
        found.setdefault((dims[way[0]], dims[way[1]], dims[way[2]]), way)
    ranked = sorted(found.items(), key=lambda one: one[0][2])
    return (ranked[first % len(ranked)], *ranked)


def lay(room: Dims, units: Sequence[Unit], *, first: int = 0, all_or_none: bool = False) -> tuple[list[Laid], list[Unit]]:
    """Lays units into a room one after another; gives what lies, and what found no place.

    `first`: which way each is turned first, see `turns`.  `all_or_none`: stops at the first that finds no place.
    """
    laid: list[Laid] = []
    left: list[Unit] = []
    points: list[Dims] = [(0, 0, 0)]
    missed: set[tuple[Dims, bool]] = set()
    for n, unit in enumerate(units):
        kind = (unit.dims, unit.fragile)
        found = None if kind in missed else _place(room, laid, points, unit, first)
        if found is None:
            missed.add(kind)  # until something else is laid, asking again is in vain
            left.append(unit)
            if all_or_none:
                return laid, [*left, *units[n + 1 :]]
            continue
        laid.append(found)
        missed.clear()
        points = _points(laid, points, found)
    return laid, left


def _place(room: Dims, laid: Sequence[Laid], points: Sequence[Dims], unit: Unit, first: int) -> Laid | None:
    for at in points:
        for dims, turn in turns(unit.dims, first):
            ends = (at[0] + dims[0], at[1] + dims[1], at[2] + dims[2])
            if ends[0] > room[0] or ends[1] > room[1] or ends[2] > room[2]:
                continue
            if _is_free(laid, unit, at, ends):
                return Laid(unit, at, dims, turn)
    return None


def _is_free(laid: Sequence[Laid], unit: Unit, at: Dims, ends: Dims) -> bool:
    """Whether a place is empty, rests on what is below, and crushes nothing fragile."""
    x, y, z = at
    x2, y2, z2 = ends
    support = 0
    for other in laid:
        ox, oy, oz = other.at
        if ox >= x2 or oy >= y2:  # most lie elsewhere, and this is asked a hundred thousand times for a large order
            continue
        wide, deep, high = other.dims
        ox2, oy2, top = ox + wide, oy + deep, oz + high
        if ox2 <= x or oy2 <= y:
            continue
        if z < top and oz < z2:
            return False
        if top <= z:
            if other.unit.fragile:
                return False
            if top == z:
                support += (min(x2, ox2) - max(x, ox)) * (min(y2, oy2) - max(y, oy))
        elif unit.fragile:  # the other lies above
            return False
    least = LEAST_SUPPORT_PERCENT if unit.count == 1 else 100  # each unit of a brick has to rest, not only the brick
    return z == 0 or support * 100 >= least * (x2 - x) * (y2 - y)


def _points(laid: Sequence[Laid], points: Sequence[Dims], new: Laid) -> list[Dims]:
    """The extreme points after a unit was laid, lowest and innermost first."""
    (x, y, z), (wide, deep, high) = new.at, new.dims
    x2, y2, z2 = x + wide, y + deep, z + high
    fresh = {(x2, y, z), (x, y2, z), (x, y, z2)}
    # each of its far corners, slid towards the walls until it meets something
    fresh |= {(x2, _slide(laid, 1, (x2, y, z)), z), (x2, y, _slide(laid, 2, (x2, y, z)))}
    fresh |= {(_slide(laid, 0, (x, y2, z)), y2, z), (x, y2, _slide(laid, 2, (x, y2, z)))}
    fresh |= {(_slide(laid, 0, (x, y, z2)), y, z2), (x, _slide(laid, 1, (x, y, z2)), z2)}
    kept = [p for p in points if not (x <= p[0] < x2 and y <= p[1] < y2 and z <= p[2] < z2)]
    return sorted({*kept, *fresh}, key=lambda p: (p[2], p[1], p[0]))


def _slide(laid: Sequence[Laid], axis: int, point: Dims) -> int:
    """How near to the wall along an axis a point gets before it meets a unit."""
    a, b = (i for i in range(3) if i != axis)
    stop = 0
    for other in laid:
        end = other.at[axis] + other.dims[axis]
        inside = other.at[a] <= point[a] < other.at[a] + other.dims[a] and other.at[b] <= point[b] < other.at[b] + other.dims[b]
        if inside and stop < end <= point[axis]:
            stop = end
    return stop


def opened(laid: Laid) -> list[Placed]:
    """The single units of what was laid as one."""
    if laid.unit.count == 1:
        return [Placed(laid.unit.key, laid.at, laid.dims)]
    each = laid.unit.each
    dims = (each[laid.turn[0]], each[laid.turn[1]], each[laid.turn[2]])
    times = [laid.dims[i] // dims[i] for i in range(3)]
    x, y, z = laid.at
    return [
        Placed(laid.unit.key, (x + i * dims[0], y + j * dims[1], z + k * dims[2]), dims)
        for k in range(times[2])
        for j in range(times[1])
        for i in range(times[0])
    ]
