"""What the rules make of the places that an order could go to: who is out, what each place is held against, and the terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from doorstep.base import conditions
from doorstep.base.conditions import Condition, Fact
from doorstep.routing.engine.values import Need, Site, Tariff, Terms
from doorstep.routing.ruling.kinds import FIELDS, Kind, Rule, RuleSet, Strength

NEARLY_FULL = 0.7  # of a day's capacity: from here on a parcel costs extra
FAR_KM = 20_100  # half the globe: a place of which nobody knows how far it is
LAST = 1_000  # the priority of a place that has none


@dataclass(frozen=True, slots=True)
class Spot:
    """A location as an order finds it, before any rule.

    Units: money in minor units.  `used` parcels of the day's `capacity` (0: no limit).  `leaves`, `arrives`: None where nobody
    knows or it never does; `leaves_in` working days.  `pickups`: who comes, empty names for whoever.  `worth` by variant.
    """

    location_id: int
    country: str
    is_shop: bool
    distance_km: float | None
    free: Mapping[int, int]
    tariff: Tariff
    handling: float = 0.0
    priority: int | None = None
    capacity: int = 0
    used: int = 0
    leaves: date | None = None
    leaves_in: int | None = None
    arrives: date | None = None
    pickups: tuple[str, ...] = ()
    worth: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """Units of an order line that need a place."""

    order_line_id: int
    variant_id: int
    qty: int
    weight_g: int = 0
    sku: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an order asks of places.  `facts` are those that conditions ask about."""

    country: str
    placed_on: date
    lines: tuple[Line, ...]
    facts: Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the planner is asked.

    Shapes: `out`: (location id, rule id) for each place that a hard rule leaves out; `applied`: the ids of the rules that hold for
    this order, in their order; `ranked`: those that rank, in the order of the sites' ranks.
    """

    needs: tuple[Need, ...]
    sites: tuple[Site, ...]
    terms: Terms
    out: tuple[tuple[int, str], ...]
    applied: tuple[str, ...]
    ranked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ruling:
    """Rules that are read once and asked of many orders."""

    rules: tuple[Rule, ...]
    conditions: tuple[Condition, ...]
    most_over: float | None

    def uses(self, kind: Kind) -> bool:
        """Whether any rule is of a kind."""
        return any(rule.kind is kind for rule in self.rules)


def ready(rules: RuleSet) -> Ruling:
    """The rules in use, up to the first that lets the cost decide for every order: none below it is ever heard."""
    kept: list[Rule] = []
    decided = False
    for rule in rules.in_use:
        if decided and rule.strength is Strength.RANKED:
            continue
        decided = decided or (rule.kind is Kind.CHEAPEST and rule.is_always)
        kept.append(rule)
    read = tuple(conditions.parse(dict(rule.when), fields=FIELDS) for rule in kept)
    return Ruling(tuple(kept), read, None if rules.most_over_minor is None else float(rules.most_over_minor))


def unheard(rules: RuleSet) -> set[str]:
    """The ids of ranked rules that stand below one that lets the cost decide for every order."""
    heard = {rule.id for rule in ready(rules).rules}
    return {rule.id for rule in rules.in_use if rule.id not in heard}


def ask(ruling: Ruling, *, wanted: Wanted, spots: Sequence[Spot]) -> Asked:
    """The planner's question for one order: the places that hard rules leave, with what soft rules hold against each."""
    applied = [
        rule
        for rule, when in zip(ruling.rules, ruling.conditions, strict=True)
        if _holds(rule, when, wanted)
    ]
    hard = [rule for rule in applied if rule.strength is Strength.HARD]
    out = [(spot.location_id, rule.id) for spot in spots if (rule := _broken(hard, wanted, spot)) is not None]
    gone = {location_id for location_id, _ in out}
    ranked = _ranked(applied)
    priced = [rule for rule in applied if rule.strength is Strength.PRICED]
    sites = tuple(_site(spot, wanted, ranked, priced) for spot in spots if spot.location_id not in gone)
    return Asked(
        _needs(hard, wanted), sites, _terms(ruling, applied), tuple(out), tuple(rule.id for rule in applied),
        tuple(rule.id for rule in ranked),
    )  # fmt: skip


def is_late(ruling: Ruling, *, wanted: Wanted, spot: Spot) -> bool:
    """Whether a parcel from here breaks a promise of the day that it arrives, by the rules that hold for this order."""
    return any(
        rule.kind is Kind.ARRIVE_BY and _holds(rule, when, wanted) and _late(rule, wanted, spot) > 0
        for rule, when in zip(ruling.rules, ruling.conditions, strict=True)
    )


def _holds(rule: Rule, when: Condition, wanted: Wanted) -> bool:
    return rule.is_always or bool(conditions.evaluate(when, fields=FIELDS, facts=wanted.facts))


