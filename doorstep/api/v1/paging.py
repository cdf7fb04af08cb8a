"""Keyset paging: `next` is opaque, and the page after it never repeats or skips a row."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from doorstep.base.problems import Mistake, Mistaken
from doorstep.base.words import gettext_noop

Row = TypeVar("Row")
BIGGEST = 2**63 - 1


def pack(kind: str, key: tuple[Any, ...]) -> str:
    """A cursor.  `kind` names the order of the list, so that a cursor of another list is noticed."""
    plain = [kind, *(part.isoformat() if isinstance(part, datetime) else part for part in key)]
    return base64.urlsafe_b64encode(json.dumps(plain, separators=(",", ":")).encode()).decode().rstrip("=")


def by_moment(cursor: str, kind: str) -> tuple[datetime, int] | None:
    """The (moment, id) in a cursor; None for the first page.  Refuses: anything that `pack` did not make."""
    parts = _unpack(cursor, kind, 2)
    if parts is None:
        return None
    try:
        return datetime.fromisoformat(parts[0]).astimezone(UTC), _whole(parts[1])
    except (TypeError, ValueError, OverflowError):
        raise _mangled() from None


def by_id(cursor: str, kind: str) -> int | None:
    """The id in a cursor; None for the first page.  Refuses: anything that `pack` did not make."""
    parts = _unpack(cursor, kind, 1)
    return None if parts is None else _whole(parts[0])


def by_day(cursor: str, kind: str) -> tuple[date, int] | None:
    """The (day, id) in a cursor, the day as its ordinal; None for the first page.  Refuses: anything that `pack` did not make."""
    parts = _unpack(cursor, kind, 2)
    if parts is None:
        return None
    try:
        return date.fromordinal(_whole(parts[0])), _whole(parts[1])
    except (ValueError, OverflowError):
        raise _mangled() from None


def by_place(cursor: str, kind: str, *, field: str = "cursor") -> tuple[str, int, int, int] | None:
    """The (mark, three numbers) in a cursor; None without one.  Refuses: anything that `pack` did not make."""
    parts = _unpack(cursor, kind, 4, field)
    if parts is None:
        return None
    if not isinstance(parts[0], str):
        raise _mangled(field)
    since, until, after = (_whole(part, field) for part in parts[1:])
    return parts[0], since, until, after


def cut(
    rows: Sequence[Row], *, limit: int, kind: str, key: Callable[[Row], tuple[Any, ...]]
) -> tuple[list[Row], str | None]:
    """A page out of `limit` + 1 rows, and the cursor of the next one."""
    shown = list(rows[:limit])
    return shown, pack(kind, key(shown[-1])) if len(rows) > limit else None


def _unpack(cursor: str, kind: str, width: int, field: str = "cursor") -> list[Any] | None:
    if not cursor:
        return None
    try:
        plain = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        raise _mangled(field) from None
    if not isinstance(plain, list) or len(plain) != width + 1 or plain[0] != kind:
        raise _mangled(field)
    return plain[1:]


def _whole(value: Any, field: str = "cursor") -> int:
    if type(value) is not int or not 0 <= value <= BIGGEST:
        raise _mangled(field)
    return value


def _mangled(field: str = "cursor") -> Mistaken:
    return Mistaken([Mistake(field, "bad_cursor", gettext_noop("is not the cursor of this list."))])
