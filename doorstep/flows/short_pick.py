"""A picker finds too few: the books follow the shelf, and what is missing goes on from elsewhere or waits."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.flows import day_capacity
from doorstep.flows.reject import miss
from doorstep.fulfilment import shorts
from doorstep.fulfilment.values import PickTaskRow, Reported
from doorstep.orders import queries
from doorstep.orders.values import FOLineRow


@transaction.atomic
def report(ctx: Ctx, *, pick_list_id: int, task_id: int, client_id: str, found: int, at: datetime) -> Reported:
    """Books a short pick: list, stock, order and route in one transaction; told twice, it counts once.

    Where parcels of it have left before with all that was found, it is closed.
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
    Locks: days that may be full, the pick list, the order and its fulfilment orders, reservations, pool row, levels.
    Emits: FulfilmentShort, StockChanged, OrderRouted or OrderHeld.  Refuses: unknown pick lists.
    The answer's `problem`: "", not_on_list, cancelled, already_complete, on_hold or list_closed.
    """
    day_capacity.lock(ctx)
    answer, task = shorts.shorten(
        ctx, pick_list_id=pick_list_id, task_id=task_id, client_id=client_id, found=found, at=at
    )
    if task is not None:
        part = queries.fulfilment_orders_by_id(ctx, ids=[task.fulfilment_order_id])[task.fulfilment_order_id]
        said = {"short_pick": task.pick_list_id}
        reference = f"pick_list:{task.pick_list_id}"
        miss(ctx, part=part, line=_line_of(ctx, task), missing=answer.missing, reference=reference, said=said)
    return answer


def _line_of(ctx: Ctx, task: PickTaskRow) -> FOLineRow:
    lines = queries.fulfilment_lines_of(ctx, fulfilment_order_ids=[task.fulfilment_order_id])
    return next(line for line in lines if line.id == task.fulfilment_line_id)
