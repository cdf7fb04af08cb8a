"""One decision: the planner is asked by the rules, and what it answers is told in facts."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Any

from doorstep.flows.sighting import Job, Sight
from doorstep.locations.values import LocationRow
from doorstep.routing.engine import exact, ladder
from doorstep.routing.engine.ladder import Known
from doorstep.routing.engine.values import Candidate, Choice, Level, Planned
from doorstep.routing.ruling import applying
from doorstep.routing.ruling.applying import Asked, Ruling, Spot

SHOWN = 8  # places that a record tells of, nearest first
OTHERS = 3
Free = Callable[[int, int], int]  # units of a variant at a location


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about one job.  `choice` None: nobody may send it, or the stock does not suffice.

    `kept_back`: it takes of what places keep back, because nothing else suffices.
    """

    job: Job
    spots: tuple[Spot, ...]
    asked: Asked
    choice: Choice | None
    kept_back: bool
    took_us: int

    @property
    def parcels(self) -> tuple[Planned, ...]:
        """The plan that was chosen, nearest first; nothing where there is none."""
        if self.choice is None:
            return ()
        far = {spot.location_id: inf if spot.distance_km is None else spot.distance_km for spot in self.spots}
        return tuple(sorted(self.choice.best.parcels, key=lambda parcel: (far[parcel.location_id], parcel.location_id)))


