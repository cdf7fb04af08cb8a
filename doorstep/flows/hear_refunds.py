"""Money that a shop gave back is noted here once, and what will not be sent for it is taken off the order.

A refund whose order has not come is kept, and done when it comes. What the shop tells back of refunds that we told it, or that a
person here was to pay out, is known and counts once: by our key where the shop keeps it, else by the amount.
"""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refusal, Refused
from doorstep.base.words import gettext_noop
from doorstep.channels import heard
from doorstep.channels.heard import HeardRow
from doorstep.channels.port import RefundTold
from doorstep.flows import cancel, edit_order, mapping, shop_edits
from doorstep.flows.edit_order import Edit
from doorstep.flows.reading import NOTHING_NEW, Reading
from doorstep.flows.tell_shops import REFUNDED
from doorstep.orders import actions as orders
from doorstep.orders import queries
from doorstep.orders.opening import SoldLine, as_sold
from doorstep.orders.values import FOState, HoldReason, OrderDetail, OrderState
from doorstep.payments import actions as payments
from doorstep.payments import elsewhere
from doorstep.payments import queries as money
from doorstep.payments.values import CallKind, CallRow, CallState

log = logging.getLogger("doorstep.hear_refunds")
# A person who pays a refund out in the shop says so here soon, or has said so not long ago.
SAME_WITHIN = timedelta(days=30)
LONGEST_KEY = 100
KEPT = gettext_noop("It gives money back for an order that has not come; it is noted when the order comes.")
OURS = gettext_noop("The shop tells back a refund that is known here.")
NOT_ALL = gettext_noop("The shop gave back more than is left of this order here; what was left is noted.")
OTHER_CURRENCY = Refusal(
    "refund_in_other_currency",
    gettext_noop("The shop gave back %(amount)s for an order in %(currency)s."),
    gettext_noop("Look at the order in the shop, and refund it here by hand."),
)


@dataclass(slots=True)
class _Goods:
    """What of a refund's units was taken off, by SKU, what had left, by line, and what stood in the way."""

    taken: Counter[str] = field(default_factory=Counter)
    left: Counter[int] = field(default_factory=Counter)
    problem: Refused | None = None


def hear(ctx: Ctx, *, connection_id: int, told: Sequence[tuple[Reading, RefundTold]], came: Sequence[str]) -> None:
    """Takes refunds over that a shop told of, and those that waited for orders that came.  Shapes: `came` by external id.

    Those of one order at a time: what they change is locked as by a person who changes that order.
    Locks: what was heard of these refunds by id, pick lists, the orders, then stock and payments, one refund after the other.
    Emits: OrderEdited or OrderCancelled, RefundSucceeded, PaidElsewhere, RefundFailed.
    """
    heard.keep(ctx, connection_id=connection_id, told=[(reading.arrival.id, fact) for reading, fact in told])
    external_ids = sorted({fact.external_id for _, fact in told} | set(came))
    if not external_ids:
        return
    tellers = {fact.refund_id: reading for reading, fact in reversed(told)}
    waiting = heard.lock_open(
        ctx, connection_id=connection_id, external_ids=external_ids, arrival_ids=[r.arrival.id for r, _ in told]
    )
    here = queries.find_existing(ctx, keys=[(connection_id, row.external_id) for row in waiting]) if waiting else {}
    edit_order.lock(ctx, order_ids=[existing.id for existing in here.values()])
    done = set()
    for row in waiting:
        existing = here.get((connection_id, row.external_id))
        reading = tellers.get(row.told_id)
        if existing is not None:
            done.add(row.told_id)
            _take_over(ctx, row, existing.id, reading)
        elif reading is not None:
            done.add(row.told_id)
            reading.say("ignored", reason=KEPT, external_id=row.external_id)
    for reading, fact in told:
        if fact.refund_id not in done and reading.outcome == "ignored" and "reason" not in reading.detail:
            reading.say("ignored", reason=NOTHING_NEW, external_id=fact.external_id)


