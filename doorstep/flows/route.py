"""Orders find their warehouse, and the promised units are pinned there."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from django.db import transaction

from doorstep.base.ctx import SYSTEM, Ctx
from doorstep.base.outbox import Event
from doorstep.flows import waiting
from doorstep.flows.waiting import Waiting
from doorstep.locations import queries as locations
from doorstep.locations.rules import distance_km
from doorstep.locations.values import Coordinates, LocationRow, Precision
from doorstep.orders import actions as orders
from doorstep.orders import queries
from doorstep.orders.actions import Assignment, PartPlan
from doorstep.orders.queries import Destination
from doorstep.orders.values import FORow
from doorstep.routing import actions as routing
from doorstep.routing import exclusions, rules
from doorstep.routing.values import Line, Place, Plan
from doorstep.stock import actions as stock
from doorstep.stock import locks
from doorstep.stock import queries as stock_queries
from doorstep.stock.values import LevelRow, Pin, Short, Want

POLICY = "nearest_complete"


def react(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Routes the orders that these events tell of."""
    route(ctx, order_ids=sorted({e.timeline_id for e in happened}))


@transaction.atomic
def route(ctx: Ctx, *, order_ids: Sequence[int]) -> int:
    """Assigns every open, unassigned fulfilment order of these orders to a location.  Returns: how many were assigned.

    No line goes to a place that is excluded for it.
    Locks: fulfilment orders, then pool rows and levels.  Emits: OrderRouted; OrderHeld where no location can serve it.
    """
    waiting = queries.find_unrouted(ctx, order_ids=order_ids)
    if not waiting:
        return 0
    orders.lock(ctx, fulfilment_order_ids=[f.id for f in waiting])
    waiting = queries.find_unrouted(ctx, order_ids=order_ids)
    lines = _lines_of(ctx, waiting)
    variants = {line.variant_id for part in lines.values() for line in part}
    locks.pool_rows(ctx, variants)
    levels = {(row.variant_id, row.location_id): row for row in stock_queries.levels_of(ctx, variant_ids=sorted(variants))}
    free = {key: row.free for key, row in levels.items()}
    known = locations.list_locations(ctx)
    barred = exclusions.barred(ctx, order_ids=[part.order_id for part in waiting])
    to = queries.destinations(ctx, order_ids=[f.order_id for f in waiting])
    targets = dict(zip(to, locations.find_many(places=[(d.country, d.postal_code) for d in to.values()]), strict=True))
    chosen: list[tuple[FORow, Plan, int]] = []
    stuck: list[FORow] = []
    for part in waiting:
        began = time.perf_counter_ns()
        order_id = part.order_id
        shut = {(line.variant_id, at) for line in lines[part.id] for at in barred.get(line.order_line_id, ())}
        open_to = {key: 0 if key in shut else left for key, left in free.items()} if shut else free
        plan = _choose(lines[part.id], known, to[order_id], targets[order_id], open_to, levels)
        if plan is None:
            stuck.append(part)
            continue
        for location_id, taken in plan.parts:
            for line in taken:
                free[(line.variant_id, location_id)] -= line.qty
        chosen.append((part, plan, (time.perf_counter_ns() - began) // 1000))
    rough = {order_id for order_id, at in targets.items() if at is not None and at.precision == Precision.COUNTRY}
    _settle(ctx, chosen, rough)
    _hold(ctx, stuck, lines)
    return len(chosen)


def _choose(
    lines: Sequence[Line],
    known: Sequence[LocationRow],
    to: Destination,
    target: Coordinates | None,
    free: dict[tuple[int, int], int],
    levels: Mapping[tuple[int, int], LevelRow],
) -> Plan | None:
    """The best plan that leaves the safety stock of every place alone; else one that takes of it.

    The units are promised already.  Where more is kept back since, a promise comes before it.
    """
    spare = {key: left - levels[key].kept for key, left in free.items()}
    return rules.choose(lines, _places(known, to, target, lines, spare)) or (
        rules.choose(lines, _places(known, to, target, lines, free)) if spare != free else None
    )


def _lines_of(ctx: Ctx, parts: Sequence[FORow]) -> dict[int, list[Line]]:
    lines: dict[int, list[Line]] = {part.id: [] for part in parts}
    for row in queries.fulfilment_lines_of(ctx, fulfilment_order_ids=[p.id for p in parts]):
        lines[row.fulfilment_order_id].append(Line(row.order_line_id, row.variant_id, row.qty))
    return lines


def _places(
    known: Sequence[LocationRow],
    to: Destination,
    target: Coordinates | None,
    lines: Sequence[Line],
    free: dict[tuple[int, int], int],
) -> list[Place]:
    """The locations that may serve this order, with what is free there of what it needs."""
    places = []
    for at in known:
        if not at.can_serve(to.country):
            continue
        far = distance_km(at.coordinates[:2], target[:2]) if at.coordinates and target else None
        places.append(Place(at.id, far, {line.variant_id: max(free.get((line.variant_id, at.id), 0), 0) for line in lines}))
    return places


def _settle(ctx: Ctx, chosen: Sequence[tuple[FORow, Plan, int]], rough: set[int]) -> None:
    """Pins the units, assigns the locations and keeps the reasons.

    `rough`: orders of which only the country could be found, so that distances are measured from its middle.
    """
    if not chosen:
        return
    stock.pin(
        ctx,
        pins=[
            Pin(line.order_line_id, line.variant_id, location_id, line.qty)
            for _, plan, _ in chosen
            for location_id, taken in plan.parts
            for line in taken
        ],
    )
    orders.assign(
        ctx,
        assignments=[
            Assignment(
                part.id,
                part.order_id,
                tuple(
                    (location_id, tuple(PartPlan(line.order_line_id, line.variant_id, line.qty) for line in taken))
                    for location_id, taken in plan.parts
                ),
                {
                    "why": plan.why,
                    "distance_km": None if plan.distance_km is None else round(plan.distance_km),
                    "rough": part.order_id in rough,
                },
            )
            for part, plan, _ in chosen
        ],
    )
    routing.keep_decisions(
        ctx, decisions=[(part.order_id, plan, took) for part, plan, took in chosen], policy=POLICY
    )


def _hold(ctx: Ctx, stuck: Sequence[FORow], lines: dict[int, list[Line]]) -> None:
    """Holds what no location can serve and gives its promised units back."""
    if not stuck:
        return
    wants = {part.id: [Want(x.order_line_id, x.variant_id, x.qty) for x in lines[part.id]] for part in stuck}
    stock.release_unpinned(ctx, wants=[w for some in wants.values() for w in some], reason="no_location_can_serve")
    of = queries.orders_by_id(ctx, ids=[part.order_id for part in stuck])
    parts = [
        Waiting(
            part.id, tuple(wants[part.id]), tuple(Short(w.variant_id, w.qty, 0) for w in wants[part.id]),
            of[part.order_id].placed_at, of[part.order_id].priority, {"no_location_can_serve": True},
        )
        for part in stuck
    ]  # fmt: skip
    orders.hold(ctx.as_actor(SYSTEM), wishes=waiting.wait(ctx, parts=parts, may_be_sold=False))
