"""From routed to picked."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Event
from doorstep.fulfilment import actions as fulfilment
from doorstep.orders import queries as orders
from doorstep.shipping import actions as shipping
from doorstep.shipping import queries as parcels


def list_up(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Puts the orders that these events tell of on pick lists."""
    fulfilment.list_up(ctx, order_ids=sorted({e.timeline_id for e in happened}))


def pull_held(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Takes held orders that nobody has touched off their pick lists; the others show as held to the picker."""
    held = orders.fulfilment_orders_by_id(ctx, ids=[e.subject_id for e in happened])
    fulfilment.withdraw(
        ctx, fulfilment_order_ids=[i for i, f in held.items() if f.state == "on_hold"], only_untouched=True
    )


@transaction.atomic
def withdraw(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Clears the floor of cancelled orders: tasks go, parcels that have not left are cancelled, labels given back."""
    order_ids = sorted({e.timeline_id for e in happened})
    gone = [f.id for f in orders.fulfilment_orders_of(ctx, order_ids=order_ids) if f.state == "cancelled"]
    fulfilment.withdraw(ctx, fulfilment_order_ids=gone, only_untouched=False)
    shipping.cancel_parcels(
        ctx, parcel_ids=[p.id for p in parcels.parcels_of(ctx, order_ids=order_ids) if p.fulfilment_order_id in gone]
    )
