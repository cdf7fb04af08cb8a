"""Plans for orders too large to be solved exactly: small sets of locations are opened, units laid in and moved while that saves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import isfinite
from operator import mul

from doorstep.routing.engine.laid import Basket, Fixed
from doorstep.routing.engine.values import Site, Terms

POOL = 8  # sites that sets are drawn from; fewer where there is much to lay in
EFFORT = 400  # items times sites of the pool, about
WIDE = 4_000  # items times sites beyond which sets of three are left out
CLIMBED = 3  # sets that are improved by opening, closing and exchanging a site
TRIES = 5_000  # steps of a search for any set, or any packing, at all

Counts = list[int]


@dataclass(slots=True)
class Laid:
    """Shapes: `counts` by site's index, how many of each item; `value` orders plans, `money` is what it costs."""

    counts: dict[int, Counts]
    value: float
    money: float


def plans(
    order: Basket, sites: Sequence[Site], fixed: Fixed, terms: Terms, kept: int
) -> list[list[tuple[int, list[int]]]]:
    """Up to `kept` plans from different sets of locations, best first; none only where the stock does not suffice.

    With `most_parcels` a set that is small enough is sought by trying, at most `TRIES` times.
    """
    return _Opening(order, sites, fixed, terms).plans(kept)


class _Opening:
    def __init__(self, order: Basket, sites: Sequence[Site], fixed: Fixed, terms: Terms) -> None:
        self.order, self.sites, self.fixed, self.terms = order, sites, fixed, terms
        self.whole = sum(weight * count for weight, count in zip(order.weight_g, order.shape, strict=True))
        least = min(order.weight_g)
        self.able = [
            index
            for index, site in enumerate(sites)
            if order.caps(site) and isfinite(fixed.money[index] + site.tariff(least))
        ]
        self.caps = {index: list(order.caps(sites[index]) or ()) for index in self.able}
        self.slope = {
            index: (self.tariff(index, self.whole) - self.tariff(index, least)) / max(self.whole - least, 1)
            for index in self.able
        }
        self.pool = max(3, min(POOL, EFFORT // len(order.items)))
        self.price = {index: [self._price(index, item) for item in range(len(order.items))] for index in self.able}
        self.most = terms.most_parcels or len(sites)
        self.scarce = sorted(
            range(len(order.items)),
            key=lambda item: (
                -order.items[item][1] * (order.items[item][0] in order.shared),
                sum(self.caps[index][item] > 0 for index in self.able),
            ),
        )

    def tariff(self, index: int, weight_g: int) -> float:
        """Infinity is a large number here, so that there is always less of it."""
        return min(self.sites[index].tariff(weight_g), 1e12)

    def plans(self, kept: int) -> list[list[tuple[int, list[int]]]]:
        found: dict[frozenset[int], Laid] = {}
        for opened in dict.fromkeys(self._sets()):
            self._try(opened, found)
        for laid in sorted(found.values(), key=lambda laid: laid.value)[:CLIMBED]:
            self._climb(frozenset(laid.counts), found)
        moved: dict[frozenset[int], Laid] = {}
        for laid in sorted(found.values(), key=lambda laid: laid.value)[: 2 * kept]:
            better = self._moved(laid)
            used = frozenset(better.counts)
            if used not in moved or better.value < moved[used].value:
                moved[used] = better
        fair = [laid for laid in moved.values() if laid.money < 1e11]
        if self.fixed.ranked and self.terms.most_over is not None and fair:
            cheapest = min(laid.money for laid in [*found.values(), *fair])
            within = [laid for laid in fair if laid.money <= cheapest + self.terms.most_over]
            fair = within or [min(fair, key=lambda laid: laid.money)]
        best = sorted(fair, key=lambda laid: laid.value)[:kept]
        return [list(laid.counts.items()) for laid in best]

    # which sets

    def _sets(self) -> Iterator[frozenset[int]]:
        """One, two and three of the likeliest sites, each with what they lack; the last resort where none is small enough."""
        if not self.able:
            return
        value = {index: self._opening_value(index) for index in self.able}
        covers = {index: sum(self.caps[index]) for index in self.able}
        pool = sorted(self.able, key=lambda index: (-covers[index], value[index]))[: self.pool]
        likely = sorted(self.able, key=lambda index: value[index])[: self.pool // 2]
        pool += [index for index in likely if index not in pool]
        some = False
        for size in (1, 2, 3) if len(self.able) * len(self.order.items) <= WIDE else (1, 2):
            for chosen in combinations(pool, size):
                full = self._completed(chosen)
                if full is not None and len(full) <= self.most:
                    some = True
                    yield full
        if not some:
            last = self._any_set()
            if last is not None:
                yield last

    def _opening_value(self, index: int) -> float:
        money = self.fixed.money[index] + self.tariff(index, self.whole)
        return self.fixed.value(self.fixed.rank[index], money) if self.fixed.ranked else money

    def _lacking(self, opened: Sequence[int] | frozenset[int]) -> Counts:
        """How many of each item the open sites cannot send."""
        return [
            max(count - sum(self.caps[index][item] for index in opened), 0) for item, count in enumerate(self.order.shape)
        ]

    def _completed(self, chosen: Sequence[int]) -> frozenset[int] | None:
        """With the sites that cover most of what is lacking; None where all together do not."""
        opened = list(chosen)
        lacking = self._lacking(opened)
        while any(lacking):
            best, covered = None, 0
            for index in self.able:
                if index in opened:
                    continue
                helps = sum(map(min, lacking, self.caps[index]))
                if helps > covered:
                    best, covered = index, helps
            if best is None:
                return None
            opened.append(best)
            lacking = [max(lack - cap, 0) for lack, cap in zip(lacking, self.caps[best], strict=True)]
        return frozenset(opened)

    def _any_set(self) -> frozenset[int] | None:
        """A set of no more sites than parcels are allowed: for the item that fewest sites have, each of these in turn."""
        left = TRIES
        widest = max(sum(caps) for caps in self.caps.values())

        def search(opened: frozenset[int]) -> frozenset[int] | None:
            nonlocal left
            left -= 1
            lacking = self._lacking(opened)
            if not any(lacking):
                return opened if self._laid(opened) else None
            if left <= 0 or sum(lacking) > (self.most - len(opened)) * widest:
                return None
            item = next(item for item in self.scarce if lacking[item])
            having = [index for index in self.able if index not in opened and self.caps[index][item]]
            having.sort(key=lambda index: -sum(map(min, lacking, self.caps[index])))
            for index in having:
                found = search(opened | {index})
                if found is not None:
                    return found
            return None

        return search(frozenset())

    # what goes where

    def _try(self, opened: frozenset[int], found: dict[frozenset[int], Laid]) -> Laid | None:
        laid = self._laid(opened)
        if laid is None:
            return None
        used = frozenset(laid.counts)
        if used not in found or laid.value < found[used].value:
            found[used] = laid
        return found[used]

    def _laid(self, opened: frozenset[int]) -> Laid | None:
        """Each item where it is cheapest for its weight and worth, scarce ones first; None where it does not all fit."""
        free = {index: dict(self.sites[index].free) for index in opened}
        counts = {index: [0] * len(self.order.items) for index in opened}
        tight = [item for item in self.scarce if self.order.items[item][1] > 1 and self.order.items[item][0] in self.order.shared]
        if not self._packed(tight, free, counts, [TRIES]):
            return None
        for item in self.scarce:
            if item in tight:
                continue
            variant, units = self.order.items[item]
            wanted = self.order.shape[item]
            for index in sorted(opened, key=lambda index: self.price[index][item]):
                took = min(wanted, free[index].get(variant, 0) // units)
                if took > 0:
                    counts[index][item] += took
                    free[index][variant] -= took * units
                    wanted -= took
            if wanted:
                return None
        return self._weighed({index: held for index, held in counts.items() if any(held)})

    def _price(self, index: int, item: int) -> float:
        variant, units = self.order.items[item]
        return self.slope[index] * self.order.weight_g[item] + units * self.sites[index].worth.get(variant, 0.0)

    def _packed(self, items: list[int], free: dict[int, dict[int, int]], counts: dict[int, Counts], left: list[int]) -> bool:
        """Whole lines of a variant that stands in several, largest first, each at a site that still has so many."""
        if not items:
            return True
        left[0] -= 1
        if left[0] < 0:
            return False
        item, *rest = items
        variant, units = self.order.items[item]
        for index in sorted(free, key=lambda index: self.price[index][item]):
            if free[index].get(variant, 0) >= units:
                free[index][variant] -= units
                counts[index][item] += 1
                if self._packed(rest, free, counts, left):
                    return True
                free[index][variant] += units
                counts[index][item] -= 1
        return False

    def _parcel(self, index: int, held: Counts) -> float:
        site = self.sites[index]
        weight_g = sum(count * weight for count, weight in zip(held, self.order.weight_g, strict=True))
        worth = sum(
            count * units * site.worth.get(variant, 0.0)
            for count, (variant, units) in zip(held, self.order.items, strict=True)
            if count
        )
        return self.fixed.money[index] + self.tariff(index, weight_g) + worth

    def _weighed(self, counts: dict[int, Counts]) -> Laid:
        money = sum(self._parcel(index, held) for index, held in counts.items())
        if not self.fixed.ranked:
            return Laid(counts, money, money)
        return Laid(counts, self.fixed.value(sum(self.fixed.rank[index] for index in counts), money), money)

    # making it better

    def _climb(self, opened: frozenset[int], found: dict[frozenset[int], Laid]) -> None:
        """Closes, opens and exchanges one site for as long as that is better."""
        best = found[opened]
        for _ in range(self.pool):
            start = best
            used = frozenset(start.counts)
            others = [index for index in self.able if index not in used]
            others.sort(key=self._opening_value)
            near = [used - {index} for index in used] + [used | {index} for index in others[: self.pool]]
            near += [used - {out} | {index} for out in used for index in others[: self.pool // 2]]
            for neighbour in near:
                if not neighbour or len(neighbour) > self.most or neighbour in found or any(self._lacking(neighbour)):
                    continue
                laid = self._try(neighbour, found)
                if laid is not None and laid.value < best.value:
                    best = laid
            if best is start:
                return

    def _moved(self, laid: Laid) -> Laid:
        """Moves an item from one open site to another for as long as that is cheaper."""
        moving = _Moving(self, laid)
        for _ in range(POOL):
            saved = [moving.move(item) for item in range(len(self.order.items))]
            if not any(saved):
                break
        return self._weighed({index: held for index, held in moving.counts.items() if any(held)})


class _Moving:
    """A laid plan with what its parcels weigh, so that a move is priced by the two parcels that it touches."""

    def __init__(self, opening: _Opening, laid: Laid) -> None:
        self.opening = opening
        self.counts = {index: list(held) for index, held in laid.counts.items()}
        order = opening.order
        self.units = {index: sum(held) for index, held in self.counts.items()}
        self.weight_g = {index: sum(map(mul, held, order.weight_g)) for index, held in self.counts.items()}

    def move(self, item: int) -> bool:
        """Tries every pair of open sites; whether anything was saved."""
        opening = self.opening
        variant, each = opening.order.items[item]
        alike = opening.order.shared.get(variant, [item])
        weight_g = opening.order.weight_g[item]
        saved = False
        for here in self.counts:
            for there in self.counts:
                if here == there or not self.counts[here][item]:
                    continue
                taken = sum(self.counts[there][other] * opening.order.items[other][1] for other in alike)
                took = min(self.counts[here][item], (opening.sites[there].free.get(variant, 0) - taken) // each)
                if took <= 0:
                    continue
                worth = opening.sites[there].worth.get(variant, 0.0) - opening.sites[here].worth.get(variant, 0.0)
                before = self._ship(here, 0, 0) + self._ship(there, 0, 0)
                after = self._ship(here, -took, -took * weight_g) + self._ship(there, took, took * weight_g)
                if after + worth * took * each < before - 1e-9:
                    for site, qty in ((here, -took), (there, took)):
                        self.counts[site][item] += qty
                        self.units[site] += qty
                        self.weight_g[site] += qty * weight_g
                    saved = True
        return saved

    def _ship(self, index: int, units: int, weight_g: int) -> float:
        """What the parcel costs with so much more in it, worth left out."""
        if self.units[index] + units == 0:
            return 0.0
        return self.opening.fixed.money[index] + self.opening.tariff(index, self.weight_g[index] + weight_g)
