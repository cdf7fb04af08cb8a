"""A place does not send what it was to send: it is not asked again, and the units go on from elsewhere or wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction

from doorstep.base.ctx import SYSTEM, Ctx
from doorstep.base.refusals import INVALID, LOST_RACE, NOT_FOUND, Refused
from doorstep.base.words import gettext_noop
from doorstep.flows import day_capacity, waiting
from doorstep.flows.route import route
from doorstep.flows.waiting import Waiting
from doorstep.fulfilment import actions as floor
from doorstep.fulfilment.warehouses import requests
from doorstep.locations import queries as locations
from doorstep.orders import actions as orders
from doorstep.orders import queries, rejections
from doorstep.orders.actions import PartPlan
from doorstep.orders.values import ALREADY_PICKED, NO_SUCH_UNITS, NOT_ROUTED, FOLineRow, FORow, FOState
from doorstep.routing import exclusions
from doorstep.routing.values import OF_STOCK, Excluded, Why
from doorstep.shipping import packing
from doorstep.stock import actions as stock
from doorstep.stock import locks, shelves
from doorstep.stock import queries as stock_queries
from doorstep.stock.values import Change, Group, MovementKind, Pin, Short, Want

BY_HAND = (Why.OUT_OF_STOCK, Why.DAMAGED, Why.TOO_BUSY, Why.CANNOT_SHIP, Why.OTHER)
Units = Mapping[int, int]


@transaction.atomic
def reject(
    ctx: Ctx, *, fulfilment_order_id: int, location_id: int, reason: Why, note: str = "", units: Units | None = None
) -> int:
    """A place says that it does not send a fulfilment order, or units of it; they are routed anew at once, without it.

    The place is not asked again for these lines, see `routing.exclusions`.  Out of stock: they leave the books of the place,
    as after a short pick.  Damaged: they are damaged stock there.  In both cases the shelf is to be counted again.  What
    can go from nowhere else waits, in a part of its own where the rest goes on.
    Returns: the fulfilment order that the units are in.  Shapes: units by order line; all of them where none are given.
    `location_id`: the place that the person saw.
    Locks: days that may be full, pick lists, the order and its fulfilment orders, pool rows, reservations, levels.
    Emits: OrderRejected, StockChanged or StockArrived, OrderRouted or OrderHeld.
    Refuses: other places, parts that are held or over, parts of which something is picked, units that are not there, and what
    another's warehouse has: it says so by itself.
    """
    if reason not in BY_HAND:
        raise Refused(INVALID, {"field": gettext_noop("Reason"), "problem": gettext_noop("Choose a reason.")})
    day_capacity.lock(ctx)
    floor.withdraw(ctx, fulfilment_order_ids=[fulfilment_order_id], only_untouched=True)
    part, plan = _part(ctx, fulfilment_order_id, location_id, units)
    requests.let_go(ctx, fulfilment_order_ids=[part.id])
    wants = [Want(p.order_line_id, p.variant_id, p.qty) for p in plan]
    locks.pool_rows(ctx, {want.variant_id for want in wants})
    excluded = [Excluded(part.order_id, want.reference_id, want.variant_id, location_id) for want in wants]
    exclusions.exclude(ctx, these=excluded, reason=reason, note=note)
    target = orders.send_back(ctx, fulfilment_order_id=part.id, parts=plan)
    rejections.note_rejected(
        ctx, fulfilment_order_id=target, order_id=part.order_id,
        facts={
            "reason": reason.value, "note": note[:500], "location_id": location_id, "units": sum(p.qty for p in plan),
            "variant_ids": sorted({p.variant_id for p in plan}), "of_stock": reason in OF_STOCK,
        },
    )  # fmt: skip
    shorts = (
        _without_stock(ctx, part, wants, location_id, reason) if reason in OF_STOCK else _elsewhere(ctx, part, wants, location_id)
    )
    go_on(ctx, part_id=target, order_id=part.order_id, wants=wants, shorts=shorts, said={"rejected": reason.value})
    return target


def _part(ctx: Ctx, id: int, location_id: int, units: Units | None) -> tuple[FORow, list[PartPlan]]:
    """A part that may be rejected, and which of its units are."""
    part = queries.fulfilment_orders_by_id(ctx, ids=[id]).get(id)
    if part is None:
        raise Refused(NOT_FOUND, {"what": gettext_noop("fulfilment order"), "key": id})
    name = queries.destinations(ctx, order_ids=[part.order_id])[part.order_id].name
    if part.location_id is None or part.state not in (FOState.OPEN, FOState.IN_PROGRESS):
        raise Refused(NOT_ROUTED, {"order": name})
    if part.location_id != location_id:
        raise Refused(LOST_RACE, {"what": gettext_noop("fulfilment order")})
    lines = queries.fulfilment_lines_of(ctx, fulfilment_order_ids=[id])
    if any(line.picked for line in lines):
        raise Refused(ALREADY_PICKED, {"order": name})
    return part, planned(lines, units, order=name)


def planned(lines: Sequence[FOLineRow], units: Units | None, *, order: str) -> list[PartPlan]:
    """Units of a part that go elsewhere; all of them where none are given.  Refuses: units that are not there."""
    here = {line.order_line_id: line for line in lines}
    wanted = {id: qty for id, qty in (units or {}).items() if qty} if units is not None else {x.order_line_id: x.qty for x in lines}
    if not wanted or any(id not in here or not 0 < qty <= here[id].qty for id, qty in wanted.items()):
        raise Refused(NO_SUCH_UNITS, {"order": order})
    return [PartPlan(id, here[id].variant_id, qty) for id, qty in sorted(wanted.items())]


def _without_stock(
    ctx: Ctx, part: FORow, wants: Sequence[Want], location_id: int, reason: Why
) -> dict[int, Short]:
    """The books of the place follow what was said of it, and the units are promised anew from elsewhere, line by line."""
    reference = f"fulfilment_order:{part.id}"
    if reason is Why.DAMAGED:
        stock.release_from(ctx, wants=wants, location_id=location_id, reason="rejected")
        stock.change(
            ctx, changes=[Change(w.variant_id, location_id, damaged=w.qty) for w in wants], kind=MovementKind.ADJUSTMENT,
            reason="damaged_in_store", reference=reference,
        )  # fmt: skip
        shelves.doubt(ctx, variant_ids=[w.variant_id for w in wants], location_id=location_id)
    else:
        for want in sorted(wants, key=lambda w: (w.variant_id, w.reference_id)):
            missing = Pin(want.reference_id, want.variant_id, location_id, want.qty)
            stock.lose(ctx, missing=missing, reference=reference, reason="rejected")
    return promise_anew(ctx, order_id=part.order_id, wants=wants)


def miss(ctx: Ctx, *, part: FORow, line: FOLineRow, missing: int, reference: str, said: Mapping[str, object]) -> None:
    """Units of a line that the place of its part does not find leave the books there, and are promised from elsewhere or wait.

    The place is not asked for them again until somebody counts there or units come.  `said`: further facts of a hold.
    Locks, Emits: as `reject`.  Needs: the part routed, days that may be full locked before anything else.
    """
    location_id = part.location_id or 0
    plan = PartPlan(line.order_line_id, line.variant_id, missing)
    part_id = orders.send_back(ctx, fulfilment_order_id=part.id, parts=[plan])
    want = Want(line.order_line_id, line.variant_id, missing)
    excluded = Excluded(part.order_id, line.order_line_id, line.variant_id, location_id)
    exclusions.exclude(ctx, these=[excluded], reason=Why.SHORT_PICK)
    stock.lose(ctx, missing=Pin(line.order_line_id, line.variant_id, location_id, missing), reference=reference)
    shorts = promise_anew(ctx, order_id=part.order_id, wants=[want])
    go_on(ctx, part_id=part_id, order_id=part.order_id, wants=[want], shorts=shorts, said=said)
    orders.close(ctx, fulfilment_order_ids=packing.wholly_gone(ctx, fulfilment_order_ids=[part.id]))


def promise_anew(ctx: Ctx, *, order_id: int, wants: Sequence[Want]) -> dict[int, Short]:
    """Promises lines from wherever they may still go from, each for itself.  Returns: what is short, by order line."""
    country = queries.destinations(ctx, order_ids=[order_id])[order_id].country
    able = frozenset(at.id for at in locations.list_locations(ctx) if at.can_serve(country))
    barred = exclusions.barred(ctx, order_ids=[order_id])
    groups = [Group((want,), able - barred.get(want.reference_id, frozenset())) for want in wants]
    return {
        want.reference_id: shorts[0] for want, shorts in zip(wants, stock.take(ctx, groups=groups), strict=True) if shorts
    }


def _elsewhere(ctx: Ctx, part: FORow, wants: Sequence[Want], location_id: int) -> dict[int, Short]:
    """The units stay promised, from another place.  Returns: by order line, what no other place has; that is given back."""
    stock.unpin(ctx, wants=wants, location_id=location_id)
    country = queries.destinations(ctx, order_ids=[part.order_id])[part.order_id].country
    able = {at.id for at in locations.list_locations(ctx) if at.can_serve(country)}
    barred = exclusions.barred(ctx, order_ids=[part.order_id])
    levels = stock_queries.levels_of(ctx, variant_ids=sorted({w.variant_id for w in wants}))
    left = {(row.variant_id, row.location_id): row.free for row in levels if row.location_id in able}
    shorts = {}
    for want in wants:
        open_to = [key for key in left if key[0] == want.variant_id and key[1] not in barred.get(want.reference_id, ())]
        there = sum(max(left[key], 0) for key in open_to)
        if there < want.qty:
            shorts[want.reference_id] = Short(want.variant_id, want.qty, there)
            continue
        more = want.qty
        for key in open_to:
            taken = min(more, max(left[key], 0))
            left[key], more = left[key] - taken, more - taken
    stock.release_unpinned(ctx, wants=[w for w in wants if w.reference_id in shorts], reason="rejected")
    return shorts


def go_on(
    ctx: Ctx, *, part_id: int, order_id: int, wants: Sequence[Want], shorts: Mapping[int, Short], said: Mapping[str, object]
) -> None:
    """Routes a part without a location, and has waiting what of it is short, in a part of its own where not all of it is.

    `said`: further facts of the hold.
    """
    lacking = tuple(want for want in wants if want.reference_id in shorts)
    if lacking:
        held = part_id
        if len(lacking) < len(wants):
            plan = [PartPlan(want.reference_id, want.variant_id, want.qty) for want in lacking]
            held = orders.part_off(ctx, fulfilment_order_id=part_id, parts=plan)
        of = queries.orders_by_id(ctx, ids=[order_id])[order_id]
        one = Waiting(held, lacking, tuple(shorts[w.reference_id] for w in lacking), of.placed_at, of.priority, dict(said))
        orders.hold(ctx.as_actor(SYSTEM), wishes=waiting.wait(ctx, parts=[one]))
    if len(lacking) < len(wants):
        route(ctx, order_ids=[order_id])
