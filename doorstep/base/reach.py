"""How far into our own network calls may go that lead where a tenant says.  Pure.

Source: RFC 6890; OWASP, "Server Side Request Forgery Prevention".
"""

from __future__ import annotations

import ipaddress
from enum import StrEnum
from urllib.parse import urlsplit

# All that is given out of IPv6 so far: beside it lie site-local, translated and IPv4-compatible addresses, which lead inside.
# Source: https://www.iana.org/assignments/ipv6-address-space
GIVEN_OUT = ipaddress.ip_network("2000::/3")


class Reach(StrEnum):
    """How far into our own network calls may go."""

    PUBLIC = "public"
    LOOPBACK = "loopback"
    PRIVATE = "private"


def may_reach(address: str, *, reach: Reach) -> bool:
    """Whether a call may go to an IP address: to no private, local or reserved one, unless the house allows it.

    Raises: ValueError for what is no IP address.
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


def may_lead(url: str, *, reach: Reach) -> bool:
    """Whether calls may go to a web address, as far as its own text says: what a name stands for is looked at whenever one goes."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
        return may_reach("127.0.0.1" if host == "localhost" or host.endswith(".localhost") else host, reach=reach)
    except ValueError:
        return True


def origin_of(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of a web address; None for what is none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    return parts.scheme, (parts.hostname or "").rstrip("."), port or (443 if parts.scheme == "https" else 80)


def _carried(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address inside an IPv6 one: mapped, 6to4 or NAT64."""
    if isinstance(ip, ipaddress.IPv4Address):
        return None
    if ip in ipaddress.ip_network("64:ff9b::/96"):
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour
