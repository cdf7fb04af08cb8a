"""The site's clock: it dates what the shop writes and every answer; a test may stop it and put it forward, never back.

What waits (webhooks that are late, live orders) waits for real seconds.  Source: https://www.rfc-editor.org/rfc/rfc9110#field.date.
"""

from __future__ import annotations

import time
from email.utils import formatdate
from typing import Any

from sandbox.books import Books, utc
from sandbox.serving import Fields


def now(books: Books) -> float:
    """Seconds since the epoch, as the site has them."""
    clock = _read(books)
    return float(time.time() + clock["ahead_s"] if clock["stopped_at"] is None else clock["stopped_at"])


def show(books: Books) -> dict[str, Any]:
    """What the clock shows."""
    return {"now": utc(now(books)), "stopped": _read(books)["stopped_at"] is not None}


def http_date(books: Books) -> bytes:
    """For the Date header: of this very moment, as a web server before PHP writes it."""
    return formatdate(int(now(books)), usegmt=True).encode()


def turn(books: Books, fields: Fields) -> dict[str, Any]:
    """Stops the clock or lets it run on, and puts it forward by `forward_s`.  Kept over restarts."""
    stopped = fields.flag("stopped", _read(books)["stopped_at"] is not None)
    at = now(books) + fields.number("forward_s", 0.0, high=86_400)
    books.set_setting("clock", {"ahead_s": at - time.time(), "stopped_at": at if stopped else None})
    return show(books)


def _read(books: Books) -> dict[str, Any]:
    return books.find_setting("clock") or {"ahead_s": 0.0, "stopped_at": None}
