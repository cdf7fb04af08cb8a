"""Parts that nobody can send: their customers know it, a person looks, and when their day comes they are cancelled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext, override

from doorstep.accounts import queries as accounts
from doorstep.base import alone
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Event
from doorstep.base.refusals import Refused
from doorstep.base.words import gettext_noop
from doorstep.flows import edit_order, notice_words, notices, refund
from doorstep.flows.cancel import cancel
from doorstep.flows.edit_order import Edit
from doorstep.flows.notices import About
from doorstep.fulfilment.warehouses import queries as requests_of
from doorstep.messaging.notices.values import NoticeKind
from doorstep.orders import parking, queries
from doorstep.orders.parking import ParkedRow
from doorstep.orders.values import NOT_PARKED, FOLineRow, OrderDetail, PaymentState
from doorstep.payments.values import RefundWish
from doorstep.shipping import queries as parcels
from doorstep.stock import backorders, locks
from doorstep.tasks import actions as tasks
from doorstep.tasks.values import TaskDraft

KIND, STUCK = "parked", "parked_stuck"
REASON = "parked"
GOES_ON = gettext_noop("It waits no more.")
GRACE = timedelta(minutes=10)  # what is received in the meantime needs no letter
DUE_AFTER = timedelta(hours=24)
AT_ONCE = 200


def react(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Parks parts that wait now for what nobody has, and ends what waits no more."""
    settle(ctx, order_ids=sorted({event.timeline_id for event in happened}))


@transaction.atomic
def settle(ctx: Ctx, *, order_ids: Sequence[int] | None = None) -> None:
    """Brings what is parked in line with what is held.  Emits: OrderParked, TaskDone."""
    for row in parking.settle(ctx, order_ids=order_ids):
        for kind in (KIND, STUCK):
            tasks.settle(ctx, subject=f"fulfilment_order:{row.fulfilment_order_id}", kind=kind, outcome=GOES_ON)


def sweep(ctx: Ctx) -> None:
    """Tells customers and staff of what is parked, warns before its day, and cancels what is due; twice changes nothing."""
    settle(ctx)
    rule = parking.rule_of(ctx)
    _by_order(ctx, parking.to_tell(ctx, before=ctx.now - GRACE, limit=AT_ONCE), tell)
    if rule.warn_days:
        _by_order(ctx, parking.to_warn(ctx, days=rule.warn_days, limit=AT_ONCE), warn)
    _by_order(ctx, parking.due(ctx, limit=AT_ONCE), _cancel_due)


def _by_order(ctx: Ctx, rows: Sequence[ParkedRow], do: Callable[[Ctx, int, Sequence[ParkedRow]], object]) -> None:
    orders = [(order_id, list(some)) for order_id, some in groupby(rows, key=lambda row: row.order_id)]
    alone.each(orders, lambda one: do(ctx, *one), named=lambda one: f"parked order {one[0]}")


@transaction.atomic
def tell(ctx: Ctx, order_id: int, rows: Sequence[ParkedRow]) -> None:
    """Writes to the customer of an order that parts of it are parked, and asks a person to look, once.

    Emits: MessageQueued, TaskCreated.
    """
    ids = parking.note(ctx, ids=[row.id for row in rows], what="told")
    fresh = [row for row in rows if row.id in ids]
    if not fresh:
        return
    lines = _lines(ctx, fresh)
    _write(ctx, order_id, "new", fresh, lines)
    name = queries.destinations(ctx, order_ids=[order_id])[order_id].name
    tasks.create(
        ctx,
        tasks=[
            TaskDraft(
                key=f"{KIND}:{row.id}", kind=KIND, subject=f"fulfilment_order:{row.fulfilment_order_id}",
                timeline=f"order:{order_id}", due_at=ctx.now + DUE_AFTER,
                facts={
                    "order_id": order_id, "order": name, "cancel_at": row.cancel_at and row.cancel_at.isoformat(),
                    "skus": ", ".join(x.sku for x in lines if x.fulfilment_order_id == row.fulfilment_order_id)[:200],
                },
            )
            for row in fresh
        ],
    )  # fmt: skip