def _take_over(ctx: Ctx, row: HeardRow, order_id: int, reading: Reading | None) -> None:
    """Does one refund: the goods that have not left, then the money."""
    detail = queries.get(ctx, id=order_id)
    if row.currency != detail.order.currency:
        problem = Refused(OTHER_CURRENCY, {"amount": str(row.amount), "currency": detail.order.currency})
        heard.settle(ctx, id=row.id, refund_id=None, taken={}, goods_open=False)
        _say(reading, order_id, "", problem)
        return
    goods = _take_off(ctx, row, detail)
    refund_id, reason = (None, "") if row.noted_at is not None else _note_money(ctx, row, order_id, goods)
    heard.settle(ctx, id=row.id, refund_id=refund_id, taken=goods.taken, goods_open=goods.problem is not None)
    _say(reading, order_id, reason, goods.problem)


def _say(reading: Reading | None, order_id: int, reason: str, problem: Refused | None) -> None:
    if reading is None:
        if problem is not None:
            log.warning("order %s: a refund that waited for it: %s", order_id, problem)
        return
    reading.say("processed", order_id=order_id, reason=reason)
    if problem is not None:
        reading.refuse(problem)


def _take_off(ctx: Ctx, row: HeardRow, detail: OrderDetail) -> _Goods:
    """Takes units off that have not left; an order of which nothing stays is cancelled.

    Units that left stay sold: they come back as a return, or not at all.
    """
    goods = _Goods()
    if not row.lines or detail.order.state == OrderState.CANCELLED:
        return goods
    wanted = _not_kept(ctx, row, as_sold(detail.lines))
    unsent, units = _unsent(detail), dict[int, int]()
    for sold in reversed(as_sold(detail.lines)):
        off = min(wanted[sold.sku], _open_of(sold, unsent))
        gone = min(wanted[sold.sku], sold.qty) - off
        wanted[sold.sku] -= off + gone
        if off:
            units |= shop_edits.units_of(sold, sold.qty - off)
            goods.taken[sold.sku] += off
        if gone:
            goods.left.update({line.id: line.bundle_each * gone for line in sold.inside} or {sold.line_id: gone})
    if units:
        _change(ctx, row, detail, units, goods)
    return goods


