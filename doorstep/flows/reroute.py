"""Parts of orders that have their place already look for a better one, before anybody begins to pick them."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.base.words import gettext_noop
from doorstep.flows import day_capacity
from doorstep.flows.route import route
from doorstep.flows.waiting import OUT_OF_STOCK
from doorstep.fulfilment import actions as floor
from doorstep.fulfilment.warehouses import queries as at_warehouses
from doorstep.fulfilment.warehouses import requests
from doorstep.fulfilment.warehouses.values import AT_A_WAREHOUSE, ROUTE, RequestRow
from doorstep.locations import queries as locations
from doorstep.orders import actions as orders
from doorstep.orders import edits, queries, rejections
from doorstep.orders.actions import Assignment, PartPlan
from doorstep.orders.values import ALREADY_PICKED, NOT_ROUTED, NOT_WAITING, FORow, FOState
from doorstep.routing import actions as routing
from doorstep.routing import exclusions
from doorstep.routing.values import Decided
from doorstep.stock import actions as stock
from doorstep.stock import backorders, locks
from doorstep.stock.values import NOT_ENOUGH, Group, Pin, Want


@transaction.atomic
def again(ctx: Ctx, *, order_id: int) -> int:
    """Routes the parts of an order anew that have a place and that nobody touched, as if they came now.

    What a partner's warehouse has is called back first, where another place would be better: it goes from there once the partner
    gave it back, see `once_back`.
    Returns: how many parts go from elsewhere now.  Locks: days that may be full, pick lists, the order and its fulfilment orders,
    pool rows, reservations, levels.  Emits: OrderRouted, OrderMoved, WarehouseRecallWanted.
    Refuses: orders without such a part, and those whose every part is at a partner that did not give it back (`AT_A_WAREHOUSE`).
    """
    day_capacity.lock(ctx)
    parts = queries.fulfilment_orders_of(ctx, order_ids=[order_id])
    floor.withdraw(ctx, fulfilment_order_ids=[part.id for part in parts], only_untouched=True)
    detail = queries.get(ctx, id=order_id)
    begun = {line.fulfilment_order_id for line in detail.fulfilment_lines if line.picked}
    routed = [
        part
        for part in detail.fulfilment_orders
        if part.location_id is not None and part.state in (FOState.OPEN, FOState.IN_PROGRESS)
    ]
    able = [part for part in routed if part.id not in begun]
    if not able:
        raise Refused(ALREADY_PICKED if routed else NOT_ROUTED, {"order": detail.order.name})
    told = {id: row for id, row in requests.lock_open(ctx, fulfilment_order_ids=[part.id for part in able]).items() if row.is_told}
    here = [part for part in able if part.id not in told]
    kept = [row for row in told.values() if row.too_late_at is not None]
    if not here and len(kept) == len(told):
        raise Refused(AT_A_WAREHOUSE, {"order": detail.order.name, "warehouse": kept[0].warehouse_name})
    requests.let_go(ctx, fulfilment_order_ids=[part.id for part in here])
    for part in able:
        if part.id in told and told[part.id].too_late_at is None and _is_better_elsewhere(ctx, part):
            requests.recall(ctx, fulfilment_order_ids=[part.id], then=ROUTE)
    return _move(ctx, here) if here else 0


def _is_better_elsewhere(ctx: Ctx, part: FORow) -> bool:
    """Whether a part would go from elsewhere if it were routed now: the very same steps, taken back afterwards."""
    with transaction.atomic():
        moved = _move(ctx, [part])
        transaction.set_rollback(True)
    return moved > 0


@transaction.atomic
def once_back(ctx: Ctx, *, fulfilment_order_id: int) -> int:
    """Routes a part anew that a partner's warehouse gave back.  Returns: 1 where it goes from elsewhere now.

    One that is held, cancelled or picked meanwhile stays as it is.  Locks, Emits: as `again`.
    """
    day_capacity.lock(ctx)
    floor.withdraw(ctx, fulfilment_order_ids=[fulfilment_order_id], only_untouched=True)
    orders.lock(ctx, fulfilment_order_ids=[fulfilment_order_id])
    part = queries.fulfilment_orders_by_id(ctx, ids=[fulfilment_order_id])[fulfilment_order_id]
    lines = queries.fulfilment_lines_of(ctx, fulfilment_order_ids=[part.id])
    is_free = part.location_id is not None and part.state in (FOState.OPEN, FOState.IN_PROGRESS)
    return _move(ctx, [part]) if is_free and not any(line.picked for line in lines) else 0


def _move(ctx: Ctx, parts: Sequence[FORow]) -> int:
    """Parts of one order find the best place as things are now.  Returns: how many it is another for."""
    lines = queries.fulfilment_lines_of(ctx, fulfilment_order_ids=[part.id for part in parts])
    locks.pool_rows(ctx, {line.variant_id for line in lines})
    for part in parts:
        wants = [Want(x.order_line_id, x.variant_id, x.qty) for x in lines if x.fulfilment_order_id == part.id]
        stock.unpin(ctx, wants=wants, location_id=part.location_id or 0)
    edits.unroute(ctx, fulfilment_order_ids=[part.id for part in parts])
    order_id = parts[0].order_id
    route(ctx, order_ids=[order_id])
    now = {part.id: part.location_id for part in queries.fulfilment_orders_of(ctx, order_ids=[order_id])}
    moved = [part for part in parts if now.get(part.id) != part.location_id]
    for part in moved:
        facts = {
            "location_id": now.get(part.id), "from_location_id": part.location_id, "why": "again", "note": "",
            "units": sum(x.qty for x in lines if x.fulfilment_order_id == part.id),
        }  # fmt: skip
        rejections.note_moved(ctx, fulfilment_order_id=part.id, order_id=order_id, facts=facts)
    return len(moved)


def called_back(ctx: Ctx, *, order_id: int) -> list[RequestRow]:
    """What is being called back from partners to go from elsewhere."""
    parts = queries.fulfilment_orders_of(ctx, order_ids=[order_id])
    rows = at_warehouses.open_of(ctx, fulfilment_order_ids=[part.id for part in parts]).values()
    return [row for row in rows if row.recall_for == ROUTE and row.too_late_at is None]


@transaction.atomic
def send_from(ctx: Ctx, *, fulfilment_order_id: int, location_id: int, note: str = "") -> None:
    """A person has a part that waits for stock sent from a place, whatever was said of it before: it must have the units.

    Those who wait for the same units longer are passed over.
    Locks: the order and its fulfilment orders, pool rows, reservations, levels.
    Emits: HoldReleased, OrderRouted, OrderMoved.  Refuses: parts that do not wait for stock, or are held for something else
    too, places that have too few units that are not promised.
    """
    part = queries.fulfilment_orders_by_id(ctx, ids=[fulfilment_order_id]).get(fulfilment_order_id)
    if part is None:
        raise Refused(NOT_FOUND, {"what": gettext_noop("fulfilment order"), "key": fulfilment_order_id})
    orders.lock(ctx, fulfilment_order_ids=[part.id])
    name = queries.destinations(ctx, order_ids=[part.order_id])[part.order_id].name
    if [hold.reason for hold in queries.holds_of(ctx, fulfilment_order_ids=[part.id])] != [OUT_OF_STOCK]:
        raise Refused(NOT_WAITING, {"order": name})
    to = locations.get(ctx, location_id=location_id)
    lines = queries.fulfilment_lines_of(ctx, fulfilment_order_ids=[part.id])
    wants = tuple(Want(x.order_line_id, x.variant_id, x.qty) for x in lines)
    locks.pool_rows(ctx, {want.variant_id for want in wants})
    [shorts] = stock.take(ctx, groups=[Group(wants, frozenset({to.id}))], in_turn=True)
    for short in shorts:
        skus = {line.variant_id: line.sku for line in lines}
        facts = {"sku": skus[short.variant_id], "available": short.available, "wanted": short.wanted}
        raise Refused(NOT_ENOUGH, facts)
    exclusions.lift(ctx, order_line_ids=[want.reference_id for want in wants], location_id=to.id)
    backorders.serve(ctx, group_ids=[part.id])
    orders.release_hold(ctx, fulfilment_order_ids=[part.id], reason=OUT_OF_STOCK)
    stock.pin(ctx, pins=[Pin(w.reference_id, w.variant_id, to.id, w.qty) for w in wants])
    plan = tuple(PartPlan(w.reference_id, w.variant_id, w.qty) for w in wants)
    orders.assign(ctx, assignments=[Assignment(part.id, part.order_id, ((to.id, plan),), {"why": "by_hand"})])
    day_capacity.note_now(ctx, given=[(part.id, to.id)])
    said = {
        "why": "by_hand", "note": note[:500],
        "parts": [{"location_id": to.id, "units": {str(w.reference_id): w.qty for w in wants}}],
    }  # fmt: skip
    routing.keep_decisions(ctx, decisions=[Decided(part.order_id, part.id, said, [], 0, "")], rules_version=None, policy="by_hand")
    rejections.note_moved(
        ctx, fulfilment_order_id=part.id, order_id=part.order_id,
        facts={
            "location_id": to.id, "from_location_id": None, "units": sum(w.qty for w in wants), "why": "by_hand",
            "note": note[:500],
        },
    )  # fmt: skip
