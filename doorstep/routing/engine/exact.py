"""Which locations send an order's units: the plan of least cost, exactly.

An order of up to ten units that differ (more where units are alike) is solved by dynamic programming over what may go in each
parcel, O(3ⁿ), and a search that the programme's values bound; a larger one by `open_sets`.

Source: the formulation follows Acimovic & Graves, "Making Better Fulfillment Decisions on the Fly in an Online Retail
Environment" (M&SOM 2015): the cost of this order and what its units are worth to later ones, minimised together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite

from doorstep.routing.engine import open_sets, shapes
from doorstep.routing.engine.laid import Basket, Fixed, basket, candidate, fixed_of
from doorstep.routing.engine.values import Candidate, Choice, Need, Site, Terms

KEPT = 4  # the best plan and three others
NODES = 2_000  # steps that the search for others may take
LAST = 100_000  # and that for the best, which needs a few but where `most_over` forbids nearly all


def plan(needs: Sequence[Need], sites: Sequence[Site], terms: Terms, *, others: bool = True) -> Choice | None:
    """The least plan and the best three from other location sets; None only where the stock does not suffice under the terms.

    Least means: what the sites' ranks hold against it, in their order, each summed over parcels; then Σ parcels [tariff(weight)
    + handling + late + capacity + penalty] + split · (parcels − 1) + Σ units · worth.  A location sends one parcel (`tariff`
    says what so much weight costs, infinity where it cannot go).  `most_over` counts from the plan that is least without ranks,
    worth included.  Exact up to `shapes.MOST_PAIRS` (and `LAST` steps); beyond that close, and found wherever the stock suffices.
    `others` False: the best alone is told.
    """
    order = basket(needs)
    if not order.items:
        return Choice(Candidate((), (), 0.0, 0.0, 0.0), ())
    fixed = fixed_of(sites, terms)
    if shapes.pairs(order.shape) > shapes.MOST_PAIRS:
        found = open_sets.plans(order, sites, fixed, terms, KEPT)
    else:
        found = Search(order, sites, fixed, terms).plans()
    if not found:
        return None
    best, *rest = [candidate(order, sites, terms, parcels) for parcels in (found if others else found[:1])]
    return Choice(best, tuple(rest))


@dataclass(slots=True)
class _Options:
    """What may go in one parcel.  Shapes: `of` by state, (value, site's index, money) each; `best`, `cheapest` by state."""

    of: list[list[tuple[float, int, float]]]
    best: list[float]
    cheapest: list[float]


class Search:
    """One decision, or what an order costs at all.

    A value orders plans: it is money, or where sites bear ranks one whole number of ranks and money.
    """

    def __init__(self, order: Basket, sites: Sequence[Site], fixed: Fixed, terms: Terms) -> None:
        self.order = order
        self.terms = terms
        self.full = sum(count * step for count, step in zip(order.shape, shapes.strides(order.shape), strict=True))
        self.parts = shapes.parts(order.shape)
        self.options = _options(order, sites, fixed, self.full)
        self.most = terms.most_parcels or self.full
        self.limit = inf
        self.kept: dict[int, tuple[float, tuple[tuple[int, int], ...]]] = {}
        self.bar: float = inf
        self.nodes = 0
        self.sorted: set[int] = set()
        self.ranked = fixed.ranked

    def plans(self) -> list[list[tuple[int, list[int]]]]:
        """The best plan for each of the best sets of locations, best first.  Shapes: (site's index, how many of each item)."""
        if self.ranked and self.terms.most_over is not None:
            cheapest = self._cheapest()
            if cheapest is None:
                return []
            self.limit = cheapest + self.terms.most_over + 1e-9 * (1 + abs(cheapest))
        self.layers = self.layers_of(self.options.best)
        self.money = self.layers_of(self.options.cheapest) if self.limit < inf else []
        self._dive(self.full, 0, 0.0, 0, ())
        best = sorted(self.kept.values())[:KEPT]
        return [[(site, shapes.counts_of(self.order.shape, state)) for state, site in parcels] for _, parcels in best]

    def _cheapest(self) -> float | None:
        """What the plan costs that is least without ranks."""
        plain = Search.__new__(Search)
        plain.order, plain.full, plain.parts, plain.most = self.order, self.full, self.parts, self.most
        plain.options = _Options(
            [[(money, site, money) for _, site, money in row] for row in self.options.of], self.options.cheapest, []
        )
        plain.terms, plain.ranked, plain.limit, plain.kept = Terms(), False, inf, {}
        plain.bar, plain.nodes, plain.sorted = inf, NODES, set()
        plain.plans()
        return min((value for value, _ in plain.kept.values()), default=None)

    def layers_of(self, best: list[float]) -> list[list[float]]:
        """The least value that covers each state, a site used twice if need be: no plan is below it.

        Shapes: one list by state; where parcels are limited, one for each number of parcels that may still come.
        """
        if self.most >= sum(self.order.shape):
            least: list[float] = [0] * (self.full + 1)
            for state in range(1, self.full + 1):
                least[state] = min([best[part] + least[state - part] for part in self.parts[state]])
            return [least]
        found: list[list[float]] = [[0] + [inf] * self.full]
        for _ in range(self.most):
            last = found[-1]
            found.append([0] + [min([best[p] + last[s - p] for p in self.parts[s]]) for s in range(1, self.full + 1)])
        return found

    def _dive(self, state: int, value: float, money: float, used: int, parcels: tuple[tuple[int, int], ...]) -> None:
        """Every plan that ends what has begun and may still be among those kept, most promising first."""
        if not state:
            self._keep(value, used, parcels)
            return
        self.nodes += 1
        if self.nodes > LAST and self.kept:
            return
        layer = self.layers[max(self.most - len(parcels) - 1, 0) if len(self.layers) > 1 else 0]
        best, of = self.options.best, self.options.of
        for ahead, part in sorted([(best[part] + layer[state - part], part) for part in self.parts[state]]):
            if value + ahead >= self.bar or ahead == inf:
                return
            options = of[part]
            if part not in self.sorted:
                options.sort()
                self.sorted.add(part)
            rest = state - part
            later = value + layer[rest]
            for own, site, cost in options:
                if later + own >= self.bar:
                    break
                if used >> site & 1:
                    continue
                if self.limit < inf and money + cost + self.money[0 if len(self.money) == 1 else self.most - len(parcels) - 1][
                    rest
                ] > self.limit:
                    continue
                self._dive(rest, value + own, money + cost, used | 1 << site, parcels + ((part, site),))

    def _keep(self, value: float, used: int, parcels: tuple[tuple[int, int], ...]) -> None:
        known = self.kept.get(used)
        if known is None or value < known[0]:
            self.kept[used] = (value, parcels)
            values = sorted(value for value, _ in self.kept.values())
            if self.nodes > NODES:
                self.bar = values[0]
            elif len(values) >= KEPT:
                self.bar = values[KEPT - 1]


def _options(order: Basket, sites: Sequence[Site], fixed: Fixed, full: int) -> _Options:
    """Every parcel that some site could send, with its value."""
    of: list[list[tuple[float, int, float]]] = [[] for _ in range(full + 1)]
    best: list[float] = [inf] * (full + 1)
    cheapest: list[float] = [inf] * (full + 1)
    weights = order.weights(full)
    for index, site in enumerate(sites):
        caps = order.caps(site)
        if caps is None:
            continue
        worth = [units * site.worth.get(variant, 0.0) for variant, units in order.items]
        tariff, base, rank = site.tariff, fixed.money[index], fixed.rank[index]
        later = {0: 0.0}
        for state, before, item in shapes.steps(order.shape, caps):
            later[state] = own = later[before] + worth[item]
            if order.shared and not order.fits(site, state):
                continue
            money = base + own + tariff(weights[state])
            if not isfinite(money):
                continue
            value = fixed.value(rank, money) if fixed.ranked else money
            of[state].append((value, index, money))
            if value < best[state]:
                best[state] = value
            if money < cheapest[state]:
                cheapest[state] = money
    return _Options(of, best, cheapest)
