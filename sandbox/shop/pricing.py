"""What an order costs: discounts, tax and totals as the shop works them out.

Source: https://shopify.dev/docs/api/admin-rest/latest/resources/order (taxes_included, totals, discount allocations).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sandbox.shop.money import part, show, spread


@dataclass(frozen=True)
class Line:
    """One line of the basket; amounts in minor units, `discount` off the whole line."""

    sku: str
    title: str
    quantity: int
    price: int
    discount: int


@dataclass(frozen=True)
class Basket:
    """What is bought and on which terms; amounts in minor units of the one currency."""

    currency: str
    lines: tuple[Line, ...]
    discount_code: str | None
    discount: int
    shipping_title: str
    shipping: int
    tax_title: str
    tax_rate: Fraction
    taxes_included: bool


def price(basket: Basket, *, first_line_id: int) -> dict[str, Any]:
    """The money fields of an order; every total is the exact sum of the parts shown.

    Shapes: amounts as decimal strings.  total_price = subtotal_price + total_shipping (+ total_tax unless included).
    """
    code = basket.currency
    nets = [line.price * line.quantity - line.discount for line in basket.lines]
    shares = spread(basket.discount, nets)
    share_of_tax = basket.tax_rate / (1 + basket.tax_rate) if basket.taxes_included else basket.tax_rate
    taxes = [part(net - share, share_of_tax) for net, share in zip(nets, shares, strict=True)]
    shipping_tax = part(basket.shipping, share_of_tax)
    subtotal, total_tax = sum(nets) - basket.discount, sum(taxes) + shipping_tax
    lines = [
        {
            "id": first_line_id + i,
            "sku": line.sku,
            "title": line.title,
            "quantity": line.quantity,
            "fulfillable_quantity": line.quantity,
            "price": show(line.price, code),
            "discount": show(line.discount, code),
            "order_discount_share": show(share, code),
            "tax": show(tax, code),
        }
        for i, (line, share, tax) in enumerate(zip(basket.lines, shares, taxes, strict=True))
    ]
    return {
        "currency": code,
        "taxes_included": basket.taxes_included,
        "line_items": lines,
        "order_discount": (
            {"code": basket.discount_code, "amount": show(basket.discount, code)} if basket.discount else None
        ),
        "shipping_lines": [
            {"title": basket.shipping_title, "price": show(basket.shipping, code), "tax": show(shipping_tax, code)}
        ],
        "tax_lines": [{"title": basket.tax_title, "rate": float(basket.tax_rate), "price": show(total_tax, code)}],
        "total_line_items_price": show(sum(line.price * line.quantity for line in basket.lines), code),
        "total_discounts": show(sum(line.discount for line in basket.lines) + basket.discount, code),
        "subtotal_price": show(subtotal, code),
        "total_shipping": show(basket.shipping, code),
        "total_tax": show(total_tax, code),
        "total_price": show(subtotal + basket.shipping + (0 if basket.taxes_included else total_tax), code),
    }
