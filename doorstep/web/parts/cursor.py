"""Keyset paging: a page ends with a token that says where the next one begins."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from django.http import HttpRequest

from doorstep.web.parts.given import keepable

Row = TypeVar("Row")
Key = tuple[Any, ...]


def pack(key: Key) -> str:
    """A token for an address; times keep their microseconds."""
    plain = [{"t": part.isoformat()} if isinstance(part, datetime) else part for part in key]
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def unpack(token: str, *shape: type) -> Key | None:
    """What `pack` was given; None for anything else, so that a mangled address starts at the first page."""
    try:
        plain = json.loads(base64.urlsafe_b64decode(token.encode() + b"=" * (-len(token) % 4)))
        parts = [_moment(p["t"]) if isinstance(p, dict) else p for p in plain]
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    fits = len(parts) == len(shape) and all(type(p) is s for p, s in zip(parts, shape, strict=True))
    return tuple(parts) if fits and all(_is_askable(p) for p in parts) else None


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time of no zone")
    return at.astimezone(UTC)


def _is_askable(part: Any) -> bool:
    if isinstance(part, str):
        return keepable(part) == part
    return not isinstance(part, int) or abs(part) < 2**63


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows of one page and, when there are more, the address of the next."""

    rows: Sequence[Row]
    next_url: str
    first_url: str


def paged(request: HttpRequest, rows: Sequence[Row], *, limit: int, key: Callable[[Row], Key]) -> Page[Row]:
    """Cuts a page out of `limit` + 1 rows; the address keeps the filters and gets `after`."""
    shown = list(rows[:limit])
    query = request.GET.copy()
    had = query.pop("after", None)
    first = f"{request.path}?{query.urlencode()}" if query else request.path
    following = ""
    if len(rows) > limit:
        query["after"] = pack(key(shown[-1]))
        following = f"{request.path}?{query.urlencode()}"
    return Page(shown, following, first if had else "")
