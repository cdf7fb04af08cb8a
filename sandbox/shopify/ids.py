"""Global ids: gid://shopify/Order/1.  Source: https://shopify.dev/docs/api/usage/gids"""

from __future__ import annotations


def gid(kind: str, id: object) -> str:
    """The global id of something."""
    return f"gid://shopify/{kind}/{id}"


def number_of(gid: object) -> int:
    """The number in a global id; 0 in what is none."""
    tail = str(gid).rpartition("/")[2]
    return int(tail) if tail.isdecimal() else 0
