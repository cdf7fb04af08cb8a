"""How much a request may bring, before anything reads it: Django keeps a whole body before it asks who sends it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from asgiref.sync import sync_to_async
from django.template.loader import render_to_string

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]
KB, MB = 1024, 1024 * 1024
# The first that fits counts. What a door takes in the end, its own page says more narrowly.
CEILINGS = (
    (re.compile(r"/r/[^/]+/o/[^/]+/send/"), 60 * MB),  # photos
    (re.compile(r"/hooks/"), 52 * MB),  # mails
    (re.compile(r"/(?:api|inbox|products|setup)/"), 40 * MB),
    (re.compile(r"/(?:r|t|chat)/"), 256 * KB),
)
OTHERWISE = 8 * MB


def most_of(path: str) -> int:
    """How many bytes a request to a path may bring."""
    return next((most for pattern, most in CEILINGS if pattern.match(path)), OTHERWISE)


class Ceiling:
    """An ASGI application behind a limit: who says that more will come is answered at once, who sends more is cut off."""

    def __init__(self, inner: Application) -> None:
        self.inner = inner

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answers 413 where a request brings too much.  Source: RFC 9110, 15.5.14."""
        if scope["type"] != "http":
            await self.inner(scope, receive, send)
            return
        most, brought, answered = most_of(scope["path"]), 0, False
        said = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if said.isdigit() and int(said) > most:
            await _too_large(send)
            return

        async def counted() -> Message:
            nonlocal brought
            message = await receive()
            if message["type"] == "http.request":
                brought += len(message.get("body", b""))
            return message if brought <= most else {"type": "http.disconnect"}

        async def noted(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        await self.inner(scope, counted, noted)
        if brought > most and not answered:
            await _too_large(send)


async def _too_large(send: Send) -> None:
    page = (await sync_to_async(render_to_string, thread_sensitive=False)("413.html")).encode()
    size = str(len(page)).encode()
    headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", size), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": page, "more_body": False})
