"""Decisions about orders that need no database."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from doorstep.base import search
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
    buyer = replace(draft.buyer, language=draft.buyer.language or "en")  # as it was kept when silence meant English
    said = (
        draft.external_id, draft.currency, draft.placed_at, draft.shipping_minor, draft.tax_minor, draft.discount_minor,
        draft.ship_to.as_dict(), buyer,
        [(line.sku, line.qty, line.unit_price, line.discount_minor) for line in draft.lines],
    )  # fmt: skip
    if draft.payment_method:  # not a part where there is none, so that old fingerprints stay
        said = (*said, draft.payment_method)  # type: ignore[assignment]
    return hashlib.blake2b(repr(said).encode(), digest_size=16).digest()


def search_text(draft: OrderDraft) -> str:
    """What a person may type to find this order, folded as searches are."""
    words = [draft.name, draft.external_id, draft.buyer.email, draft.buyer.name, draft.ship_to.name]
    for phone in dict.fromkeys((draft.buyer.phone, draft.ship_to.phone)):
        words += _dialled(phone)
    words += [line.sku for line in draft.lines[:20]]
    return search.fold(" ".join(dict.fromkeys(w for w in words if w)))[:1000]


def _dialled(phone: str) -> list[str]:
    """A phone number as written, without what parts it, and as it is dialled and written at home in Korea."""
    digits = "".join(char for char in phone if char.isdigit())
    found = [phone, f"+{digits}" if phone.startswith("+") else digits] if digits else []
    if phone.startswith("+82"):
        home = "0" + digits.removeprefix("82").removeprefix("0")
        found += [home, f"{home[:3]}-{home[3:-4]}-{home[-4:]}"]
    return found
