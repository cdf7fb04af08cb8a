"""Past orders are routed once more under other rules, stock or places, and that is set beside what was done.

Every decision keeps the stock that it saw, so it can be taken again. What an order takes elsewhere than it did then is missing
there, and left over here, for the orders after it. What is compared is money that would be paid for parcels: rates and handling
as they are now, for both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from doorstep.base import jobs
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.flows import day_capacity, decide, sighting
from doorstep.flows.decide import Decision
from doorstep.flows.sighting import Job, Sight
from doorstep.locations import queries as locations
from doorstep.locations import working
from doorstep.locations.values import Coordinates
from doorstep.orders import facts
from doorstep.orders import queries as orders
from doorstep.routing import queries as routing
from doorstep.routing import replays
from doorstep.routing.day_loads import Day
from doorstep.routing.ruling import applying, parsing
from doorstep.routing.ruling.applying import Ruling
from doorstep.routing.ruling.kinds import Kind, Rule, RuleSet
from doorstep.routing.values import SeenRow

TASK = "replay_routing"
MOST_DAYS, MOST_ORDERS, CHUNK, TELL_EVERY, SHOWN = 90, 30_000, 2_000, 500, 200
AT_ONCE = 1_000  # decisions that are taken while somebody waits: about a second
OF_DAYS = (Kind.ARRIVE_BY, Kind.LEAVE_BY)
NOTHING = (0, 0)
FULL = 10**6  # units at a place that is thought to have everything
Parcels = tuple[tuple[int, tuple[tuple[int, int, int], ...]], ...]  # (location, (line, variant, units) each) each


@dataclass(frozen=True, slots=True)
class Options:
    """What is replayed.  `without`: places thought to be closed; `stocked`: places thought to have everything."""

    days: int = 14
    without: tuple[int, ...] = ()
    stocked: tuple[int, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As a replay keeps them."""
        return {"days": self.days, "without": list(self.without), "stocked": list(self.stocked)}


@dataclass(frozen=True, slots=True)
class Past:
    """A decision that was taken, ready to be taken again."""

    row: SeenRow
    job: Job
    was: Parcels
    shut: frozenset[int]


@dataclass
class Tally:
    """Figures of many orders.  Units: `cost` in minor units, `km` over parcels of which both ends are known."""

    cost: float = 0.0
    orders: int = 0
    parcels: int = 0
    km: float = 0.0
    measured: int = 0
    late: int = 0
    unserved: int = 0

    def as_json(self) -> dict[str, Any]:
        """As a replay keeps them."""
        return {
            "cost_minor": round(self.cost), "orders": self.orders, "parcels": self.parcels, "late": self.late,
            "unserved": self.unserved, "km": round(self.km / self.measured) if self.measured else None,
            "parcels_per_order": round(self.parcels / served, 3) if (served := self.orders - self.unserved) else None,
        }  # fmt: skip


@dataclass
class Changed:
    """What orders before took elsewhere than they did then.

    Shapes: units by (variant, location), parcels by (location, working day of its own).
    """

    units: dict[tuple[int, int], int] = field(default_factory=dict)
    parcels: dict[tuple[int, date], int] = field(default_factory=dict)

    def note(self, was: Parcels, now: Parcels, days: Mapping[int, Day]) -> None:
        """Counts one order: what it leaves where it was, and takes where it goes."""
        for sign, plan in ((1, was), (-1, now)):
            for location_id, units in plan:
                if location_id in days:
                    day = (location_id, days[location_id].on)
                    self.parcels[day] = self.parcels.get(day, 0) - sign
                for _, variant_id, qty in units:
                    key = (variant_id, location_id)
                    self.units[key] = self.units.get(key, 0) + sign * qty


