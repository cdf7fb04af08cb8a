"""What an order costs, as WooCommerce works it out: lines are kept without tax and with more decimals than are shown, and a total
is the rounded sum of what was not rounded.

Source: https://woocommerce.com/document/setting-up-taxes-in-woocommerce/ (prices with tax, rounding at subtotal level).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sandbox.serving import Fields, Refusal

_PLACES = {"KRW": 0, "JPY": 0, "VND": 0, "CLP": 0, "KWD": 3, "BHD": 3, "JOD": 3, "TND": 3}


@dataclass(frozen=True)
class Terms:
    """How the shop prices an order.  `rate`: of tax, such as 0.1."""

    currency: str
    rate: Decimal
    prices_include_tax: bool


@dataclass(frozen=True)
class Amount:
    """An amount without tax, and the tax on it, as exact as the shop keeps them."""

    net: Decimal
    tax: Decimal

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.net + other.net, self.tax + other.tax)


NOTHING = Amount(Decimal(0), Decimal(0))


def tagged(price: Decimal, terms: Terms) -> Amount:
    """What a price tag means."""
    net = (price / (1 + terms.rate)).quantize(Decimal("0.000001"), rounding=ROUND_HALF_UP) if terms.prices_include_tax else price
    return Amount(net, price - net if terms.prices_include_tax else price * terms.rate)


def net(price: Decimal, terms: Terms) -> Amount:
    """A price that is without tax, as shipping and fees are entered."""
    return Amount(price, price * terms.rate)


def times(amount: Amount, share: Decimal | int) -> Amount:
    """A multiple or a part."""
    return Amount(amount.net * share, amount.tax * share)


def show(amount: Decimal, currency: str) -> str:
    """An amount as documents show it."""
    return str(amount.quantize(Decimal(1).scaleb(-_PLACES.get(currency, 2)), rounding=ROUND_HALF_UP))


def parse(text: object) -> Decimal:
    """A decimal text.  Refuses: 422."""
    try:
        found = Decimal(str(text))
    except ArithmeticError:
        found = Decimal("nan")
    if not isinstance(text, str) or not found.is_finite():
        raise Refusal(422, "invalid", f"{text!r} is not a decimal text")
    return found


def line(
    id: int, what: dict[str, Any], each: Amount, quantity: int, *, cut: Decimal, currency: str
) -> tuple[dict[str, Any], Amount]:
    """A line as it is shown, and what it is worth exactly.  `cut`: the part that a coupon takes off."""
    before = times(each, quantity)
    after = times(before, 1 - cut)
    shown = {
        "id": id, **what, "quantity": quantity, "tax_class": "",
        "subtotal": show(before.net, currency), "subtotal_tax": show(before.tax, currency),
        "total": show(after.net, currency), "total_tax": show(after.tax, currency), "taxes": [], "meta_data": [],
        "price": float(each.net),
    }  # fmt: skip
    return shown, after


def addition(id: int, title: dict[str, str], amount: Amount, currency: str) -> dict[str, Any]:
    """A fee, or a way of shipping, as it is shown."""
    worth = {"total": show(amount.net, currency), "total_tax": show(amount.tax, currency)}
    return {"id": id, **title, **worth, "taxes": [], "meta_data": []}


def totals(goods: Amount, fees: Amount, shipping: Amount, discount: Amount, currency: str) -> dict[str, str]:
    """The totals of an order."""
    every = goods + fees + shipping
    return {
        "discount_total": show(discount.net, currency), "discount_tax": show(discount.tax, currency),
        "shipping_total": show(shipping.net, currency), "shipping_tax": show(shipping.tax, currency),
        "cart_tax": show(goods.tax + fees.tax, currency), "total": show(every.net + every.tax, currency),
        "total_tax": show(every.tax, currency),
    }  # fmt: skip


def terms_of(fields: Fields) -> Terms:
    """How an order is to be priced: in won with a tenth of tax inside, unless something else is said."""
    rate = parse(fields.text("tax_rate", "0.1"))
    return Terms(fields.currency("currency") if fields.has("currency") else "KRW", rate, fields.flag("prices_include_tax", True))
