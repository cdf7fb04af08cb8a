"""Promise dates are held against what is due: those that became false are found, and customers told of the new day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils.translation import gettext, override

from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Event
from doorstep.base.refusals import Refused
from doorstep.flows import notice_words, notices, waiting
from doorstep.flows.notices import About
from doorstep.messaging.notices.values import NoticeKind
from doorstep.orders import actions as orders
from doorstep.orders import promised, queries
from doorstep.orders.promised import Promised
from doorstep.orders.values import NOTHING_NEW
from doorstep.stock import backorders, promising
from doorstep.stock import queries as stock
from doorstep.stock.values import BackorderRow, SellingRow

AT_ONCE = 200


def sell(ctx: Ctx, *, rule: SellingRow) -> None:
    """Says whether a variant is sold beyond what is available, and holds what was promised against it.

    Locks: fulfilment orders, then pool rows.  Emits: PromiseSlipped.  Refuses: a pre-order without its day.
    """
    promising.set_selling(ctx, rule=rule)
    review(ctx, variant_ids=[rule.variant_id])


def react(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Reviews the promises of the variants of which something else is to come now, all at once."""
    changed = backorders.expected(ctx, variant_ids=sorted({e.subject_id for e in happened}))
    _keep(ctx, sorted({row.group_id for row in changed}), changed)


def review_all(ctx: Ctx) -> int:
    """Reviews the promises of every variant that somebody waits for.  Returns: how many backorders changed."""
    changed, after = 0, 0
    while variant_ids := stock.waited_for(ctx, after=after, limit=AT_ONCE):
        changed += review(ctx, variant_ids=variant_ids)
        after = variant_ids[-1]
    return changed


def review(ctx: Ctx, *, variant_ids: Sequence[int]) -> int:
    """Compares what was promised of variants with what is due now.

    A part that was promised no day gets its first one; one that will be later is marked, and one that holds again is not.
    Each batch of parts is a transaction of its own.  Returns: how many backorders changed.
    Locks: fulfilment orders, then pool rows.  Emits: PromiseSlipped per part that will be later.
    """
    changed = backorders.expected(ctx, variant_ids=variant_ids)
    groups = sorted({row.group_id for row in changed})
    for n in range(0, len(groups), AT_ONCE):
        some = set(groups[n : n + AT_ONCE])
        _keep(ctx, sorted(some), [row for row in changed if row.group_id in some])
    return len(changed)


@transaction.atomic
def _keep(ctx: Ctx, part_ids: Sequence[int], rows: Sequence[BackorderRow]) -> None:
    if not rows:
        return
    orders.lock(ctx, fulfilment_order_ids=part_ids)
    before = _slipped(ctx, part_ids)
    backorders.expect(ctx, rows=rows)
    waiting.note(ctx, fulfilment_order_ids=part_ids)
    now = _slipped(ctx, part_ids)
    promised.note_slipped(ctx, parts=[part for id, part in now.items() if id not in before])


def _slipped(ctx: Ctx, part_ids: Sequence[int]) -> dict[int, Promised]:
    parts = queries.fulfilment_orders_by_id(ctx, ids=part_ids)
    found = promised.promised_of(ctx, order_ids=sorted({part.order_id for part in parts.values()}))
    return {one.fulfilment_order_id: one for some in found.values() for one in some if one.slipped}


@transaction.atomic
def promise_again(ctx: Ctx, *, order_id: int) -> date:
    """Promises what is expected now of an order that will be later than was promised, and tells its customer.

    Returns: the new day.  Locks: the order and its parts, pool rows.  Emits: OrderPromised, MessageQueued.
    Refuses: an order of which no promise became false, or no new day is known.
    """
    orders.lock_order(ctx, order_id=order_id)
    parts = [part.id for part in queries.fulfilment_orders_of(ctx, order_ids=[order_id])]
    orders.lock(ctx, fulfilment_order_ids=parts)
    late = [one for one in promised.promised_of(ctx, order_ids=[order_id]).get(order_id, []) if one.slipped]
    days = [one.expected_on for one in late if one.expected_on]
    if not late or len(days) < len(late):
        raise Refused(NOTHING_NEW, {"order": queries.orders_by_id(ctx, ids=[order_id])[order_id].name})
    backorders.promise_again(ctx, group_ids=[one.fulfilment_order_id for one in late])
    waiting.note(ctx, fulfilment_order_ids=parts)
    ids = {one.fulfilment_order_id for one in late}
    now = [one for one in promised.promised_of(ctx, order_ids=[order_id])[order_id] if one.fulfilment_order_id in ids]
    promised.note_promised(ctx, parts=now)
    _tell(ctx, order_id, max(days), sorted(ids))
    return max(days)


def _tell(ctx: Ctx, order_id: int, day: date, part_ids: Sequence[int]) -> None:
    """Tells the customer of the day that is promised now, and which items it is about."""
    whom = queries.destinations(ctx, order_ids=[order_id])[order_id]
    lines = queries.fulfilment_lines_of(ctx, fulfilment_order_ids=part_ids)
    items = notice_words.items_text([{"title": line.title or line.sku, "qty": line.qty} for line in lines])
    with override(whom.language):
        facts = {"delay.reason": gettext("Part of your order reaches us later than we told you."), "delay.items": items}
    about = About(order_id, occurrence=f"promised:{day.isoformat()}", until=day, facts=facts)
    notices.tell(ctx, NoticeKind.DELAYED_BEFORE_SHIPPING, [about])
