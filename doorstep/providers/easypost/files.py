"""The files of labels, which lie elsewhere: on hosts of EasyPost, or where its interface is.

An answer of EasyPost names them, so nothing else is believed of their addresses: no other host, no address inside our own network,
no redirect, no key sent along, no more than a label has.  Source: OWASP, "Server Side Request Forgery Prevention".
"""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import httpx

from doorstep.base import outward
from doorstep.base.reach import Reach, may_reach
from doorstep.base.words import gettext_noop
from doorstep.shipping.port import Declined, LabelFile

TIMEOUT = httpx.Timeout(20, connect=5)
MOST_BYTES = 5_000_000
# Where EasyPost keeps files, as its answers name them. Source: https://docs.easypost.com/docs/shipments ("postage_label").
OWN_DOMAINS = ("easypost.com",)
BUCKET = re.compile(r"easypost-files\.s3(?:[.-][a-z]{2}(?:-[a-z]+)+-\d)?\.amazonaws\.com")
NOT_THERE = gettext_noop("The carrier names a place for its label that is not its own.")
TOO_LARGE = gettext_noop("The carrier's file is larger than any label.")


@dataclass(frozen=True, slots=True)
class Way:
    """How a file is reached.  `address`: the very one that was looked at; "" where its host is the interface's own."""

    url: str
    host: str
    address: str


def fetch(url: str, *, base: str, language: str) -> LabelFile | Declined:
    """The file at an address that EasyPost named.  `base`: where its interface is.

    Raises: httpx errors for what may come later: a file that is not there yet, or that is something else than a label.
    """
    way = find_way(url, base=base)
    if isinstance(way, Declined):
        return way
    headers, extensions = {"accept-encoding": "identity"}, {}
    if way.address:
        headers["host"], extensions = way.host, {"sni_hostname": way.host}
    read = b""
    with (
        outward.client(TIMEOUT) as http,
        http.stream("GET", way.url, headers=headers, extensions=extensions) as answer,
    ):
        answer.raise_for_status()
        for chunk in answer.iter_raw():
            read += chunk
            if len(read) > MOST_BYTES:
                return Declined(TOO_LARGE)
        if not is_label(read, language):
            problem = f"no {language.upper()} came, but {answer.headers.get('content-type', '?')[:60]} of {len(read)} bytes"
            raise httpx.DecodingError(problem, request=answer.request)
    return LabelFile(language, read)


def find_way(url: str, *, base: str) -> Way | Declined:
    """How to reach a file, once it is certain that it is EasyPost's.  Raises: httpx.ConnectError for names that lead nowhere."""
    try:
        parts, own = urlsplit(url), urlsplit(base)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return Declined(NOT_THERE)
    if parts.username or parts.password:
        return Declined(NOT_THERE)
    if (parts.scheme, parts.hostname, _port(parts)) == (own.scheme, own.hostname, _port(own)):
        return Way(url, host, "")
    if parts.scheme != "https" or port not in (None, 443) or not is_theirs(host):
        return Declined(NOT_THERE)
    try:
        found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    except OSError as problem:
        raise httpx.ConnectError(f"its name leads nowhere: {problem}") from None
    address = next((str(one[4][0]) for one in found if may_reach(str(one[4][0]), reach=Reach.PUBLIC)), None)
    if address is None:
        return Declined(NOT_THERE)
    where = f"[{address}]" if ":" in address else address
    return Way(parts._replace(netloc=where, fragment="").geturl(), host, address)


def is_theirs(host: str) -> bool:
    """Whether a host belongs to EasyPost."""
    return bool(BUCKET.fullmatch(host)) or any(host == one or host.endswith(f".{one}") for one in OWN_DOMAINS)


def is_label(data: bytes, language: str) -> bool:
    """Whether these bytes are what a printer of this language takes; what a server calls them says nothing."""
    if language == "pdf":
        return data.startswith(b"%PDF-") and b"%%EOF" in data[-1024:]
    return b"^XA" in data[:200] and b"^XZ" in data[-200:] and b"<html" not in data[:200].lower()


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)
