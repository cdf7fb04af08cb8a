"""Whose turn it is first."""

from __future__ import annotations

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import INVALID, LOST_RACE, Refused
from doorstep.base.words import gettext_noop
from doorstep.orders import events, locks

PRIORITIES = {"normal": 0, "high": 1}


@transaction.atomic
def set_priority(ctx: Ctx, *, order_id: int, version: int, priority: int) -> bool:
    """Sets the priority of an order.  Returns: whether that changed anything.

    Locks: the order.  Emits: OrderPrioritised.  Refuses: another version, unknown ids and priorities.
    """
    if priority not in PRIORITIES.values():
        raise Refused(INVALID, {"field": "priority", "problem": gettext_noop("Choose one.")})
    if locks.order(ctx, order_id).version != version:
        raise Refused(LOST_RACE, {"what": "order"})
    changed = db.execute(
        """UPDATE orders_order SET priority = %s, version = version + 1, updated_at = %s
            WHERE organisation_id = %s AND id = %s AND priority <> %s""",
        [priority, ctx.now, ctx.organisation_id, order_id, priority],
    )
    if changed:
        data = {"priority": next(name for name, value in PRIORITIES.items() if value == priority)}
        outbox.record(ctx, [Happened(events.ORDER_PRIORITISED, f"order:{order_id}", f"order:{order_id}", data)])
    return bool(changed)
