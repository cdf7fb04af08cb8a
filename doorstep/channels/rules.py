"""What a connection may be called, where it may point, and what its jobs share."""

from __future__ import annotations

from doorstep.base import addresses
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop


def check_name(name: str) -> str:
    """The name without its margins.  Refuses: nothing, too much, control characters."""
    text = name.strip()
    if not text:
        raise Refused(INVALID, {"field": "name", "problem": gettext_noop("Write something here.")})
    if len(text) > 80 or any(ord(c) < 32 for c in text):
        raise Refused(INVALID, {"field": "name", "problem": gettext_noop("This is too long, or not plain text.")})
    return text


def check_url(url: str) -> str:
    """The address of a shop without its trailing slash.  Refuses: anything but http and https with a host."""
    return addresses.check_url(url, problem=gettext_noop("This is not an address such as https://shop.example.com."))


def lock_of(connection_id: int) -> str:
    """What introductions to one shop share in the queue, so that they never overlap."""
    return f"connection:{connection_id}"
