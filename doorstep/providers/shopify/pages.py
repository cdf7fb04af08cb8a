"""Lists that come in pages: as many are asked for as there are.

Source: https://shopify.dev/docs/api/usage/pagination-graphql
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from doorstep.providers.shopify.calls import Calls
from doorstep.providers.shopify.queries import Operation


def every(
    calls: Calls, operation: Operation, known: Mapping[str, Any], path: Sequence[str], *, after: str | None = None
) -> Iterator[dict[str, Any]]:
    """What is on all pages from a place on; nothing of what is gone meanwhile."""
    while True:
        page: Any = calls.read(operation, {**known, "after": after})
        for name in path:
            page = (page or {}).get(name)
        if page is None:
            return
        yield from page["nodes"]
        if (after := next_of(page)) is None:
            return


def complete(
    calls: Calls, page: dict[str, Any], operation: Operation, known: Mapping[str, str], path: Sequence[str]
) -> None:
    """Adds to the first page of a list what is on its other pages; asks only where there are any."""
    if page["pageInfo"]["hasNextPage"]:
        page["nodes"] += list(every(calls, operation, known, path, after=page["pageInfo"]["endCursor"]))


def next_of(page: Mapping[str, Any]) -> str | None:
    """Where the next page begins; None after the last."""
    info = page["pageInfo"]
    return str(info["endCursor"]) if info["hasNextPage"] else None
