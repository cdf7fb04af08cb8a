"""What a bulk operation brings: lines of variants and of their levels, in whatever sequence. Pure.

Source: https://shopify.dev/docs/api/usage/bulk-operations/queries (one object per line; without grouping a child may come before
its parent, so that each level names its item itself)
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from doorstep.channels.port import ListedItem
from doorstep.providers.plain import text, unreadable
from doorstep.providers.shopify.translate import nodes
from doorstep.providers.shopify.translate.values import id_of, object_of


def read_listings(lines: Iterable[str], *, objects: int, roots: int, location: str) -> list[ListedItem]:
    """What is offered, by variant.  `objects`, `roots`: how many things, and how many variants, the shop says it wrote.

    A line that came twice counts once.
    Refuses: what is not whole: what is missing in it would count as no longer offered.
    """
    variants: dict[str, dict[str, Any]] = {}
    levels: dict[str, dict[str, dict[str, Any]]] = {}
    for line in lines:
        if not line.strip():
            continue
        found = _object(line)
        if "inventoryItem" in found:
            variants[_item_of(found["inventoryItem"])] = found
        elif "item" in found:
            levels.setdefault(_item_of(found["item"]), {})[text(found.get("id"), 300)] = found
        else:
            raise unreadable("nobody knows a line of this shape in what a bulk operation brought")
    count = len(variants) + sum(len(one) for one in levels.values())
    if (count, len(variants)) != (objects, roots) or not levels.keys() <= variants.keys():
        raise unreadable(f"a bulk operation wrote {objects} things, {roots} of them variants; {count} and {len(variants)} came")
    return nodes.read_listings(_whole(variants, levels), location=location)


def _item_of(told: object) -> str:
    return id_of(object_of(told).get("id"))


def _object(line: str) -> dict[str, Any]:
    try:
        return dict(object_of(json.loads(line)))
    except (ValueError, RecursionError):
        raise unreadable("a line of a bulk operation is cut") from None


def _whole(variants: dict[str, dict[str, Any]], levels: dict[str, dict[str, dict[str, Any]]]) -> Sequence[dict[str, Any]]:
    return [
        {**one, "inventoryItem": {**one["inventoryItem"], "inventoryLevels": {"nodes": [*levels.get(item, {}).values()]}}}
        for item, one in variants.items()
    ]
