"""What every page for customers shares: who they are to us, their language, and answers that nobody keeps."""

from __future__ import annotations

import ipaddress

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation.trans_real import parse_accept_lang_header

from doorstep.accounts.values import LANGUAGES
from doorstep.base.ctx import Actor, Ctx, new_trace

HOUR_S = 3600


def customer_ctx(organisation_id: int) -> Ctx:
    """Somebody without an account, at this moment."""
    return Ctx(organisation_id, Actor("customer", 0, ""), timezone.now(), new_trace())


def language_of(request: HttpRequest, otherwise: str) -> str:
    """The language that the address asks for, else another of ours."""
    wanted = request.GET.get("language", "")
    found = wanted if wanted in LANGUAGES else otherwise
    return found if found in LANGUAGES else "en"


def spoken(request: HttpRequest, *, otherwise: str) -> str:
    """The language of somebody nobody knows yet: what the address asks for, else the browser's first of ours, else another."""
    wanted = parse_accept_lang_header(request.headers.get("Accept-Language", "")[:500].lower())
    browser = next((code for tag, _ in wanted if (code := tag.partition("-")[0]) in LANGUAGES), otherwise)
    return language_of(request, browser)


def may_ask(request: HttpRequest, *, what: str, most: int) -> bool:
    """Counts attempts per address and hour; whoever has one address of IPv6 has a whole network of them."""
    return within(f"{what}:{network_of(request.META.get('REMOTE_ADDR', ''))}", most=most, per_s=HOUR_S)


def network_of(address: str) -> str:
    """What one person may come from: an address of IPv4, the first 64 bits of one of IPv6.  Source: RFC 4291, 2.5.4; RFC 6177."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv4Address) or ip.ipv4_mapped:
        return str(ip if isinstance(ip, ipaddress.IPv4Address) else ip.ipv4_mapped)
    return str(ipaddress.ip_network((ip, 64), strict=False))


def within(key: str, *, most: int, per_s: int) -> bool:
    """Counts what is done under a key in a span of time; False once it is more than `most`."""
    slot = f"{key}:{per_s}:{int(timezone.now().timestamp()) // per_s}"
    if cache.add(slot, 1, per_s):
        return True
    try:
        count = int(cache.incr(slot))
    except ValueError:  # its time ended a moment ago
        return True
    cache.touch(slot, per_s)  # counting on would let it end sooner
    return count <= most


def kept_private(response: HttpResponse) -> HttpResponse:
    """The answer as no cache, search engine or other site may have it."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    return response
