"""The one way in which money is locked: the payment, which stands for its calls and entries too."""

from __future__ import annotations

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.payments.queries import PAYMENT
from doorstep.payments.values import PaymentRow


def payment_of(ctx: Ctx, order_id: int) -> PaymentRow:
    """Locks the money of an order.  Refuses: orders of which no money is known."""
    found = db.one(
        PaymentRow,
        f"{PAYMENT} WHERE p.organisation_id = %s AND p.order_id = %s FOR NO KEY UPDATE OF p",
        [ctx.organisation_id, order_id],
    )
    if found is None:
        raise Refused(NOT_FOUND, {"what": "payment of order", "key": order_id})
    return found
