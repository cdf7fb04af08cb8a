"""What became of wishes: the call, the counters, the ledger and the order's state move together."""

from __future__ import annotations

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.base.outbox import Happened
from doorstep.orders import actions as orders
from doorstep.orders.values import PaymentState
from doorstep.payments import bulk, events, locks, queries
from doorstep.payments.port import Told
from doorstep.payments.values import (
    CALLS,
    ENTRY_OF,
    OPEN_CALLS,
    OTHER_AMOUNT,
    CallKind,
    CallRow,
    CallState,
    EntryKind,
    PaymentRow,
)

_EVENTS = {
    (CallKind.AUTHORISE, CallState.SUCCEEDED): events.PAYMENT_AUTHORISED,
    (CallKind.AUTHORISE, CallState.FAILED): events.PAYMENT_DECLINED,
    (CallKind.CAPTURE, CallState.SUCCEEDED): events.PAYMENT_CAPTURED,
    (CallKind.VOID, CallState.SUCCEEDED): events.PAYMENT_VOIDED,
    (CallKind.REFUND, CallState.SUCCEEDED): events.REFUND_SUCCEEDED,
    (CallKind.REFUND, CallState.FAILED): events.REFUND_FAILED,
    (CallKind.REFUND, CallState.PENDING): events.REFUND_PENDING,
    (CallKind.REFUND, CallState.UNKNOWN): events.REFUND_UNKNOWN,
}


@transaction.atomic
def begin(ctx: Ctx, *, call_id: int) -> bool:
    """Notes, before the provider is called, that it will be asked.  False: the wish is settled already."""
    return bool(
        db.execute(
            """UPDATE payments_call SET asked_times = asked_times + 1, asked_at = %s
                WHERE organisation_id = %s AND id = %s AND state IN ('wanted', 'unknown')""",
            [ctx.now, ctx.organisation_id, call_id],
        )
    )


@transaction.atomic
def note_looked_up(ctx: Ctx, *, call_id: int) -> None:
    """Notes that the provider was asked how a wish stands, so that others come first next time."""
    db.execute(
        "UPDATE payments_call SET asked_at = %s WHERE organisation_id = %s AND id = %s",
        [ctx.now, ctx.organisation_id, call_id],
    )


@transaction.atomic
def settle(ctx: Ctx, *, call_id: int, told: Told | None, problem: str = "") -> bool:
    """Notes what the provider answered or told; None when it did not.  False: that was known, or is older than what is.

    The same answer twice, or in disorder, changes nothing.  Another amount than was asked for is never booked: what became
    of the wish is unknown until somebody has looked.  Locks: the order, then the payment.
    Emits: PaymentAuthorised, PaymentDeclined, PaymentCaptured, PaymentVoided, PaymentFailed, PaymentUnknown, RefundPending,
    RefundSucceeded, RefundFailed or RefundUnknown.
    """
    row = queries.get_call(ctx, call_id=call_id)
    orders.lock_order(ctx, order_id=row.order_id)
    payment = locks.payment_of(ctx, row.order_id)
    row = queries.get_call(ctx, call_id=call_id)
    if told is not None and _is_other_amount(row, told):
        return _doubt(ctx, row, told)
    to = CallState.UNKNOWN if told is None else told.state
    return move(ctx, payment, row, to, told=told, problem=told.reason if told else problem)


def _is_other_amount(row: CallRow, told: Told) -> bool:
    return row.kind != CallKind.VOID and told.state != CallState.FAILED and told.amount_minor != row.amount_minor


def _doubt(ctx: Ctx, row: CallRow, told: Told) -> bool:
    problem = f"{OTHER_AMOUNT}: {Money(told.amount_minor, row.currency)}"
    if row.state not in OPEN_CALLS or row.problem == problem:
        return False
    db.execute(
        "UPDATE payments_call SET state = 'unknown', problem = %s WHERE organisation_id = %s AND id = %s",
        [problem, ctx.organisation_id, row.id],
    )
    other = events.REFUND_UNKNOWN if row.kind == CallKind.REFUND else events.PAYMENT_UNKNOWN
    tell_of(ctx, other, row, problem=problem)
    return True


