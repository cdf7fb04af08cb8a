"""Decisions about orders that need no database."""

from __future__ import annotations

import hashlib

from doorstep.base.states import Machine
from doorstep.orders.values import FOState, OrderDraft, OrderState, PaymentState

FULFILMENT_ORDERS = Machine(
    "fulfilment order",
    {
        FOState.OPEN: frozenset({FOState.IN_PROGRESS, FOState.ON_HOLD, FOState.CANCELLED, FOState.SCHEDULED}),
        FOState.SCHEDULED: frozenset({FOState.OPEN, FOState.ON_HOLD, FOState.CANCELLED}),
        FOState.ON_HOLD: frozenset({FOState.OPEN, FOState.IN_PROGRESS, FOState.CANCELLED}),
        FOState.IN_PROGRESS: frozenset(
            {FOState.CLOSED, FOState.INCOMPLETE, FOState.ON_HOLD, FOState.CANCELLED, FOState.OPEN}
        ),
        FOState.INCOMPLETE: frozenset({FOState.CLOSED, FOState.CANCELLED}),
    },
)
ORDERS = Machine("order", {OrderState.OPEN: frozenset({OrderState.CLOSED, OrderState.CANCELLED})})
PAYMENTS = Machine(
    "payment",
    {
        PaymentState.PENDING: frozenset({PaymentState.AUTHORISED, PaymentState.PAID, PaymentState.VOIDED}),
        PaymentState.AUTHORISED: frozenset({PaymentState.PAID, PaymentState.VOIDED}),
        PaymentState.PAID: frozenset({PaymentState.PARTIALLY_REFUNDED, PaymentState.REFUNDED}),
        PaymentState.PARTIALLY_REFUNDED: frozenset({PaymentState.REFUNDED}),
    },
)


def body_hash(draft: OrderDraft) -> bytes:
    """A fingerprint of what a channel said, so that the same external id with other contents is noticed."""
    said = (
        draft.external_id, draft.currency, draft.placed_at, draft.shipping_minor, draft.tax_minor, draft.discount_minor,
        draft.ship_to.as_dict(), draft.buyer,
        [(line.sku, line.qty, line.unit_price, line.discount_minor) for line in draft.lines],
    )  # fmt: skip
    return hashlib.blake2b(repr(said).encode(), digest_size=16).digest()


def search_text(draft: OrderDraft) -> str:
    """What a person may type to find this order, lower case."""
    words = [
        draft.name,
        draft.external_id,
        draft.buyer.email,
        draft.buyer.name,
        draft.ship_to.name,
        draft.ship_to.phone,
    ]
    words += [line.sku for line in draft.lines[:20]]
    return " ".join(dict.fromkeys(w.lower() for w in words if w))[:1000]
