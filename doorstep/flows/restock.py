"""Stock arrives, and orders that waited for it move on, first come first served."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Event
from doorstep.flows.intake import places_by_country
from doorstep.orders import actions as orders
from doorstep.orders import queries
from doorstep.orders.values import HoldReason
from doorstep.stock import actions as stock
from doorstep.stock.values import Group, Want


def react(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Serves who waited for the variants that these events tell of."""
    serve_waiting(ctx, variant_ids=sorted({e.subject_id for e in happened}))


@transaction.atomic
def serve_waiting(ctx: Ctx, *, variant_ids: Sequence[int]) -> int:
    """Promises stock to held orders and releases their holds.  Returns: how many were released.

    Locks: fulfilment orders, then pool rows.  Emits: HoldReleased per fulfilment order served.
    """
    waiting = queries.find_waiting_for_stock(ctx, variant_ids=variant_ids)
    if not waiting:
        return 0
    orders.lock(ctx, fulfilment_order_ids=[f.id for f in waiting])
    waiting = queries.find_waiting_for_stock(ctx, variant_ids=variant_ids)
    wants: dict[int, list[Want]] = {f.id: [] for f in waiting}
    for line in queries.fulfilment_lines_of(ctx, fulfilment_order_ids=list(wants)):
        wants[line.fulfilment_order_id].append(Want(line.order_line_id, line.variant_id, line.qty))
    to = queries.destinations(ctx, order_ids=[f.order_id for f in waiting])
    places = places_by_country(ctx, {d.country for d in to.values()})
    groups = [Group(tuple(wants[f.id]), places[to[f.order_id].country]) for f in waiting]
    shortages = stock.take(ctx, groups=groups)
    served = [f.id for f, shorts in zip(waiting, shortages, strict=True) if not shorts]
    if served:
        orders.release_hold(ctx, fulfilment_order_ids=served, reason=HoldReason.INVENTORY_OUT_OF_STOCK)
    return len(served)
