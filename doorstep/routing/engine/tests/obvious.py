"""The planner's slow and obvious twin: every way to lay every unit at every site."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import isfinite

from doorstep.routing.engine.values import Need, Site, Terms

Plan = tuple[tuple[float, ...], float, frozenset[int]]


def plans(needs: Sequence[Need], sites: Sequence[Site], terms: Terms) -> list[Plan]:
    """For each set of locations its best plan, best first: (ranks, total, locations)."""
    blocks = [(need, need.qty if need.whole else 1) for need in needs for _ in range(1 if need.whole else need.qty)]
    depth = max((len(site.ranks) for site in sites), default=0)
    found: dict[frozenset[int], Plan] = {}
    for where in product(range(len(sites)), repeat=len(blocks)):
        used = frozenset(where)
        if terms.most_parcels and len(used) > terms.most_parcels:
            continue
        total = terms.split * (len(used) - 1)
        for index in used:
            site = sites[index]
            here = [block for block, at in zip(blocks, where, strict=True) if at == index]
            taken: dict[int, int] = {}
            for need, units in here:
                taken[need.variant_id] = taken.get(need.variant_id, 0) + units
                total += units * site.worth.get(need.variant_id, 0.0)
            if any(qty > site.free.get(variant, 0) for variant, qty in taken.items()):
                break
            total += site.tariff(sum(need.weight_g * units for need, units in here))
            total += site.handling + site.late + site.capacity + site.penalty
        else:
            if isfinite(total):
                ranks = tuple(sum((*sites[i].ranks, *[0.0] * depth)[place] for i in used) for place in range(depth))
                locations = frozenset(sites[index].location_id for index in used)
                mine = (ranks, total, locations)
                found[locations] = min(mine, found.get(locations, mine), key=_order)
    fair = list(found.values())
    if terms.most_over is not None and fair and any(any(site.ranks) for site in sites):
        least = min(total for _, total, _ in fair)
        fair = [one for one in fair if one[1] <= least + terms.most_over + 1e-6]
    return sorted(fair, key=_order)


def _order(plan: Plan) -> tuple[tuple[float, ...], float]:
    return plan[0], plan[1]
