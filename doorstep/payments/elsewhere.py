"""Money that somebody else gave back, such as the shop that took it: it is noted, nobody is asked to pay it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.orders import actions as orders
from doorstep.orders.values import PaymentState
from doorstep.payments import actions, bulk, events, locks, queries, rules, settling
from doorstep.payments.values import (
    CallKind,
    CallRow,
    EntryKind,
    PaymentRow,
    PayState,
)

GIVEN = "given:"  # how the keys of refunds begin that were given elsewhere


@transaction.atomic
def note_refund(
    ctx: Ctx, *, order_id: int, amount_minor: int, key: str, vendor_id: str, reason: str, back: Mapping[int, int] | None = None
) -> CallRow | None:
    """Notes money that was given back elsewhere, as far as it was taken; the same key notes it once.

    Whoever gave it back had taken it, so an order that waits to be paid elsewhere is noted as paid first. Refunds that a
    person was asked to pay out are taken back where they leave no room for it.
    Returns: what is noted; None where nothing is left to give back.  Units: minor units.  Shapes: `back` are units by line that
    the customer did not keep.  Locks: the order, then the payment.
    Emits: RefundSucceeded, PaidElsewhere, RefundFailed.
    """
    orders.lock_order(ctx, order_id=order_id)
    known = queries.find_call(ctx, key=GIVEN + key)
    if known is not None:
        return known
    payment = locks.payment_of(ctx, order_id)
    if payment.captured_minor == 0 and payment.is_elsewhere and payment.state in (PayState.PENDING, PayState.AUTHORISED):
        actions.note_paid_elsewhere(ctx, order_id=order_id)
    _make_room(ctx, order_id, amount_minor)
    payment = locks.payment_of(ctx, order_id)
    minor = min(amount_minor, payment.refundable_minor)
    if minor <= 0:
        return None
    call_id = _enter(ctx, payment, minor, key=GIVEN + key, vendor_id=vendor_id, reason=reason, shares=_shares(ctx, order_id, back))
    whole = payment.refunded_minor + minor == payment.captured_minor
    orders.set_payment_state(ctx, order_id=order_id, to=PaymentState.REFUNDED if whole else PaymentState.PARTIALLY_REFUNDED)
    row = queries.get_call(ctx, call_id=call_id)
    settling.tell_of(ctx, events.REFUND_SUCCEEDED, row)
    return row


def _make_room(ctx: Ctx, order_id: int, amount_minor: int) -> None:
    """Takes back refunds that a person has not paid out yet, newest first: the money went back another way."""
    for call in queries.calls_of(ctx, order_ids=[order_id]):
        payment = locks.payment_of(ctx, order_id)
        if amount_minor <= payment.refundable_minor:
            return
        if call.is_by_hand:
            actions.take_back_refund(ctx, refund_id=call.id)


def _shares(ctx: Ctx, order_id: int, back: Mapping[int, int] | None) -> dict[str, Any]:
    """The units as later quotes know them, as far as they were not given back before."""
    bill = queries.bill_of(ctx, order_id=order_id)
    left = {line.line_id: line.qty - bill.before.get(line.line_id, 0) for line in bill.lines}
    wanted = {line_id: min(qty, left.get(line_id, 0)) for line_id, qty in (back or {}).items()}
    units = {line_id: qty for line_id, qty in wanted.items() if qty > 0}
    return rules.quote(bill, back=units).shares if units else {}


def _enter(
    ctx: Ctx, payment: PaymentRow, minor: int, *, key: str, vendor_id: str, reason: str, shares: Mapping[str, Any]
) -> int:
    db.execute(
        "UPDATE payments_payment SET refunded_minor = refunded_minor + %s WHERE organisation_id = %s AND id = %s",
        [minor, ctx.organisation_id, payment.id],
    )
    call_id = db.scalar(
        """INSERT INTO payments_call (organisation_id, payment_id, kind, key, amount_minor, subject, reason, shares, state,
                                      vendor_id, problem, asked_times, by, wanted_at, settled_at)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s::jsonb, 'succeeded', %s, '', 0, %s, %s, %s) RETURNING id""",
        [
            ctx.organisation_id, payment.id, CallKind.REFUND.value, key, minor, f"order:{payment.order_id}", reason[:300],
            db.as_json(dict(shares)), vendor_id[:80], ctx.actor.name[:120], ctx.now, ctx.now,
        ],
    )  # fmt: skip
    bulk.enter(ctx, payment, EntryKind.REFUND, minor, call_id=int(call_id))
    return int(call_id)


def is_given_elsewhere(call: CallRow) -> bool:
    """Whether a refund was only noted here: somebody else gave it back."""
    return call.kind == CallKind.REFUND and call.key.startswith(GIVEN)
