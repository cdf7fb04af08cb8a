"""What of a parcel Shopify still waits for, and where. Pure.

Source: https://shopify.dev/docs/api/admin-graphql/2026-07/mutations/fulfillmentCreate: one fulfilment is of one location.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

OPEN = ("OPEN", "IN_PROGRESS")
HELD = ("ON_HOLD", "SCHEDULED")
VOID = ("CANCELLED", "ERROR", "FAILURE")


def known(fulfilments: Sequence[Mapping[str, Any]], tracking_number: str) -> list[str]:
    """The fulfilments that a tracking number has already."""
    return [
        one["id"]
        for one in fulfilments
        if one["status"] not in VOID and any(info["number"] == tracking_number for info in one["trackingInfo"])
    ]


def by_location(orders: Sequence[Mapping[str, Any]], wanted: Counter[str]) -> list[list[dict[str, Any]]]:
    """Units of SKUs as lines of fulfilment orders, as far as the shop waits for them; one list for each location."""
    left, places = Counter(wanted), dict[str, list[dict[str, Any]]]()
    for order in orders:
        if order["status"] not in OPEN:
            continue
        lines = []
        for line in order["lineItems"]["nodes"]:
            take = min(left[line["sku"] or ""], line["remainingQuantity"])
            if take > 0:
                left[line["sku"] or ""] -= take
                lines.append({"id": line["id"], "quantity": take})
        if lines:
            at = (order["assignedLocation"]["location"] or {}).get("id", "")
            places.setdefault(at, []).append({"fulfillmentOrderId": order["id"], "fulfillmentOrderLineItems": lines})
    return list(places.values())


def is_held(orders: Sequence[Mapping[str, Any]], wanted: Counter[str]) -> bool:
    """Whether the shop would wait for some of these units, if it did not hold them back."""
    return any(
        line["remainingQuantity"] > 0 and wanted[line["sku"] or ""] > 0
        for order in orders
        if order["status"] in HELD
        for line in order["lineItems"]["nodes"]
    )
