"""Whom we trust on the network."""

from __future__ import annotations

import ssl
from functools import cache

import httpx


@cache
def trusted() -> ssl.SSLContext:
    """The usual authorities, read once: a client that reads them itself spends more time on that than on its call."""
    return httpx.create_ssl_context(trust_env=False)