def move(
    ctx: Ctx, payment: PaymentRow, row: CallRow, to: CallState, *, told: Told | None = None, problem: str = ""
) -> bool:
    """Moves one wish by the transition table and its payment with it, both locked.  False: the table does not allow it."""
    if not CALLS.can(CallState(row.state), to):
        return False
    over = to in (CallState.SUCCEEDED, CallState.FAILED)
    db.execute(
        """UPDATE payments_call SET state = %s, vendor_id = %s, problem = %s, settled_at = %s
            WHERE organisation_id = %s AND id = %s""",
        [
            to.value, told.vendor_id[:80] if told else row.vendor_id, problem[:500], ctx.now if over else None,
            ctx.organisation_id, row.id,
        ],
    )  # fmt: skip
    kind = CallKind(row.kind)
    if to is CallState.SUCCEEDED:
        _APPLY[kind](ctx, payment, row, told)
        bulk.enter(ctx, payment, ENTRY_OF[kind], row.amount_minor, call_id=row.id)
    elif to is CallState.FAILED and kind is CallKind.REFUND:
        _change(ctx, payment, "refund_open_minor = refund_open_minor - %s", row.amount_minor)
    elif to is CallState.FAILED and kind is CallKind.AUTHORISE:
        _change(ctx, payment, "state = 'declined'")
    other = events.PAYMENT_UNKNOWN if to is CallState.UNKNOWN else events.PAYMENT_FAILED
    tell_of(ctx, _EVENTS.get((kind, to), other), row, problem=problem)
    return True


def _authorised(ctx: Ctx, payment: PaymentRow, row: CallRow, told: Told | None) -> None:
    db.execute(
        """UPDATE payments_payment SET authorised_minor = %s, vendor_id = %s, capture_before = %s, state = 'authorised'
            WHERE organisation_id = %s AND id = %s""",
        [
            row.amount_minor, told.payment[:80] if told else "", told.capture_before if told else None,
            ctx.organisation_id, payment.id,
        ],
    )  # fmt: skip
    orders.set_payment_state(ctx, order_id=payment.order_id, to=PaymentState.AUTHORISED)


def _captured(ctx: Ctx, payment: PaymentRow, row: CallRow, _told: Told | None) -> None:
    _change(ctx, payment, "captured_minor = captured_minor + %s, state = 'captured'", row.amount_minor)
    orders.set_payment_state(ctx, order_id=payment.order_id, to=PaymentState.PAID)


def _voided(ctx: Ctx, payment: PaymentRow, _row: CallRow, _told: Told | None) -> None:
    state = "captured" if payment.captured_minor else "voided"
    _change(ctx, payment, "authorised_minor = captured_minor, state = %s", state)
    if not payment.captured_minor:
        orders.set_payment_state(ctx, order_id=payment.order_id, to=PaymentState.VOIDED)


def _refunded(ctx: Ctx, payment: PaymentRow, row: CallRow, _told: Told | None) -> None:
    _change(
        ctx, payment, "refund_open_minor = refund_open_minor - %s, refunded_minor = refunded_minor + %s",
        row.amount_minor, row.amount_minor,
    )  # fmt: skip
    whole = payment.refunded_minor + row.amount_minor == payment.captured_minor
    to = PaymentState.REFUNDED if whole else PaymentState.PARTIALLY_REFUNDED
    orders.set_payment_state(ctx, order_id=payment.order_id, to=to)


_APPLY = {
    CallKind.AUTHORISE: _authorised,
    CallKind.CAPTURE: _captured,
    CallKind.VOID: _voided,
    CallKind.REFUND: _refunded,
}


def void_unasked(ctx: Ctx, payment: PaymentRow) -> None:
    """Notes that no money will come of a payment for which nobody need be asked.  Emits: PaymentVoided."""
    held = payment.authorised_minor - payment.captured_minor
    _change(ctx, payment, "authorised_minor = captured_minor, state = 'voided'")
    bulk.enter(ctx, payment, EntryKind.VOID, held)
    fact = {"amount_minor": held, "currency": payment.currency, "about": f"order:{payment.order_id}"}
    tell(ctx, events.PAYMENT_VOIDED, f"payment:{payment.id}", payment.order_id, fact)
    orders.set_payment_state(ctx, order_id=payment.order_id, to=PaymentState.VOIDED)


def _change(ctx: Ctx, payment: PaymentRow, what: str, *values: object) -> None:
    db.execute(
        f"UPDATE payments_payment SET {what} WHERE organisation_id = %s AND id = %s",
        [*values, ctx.organisation_id, payment.id],
    )


def tell_of(ctx: Ctx, type_: str, row: CallRow, *, problem: str = "") -> None:
    """A fact about a wish, in the timeline of its order."""
    fact = {
        "amount_minor": row.amount_minor, "currency": row.currency, "about": row.subject, "key": row.key,
        "elsewhere": row.account_id is None, "reason": row.reason, "problem": problem[:200],
    }  # fmt: skip
    what = "refund" if row.kind == CallKind.REFUND else "payment_call"
    tell(ctx, type_, f"{what}:{row.id}", row.order_id, fact)


def tell(ctx: Ctx, type_: str, subject: str, order_id: int, fact: dict[str, object]) -> None:
    """A fact about money, in the timeline of its order."""
    outbox.record(ctx, [Happened(type_, subject, f"order:{order_id}", fact)])
