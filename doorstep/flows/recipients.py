"""Who gets an order of a channel that restricts it: fetched when it is to be shipped, sealed, erased in time (docs/adr/0034)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx
from django.db import transaction

from doorstep.base import aging, alone
from doorstep.base.aging import Turn
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Event
from doorstep.base.refusals import Refused
from doorstep.channels import actions as channels
from doorstep.channels import queries
from doorstep.channels.port import Declined, RestrictedShop
from doorstep.customers import actions as customer_actions
from doorstep.customers import queries as customers
from doorstep.customers.rules import mobile_number
from doorstep.flows import day_capacity, doubts, edit_order, printing, relays
from doorstep.flows.doubts import Doubt
from doorstep.flows.edit_order import Edit
from doorstep.flows.hear_orders import FETCHED
from doorstep.fulfilment import gifts
from doorstep.messaging import aging as mails
from doorstep.orders import actions as order_actions
from doorstep.orders import queries as order_queries
from doorstep.orders import recipients, unsealed
from doorstep.orders.values import ERASED_LINE, Address, OrderDetail, OrderState, Recipient
from doorstep.shipping import actions as parcels
from doorstep.shipping import checks
from doorstep.shipping import queries as shipping
from doorstep.shipping.values import Direction, ParcelRow, ParcelState
from doorstep.tasks import actions as tasks

SEALED_AT_ONCE = 200
ASK_AGAIN_AFTER = timedelta(minutes=2)
SAID_BY_CARRIERS = ("said",)  # words of theirs in tasks and in what is told of parcels: often of where and to whom
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
        _hold(ctx, order_id, Doubt.ADDRESS_WITHHELD, problem=told.reason)
    else:
        _keep(ctx, order_id, told)


@transaction.atomic
def _keep(ctx: Ctx, order_id: int, told: Recipient) -> None:
    """Keeps what the shop said.  Locks: days that may be full, the order, then its recipient, as whoever edits the order."""
    day_capacity.lock(ctx)
    order_actions.lock_order(ctx, order_id=order_id)
    row = recipients.rows(ctx, order_ids=[order_id])[order_id]
    if not row.is_awaited:  # a person, or another run, was quicker
        return
    was, was_told = recipients.opened(ctx, order_id=order_id), recipients.told_to(ctx, order_id=order_id)
    if was is not None and was_told == told.ship_to:  # something else changed: where it goes stays, whoever wrote it
        recipients.seal(ctx, order_id=order_id, recipient=replace(told, ship_to=was.ship_to), told=told.ship_to)
    else:
        _send_there(ctx, order_id, told, is_moved=was is not None)
    if row.wanted_at is not None and row.wanted_at > ctx.now:  # it changed while the shop was asked
        recipients.want_again(ctx, changed={order_id: row.wanted_at})


def _send_there(ctx: Ctx, order_id: int, told: Recipient, *, is_moved: bool) -> None:
    """Seals where an order goes.  Held, where a carrier was told already to bring it elsewhere."""
    about = recipients.seal(ctx, order_id=order_id, recipient=told, told=told.ship_to)
    if about is None:  # it was erased while the shop answered
        return
    detail = order_queries.get(ctx, id=order_id)
    if about.country == detail.order.country:
        recipients.move_about(ctx, order_id=order_id, ship_to=about)
    else:
        _send_elsewhere(ctx, detail, about)
    if is_moved and any(
        parcel.state == ParcelState.LABELLED and parcel.direction == Direction.OUT
        for parcel in shipping.parcels_of(ctx, order_ids=[order_id])
    ):
        _hold(ctx, order_id, Doubt.MOVED_AFTER_LABEL)


def _send_elsewhere(ctx: Ctx, detail: OrderDetail, about: Address) -> None:
    """Routes an order anew for another country; what the floor has begun needs a person."""
    about = replace(about, city=about.city or about.region or about.country)
    try:
        with transaction.atomic():
            edit_order.apply(ctx, order_id=detail.order.id, version=detail.version, edit=Edit(ship_to=about))
    except Refused:
        _hold(ctx, detail.order.id, Doubt.OTHER_COUNTRY)


@transaction.atomic
def _hold(ctx: Ctx, order_id: int, doubt: Doubt, *, problem: str = "") -> None:
    order_actions.lock_order(ctx, order_id=order_id)
    if problem:
        recipients.note_problem(ctx, order_id=order_id, problem=problem)
    doubts.hold(ctx, why={order_id: doubt})


def follow(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Says when who gets these orders is to be erased: so long after delivery, at once where nothing is to be shipped any more."""
    _say_when(ctx, sorted({event.timeline_id for event in happened}))


def _say_when(ctx: Ctx, ids: Sequence[int]) -> None:
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


def seal_old(now: datetime, *, keep_days: Mapping[int, int], after: int, limit: int = SEALED_AT_ONCE) -> Turn:
    """Seals who gets orders that were taken in before that was kept apart: the next of them after an id, of every organisation.

    What is to be erased by now is erased by its timer.  Shapes: days after delivery, by connection.
    """
    turn, found = unsealed.look(connection_ids=list(keep_days), now=now, after=after, limit=limit)
    by_owner: dict[int, dict[int, int]] = {}
    for one in found:
        by_owner.setdefault(one.organisation_id, {})[one.order_id] = one.connection_id
    owners = [(owner, owner) for owner in sorted(by_owner)]
    alone.each_of(owners, lambda ctx, owner: _seal_old(ctx, by_owner[owner], keep_days), now=now, what="who got orders")
    return turn


