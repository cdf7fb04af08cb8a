"""What a bulk operation brings: lines of variants and of their levels, in whatever sequence. Pure.

Source: https://shopify.dev/docs/api/usage/bulk-operations/queries (one object per line; without grouping a child may come before
its parent, so that each level names its item itself)
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from doorstep.channels.port import ListedItem
from doorstep.providers.plain import unreadable
from doorstep.providers.shopify.translate import nodes
from doorstep.providers.shopify.translate.values import id_of, object_of


def read_listings(lines: Iterable[str], *, objects: int, location: str) -> list[ListedItem]:
    """What is offered, by variant.  `objects`: how many the shop says it wrote.

    Refuses: what is not whole: what is missing in it would count as no longer offered.
    """
    variants: dict[str, dict[str, Any]] = {}
    levels: dict[str, list[dict[str, Any]]] = {}
    count = 0
    for line in lines:
        if not line.strip():
            continue
        found = _object(line)
        count += 1
        if "inventoryItem" in found:
            variants[_item_of(found["inventoryItem"])] = found
        elif "item" in found:
            levels.setdefault(_item_of(found["item"]), []).append(found)
        else:
            raise unreadable("nobody knows a line of this shape in what a bulk operation brought")
    if count != objects or not levels.keys() <= variants.keys():
        raise unreadable(f"a bulk operation wrote {objects} lines, and {count} came")
    return nodes.read_listings(_whole(variants, levels), location=location)


def _item_of(told: object) -> str:
    return id_of(object_of(told).get("id"))


def _object(line: str) -> dict[str, Any]:
    try:
        return dict(object_of(json.loads(line)))
    except (ValueError, RecursionError):
        raise unreadable("a line of a bulk operation is cut") from None


def _whole(variants: dict[str, dict[str, Any]], levels: dict[str, list[dict[str, Any]]]) -> Sequence[dict[str, Any]]:
    return [
        {**one, "inventoryItem": {**one["inventoryItem"], "inventoryLevels": {"nodes": levels.get(item, [])}}}
        for item, one in variants.items()
    ]
