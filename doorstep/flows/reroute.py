"""Parts of orders that have their place already look for a better one, before anybody begins to pick them."""

from __future__ import annotations

from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.flows.route import route
from doorstep.fulfilment import actions as floor
from doorstep.orders import edits, queries
from doorstep.orders.values import ALREADY_PICKED, NOT_ROUTED, FOState
from doorstep.stock import actions as stock
from doorstep.stock import locks
from doorstep.stock.values import Want


@transaction.atomic
def again(ctx: Ctx, *, order_id: int) -> int:
    """Routes the parts of an order anew that have a place and that nobody touched, as if they came now.

    Returns: how many parts go from elsewhere now.  Locks: pick lists, the order and its fulfilment orders, pool rows,
    reservations, levels.  Emits: OrderRouted.  Refuses: orders without such a part.
    """
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
    lines = queries.fulfilment_lines_of(ctx, fulfilment_order_ids=[part.id for part in able])
    locks.pool_rows(ctx, {line.variant_id for line in lines})
    for part in able:
        wants = [Want(x.order_line_id, x.variant_id, x.qty) for x in lines if x.fulfilment_order_id == part.id]
        stock.unpin(ctx, wants=wants, location_id=part.location_id or 0)
    edits.unroute(ctx, fulfilment_order_ids=[part.id for part in able])
    route(ctx, order_ids=[order_id])
    now = {part.id: part.location_id for part in queries.fulfilment_orders_of(ctx, order_ids=[order_id])}
    return sum(now.get(part.id) != part.location_id for part in able)
