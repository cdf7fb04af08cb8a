"""Global ids: gid://shopify/Order/1, and moments to the second, as Shopify tells them.

Source: https://shopify.dev/docs/api/usage/gids, https://shopify.dev/docs/api/admin-rest/latest/resources/order (created_at)
"""

from __future__ import annotations

from datetime import UTC, datetime


def gid(kind: str, id: object) -> str:
    """The global id of something."""
    return f"gid://shopify/{kind}/{id}"


def number_of(gid: object) -> int:
    """The number in a global id; 0 in what is none."""
    tail = str(gid).rpartition("/")[2]
    return int(tail) if tail.isdecimal() else 0


def moment(at: float) -> str:
    """A moment to the second: what happens within one second cannot be told apart by it."""
    return datetime.fromtimestamp(at, tz=UTC).isoformat(timespec="seconds")
