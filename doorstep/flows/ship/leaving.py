"""Parcels leave: their stock with them, their orders close, and their carriers are told."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

import httpx
from django.db import transaction

from doorstep.base import alone
from doorstep.base.ctx import SYSTEM, Actor, Ctx, new_trace
from doorstep.base.outbox import Event
from doorstep.base.refusals import Refused
from doorstep.flows.offers import carrier_of
from doorstep.orders import actions as orders
from doorstep.orders import queries as order_queries
from doorstep.orders.values import ON_HOLD, WRONG_STATE
from doorstep.shipping import actions, packing, queries
from doorstep.shipping.values import COMES_BACK, Direction, ParcelRow, ParcelState, TrackingStatus
from doorstep.stock import actions as stock
from doorstep.stock import locks
from doorstep.stock.values import Want

log = logging.getLogger("doorstep.ship")


@transaction.atomic
def hand_over(ctx: Ctx, *, parcel_ids: Sequence[int]) -> list[int]:
    """Gives labelled parcels to the carrier: their stock leaves, all or none.

    A fulfilment order closes with the parcel in which its last unit leaves; until then its order is shipped in part.
    Locks: fulfilment orders, stock, parcels.  Emits: ParcelHandedOver, OrderFulfilled.
    Refuses: parcels without a label, orders on hold.  Returns: ids handed over now.
    """
    gone = (ParcelState.HANDED_OVER, ParcelState.CANCELLED)
    asked = queries.parcels_by_id(ctx, ids=parcel_ids).values()
    for parcel in asked:
        if parcel.direction == Direction.BACK:
            raise Refused(COMES_BACK, {"parcel": parcel.id})
    orders.lock(ctx, fulfilment_order_ids=[p.fulfilment_order_id for p in asked])
    parcels = [p for p in queries.parcels_by_id(ctx, ids=parcel_ids).values() if p.state not in gone]
    parts = [p.fulfilment_order_id for p in parcels]
    for part in order_queries.fulfilment_orders_by_id(ctx, ids=parts).values():
        if part.state == "on_hold":
            holds = order_queries.holds_of(ctx, fulfilment_order_ids=[part.id])
            name = order_queries.orders_by_id(ctx, ids=[part.order_id])[part.order_id].name
            raise Refused(ON_HOLD, {"order": name, "reason": ", ".join(h.reason for h in holds)})
        if part.state == "cancelled":
            name = order_queries.orders_by_id(ctx, ids=[part.order_id])[part.order_id].name
            raise Refused(WRONG_STATE, {"order": name, "state": part.state, "what": "fulfilment order"})
    return leave(ctx, parcels=parcels)


def leave(ctx: Ctx, *, parcels: Sequence[ParcelRow]) -> list[int]:
    """Parcels have left: so has their stock, and what is wholly gone is closed.  Returns: ids of those that left now.

    Locks: stock, parcels.  Emits: ParcelHandedOver, OrderFulfilled.  Needs: their fulfilment orders locked.
    """
    lines = queries.parcel_lines_of(ctx, parcel_ids=[p.id for p in parcels])
    locks.pool_rows(ctx, {line.variant_id for line in lines})  # of all places at once, so that the order is everybody's
    for location_id in sorted({p.location_id for p in parcels}):
        here = {p.id for p in parcels if p.location_id == location_id}
        units = [Want(n.order_line_id, n.variant_id, n.qty) for n in lines if n.parcel_id in here]
        stock.ship(ctx, units=units, location_id=location_id)
    left = actions.hand_over(ctx, parcel_ids=[p.id for p in parcels])
    on_their_way = [p for p in parcels if p.id in left]
    orders.note_partly_gone(ctx, order_ids=sorted({p.order_id for p in on_their_way}))
    whole = packing.wholly_gone(ctx, fulfilment_order_ids=[p.fulfilment_order_id for p in on_their_way])
    orders.close(ctx, fulfilment_order_ids=whole)
    return left


@transaction.atomic
def type_number(
    ctx: Ctx, *, parcel_id: int, carrier_id: int, number: str, service: str = "", since: datetime | None = None, left: bool = False
) -> None:
    """Puts the number of a label that was bought elsewhere on a packed parcel.  `left`: it is with its carrier already.

    Emits: NumberTyped, and with `left` what `hand_over` emits.  Refuses: what `actions.type_number` and `hand_over` refuse.
    """
    actions.type_number(ctx, parcel_id=parcel_id, carrier_id=carrier_id, number=number, service=service, since=since)
    if left:
        hand_over(ctx, parcel_ids=[parcel_id])


def settle_delivered(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Marks orders whose every parcel has arrived; some had before anybody noted that they left."""
    order_ids = sorted({e.timeline_id for e in happened})
    live = [p for p in queries.parcels_of(ctx, order_ids=order_ids) if p.state != ParcelState.CANCELLED]
    waiting = {p.order_id for p in live if p.status != TrackingStatus.DELIVERED}
    orders.mark_delivered(ctx, order_ids=sorted({p.order_id for p in live} - waiting))


def tell_carriers(now: datetime) -> None:
    """Tells carriers of parcels handed over; one that does not answer is told again later."""
    by_carrier: dict[tuple[int, int], list[ParcelRow]] = {}
    for organisation_id, parcel_id in queries.find_untold(older_than=now):
        ctx = Ctx(organisation_id, SYSTEM, now, new_trace())
        parcel = queries.get_parcel(ctx, parcel_id=parcel_id)
        if parcel.carrier_id is not None:
            by_carrier.setdefault((organisation_id, parcel.carrier_id), []).append(parcel)
    alone.each_of(by_carrier, lambda ctx, id: _tell(ctx, id, by_carrier[ctx.organisation_id, id]), now=now, what="carrier")


def _tell(ctx: Ctx, carrier_id: int, parcels: Sequence[ParcelRow]) -> None:
    labels = queries.live_labels_of(ctx, parcel_ids=[p.id for p in parcels])
    # a label that a partner or a person bought elsewhere is on another's account: this one's driver would refuse it
    bought_here = [p for p in parcels if p.id in labels and labels[p.id].vendor_id]
    try:
        refused = carrier_of(ctx, carrier_id).hand_over([p.tracking_number for p in bought_here]) if bought_here else []
    except (httpx.HTTPError, httpx.InvalidURL) as trouble:
        log.warning("carrier %s was not told: %s", carrier_id, trouble)
        return
    reasons = {r.tracking_number: r.reason for r in refused}
    carrier = queries.get_carrier(ctx, carrier_id=carrier_id)
    actions.mark_told(
        ctx.as_actor(Actor("carrier", carrier.id, carrier.name)),
        parcel_ids=[p.id for p in parcels],
        refused={p.id: reasons[p.tracking_number] for p in parcels if p.tracking_number in reasons},
    )
