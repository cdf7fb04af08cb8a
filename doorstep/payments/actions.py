"""Writes to the money of orders: opened with the order, wished for, granted, credited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from doorstep.base import db, jobs, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.base.outbox import Happened
from doorstep.base.refusals import Refused
from doorstep.orders import actions as orders
from doorstep.orders import queries as order_queries
from doorstep.orders.values import PaymentState
from doorstep.payments import bulk, events, locks, queries, rules, settling
from doorstep.payments.values import (
    ABOVE_REFUNDABLE,
    CALLED_OFF,
    KEY_REUSED,
    NOT_BY_HAND,
    NOTHING_TO_ASK,
    NOTHING_TO_REFUND,
    OPEN_CALLS,
    TAKEN_BACK,
    CallKind,
    CallRow,
    CallState,
    CreditRow,
    EntryKind,
    Opening,
    PaymentRow,
    PayState,
    Quote,
    RefundRow,
    RefundWish,
)


@transaction.atomic(savepoint=False)
def open(ctx: Ctx, *, openings: Sequence[Opening]) -> None:
    """Opens the money of new orders: with the account in use where a method came with the order, else taken elsewhere.

    Shapes: any number of orders that have none yet; one statement for all of them.
    """
    wants_account = any(o.method and o.state is PayState.PENDING for o in openings)
    account = queries.find_default_account(ctx) if wants_account else None
    bulk.insert(ctx, openings, account_id=account.id if account else None)


@transaction.atomic
def want_authorisation(ctx: Ctx, *, order_ids: Sequence[int]) -> list[int]:
    """Wishes for the authorisation of orders whose money we take; asking again wishes nothing new.

    Returns: ids of the new wishes, each with a job.  Locks: the payments, one after the other by order.
    """
    made = []
    for order_id in sorted(queries.payments_of(ctx, order_ids=order_ids)):
        payment = locks.payment_of(ctx, order_id)
        if payment.account_id is not None and payment.state == PayState.PENDING and payment.total_minor > 0:
            made.append(_wish(ctx, payment, CallKind.AUTHORISE, f"authorise:{order_id}", payment.total_minor))
    return [id for id in made if id]


@transaction.atomic
def want_capture(ctx: Ctx, *, order_id: int, key: str) -> int | None:
    """Wishes for what is due when something of an order leaves.  Returns: the new wish, None where nothing is due.

    Locks: the payment.
    """
    payment = locks.payment_of(ctx, order_id)
    wanted = sum(
        c.amount_minor
        for c in queries.calls_of(ctx, order_ids=[order_id])
        if c.kind == CallKind.CAPTURE and c.state in OPEN_CALLS
    )
    due = rules.to_capture(
        total_minor=payment.total_minor, authorised_minor=payment.authorised_minor, captured_minor=payment.captured_minor,
        wanted_minor=wanted,
    )  # fmt: skip
    if payment.account_id is None or payment.state != PayState.AUTHORISED or due == 0:
        return None
    return _wish(ctx, payment, CallKind.CAPTURE, key, due)


@transaction.atomic
def follow_total(ctx: Ctx, *, order_id: int, key: str, paid_back: bool = False) -> int:
    """Follows an order whose total was changed: what was taken above it is granted back, and no more will be captured.

    `paid_back`: somebody else has given back what shall be, so nothing is granted.
    Returns: what is still to be collected, beyond what is held or taken; a person does that.  Units: minor units.
    Locks: the order, then the payment.  Emits: RefundGranted.
    """
    orders.lock_order(ctx, order_id=order_id)
    payment = locks.payment_of(ctx, order_id)
    total = order_queries.orders_by_id(ctx, ids=[order_id])[order_id].total_minor
    if payment.total_minor != total:
        db.execute(
            "UPDATE payments_payment SET total_minor = %s WHERE organisation_id = %s AND id = %s",
            [total, ctx.organisation_id, payment.id],
        )
    if payment.state == PayState.PENDING:
        _authorise_anew(ctx, payment, total, key)
        return 0
    too_much = min(payment.refundable_minor, payment.refundable_minor - total)
    if too_much > 0 and not paid_back:
        grant_refund(
            ctx, order_id=order_id, wish=RefundWish(amount_minor=too_much), key=f"edit:{key}",
            subject=f"order:{order_id}", reason="order_edited",
        )  # fmt: skip
    return max(total - payment.authorised_minor, 0)


def _authorise_anew(ctx: Ctx, payment: PaymentRow, total_minor: int, key: str) -> None:
    """A wish of which the provider never heard is made again for the new total; one under way is left to its answer."""
    _end_unasked(ctx, payment)
    if payment.account_id is not None and total_minor > 0 and not _open_calls(ctx, payment):
        _wish(ctx, payment, CallKind.AUTHORISE, f"authorise:{payment.order_id}:{key}", total_minor)


@transaction.atomic
def let_go_of_rest(ctx: Ctx, *, order_id: int) -> None:
    """Voids what stays held of an order after its capture.  Locks: the payment."""
    payment = locks.payment_of(ctx, order_id)
    held = payment.authorised_minor - payment.captured_minor
    if payment.account_id is not None and payment.state == PayState.CAPTURED and held > 0 and not _open_calls(ctx, payment):
        _wish(ctx, payment, CallKind.VOID, f"void-rest:{order_id}", held)


@transaction.atomic
def note_paid_elsewhere(ctx: Ctx, *, order_id: int) -> bool:
    """Notes that somebody else took the money of an order; its state and its ledger say so.

    Returns: whether that was news; money that we hold or ask for stays ours.  Locks: the order, then the payment.
    Emits: PaidElsewhere, OrderPaid.
    """
    orders.lock_order(ctx, order_id=order_id)
    payment = locks.payment_of(ctx, order_id)
    if payment.captured_minor or payment.state in (PayState.CAPTURED, PayState.VOIDED):
        return False
    if payment.account_id is not None and (payment.state == PayState.AUTHORISED or _open_calls(ctx, payment)):
        return False
    db.execute(
        """UPDATE payments_payment SET account_id = NULL, authorised_minor = total_minor, captured_minor = total_minor,
                  state = 'captured' WHERE organisation_id = %s AND id = %s""",
        [ctx.organisation_id, payment.id],
    )
    bulk.enter(ctx, payment, EntryKind.CAPTURE, payment.total_minor)
    fact = {"amount_minor": payment.total_minor, "currency": payment.currency}
    settling.tell(ctx, events.PAID_ELSEWHERE, f"payment:{payment.id}", payment.order_id, fact)
    orders.set_payment_state(ctx, order_id=order_id, to=PaymentState.PAID)
    return True


@transaction.atomic
def let_go(ctx: Ctx, *, order_id: int, returned: bool = False) -> None:
    """Lets go of the money of a cancelled order: wishes end, what is authorised is voided, what is captured goes back.

    A wish that is under way is waited for: its answer brings us here again.  `returned`: whoever called the order off gives
    back what was taken elsewhere.  Locks: the order, then the payment.
    Emits: RefundGranted where money is to go back, PaymentVoided where nobody need be asked.
    """
    orders.lock_order(ctx, order_id=order_id)
    payment = locks.payment_of(ctx, order_id)
    _end_unasked(ctx, payment)
    if any(c.kind in (CallKind.AUTHORISE, CallKind.CAPTURE) for c in _open_calls(ctx, payment)):
        return
    held = payment.authorised_minor - payment.captured_minor
    if held and payment.account_id is not None:
        _wish(ctx, payment, CallKind.VOID, f"void:{order_id}", held)
    elif payment.captured_minor == 0 and payment.state not in (PayState.VOIDED, PayState.CAPTURED):
        settling.void_unasked(ctx, payment)
    if payment.refundable_minor > 0:
        refund = grant_refund(
            ctx, order_id=order_id, wish=RefundWish(amount_minor=payment.refundable_minor), key=f"cancel:{order_id}",
            subject=f"order:{order_id}", reason="order_cancelled",
        )  # fmt: skip
        if returned and refund.is_by_hand:
            confirm_refund(ctx, refund_id=refund.id)


@transaction.atomic
def lock_payment(ctx: Ctx, *, order_id: int) -> None:
    """Holds the money of an order still until the transaction ends.  Refuses: orders of which no money is known."""
    locks.payment_of(ctx, order_id)


@transaction.atomic
def grant_refund(
    ctx: Ctx, *, order_id: int, wish: RefundWish, key: str, subject: str, reason: str, gone: Mapping[int, int] | None = None
) -> RefundRow:
    """Grants a refund and asks whoever took the money to pay it; the same key gives the same refund, never a second one.

    What units are worth and how many are left is read under the lock.  Shapes: `subject` is what it is about ("order:12");
    `gone` are units by line for which something else than money was given: they are left no more.
    Locks: the payment.  Emits: RefundGranted.  Refuses: what is worth nothing, above what is left, units that were given
    back before, a key that was used for another wish.
    """
    payment = locks.payment_of(ctx, order_id)
    known = queries.find_call(ctx, key=key)
    if known is not None:
        if not rules.is_same(known, order_id=order_id, wish=wish):
            raise Refused(KEY_REUSED)
        return known
    shares: Mapping[str, Any] = {}
    minor = wish.amount_minor
    if minor is None:
        seen = rules.quote_wish(rules.without(queries.bill_of(ctx, order_id=order_id), gone or {}), wish)
        minor, shares = seen.total_minor, seen.shares
    return _grant(ctx, payment, minor, key=key, subject=subject, reason=reason, shares=shares)


@transaction.atomic
def grant_quote(ctx: Ctx, *, order_id: int, quote: Quote, key: str, subject: str, reason: str) -> RefundRow:
    """Grants what was quoted; the caller holds the lock of the payment since before it quoted, and gives a key of its own.

    Locks: the payment.  Emits: RefundGranted.  Refuses: what is worth nothing, above what is left, a key used before.
    """
    payment = locks.payment_of(ctx, order_id)
    return _grant(ctx, payment, quote.total_minor, key=key, subject=subject, reason=reason, shares=quote.shares)


def _grant(
    ctx: Ctx, payment: PaymentRow, minor: int, *, key: str, subject: str, reason: str, shares: Mapping[str, Any]
) -> RefundRow:
    if minor <= 0:
        raise Refused(NOTHING_TO_REFUND, {"asked": Money(minor, payment.currency)})
    _require_left(payment, minor)
    id = _wish(ctx, payment, CallKind.REFUND, key, minor, subject=subject, reason=reason, shares=shares)
    if id is None:
        raise Refused(KEY_REUSED)
    db.execute(
        """UPDATE payments_payment SET refund_open_minor = refund_open_minor + %s
            WHERE organisation_id = %s AND id = %s""",
        [minor, ctx.organisation_id, payment.id],
    )
    row = queries.get_call(ctx, call_id=id)
    settling.tell_of(ctx, events.REFUND_GRANTED, row)
    return row


def _require_left(payment: PaymentRow, minor: int) -> None:
    if minor > payment.refundable_minor:
        left = Money(max(payment.refundable_minor, 0), payment.currency)
        raise Refused(ABOVE_REFUNDABLE, {"asked": Money(minor, payment.currency), "left": left})


@transaction.atomic
def confirm_refund(ctx: Ctx, *, refund_id: int) -> RefundRow:
    """Notes that a person, or the channel, has paid a refund out; saying it twice changes nothing.

    Locks: the order, then the payment.  Emits: RefundSucceeded.  Refuses: refunds that a provider pays.
    """
    return _end_by_hand(ctx, refund_id, CallState.SUCCEEDED, "")


@transaction.atomic
def take_back_refund(ctx: Ctx, *, refund_id: int) -> RefundRow:
    """Takes back a refund that nobody has paid out yet; its amount can be granted again.

    Locks: the order, then the payment.  Emits: RefundFailed.  Refuses: refunds that a provider pays, and those paid out.
    """
    return _end_by_hand(ctx, refund_id, CallState.FAILED, TAKEN_BACK)


def _end_by_hand(ctx: Ctx, refund_id: int, to: CallState, problem: str) -> RefundRow:
    row = queries.get_call(ctx, call_id=refund_id)
    orders.lock_order(ctx, order_id=row.order_id)
    payment = locks.payment_of(ctx, row.order_id)
    row = queries.get_call(ctx, call_id=refund_id)
    if row.is_by_hand:
        settling.move(ctx, payment, row, to, problem=problem)
    elif row.account_id is not None or row.kind != CallKind.REFUND or row.state != to:
        raise Refused(NOT_BY_HAND)
    return queries.get_call(ctx, call_id=refund_id)


@transaction.atomic
def grant_credit(
    ctx: Ctx, *, customer_id: int, order_id: int | None, amount_minor: int, currency: str, key: str, subject: str,
    shares: Mapping[str, Any] | None = None,
) -> CreditRow:  # fmt: skip
    """Grants store credit; the same key gives the same credit, never a second one.

    Units: minor units.  Shapes: `shares` those of a quote, so that the units count as given back.
    Locks: the payment of the order, where there is one.  Emits: CreditGranted.
    Refuses: zero and less, above what is left of the order, a key used otherwise.
    """
    if amount_minor <= 0:
        raise Refused(NOTHING_TO_REFUND, {"asked": Money(amount_minor, currency)})
    payment = locks.payment_of(ctx, order_id) if order_id is not None else None
    if payment is not None and queries.find_credit(ctx, key=key) is None:
        _require_left(payment, amount_minor)
    made = db.column(
        """INSERT INTO payments_credit (organisation_id, customer_id, order_id, amount_minor, currency, key, subject, shares,
                                        by, at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s, %s)
           ON CONFLICT (organisation_id, key) DO NOTHING RETURNING id""",
        [
            ctx.organisation_id, customer_id, order_id, amount_minor, currency, key, subject, db.as_json(dict(shares or {})),
            ctx.actor.name[:120], ctx.now,
        ],
    )  # fmt: skip
    row = queries.find_credit(ctx, key=key)
    if row is None or (row.customer_id, row.order_id, row.amount_minor, row.currency) != (
        customer_id, order_id, amount_minor, currency,
    ):  # fmt: skip
        raise Refused(KEY_REUSED)
    if made:
        if payment is not None:
            db.execute(
                "UPDATE payments_payment SET credited_minor = credited_minor + %s WHERE organisation_id = %s AND id = %s",
                [amount_minor, ctx.organisation_id, payment.id],
            )
            bulk.enter_credit(ctx, row)
        timeline = f"order:{order_id}" if order_id is not None else f"customer:{customer_id}"
        fact = {"amount_minor": amount_minor, "currency": currency, "about": subject}
        outbox.record(ctx, [Happened(events.CREDIT_GRANTED, f"credit:{row.id}", timeline, fact)])
    return row


@transaction.atomic
def ask_again(ctx: Ctx, *, call_id: int) -> int:
    """Wishes once more for an authorisation or a capture that failed; one failed wish leads to one new wish.

    Locks: the order, then the payment.  Returns: the new wish.  Refuses: wishes that did not fail, and those that are of no
    use any more.
    """
    row = queries.get_call(ctx, call_id=call_id)
    orders.lock_order(ctx, order_id=row.order_id)
    payment = locks.payment_of(ctx, row.order_id)
    wanted = {CallKind.AUTHORISE: PayState.DECLINED, CallKind.CAPTURE: PayState.AUTHORISED}.get(CallKind(row.kind))
    can = row.state == CallState.FAILED and payment.state == wanted and not _open_calls(ctx, payment)
    made = None
    if can and row.kind == CallKind.AUTHORISE:
        db.execute(
            "UPDATE payments_payment SET state = 'pending' WHERE organisation_id = %s AND id = %s",
            [ctx.organisation_id, payment.id],
        )
        made = _wish(ctx, payment, CallKind.AUTHORISE, f"again:{call_id}", payment.total_minor)
    elif can:
        made = want_capture(ctx, order_id=row.order_id, key=f"again:{call_id}")
    if made is None:
        raise Refused(NOTHING_TO_ASK)
    return made


def _open_calls(ctx: Ctx, payment: PaymentRow) -> list[CallRow]:
    return [c for c in queries.calls_of(ctx, order_ids=[payment.order_id]) if c.state in OPEN_CALLS]


def _end_unasked(ctx: Ctx, payment: PaymentRow) -> None:
    """Ends wishes for money of which the provider never heard."""
    db.execute(
        """UPDATE payments_call SET state = 'failed', problem = %s, settled_at = %s
            WHERE organisation_id = %s AND payment_id = %s AND state = 'wanted' AND asked_times = 0
              AND kind IN ('authorise', 'capture')""",
        [CALLED_OFF, ctx.now, ctx.organisation_id, payment.id],
    )


def _wish(
    ctx: Ctx, payment: PaymentRow, kind: CallKind, key: str, amount_minor: int, *, subject: str = "", reason: str = "",
    shares: Mapping[str, Any] | None = None,
) -> int | None:  # fmt: skip
    """One wish per key, with a job where a provider is to be asked.  Returns: None where the key wished before."""
    made = db.column(
        """INSERT INTO payments_call (organisation_id, payment_id, kind, key, amount_minor, subject, reason, shares, state,
                                      vendor_id, problem, asked_times, by, wanted_at)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s::jsonb, 'wanted', '', '', 0, %s, %s)
           ON CONFLICT (organisation_id, key) DO NOTHING RETURNING id""",
        [
            ctx.organisation_id, payment.id, kind.value, key, amount_minor, subject or f"order:{payment.order_id}",
            reason[:300], db.as_json(dict(shares or {})), ctx.actor.name[:120], ctx.now,
        ],
    )  # fmt: skip
    if made and payment.account_id is not None:
        ask_for(ctx.organisation_id, made[0])
    return int(made[0]) if made else None


def ask_for(organisation_id: int, call_id: int, *, again: bool = False) -> None:
    """Defers one wish to the worker; runs for one wish never overlap.  `again`: by a timer."""
    defer = jobs.defer_again if again else jobs.defer
    arguments = {"organisation_id": organisation_id, "call_id": call_id}
    defer("settle_payment_call", arguments=arguments, lock=f"payment_call:{call_id}")