def start(ctx: Ctx, *, rules: RuleSet, options: Options) -> int:
    """Begins a replay and returns its id; a small one is done at once, another by the worker.

    Emits: ReplayAsked.  Refuses: more days than are kept in mind, places that are not there.
    """
    known = {at.id for at in locations.list_locations(ctx)}
    if not 1 <= options.days <= MOST_DAYS:
        raise Refused(INVALID, {"field": gettext_noop("Days"), "problem": gettext_noop("is a number from 1 to 90")})
    if not known.issuperset({*options.without, *options.stocked}) or known.issubset(options.without):
        problem = gettext_noop("name places of yours, and leave one open")
        raise Refused(INVALID, {"field": gettext_noop("Places"), "problem": problem})
    total = len(_order_ids(ctx, options)) * (1 + len(_questioned(rules)))
    id = replays.ask(ctx, rules=parsing.as_json(rules), options=options.as_json(), total=total)
    if total <= AT_ONCE:
        work(ctx, replay_id=id)
    else:
        jobs.defer(TASK, arguments={"organisation_id": ctx.organisation_id, "replay_id": id}, lock=f"{TASK}:{id}")
    return id


def work(ctx: Ctx, *, replay_id: int) -> None:
    """Takes a replay to its end; done already, it stays as it is."""
    row = replays.get(ctx, replay_id=replay_id)
    if row.state in ("done", "failed"):
        return
    given = row.options
    options = Options(given["days"], tuple(given["without"]), tuple(given["stocked"]))
    rules = parsing.parse(row.rules)
    result = replayed(ctx, rules=rules, options=options, tell=lambda done: replays.advance(ctx, replay_id=replay_id, done=done))
    replays.finish(ctx, replay_id=replay_id, result=result)


def give_up(ctx: Ctx, *, replay_id: int) -> None:
    """Says of a replay that it came to no end."""
    replays.fail(ctx, replay_id=replay_id)


def _order_ids(ctx: Ctx, options: Options) -> list[int]:
    return facts.routed_since(ctx, since=ctx.now - timedelta(days=options.days), limit=MOST_ORDERS)


def _questioned(rules: RuleSet) -> list[Rule]:
    """The rules whose weekly cost is asked for: those in use, but what lets the cost decide."""
    return [rule for rule in rules.in_use if rule.kind is not Kind.CHEAPEST]


def replayed(ctx: Ctx, *, rules: RuleSet, options: Options, tell: Callable[[int], None] = lambda _: None) -> dict[str, Any]:
    """What would have come of past orders.  `tell` hears from time to time how many decisions were taken.

    Shapes: figures `done` and `new`, `flips`, the orders whose plan differs most in `flipped`, and for each rule in `rules` what it
    costs a week: paid with it less paid without it.
    """
    live = applying.ready(parsing.parse(routing.rules_in_force(ctx).rules))
    ruling = applying.ready(rules)
    past, sight, unseen = _past(ctx, options, ruling)
    promises = ruling if ruling.uses(Kind.ARRIVE_BY) else live
    without = [(rule, applying.ready(rules.without(rule.id)), Tally()) for rule in _questioned(rules)]
    done, new, flipped = Tally(), Tally(), []
    less = [(rule, one) for rule, one, _ in without]
    for one, decision, others in _decisions(past, sight, ruling, less, options, _Steps(tell)):
        plan = _plan_of(decision)
        was = _count(done, one, one.was, decision, sight, promises)
        now = _count(new, one, plan, decision, sight, promises)
        if _places(one.was) != _places(plan):
            flipped.append(_flip(one, decision, was, now))
        for other, (_, _, tally) in zip(others, without, strict=True):
            _count(tally, one, _plan_of(other), other, sight, promises)
    names = _names(ctx, [one["order_id"] for one in flipped])
    flipped.sort(key=lambda one: -abs(one["more"]))
    return {
        "currency": sight.currency, "days": options.days, "orders": len(past), "unseen": unseen, "done": done.as_json(),
        "new": new.as_json(), "flips": len(flipped),
        "flipped": [one | {"name": names.get(one["order_id"], "")} for one in flipped[:SHOWN]],
        "rules": [_weekly(rule.id, new, tally, options) for rule, _, tally in without],
    }  # fmt: skip


class _Steps:
    """Counts decisions and tells now and then how many."""

    def __init__(self, tell: Callable[[int], None]) -> None:
        self.tell, self.done = tell, 0

    def step(self) -> None:
        self.done += 1
        if self.done % TELL_EVERY == 0:
            self.tell(self.done)


