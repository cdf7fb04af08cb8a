"""What a connection may be called, where it may point, and what its jobs share."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from urllib.parse import urlsplit

from doorstep.base import addresses
from doorstep.base.needs import Need, check
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.channels.values import Reach

EVERYTHING = "*"
NO_URL = gettext_noop("This is not an address such as https://shop.example.com.")
# Source: Standard Webhooks, "Deliverability and reliability": at once, then for about three days.
WAITS_S = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
MOST_ATTEMPTS = len(WAITS_S) + 1
# All that is given out of IPv6 so far: beside it lie site-local, translated and IPv4-compatible addresses, which lead inside.
# Source: https://www.iana.org/assignments/ipv6-address-space
GIVEN_OUT = ipaddress.ip_network("2000::/3")


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
    host = (urlsplit(text).hostname or "").rstrip(".")
    given = "127.0.0.1" if host == "localhost" or host.endswith(".localhost") else host
    try:
        allowed = may_reach(given, reach=reach)
    except ValueError:
        allowed = True  # a name: what it stands for is looked at whenever something is sent
    if not allowed:
        raise Refused(INVALID, {"field": "url", "problem": gettext_noop("Webhooks may not go to addresses of our own network.")})
    return text


def may_reach(address: str, *, reach: Reach) -> bool:
    """Whether webhooks may go to an IP address: no private, local or reserved one, unless the house allows it.

    Raises: ValueError for what is no IP address.  Source: RFC 6890; OWASP, "Server Side Request Forgery Prevention".
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    inner = _carried(ip)
    if inner is not None:
        return may_reach(str(inner), reach=reach)
    if reach is Reach.PRIVATE:
        return not (ip.is_multicast or ip.is_unspecified)
    if ip.is_loopback:
        return reach is Reach.LOOPBACK
    return ip.is_global and not ip.is_multicast and (ip.version == 4 or ip in GIVEN_OUT)


def _carried(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address inside an IPv6 one: mapped, 6to4 or NAT64."""
    if isinstance(ip, ipaddress.IPv4Address):
        return None
    if ip in ipaddress.ip_network("64:ff9b::/96"):
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour


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
