"""From a request to a basket and a buyer: what is not said is filled in as a customer might have."""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sandbox.serving import Fields, Refusal
from sandbox.shop import people
from sandbox.shop.money import parse_amount, part
from sandbox.shop.pricing import Basket, Line

_TAX = {
    "KR": ("VAT", Fraction(10, 100), True),
    "US": ("Sales Tax", Fraction(8, 100), False),
    "GB": ("VAT", Fraction(20, 100), True),
    "DE": ("MwSt", Fraction(19, 100), True),
    "FR": ("TVA", Fraction(20, 100), True),
}
# fee, free from (minor units)
_SHIPPING = {"KRW": (3000, 50_000), "JPY": (600, 5000)}
_NOTES = {
    "KR": ("문 앞에 놓아주세요", "배송 전 연락 부탁드립니다", "경비실에 맡겨주세요", "선물 포장 부탁드려요 🎁"),
    "US": ("Please leave at the front door", "Gift - no invoice please"),
    "GB": ("Leave with a neighbour if I'm out",),
    "DE": ("Bitte beim Nachbarn abgeben",),
    "FR": ("Code porte 12B4",),
}
_LEAVES_MONEY, _DECLINED = 0.2, 0.06  # the share of orders whose money others take, and of these that are declined
_NEW_PAYMENT_STATES = ("paid", "authorized", "pending")
PAYMENT_STATES = (*_NEW_PAYMENT_STATES, "partially_paid", "partially_refunded", "refunded", "voided")


@dataclass(frozen=True)
class Draft:
    """An order before it has a number."""

    basket: Basket
    customer: dict[str, Any]
    shipping_address: dict[str, Any]
    financial_status: str
    note: str | None
    payment_method: str | None


@dataclass(frozen=True)
class Item:
    """One entry of the catalogue; the price in minor units."""

    sku: str
    title: str
    price: int
    currency: str


def draft(fields: Fields, *, catalog: dict[str, Item], dice: random.Random) -> Draft:
    """One order; the same dice and catalogue give the same order.

    Refuses: 422 `empty_catalog`, `unknown_sku` (no price given either), `invalid`, `discount_too_large`.
    """
    country = fields.one_of("country", tuple(people.WEIGHTS)) if fields.has("country") else None
    buyer = people.choose(dice, country=country)
    currency = _currency(fields, catalog, buyer.country)
    lines = (
        tuple(_line(line, catalog, currency) for line in fields.groups("lines"))
        if fields.has("lines")
        else _random_lines(catalog, currency, dice)
    )
    customer = people.with_changes(buyer, fields.details("customer"))
    address = {**buyer.address, **fields.details("shipping_address")}
    status = dice.choices(_NEW_PAYMENT_STATES, (92, 5, 3))[0]
    status = fields.one_of("financial_status", PAYMENT_STATES) if fields.has("financial_status") else status
    note = dice.choice(_NOTES[buyer.country]) if dice.random() < 0.15 else None
    basket = _basket(fields, lines, currency, buyer.country, dice)
    method = _method(fields, dice)
    return Draft(
        basket=basket,
        customer=customer,
        shipping_address=address,
        financial_status="pending" if method else status,
        note=fields.text("note") if fields.has("note") else note,
        payment_method=method,
    )


def changed_basket(fields: Fields, *, order: dict[str, Any], catalog: dict[str, Item]) -> Basket:
    """The basket of an order whose lines staff replaced: shipping and tax rate stay, a discount of the whole order goes."""
    currency, (shipping, *_), (tax, *_) = order["currency"], order["shipping_lines"], order["tax_lines"]
    lines = tuple(_line(line, catalog, currency) for line in fields.groups("lines"))
    fee = parse_amount(shipping["price"], currency)
    rate = Fraction(str(tax["rate"]))
    return Basket(currency, lines, None, 0, shipping["title"], fee, tax["title"], rate, order["taxes_included"])


def _method(fields: Fields, dice: random.Random) -> str | None:
    """A token of whoever takes the money, where the shop does not: asked for, or of some of those whose state is not said."""
    if fields.has("payment_method"):
        return fields.text("payment_method")
    if fields.has("financial_status") or dice.random() >= _LEAVES_MONEY:
        return None
    return "pm_declined" if dice.random() < _DECLINED else "pm_card"


def _currency(fields: Fields, catalog: dict[str, Item], country: str) -> str:
    if fields.has("currency"):
        return fields.currency("currency")
    if fields.has("lines"):
        for line in fields.groups("lines"):
            if line.values.get("sku") in catalog:
                return catalog[line.text("sku")].currency
    known = {item.currency for item in catalog.values()}
    if not known and not fields.has("lines"):
        raise Refusal(422, "empty_catalog", "give lines, or PUT /admin/catalog first")
    usual = people.CURRENCIES[country]
    return usual if usual in known or not known else sorted(known)[0]


def _line(fields: Fields, catalog: dict[str, Item], currency: str) -> Line:
    sku = fields.text("sku")
    item = catalog.get(sku)
    if fields.has("price"):
        price = parse_amount(fields.values["price"], currency)
    elif item is not None and item.currency == currency:
        price = item.price
    else:
        raise Refusal(422, "unknown_sku", f"{sku} is not in the catalogue in {currency}: give a price")
    quantity = fields.whole("quantity", 1, low=1, high=9999)
    discount = parse_amount(fields.values.get("discount", "0"), currency)
    if discount > price * quantity:
        raise Refusal(422, "discount_too_large", f"the discount on {sku} exceeds the line")
    return Line(sku, fields.text("title", item.title if item else sku), quantity, price, discount)


def _random_lines(catalog: dict[str, Item], currency: str, dice: random.Random) -> tuple[Line, ...]:
    items = sorted((item for item in catalog.values() if item.currency == currency), key=lambda item: item.sku)
    if not items:
        raise Refusal(422, "empty_catalog", f"the catalogue has nothing in {currency}")
    count = min(len(items), dice.choices((1, 2, 3, 4), (55, 27, 12, 6))[0])
    lines = []
    for item in dice.sample(items, count):
        quantity = dice.choices((1, 2, 3, 5), (78, 15, 5, 2))[0]
        discount = part(item.price * quantity, Fraction(1, 10)) if dice.random() < 0.1 else 0
        lines.append(Line(item.sku, item.title, quantity, item.price, discount))
    return tuple(lines)


def _basket(fields: Fields, lines: tuple[Line, ...], currency: str, country: str, dice: random.Random) -> Basket:
    goods = sum(line.price * line.quantity - line.discount for line in lines)
    code, discount = ("WELCOME10", part(goods, Fraction(1, 10))) if dice.random() < 0.15 else (None, 0)
    if fields.has("lines"):  # explicit lines get an order discount only where it is asked for
        code, discount = None, 0
    if fields.has("order_discount"):
        asked = fields.group("order_discount")
        code, discount = asked.text("code", "MANUAL"), parse_amount(asked.values.get("amount"), currency)
    if discount > goods:
        raise Refusal(422, "discount_too_large", "the order discount exceeds the goods")
    fee, free_from = _SHIPPING.get(currency, (590, 6000))
    title, shipping = "Standard", 0 if goods - discount >= free_from else fee
    if fields.has("shipping"):
        asked = fields.group("shipping")
        title, shipping = asked.text("title", title), parse_amount(asked.values.get("price"), currency)
    tax_title, rate, included = _TAX[country]
    if fields.has("tax_rate"):
        rate = Fraction(str(fields.number("tax_rate", high=1)))
    included = fields.flag("taxes_included", included)
    return Basket(currency, lines, code, discount, title, shipping, tax_title, rate, included)
