"""POST /api/v1/orders beside Django: an ASGI callable that does for itself what the middleware would have done.

Django's handlers cost more than the database takes for an order (docs/adr/0025). The door of the API and this lane use the same
functions for keys, rates, sizes, idempotency and problems, and the same accept; only how the work is grouped differs.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections
from django.http.request import validate_host

from doorstep.accounts.values import ApiKey
from doorstep.api import keys, limits, troubles
from doorstep.api.lane import reading
from doorstep.api.lane.queue import Queue
from doorstep.api.lane.taking import SCOPE, Said, Waiting, problem_of
from doorstep.api.v1.door import idempotency_key, wish_of
from doorstep.base import problems
from doorstep.base.ctx import new_trace
from doorstep.base.refusals import Refused

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Observe = Callable[[int, float], None]
Authenticate = Callable[[str, datetime], Awaitable[ApiKey]]

PATH = "/api/v1/orders"
_KEYS = ThreadPoolExecutor(2, thread_name_prefix="orders-keys")  # the loop's own threads may all wait for something
BODY_WITHIN_S = 20.0
KEY_KNOWN_FOR_S = 10.0  # what is done under a key asks again, in its own transaction, whether the key still lives
SAFE = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
]


class Gone(Exception):
    """The sender hung up."""


class Lane:
    """Takes single orders; everything else goes on to `inner`, and so does what only a middleware would have an answer to,
    such as a header that stands there twice.

    `observe`: is told the status and the seconds of each answer.  `authenticate`: finds the key of a header that is new here.
    """

    def __init__(
        self,
        inner: Application,
        *,
        observe: Observe,
        queue: Queue | None = None,
        authenticate: Authenticate | None = None,
    ) -> None:
        self._inner, self._observe = inner, observe
        self._find_key = authenticate or sync_to_async(_authenticate, thread_sensitive=False, executor=_KEYS)
        self._queue = queue or Queue()
        self._known: dict[bytes, tuple[ApiKey, float]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a new order after its commit."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST" or scope["query_string"]:
            await self._inner(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if len(headers) < len(scope["headers"]) or not _is_ours(headers.get(b"host", b"")):
            await self._inner(scope, receive, send)
            return
        began = time.perf_counter()
        trace = new_trace()
        extra: dict[str, str] = {}
        try:
            said = await self._answer(headers, receive, trace, extra)
        except Gone:
            return
        except Exception as trouble:  # noqa: BLE001  # said to the sender, and logged where it is our fault
            language = problems.language_of(headers.get(b"accept-language", b"").decode("latin-1"))
            said = problem_of(troubles.refusal_of(trouble, trace=trace), language=language, trace=trace)
        await _send(send, said, trace, extra)
        self._observe(said.status, time.perf_counter() - began)

    async def _answer(self, headers: dict[bytes, bytes], receive: Receive, trace: str, extra: dict[str, str]) -> Said:
        now = datetime.now(UTC)
        key = await self._authenticate(headers.get(b"authorization", b""), now)
        extra |= limits.require_within(key.id, now=now, limit=settings.API_REQUESTS_PER_MINUTE)
        under = headers.get(b"idempotency-key")
        named = idempotency_key(under.decode("latin-1")) if under is not None else ""
        body = await _body(headers, receive)
        keys.require(key, SCOPE)
        draft = reading.order_draft(body, now=now)
        wish = wish_of(key, named, b"POST", PATH.encode(), body) if named else None
        language = problems.language_of(headers.get(b"accept-language", b"").decode("latin-1"))
        return await self._queue.put(Waiting(key, draft, language, trace, wish))

    async def _authenticate(self, authorization: bytes, now: datetime) -> ApiKey:
        known = self._known.get(authorization)
        if known is not None and known[1] > time.monotonic():
            return known[0]
        if len(self._known) > 1000:
            self._known.clear()
        key = await self._find_key(authorization.decode("latin-1"), now)
        self._known[authorization] = (key, time.monotonic() + KEY_KNOWN_FOR_S)
        return key


def _authenticate(authorization: str, now: datetime) -> ApiKey:
    try:
        return keys.authenticate(authorization, now=now)
    finally:
        close_old_connections()


@lru_cache(maxsize=256)
def _is_ours(host: bytes) -> bool:
    name = host.decode("latin-1").rpartition(":")[0] if b":" in host.rpartition(b"]")[2] else host.decode("latin-1")
    return validate_host(name, settings.ALLOWED_HOSTS)


async def _body(headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
    """The bytes of the body.  Refuses: too many, another kind, a sender that takes too long."""
    length = headers.get(b"content-length", b"")
    if length.isdigit():
        limits.require_size(int(length), most=limits.ONE)
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            body = await _read(receive)
    except TimeoutError:
        raise Refused(limits.TOO_SLOW, {"most": int(BODY_WITHIN_S)}) from None
    if body:
        limits.require_json(headers.get(b"content-type", b"").decode("latin-1"))
    return body


async def _read(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        part = message.get("body", b"")
        parts.append(part)
        size += len(part)
        limits.require_size(size, most=limits.ONE)
        more = message.get("more_body", False)
    return b"".join(parts)


@lru_cache(maxsize=64)
def _header(name: str) -> bytes:
    return name.lower().encode()


@lru_cache(maxsize=8)
def _bytes(text: str) -> bytes:
    return text.encode()


async def _send(send: Send, said: Said, trace: str, extra: Mapping[str, str]) -> None:
    headers = [
        (b"content-type", _bytes(said.content_type)), (b"content-length", b"%d" % len(said.body)), (b"trace", trace.encode()),
        *SAFE,
    ]  # fmt: skip
    for more in (extra, said.headers):
        headers += [(_header(name), value.encode("latin-1")) for name, value in more.items()]
    await send({"type": "http.response.start", "status": said.status, "headers": headers})
    await send({"type": "http.response.body", "body": said.body})
