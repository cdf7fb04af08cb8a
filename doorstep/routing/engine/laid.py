"""An order and its sites laid out for the search, and a found plan told back in the words of `values`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest

from doorstep.routing.engine import shapes
from doorstep.routing.engine.values import Candidate, Need, Planned, Site, Terms

FINE = 1_000_000  # steps of a minor unit in a value that holds ranks
ROOM = 80  # bits of one rank in it


@dataclass
class Basket:
    """An order's items: lines of one variant and weight are one, a line that must stay whole is one of its own.

    Shapes: `items` are (variant, units of each), `lines` the needs of each; `shape` how many of each item.
    """

    items: list[tuple[int, int]]
    lines: list[list[Need]]
    shape: shapes.Shape

    @cached_property
    def weight_g(self) -> list[int]:
        """Of one of each item."""
        return [lines[0].weight_g * units for lines, (_, units) in zip(self.lines, self.items, strict=True)]

    @cached_property
    def shared(self) -> dict[int, list[int]]:
        """Variants that stand in more than one item, and in which."""
        by: dict[int, list[int]] = {}
        for index, (variant, _) in enumerate(self.items):
            by.setdefault(variant, []).append(index)
        return {variant: items for variant, items in by.items() if len(items) > 1}

    def weights(self, full: int) -> list[int]:
        """Grams of each state."""
        found = [0] * (full + 1)
        for state, before, item in shapes.steps(self.shape, self.shape):
            found[state] = found[before] + self.weight_g[item]
        return found

    def caps(self, site: Site) -> shapes.Shape | None:
        """How many of each item the site could send by itself; None: nothing."""
        free = site.free
        caps = tuple(
            [
                max(have, 0) // units if (have := free.get(variant, 0)) < units * count else count
                for (variant, units), count in zip(self.items, self.shape, strict=True)
            ]
        )
        return caps if any(caps) else None

    def fits(self, site: Site, state: int) -> bool:
        """Whether the site has enough for the items together."""
        counts = shapes.counts_of(self.shape, state)
        return all(
            sum(counts[item] * self.items[item][1] for item in items) <= site.free.get(variant, 0)
            for variant, items in self.shared.items()
        )


def basket(needs: Sequence[Need]) -> Basket:
    """Needs of no units fall away."""
    items: list[tuple[int, int]] = []
    lines: list[list[Need]] = []
    shape: list[int] = []
    at: dict[tuple[int, int], int] = {}
    for need in needs:
        if need.qty <= 0:
            continue
        if need.whole and need.qty > 1:
            items.append((need.variant_id, need.qty))
            lines.append([need])
            shape.append(1)
            continue
        known = at.setdefault((need.variant_id, need.weight_g), len(items))
        if known == len(items):
            items.append((need.variant_id, 1))
            lines.append([])
            shape.append(0)
        lines[known].append(need)
        shape[known] += need.qty
    return Basket(items, lines, tuple(shape))


@dataclass(frozen=True, slots=True)
class Fixed:
    """What a parcel from each site costs whatever is in it, the split among it, and what its ranks hold against it."""

    money: list[float]
    rank: list[int]
    ranked: bool

    def value(self, rank: int, money: float) -> int:
        """Ranks, then money, as one whole number: sums of these order plans as their sums of both do."""
        return rank + round(money * FINE)


def fixed_of(sites: Sequence[Site], terms: Terms) -> Fixed:
    """Ranks count to a millionth, and up to 10¹²."""
    money = [site.handling + site.late + site.capacity + site.penalty + terms.split for site in sites]
    depth = max((len(site.ranks) for site in sites), default=0)
    if not any(any(site.ranks) for site in sites):
        return Fixed(money, [0] * len(sites), False)
    found = []
    for site in sites:
        value = 0
        for rank in tuple(site.ranks) + (0.0,) * (depth - len(site.ranks)):
            value = (value << ROOM) + round(max(min(rank, 1e12), -1e12) * FINE)
        found.append(value << ROOM)
    return Fixed(money, found, True)


def candidate(
    order: Basket, sites: Sequence[Site], terms: Terms, parcels: Sequence[tuple[int, Sequence[int]]]
) -> Candidate:
    """A plan in full; a need's units go to its parcels in the order in which these stand.  Shapes: as `Search.plans`."""
    left = [[need.qty for need in lines] for lines in order.lines]
    planned = tuple(
        [_parcel(order, sites[index], counts, left) for index, counts in sorted(parcels, key=lambda parcel: parcel[0])]
    )
    split = terms.split * (len(planned) - 1)
    paid = split
    worth = 0.0
    for one in planned:
        paid += one.ship + one.handling + one.late + one.capacity + one.penalty
        worth += one.worth
    ranks = [sites[index].ranks for index, _ in parcels]
    summed = tuple([sum(column) for column in zip_longest(*ranks, fillvalue=0.0)]) if any(ranks) else ()
    return Candidate(planned, summed, split, paid, paid + worth)


def _parcel(order: Basket, site: Site, counts: Sequence[int], left: list[list[int]]) -> Planned:
    units: list[tuple[int, int, int]] = []
    weight_g = 0
    worth = 0.0
    for item, count in enumerate(counts):
        if not count:
            continue
        variant, each = order.items[item]
        weight_g += order.weight_g[item] * count
        worth += site.worth.get(variant, 0.0) * count * each
        wanted = count * each
        rest = left[item]
        for index, need in enumerate(order.lines[item]):
            took = min(wanted, rest[index])
            if took:
                units.append((need.order_line_id, variant, took))
                rest[index] -= took
                wanted -= took
    return Planned(
        site.location_id,
        tuple(units),
        weight_g,
        site.tariff(weight_g),
        site.handling,
        site.late,
        site.capacity,
        site.penalty,
        worth,
    )
