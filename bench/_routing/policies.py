"""Decides an instance's orders one by one, in file order, by the engine's own code, and adds up what that costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import thread_time
from typing import cast

from bench._routing.instance import EACH_KG, FIRST, KG, SPLIT, Instance, Order, late, parcel, true_miles
from doorstep.routing.engine import balance, ladder
from doorstep.routing.engine.ladder import Known
from doorstep.routing.engine.prices import Ahead, Lane, Pricer, Sampling, Seen, Shelf, has_moved
from doorstep.routing.engine.values import Candidate, Level, Need, Site, Tariff, Terms

KM = 1.609344
DAYS = 20  # the horizon in days: prices of all products are reckoned anew each morning
ORDERS_A_REFRESH = 100  # in between, after so many orders, those of what has moved


@dataclass(frozen=True, slots=True)
class Outcome:
    """Units: dollars, seconds of CPU for `decide_s` (each order's plan) and `price_s` (all refreshes)."""

    cost: float
    lost_units: int
    split_orders: int
    decide_s: list[float]
    price_s: float


def _tariff(zone: int) -> Tariff:
    first, half = FIRST[zone], EACH_KG[zone] / 2
    return lambda weight_ug: first + half * (-(-weight_ug * 2 // KG) or 1)


TARIFFS = tuple(map(_tariff, range(len(FIRST))))


class Shelves:
    """Where an instance's units lie as its orders take them."""

    def __init__(self, instance: Instance) -> None:
        self.free = [{place: units for place, units in enumerate(row) if units} for row in instance.stock]
        self.total = [sum(row.values()) for row in self.free]

    def needs(self, instance: Instance, order: Order) -> list[Need]:
        """What can be sent at all: a unit is lost only where no location holds it."""
        asked = Counter(order.units)
        return [
            Need(line, sku, min(qty, self.total[sku]), instance.weight_ug[sku])
            for line, (sku, qty) in enumerate(asked.items())
            if self.total[sku]
        ]

    def take(self, plan: Candidate) -> None:
        """Refuses what is not there, so that no policy can send more than there is."""
        for one in plan.parcels:
            for _, sku, qty in one.units:
                left = self.free[sku].get(one.location_id, 0) - qty
                if left < 0:
                    raise ValueError("a plan takes what is not there")
                self.total[sku] -= qty
                if left:
                    self.free[sku][one.location_id] = left
                else:
                    del self.free[sku][one.location_id]


def sites(instance: Instance, order: Order, needs: Sequence[Need], shelves: Shelves, miles: Sequence[float]) -> list[Site]:
    """The locations that have any of it."""
    found = []
    for place, zone in enumerate(order.zones):
        free = {need.variant_id: shelves.free[need.variant_id].get(place, 0) for need in needs}
        if any(free.values()):
            found.append(
                Site(
                    place,
                    TARIFFS[zone],
                    free,
                    instance.handling[place],
                    late(zone, order.promise_days),
                    distance_km=miles[place] * KM,
                )
            )
    return found


def paid(instance: Instance, order: Order, plan: Candidate) -> float:
    """What a plan costs by the README's own rule, whatever the engine says of it."""
    total = SPLIT * (len(plan.parcels) - 1)
    for one in plan.parcels:
        weight = sum(instance.weight_ug[sku] * qty for _, sku, qty in one.units)
        zone = order.zones[one.location_id]
        total += parcel(zone, weight) + instance.handling[one.location_id] + late(zone, order.promise_days)
    return total


def run(instance: Instance, level: Level, how: Sampling | None = None, most: int | None = None) -> Outcome:
    """All orders, or the first `most`, at one level of the ladder."""
    shelves = Shelves(instance)
    known = _known(instance, shelves, level, how or Sampling())
    terms = Terms(split=SPLIT)
    cost, lost, split = 0.0, 0, 0
    took: list[float] = []
    price_s = 0.0
    for at, order in enumerate(instance.orders[:most]):
        needs = shelves.needs(instance, order)
        sent = sum(need.qty for need in needs)
        lost += len(order.units) - sent
        begun = thread_time()
        facts = known(at, needs)
        price_s += thread_time() - begun
        if not needs:
            continue
        miles = true_miles(instance, order) if level in (Level.NEAREST, Level.FEWEST) else order.miles
        options = sites(instance, order, needs, shelves, miles)
        begun = thread_time()
        plan = _plan(level, needs, options, terms, facts, whole=sent == len(order.units))
        took.append(thread_time() - begun)
        shelves.take(plan)
        cost += paid(instance, order, plan)
        split += len(plan.parcels) > 1
    return Outcome(cost, lost, split, took, price_s)


def _plan(level: Level, needs: list[Need], options: list[Site], terms: Terms, known: Known, *, whole: bool) -> Candidate:
    """By the engine's ladder.  `nearest` walks where a unit is lost, as that of the instances does: no location has it all."""
    if level is Level.NEAREST:
        choice = ladder.nearest(needs, options, terms, whole=whole)
    else:
        choice = ladder.decide(needs, options, terms, known).choice
    if choice is None:
        raise ValueError("no plan although there is enough")
    return choice.best


def _known(instance: Instance, shelves: Shelves, level: Level, how: Sampling) -> Callable[[int, Sequence[Need]], Known]:
    if level is Level.SHADOW:
        return _Shadow(instance, shelves, how).known
    if level is Level.BALANCE:
        spread = _spread(instance)
        return lambda _, needs: Known(
            balance={
                need.variant_id: balance.prices(shelves.free[need.variant_id], spread) for need in needs
            }
        )
    bare = Known(costs=level is not Level.FEWEST)
    return lambda *_: bare


def _spread(instance: Instance) -> float:
    """Of orders seen, their first unit alone."""
    return balance.spread_of(
        [
            parcel(zone, instance.weight_ug[order.units[0]]) + instance.handling[place] + late(zone, order.promise_days)
            for place, zone in enumerate(order.zones)
        ]
        for order in instance.history[:2_000]
    )


class _Shadow:
    """The engine's prices as the worker of a house keeps them: refreshed between orders, with nothing of what is still to come."""

    def __init__(self, instance: Instance, shelves: Shelves, how: Sampling) -> None:
        self.instance, self.shelves = instance, shelves
        self.pricer = Pricer(
            range(len(instance.handling)), self._lanes, split=SPLIT, kin=dict(enumerate(instance.category)), how=how
        )
        for order in instance.history:
            self.pricer.see(self._seen(order))
        self.at = list(shelves.total)
        self.worth: Mapping[int, Mapping[int, float]] = {}
        self.stale = set(range(len(shelves.total)))
        self.shown = 0
        self.spread = _spread(instance)

    def known(self, at: int, needs: Sequence[Need]) -> Known:
        """Orders that were decided before have been seen; this one has not."""
        for order in self.instance.orders[self.shown : at]:
            self.pricer.see(self._seen(order))
            for sku in set(order.units):
                if has_moved(self.at[sku], self.shelves.total[sku]):
                    self.stale.add(sku)
        self.shown = at
        if at % ORDERS_A_REFRESH == 0:
            self._refresh(at)
        new = [need.variant_id for need in needs if not self._is_seen(need.variant_id)]
        return Known(
            shadow={need.variant_id: self.worth.get(need.variant_id, {}) for need in needs if need.variant_id not in new},
            balance={sku: balance.prices(self.shelves.free[sku], self.spread) for sku in new},
        )

    def _is_seen(self, sku: int) -> bool:
        """What nobody bought yet is priced by balance, as `flows.price_stock` does."""
        pool = self.pricer.pools.get(sku)
        return pool is not None and pool.units > 0

    def _refresh(self, at: int) -> None:
        count, past = len(self.instance.orders), len(self.instance.history)
        if at % max(count // DAYS, 1) == 0:
            self.stale = set(range(len(self.at)))
        shelves = {
            sku: Shelf(self.instance.weight_ug[sku], free) for sku, free in enumerate(self.shelves.free)
        }
        ahead = Ahead(left=(past - at) / past if past > at else 0.0, seen=(past + at) / past)
        self.worth = self.pricer.refresh(shelves, sorted(self.stale), ahead).worth
        for sku in self.stale:
            self.at[sku] = self.shelves.total[sku]
        self.stale = set()

    def _lanes(self, destination: object) -> list[Lane]:
        zones, promise = cast("tuple[tuple[int, ...], int]", destination)
        return [
            Lane(place, TARIFFS[zone], self.instance.handling[place] + late(zone, promise)) for place, zone in enumerate(zones)
        ]

    def _seen(self, order: Order) -> Seen:
        lines = tuple((sku, qty, self.instance.weight_ug[sku]) for sku, qty in Counter(order.units).items())
        return Seen((order.zones, order.promise_days), lines)
