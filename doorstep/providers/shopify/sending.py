"""What of a parcel Shopify still waits for, and where. Pure.

Source: https://shopify.dev/docs/api/admin-graphql/2026-07/mutations/fulfillmentCreate: one fulfilment is of one location.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from doorstep.channels.port import Opened, Returned, Shipped
from doorstep.providers.shopify.translate.values import id_of

OPEN = ("OPEN", "IN_PROGRESS")
HELD = ("ON_HOLD", "SCHEDULED")
VOID = ("CANCELLED", "ERROR", "FAILURE")


@dataclass(slots=True)
class Wish:
    """Units that left, which the shop is to note.  `item`: the variant's number, "" where only its SKU is known."""

    item: str
    sku: str
    left: int

    def fits(self, line: Mapping[str, Any]) -> bool:
        """Whether a line of the shop's is of this."""
        if not self.item:
            return (line["sku"] or "") == self.sku
        return line["variant"] is not None and id_of(line["variant"]["id"]) == self.item


def known(fulfilments: Sequence[Mapping[str, Any]], tracking_number: str) -> list[str]:
    """The fulfilments that a tracking number has already."""
    return [
        one["id"]
        for one in fulfilments
        if one["status"] not in VOID and any(info["number"] == tracking_number for info in one["trackingInfo"])
    ]


def wishes(shipped: Shipped | Returned | Opened) -> list[Wish]:
    """What is in a parcel, or came back."""
    items = shipped.items or ("",) * len(shipped.lines)
    return [Wish(item, sku, qty) for item, (sku, qty) in zip(items, shipped.lines, strict=True)]


def take(wanted: Sequence[Wish], line: Mapping[str, Any], qty: int) -> int:
    """Takes up to so many units of a line off what is wanted.  Returns: how many."""
    taken = 0
    for wish in wanted:
        part = min(wish.left, qty - taken) if wish.fits(line) else 0
        wish.left -= part
        taken += part
    return taken


def by_location(orders: Sequence[Mapping[str, Any]], wanted: Sequence[Wish]) -> list[list[dict[str, Any]]]:
    """What is wanted as lines of fulfilment orders, as far as the shop waits for it; one list for each location."""
    places: dict[str, list[dict[str, Any]]] = {}
    for order in orders:
        if order["status"] not in OPEN:
            continue
        taken = [(line["id"], take(wanted, line, line["remainingQuantity"])) for line in order["lineItems"]["nodes"]]
        lines = [{"id": id, "quantity": qty} for id, qty in taken if qty]
        if lines:
            at = (order["assignedLocation"]["location"] or {}).get("id", "")
            places.setdefault(at, []).append({"fulfillmentOrderId": order["id"], "fulfillmentOrderLineItems": lines})
    return list(places.values())


def is_held(orders: Sequence[Mapping[str, Any]], wanted: Sequence[Wish]) -> bool:
    """Whether the shop would wait for some of these units, if it did not hold them back."""
    return any(
        line["remainingQuantity"] > 0 and wish.left > 0 and wish.fits(line)
        for order in orders
        if order["status"] in HELD
        for line in order["lineItems"]["nodes"]
        for wish in wanted
    )
