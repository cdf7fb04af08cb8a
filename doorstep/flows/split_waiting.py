"""A part of an order that waits for stock is parted: what is here can leave, and what waits keeps its turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.flows import waiting
from doorstep.orders import actions as orders
from doorstep.orders import edits
from doorstep.orders.actions import HoldWish, PartPlan
from doorstep.orders.values import NO_SUCH_UNITS, NOT_WAITING, FOLineRow, HoldReason, OrderDetail
from doorstep.stock import backorders, locks
from doorstep.stock import queries as stock
from doorstep.stock.values import Want


@transaction.atomic
def split(ctx: Ctx, *, order_id: int, version: int, fulfilment_order_id: int, units: Mapping[int, int]) -> int:
    """Makes units of a part that waits a part of their own; both are served as soon as there is enough for them.

    Units that wait take their turn and their promise with them; every hold of the part is on both.
    Returns: the new fulfilment order.  Shapes: units by order line.
    Locks: the order and its fulfilment orders, pool rows.  Emits: OrderParted, OrderHeld, StockArrived.
    Refuses: another version, a part that does not wait for stock, units that are not there, all of its units.
    """
    locked = edits.begin(ctx, order_id=order_id, version=version)
    detail = locked.detail
    if fulfilment_order_id not in {part.id for part in detail.fulfilment_orders}:
        raise Refused(NOT_FOUND, {"what": "fulfilment order", "key": fulfilment_order_id})
    holds = [hold for hold in detail.holds if hold.fulfilment_order_id == fulfilment_order_id]
    if not any(hold.reason == HoldReason.INVENTORY_OUT_OF_STOCK for hold in holds):
        raise Refused(NOT_WAITING, {"order": detail.order.name})
    lines = [line for line in detail.fulfilment_lines if line.fulfilment_order_id == fulfilment_order_id]
    plan = _plan(detail, lines, units)
    locks.pool_rows(ctx, {line.variant_id for line in lines})
    target = orders.part_off(ctx, fulfilment_order_id=fulfilment_order_id, parts=plan)
    moved = {p.order_line_id: p.qty for p in plan}
    backorders.move(ctx, source=fulfilment_order_id, target=target, units=moved)
    orders.hold(
        ctx, wishes=[HoldWish(target, HoldReason(hold.reason), hold.note, _of(hold.detail, plan)) for hold in holds]
    )
    wants = {
        target: [Want(p.order_line_id, p.variant_id, p.qty) for p in plan],
        fulfilment_order_id: [
            Want(x.order_line_id, x.variant_id, left) for x in lines if (left := x.qty - moved.get(x.order_line_id, 0))
        ],
    }
    waiting.look_again(ctx, order_id=order_id, wants=wants)
    edits.note_split(
        ctx, locked=locked, fulfilment_order_id=target, location_id=None, units=sum(p.qty for p in plan)
    )
    return target


def _of(detail: Mapping[str, object], plan: Sequence[PartPlan]) -> dict[str, object]:
    """What a hold says, of the variants that the new part has."""
    short = detail.get("short")
    if not isinstance(short, list):
        return dict(detail)
    mine = {p.variant_id for p in plan}
    return {**detail, "short": [one for one in short if one["variant_id"] in mine]}


def _plan(detail: OrderDetail, lines: Sequence[FOLineRow], units: Mapping[int, int]) -> list[PartPlan]:
    here = {line.order_line_id: line for line in lines}
    wanted = {id: qty for id, qty in units.items() if qty}
    is_there = all(id in here and 0 < qty <= here[id].qty for id, qty in wanted.items())
    if not wanted or not is_there or sum(wanted.values()) >= sum(line.qty for line in lines):
        raise Refused(NO_SUCH_UNITS, {"order": detail.order.name})
    return [PartPlan(id, here[id].variant_id, qty) for id, qty in sorted(wanted.items())]


def here_now(ctx: Ctx, *, lines: Sequence[FOLineRow]) -> dict[int, int]:
    """Which units of a part could leave now, were they a part of their own.  Shapes: by order line; units."""
    pool = stock.pool_of(ctx, variant_ids=sorted({line.variant_id for line in lines}))
    left = {v: max(row.unclaimed, 0) for v, row in pool.items()}
    found: dict[int, int] = {}
    for line in lines:
        found[line.order_line_id] = min(line.qty, left[line.variant_id])
        left[line.variant_id] -= found[line.order_line_id]
    return {id: qty for id, qty in found.items() if qty}
