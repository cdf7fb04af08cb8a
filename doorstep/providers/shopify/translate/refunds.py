"""Refunds of Shopify, alone or within their order, in our words. Pure.

Source: https://shopify.dev/docs/api/admin-rest/latest/resources/refund
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from doorstep.base import money
from doorstep.base.money import Money
from doorstep.channels.port import RefundTold
from doorstep.providers.plain import text, unreadable
from doorstep.providers.shopify.translate.values import amount, id_of, in_shop_money, object_of, objects_of, whole

MOST_UNITS = 1_000_000
GONE = ("cancel", "return", "legacy_restock")  # with "no_restock" the customer keeps, or still gets, what was refunded
MOVED = ("success", "pending")
OURS = "refunded:"  # how the keys begin that we note refunds with


def read_refunds(order: Mapping[str, Any], currency: str) -> list[RefundTold]:
    """What an order says of its refunds; those that gave nothing back and took nothing off are left out."""
    lines = {id_of(line["id"]): line for line in objects_of(order["line_items"])}
    external_id = id_of(order["id"])
    told = [_refund(refund, external_id, currency, lines) for refund in objects_of(order.get("refunds"))]
    return [one for one in told if one.amount or one.lines]


def read_refund(refund: Mapping[str, Any]) -> RefundTold:
    """A refund alone.  Refuses: one that is only worked out, not given."""
    if refund.get("id") is None or refund.get("order_id") is None:
        raise unreadable("it is the draft of a refund, which gives nothing back")
    return _refund(refund, id_of(refund["order_id"]), _currency(refund), {})


def _currency(refund: Mapping[str, Any]) -> str:
    """A refund alone names the shop's currency with its amounts, if at all."""
    for line in objects_of(refund.get("refund_line_items")):
        if line.get("subtotal_set"):
            return str(object_of(line["subtotal_set"])["shop_money"]["currency_code"])
    for transaction in objects_of(refund.get("transactions")):
        return str(transaction["currency"])
    raise unreadable("it names no currency")


def _refund(refund: Mapping[str, Any], external_id: str, currency: str, lines: Mapping[str, Mapping[str, Any]]) -> RefundTold:
    units: Counter[tuple[str, str]] = Counter()
    for one in objects_of(refund.get("refund_line_items")):
        qty = whole(one["quantity"], MOST_UNITS)
        if one.get("restock_type") in GONE and qty:
            units[_item(one, lines)] += qty
    note = text(refund.get("note"), 200)
    return RefundTold(
        external_id,
        id_of(refund["id"]),
        _given(refund, currency),
        tuple((item, sku, qty) for (item, sku), qty in units.items()),
        note,
        key=note if note.startswith(OURS) else "",
    )


def _item(one: Mapping[str, Any], lines: Mapping[str, Mapping[str, Any]]) -> tuple[str, str]:
    """(item, SKU) of a line that was refunded, as the order's lines name them."""
    line = one.get("line_item") or lines.get(id_of(one["line_item_id"]))
    if line is None:
        raise unreadable("it refunds a line that the order does not have")
    variant = object_of(line).get("variant_id")
    return ("" if variant is None else id_of(variant)), text(line.get("sku"), 200)


def _given(refund: Mapping[str, Any], currency: str) -> Money:
    """The money that moved: what is said of lines is only what it was meant for.

    A buyer who paid in another currency is paid back in that; then what it was meant for is what the shop's currency knows of it.
    """
    moved = [
        one for one in objects_of(refund.get("transactions")) if one["kind"] == "refund" and one["status"] in MOVED
    ]
    if any(one["currency"] != currency for one in moved):
        return meant(refund, currency)
    return money.total((amount(one["amount"], currency) for one in moved), currency)


def meant(refund: Mapping[str, Any], currency: str) -> Money:
    """What lines, shipping, duties, fees and adjustments of a refund come to.

    An adjustment is what the order loses, so it is negative; one for shipping says again what the shipping lines say.
    """
    total = in_shop_money(refund.get("total_duties_set"), currency)
    total += in_shop_money(refund.get("total_additional_fees_set"), currency)
    for line in objects_of(refund.get("refund_line_items")):
        total += in_shop_money(line["subtotal_set"], currency) + in_shop_money(line["total_tax_set"], currency)
    shipping = objects_of(refund.get("refund_shipping_lines"))
    for line in shipping:
        total += in_shop_money(line["subtotal_amount_set"], currency) + in_shop_money(line.get("tax_amount_set"), currency)
    for one in objects_of(refund.get("order_adjustments")):
        if not (shipping and one.get("kind") == "shipping_refund"):
            total -= in_shop_money(one["amount_set"], currency) + in_shop_money(one["tax_amount_set"], currency)
    return total
