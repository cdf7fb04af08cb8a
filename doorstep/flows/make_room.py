"""What a customer holds in a shop is sold, so whoever was promised it last gives it up and gets it from elsewhere, or waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from doorstep.base.ctx import SYSTEM, Ctx
from doorstep.flows import day_capacity, waiting
from doorstep.flows.intake import places_by_country
from doorstep.flows.route import route
from doorstep.flows.waiting import Waiting
from doorstep.fulfilment import giving_up, lists
from doorstep.orders import actions as orders
from doorstep.orders import over_the_counter, queries
from doorstep.orders.actions import PartPlan
from doorstep.orders.over_the_counter import Promise
from doorstep.stock import actions as stock
from doorstep.stock import counter
from doorstep.stock.counter import Standing
from doorstep.stock.values import Group, Want

TRIES = 6
MORE = 20  # promises that are looked at beyond those that would be enough


@dataclass(frozen=True, slots=True)
class Lost:
    """Units that a part of an order was promised, and had to give up."""

    part_id: int
    order_id: int
    want: Want


@dataclass(slots=True)
class Room:
    """How it came that units can go.  `found`: by variant, those of which the books knew nothing; `lost`: the newest first."""

    found: dict[int, int] = field(default_factory=dict)
    lost: list[Lost] = field(default_factory=list)


class _Moved(Exception):
    """What was looked at is not what is there now that it is held still."""


@transaction.atomic
def make_room(ctx: Ctx, *, units: Mapping[int, int], location_id: int) -> Room:
    """Sees to it that units can leave a shop at once, with every promise that is still given being kept.

    Where orders are pinned to these very units, the newest give theirs up; where others count on them from anywhere, carts do
    first and then the newest orders without a place.  Units that were picked stay with their picker.  What is in nobody's way
    and in no book either was there all the same: it counts as found.
    Promises are known only once they are held still, and what they stand on is locked before them; so they are looked at
    first and locked then, and where that is not the same any more, all is let go of and looked at again.  Never refuses.

    Shapes: `units` by variant.  Locks: days that may be full, pick lists, orders and fulfilment orders, reservations by id,
    pool rows, levels.
    Emits: StockArrived, FulfilmentUnlisted, OrderHeld for parts of what is held.
    """
    for attempt in range(TRIES):
        try:
            with transaction.atomic():
                return _try(ctx, units, location_id, may_ask=attempt > 0)
        except _Moved:
            continue
    here = counter.standing(ctx, variant_ids=list(units), location_id=location_id)
    return Room(found={v: max(qty - here[v].can_go, 0) for v, qty in units.items()})


def _try(ctx: Ctx, units: Mapping[int, int], location_id: int, *, may_ask: bool) -> Room:
    asked = _candidates(ctx, units, location_id) if may_ask else []
    parts = sorted({p.line.fulfilment_order_id for p in asked})
    if asked:  # whoever gives something up is routed again in this transaction
        day_capacity.lock(ctx)
    on = giving_up.pick_lists_of(ctx, fulfilment_order_ids=parts)
    lists.lock_those_of(ctx, fulfilment_order_ids=parts)
    orders.lock(ctx, fulfilment_order_ids=parts)
    references = sorted({p.line.order_line_id for p in asked})
    standing = counter.standing(ctx, variant_ids=list(units), location_id=location_id, references=references)
    if not may_ask and any(standing[v].can_go < qty for v, qty in units.items()):
        raise _Moved
    if not giving_up.pick_lists_of(ctx, fulfilment_order_ids=parts) <= on:
        raise _Moved
    held_still = _as_they_are(ctx, asked)
    room = Room()
    for variant_id, qty in sorted(units.items()):
        mine = [p for p in held_still if p.line.variant_id == variant_id]
        _give_way(ctx, room, variant_id, qty, location_id, standing[variant_id], mine)
    lacking = {v: qty for v, qty in room.found.items() if qty}
    known = {p.line.id for p in asked}
    if lacking and any(p.line.id not in known for p in _candidates(ctx, lacking, location_id)):
        raise _Moved  # somebody was promised them since they were looked at
    return room


def _as_they_are(ctx: Ctx, asked: Sequence[Promise]) -> list[Promise]:
    """The same promises, now that they are held still; those that went elsewhere meanwhile are left out."""
    lines = sorted({p.line.order_line_id for p in asked})
    now = {p.line.id: p for p in over_the_counter.promises_of(ctx, order_line_ids=lines)} if lines else {}
    here = [(p, now[p.line.id]) for p in asked if p.line.id in now]
    return [
        new
        for old, new in here
        if (old.line.fulfilment_order_id, old.location_id) == (new.line.fulfilment_order_id, new.location_id)
        and new.unpicked > 0
    ]


def _candidates(ctx: Ctx, units: Mapping[int, int], location_id: int) -> list[Promise]:
    """Who may have to give something up, the newest first: as many promises as are enough, and some more."""
    held = counter.promises(ctx, variant_ids=list(units), location_id=location_id)
    made = over_the_counter.promises_of(ctx, order_line_ids=sorted({row.reference_id for row in held}))
    chosen: list[Promise] = []
    for variant_id, qty in units.items():
        for at in (location_id, None):
            fits = [p for p in made if p.line.variant_id == variant_id and p.location_id == at and p.unpicked > 0]
            chosen += fits[: qty + MORE]
    return chosen


def _give_way(
    ctx: Ctx, room: Room, variant_id: int, qty: int, location_id: int, standing: Standing, mine: Sequence[Promise]
) -> None:
    here, _ = standing.missing(qty)
    for promise in [p for p in mine if p.location_id == location_id]:
        units = min(here, promise.unpicked)
        if units:
            room.lost.append(_give_up(ctx, promise, units))
            here -= units
    room.found[variant_id] = here
    _, elsewhere = _look(ctx, variant_id, location_id).missing(qty - here)
    loose = [p for p in mine if p.location_id is None]
    places = {r.reference_id: r.places for r in counter.promises(ctx, variant_ids=[variant_id], location_id=location_id)}
    while elsewhere > 0:
        now = _look(ctx, variant_id, location_id)
        if now.reserved and counter.end_newest_cart(ctx, variant_id=variant_id):
            pass
        elif helps := next((p for p in loose if now.gains(places.get(p.line.order_line_id))), None):
            loose.remove(helps)
            room.lost.append(_give_up(ctx, helps, min(elsewhere, helps.unpicked)))
        else:
            room.found[variant_id] += elsewhere
            return
        _, elsewhere = _look(ctx, variant_id, location_id).missing(qty - here)


def _look(ctx: Ctx, variant_id: int, location_id: int) -> Standing:
    return counter.standing(ctx, variant_ids=[variant_id], location_id=location_id)[variant_id]


def _give_up(ctx: Ctx, promise: Promise, qty: int) -> Lost:
    """Takes units off the pick list, the part and the promise of an order."""
    line = promise.line
    giving_up.take_off(ctx, fulfilment_order_id=line.fulfilment_order_id, fulfilment_line_id=line.id, qty=qty)
    part_id = over_the_counter.give_up(
        ctx, fulfilment_order_id=line.fulfilment_order_id, part=PartPlan(line.order_line_id, line.variant_id, qty)
    )
    want = Want(line.order_line_id, line.variant_id, qty)
    stock.release_from(ctx, wants=[want], location_id=promise.location_id, reason=over_the_counter.WHY)
    return Lost(part_id, promise.order_id, want)


@transaction.atomic
def promise_elsewhere(ctx: Ctx, *, lost: Sequence[Lost], location_id: int) -> list[int]:
    """Promises what was given up from elsewhere and routes it; what there is none of is held `inventory_out_of_stock`.

    The oldest order comes first.  Returns: the orders that wait now.  Locks: as `make_room`, which ran in this transaction.
    Emits: OrderRouted or OrderHeld.
    """
    if not lost:
        return []
    rows = queries.orders_by_id(ctx, ids=sorted({one.order_id for one in lost}))
    able = places_by_country(ctx, {row.country for row in rows.values()})
    turn = list(reversed(lost))
    groups = [Group((one.want,), able[rows[one.order_id].country]) for one in turn]
    shortages = stock.take(ctx, groups=groups)
    short = [
        Waiting(
            one.part_id, (one.want,), lacking, rows[one.order_id].placed_at, rows[one.order_id].priority,
            {"sold_in_shop": location_id},
        )
        for one, lacking in zip(turn, shortages, strict=True)
        if lacking
    ]  # fmt: skip
    orders.hold(ctx.as_actor(SYSTEM), wishes=waiting.wait(ctx, parts=short))
    held = {part.fulfilment_order_id for part in short}
    route(ctx, order_ids=sorted({one.order_id for one in lost if one.part_id not in held}))
    return sorted({one.order_id for one in lost if one.part_id in held})