@transaction.atomic
def warn(ctx: Ctx, order_id: int, rows: Sequence[ParkedRow]) -> None:
    """Writes to the customer that what is parked is cancelled soon, once for each day that is set.  Emits: MessageQueued."""
    ids = parking.note(ctx, ids=[row.id for row in rows], what="warned")
    if fresh := [row for row in rows if row.id in ids]:
        _write(ctx, order_id, "ending", fresh, _lines(ctx, fresh))


def _cancel_due(ctx: Ctx, order_id: int, rows: Sequence[ParkedRow]) -> None:
    """Cancels what is due; what cannot be cancelled by itself waits for a person, who is asked once for each day that is set."""
    try:
        cancel_parked(ctx, order_id=order_id, fulfilment_order_ids=[row.fulfilment_order_id for row in rows])
    except Refused as refused:
        _ask(ctx, order_id, rows, refused)


@transaction.atomic
def _ask(ctx: Ctx, order_id: int, rows: Sequence[ParkedRow], refused: Refused) -> None:
    ids = parking.note(ctx, ids=[row.id for row in rows], what="refused")
    name = queries.destinations(ctx, order_ids=[order_id])[order_id].name
    tasks.create(
        ctx,
        tasks=[
            TaskDraft(
                key=f"{STUCK}:{row.id}:{row.cancel_at:%Y%m%d%H%M}", kind=STUCK,
                subject=f"fulfilment_order:{row.fulfilment_order_id}", timeline=f"order:{order_id}", due_at=ctx.now + DUE_AFTER,
                facts={"order_id": order_id, "order": name, "problem": refused.code},
            )
            for row in rows
            if row.id in ids
        ],
    )  # fmt: skip


@transaction.atomic
def cancel_parked(ctx: Ctx, *, order_id: int, fulfilment_order_ids: Sequence[int]) -> str:
    """Cancels parked parts of an order, and lets go of their money; their customer is told.

    Where nothing else is left the order is cancelled; else its units are fewer, as after an edit; where other parts are picked
    or have left, the parts are cancelled and what was paid for them is given back.
    Returns: "order", "edited" or "parts".
    Locks: pick lists, the order and its fulfilment orders, pool rows, reservations, levels, the payment.
    Emits: OrderCancelled, OrderEdited or PartCancelled.  Refuses: parts that are not parked, a bundle in part.
    """
    edit_order.lock(ctx, order_ids=[order_id])
    settle(ctx, order_ids=[order_id])
    parked = {row.fulfilment_order_id: row for row in parking.parked_of(ctx, order_ids=[order_id])}
    detail = queries.get(ctx, id=order_id)
    rows = [parked[id] for id in dict.fromkeys(fulfilment_order_ids) if id in parked]
    if not rows or len(rows) < len(set(fulfilment_order_ids)):
        raise Refused(NOT_PARKED, {"order": detail.order.name})
    lines = _lines(ctx, rows)
    live = {part.id for part in detail.fulfilment_orders if part.state != "cancelled"}
    if live <= {row.fulfilment_order_id for row in rows}:
        cancel(ctx, order_id=order_id, reason=REASON)
        settle(ctx, order_ids=[order_id])
        return "order"
    was_paid = detail.order.payment_state in (PaymentState.PAID, PaymentState.PARTIALLY_REFUNDED)
    if _is_untouched(ctx, detail):
        edit_order.apply(ctx, order_id=order_id, version=detail.version, edit=Edit(qty=_left(detail, lines)))
        how = "edited"
    else:
        _cancel_beside(ctx, detail, rows, lines, gives_back=was_paid)
        how = "parts"
    settle(ctx, order_ids=[order_id])
    _write(ctx, order_id, "cancelled", rows, lines, gives_back=was_paid)
    return how