def _past(ctx: Ctx, options: Options, ruling: Ruling) -> tuple[list[Past], Sight, int]:
    """The first decision about every part of these orders, oldest first, and how many did not keep what they saw."""
    first = routing.first_decisions(ctx, order_ids=_order_ids(ctx, options))
    kept = [row for row in first if row.seen]
    jobs_: list[Job] = []
    targets: dict[sighting.Destination, Coordinates | None] = {}
    for n in range(0, len(kept), CHUNK):
        parts = [(row.order_id, row.fulfilment_order_id, _lines(row)) for row in kept[n : n + CHUNK]]
        some, where = sighting.jobs_of(ctx, parts=parts, ruling=ruling)
        jobs_ += some
        targets |= where
    places = [at for at in locations.list_locations(ctx) if at.id not in options.without]
    everywhere = locations.list_locations(ctx)
    sight = sighting.look(ctx, jobs=jobs_, targets=targets, places=everywhere, counts=False)
    sight.places = places
    past = [Past(row, job, _was(row), frozenset(row.shut)) for row, job in zip(kept, jobs_, strict=True)]
    return past, sight, len(first) - len(kept)


def _lines(row: SeenRow) -> list[tuple[int, int, int]]:
    return [(line_id, variant_id, qty) for line_id, variant_id, qty in row.seen["lines"]]


def _was(row: SeenRow) -> Parcels:
    variants = {line_id: variant_id for line_id, variant_id, _ in _lines(row)}
    return tuple(
        (part["location_id"], tuple((int(line), variants[int(line)], qty) for line, qty in part["units"].items()))
        for part in row.parts
    )


def _plan_of(decision: Decision) -> Parcels:
    return tuple((parcel.location_id, parcel.units) for parcel in decision.parcels)


def _places(plan: Parcels) -> dict[int, dict[int, int]]:
    """What each place sends of each variant: two plans that agree in this are the same."""
    found: dict[int, dict[int, int]] = {}
    for location_id, units in plan:
        for _, variant_id, qty in units:
            of = found.setdefault(location_id, {})
            of[variant_id] = of.get(variant_id, 0) + qty
    return found


def _decisions(
    past: Sequence[Past], sight: Sight, ruling: Ruling, without: Sequence[tuple[Rule, Ruling]], options: Options, steps: _Steps
) -> Iterator[tuple[Past, Decision, list[Decision]]]:
    """Each decision taken again by all rules and by all but one, one order after the other, each on what those before it leave.

    Shapes: (what was, by all rules, by all but each of `without`).
    """
    changed, others = Changed(), [Changed() for _ in without]
    for one in past:
        then = _then(sight, one, ruling)
        view = _View(one, then, options, changed)
        decision = _decided(one, then, ruling, view)
        changed.note(one.was, _plan_of(decision), then.days)
        steps.step()
        found: list[Decision] = []
        for (rule, less), after in zip(without, others, strict=True):
            there = _View(one, then, options, after)
            like = decision if there == view else None
            found.append(like if like and _is_idle(rule, like) else _decided(one, then, less, there, like))
            after.note(one.was, _plan_of(found[-1]), then.days)
            steps.step()
        yield one, decision, found


def _decided(one: Past, then: Sight, ruling: Ruling, view: _View, like: Decision | None = None) -> Decision:
    return decide.decide(then, ruling, job=one.job, free=view.free, spare=view.spare, used=view.used, like=like, others=False)


def _is_idle(rule: Rule, decision: Decision) -> bool:
    """Whether a decision cannot have been another without a rule: it did not hold, or there was nothing that it is about."""
    if rule.kind is Kind.CAPACITY and not any(spot.capacity for spot in decision.spots):
        return True
    if rule.kind in (Kind.FEWEST_PARCELS, Kind.MOST_PARCELS) and sum(need.qty for need in decision.asked.needs) == 1:
        return True
    return rule.id not in decision.asked.applied


