"""Orders find their warehouse by the merchant's rules, and the promised units are pinned there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction

from doorstep.base.ctx import SYSTEM, Ctx
from doorstep.base.outbox import Event
from doorstep.flows import day_capacity, decide, sighting, waiting
from doorstep.flows.decide import Decision
from doorstep.flows.sighting import Sight
from doorstep.flows.waiting import Waiting
from doorstep.locations import queries as locations
from doorstep.locations import working
from doorstep.orders import actions as orders
from doorstep.orders import queries
from doorstep.orders.actions import Assignment, PartPlan
from doorstep.orders.values import FORow
from doorstep.routing import actions as routing
from doorstep.routing import exclusions
from doorstep.routing import queries as rules
from doorstep.routing.ruling import applying, parsing
from doorstep.routing.ruling.applying import Ruling
from doorstep.routing.ruling.kinds import Kind
from doorstep.routing.values import Decided
from doorstep.stock import actions as stock
from doorstep.stock import locks
from doorstep.stock import queries as stock_queries
from doorstep.stock.values import Pin, Short, Want

Lines = Mapping[int, Sequence[tuple[int, int, int]]]  # by fulfilment order: (order line, variant, units) each
Shut = Mapping[int, frozenset[tuple[int, int]]]  # by fulfilment order: (variant, location) that it may not have


def react(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Routes the orders that these events tell of."""
    route(ctx, order_ids=sorted({e.timeline_id for e in happened}))


@transaction.atomic
def route(ctx: Ctx, *, order_ids: Sequence[int]) -> int:
    """Assigns every open, unassigned fulfilment order of these orders to a location.  Returns: how many were assigned.

    No line goes to a place that is excluded for it, and where a rule says so none to one whose day is full.
    Locks: days that may be full, then fulfilment orders, then pool rows, then levels.
    Emits: OrderRouted; OrderHeld where no location can serve it.
    """
    waiting = queries.find_unrouted(ctx, order_ids=order_ids)
    if not waiting:
        return 0
    day_capacity.lock(ctx)
    orders.lock(ctx, fulfilment_order_ids=[f.id for f in waiting])
    waiting = queries.find_unrouted(ctx, order_ids=order_ids)
    lines = lines_of(ctx, parts=waiting)
    locks.pool_rows(ctx, {variant_id for part in lines.values() for _, variant_id, _ in part})
    return _route(ctx, waiting, lines, shut_of(ctx, parts=waiting, lines=lines))


def lines_of(ctx: Ctx, *, parts: Sequence[FORow]) -> dict[int, list[tuple[int, int, int]]]:
    """What parts want.  Shapes: [(order line id, variant id, units)] by part."""
    lines: dict[int, list[tuple[int, int, int]]] = {part.id: [] for part in parts}
    for row in queries.fulfilment_lines_of(ctx, fulfilment_order_ids=[p.id for p in parts]):
        lines[row.fulfilment_order_id].append((row.order_line_id, row.variant_id, row.qty))
    return lines


def shut_of(ctx: Ctx, *, parts: Sequence[FORow], lines: Lines) -> Shut:
    """What each part may not have from where, since that place said no to its lines."""
    barred = exclusions.barred(ctx, order_ids=sorted({part.order_id for part in parts}))
    if not barred:
        return {}
    return {
        part.id: frozenset((variant_id, at) for line_id, variant_id, _ in lines[part.id] for at in barred.get(line_id, ()))
        for part in parts
    }


