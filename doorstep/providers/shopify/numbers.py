"""What Shopify says to numbers of its inventory. Pure.

Source: https://shopify.dev/docs/api/admin-graphql/2026-07/mutations/inventorySetQuantities: one that it does not take, and none of
the list is taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from doorstep.channels.port import Declined, Gone, Number, NumberAnswer, Stale
from doorstep.providers.shopify.translate.nodes import gid, place_of

STALE = ("CHANGE_FROM_QUANTITY_STALE", "COMPARE_QUANTITY_STALE")
GONE = ("INVALID_INVENTORY_ITEM", "INVALID_LOCATION", "ITEM_NOT_STOCKED_AT_LOCATION", "NON_MUTABLE_INVENTORY_ITEM")
STILL_AT_IT = "IDEMPOTENCY_CONCURRENT_REQUEST"
KEY_IS_SPENT = ("IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED", "IDEMPOTENCY_KEY_PARAMETER_MISMATCH")


def as_input(numbers: Sequence[Number]) -> dict[str, Any]:
    """Numbers as the shop takes them; what is not known is not compared."""
    quantities = []
    for one in numbers:
        item, location = place_of(one.id) or ("0", "0")
        quantities.append(
            {
                "inventoryItemId": gid("InventoryItem", item), "locationId": gid("Location", location),
                "quantity": one.number, "changeFromQuantity": one.shows,
            }
        )  # fmt: skip
    return {"name": "available", "reason": "correction", "quantities": quantities}


def refused(errors: Sequence[Mapping[str, Any]], numbers: Sequence[Number]) -> dict[str, NumberAnswer]:
    """What became of the numbers that errors are about, by listing; an error about none of them is about all."""
    found: dict[str, NumberAnswer] = {}
    for error in errors:
        code, said = str(error.get("code")), str(error.get("message"))[:300]
        if code in KEY_IS_SPENT or code == STILL_AT_IT:
            continue
        for one in _meant(error, numbers):
            found.setdefault(one.id, _answer(code, said))
    return found


def has(errors: Sequence[Mapping[str, Any]], *codes: str) -> bool:
    """Whether one of these codes is among errors."""
    return any(error.get("code") in codes for error in errors)


def _answer(code: str, said: str) -> NumberAnswer:
    if code in STALE:
        return Stale(None)
    return Gone(said) if code in GONE else Declined(said)


def _meant(error: Mapping[str, Any], numbers: Sequence[Number]) -> Sequence[Number]:
    """Which numbers an error names: its path is input, quantities, place in the list, field."""
    for part in error.get("field") or ():
        if str(part).isdecimal() and int(part) < len(numbers):
            return [numbers[int(part)]]
    return numbers
