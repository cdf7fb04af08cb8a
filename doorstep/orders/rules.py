"""Decisions about orders that need no database."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from doorstep.base import search
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.states import Machine
from doorstep.base.words import gettext_noop
from doorstep.orders.changes import Sums
from doorstep.orders.values import Address, FOState, LineRow, OrderDraft, OrderState, PaymentState

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
    buyer = draft.buyer
    if not buyer.language:
        buyer = replace(buyer, language="en")  # as it was kept when silence meant English
    said = (
        draft.external_id, draft.currency, draft.placed_at, draft.shipping_minor, draft.tax_minor, draft.discount_minor,
        draft.ship_to.as_dict(), buyer,
        [(line.sku, line.qty, line.unit_price, line.discount_minor) for line in draft.lines],
    )  # fmt: skip
    if draft.payment_method:  # not a part where there is none, so that old fingerprints stay
        said = (*said, draft.payment_method)  # type: ignore[assignment]
    return hashlib.blake2b(repr(said).encode(), digest_size=16).digest()


def search_text(draft: OrderDraft, sent: OrderDraft | None = None) -> str:
    """What a person may type to find this order, folded as searches are; `sent`: as it came, where bundles were opened."""
    words = [draft.name, draft.external_id, draft.buyer.email, draft.buyer.name, draft.ship_to.name]
    for phone in dict.fromkeys((draft.buyer.phone, draft.ship_to.phone)):
        words += _dialled(phone)
    words += [line.sku for line in [*(sent.lines[:20] if sent else ()), *draft.lines[:20]]]
    return search.fold(" ".join(dict.fromkeys(w for w in words if w)))[:1000]


def plain_number(number: str) -> str:
    """An order number as people type it: with or without # and spaces, in any case."""
    return number.strip().lstrip("#").strip().lower()


def _dialled(phone: str) -> list[str]:
    """A phone number as written, without what parts it, and as it is dialled and written at home in Korea."""
    digits = "".join(char for char in phone if char.isdigit())
    found = [phone, f"+{digits}" if phone.startswith("+") else digits] if digits else []
    if phone.startswith("+82"):
        home = "0" + digits.removeprefix("82").removeprefix("0")
        found += [home, f"{home[:3]}-{home[3:-4]}-{home[-4:]}"]
    return found


def share(amount: int, part: int, whole: int) -> int:
    """`amount` × `part` ÷ `whole`, rounded half up, away from a sum of nothing.  Units: minor units."""
    if whole == 0:
        return amount
    return (2 * amount * part + whole) // (2 * whole)


def line_discount(line: LineRow, qty: int) -> int:
    """The discount of a line that has other units now: it stays the same part of the price."""
    if qty == line.qty:
        return line.discount_minor
    return min(share(line.discount_minor, qty, line.qty), max(line.unit_price_minor * qty, 0))


def reprice(
    was: Sums, *, subtotal_minor: int, discount_minor: int, shipping_minor: int | None = None, tax_minor: int | None = None
) -> Sums:
    """What an order comes to after an edit.

    The order's discount is the amount given, but never more than its lines come to; shipping stays as it was agreed.
    Tax keeps the order's own ratio: the new tax is the old one times what is sold now (lines − discount + shipping) ÷ what
    was sold then, rounded half up to a minor unit. That holds for included tax, which is part of the line totals and so
    scales with them, and for tax on top likewise; where nothing was sold for money the tax stays as it was.
    `shipping_minor`, `tax_minor`: what the seller says, which counts before that.
    Units: minor units of the order's currency.
    """
    discount = max(0, min(discount_minor, subtotal_minor))
    shipping = was.shipping_minor if shipping_minor is None else shipping_minor
    before = was.subtotal_minor - was.discount_minor + was.shipping_minor
    now = subtotal_minor - discount + shipping
    tax = tax_minor if tax_minor is not None else share(was.tax_minor, now, before) if before > 0 else was.tax_minor
    return replace(was, subtotal_minor=subtotal_minor, discount_minor=discount, shipping_minor=shipping, tax_minor=tax)


def check_address(address: Address) -> Address:
    """An address without margins.  Refuses: one without name, street, city or a country of two letters."""
    clean = Address(
        name=_one_line(address.name, 200), lines=tuple(t for t in (_one_line(x, 200) for x in address.lines) if t)[:5],
        city=_one_line(address.city, 120), country=address.country.strip().upper(),
        postal_code=_one_line(address.postal_code, 20), region=_one_line(address.region, 120),
        company=_one_line(address.company, 120), phone=_one_line(address.phone, 40),
    )  # fmt: skip
    for field in ("name", "lines", "city"):
        if not getattr(clean, field):
            raise Refused(INVALID, {"field": field, "problem": gettext_noop("Write something here.")})
    if not (len(clean.country) == 2 and clean.country.isascii() and clean.country.isalpha()):
        raise Refused(INVALID, {"field": "country", "problem": gettext_noop("Choose a country.")})
    return clean


def _one_line(text: str, most: int) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:most].rstrip()


def search_words(address: Address | None, skus: Sequence[str]) -> str:
    """What an edit adds to the words that find an order."""
    words = [address.name, *_dialled(address.phone)] if address else []
    return search.fold(" ".join(dict.fromkeys(w for w in (*words, *skus[:20]) if w)))