def _is_untouched(ctx: Ctx, detail: OrderDetail) -> bool:
    if requests_of.open_of(ctx, fulfilment_order_ids=[part.id for part in detail.fulfilment_orders]):
        return False  # what another's warehouse was asked for goes on as it is
    picked = any(line.picked for line in detail.fulfilment_lines)
    left = detail.order.fulfilment_state != "unfulfilled"
    return not picked and not left and not parcels.parcels_of(ctx, order_ids=[detail.order.id])


def _left(detail: OrderDetail, gone: Sequence[FOLineRow]) -> dict[int, int]:
    """How many units each line keeps that loses some."""
    fewer: Counter[int] = Counter()
    for line in gone:
        fewer[line.order_line_id] += line.qty
    return {line.id: line.qty - fewer[line.id] for line in detail.lines if fewer[line.id]}


def _cancel_beside(
    ctx: Ctx, detail: OrderDetail, rows: Sequence[ParkedRow], lines: Sequence[FOLineRow], *, gives_back: bool
) -> None:
    """Cancels parts beside others that are on their way; nothing is promised to what waits."""
    locks.pool_rows(ctx, {line.variant_id for line in lines})
    for row in rows:
        mine = {x.order_line_id: x.qty for x in lines if x.fulfilment_order_id == row.fulfilment_order_id}
        backorders.fit(ctx, group_id=row.fulfilment_order_id, units={})
        parking.cancel_part(ctx, fulfilment_order_id=row.fulfilment_order_id, reason=REASON)
        if gives_back:
            refund.grant(
                ctx, order_id=detail.order.id, wish=RefundWish(back=mine), key=f"parked:{row.id}", reason=REASON,
            )  # fmt: skip


def _lines(ctx: Ctx, rows: Sequence[ParkedRow]) -> list[FOLineRow]:
    return queries.fulfilment_lines_of(ctx, fulfilment_order_ids=[row.fulfilment_order_id for row in rows])


def _write(
    ctx: Ctx, order_id: int, stage: str, rows: Sequence[ParkedRow], lines: Sequence[FOLineRow], *, gives_back: bool = False
) -> None:
    """Tells the customer of the parked parts of an order.  `stage`: "new", "ending" or "cancelled"."""
    whom = queries.destinations(ctx, order_ids=[order_id])[order_id]
    days = [row.cancel_at for row in rows if row.cancel_at is not None]
    zone = ZoneInfo(accounts.organisation(ctx).timezone)
    occurrence = f"{stage}:{min(row.id for row in rows)}" + (f":{min(days):%Y%m%d}" if stage == "ending" and days else "")
    with override(whom.language):
        day = date_format(min(days).astimezone(zone).date(), "DATE_FORMAT") if days else ""
        items = [{"title": line.title or line.sku, "qty": line.qty} for line in lines]
        facts = {"delay.items": notice_words.items_text(items), **_says(stage, day, gives_back=gives_back)}
    kind = NoticeKind.PART_CANCELLED if stage == "cancelled" else NoticeKind.DELAYED_BEFORE_SHIPPING
    notices.tell(ctx, kind, [About(order_id, occurrence=occurrence, facts=facts)])


def _says(stage: str, day: str, *, gives_back: bool) -> dict[str, str]:
    """Why parts are parked and what becomes of them, in the language that is active."""
    if stage == "cancelled":
        return {"delay.next": gettext("What you paid for them is given back the way it was paid.") if gives_back else ""}
    if stage == "ending":
        return {
            "delay.reason": gettext("These items are still not here."),
            "delay.next": gettext("If they do not come in by %(day)s, we cancel them and you pay nothing for them.") % {"day": day},
        }
    ends = gettext("If that is not possible by %(day)s, we cancel them and you pay nothing for them.") % {"day": day}
    return {
        "delay.reason": gettext("We do not have these items at hand at the moment. We send them as soon as they are here."),
        "delay.next": ends if day else "",
    }
