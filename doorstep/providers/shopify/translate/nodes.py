"""Answers of Shopify's GraphQL in the shape of its webhooks, or in our words. Pure.

Source: https://shopify.dev/docs/api/admin-graphql/2026-07
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from doorstep.channels.port import ListedItem, ListedOrder
from doorstep.providers.plain import moment, text, unreadable
from doorstep.providers.shopify.translate import returns
from doorstep.providers.shopify.translate.values import id_of, objects_of

_ADDRESS = {
    "name": "name", "first_name": "firstName", "last_name": "lastName", "company": "company", "address1": "address1",
    "address2": "address2", "city": "city", "province": "province", "zip": "zip", "country_code": "countryCodeV2",
    "phone": "phone",
}  # fmt: skip


def gid(kind: str, id: str) -> str:
    """The global id of something."""
    return f"gid://shopify/{kind}/{id}"


def listing_id(item_id: str, location_id: str) -> str:
    """What a number is of: an inventory item at a location."""
    return f"{item_id}@{location_id}"


def place_of(listing: str) -> tuple[str, str] | None:
    """(inventory item, location) of a listing; None for one that is nowhere, or is none of ours."""
    item, _, location = listing.partition("@")
    return (item, location) if item.isdecimal() and location.isdecimal() else None


def is_order(document: Mapping[str, Any]) -> bool:
    """Whether a document is an order as GraphQL tells it."""
    return "displayFinancialStatus" in document


def read_listed(node: Mapping[str, Any]) -> ListedOrder:
    """An order of a list, its lines and refunds complete."""
    try:
        told = as_told(node)
        return ListedOrder(
            external_id=id_of(told["id"]),
            updated_at=moment(told["updated_at"]),
            called_off=bool(told["cancelled_at"]),
            paid=told["financial_status"] == "paid",
            body=json.dumps(node, ensure_ascii=True).encode(),
        )
    except (KeyError, TypeError) as missing:
        raise unreadable(f"the order lacks {missing}") from None


def as_told(node: Mapping[str, Any]) -> dict[str, Any]:
    """An order as a webhook would have told it, as far as we read it."""
    currency, status, reason = node["currencyCode"], node["displayFinancialStatus"], node["cancelReason"]
    return {
        "id": node["id"],
        "name": node["name"],
        "created_at": node["createdAt"],
        "updated_at": max([node["updatedAt"], *returns.moments(node)], key=moment),
        "cancelled_at": node["cancelledAt"],
        "cancel_reason": reason and reason.lower(),
        "financial_status": status and status.lower(),
        "currency": currency,
        "taxes_included": node["taxesIncluded"],
        "email": node["email"],
        "phone": node["phone"],
        "note": node["note"],
        "customer_locale": node["customerLocale"],
        "buyer_accepts_marketing": node["customerAcceptsMarketing"],
        "total_price": _said(node["totalPriceSet"]),
        "total_tax": _said(node["totalTaxSet"]) or "0",
        "total_tip_received": _said(node["totalTipReceivedSet"]),
        "original_total_duties_set": _bag(node["originalTotalDutiesSet"], currency),
        "original_total_additional_fees_set": _bag(node["originalTotalAdditionalFeesSet"], currency),
        "customer": _customer(node["customer"]),
        "shipping_address": _address(node["shippingAddress"]),
        "billing_address": _address(node["billingAddress"]),
        "shipping_lines": [_shipping(one) for one in objects_of(node["shippingLines"]["nodes"])],
        "line_items": [_line(one) for one in objects_of(node["lineItems"]["nodes"])],
        "refunds": [_refund(one, currency) for one in objects_of(node["refunds"])],
    }


def read_listings(variants: Sequence[Mapping[str, Any]], *, location: str = "") -> list[ListedItem]:
    """What variants are offered as: one of each for every place where it is kept, or one without a number for none.

    `location`: the name or the number of the only place that counts.
    """
    try:
        return [item for variant in variants for item in _listed(variant, location.casefold())]
    except (KeyError, TypeError) as missing:
        raise unreadable(f"the list of what is offered lacks {missing}") from None


def number_of(level: Mapping[str, Any] | None) -> int | None:
    """What is offered at a place."""
    for quantity in level["quantities"] if level else ():
        if quantity["name"] == "available":
            return int(quantity["quantity"])
    return None


def _listed(variant: Mapping[str, Any], location: str) -> list[ListedItem]:
    stock = variant["inventoryItem"]
    item, id = id_of(variant["id"]), id_of(stock["id"])
    sku, barcode, title = text(variant["sku"], 200), text(variant["barcode"], 60), text(variant["displayName"], 255)
    levels = [level for level in stock["inventoryLevels"]["nodes"] if not location or location in _names(level["location"])]
    if not levels:
        return [ListedItem(listing_id(id, ""), item, sku, barcode, title, None)]
    return [
        ListedItem(
            listing_id(id, id_of(level["location"]["id"])), item, sku, barcode, title,
            number_of(level) if stock["tracked"] else None,
        )
        for level in levels
    ]  # fmt: skip


def _names(location: Mapping[str, Any]) -> tuple[str, str]:
    return str(location["name"]).casefold(), id_of(location["id"])


def _said(bag: Mapping[str, Any] | None) -> str | None:
    return None if bag is None else bag["shopMoney"]["amount"]


def _bag(bag: Mapping[str, Any] | None, currency: str) -> dict[str, Any] | None:
    return None if bag is None else {"shop_money": {"amount": bag["shopMoney"]["amount"], "currency_code": currency}}


def _customer(customer: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if customer is None:
        return None
    return {
        "id": int(id_of(customer["id"])), "first_name": customer["firstName"], "last_name": customer["lastName"],
        "tags": ", ".join(customer["tags"]),
    }  # fmt: skip


def _address(address: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if address is None else {ours: address[theirs] for ours, theirs in _ADDRESS.items()}


def _allocations(allocated: object) -> list[dict[str, Any]]:
    return [{"amount": _said(one["allocatedAmountSet"])} for one in objects_of(allocated)]


def _shipping(line: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "title": line["title"], "price": _said(line["originalPriceSet"]),
        "discount_allocations": _allocations(line["discountAllocations"]),
    }  # fmt: skip


def _line(line: Mapping[str, Any]) -> dict[str, Any]:
    variant = line["variant"]
    return {
        "id": line["id"],
        "variant_id": variant and variant["id"],
        "sku": line["sku"],
        "name": line["name"],
        "quantity": line["quantity"],
        "fulfillable_quantity": line["unfulfilledQuantity"],
        "requires_shipping": line["requiresShipping"],
        "gift_card": line["isGiftCard"],
        "price": _said(line["originalUnitPriceSet"]),
        "discount_allocations": _allocations(line["discountAllocations"]),
    }


def _refund(refund: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """GraphQL sums up what was paid back in the shop's currency, so that one transaction stands for all."""
    paid = {"kind": "refund", "status": "success", "currency": currency, "amount": _said(refund["totalRefundedSet"])}
    return {
        "id": refund["id"],
        "note": refund["note"],
        "transactions": [paid],
        "refund_line_items": [
            {
                "line_item_id": one["lineItem"]["id"],
                "quantity": one["quantity"],
                "restock_type": one["restockType"].lower(),
            }
            for one in objects_of(refund["refundLineItems"]["nodes"])
        ],
    }
