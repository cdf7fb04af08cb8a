"""What the books hold, as objects of the GraphQL schema.

Source: https://shopify.dev/docs/api/admin-graphql/2026-07/objects/Order and the objects that it has
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from sandbox.books import Books
from sandbox.shop.money import parse_amount, show
from sandbox.shopify import returns
from sandbox.shopify.graphql import Pages
from sandbox.shopify.ids import gid

_ADDRESS = {
    "name": "name", "firstName": "first_name", "lastName": "last_name", "company": "company", "address1": "address1",
    "address2": "address2", "city": "city", "province": "province", "zip": "zip", "countryCodeV2": "country_code",
    "phone": "phone",
}  # fmt: skip


def pages(rows: list[Any]) -> Pages:
    """A list whose places are its own sequence."""
    return Pages([(f"{n:09}", row) for n, row in enumerate(rows)])


def place_of(order: Mapping[str, Any]) -> str:
    """Where an order stands among those sorted by their last change."""
    return f"{order['updated_at']}:{order['id']}"


def order(body: Mapping[str, Any]) -> dict[str, Any]:
    """An order."""
    code = body["currency"]
    refunds = [refund(one, code) for one in body["refunds"]]
    return {
        "__typename": "Order",
        "id": gid("Order", body["id"]),
        "name": body["name"],
        "createdAt": body["created_at"],
        "updatedAt": body["updated_at"],
        "cancelledAt": body["cancelled_at"],
        "cancelReason": body["cancel_reason"] and body["cancel_reason"].upper(),
        "displayFinancialStatus": body["financial_status"].upper(),
        "currencyCode": code,
        "presentmentCurrencyCode": body["presentment_currency"],
        "taxesIncluded": body["taxes_included"],
        "email": body["email"],
        "phone": body["phone"],
        "note": body["note"],
        "customerLocale": body["customer_locale"],
        "customerAcceptsMarketing": body["buyer_accepts_marketing"],
        "totalPriceSet": bag(body["total_price"], code),
        "totalTaxSet": bag(body["total_tax"], code),
        "totalTipReceivedSet": bag(body["total_tip_received"], code),
        "originalTotalDutiesSet": _shop_money(body["original_total_duties_set"]),
        "originalTotalAdditionalFeesSet": _shop_money(body["original_total_additional_fees_set"]),
        "customer": {
            "id": gid("Customer", body["customer"]["id"]), "firstName": body["customer"]["first_name"],
            "lastName": body["customer"]["last_name"],
            "tags": [tag for tag in body["customer"].get("tags", "").split(", ") if tag],
        },
        "shippingAddress": _address(body["shipping_address"]),
        "billingAddress": _address(body["billing_address"]),
        "shippingLines": pages([_shipping(one, code) for one in body["shipping_lines"]]),
        "lineItems": pages([line(one, code) for one in body["line_items"]]),
        "refunds": refunds,
        "returnStatus": returns.status_of(body),
        "returns": pages([returns.node(one) for one in body.get("_returns", [])]),
        "transactions": [_payment(body)],
        "fulfillments": [fulfilment(one) for one in body["fulfillments"]],
        "fulfillmentOrders": pages([part(one) for one in body["_parts"]]),
    }  # fmt: skip


def line(one: Mapping[str, Any], code: str) -> dict[str, Any]:
    """A line of an order."""
    return {
        "__typename": "LineItem",
        "id": gid("LineItem", one["id"]),
        "name": one["name"],
        "sku": one["sku"],
        "quantity": one["quantity"],
        "unfulfilledQuantity": one["fulfillable_quantity"],
        "requiresShipping": one["requires_shipping"],
        "isGiftCard": one["gift_card"],
        "variant": _variant(one),
        "originalUnitPriceSet": bag(one["price"], code),
        "discountAllocations": [{"allocatedAmountSet": bag(cut["amount"], code)} for cut in one["discount_allocations"]],
    }


def refund(one: Mapping[str, Any], code: str) -> dict[str, Any]:
    """A refund."""
    total = show(sum(parse_amount(moved["amount"], code) for moved in one["transactions"]), code)
    rows = [
        {
            "quantity": units["quantity"], "restockType": units["restock_type"].upper(),
            "lineItem": {"id": gid("LineItem", units["line_item_id"]), "sku": units["line_item"]["sku"]},
        }
        for units in one["refund_line_items"]
    ]  # fmt: skip
    return {
        "__typename": "Refund", "id": gid("Refund", one["id"]), "note": one["note"], "totalRefundedSet": bag(total, code),
        "refundLineItems": pages(rows),
    }  # fmt: skip


def fulfilment(one: Mapping[str, Any]) -> dict[str, Any]:
    """A parcel."""
    lines = [
        {
            "quantity": sent["quantity"],
            "lineItem": {"id": gid("LineItem", sent["id"]), "sku": sent["sku"], "variant": _variant(sent)},
        }
        for sent in one["line_items"]
    ]
    info = {"number": one["tracking_number"], "company": one["tracking_company"], "url": one["tracking_url"]}
    return {
        "__typename": "Fulfillment", "id": gid("Fulfillment", one["id"]), "status": one["status"].upper(), "trackingInfo": [info],
        "fulfillmentLineItems": pages(lines),
    }  # fmt: skip


def part(one: Mapping[str, Any]) -> dict[str, Any]:
    """What of an order is to leave from a location."""
    place = one["location_id"]
    lines = [
        {
            "id": gid("FulfillmentOrderLineItem", units["id"]), "sku": units["sku"], "remainingQuantity": units["left"],
            "variant": _variant(units),
        }
        for units in one["lines"]
    ]  # fmt: skip
    return {
        "__typename": "FulfillmentOrder", "id": gid("FulfillmentOrder", one["id"]), "status": one["status"],
        "assignedLocation": {"location": {"id": gid("Location", place)} if place else None}, "lineItems": pages(lines),
    }  # fmt: skip


def variant(books: Books, row: sqlite3.Row) -> dict[str, Any]:
    """A variant with its inventory item."""
    return {
        "__typename": "ProductVariant", "id": gid("ProductVariant", row["id"]), "sku": row["sku"], "barcode": row["barcode"],
        "displayName": row["title"], "inventoryPolicy": row["policy"].upper(), "inventoryItem": item(books, row),
    }  # fmt: skip


def item(books: Books, row: sqlite3.Row) -> dict[str, Any]:
    """An inventory item with its levels."""
    levels = books.rows(
        "SELECT l.*, o.name FROM level l JOIN location o ON o.id = l.location_id WHERE l.item_id = ? ORDER BY l.location_id",
        row["item_id"],
    )
    by_place = {gid("Location", level["location_id"]): _level(level) for level in levels}
    return {
        "__typename": "InventoryItem", "id": gid("InventoryItem", row["item_id"]), "tracked": bool(row["tracked"]),
        "inventoryLevels": pages(list(by_place.values())),
        "inventoryLevel": lambda arguments: by_place.get(arguments["locationId"]),
    }  # fmt: skip


def bag(amount: str, code: str) -> dict[str, Any]:
    """An amount in the shop's currency."""
    return {"shopMoney": {"amount": amount, "currencyCode": code}}


