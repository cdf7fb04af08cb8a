"""Shopify's documents ↔ ours. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from doorstep.channels.port import ListingsChanged, NumberTold, OrderNamed, ShopFact
from doorstep.providers.plain import moment, unreadable
from doorstep.providers.shopify.translate import nodes, orders, refunds, returns
from doorstep.providers.shopify.translate.values import id_of, object_of

TOPICS = (
    "orders/create", "orders/updated", "orders/cancelled", "refunds/create", "inventory_levels/update", "products/create",
    "products/update", "products/delete", "returns/request", "returns/approve", "returns/decline", "returns/cancel",
    "returns/update",
)  # fmt: skip


def read_webhook(body: bytes, *, connection_id: int) -> list[ShopFact]:
    """What a delivery, or an order as it was listed, says.

    The topic stands in a header alone, so documents are known by what they hold.
    Refuses: what is none of the documented shapes, and an order that does not add up.
    """
    try:
        document = object_of(json.loads(body))
    except (ValueError, RecursionError):
        raise unreadable("it is not JSON") from None
    try:
        return _facts(document, connection_id)
    except (KeyError, TypeError) as missing:
        raise unreadable(f"{missing.args[0] if missing.args else missing} is missing") from None


def _facts(document: Mapping[str, Any], connection_id: int) -> list[ShopFact]:
    if nodes.is_order(document):
        return [*orders.read_order(nodes.as_told(document), connection_id=connection_id), *returns.read_returns(document)]
    if "line_items" in document and "financial_status" in document:
        return orders.read_order(document, connection_id=connection_id)
    if "refund_line_items" in document:
        return [refunds.read_refund(document)]
    if "Return/" in str(document.get("admin_graphql_api_id")):  # its lines name no line of the order, so the order is read
        return [OrderNamed(id_of(object_of(document["order"])["id"])), *returns.read_decided(document)]
    if "inventory_item_id" in document and "location_id" in document:
        return _number(document)
    if "variants" in document or set(document) == {"id"}:  # of a product that is deleted only its id is told
        return [ListingsChanged()]
    if "order_id" in document and "tracking_number" in document:
        return []  # a parcel: we told of it, or the order is told of as well
    raise unreadable("nobody knows a document of this shape")


def _number(level: Mapping[str, Any]) -> list[ShopFact]:
    """What is offered of an item at a place; null where the shop does not count it there."""
    number = level.get("available")
    if number is None:
        return []
    if type(number) is not int or not -(2**31) <= number < 2**31:
        raise unreadable("a number of units is out of range")
    listing = nodes.listing_id(id_of(level["inventory_item_id"]), id_of(level["location_id"]))
    return [NumberTold(listing, number, moment(level["updated_at"]))]