def _not_kept(ctx: Ctx, row: HeardRow, sold: Sequence[SoldLine]) -> Counter[str]:
    """Units that the customer does not keep or get, by our SKU.

    Where the shop does not say that, as many as their money pays for whole: with a part of a price back they are kept.
    """
    prices = {line.sku: line.unit_price_minor for line in sorted(sold, key=lambda line: line.unit_price_minor)}
    found = Counter[str]()
    skus = mapping.our_skus(ctx, connection_id=row.connection_id, lines=[(str(one[0]), str(one[1])) for one in row.lines])
    for sku, (_, _, told, *goods) in zip(skus, row.lines, strict=True):
        qty, price = int(told), prices.get(sku, 0)
        if goods and price > 0:
            qty = min(qty, int(goods[0]) // max(price - 1, 1))  # a unit's price may be rounded up
        found[sku] += qty
    return found


def _change(ctx: Ctx, row: HeardRow, detail: OrderDetail, units: Mapping[int, int], goods: _Goods) -> None:
    order_id = detail.order.id
    try:
        with transaction.atomic():
            if any(units.get(line.id, line.qty) for line in detail.lines):
                edit_order.apply(ctx, order_id=order_id, version=detail.version, edit=Edit(qty=units, paid_back=True))
            else:
                cancel.cancel(ctx, order_id=order_id, reason=row.reason or "refunded")
    except Refused as problem:  # the floor has begun: a person decides what becomes of the goods
        goods.taken, goods.problem = Counter(), problem
        goods.left.update({line.id: line.qty - units[line.id] for line in detail.lines if line.id in units})


def _unsent(detail: OrderDetail) -> Counter[int]:
    """Units of each line that have not left."""
    going = {part.id for part in detail.fulfilment_orders if part.state not in (FOState.CLOSED, FOState.CANCELLED)}
    found = Counter[int]()
    for line in detail.fulfilment_lines:
        if line.fulfilment_order_id in going:
            found[line.order_line_id] += line.qty
    return found


def _open_of(sold: SoldLine, unsent: Mapping[int, int]) -> int:
    """How many of what was sold have not left; of a bundle those of which nothing has."""
    if not sold.inside:
        return min(unsent.get(sold.line_id, 0), sold.qty)
    return min(unsent.get(line.id, 0) // line.bundle_each for line in sold.inside)


def _note_money(ctx: Ctx, row: HeardRow, order_id: int, goods: _Goods) -> tuple[int | None, str]:
    """Notes the money once.  Returns: the refund that it is here, and what there is to say of it."""
    if not row.amount_minor:
        return None, ""
    payments.lock_payment(ctx, order_id=order_id)
    ours = _find_ours(ctx, row, order_id)
    if ours is not None:
        if ours.is_by_hand:
            payments.confirm_refund(ctx, refund_id=ours.id)
        return ours.id, OURS
    was = queries.orders_by_id(ctx, ids=[order_id])[order_id].payment_state
    noted = elsewhere.note_refund(
        ctx, order_id=order_id, amount_minor=row.amount_minor, key=_key(row), vendor_id=row.told_id, reason=row.reason,
        back=goods.left,
    )  # fmt: skip
    _free(ctx, order_id, was)
    came_refunded = noted is None and not money.calls_of(ctx, order_ids=[order_id])
    if came_refunded or (noted is not None and noted.amount_minor == row.amount_minor):
        return noted.id if noted else None, ""
    return noted.id if noted else None, NOT_ALL


def _key(row: HeardRow) -> str:
    """One per connection and refund; a long name of theirs as its fingerprint."""
    named = f"{row.connection_id}:{row.told_id}"
    return named if len(named) <= LONGEST_KEY else f"{row.connection_id}:{hashlib.sha256(named.encode()).hexdigest()}"


def _free(ctx: Ctx, order_id: int, was: str) -> None:
    """An order that turned out to be paid, and is not paid back whole, waits for its payment no longer."""
    now = queries.orders_by_id(ctx, ids=[order_id])[order_id].payment_state
    if was in ("pending", "authorised") and now == "partially_refunded":
        parts = queries.fulfilment_orders_of(ctx, order_ids=[order_id])
        orders.release_hold(ctx, fulfilment_order_ids=[p.id for p in parts], reason=HoldReason.AWAITING_PAYMENT)


def _find_ours(ctx: Ctx, row: HeardRow, order_id: int) -> CallRow | None:
    """The refund of ours that the shop tells back, or that somebody paid out there.

    Where the shop keeps our key, that decides. Else it is the oldest one of the same amount that no other refund of the shop is:
    one that we told the shop, or one without a provider, which a person has paid out lately or is still to.
    """
    calls = [
        c for c in money.calls_of(ctx, order_ids=[order_id]) if c.kind == CallKind.REFUND and c.state != CallState.FAILED
    ]
    notices = heard.notices_of_order(ctx, connection_id=row.connection_id, order_id=order_id, verb=REFUNDED)
    subjects = {notice.subject: notice.key for notice in notices}
    key_of = {c.id: subjects[f"refund:{c.id}"] for c in calls if f"refund:{c.id}" in subjects}
    by_key = next((c for c in calls if key_of.get(c.id, "") in (row.key, row.reason) and c.id in key_of), None)
    if by_key is not None:
        return by_key
    known = heard.heard_refunds(ctx, refund_ids=[c.id for c in calls])
    alike = [c for c in reversed(calls) if c.amount_minor == row.amount_minor and c.id not in known]
    told_back = [c for c in alike if c.id in key_of] if row.key is None else []
    by_hand = [c for c in alike if c.id not in key_of and _is_paid_out_there(ctx, c)]
    return next(iter([*told_back, *by_hand]), None)


def _is_paid_out_there(ctx: Ctx, call: CallRow) -> bool:
    if call.account_id is not None or elsewhere.is_given_elsewhere(call):
        return False
    return call.is_by_hand or (call.settled_at is not None and call.settled_at > ctx.now - SAME_WITHIN)
