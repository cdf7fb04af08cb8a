"""The files of labels, which lie elsewhere: on hosts of EasyPost, or where its interface is.

An answer of EasyPost names them, so nothing else is believed of their addresses: no other host, no key sent along, no more than a
label has; that no name leads inside and no redirect elsewhere is `base.outward`'s.
Source: OWASP, "Server Side Request Forgery Prevention".
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

import httpx

from doorstep.base import outward
from doorstep.base.answers import TooLarge
from doorstep.base.words import gettext_noop
from doorstep.shipping.port import Declined, LabelFile

TIMEOUT = httpx.Timeout(20, connect=5)
MOST_BYTES = 5_000_000
# Where EasyPost keeps files, as its answers name them. Source: https://docs.easypost.com/docs/shipments ("postage_label").
OWN_DOMAINS = ("easypost.com",)
BUCKET = re.compile(r"easypost-files\.s3(?:[.-][a-z]{2}(?:-[a-z]+)+-\d)?\.amazonaws\.com")
NOT_THERE = gettext_noop("The carrier names a place for its label that is not its own.")
TOO_LARGE = gettext_noop("The carrier's file is larger than any label.")


def fetch(url: str, *, base: str, language: str) -> LabelFile | Declined:
    """The file at an address that EasyPost named.  `base`: where its interface is.

    Raises: httpx errors for what may come later: a file that is not there yet, or that is something else than a label.
    """
    if not may_hold(url, base=base):
        return Declined(NOT_THERE)
    try:
        with outward.client(TIMEOUT, most=MOST_BYTES) as http:
            answer = http.get(url)
    except TooLarge:
        return Declined(TOO_LARGE)
    answer.raise_for_status()
    if not is_label(answer.content, language):
        problem = f"no {language.upper()} came, but {answer.headers.get('content-type', '?')[:60]} of {len(answer.content)} bytes"
        raise httpx.DecodingError(problem, request=answer.request)
    return LabelFile(language, answer.content)


def may_hold(url: str, *, base: str) -> bool:
    """Whether an address is one of EasyPost's files: with its interface, or on hosts of its own, in the closed."""
    try:
        parts, own = urlsplit(url), urlsplit(base)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return False
    if parts.username or parts.password:
        return False
    if (parts.scheme, parts.hostname, _port(parts)) == (own.scheme, own.hostname, _port(own)):
        return True
    return parts.scheme == "https" and port in (None, 443) and is_theirs(host)


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
