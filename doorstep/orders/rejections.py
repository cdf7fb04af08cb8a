"""Parts of orders that their place does not send, and parts that are sent to another one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.orders import events


@transaction.atomic
def note_rejected(ctx: Ctx, *, fulfilment_order_id: int, order_id: int, facts: Mapping[str, Any]) -> None:
    """Tells that a place does not send units, and counts as a change of the order.  Locks: the order.  Emits: OrderRejected."""
    _note(ctx, events.ORDER_REJECTED, fulfilment_order_id, order_id, facts)


@transaction.atomic
def note_moved(ctx: Ctx, *, fulfilment_order_id: int, order_id: int, facts: Mapping[str, Any]) -> None:
    """Tells that units go from another place now, and counts as a change of the order.  Locks: the order.  Emits: OrderMoved."""
    _note(ctx, events.ORDER_MOVED, fulfilment_order_id, order_id, facts)


def _note(ctx: Ctx, type: str, fulfilment_order_id: int, order_id: int, facts: Mapping[str, Any]) -> None:
    db.execute(
        "UPDATE orders_order SET version = version + 1, updated_at = %s WHERE organisation_id = %s AND id = %s",
        [ctx.now, ctx.organisation_id, order_id],
    )
    outbox.record(ctx, [Happened(type, f"fulfilment_order:{fulfilment_order_id}", f"order:{order_id}", dict(facts))])