def _then(sight: Sight, one: Past, ruling: Ruling) -> Sight:
    """What is seen as of the moment of a decision: when parcels would have left, and for which days, where that is asked for."""
    at, worth = one.row.decided_at, _worth(one.row.seen)
    if not sight.days and not any(ruling.uses(kind) for kind in OF_DAYS):
        return replace(sight, at=at, worth=worth, waits={})
    leaving = {
        place.id: working.leaves(sight.dispatches[place.id], zone=sight.zones[place.id], at=at) for place in sight.places
    }
    days = day_capacity.days_of(sight.places, dispatches=sight.dispatches, leaving=leaving, at=at)
    return replace(sight, at=at, worth=worth, waits={}, leaving=leaving, days=days)


class _View:
    """The stock that a decision saw, and what its days held, with what orders before it took elsewhere.

    Shapes: units by (variant, location), free and spare; equal where they are.
    """

    __slots__ = ("units", "used")

    def __init__(self, one: Past, then: Sight, options: Options, changed: Changed) -> None:
        seen = one.row.seen
        units: dict[tuple[int, int], tuple[int, int]] = {}
        self.used = {}
        for location_id, used, free, spare, *_ in seen["places"]:
            self.used[location_id] = int(used)
            for variant_id, have, over in zip(seen["variants"], free, spare, strict=True):
                more = changed.units.get((variant_id, location_id), 0)
                units[(variant_id, location_id)] = (have + more, over + more)
        for location_id in options.stocked:
            if location_id not in one.shut:
                units |= {(variant_id, location_id): (FULL, FULL) for variant_id in seen["variants"]}
        for location_id, day in then.days.items():
            self.used[location_id] = max(self.used.get(location_id, 0) + changed.parcels.get((location_id, day.on), 0), 0)
        self.units = units

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _View) and self.units == other.units and self.used == other.used

    def free(self, variant_id: int, location_id: int) -> int:
        """Units that nobody else has."""
        return self.units.get((variant_id, location_id), NOTHING)[0]

    def spare(self, variant_id: int, location_id: int) -> int:
        """Those that the place does not keep back."""
        return self.units.get((variant_id, location_id), NOTHING)[1]


def _worth(seen: Mapping[str, Any]) -> dict[int, dict[int, float]]:
    """What the units were worth when it was decided."""
    return {place[0]: dict(zip(seen["variants"], place[4], strict=True)) for place in seen["places"] if len(place) > 4}


def _count(tally: Tally, one: Past, plan: Parcels, decision: Decision, sight: Sight, promises: Ruling) -> float:
    """Adds a plan to the figures.  Returns: what it costs."""
    tally.orders += 1
    tally.unserved += not plan
    weight = {(line.order_line_id, line.variant_id): line.weight_g for line in one.job.lines}
    spots = {spot.location_id: spot for spot in decision.spots}
    cost = 0.0
    for location_id, units in plan:
        way = sight.ways[(location_id, one.job.to)]
        grams = sum(weight.get((line_id, variant_id), 0) * qty for line_id, variant_id, qty in units)
        cost += way.priced.tariff(grams) + sight.dispatches[location_id].handling_minor
        tally.parcels += 1
        if way.distance_km is not None:
            tally.km += way.distance_km
            tally.measured += 1
        spot = spots.get(location_id)
        tally.late += spot is not None and applying.is_late(promises, wanted=one.job.wanted, spot=spot)
    tally.cost += cost
    return cost


def _flip(one: Past, decision: Decision, was: float, now: float) -> dict[str, Any]:
    return {
        "order_id": one.row.order_id, "was": sorted(_places(one.was)), "now": sorted(_places(_plan_of(decision))),
        "was_minor": round(was), "now_minor": round(now), "more": round(now - was),
    }  # fmt: skip


def _weekly(id: str, new: Tally, without: Tally, options: Options) -> dict[str, Any]:
    """What one rule costs a week, beside the same orders without it."""
    return {
        "id": id, "weekly_minor": round((new.cost - without.cost) * 7 / options.days), "late": new.late - without.late,
        "parcels": new.parcels - without.parcels, "unserved": new.unserved - without.unserved,
    }  # fmt: skip


def _names(ctx: Ctx, order_ids: Sequence[int]) -> dict[int, str]:
    return {id: row.name for id, row in orders.orders_by_id(ctx, ids=sorted(set(order_ids))).items()}
