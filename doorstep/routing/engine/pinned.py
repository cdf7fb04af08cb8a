"""What an order costs with one of its lines sent from each location."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from doorstep.routing.engine import exact
from doorstep.routing.engine.laid import basket, fixed_of
from doorstep.routing.engine.values import Need, Site, Terms


def costs(needs: Sequence[Need], sites: Sequence[Site], terms: Terms) -> list[float]:
    """The order's least cost with its first need from each site; infinity where that cannot be.  Sites bear no ranks.

    A location may stand for two parcels, where one would be too dear.
    """
    order = basket(needs)
    fixed = fixed_of(sites, terms)
    found = [inf] * len(sites)
    search = exact.Search(order, sites, fixed, terms)
    least = search.layers_of(search.options.best)[0]
    for state in search.parts[search.full]:
        rest = least[search.full - state]
        if rest == inf:
            continue
        for value, site, _ in search.options.of[state]:
            if value + rest < found[site]:
                found[site] = value + rest
    return [value - terms.split for value in found]
