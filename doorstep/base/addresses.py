"""Addresses that people write down for others to be reached at."""

from __future__ import annotations

from urllib.parse import urlsplit

from doorstep.base.refusals import INVALID, Refused


def check_url(url: str, *, problem: str) -> str:
    """A web address without its trailing slash.  Refuses: anything but http and https with a host, with `problem`."""
    text = url.strip().rstrip("/")
    try:
        parts = urlsplit(text)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and not parts.username
    except ValueError:
        fits = False
    if not fits or len(text) > 200 or any(ord(c) <= 32 for c in text):
        raise Refused(INVALID, {"field": "url", "problem": problem})
    return text
