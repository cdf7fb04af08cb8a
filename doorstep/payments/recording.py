"""Money that came another way than by a provider: a person says that it is here."""

from __future__ import annotations

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.base.refusals import Refused
from doorstep.orders import actions as orders
from doorstep.orders import queries as order_queries
from doorstep.orders.values import OrderState, PaymentState
from doorstep.payments import bulk, events, locks, queries, settling
from doorstep.payments.values import (
    ANOTHER_AMOUNT,
    KEY_REUSED,
    NOTHING_TO_RECORD,
    OPEN_CALLS,
    CallKind,
    CallRow,
    EntryKind,
    PaymentRow,
)


@transaction.atomic
def record(ctx: Ctx, *, order_id: int, amount_minor: int, method: str, key: str) -> CallRow:
    """Notes that what is open of an order was paid, as a person says; the same key notes it once.

    From then on the money counts as taken elsewhere: refunds are paid out by a person.  `method`: how it was paid, in words.
    Units: minor units.  Locks: the order, then the payment.  Emits: PaymentCaptured, OrderPaid.
    Refuses: orders of which nothing is open, other amounts than what is, a key used otherwise.
    """
    orders.lock_order(ctx, order_id=order_id)
    payment = locks.payment_of(ctx, order_id)
    known = queries.find_call(ctx, key=key)
    if known is not None:
        if (known.order_id, known.amount_minor, known.kind) != (order_id, amount_minor, CallKind.CAPTURE):
            raise Refused(KEY_REUSED)
        return known
    is_asked = any(
        c.state in OPEN_CALLS for c in queries.calls_of(ctx, order_ids=[order_id]) if c.kind != CallKind.REFUND
    )
    is_over = order_queries.orders_by_id(ctx, ids=[order_id])[order_id].state == OrderState.CANCELLED
    if payment.open_minor <= 0 or is_asked or is_over:
        raise Refused(NOTHING_TO_RECORD)
    if amount_minor != payment.open_minor:
        asked, left = Money(amount_minor, payment.currency), Money(payment.open_minor, payment.currency)
        raise Refused(ANOTHER_AMOUNT, {"asked": str(asked), "left": str(left)})
    return _enter(ctx, payment, amount_minor, method, key)


def _enter(ctx: Ctx, payment: PaymentRow, amount_minor: int, method: str, key: str) -> CallRow:
    db.execute(
        """UPDATE payments_payment SET account_id = NULL, authorised_minor = captured_minor + %s,
                  captured_minor = captured_minor + %s, state = 'captured' WHERE organisation_id = %s AND id = %s""",
        [amount_minor, amount_minor, ctx.organisation_id, payment.id],
    )
    call_id = db.scalar(
        """INSERT INTO payments_call (organisation_id, payment_id, kind, key, amount_minor, subject, reason, shares, state,
                                      vendor_id, problem, asked_times, by, wanted_at, settled_at)
           VALUES (%s, %s, 'capture', %s, %s, %s, %s, '{}'::jsonb, 'succeeded', '', '', 0, %s, %s, %s) RETURNING id""",
        [
            ctx.organisation_id, payment.id, key, amount_minor, f"order:{payment.order_id}", method.strip()[:300],
            ctx.actor.name[:120], ctx.now, ctx.now,
        ],
    )  # fmt: skip
    bulk.enter(ctx, payment, EntryKind.CAPTURE, amount_minor, call_id=int(call_id))
    row = queries.get_call(ctx, call_id=int(call_id))
    settling.tell_of(ctx, events.PAYMENT_CAPTURED, row)
    orders.set_payment_state(ctx, order_id=payment.order_id, to=PaymentState.PAID)
    return row
