"""What routing sees before it decides: rules, places, calendars, capacity, prices, and the orders with their lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from doorstep.accounts import queries as accounts
from doorstep.base import db
from doorstep.base.conditions import Fact
from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.catalog import weighing
from doorstep.catalog.weighing import Weighed
from doorstep.channels import queries as channels
from doorstep.flows import day_capacity
from doorstep.flows.tariffs import Lane, Priced, tariffs_for
from doorstep.locations import dispatching, working
from doorstep.locations import queries as locations
from doorstep.locations.rules import distance_km
from doorstep.locations.values import Coordinates, LocationRow, Precision
from doorstep.locations.working import Dispatch, Leaving
from doorstep.orders import facts as orders
from doorstep.orders.facts import OrderFacts
from doorstep.routing import asked, day_loads
from doorstep.routing.asked import AskedRow
from doorstep.routing.day_loads import Day
from doorstep.routing.ruling.applying import Line, Ruling, Spot, Wanted
from doorstep.routing.values import Worths

Destination = tuple[str, str]  # country, postal code
UNWEIGHED_G = 300  # what a unit counts as of which nobody wrote the weight down, so that most goes the cheaper way


@dataclass(frozen=True, slots=True)
class Way:
    """From a location to an order's address."""

    distance_km: float | None
    priced: Priced


@dataclass(frozen=True, slots=True)
class Job:
    """A part of an order that needs its places.  `rough`: only its country could be found."""

    order_id: int
    part_id: int
    to: Destination
    wanted: Wanted
    rough: bool = False

    @property
    def lines(self) -> tuple[Line, ...]:
        return self.wanted.lines


@dataclass
class Sight:
    """A batch of decisions sees this.  Shapes: `ways` by (location, destination); `used` by location, for its day in
    `days`, counted on as plans are made; `worth` by (variant, location)."""

    currency: str
    at: datetime
    places: list[LocationRow]
    dispatches: Mapping[int, Dispatch]
    leaving: Mapping[int, Leaving | None]
    ways: Mapping[tuple[int, Destination], Way]
    used: dict[int, int]
    worth: Mapping[int, Mapping[int, float]]
    days: Mapping[int, Day]
    balanced: frozenset[int] = frozenset()  # variants of which `worth` knows only how many lie where
    waits: dict[tuple[int, date], int | None] = field(default_factory=dict)  # working days until a place sends, by day of the order

    @cached_property
    def zones(self) -> dict[int, ZoneInfo]:
        """The clocks of the places."""
        return {place.id: ZoneInfo(place.timezone) for place in self.places}

    def spot(self, place: LocationRow, job: Job, free: Mapping[int, int], *, used: int | None = None) -> Spot:
        """A place as one order finds it.  `used`: parcels of its day's capacity, where they are not those of now."""
        way, how, leaving = self.ways[(place.id, job.to)], self.dispatches[place.id], self.leaving[place.id]
        leaves = leaving.on if leaving else None
        placed = job.wanted.placed_on
        return Spot(
            place.id, place.country, place.kind == "shop", way.distance_km, free, way.priced.tariff, float(how.handling_minor),
            how.priority, how.capacity_per_day, self.used.get(place.id, 0) if used is None else used, leaves,
            self._waits(place.id, placed),
            None if leaves is None else working.arrives_on(leaves, transit_days=way.priced.days, weekdays=way.priced.weekdays),
            tuple(one.carrier for one in how.pickups), self.worth.get(place.id, {}),
        )  # fmt: skip

    def _waits(self, location_id: int, placed_on: date) -> int | None:
        """Working days from an order's day to the one on which it would leave."""
        key = (location_id, placed_on)
        if key not in self.waits:
            leaving = self.leaving[location_id]
            how = self.dispatches[location_id]
            self.waits[key] = None if leaving is None else working.working_days_until(how, placed_on, leaving.on)
        return self.waits[key]


def look(
    ctx: Ctx, *, jobs: Sequence[Job], targets: Mapping[Destination, Coordinates | None], places: Sequence[LocationRow],
    worth: Worths | None = None, at: datetime | None = None, counts: bool = True,
) -> Sight:  # fmt: skip
    """Everything that decisions about these jobs need, from a few statements however many they are.

    `at`: the moment as of which parcels would leave.  `counts`: whether what places have for their day is counted.
    """
    moment = at or ctx.now
    dispatches = dispatching.dispatches(ctx)
    currency = accounts.organisation(ctx).default_currency
    by_place: dict[int, dict[int, float]] = {}
    for (variant_id, location_id), value in worth.by.items() if worth else ():
        by_place.setdefault(location_id, {})[variant_id] = value
    leaving = {at.id: working.leaves(dispatches[at.id], zone=ZoneInfo(at.timezone), at=moment) for at in places}
    days = day_capacity.days_of(places, dispatches=dispatches, leaving=leaving, at=moment)
    return Sight(
        currency, moment, list(places), dispatches, leaving, _ways(ctx, places, {job.to for job in jobs}, targets, currency),
        day_loads.used(ctx, days=days) if days and counts else {}, by_place, days, worth.balanced if worth else frozenset(),
    )  # fmt: skip


