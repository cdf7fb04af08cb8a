"""What a webhook may bring, and what of it is kept."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest

from doorstep.base.problems import TOO_LARGE
from doorstep.base.refusals import Refused

LARGEST = 2 * 1024 * 1024
LARGEST_MAIL = 50 * 1024 * 1024
KEPT = ("content-type", "user-agent", "webhook-id", "webhook-timestamp", "webhook-signature")


def read_body(request: HttpRequest, most: int = LARGEST) -> bytes:
    """The raw bytes.  Refuses: more than `most` (2 MiB), before reading where the sender says so."""
    length = request.headers.get("Content-Length", "")
    body = b"" if length.isdigit() and int(length) > most else request.read(most + 1)
    if len(body) > most or (length.isdigit() and int(length) > most):
        raise Refused(TOO_LARGE, {"most": most})
    return body


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers worth keeping, cut; never cookies or credentials."""
    return {name.lower(): value[:500] for name, value in headers.items() if name.lower() in KEPT}
