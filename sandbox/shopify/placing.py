"""An order from a request: what is not said is filled in as a customer might have, and everything adds up.

Source: https://shopify.dev/docs/api/admin-rest/latest/resources/order
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from sandbox.books import Books
from sandbox.serving import Fields, Refusal
from sandbox.shop import people
from sandbox.shop.money import parse_amount, part, show, spread
from sandbox.shopify import stock
from sandbox.shopify.ids import gid

FINANCIAL = ("paid", "authorized", "pending", "partially_paid", "partially_refunded", "refunded", "voided")
_RATES = {country: Fraction(n, 100) for country, n in (("KR", 10), ("US", 8), ("GB", 20), ("DE", 19), ("FR", 20))}


@dataclass
class Line:
    """One line; amounts in minor units, `discount` off the whole line, its share of the order's discount included."""

    title: str
    sku: str | None
    variant: dict[str, Any] | None
    quantity: int
    price: int
    discount: int
    needs_shipping: bool
    tax: int = 0
    allocations: list[int] = field(default_factory=list)


@dataclass
class Basket:
    """What is bought.  Amounts in minor units of the currency; tips, duties and fees are paid besides."""

    currency: str
    lines: list[Line]
    shipping: int
    shipping_discount: int
    shipping_tax: int
    taxes_included: bool
    tip: int
    duties: int
    fees: int

    @property
    def tax(self) -> int:
        return sum(line.tax for line in self.lines) + self.shipping_tax

    @property
    def total(self) -> int:
        goods = sum(line.price * line.quantity - line.discount for line in self.lines)
        besides = self.tip + self.duties + self.fees + (0 if self.taxes_included else self.tax)
        return goods + self.shipping - self.shipping_discount + besides


def basket(books: Books, fields: Fields, *, country: str, dice: random.Random) -> Basket:
    """Reads lines, shipping and what is paid besides.  Refuses: 422 `unknown_sku`, `discount_too_large`, `empty_catalog`."""
    lines_asked = fields.groups("lines") if fields.has("lines") else _random_lines(books, dice)
    currency = _currency(books, fields, lines_asked)
    lines = [_line(books, one, currency) for one in lines_asked]
    included = fields.flag("taxes_included", country != "US")
    rate = Fraction(str(fields.number("tax_rate", high=1))) if fields.has("tax_rate") else _RATES[country]
    share = rate / (1 + rate) if included else rate
    off = _amount(fields, "discount", currency)
    nets = [line.price * line.quantity - line.discount for line in lines]
    if off > sum(nets):
        raise Refusal(422, "discount_too_large", "the discount exceeds the goods")
    for line, cut in zip(lines, spread(off, nets), strict=True):
        line.allocations = [one for one in (line.discount, cut) if one]
        line.discount += cut
        line.tax = part(line.price * line.quantity - line.discount, share)
    fee, fee_off = _amount(fields, "shipping", currency, usual=0), _amount(fields, "shipping_discount", currency)
    if fee_off > fee:
        raise Refusal(422, "discount_too_large", "the discount exceeds the shipping")
    return Basket(
        currency, lines, fee, fee_off, part(fee - fee_off, share), included,
        _amount(fields, "tip", currency), _amount(fields, "duties", currency), _amount(fields, "fees", currency),
    )  # fmt: skip


def buyer(fields: Fields, dice: random.Random) -> tuple[people.Person, dict[str, Any], dict[str, Any] | None]:
    """(who bought, as a customer, where it goes); `shipping_address: null` is an order that goes nowhere."""
    country = fields.one_of("country", tuple(people.WEIGHTS)) if fields.has("country") else None
    chosen = people.choose(dice, country=country)
    customer = people.with_changes(chosen, fields.details("customer"))
    if "shipping_address" in fields.values and not fields.has("shipping_address"):
        return chosen, customer, None
    return chosen, customer, {**chosen.address, **fields.details("shipping_address")}


def as_line(line: Line, id: int, currency: str) -> dict[str, Any]:
    """A line as an order shows it."""
    price = show(line.price, currency)
    variant = line.variant or {}
    return {
        "id": id,
        "admin_graphql_api_id": gid("LineItem", id),
        "variant_id": variant.get("id"),
        "product_id": variant.get("product_id"),
        "sku": line.sku,
        "title": line.title,
        "name": line.title,
        "quantity": line.quantity,
        "current_quantity": line.quantity,
        "fulfillable_quantity": line.quantity if line.needs_shipping else 0,
        "requires_shipping": line.needs_shipping,
        "gift_card": False,
        "price": price,
        "price_set": money_bag(line.price, currency),
        "total_discount": "0.00",
        "discount_allocations": [
            {"amount": show(cut, currency), "amount_set": money_bag(cut, currency), "discount_application_index": n}
            for n, cut in enumerate(line.allocations)
        ],
        "tax_lines": [{"title": "VAT", "price": show(line.tax, currency)}] if line.tax else [],
    }


def money_bag(minor: int, currency: str) -> dict[str, Any]:
    """An amount in the shop's currency, and as a buyer elsewhere saw it: at two for one, in Danish crowns."""
    seen = {"amount": show(minor * 2, "DKK"), "currency_code": "DKK"}
    return {"shop_money": {"amount": show(minor, currency), "currency_code": currency}, "presentment_money": seen}


def _amount(fields: Fields, name: str, currency: str, *, usual: int = 0) -> int:
    return parse_amount(fields.text(name), currency) if fields.has(name) else usual


def _currency(books: Books, fields: Fields, lines: list[Fields]) -> str:
    if fields.has("currency"):
        return fields.currency("currency")
    for one in lines:
        if one.has("sku") and (found := stock.find(books, one.text("sku"))) is not None:
            return str(found["currency"])
    raise Refusal(422, "invalid", "give a currency: none of the lines is in the catalogue")


def _line(books: Books, fields: Fields, currency: str) -> Line:
    """A line of the catalogue, or one that names its own title and price, such as a fee of the moment."""
    quantity = fields.whole("quantity", 1, low=1, high=99_999)
    found = stock.find(books, fields.text("sku")) if fields.has("sku") else None
    if fields.has("price"):
        price = parse_amount(fields.text("price"), currency)
    elif found is not None and found["currency"] == currency:
        price = found["price"]
    else:
        raise Refusal(422, "unknown_sku", f"{fields.values.get('sku')} is not in the catalogue in {currency}: give a price")
    discount = _amount(fields, "discount", currency)
    if discount > price * quantity:
        raise Refusal(422, "discount_too_large", "a discount exceeds its line")
    title = fields.text("title", found["title"] if found is not None else fields.text("sku", "Custom"))
    sku = fields.text("sku") if fields.has("sku") else None
    needs_shipping = fields.flag("requires_shipping", True)
    return Line(title, sku, dict(found) if found is not None else None, quantity, price, discount, needs_shipping)


def _random_lines(books: Books, dice: random.Random) -> list[Fields]:
    skus = [row["sku"] for row in books.rows("SELECT sku FROM variant ORDER BY sku")]
    if not skus:
        raise Refusal(422, "empty_catalog", "give lines, or PUT /admin/catalog first")
    first = stock.find(books, dice.choice(skus))
    assert first is not None
    alike = [row["sku"] for row in books.rows("SELECT sku FROM variant WHERE currency = ? ORDER BY sku", first["currency"])]
    count = min(len(alike), dice.choices((1, 2, 3, 4), (55, 27, 12, 6))[0])
    return [Fields({"sku": sku, "quantity": dice.choices((1, 2, 3), (78, 17, 5))[0]}) for sku in dice.sample(alike, count)]