@transaction.atomic
def _seal_old(ctx: Ctx, sold_by: Mapping[int, int], keep_days: Mapping[int, int]) -> None:
    """Seals these orders.  Shapes: connections by order.  Locks: the orders, who gets them, their parcels, then their customers.

    They are locked before they are read: where somebody just said that one goes is sealed, not what stood there before.
    """
    order_actions.lock_orders(ctx, order_ids=list(sold_by))
    recipients.expect(ctx, keep_days={id: keep_days[connection_id] for id, connection_id in sold_by.items()})
    details = {id: order_queries.get(ctx, id=id) for id in sorted(sold_by)}
    people = customers.by_id(ctx, ids=sorted({one.order.customer_id for one in details.values()}))
    abouts: dict[int, Address] = {}
    for id, detail in details.items():
        to: dict[str, Any] = {**detail.ship_to, "lines": tuple(detail.ship_to["lines"])}
        where = Address(**to)
        buyer = people.get(detail.order.customer_id)
        whom = Recipient(where, detail.order.customer_name, buyer.email if buyer else "", detail.note)
        recipients.seal(ctx, order_id=id, recipient=whom, told=where)
        abouts[id] = where.about(name=detail.order.external_id)
    skus = {id: [line.sku for line in detail.lines] for id, detail in details.items()}
    unsealed.strip(ctx, abouts=abouts, skus=skus)
    parcels.strip_addresses(ctx, abouts={id: about.as_dict() for id, about in abouts.items()})
    aging.forget_said(ctx, timelines=[f"order:{id}" for id in abouts], names=unsealed.SAID_OF_PEOPLE)
    only = unsealed.buyers_of_only(ctx, order_ids=list(abouts), connection_ids=list(keep_days))
    customer_actions.strip(ctx, names={customer_id: abouts[order_id].name for customer_id, order_id in only.items()})
    checks.forget(ctx, order_ids=list(abouts))
    reached = [one for id in only if id in people for one in (people[id].email, people[id].phone) if one]
    reached += [number for detail in details.values() if (number := _number_of(detail))]
    mails.erase_texts(ctx, addresses=reached)
    mails.erase_addresses(ctx, addresses=reached)
    for id, detail in details.items():  # as the shop told it
        aging.forget_told(ctx, connection_id=sold_by[id], about=[detail.order.external_id], prefix=FETCHED)
    _say_when(ctx, list(abouts))


def _number_of(detail: OrderDetail) -> str:
    """Where text messages about an order went."""
    return mobile_number(detail.phone or str(detail.ship_to.get("phone") or ""), detail.order.country)


def sweep(now: datetime) -> None:
    """Asks again for recipients whose jobs gave up or got lost."""
    for organisation_id, order_id in recipients.find_unfetched(older_than=now - ASK_AGAIN_AFTER):
        recipients.ask(organisation_id, order_id=order_id)


def erase_due(now: datetime) -> int:
    """Erases whoever may be kept no longer, in every organisation.  Returns: how many orders."""
    due: dict[int, list[int]] = {}
    for organisation_id, order_id in recipients.find_due(now=now):
        due.setdefault(organisation_id, []).append(order_id)
    owners = [(owner, owner) for owner in due]
    return alone.each_of(owners, lambda ctx, owner: len(erase(ctx, order_ids=due[owner])), now=now, what="who got orders")


@transaction.atomic
def erase(ctx: Ctx, *, order_ids: Sequence[int]) -> list[int]:
    """Erases who gets orders.  Locks: the orders, who gets them, then their parcels.  Emits: RecipientErased.

    Returns: those erased now.
    """
    gone = recipients.erase(ctx, order_ids=order_ids)
    parcels.erase_addresses(ctx, order_ids=gone, line=ERASED_LINE)
    if gone:
        relays.erase(ctx, order_ids=gone)
        checks.forget(ctx, order_ids=gone)
        gifts.erase_words(ctx, order_ids=gone)
        printing.erase_papers(ctx, order_ids=gone)
        parcel_ids = [parcel.id for parcel in shipping.parcels_of(ctx, order_ids=gone)]
        aging.forget_scans(ctx, parcel_ids=parcel_ids)
        tasks.forget(ctx, subjects=[f"parcel:{id}" for id in parcel_ids], names=SAID_BY_CARRIERS)
        aging.forget_said(ctx, timelines=[f"order:{id}" for id in gone], names=SAID_BY_CARRIERS)
    told: dict[int, list[str]] = {}  # as the shop told it, where about is said as well: in what was fetched and what it sent
    for row in order_queries.orders_by_id(ctx, ids=gone).values():
        told.setdefault(row.connection_id, []).append(row.external_id)
    for connection_id, external_ids in told.items():
        aging.forget_told(ctx, connection_id=connection_id, about=external_ids, prefix=FETCHED)
    return gone


def forget_news(ctx: Ctx, *, connection_id: int, told: Mapping[int, Iterable[str]]) -> None:
    """Empties what a shop told anew of orders whose recipients are erased: it may say again where about they go.

    Shapes: the orders, as the shop calls them, by arrival.  Needs: the arrivals locked.
    """
    names = sorted({name for some in told.values() for name in some})
    erased = recipients.find_erased(ctx, connection_id=connection_id, external_ids=names) if names else set()
    if erased:
        aging.forget_bodies(ctx, arrival_ids=[id for id, some in told.items() if erased.intersection(some)])
