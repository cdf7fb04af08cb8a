"""A picker finds too few: the books follow the shelf, and what is missing goes on from elsewhere or waits."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.flows.reject import go_on, promise_anew
from doorstep.fulfilment import queries as floor
from doorstep.fulfilment import shorts
from doorstep.fulfilment.values import PickTaskRow, Reported
from doorstep.orders import actions as orders
from doorstep.orders import queries
from doorstep.orders.actions import PartPlan
from doorstep.orders.values import FOLineRow
from doorstep.routing import exclusions
from doorstep.routing.values import Excluded, Why
from doorstep.stock import actions as stock
from doorstep.stock.values import Pin, Want


@transaction.atomic
def report(ctx: Ctx, *, pick_list_id: int, task_id: int, client_id: str, found: int, at: datetime) -> Reported:
    """Books a short pick: list, stock, order and route in one transaction; told twice, it counts once.

    What was found stays with its fulfilment order and ships from here as a parcel of its own; only what is missing is
    split off and routed again, without this location until somebody counts there or units come, or held
    `inventory_out_of_stock` until a receipt releases it.  A fulfilment order of which nothing is left here moves whole and
    stays one.
    Why not move everything: the units found are in the picker's hand; moving them means putting them back, one more way
    to lose them, and makes most of the parcel late for the sake of one piece.  Shopify does likewise (what one location
    cannot fulfil becomes a fulfilment order of its own) and so does ShipHero (the short line is re-allocated, the tote
    goes on).  The price is a second parcel.
    Units that other orders were promised from the same shelf stay promised, see `stock.lose`.

    Units: `found` counts every unit of the task, scanned or not; what was scanned counts as found.
    Locks: the pick list, the order and its fulfilment orders, reservations, pool row, levels.
    Emits: FulfilmentShort, StockChanged, OrderRouted or OrderHeld.  Refuses: unknown pick lists.
    The answer's `problem`: "", not_on_list, cancelled, already_complete, on_hold or list_closed.
    """
    answer, task = shorts.shorten(
        ctx, pick_list_id=pick_list_id, task_id=task_id, client_id=client_id, found=found, at=at
    )
    if task is not None:
        location_id = floor.get_pick_list(ctx, pick_list_id=pick_list_id).location_id
        _move_on(ctx, task, _line_of(ctx, task), location_id=location_id, missing=answer.missing)
    return answer


def _line_of(ctx: Ctx, task: PickTaskRow) -> FOLineRow:
    lines = queries.fulfilment_lines_of(ctx, fulfilment_order_ids=[task.fulfilment_order_id])
    return next(line for line in lines if line.id == task.fulfilment_line_id)


def _move_on(ctx: Ctx, task: PickTaskRow, line: FOLineRow, *, location_id: int, missing: int) -> None:
    """Takes the missing units out of the books here and promises them from elsewhere, where they are."""
    part_id = orders.send_back(
        ctx,
        fulfilment_order_id=task.fulfilment_order_id,
        parts=[PartPlan(line.order_line_id, line.variant_id, missing)],
    )
    want = Want(line.order_line_id, line.variant_id, missing)
    excluded = Excluded(task.order_id, line.order_line_id, line.variant_id, location_id)
    exclusions.exclude(ctx, these=[excluded], reason=Why.SHORT_PICK)
    stock.lose(
        ctx,
        missing=Pin(line.order_line_id, line.variant_id, location_id, missing),
        reference=f"pick_list:{task.pick_list_id}",
    )
    shorts = promise_anew(ctx, order_id=task.order_id, wants=[want])
    said = {"short_pick": task.pick_list_id}
    go_on(ctx, part_id=part_id, order_id=task.order_id, wants=[want], shorts=shorts, said=said)
