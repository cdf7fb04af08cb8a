"""What a connection may be called, where it may point, and what its jobs share."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from doorstep.base import addresses
from doorstep.base.needs import Need, check
from doorstep.base.reach import Reach, may_lead
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop

EVERYTHING = "*"
NO_URL = gettext_noop("This is not an address such as https://shop.example.com.")
# Source: Standard Webhooks, "Deliverability and reliability": at once, then for about three days.
WAITS_S = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
MOST_ATTEMPTS = len(WAITS_S) + 1


def check_name(name: str) -> str:
    """The name without its margins.  Refuses: nothing, too much, control characters."""
    text = name.strip()
    if not text:
        raise Refused(INVALID, {"field": "name", "problem": gettext_noop("Write something here.")})
    if len(text) > 80 or any(ord(c) < 32 for c in text):
        raise Refused(INVALID, {"field": "name", "problem": gettext_noop("This is too long, or not plain text.")})
    return text


def check_settings(given: Mapping[str, str], *, needs: Sequence[Need]) -> dict[str, str]:
    """What a kind of shop needs.  Refuses: as `base.needs.check`."""
    return check(given, needs=needs, no_url=NO_URL)


def lock_of(connection_id: int) -> str:
    """What introductions to one shop share in the queue, so that they never overlap."""
    return f"connection:{connection_id}"


def check_hook_url(url: str, *, reach: Reach) -> str:
    """Where webhooks go.  Refuses: anything but http and https with a host, and addresses that may not be reached."""
    text = addresses.check_url(url, problem=gettext_noop("This is not an address such as https://shop.example.com/hooks."))
    if not may_lead(text, reach=reach):
        raise Refused(INVALID, {"field": "url", "problem": gettext_noop("Webhooks may not go to addresses of our own network.")})
    return text


def check_types(types: Sequence[str], *, known: Collection[str]) -> list[str]:
    """The types without doubles, sorted; `*` alone where it is among them.  Refuses: none, and types that nobody tells."""
    wanted = sorted({one.strip() for one in types if one.strip()})
    if EVERYTHING in wanted:
        return [EVERYTHING]
    if not wanted:
        raise Refused(INVALID, {"field": "types", "problem": gettext_noop("Choose at least one type of event.")})
    if not set(wanted) <= set(known):
        raise Refused(INVALID, {"field": "types", "problem": gettext_noop("One of these types is not in the catalogue.")})
    return wanted


def wants(types: Sequence[str], type: str) -> bool:
    """Whether a subscription is told of events of this type."""
    return EVERYTHING in types or type in types


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts that came to nothing."""
    return timedelta(seconds=WAITS_S[min(attempts, len(WAITS_S)) - 1])


def quiet_after(silent: int) -> timedelta:
    """How long a receiver is left alone that could not be reached so often, one time after the other."""
    return timedelta(seconds=min(2**silent, 300))
