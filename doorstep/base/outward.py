"""The way out to vendors: HTTP that goes only where the house allows, since whose address it is a tenant may say.

Source: OWASP, "Server Side Request Forgery Prevention".
"""

from __future__ import annotations

import socket
from collections.abc import Mapping

import httpx
from django.conf import settings

from doorstep.base import answers, tls
from doorstep.base.reach import Reach, may_lead, may_reach, origin_of
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop

ADDRESSES = ("url", "auth_url", "bridge")
MOST_ADDRESSES = 4
OUR_OWN = "it leads to an address of our own network"
INSIDE = gettext_noop(
    "This address lies inside our own network. Whoever runs Doorstep allows that with DOORSTEP_VENDORS_AT_PRIVATE=1."
)


def client(
    timeout: httpx.Timeout | float, *, auth: tuple[str, str] | None = None, most: int = answers.MOST_BYTES,
    longest_s: float = answers.LONGEST_S,
) -> httpx.Client:  # fmt: skip
    """For one call or a few: trusts the usual authorities, asks no proxy, follows no redirect, and connects only to addresses that
    may be reached, to the very one that was looked at.

    `most`: bytes that an answer has at most, unpacked.  `longest_s`: how long it may take to come, once it begins.
    Raises: httpx.ConnectError for other addresses, answers.TooLarge, and httpx.ReadTimeout for an answer that takes longer.
    """
    guarded = _Guarded(answers.Bounds(most, longest_s))
    return httpx.Client(
        transport=guarded, timeout=timeout, auth=auth, trust_env=False, follow_redirects=False, headers=answers.ASKED_FOR
    )


def checked(given: Mapping[str, str]) -> dict[str, str]:
    """How a vendor is reached, as somebody gave it.

    Refuses: addresses that lie inside our own network, unless the house allows it.
    """
    for name in ADDRESSES:
        url = given.get(name, "")
        if url and not (_is_ours(url) or may_lead(url, reach=Reach(settings.VENDOR_REACH))):
            raise Refused(INVALID, {"field": name, "problem": INSIDE})
    return dict(given)


def require_outside(host: str, port: int) -> None:
    """For what is spoken otherwise than by HTTP: says no before anybody connects.

    Raises: ConnectionRefusedError where a host stands for any address that may not be reached, OSError where it stands for none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    if not all(may_reach(str(one[4][0]), reach=Reach(settings.VENDOR_REACH)) for one in found):
        raise ConnectionRefusedError(OUR_OWN)


class _Guarded(httpx.HTTPTransport):
    """Connects to one of the addresses that a name stands for, while certificates are still those of the name."""

    def __init__(self, bounds: answers.Bounds) -> None:
        super().__init__(verify=tls.trusted())
        self._bounds = bounds

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return answers.bound(self._reach(request), bounds=self._bounds)

    def _reach(self, request: httpx.Request) -> httpx.Response:
        if _is_ours(str(request.url)):
            return super().handle_request(request)
        trouble: httpx.TransportError = httpx.ConnectError("its name leads nowhere")
        for address in _addresses(request.url):
            if not may_reach(address, reach=Reach(settings.VENDOR_REACH)):
                trouble = httpx.ConnectError(OUR_OWN)
                continue
            try:
                return super().handle_request(_to(request, address))
            except (httpx.ConnectError, httpx.ConnectTimeout) as problem:
                trouble = problem
        raise trouble


def _is_ours(url: str) -> bool:
    """Whether it is one of the sandboxes that this house runs itself."""
    where = origin_of(url)
    return where is not None and where in {origin_of(one) for one in settings.SANDBOXES}


def _addresses(url: httpx.URL) -> list[str]:
    try:
        found = socket.getaddrinfo(url.host, url.port or (443 if url.scheme == "https" else 80), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as problem:
        raise httpx.ConnectError(f"its name leads nowhere: {problem}") from None
    return list(dict.fromkeys(str(one[4][0]) for one in found))[:MOST_ADDRESSES]


def _to(request: httpx.Request, address: str) -> httpx.Request:
    """The same request to one address of its host."""
    host = request.url.raw_host.decode("ascii")
    if address == host:
        return request
    return httpx.Request(
        request.method, request.url.copy_with(host=address), headers=request.headers, stream=request.stream,
        extensions={**request.extensions, "sni_hostname": host},
    )  # fmt: skip
