"""How an order is planned by what is known of it: the best informed way first, and every plan says which way it was.

Last shadow prices → a balancing price → the cost of this order alone (a zone table for rates that are missing) → fewest parcels,
then nearest → nearest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

from doorstep.routing.engine import exact
from doorstep.routing.engine.values import Candidate, Choice, Level, Need, Planned, Site, Tariff, Terms

Worth = Mapping[int, Mapping[int, float]]  # by variant and location


@dataclass(frozen=True, slots=True)
class Known:
    """What may be reckoned with.  `shadow`, `balance`: what there is of prices, of some variants perhaps.

    `zoned`: rates were missing and a zone table stands in for them; `costs`: sites have tariffs at all.
    """

    shadow: Worth | None = None
    balance: Worth | None = None
    zoned: bool = False
    costs: bool = True


@dataclass(frozen=True, slots=True)
class Decided:
    """`choice` is None only where the stock does not suffice under the terms."""

    choice: Choice | None
    level: Level


def decide(needs: Sequence[Need], sites: Sequence[Site], terms: Terms, known: Known) -> Decided:
    """The best informed plan there is.  A variant without a shadow price takes the balancing price, and that level is told."""
    level = level_of(needs, sites, known)
    if level is Level.NEAREST:
        return Decided(nearest(needs, sites, terms), level)
    if level is Level.FEWEST:
        return Decided(fewest(needs, sites, terms), level)
    return Decided(exact.plan(needs, valued(needs, sites, known), terms), level)


def level_of(needs: Sequence[Need], sites: Sequence[Site], known: Known) -> Level:
    """The least informed of what the plan rests on.  A variant that only one of the sites has needs no price."""
    if not known.costs:
        return Level.FEWEST if any(site.distance_km is not None for site in sites) else Level.NEAREST
    if known.zoned:
        return Level.ZONES
    level = Level.SHADOW
    for variant in {need.variant_id for need in needs}:
        if sum(site.free.get(variant, 0) > 0 for site in sites) < 2 or (known.shadow or {}).get(variant) is not None:
            continue
        if (known.balance or {}).get(variant) is None:
            return Level.COST
        level = Level.BALANCE
    return level


def valued(needs: Sequence[Need], sites: Sequence[Site], known: Known) -> list[Site]:
    """The sites with what their units are worth.  Where one variant has no price, the others keep theirs."""
    shadow, balance = known.shadow or {}, known.balance or {}
    variants = {need.variant_id for need in needs}
    prices = {variant: shadow.get(variant) or balance.get(variant) or {} for variant in variants}
    if not any(prices.values()):
        return list(sites)
    return [
        replace(site, worth={variant: by[site.location_id] for variant, by in prices.items() if site.location_id in by})
        for site in sites
    ]


def fewest(needs: Sequence[Need], sites: Sequence[Site], terms: Terms) -> Choice | None:
    """Fewest parcels, then the least distance, after the merchant's own ranks; costs are not looked at.

    What several of the chosen locations have goes from the nearest.
    """
    bare = [
        replace(
            site,
            tariff=_hauled(min(_km(site), 1e5)),
            handling=0.0,
            late=0.0,
            capacity=0.0,
            penalty=0.0,
            worth={},
            ranks=(*site.ranks, 1.0, _km(site)),
        )
        for site in sites
    ]
    return exact.plan(needs, bare, replace(terms, split=0.0, most_over=None))


def nearest(needs: Sequence[Need], sites: Sequence[Site], terms: Terms, *, whole: bool = True) -> Choice | None:
    """The closest location that has it all (not sought if not `whole`); else locations by distance, each giving what it has.

    It searches nothing: where that takes more parcels than are allowed, or a whole line lies nowhere, the fewest are sought.
    """
    walk = sorted(sites, key=_km)
    wanted = [need for need in needs if need.qty > 0]
    for site in walk if whole else ():
        alone = _take(wanted, {need.order_line_id: need.qty for need in wanted}, site)
        if alone == {need.order_line_id: need.qty for need in wanted}:
            return Choice(_told(wanted, [(site, alone)], terms), ())
    left = {need.order_line_id: need.qty for need in wanted}
    taken = []
    for site in walk:
        took = _take(wanted, left, site)
        if took:
            taken.append((site, took))
            for line, qty in took.items():
                left[line] -= qty
    if any(left.values()) or (terms.most_parcels and len(taken) > terms.most_parcels):
        return fewest(needs, sites, terms)
    return Choice(_told(wanted, taken, terms), ())


def _km(site: Site) -> float:
    """Unknown is beyond all that are known."""
    return inf if site.distance_km is None else site.distance_km


def _hauled(km: float) -> Tariff:
    return lambda weight_g: weight_g * km


def _take(needs: Sequence[Need], left: Mapping[int, int], site: Site) -> dict[int, int]:
    free = {need.variant_id: site.free.get(need.variant_id, 0) for need in needs}
    took = {}
    for need in needs:
        qty = min(left[need.order_line_id], max(free[need.variant_id], 0))
        if qty and not (need.whole and qty < need.qty):
            took[need.order_line_id] = qty
            free[need.variant_id] -= qty
    return took


def _told(needs: Sequence[Need], taken: Sequence[tuple[Site, Mapping[int, int]]], terms: Terms) -> Candidate:
    parcels = []
    for site, took in taken:
        units = tuple((n.order_line_id, n.variant_id, took[n.order_line_id]) for n in needs if n.order_line_id in took)
        weight_g = sum(need.weight_g * took.get(need.order_line_id, 0) for need in needs)
        worth = sum(site.worth.get(variant, 0.0) * qty for _, variant, qty in units)
        ship = site.tariff(weight_g)
        parcels.append(
            Planned(site.location_id, units, weight_g, ship, site.handling, site.late, site.capacity, site.penalty, worth)
        )
    split = terms.split * max(len(parcels) - 1, 0)
    paid = split + sum(p.ship + p.handling + p.late + p.capacity + p.penalty for p in parcels)
    return Candidate(tuple(parcels), (), split, paid, paid + sum(p.worth for p in parcels))