def _route(ctx: Ctx, waiting: Sequence[FORow], lines: Lines, shut: Shut) -> int:
    """Decides one part after the other, each on what those before it left."""
    variants = sorted({variant_id for part in lines.values() for _, variant_id, _ in part})
    levels = {(row.variant_id, row.location_id): row for row in stock_queries.levels_of(ctx, variant_ids=variants)}
    free = {key: row.free for key, row in levels.items()}
    in_force = rules.rules_in_force(ctx)
    ruling = applying.ready(parsing.parse(in_force.rules))
    jobs, targets = sighting.jobs_of(ctx, parts=[(p.order_id, p.id, lines[p.id]) for p in waiting], ruling=ruling)
    sight = sighting.look(
        ctx, jobs=jobs, targets=targets, places=locations.list_locations(ctx), worth=rules.worths(ctx, variant_ids=variants)
    )
    chosen: list[tuple[FORow, Decision]] = []
    stuck: list[FORow] = []
    ruled_out: dict[int, Mapping[str, object]] = {}
    kept: list[Decided] = []
    for part, job in zip(waiting, jobs, strict=True):
        closed = shut.get(part.id, frozenset())

        def there(variant_id: int, at: int, closed: frozenset[tuple[int, int]] = closed) -> int:
            return 0 if (variant_id, at) in closed else free.get((variant_id, at), 0)

        def spare(variant_id: int, at: int, closed: frozenset[tuple[int, int]] = closed) -> int:
            key = (variant_id, at)
            return 0 if key in closed or key not in free else free[key] - levels[key].kept

        decision = decide.decide(sight, ruling, job=job, free=there, spare=spare)
        plan, considered, level = decide.recorded(sight, decision, free=there, spare=spare, shut={at for _, at in closed})
        kept.append(Decided(part.order_id, part.id, plan, considered, decision.took_us, level))
        if decision.choice is None:
            stuck.append(part)
            if decision.asked.out:
                ruled_out[part.id] = _ruled_out(sight, ruling, decision)
            continue
        for parcel in decision.parcels:
            sight.used[parcel.location_id] = sight.used.get(parcel.location_id, 0) + 1
            for _, variant_id, qty in parcel.units:
                free[(variant_id, parcel.location_id)] -= qty
        chosen.append((part, decision))
    _settle(ctx, sight, chosen, {one.fulfilment_order_id: one.plan for one in kept})
    routing.keep_decisions(ctx, decisions=kept, rules_version=in_force.version)
    _hold(ctx, stuck, lines, ruled_out)
    return len(chosen)


def _settle(
    ctx: Ctx, sight: Sight, chosen: Sequence[tuple[FORow, Decision]], plans: Mapping[int, Mapping[str, object]]
) -> None:
    """Pins the units and assigns the locations."""
    if not chosen:
        return
    stock.pin(
        ctx,
        pins=[
            Pin(line_id, variant_id, parcel.location_id, qty)
            for _, decision in chosen
            for parcel in decision.parcels
            for line_id, variant_id, qty in parcel.units
        ],
    )
    given = orders.assign(
        ctx,
        assignments=[
            Assignment(
                part.id,
                part.order_id,
                tuple(
                    (parcel.location_id, tuple(PartPlan(line_id, variant_id, qty) for line_id, variant_id, qty in parcel.units))
                    for parcel in decision.parcels
                ),
                {name: plans[part.id].get(name) for name in ("why", "distance_km", "rough")} | _nearest_of(plans[part.id]),
            )
            for part, decision in chosen
        ],
    )
    places = [parcel.location_id for _, decision in chosen for parcel in decision.parcels]
    day_capacity.note(ctx, given=list(zip(given, places, strict=True)), days=sight.days)


def _nearest_of(plan: Mapping[str, object]) -> dict[str, object]:
    """What spoke against the nearest place, where it did not get the order."""
    return {name: plan[name] for name in ("nearest", "currency") if name in plan} if "nearest" in plan else {}


def _ruled_out(sight: Sight, ruling: Ruling, decision: Decision) -> dict[str, object]:
    """What the hold of a part says that rules keep from places: that it is so, and until when those that are full are full."""
    full = {rule.id for rule in ruling.rules if rule.kind is Kind.CAPACITY}
    waits = [at for at, rule_id in decision.asked.out if rule_id in full and at in sight.days]
    ends = [working.day_ends(sight.dispatches[at], zone=sight.zones[at], day=sight.days[at].on) for at in waits]
    return {"by_rules": True, **({"full_until": min(ends).isoformat()} if ends else {})}


def _hold(ctx: Ctx, stuck: Sequence[FORow], lines: Lines, ruled_out: Mapping[int, Mapping[str, object]]) -> None:
    """Holds what no location can serve and gives its promised units back.  `ruled_out`: what is said of those that rules keep from
    places."""
    if not stuck:
        return
    wants = {part.id: [Want(*line) for line in lines[part.id]] for part in stuck}
    stock.release_unpinned(ctx, wants=[w for some in wants.values() for w in some], reason="no_location_can_serve")
    of = queries.orders_by_id(ctx, ids=[part.order_id for part in stuck])
    parts = [
        Waiting(
            part.id, tuple(wants[part.id]), tuple(Short(w.variant_id, w.qty, 0) for w in wants[part.id]),
            of[part.order_id].placed_at, of[part.order_id].priority,
            {"no_location_can_serve": True, **ruled_out.get(part.id, {})},
        )
        for part in stuck
    ]  # fmt: skip
    orders.hold(ctx.as_actor(SYSTEM), wishes=waiting.wait(ctx, parts=parts, may_be_sold=False))
