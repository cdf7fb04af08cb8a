"""A refund without a return: units for which a return gave another variant have had their worth and are not offered again."""

from __future__ import annotations

from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.payments import actions as payments
from doorstep.payments import queries as money
from doorstep.payments import rules
from doorstep.payments.values import Bill, RefundRow, RefundWish
from doorstep.returns import queries as returns


def bill_of(ctx: Ctx, *, order_id: int) -> Bill:
    """What was paid for an order, and what of it was given back as money, as credit or as another variant.

    Refuses: unknown orders.
    """
    return with_exchanged(ctx, bill=money.bill_of(ctx, order_id=order_id))


def with_exchanged(ctx: Ctx, *, bill: Bill) -> Bill:
    """The same bill, on which units that were exchanged count as given back too."""
    return rules.without(bill, returns.exchanged_of(ctx, order_line_ids=[line.line_id for line in bill.lines]))


@transaction.atomic
def grant(ctx: Ctx, *, order_id: int, wish: RefundWish, key: str, reason: str) -> RefundRow:
    """Grants a refund of an order, as `payments.actions.grant_refund` does; exchanged units are none that are left.

    Locks: the payment, which an exchange locks too before its units count.  Emits: RefundGranted.
    Refuses: what granting refuses, units that were exchanged.
    """
    payments.lock_payment(ctx, order_id=order_id)
    swapped = returns.exchanged_of(ctx, order_line_ids=sorted(wish.back))
    return payments.grant_refund(
        ctx, order_id=order_id, wish=wish, key=key, subject=f"order:{order_id}", reason=reason, gone=swapped
    )