def decide(
    sight: Sight, ruling: Ruling, *, job: Job, free: Free, spare: Free, used: Mapping[int, int] | None = None,
    like: Decision | None = None, others: bool = True,
) -> Decision:  # fmt: skip
    """The best plan that leaves alone what every place keeps back; else one that takes of it.

    The units are promised already.  Where more is kept back since, a promise comes before it.  `used`: see `Sight.spot`.
    `like`: what other rules decided of the same job on the very same sight, so that nothing is reckoned twice.  `others`: whether
    the plans beside the best are asked for.
    """
    began = time.perf_counter_ns()
    variants = {line.variant_id for line in job.lines}
    best: tuple[tuple[Spot, ...], Asked, Choice | None] | None = None
    kept_back = False
    for units, is_last in ((spare, False), (free, True)):
        same = like if like is not None and like.choice is not None and like.kept_back is is_last else None
        spots = same.spots if same else _spots(sight, job, variants, units, used)
        asked = applying.ask(ruling, wanted=job.wanted, spots=spots)
        if same and _ask_alike(asked, same.asked):
            choice = same.choice
        else:
            choice = exact.plan(asked.needs, asked.sites, asked.terms, others=others) if asked.sites else None
        best = (spots, asked, choice)
        if choice is not None:
            kept_back = is_last
            break
    assert best is not None
    return Decision(job, *best, kept_back, (time.perf_counter_ns() - began) // 1000)


def _ask_alike(one: Asked, other: Asked) -> bool:
    """Whether the planner is asked the same; what a further parcel costs is nothing to a single unit."""
    if sum(need.qty for need in one.needs) == 1:
        one = replace(one, terms=replace(one.terms, split=other.terms.split))
    return (one.needs, one.sites, one.terms) == (other.needs, other.sites, other.terms)


def _spots(
    sight: Sight, job: Job, variants: Collection[int], units: Free, used: Mapping[int, int] | None
) -> tuple[Spot, ...]:
    found = []
    for place in sight.places:
        if not place.can_serve(job.to[0]):
            continue
        free = {variant: max(units(variant, place.id), 0) for variant in variants}
        if any(free.values()):
            found.append(sight.spot(place, job, free, used=None if used is None else used.get(place.id, 0)))
    return tuple(found)


def recorded(
    sight: Sight, decision: Decision, *, free: Free, spare: Free, shut: Collection[int] = (), seen: bool = True
) -> tuple[dict[str, Any], list[dict[str, Any]], str]:
    """A decision as it is kept: the plan with its costs, what else was possible, and how well informed it was.

    Shapes: (plan, places considered, level).  `shut`: places that are out for this order.  `seen`: with the stock that it saw.
    """
    job, best = decision.job, decision.choice.best if decision.choice else None
    near = _nearest(sight, job)
    level = _level(sight, job, decision)
    plan: dict[str, Any] = {
        "why": _why(decision, near), "currency": sight.currency, "rough": job.rough, "parts": [_part(p) for p in decision.parcels],
        "distance_km": _km(sight, job, decision.parcels[0].location_id) if len(decision.parcels) == 1 else None,
        "rules": list(decision.asked.applied), "out": [list(one) for one in decision.asked.out], "kept_back": decision.kept_back,
        "worth": bool(sight.worth),
    }  # fmt: skip
    if best is not None and decision.choice is not None:
        plan |= {"paid": _money(best.paid), "total": _money(best.total), "split": _money(best.split)}
        plan["ranks"] = [round(rank, 1) for rank in best.ranks]
        plan["others"] = [_other(one, best) for one in decision.choice.others[:OTHERS]]
    nearest = _why_not_nearest(decision, [at for at in near if _km(sight, job, at.id) is not None])
    if nearest:
        plan["nearest"] = nearest
    if seen:
        plan["seen"] = _seen(sight, job, free, spare)
    return plan, _considered(sight, decision, near, shut), level


def _why(decision: Decision, near: Sequence[LocationRow]) -> str:
    if not decision.parcels:
        return "nobody"
    if len(decision.parcels) > 1:
        return "split"
    chosen = decision.parcels[0].location_id
    complete = [spot.location_id for spot in decision.spots if _has_all(spot, decision.job)]
    open_to = {site.location_id for site in decision.asked.sites}
    if [id for id in complete if id in open_to] == [chosen]:
        return "only_complete" if len(near) > 1 or len(complete) > 1 else "nearest_complete"
    first = next((at.id for at in near if at.id in complete), None)
    return "nearest_complete" if first == chosen else "cheapest"


def _why_not_nearest(decision: Decision, near: Sequence[LocationRow]) -> dict[str, Any] | None:
    """What spoke against the nearest place; None where it is in the plan, or where nobody knows which it is."""
    known = {spot.location_id: spot for spot in decision.spots}
    chosen = {parcel.location_id for parcel in decision.parcels}
    first = near[0] if near else None
    if first is None or first.id in chosen:
        return None
    spot = known.get(first.id)
    rule = dict(decision.asked.out).get(first.id)
    if spot is None or not _has_all(spot, decision.job):
        return {"location_id": first.id, "why": "short", "skus": _lacking(spot, decision.job)}
    if rule is not None:
        return {"location_id": first.id, "why": "rule", "rule": rule}
    alone = _alone(decision, spot)
    if alone is None or not decision.choice:
        return {"location_id": first.id, "why": "terms"}
    more = alone["total"] - decision.choice.best.total
    return {"location_id": first.id, "why": "dearer" if more >= 0 else "ranked", "more": _money(more)}


def _considered(
    sight: Sight, decision: Decision, near: Sequence[LocationRow], shut: Collection[int]
) -> list[dict[str, Any]]:
    """The nearest places, and those that the plan names, with what each would cost alone and why it is out."""
    spots = {spot.location_id: spot for spot in decision.spots}
    chosen = {parcel.location_id for parcel in decision.parcels}
    out = dict(decision.asked.out)
    told = [*near[:SHOWN], *[at for at in near[SHOWN:] if at.id in chosen]]
    return [_note(sight, decision, at, spots.get(at.id), out.get(at.id), at.id in shut) for at in told]


def _note(
    sight: Sight, decision: Decision, at: LocationRow, spot: Spot | None, rule: str | None, is_shut: bool
) -> dict[str, Any]:
    job = decision.job
    lacking = set(_lacking(spot, job))
    missing = list(dict.fromkeys(line.variant_id for line in job.lines if line.sku in lacking))
    note: dict[str, Any] = {
        "location_id": at.id, "distance_km": _km(sight, job, at.id), "complete": not missing,
        "missing": missing[:5],
    }  # fmt: skip
    if rule is not None:
        note["rule"] = rule
    if is_shut:
        note["excluded"] = True
    if spot is None:
        return note
    if spot.leaves:
        note["leaves"] = spot.leaves.isoformat()
    if spot.arrives:
        note["arrives"] = spot.arrives.isoformat()
    if spot.capacity:
        note |= {"used": spot.used, "capacity": spot.capacity}
    alone = _alone(decision, spot) if note["complete"] and rule is None else None
    return note | {"cost": {name: _money(value) for name, value in alone.items()}} if alone else note


def _alone(decision: Decision, spot: Spot) -> dict[str, float] | None:
    """What the whole order costs from one place."""
    site = next((site for site in decision.asked.sites if site.location_id == spot.location_id), None)
    if site is None:
        return None
    weight = sum(line.weight_g * line.qty for line in decision.job.lines)
    worth = sum(site.worth.get(line.variant_id, 0.0) * line.qty for line in decision.job.lines)
    parts = {
        "ship": site.tariff(weight), "handling": site.handling, "late": site.late, "capacity": site.capacity,
        "penalty": site.penalty, "worth": worth,
    }  # fmt: skip
    return parts | {"total": sum(parts.values())}


def _has_all(spot: Spot | None, job: Job) -> bool:
    return spot is not None and not _lacking(spot, job)


def _lacking(spot: Spot | None, job: Job) -> list[str]:
    """The SKUs of which a place has too little for the whole order, in the order of its lines; one that is no spot has nothing."""
    need: dict[tuple[int, str], int] = {}
    for line in job.lines:
        key = (line.variant_id, line.sku)
        need[key] = need.get(key, 0) + line.qty
    return [sku for (variant, sku), qty in need.items() if spot is None or spot.free.get(variant, 0) < qty]


def _nearest(sight: Sight, job: Job) -> list[LocationRow]:
    """The places that may serve the order's country, nearest first; those that nobody can place last."""
    able = [at for at in sight.places if at.can_serve(job.to[0])]
    far = {at.id: sight.ways[(at.id, job.to)].distance_km for at in able}
    return sorted(able, key=lambda at: (far[at.id] is None, far[at.id] or 0, at.id))


def _level(sight: Sight, job: Job, decision: Decision) -> str:
    """How well informed a decision was; what is missing counts before what is there."""
    ways = [sight.ways[(spot.location_id, job.to)] for spot in decision.spots]
    if ways and all(way.distance_km is None for way in ways) and all(way.priced.is_guess for way in ways):
        return Level.FEWEST.value
    shadow: dict[int, dict[int, float]] = {}
    balance: dict[int, dict[int, float]] = {}
    for site in decision.asked.sites:
        for variant_id, worth in site.worth.items():
            of = balance if variant_id in sight.balanced else shadow
            of.setdefault(variant_id, {})[site.location_id] = worth
    known = Known(shadow=shadow, balance=balance, zoned=any(way.priced.is_guess for way in ways))
    return ladder.level_of(decision.asked.needs, decision.asked.sites, known).value


def _part(parcel: Planned) -> dict[str, Any]:
    return {
        "location_id": parcel.location_id, "units": {str(line): qty for line, qty in _by_line(parcel).items()},
        "weight_g": parcel.weight_g, "ship": _money(parcel.ship), "handling": _money(parcel.handling), "late": _money(parcel.late),
        "capacity": _money(parcel.capacity), "penalty": _money(parcel.penalty), "worth": _money(parcel.worth),
    }  # fmt: skip


def _by_line(parcel: Planned) -> dict[int, int]:
    found: dict[int, int] = {}
    for line, _, qty in parcel.units:
        found[line] = found.get(line, 0) + qty
    return found


def _other(one: Candidate, best: Candidate) -> dict[str, Any]:
    return {
        "locations": [parcel.location_id for parcel in one.parcels], "paid": _money(one.paid), "total": _money(one.total),
        "more": _money(one.total - best.total), "ranks": [round(rank, 1) for rank in one.ranks],
    }  # fmt: skip


def _seen(sight: Sight, job: Job, free: Free, spare: Free) -> dict[str, Any]:
    """The stock that a decision saw, so that it can be taken once more by other rules."""
    variants = sorted({line.variant_id for line in job.lines})
    there: list[list[Any]] = []
    for at in sight.places:
        if any(free(v, at.id) > 0 for v in variants):
            units = [[free(v, at.id) for v in variants], [spare(v, at.id) for v in variants]]
            worth = sight.worth.get(at.id)
            there.append([at.id, sight.used.get(at.id, 0), *units, *([[worth.get(v, 0.0) for v in variants]] if worth else [])])
    return {"variants": variants, "lines": [[x.order_line_id, x.variant_id, x.qty] for x in job.lines], "places": there}


def _km(sight: Sight, job: Job, location_id: int) -> int | None:
    far = sight.ways[(location_id, job.to)].distance_km
    return None if far is None else round(far)


def _money(value: float) -> float:
    return round(value, 2)
