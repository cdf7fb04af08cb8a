"""Which location serves which line: nearest with everything, else as few parcels as possible."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import inf
from typing import Any

from doorstep.locations.values import LocationRow
from doorstep.routing.values import Elsewhere, Line, Place, Plan

MOST_TRIED = 12  # subsets are tried over this many nearest places; beyond it the greedy split decides


def choose(lines: Sequence[Line], places: Sequence[Place]) -> Plan | None:
    """The plan with the fewest parcels and, among those, the shortest way; None when the stock does not suffice.

    Units: whole units, kilometres.
    """
    near = sorted(places, key=_reach)
    useful = [p for p in near if any(p.free.get(line.variant_id, 0) > 0 for line in lines)]
    considered = tuple(_note(p, lines) for p in near[:8])
    complete = [p for p in useful if _has_all(p, lines)]
    if complete:
        best = complete[0]
        why = "only_complete" if len(complete) == 1 and len(near) > 1 else "nearest_complete"
        return Plan(((best.location_id, tuple(lines)),), why, best.distance_km, considered)
    parts = _fewest(lines, useful)
    if parts is None:
        return None
    return Plan(parts, "split", None, considered)


def _reach(place: Place) -> tuple[float, int]:
    return (inf if place.distance_km is None else place.distance_km, place.location_id)


def _has_all(place: Place, lines: Sequence[Line]) -> bool:
    need: dict[int, int] = {}
    for line in lines:
        need[line.variant_id] = need.get(line.variant_id, 0) + line.qty
    return all(place.free.get(v, 0) >= qty for v, qty in need.items())


def _note(place: Place, lines: Sequence[Line]) -> dict[str, Any]:
    """What the decision's record says of a place."""
    missing = [line.variant_id for line in lines if place.free.get(line.variant_id, 0) < line.qty]
    km = None if place.distance_km is None else round(place.distance_km)
    return {"location_id": place.location_id, "distance_km": km, "complete": not missing, "missing": missing[:5]}


def _fewest(lines: Sequence[Line], places: Sequence[Place]) -> tuple[tuple[int, tuple[Line, ...]], ...] | None:
    """The smallest set of places that covers every unit; the nearest of those sets."""
    tried = places[:MOST_TRIED]
    for size in range(2, len(tried) + 1):
        covering = [c for c in combinations(tried, size) if _fill(lines, c) is not None]
        if covering:
            best = min(covering, key=lambda c: sum(min(_reach(p)[0], 1e6) for p in c))
            return _fill(lines, best)
        if size == 4:
            break
    return _fill(lines, places)


def _fill(lines: Sequence[Line], places: Sequence[Place]) -> tuple[tuple[int, tuple[Line, ...]], ...] | None:
    """Takes from each place in turn what it has; None when something is left over."""
    left = {line.order_line_id: line.qty for line in lines}
    parts = []
    for place in places:
        free = dict(place.free)
        taken = []
        for line in lines:
            qty = min(left[line.order_line_id], free.get(line.variant_id, 0))
            if qty > 0:
                free[line.variant_id] -= qty
                left[line.order_line_id] -= qty
                taken.append(Line(line.order_line_id, line.variant_id, qty))
        if taken:
            parts.append((place.location_id, tuple(taken)))
    return None if any(left.values()) else tuple(parts)


def within_reach(
    lying: Sequence[tuple[LocationRow, int]], *, country: str, shut: frozenset[int] = frozenset()
) -> tuple[int, tuple[Elsewhere, ...]]:
    """Tells the units that an order for a country may have from those that it may not, and why not.

    Units: whole units.  Shapes: what may serve it, summed; then the other places, the fullest first.  `shut`: places that
    are excluded for it.
    """
    here = sum(qty for at, qty in lying if at.can_serve(country) and at.id not in shut)
    others = [
        Elsewhere(at.id, at.name, qty, _why_not(at, country, shut))
        for at, qty in lying
        if not at.can_serve(country) or at.id in shut
    ]
    return here, tuple(sorted(others, key=lambda one: (-one.qty, one.location_id)))


def _why_not(at: LocationRow, country: str, shut: frozenset[int]) -> str:
    if not at.active:
        return "not_in_use"
    if at.id in shut and at.can_serve(country):
        return "excluded"
    return "country" if at.fulfils_online else "not_online"