def _ways(
    ctx: Ctx, places: Sequence[LocationRow], to: set[Destination], targets: Mapping[Destination, Coordinates | None], currency: str
) -> dict[tuple[int, Destination], Way]:
    keys, lanes = [], []
    for destination in sorted(to):
        target = targets[destination]
        for place in places:
            known = place.coordinates
            far = distance_km(known[:2], target[:2]) if known and target else None
            keys.append((place.id, destination))
            lanes.append(Lane(place, *destination, far))
    priced = tariffs_for(ctx, lanes=lanes, currency=currency)
    return {key: Way(lane.distance_km, one) for key, lane, one in zip(keys, lanes, priced, strict=True)}


def _targets(to: Sequence[Destination]) -> dict[Destination, Coordinates | None]:
    """Where destinations lie."""
    each = list(dict.fromkeys(to))
    return dict(zip(each, locations.find_many(places=each), strict=True))


def jobs_of(
    ctx: Ctx, *, parts: Sequence[tuple[int, int, Sequence[tuple[int, int, int]]]], ruling: Ruling,
) -> tuple[list[Job], dict[Destination, Coordinates | None]]:  # fmt: skip
    """The parts of orders with what rules ask of them.  Shapes: parts are (order id, part id, [(line id, variant id, qty)])."""
    known = orders.facts_of(ctx, order_ids=sorted({order_id for order_id, _, _ in parts}))
    variants = weighing.weighed(ctx, variant_ids=sorted({v for _, _, lines in parts for _, v, _ in lines}))
    names = _channels(ctx, ruling)
    wishes = _wishes(ctx, ruling, order_ids=list(known))
    targets = _targets([(one.country, one.postal_code) for one in known.values()])
    zone = ZoneInfo(accounts.organisation(ctx).timezone)
    jobs = []
    for order_id, part_id, needs in parts:
        order = known[order_id]
        lines = tuple(_line(need, variants[need[1]]) for need in needs)
        placed_on = order.placed_at.astimezone(zone).date()
        to, target = (order.country, order.postal_code), targets[(order.country, order.postal_code)]
        rough = target is not None and target.precision == Precision.COUNTRY
        weight_g = sum(line.weight_g * line.qty for line in lines) if all(variants[v].weight_g for _, v, _ in needs) else None
        facts = _facts(order, lines, weight_g, placed_on, names.get(order.connection_id), wishes.get(order_id))
        jobs.append(Job(order_id, part_id, to, Wanted(order.country, placed_on, lines, facts), rough))
    return jobs, targets


def _line(need: tuple[int, int, int], variant: Weighed) -> Line:
    return Line(*need, variant.weight_g or UNWEIGHED_G, variant.sku, variant.category)


def _facts(
    order: OrderFacts, lines: Sequence[Line], weight_g: int | None, placed_on: date, channel: frozenset[str] | None,
    wish: AskedRow | None,
) -> dict[str, Fact]:  # fmt: skip
    return {
        "country": order.country, "region": order.region or None, "postal_code": order.postal_code or None, "channel": channel,
        "order_value": Money(order.total_minor, order.currency), "shipping_paid": Money(order.shipping_minor, order.currency),
        "weight_g": weight_g, "units": sum(line.qty for line in lines),
        "order_tags": frozenset(order.tags), "skus": frozenset(line.sku for line in lines),
        "categories": frozenset(line.category for line in lines if line.category), "language": order.language,
        "placed_on": placed_on, "priority": order.priority, "shipping_service": (wish and wish.service) or None,
        "customer_groups": frozenset(wish.groups) if wish else frozenset(),
    }  # fmt: skip


def _channels(ctx: Ctx, ruling: Ruling) -> dict[int, frozenset[str]]:
    """What the channel of each connection is called, where a rule asks for it: its name, and what kind of shop it is."""
    if not _asks_about(ruling, "channel"):
        return {}
    return {row.id: frozenset({row.name, row.provider}) for row in channels.list_connections(ctx)}


def _wishes(ctx: Ctx, ruling: Ruling, *, order_ids: Sequence[int]) -> dict[int, AskedRow]:
    """What orders ask of the way that they are sent, where a rule asks for it."""
    if not _asks_about(ruling, "shipping_service", "customer_groups"):
        return {}
    return asked.of_orders(ctx, order_ids=order_ids)


def _asks_about(ruling: Ruling, *fields: str) -> bool:
    told = [db.as_json(dict(rule.when)) for rule in ruling.rules]
    return any(f'"{field}"' in when for field in fields for when in told)
