"""Whom we trust on the network."""

from __future__ import annotations

import ssl
from functools import cache

import httpx


@cache
def trusted() -> ssl.SSLContext:
    """The usual authorities, read once: a client that reads them itself spends more time on that than on its call."""
    return httpx.create_ssl_context(trust_env=False)


@cache
def trusted_by_mail() -> ssl.SSLContext:
    """The machine's own authorities, also read once.  Servers of mail turn away who asks for HTTP, as clients of HTTP make
    their context do, so it is another one.  Source: RFC 7301, 3.2; httpcore's `set_alpn_protocols`."""
    return ssl.create_default_context()
