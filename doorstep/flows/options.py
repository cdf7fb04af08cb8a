"""Where a part of an order could go instead, for a person who chooses: what it would cost more, and what speaks against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from doorstep.base.ctx import Ctx
from doorstep.flows import route, sighting
from doorstep.flows.sighting import Job, Sight
from doorstep.locations import queries as locations
from doorstep.orders.values import FORow
from doorstep.routing import queries as routing
from doorstep.routing.ruling import applying, parsing
from doorstep.routing.ruling.applying import Asked, Ruling, Spot
from doorstep.stock import queries as stock


@dataclass(frozen=True, slots=True)
class Option:
    """A place that could send a part.  `more_minor`: what it costs more than now, in minor units; None where nobody knows.

    `missing`: SKUs of which it has too few; `rule`: the rule that leaves it out, "" for none; `is_excluded`: it said no.
    """

    location_id: int
    name: str
    more_minor: int | None
    distance_km: int | None
    missing: tuple[str, ...]
    rule: str
    is_excluded: bool
    is_here: bool


@dataclass(frozen=True, slots=True)
class Offered:
    """The places for one part, the cheapest of those that have it first."""

    fulfilment_order_id: int
    currency: str
    options: tuple[Option, ...]


def offered(ctx: Ctx, *, parts: Sequence[FORow]) -> list[Offered]:
    """Where these parts could go, from a few statements.  Shapes: one answer per part that has a place, in order."""
    routed = [part for part in parts if part.location_id is not None]
    if not routed:
        return []
    lines = route.lines_of(ctx, parts=routed)
    variants = sorted({variant for some in lines.values() for _, variant, _ in some})
    ruling = applying.ready(parsing.parse(routing.rules_in_force(ctx).rules))
    jobs, targets = sighting.jobs_of(ctx, parts=[(p.order_id, p.id, lines[p.id]) for p in routed], ruling=ruling)
    places = [at for at in locations.list_locations(ctx) if at.active]
    sight = sighting.look(ctx, jobs=jobs, targets=targets, places=places)
    free = {(row.variant_id, row.location_id): row.free for row in stock.levels_of(ctx, variant_ids=variants)}
    shut = route.shut_of(ctx, parts=routed, lines=lines)
    return [
        Offered(part.id, sight.currency, _options(sight, part, job, ruling, free, shut={at for _, at in shut.get(part.id, ())}))
        for part, job in zip(routed, jobs, strict=True)
    ]


def _options(
    sight: Sight, part: FORow, job: Job, ruling: Ruling, free: Mapping[tuple[int, int], int], *, shut: set[int]
) -> tuple[Option, ...]:
    """Every place for one part: where it is first, then those that have it, by what they cost.  `free` by (variant, location)."""
    need: dict[int, int] = {}
    for line in job.lines:
        need[line.variant_id] = need.get(line.variant_id, 0) + line.qty
    there = {
        at.id: {v: free.get((v, at.id), 0) + (qty if at.id == part.location_id else 0) for v, qty in need.items()}
        for at in sight.places
    }
    spots = [sight.spot(at, job, there[at.id]) for at in sight.places]
    asked = applying.ask(ruling, wanted=job.wanted, spots=spots)
    costs, out = _costs(job, spots, asked), dict(asked.out)
    here = costs.get(part.location_id or 0)
    skus = {line.variant_id: line.sku for line in job.lines}
    options = [
        Option(
            at.id, at.name, None if here is None else round(costs[at.id] - here),
            None if spot.distance_km is None else round(spot.distance_km),
            tuple(skus[v] for v, qty in need.items() if there[at.id][v] < qty), out.get(at.id, ""), at.id in shut,
            at.id == part.location_id,
        )
        for at, spot in zip(sight.places, spots, strict=True)
    ]  # fmt: skip
    return tuple(sorted(options, key=lambda one: (not one.is_here, bool(one.missing), costs[one.location_id], one.location_id)))


def _costs(job: Job, spots: Sequence[Spot], asked: Asked) -> dict[int, float]:
    """What a part costs from each place: its parcel, its handling, and what rules price lateness at.  Units: minor units."""
    late = {site.location_id: site.late for site in asked.sites}
    weight = sum(line.weight_g * line.qty for line in job.lines)
    return {spot.location_id: spot.tariff(weight) + spot.handling + late.get(spot.location_id, 0.0) for spot in spots}
