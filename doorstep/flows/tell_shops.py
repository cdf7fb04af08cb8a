"""Shops are told what left: intend, call, settle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx
from django.db import transaction

from doorstep.base import alone
from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.base.outbox import Event
from doorstep.base.refusals import Refused
from doorstep.channels import actions as channels
from doorstep.channels import listings, queries
from doorstep.channels.port import Declined, Opened, OpensReturns, Refunded, Returned, Shipped, ShopPort
from doorstep.channels.values import NoticeRow, NoticeState, NoticeWish
from doorstep.flows import as_sold
from doorstep.flows.notify import tracking_link
from doorstep.orders import queries as orders
from doorstep.orders.values import OrderRow
from doorstep.returns import queries as returns
from doorstep.returns.values import Decision
from doorstep.shipping import queries as shipping
from doorstep.shipping.values import ParcelRow, ParcelState

SHIPPED, RETURNED, REFUNDED, CANCELLED = "shipped", "returned", "refunded", "cancelled"
OPENED, CALLED_OFF = "opened", "called_off"  # returns
ASK_AGAIN_AFTER = timedelta(minutes=5)


def react(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Wishes for shops to be told of the parcels that these events tell of."""
    want_told(ctx, parcel_ids=sorted({event.subject_id for event in happened}))


def cancelled(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Wishes for shops to be told of orders that were cancelled here; who called one off itself knows it."""
    here = {event.subject_id: event for event in happened if event.actor_kind != "channel"}
    rows = orders.orders_by_id(ctx, ids=sorted(here))
    connections = queries.connections_by_id(ctx, ids=sorted({row.connection_id for row in rows.values()}))
    able = {id for id, can in queries.abilities_of(ctx, connections=connections.values()).items() if can.cancels}
    wishes = [
        NoticeWish(
            row.connection_id, f"{CANCELLED}:order:{id}", CANCELLED, f"order:{id}", f"order:{id}",
            {"external_id": row.external_id, "reason": str(here[id].data.get("reason", ""))},
        )
        for id, row in sorted(rows.items())
        if row.connection_id in able
    ]  # fmt: skip
    if wishes:
        channels.intend(ctx, wishes=wishes)


@transaction.atomic
def want_told(ctx: Ctx, *, parcel_ids: Sequence[int]) -> list[int]:
    """Wishes, once per parcel, for the shop that sold it to learn its tracking number.  Returns: ids of new notices.

    Parcels that have not left, and orders of no connected shop or of one that takes no shipments, are left alone; so are
    parcels of which the shop sold nothing whole, such as the first half of a bundle: it learns of it with the rest.
    Locks: the orders that have bundles.
    """
    parcels = shipping.parcels_by_id(ctx, ids=parcel_ids)
    sold = orders.orders_by_id(ctx, ids=sorted({p.order_id for p in parcels.values()}))
    connections = queries.connections_by_id(ctx, ids=sorted({row.connection_id for row in sold.values()}))
    able = {id for id, can in queries.abilities_of(ctx, connections=connections.values()).items() if can.takes_shipments}
    left = [
        parcel
        for _, parcel in sorted(parcels.items())
        if parcel.state == ParcelState.HANDED_OVER and sold[parcel.order_id].connection_id in able
    ]
    lines = _as_sold(ctx, left)
    return channels.intend(ctx, wishes=[_wish(ctx, p, sold, lines[p.id]) for p in left if lines[p.id]])


def _as_sold(ctx: Ctx, left: Sequence[ParcelRow]) -> dict[int, list[list[str | int]]]:
    """What is in parcels that left, in the SKUs that were sold, by parcel."""
    ids = sorted({p.order_id for p in left})
    keys: dict[int, list[str]] = {}
    for parcel in shipping.parcels_of(ctx, order_ids=ids):
        keys.setdefault(parcel.order_id, []).append(_key(parcel))
    tellers = as_sold.tellers(ctx, order_ids=ids, keys=keys)
    gone = [p for p in shipping.parcels_of(ctx, order_ids=ids) if p.state == ParcelState.HANDED_OVER]
    here: dict[int, Counter[int]] = {p.id: Counter() for p in gone}
    so_far: dict[int, Counter[int]] = {p.order_id: Counter() for p in gone}
    order_of = {p.id: p.order_id for p in gone}
    for line in shipping.parcel_lines_of(ctx, parcel_ids=list(here)):
        here[line.parcel_id][line.order_line_id] += line.qty
        so_far[order_of[line.parcel_id]][line.order_line_id] += line.qty
    return {p.id: tellers[p.order_id].say(here=here.get(p.id, {}), so_far=so_far.get(p.order_id, {})) for p in left}


def _key(parcel: ParcelRow) -> str:
    return f"{SHIPPED}:parcel:{parcel.id}"


def _wish(ctx: Ctx, parcel: ParcelRow, sold: Mapping[int, OrderRow], lines: list[list[str | int]]) -> NoticeWish:
    order = sold[parcel.order_id]
    return NoticeWish(
        connection_id=order.connection_id,
        key=_key(parcel),
        verb=SHIPPED,
        subject=f"parcel:{parcel.id}",
        timeline=f"order:{order.id}",
        arguments={
            "external_id": order.external_id, "tracking_number": parcel.tracking_number, "carrier": parcel.carrier_name,
            "tracking_url": tracking_link(ctx, order_id=order.id), "lines": lines,
        },
    )  # fmt: skip


def tell(ctx: Ctx, *, notice_id: int) -> None:
    """Tells one notice; one that is settled already is left alone.

    Raises: httpx errors to be tried again: the shop knows a parcel by its tracking number, returns and refunds by their keys, and
    an order that is called off stays so, so nothing counts twice.
    """
    notice = queries.find_notice(ctx, notice_id=notice_id)
    if notice is None or notice.state != NoticeState.QUEUED:
        return
    connection = queries.get(ctx, connection_id=notice.connection_id)
    try:
        declined = _tell(ctx, queries.shop_of(ctx, connection=connection), _as_theirs(ctx, notice))
        reason = declined.reason if declined else ""
    except Refused as refused:
        reason = str(refused)
    except httpx.HTTPError as trouble:  # but not `Throttled`, which is no problem of the shop's; the job tries it again
        channels.note_problem(ctx, connection_id=connection.id, problem=f"{type(trouble).__name__}: {trouble}")
        raise
    channels.settle(ctx, notice_id=notice_id, to=NoticeState.FAILED if reason else NoticeState.TOLD, problem=reason)


def _as_theirs(ctx: Ctx, notice: NoticeRow) -> NoticeRow:
    """The notice as the shop calls what it is about."""
    lines = [(str(sku), int(qty)) for sku, qty in notice.arguments.get("lines", [])]
    named = listings.names_there(ctx, connection_id=notice.connection_id, skus=[sku for sku, _ in lines]) if lines else {}
    if not named:
        return notice
    theirs = [named.get(sku, (sku, "")) for sku, _ in lines]
    said = {
        "lines": [[there or sku, qty] for (there, _), (sku, qty) in zip(theirs, lines, strict=True)],
        "items": [item for _, item in theirs],
    }
    return replace(notice, arguments=notice.arguments | said)


def _tell(ctx: Ctx, shop: ShopPort, notice: NoticeRow) -> Declined | None:
    """Says it; of a return that was opened there it is noted how the shop names it."""
    if notice.verb not in (OPENED, CALLED_OFF):
        return _say(shop, notice)
    if not isinstance(shop, OpensReturns):
        return Declined("the shop takes no returns of ours any more")
    said = notice.arguments
    if notice.verb == CALLED_OFF:
        return shop.call_off_return(str(said["return_id"]))
    row = returns.returns_by_id(ctx, ids=[return_id := int(notice.subject.partition(":")[2])])[return_id]
    if row.decision != Decision.APPROVED:
        return Declined("the return ended here before the shop had it")
    reasons, items = tuple(str(one) for one in said["reasons"]), tuple(str(one) for one in said.get("items", ()))
    answer = shop.open_return(Opened(said["external_id"], said["key"], _lines(said), reasons, items))
    if isinstance(answer, Declined):
        return answer
    channels.note_named(ctx, notice_id=notice.id, named={"return_id": answer.return_id})
    return None


def _say(shop: ShopPort, notice: NoticeRow) -> Declined | None:
    said = notice.arguments
    if notice.verb == RETURNED:
        items = tuple(str(item) for item in said.get("items", ()))
        return shop.tell_returned(Returned(said["external_id"], said["key"], _lines(said), items, str(said.get("return_id", ""))))
    if notice.verb == REFUNDED:
        amount = Money(int(said["amount_minor"]), str(said["currency"]))
        return shop.tell_refunded(Refunded(said["external_id"], said["key"], amount))
    if notice.verb == CANCELLED:
        return shop.tell_cancelled(said["external_id"], reason=str(said["reason"]))
    return shop.tell_shipped(_shipped(notice))


def _lines(said: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
    return tuple((str(sku), int(qty)) for sku, qty in said["lines"])


def _shipped(notice: NoticeRow) -> Shipped:
    said = notice.arguments
    return Shipped(
        external_id=said["external_id"],
        tracking_number=said["tracking_number"],
        carrier=said["carrier"],
        tracking_url=said["tracking_url"],
        lines=_lines(said),
        items=tuple(said.get("items", ())),
    )


def sweep(now: datetime) -> None:
    """Asks again for notices whose jobs gave up or got lost."""
    alone.each_of(queries.find_untold(older_than=now - ASK_AGAIN_AFTER), _ask_again, now=now, what="notice")


def _ask_again(ctx: Ctx, notice_id: int) -> None:
    notice = queries.find_notice(ctx, notice_id=notice_id)
    if notice is not None:
        channels.ask(ctx, notice_id=notice_id, connection_id=notice.connection_id, again=True)