def _ranked(applied: Sequence[Rule]) -> list[Rule]:
    """The ranked rules in their order; the cost decides below the first that says so."""
    found = []
    for rule in applied:
        if rule.strength is Strength.RANKED:
            if rule.kind is Kind.CHEAPEST:
                break
            found.append(rule)
    return found


def _broken(hard: Sequence[Rule], wanted: Wanted, spot: Spot) -> Rule | None:
    return next((rule for rule in hard if rule.kind in _AGAINST and _against(rule, wanted, spot) > 0), None)


def _site(spot: Spot, wanted: Wanted, ranked: Sequence[Rule], priced: Sequence[Rule]) -> Site:
    late = capacity = penalty = 0.0
    for rule in priced:
        if rule.kind is Kind.FEWEST_PARCELS:
            continue  # counted by the terms: only the parcels after the first break it
        cost = rule.price_minor * (_crowd(spot) if rule.kind is Kind.CAPACITY else _against(rule, wanted, spot))
        if rule.kind is Kind.CAPACITY:
            capacity += cost
        elif rule.kind in (Kind.ARRIVE_BY, Kind.LEAVE_BY):
            late += cost
        else:
            penalty += cost * (0.01 if rule.kind is Kind.CLOSEST else 1)
    return Site(
        spot.location_id, spot.tariff, spot.free, spot.handling, late, capacity, penalty, spot.worth,
        tuple(_against(rule, wanted, spot) for rule in ranked), spot.distance_km,
    )  # fmt: skip


def _crowd(spot: Spot) -> float:
    """The price of the day's capacity as a multiple: nothing while there is room, one where it is used up, more beyond."""
    if not spot.capacity:
        return 0.0
    full = spot.used / spot.capacity
    return max(full - NEARLY_FULL, 0.0) / (1 - NEARLY_FULL) * min(full, 1.0)


def _against(rule: Rule, wanted: Wanted, spot: Spot) -> float:
    """How much a parcel from here breaks a rule; 0 where it keeps it."""
    check = _AGAINST.get(rule.kind)
    return check(rule, wanted, spot) if check else 1.0


def _late(rule: Rule, wanted: Wanted, spot: Spot) -> float:
    if spot.arrives is None:
        return float(rule.days + 1)
    return float(max((spot.arrives - wanted.placed_on).days - rule.days, 0))


def _leaves_late(rule: Rule, _wanted: Wanted, spot: Spot) -> float:
    return float(max((rule.days + 1 if spot.leaves_in is None else spot.leaves_in) - rule.days, 0))


def _far(rule: Rule, _wanted: Wanted, spot: Spot) -> float:
    km = FAR_KM if spot.distance_km is None else spot.distance_km
    if rule.strength is Strength.HARD:
        return max(km - rule.km, 0.0)
    return km


def _no_pickup(rule: Rule, _wanted: Wanted, spot: Spot) -> float:
    there = spot.pickups if not rule.carrier else [who for who in spot.pickups if who in ("", rule.carrier)]
    return 0.0 if there else 1.0


_AGAINST = {
    Kind.SAME_COUNTRY: lambda _rule, wanted, spot: float(spot.country != wanted.country),
    Kind.CLOSEST: _far,
    Kind.STOCK_PRIORITY: lambda _rule, _wanted, spot: float((spot.priority or LAST) - 1),
    Kind.ONLY_LOCATIONS: lambda rule, _wanted, spot: float(spot.location_id not in rule.locations),
    Kind.NOT_LOCATIONS: lambda rule, _wanted, spot: float(spot.location_id in rule.locations),
    Kind.CAPACITY: lambda _rule, _wanted, spot: float(bool(spot.capacity) and spot.used >= spot.capacity),
    Kind.ARRIVE_BY: _late,
    Kind.LEAVE_BY: _leaves_late,
    Kind.SHIP_FROM_STORE: lambda _rule, _wanted, spot: float(spot.is_shop),
    Kind.CARRIER_PICKUP: _no_pickup,
}


def _needs(hard: Sequence[Rule], wanted: Wanted) -> tuple[Need, ...]:
    whole = [rule for rule in hard if rule.kind is Kind.NEVER_SPLIT]
    return tuple(
        Need(line.order_line_id, line.variant_id, line.qty, line.weight_g, any(_names(rule, line) for rule in whole))
        for line in wanted.lines
    )


def _names(rule: Rule, line: Line) -> bool:
    return not (rule.skus or rule.categories) or line.sku in rule.skus or line.category in rule.categories


def _terms(ruling: Ruling, applied: Sequence[Rule]) -> Terms:
    split = sum(
        rule.price_minor for rule in applied if rule.kind is Kind.FEWEST_PARCELS and rule.strength is Strength.PRICED
    )
    most = [rule.parcels for rule in applied if rule.kind is Kind.MOST_PARCELS]
    return Terms(float(split), min(most, default=0), ruling.most_over)