def _variant(line: Mapping[str, Any]) -> dict[str, Any] | None:
    return {"id": gid("ProductVariant", line["variant_id"])} if line["variant_id"] else None


def _shop_money(money: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if money is None else bag(money["shop_money"]["amount"], money["shop_money"]["currency_code"])


def _address(address: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if address is None else {theirs: address.get(ours) for theirs, ours in _ADDRESS.items()}


def _shipping(one: Mapping[str, Any], code: str) -> dict[str, Any]:
    cuts = [{"allocatedAmountSet": bag(cut["amount"], code)} for cut in one["discount_allocations"]]
    return {
        "id": gid("ShippingLine", one["id"]), "title": one["title"], "originalPriceSet": bag(one["price"], code),
        "discountAllocations": cuts,
    }  # fmt: skip


def _payment(body: Mapping[str, Any]) -> dict[str, Any]:
    is_open = body["financial_status"] in ("authorized", "pending", "voided")
    return {
        "id": gid("OrderTransaction", body["id"]), "kind": "AUTHORIZATION" if is_open else "SALE", "status": "SUCCESS",
        "gateway": body["_gateway"], "manualPaymentGateway": body["_gateway"] == "manual",
        "amountSet": bag(body["total_price"], body["currency"]),
    }  # fmt: skip


def _level(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "location": {"id": gid("Location", row["location_id"]), "name": row["name"]},
        "quantities": [{"name": "available", "quantity": row["available"]}],
        "updatedAt": row["updated_at"],
    }
