"""Whatever an order of Shopify is made of, a webhook and a list tell the same of it, to the last unit of its currency."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from doorstep.channels.port import OrderTold, RefundTold
from doorstep.providers.shopify import queries, translate
from doorstep.providers.shopify.translate import nodes
from sandbox.shop.money import show
from sandbox.shopify import nodes as shown
from sandbox.shopify.graphql import Answer, parse

names = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=30) | st.none()
amounts = st.integers(0, 10**7)


@st.composite
def lines(draw: st.DrawFn, code: str) -> tuple[dict[str, Any], int]:
    """(a line, what it comes to)."""
    qty, price, is_charge = draw(st.integers(0, 99)), draw(amounts), draw(st.booleans())
    cuts = draw(st.lists(st.integers(0, qty * price // 3), max_size=3))
    line = {
        "id": 2, "variant_id": None if is_charge else draw(st.none() | st.integers(1, 10**12)),
        "sku": None if is_charge else draw(names), "name": draw(names), "quantity": qty,
        "fulfillable_quantity": draw(st.integers(0, qty)), "requires_shipping": not is_charge, "gift_card": False,
        "price": show(price, code), "discount_allocations": [{"amount": show(cut, code)} for cut in cuts],
    }  # fmt: skip
    return line, qty * price - sum(cuts)


@st.composite
def orders(draw: st.DrawFn) -> dict[str, Any]:
    """An order as a webhook tells it, whose total is the sum of what it is made of."""
    code = draw(st.sampled_from(["KRW", "USD", "KWD"]))
    sold = {"id": 1, "variant_id": 5, "sku": "S", "name": "Tea", "quantity": 1, "fulfillable_quantity": 1, "gift_card": False,
            "requires_shipping": True, "price": show(100, code), "discount_allocations": []}  # fmt: skip
    drawn = [(sold, 100), *draw(st.lists(lines(code), max_size=6))]
    for n, (line, _) in enumerate(drawn, start=1):
        line["id"] = n
    shipping, off, tax, tip, duties, fees = (draw(amounts) for _ in range(6))
    included = draw(st.booleans())
    total = sum(worth for _, worth in drawn) + shipping + tip + duties + fees + (0 if included else tax)
    address = {name: draw(names) for name in ("name", "first_name", "last_name", "company", "address1", "address2", "city", "zip")}
    address |= {"province": None, "country_code": draw(st.sampled_from(["KR", "US", None])), "phone": draw(names)}
    return {
        "id": 9, "name": "#9", "created_at": "2026-03-04T05:06:07+09:00", "updated_at": "2026-03-05T00:00:00Z",
        "cancelled_at": None, "cancel_reason": None, "financial_status": draw(st.sampled_from(["paid", "pending", "refunded"])),
        "currency": code, "presentment_currency": "DKK", "taxes_included": included, "email": draw(names),
        "phone": draw(names),
        "note": draw(names), "customer_locale": draw(st.sampled_from(["ko-KR", None])),
        "buyer_accepts_marketing": draw(st.booleans()),
        "customer": {"id": 77, "first_name": draw(names), "last_name": draw(names)},
        "shipping_address": draw(st.sampled_from([address, None])), "billing_address": draw(st.sampled_from([address, None])),
        "total_price": show(total, code), "total_tax": show(tax, code), "total_tip_received": show(tip, code),
        "original_total_duties_set": bag(duties, code), "original_total_additional_fees_set": bag(fees, code),
        "shipping_lines": [
            {
                "id": 1, "title": draw(names), "price": show(shipping + off, code),
                "discount_allocations": [{"amount": show(off, code)}],
            }
        ],
        "line_items": [line for line, _ in drawn],
        "refunds": [{
            "id": 4, "note": draw(names),
            "transactions": [{"kind": "refund", "status": "success", "amount": show(7, code), "currency": code}],
            "refund_line_items": [{"line_item_id": 1, "line_item": sold, "quantity": 1, "restock_type": "cancel"}],
        }],
        "fulfillments": [], "_parts": [], "_gateway": "bogus",
    }  # fmt: skip


def bag(minor: int, code: str) -> dict[str, Any]:
    return {"shop_money": {"amount": show(minor, code), "currency_code": code}}


def listed(order: dict[str, Any]) -> bytes:
    """The order as the shop's GraphQL answers our own text."""
    node = shown.order(order)
    found = Answer(resolve={"order": lambda _: node}).data(parse(queries.ORDER.text, {"id": node["id"]}))["order"]
    found["lineItems"]["nodes"] = [line for line, _ in zip(every_line(node), order["line_items"], strict=True)]
    lines_of = parse(queries.REFUND_LINES.text, {"id": "x"})
    for refund, there in zip(found["refunds"], node["refunds"], strict=True):
        answer = Answer(resolve={"node": lambda _, there=there: there}).data(lines_of)
        refund["refundLineItems"] = answer["node"]["refundLineItems"]
    return nodes.read_listed(found).body


def every_line(node: dict[str, Any]) -> list[dict[str, Any]]:
    answer = Answer(resolve={"order": lambda _: node}).data(parse(queries.ORDER_LINES.text, {"id": node["id"]}))
    found: list[dict[str, Any]] = answer["order"]["lineItems"]["nodes"]
    return found


@given(orders())
def test_a_webhook_and_a_list_tell_the_same(order: dict[str, Any]) -> None:
    said = {name: value for name, value in order.items() if not name.startswith("_")}
    by_webhook = translate.read_webhook(json.dumps(said).encode(), connection_id=3)
    told, refund = by_webhook
    assert isinstance(told, OrderTold)
    assert isinstance(refund, RefundTold)
    assert show(told.draft.total_minor, order["currency"]) == order["total_price"]
    assert translate.read_webhook(listed(order), connection_id=3) == by_webhook
