"""Whatever an order is made of, it comes to its own total, and both versions of the API come to the same order."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from doorstep.orders.values import OrderDraft
from doorstep.providers.amazon import translate
from doorstep.providers.amazon.tests.test_translate import draft, order

AMOUNTS = st.integers(0, 100_000)
LINES = st.lists(
    st.fixed_dictionaries(
        {"qty": st.integers(1, 9), "price": AMOUNTS, "shipping": AMOUNTS, "tax": AMOUNTS, "off": st.integers(0, 100)}
    ),
    min_size=1,
    max_size=6,
)
PLACES = {"USD": 2, "JPY": 0, "KWD": 3}


def shown(minor: int, currency: str) -> str:
    return f"{Decimal(minor).scaleb(-PLACES[currency]):f}"


def new(lines: list[dict[str, int]], total: int, currency: str) -> dict[str, Any]:
    def money(minor: int) -> dict[str, str]:
        return {"amount": shown(minor, currency), "currencyCode": currency}

    items = []
    for n, line in enumerate(lines):
        parts = {"ITEM": line["price"], "SHIPPING": line["shipping"], "TAX": line["tax"], "DISCOUNT": -discount(line)}
        told = [{"type": kind, "subtotal": money(minor)} for kind, minor in parts.items()]
        product = {"sellerSku": f"S{n}"}
        items.append(
            {"orderItemId": str(n), "quantityOrdered": line["qty"], "product": product, "proceeds": {"breakdowns": told}}
        )
    return order(orderItems=items, proceeds={"grandTotal": money(total)})


def old(lines: list[dict[str, int]], total: int, currency: str) -> dict[str, Any]:
    def money(minor: int) -> dict[str, str]:
        return {"Amount": shown(minor, currency), "CurrencyCode": currency}

    whole = order()
    told = {
        "AmazonOrderId": whole["orderId"], "PurchaseDate": whole["createdTime"], "LastUpdateDate": whole["lastUpdatedTime"],
        "OrderStatus": "Unshipped", "FulfillmentChannel": "MFN", "MarketplaceId": whole["salesChannel"]["marketplaceId"],
        "OrderTotal": money(total),
    }  # fmt: skip
    items = [
        {"OrderItemId": str(n), "SellerSKU": f"S{n}", "QuantityOrdered": line["qty"], "ItemPrice": money(line["price"]),
         "ShippingPrice": money(line["shipping"]), "ItemTax": money(line["tax"]), "PromotionDiscount": money(discount(line))}
        for n, line in enumerate(lines)
    ]  # fmt: skip
    address = {"Name": "Ann", "AddressLine1": "1 Main St", "City": "Reno", "StateOrRegion": "NV", "PostalCode": "89501",
               "CountryCode": "US"}  # fmt: skip
    buyer = {"BuyerName": "Ann", "BuyerEmail": "x1@marketplace.amazon.com"}
    return {"order": told, "items": items, "address": address, "buyer": buyer}


def discount(line: dict[str, int]) -> int:
    """A share of all that the line charges, so that some of it is beyond the goods."""
    return (line["price"] + line["shipping"]) * line["off"] // 100


@given(lines=LINES, is_included=st.booleans(), currency=st.sampled_from(sorted(PLACES)))
def test_an_order_comes_to_its_own_total_in_both_versions(lines: list[dict[str, int]], is_included: bool, currency: str) -> None:
    net = sum(line["price"] + line["shipping"] - discount(line) for line in lines)
    tax = sum(line["tax"] for line in lines)
    total = net if is_included else net + tax
    first, second = draft(new(lines, total, currency)), draft(old(lines, total, currency), api=translate.OLD)
    assert first.total_minor == second.total_minor == total
    assert first.tax_minor == tax
    assert (tax == 0) or (first.taxes_included is is_included)
    assert [line.qty for line in first.lines] == [line["qty"] for line in lines]
    assert all(line.discount_minor <= line.unit_price.minor * line.qty for line in first.lines)
    assert without_titles(first) == without_titles(second)


def without_titles(one: OrderDraft) -> OrderDraft:
    return replace(one, lines=tuple(replace(line, title="") for line in one.lines))
