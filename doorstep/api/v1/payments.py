"""The money of orders, and refunds without a return."""

from __future__ import annotations

from typing import Any

from ninja import Router, Status

from doorstep.api.v1 import show, translate
from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.payment_shapes import PaidIn, PaidOut, PaymentsOut, RefundIn, RefundOut
from doorstep.api.v1.shapes import Id
from doorstep.api.v1.wishes import named_wish_of
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.base.words import gettext_noop
from doorstep.flows import pay, refund
from doorstep.orders import queries as orders
from doorstep.payments import queries
from doorstep.payments.values import CallKind, CallRow, RefundWish

router = Router(tags=["Payments"])


@operation(router, "GET", "/orders/{order_id}/payments", scope="payments:read", answers={200: PaymentsOut})
def get_payments(request: Asked, order_id: Id) -> dict[str, Any]:
    """The money of an order: what was authorised, captured and refunded, and what is left to refund."""
    ledger = queries.ledger_of(request.ctx, order_id=order_id)
    payment = ledger.payment
    if payment is None:
        raise Refused(NOT_FOUND, {"what": "order", "key": order_id})
    figures = {
        "open": payment.open_minor,
        "authorised": payment.authorised_minor, "captured": payment.captured_minor, "refunded": payment.refunded_minor,
        "refund_open": payment.refund_open_minor, "refundable": payment.refundable_minor, "credited": payment.credited_minor,
    }  # fmt: skip
    return {
        "order_id": order_id, "state": payment.state, "elsewhere": payment.is_elsewhere,
        "capture_before": payment.capture_before,
        **{name: show.money(minor, ledger.currency) for name, minor in figures.items()},
        "entries": [
            {"id": e.id, "kind": e.kind, "amount": show.money(e.amount_minor, e.currency), "by": e.by, "at": e.at}
            for e in ledger.entries
        ],
        "refunds": [_refund(call) for call in ledger.calls if call.kind == CallKind.REFUND],
    }  # fmt: skip


@operation(router, "POST", "/orders/{order_id}/payments", scope="payments:write", answers={201: PaidOut})
def record_payment(request: Asked, order_id: Id, wish: PaidIn) -> Status[dict[str, Any]]:
    """Records that what is open of an order was paid another way, such as by bank transfer; its payment hold ends.
    The `Idempotency-Key` must be given: under the same key it is recorded once, for ever.
    Any other amount than what is open is refused with `another_amount`."""
    key = named_wish_of(request)
    order = orders.get(request.ctx, id=order_id).order
    wrong = translate.Mistakes()
    method = wrong.text("/method", wish.method, longest=200)
    amount = wrong.money("/amount", wish.amount, order.currency)
    wrong.refuse()
    row = pay.record(request.ctx, order_id=order_id, amount_minor=amount.minor, method=method, key=key)
    return Status(201, {
        "id": row.id, "order_id": order_id, "amount": show.money(row.amount_minor, row.currency), "method": row.reason,
        "by": row.by, "at": row.wanted_at,
    })  # fmt: skip


@operation(router, "POST", "/orders/{order_id}/refunds", scope="payments:write", answers={201: RefundOut})
def grant_refund(request: Asked, order_id: Id, wish: RefundIn) -> Status[dict[str, Any]]:
    """Grants a refund without a return. The `Idempotency-Key` must be given: under the same key it is granted once, for ever;
    units that were given back before, as money or in exchange, are refused with `too_many_units`;
    for another wish the key is refused with `refund_key_reused`. More than is left to refund is refused with `above_refundable`."""
    key = named_wish_of(request)
    currency = orders.get(request.ctx, id=order_id).order.currency
    wrong = translate.Mistakes()
    reason = wrong.text("/reason", wish.reason, longest=200)
    wrong.refuse()
    row = refund.grant(request.ctx, order_id=order_id, wish=_wish(wish, currency), key=key, reason=reason)
    return Status(201, _refund(row))


def _wish(wish: RefundIn, currency: str) -> RefundWish:
    """What is asked for.  Refuses: units and an amount, neither, another currency."""
    wrong = translate.Mistakes()
    if wish.amount is not None and (wish.lines or wish.shipping):
        wrong.add("/amount", "not_together", gettext_noop("cannot be given together with lines or shipping."))
    elif wish.amount is None and not wish.lines and not wish.shipping:
        wrong.add("/lines", "missing", gettext_noop("must be given."))
    amount = wrong.money("/amount", wish.amount, currency)
    back: dict[int, int] = {}
    for i, line in enumerate(wish.lines):
        if line.line_id in back:
            wrong.add(f"/lines/{i}/line_id", "twice", gettext_noop("stands in the list twice."))
        back[line.line_id] = line.qty
    wrong.refuse()
    if wish.amount is not None:
        return RefundWish(amount_minor=amount.minor)
    return RefundWish(back, wish.shipping)


def _refund(row: CallRow) -> dict[str, Any]:
    return {
        "id": row.id, "order_id": row.order_id, "state": row.word, "amount": show.money(row.amount_minor, row.currency),
        "reason": row.reason, "about": row.subject, "problem": row.problem, "by_hand": row.account_id is None,
        "granted_at": row.wanted_at, "settled_at": row.settled_at,
    }  # fmt: skip
