"""An order is called off: stock goes back in the same transaction."""

from __future__ import annotations

from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.orders import actions as orders
from doorstep.stock import actions as stock


@transaction.atomic
def cancel(ctx: Ctx, *, order_id: int, reason: str) -> None:
    """Cancels an order of which nothing has shipped and gives its stock back.

    Locks: the order, its fulfilment orders, then stock.  Emits: OrderCancelled.  Refuses: shipped or cancelled orders.
    """
    line_ids = orders.cancel(ctx, order_id=order_id, reason=reason)
    stock.release(ctx, references=line_ids, reason="order_cancelled")
