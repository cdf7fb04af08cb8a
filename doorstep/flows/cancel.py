"""Orders are called off: stock goes back in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.orders import actions as orders
from doorstep.orders import queries
from doorstep.stock import actions as stock
from doorstep.stock import backorders, locks


@transaction.atomic
def cancel(ctx: Ctx, *, order_id: int, reason: str) -> None:
    """Cancels an order of which nothing has shipped and gives its stock back.

    Locks: the order, its fulfilment orders, then stock.  Emits: OrderCancelled.  Refuses: shipped or cancelled orders.
    """
    line_ids = orders.cancel(ctx, order_id=order_id, reason=reason)
    _give_back(ctx, [order_id], line_ids)


@transaction.atomic
def cancel_many(ctx: Ctx, *, reasons: Mapping[int, str]) -> dict[int, Refused]:
    """Cancels orders together; one that is refused never stops the others.  Returns: what was refused, by order.

    Shapes: `reasons` by order id.  Locks: the orders by id, their fulfilment orders, then the stock of all of them at once,
    so that two batches meet no deadlock, whatever their sequence.  Emits: OrderCancelled per order.
    """
    lock_all(ctx, order_ids=sorted(reasons))
    refused: dict[int, Refused] = {}
    line_ids: list[int] = []
    for order_id in sorted(reasons):
        try:
            line_ids += orders.cancel(ctx, order_id=order_id, reason=reasons[order_id])
        except Refused as problem:
            refused[order_id] = problem
    _give_back(ctx, sorted(reasons), line_ids)
    return refused


def _give_back(ctx: Ctx, order_ids: list[int], line_ids: list[int]) -> None:
    # What waits and what is promised of an order may be different variants: all at once, before the ones and then the others.
    locks.pool_rows(ctx, {line.variant_id for line in queries.lines_of(ctx, order_ids=order_ids)})
    backorders.withdraw(ctx, references=line_ids)
    stock.release(ctx, references=line_ids, reason="order_cancelled")


def lock_all(ctx: Ctx, *, order_ids: list[int]) -> None:
    """Locks orders that are decided about together.  Locks: the orders by id, then their fulfilment orders."""
    parts = queries.fulfilment_orders_of(ctx, order_ids=order_ids)
    orders.lock(ctx, fulfilment_order_ids=[part.id for part in parts])
