"""Who gets an order of a channel that restricts it: fetched when it is to be shipped, sealed, erased in time (docs/adr/0034)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import httpx
from django.db import transaction

from doorstep.base import aging
from doorstep.base.ctx import SYSTEM, Ctx, new_trace
from doorstep.base.outbox import Event
from doorstep.base.refusals import Refused
from doorstep.channels import actions as channels
from doorstep.channels import queries
from doorstep.channels.port import Declined, RestrictedShop
from doorstep.flows import doubts, edit_order, relays
from doorstep.flows.arrivals import FETCHED
from doorstep.flows.edit_order import Edit
from doorstep.orders import queries as order_queries
from doorstep.orders import recipients
from doorstep.orders.values import ERASED_LINE, Address, HoldReason, OrderDetail, OrderState, Recipient
from doorstep.shipping import actions as parcels
from doorstep.shipping import queries as shipping
from doorstep.shipping.values import Direction, ParcelRow, ParcelState

ASK_AGAIN_AFTER = timedelta(minutes=2)
MOST_IN_TRANSIT = timedelta(days=30)  # a parcel of which no carrier says that it arrived counts as delivered by then


def want(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Asks who gets orders that have a place to be shipped from."""
    recipients.want(ctx, order_ids=sorted({event.timeline_id for event in happened}))


def fetch(ctx: Ctx, *, order_id: int) -> None:
    """Asks the shop who gets an order and seals that; an order that nobody ships any more is not asked for.

    Raises: httpx errors, Throttled, to be tried again: asking changes nothing.
    Emits: RecipientSealed; OrderHeld where the shop does not say it; OrderEdited where it goes to another country than was thought.
    """
    row = recipients.rows(ctx, order_ids=[order_id]).get(order_id)
    if row is None or not row.is_awaited:
        return
    order = order_queries.orders_by_id(ctx, ids=[order_id])[order_id]
    connection = queries.get(ctx, connection_id=order.connection_id)
    shop = queries.shop_of(ctx, connection=connection)
    if order.state != OrderState.OPEN or not connection.active or not isinstance(shop, RestrictedShop):
        return
    try:
        told = shop.read_recipient(order.external_id)
    except Refused as refused:
        told = Declined(str(refused))
    except httpx.HTTPError as trouble:
        channels.note_problem(ctx, connection_id=connection.id, problem=f"{type(trouble).__name__}: {trouble}")
        raise
    if isinstance(told, Declined):
        _hold(ctx, order_id, told.reason, "address_withheld")
    else:
        _keep(ctx, order_id, told)


@transaction.atomic
def _keep(ctx: Ctx, order_id: int, told: Recipient) -> None:
    row = recipients.rows(ctx, order_ids=[order_id])[order_id]
    if not row.is_awaited:  # a person, or another run, was quicker
        return
    about = recipients.seal(ctx, order_id=order_id, recipient=told)
    if about is None:  # it was erased while the shop answered
        return
    detail = order_queries.get(ctx, id=order_id)
    if about.country == detail.order.country:
        recipients.move_about(ctx, order_id=order_id, ship_to=about)
    else:
        _send_elsewhere(ctx, detail, about)


def _send_elsewhere(ctx: Ctx, detail: OrderDetail, about: Address) -> None:
    """Routes an order anew for another country; what the floor has begun needs a person."""
    about = replace(about, city=about.city or about.region or about.country)
    try:
        with transaction.atomic():
            edit_order.apply(ctx, order_id=detail.order.id, version=detail.version, edit=Edit(ship_to=about))
    except Refused:
        _hold(ctx, detail.order.id, "", "other_country")


@transaction.atomic
def _hold(ctx: Ctx, order_id: int, problem: str, why: str) -> None:
    if problem:
        recipients.note_problem(ctx, order_id=order_id, problem=problem)
    doubts.hold(ctx, why={order_id: (HoldReason.INCORRECT_ADDRESS, why)})


def follow(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Says when who gets these orders is to be erased: so long after delivery, at once where nothing is to be shipped any more."""
    ids = sorted({event.timeline_id for event in happened})
    known = {id: row for id, row in recipients.rows(ctx, order_ids=ids).items() if row.erased_at is None}
    if not known:
        return
    states = {id: row.state for id, row in order_queries.orders_by_id(ctx, ids=list(known)).items()}
    boxes: dict[int, list[ParcelRow]] = {id: [] for id in known}
    for parcel in shipping.parcels_of(ctx, order_ids=list(known)):
        if parcel.direction == Direction.OUT and parcel.state != ParcelState.CANCELLED:
            boxes[parcel.order_id].append(parcel)
    left = _parts_left(ctx, list(known))
    recipients.erase_after(
        ctx, moments={id: erase_at(ctx.now, states[id], boxes[id], id in left, row.keep_days) for id, row in known.items()}
    )


def _parts_left(ctx: Ctx, order_ids: Sequence[int]) -> set[int]:
    """Orders of which something is still to be shipped."""
    parts = order_queries.fulfilment_orders_of(ctx, order_ids=order_ids)
    return {part.order_id for part in parts if part.state not in ("closed", "cancelled")}


def erase_at(now: datetime, state: str, parcels: Sequence[ParcelRow], is_left: bool, keep_days: int) -> datetime | None:
    """When who gets an order is to be erased; None while something of it is to be shipped."""
    gone = [parcel for parcel in parcels if parcel.handed_over_at is not None]
    if not gone:
        return now if state == OrderState.CANCELLED and not parcels else None
    if is_left or len(gone) < len(parcels):
        return None
    arrived = [parcel.delivered_at or (parcel.handed_over_at or now) + MOST_IN_TRANSIT for parcel in gone]
    return max(arrived) + timedelta(days=keep_days)


def sweep(now: datetime) -> None:
    """Asks again for recipients whose jobs gave up or got lost."""
    for organisation_id, order_id in recipients.find_unfetched(older_than=now - ASK_AGAIN_AFTER):
        recipients.ask(organisation_id, order_id=order_id)


def erase_due(now: datetime) -> int:
    """Erases whoever may be kept no longer, in every organisation.  Returns: how many orders."""
    due: dict[int, list[int]] = {}
    for organisation_id, order_id in recipients.find_due(now=now):
        due.setdefault(organisation_id, []).append(order_id)
    return sum(len(erase(Ctx(owner, SYSTEM, now, new_trace()), order_ids=ids)) for owner, ids in due.items())


@transaction.atomic
def erase(ctx: Ctx, *, order_ids: Sequence[int]) -> list[int]:
    """Erases who gets orders.  Locks: the orders, then their parcels.  Emits: RecipientErased.  Returns: those erased now."""
    gone = recipients.erase(ctx, order_ids=order_ids)
    parcels.erase_addresses(ctx, order_ids=gone, line=ERASED_LINE)
    if gone:
        relays.erase(ctx, order_ids=gone)
    for row in order_queries.orders_by_id(ctx, ids=gone).values():  # as the shop told it, where about is said as well
        aging.forget_told(ctx, connection_id=row.connection_id, starts=[f"{FETCHED}{row.external_id}:"])
    return gone
