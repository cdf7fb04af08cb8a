"""How much a request may bring, before anything reads it: Django keeps a whole body before it asks who sends it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.core.handlers.asgi import ASGIRequest
from django.db import OperationalError, close_old_connections
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import get_language_from_request, gettext
from django_htmx.middleware import HtmxDetails

from doorstep.base import problems
from doorstep.base.ctx import new_trace
from doorstep.base.refusals import Refused
from doorstep.web.parts.for_customers import language_of
from doorstep.web.parts.pages import to_sign_in

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
KB, MB = 1024, 1024 * 1024
LINGERS_S, LINGERS_BYTES = 3.0, 64 * MB


@dataclass(frozen=True, slots=True)
class Most:
    """How many bytes a request may bring: from somebody who is signed in, and from anybody."""

    staff: int
    anybody: int


# The first that fits counts. What a door takes in the end, its own page says more narrowly.
CEILINGS = (
    (re.compile(r"/r/[^/]+/o/[^/]+/send/"), Most(60 * MB, 60 * MB)),  # photos
    (re.compile(r"/hooks/"), Most(52 * MB, 52 * MB)),  # mails
    (re.compile(r"/api/"), Most(15 * MB, 15 * MB)),
    (re.compile(r"/(?:inbox|products|setup|channels)/"), Most(40 * MB, 256 * KB)),
    (re.compile(r"/(?:r|t|chat)/"), Most(256 * KB, 256 * KB)),
)
OTHERWISE = Most(8 * MB, 256 * KB)


def most_of(path: str) -> Most:
    """How many bytes a request to a path may bring."""
    return next((most for pattern, most in CEILINGS if pattern.match(path)), OTHERWISE)


class Ceiling:
    """An ASGI application behind a limit: who says that more will come is answered at once, who sends more is cut off.

    More than anybody may bring is taken only from somebody who is signed in: it would be kept on disk before a page asks who
    sends it.
    """

    def __init__(self, inner: Application) -> None:
        self.inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers 413 where a request brings too much, and leads to the sign-in.  Source: RFC 9110, 15.5.14."""
        if scope["type"] != "http":
            await self.inner(scope, receive, send)
            return
        metered = Metered(scope, receive, send, most_of(scope["path"]))
        said = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if said.isdigit() and await metered.refuses(int(said)):
            await metered.answer()
            return
        await self.inner(scope, metered.receive, metered.send)
        if metered.refusal is not None and not metered.is_answered:
            await metered.answer()


class Metered:
    """One request on its way in, counted."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, most: Most) -> None:
        self._scope, self._receive, self._send, self._most = scope, receive, send, most
        self._brought, self._is_staff = 0, most.anybody == most.staff
        self.refusal: HttpResponse | None = None
        self.is_answered = self._is_whole = False

    async def refuses(self, size: int) -> bool:
        """Whether so much is refused."""
        if size <= self._most.anybody:
            return False
        if size > self._most.staff:
            self.refusal = await sync_to_async(_too_large, thread_sensitive=False)(self._scope, self._most.staff)
        elif not self._is_staff:
            async with ThreadSensitiveContext():
                self.refusal = await sync_to_async(_sent_away)(self._scope)
            self._is_staff = self.refusal is None
        return self.refusal is not None

    async def receive(self) -> Message:
        """The next part, unless what came with it is too much."""
        message = await self._receive()
        if message["type"] == "http.request":
            self._brought += len(message.get("body", b""))
            self._is_whole = not message.get("more_body")
        return {"type": "http.disconnect"} if await self.refuses(self._brought) else message

    async def send(self, message: Message) -> None:
        """Passes an answer on."""
        self.is_answered = True
        await self._send(message)

    async def answer(self) -> None:
        """Says why nothing more is taken."""
        if self.refusal is None:
            return
        self.refusal.headers["Content-Length"] = str(len(self.refusal.content))
        self.refusal.headers["Connection"] = "close"
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in self.refusal.items()]
        await self._send({"type": "http.response.start", "status": self.refusal.status_code, "headers": headers})
        await self._send({"type": "http.response.body", "body": self.refusal.content, "more_body": True})
        await self._let_finish()
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _let_finish(self) -> None:
        """Takes what is under way, and drops it: a browser that still sends when the connection goes never reads the answer."""
        try:
            async with asyncio.timeout(LINGERS_S):
                left = LINGERS_BYTES
                while left > 0 and not self._is_whole:
                    message = await self._receive()
                    left -= len(message.get("body", b""))
                    self._is_whole = message["type"] != "http.request" or not message.get("more_body")
        except TimeoutError:
            return


def _too_large(scope: Scope, most: int) -> HttpResponse:
    """What is said to who brings too much: to a program a problem document, to a person a page with a way back to the form."""
    request = ASGIRequest(scope, BytesIO())
    if request.path.startswith(("/api/", "/hooks/")):
        language = problems.language_of(request.headers.get("Accept-Language", ""))
        body = problems.body_of(Refused(problems.TOO_LARGE, {"most": most}), language=language, trace=new_trace())
        return HttpResponse(body, status=413, content_type=problems.CONTENT_TYPE)
    came_from = urlsplit(request.headers.get("Referer", ""))
    with translation.override(language_of(request, get_language_from_request(request))):
        facts = {
            "says": gettext("This is more than we take at once."), "tone": "refused",
            "next_step": gettext("Send less: smaller pictures, or a shorter text."),
            "back": urlunsplit(("", "", came_from.path, came_from.query, ""))
            if came_from.netloc and came_from.netloc == request.headers.get("Host") else "",
        }  # fmt: skip
        page = render_to_string("parts/notice.html" if HtmxDetails(request) else "413.html", facts)
    return HttpResponse(page, status=413)


def _sent_away(scope: Scope) -> HttpResponse | None:
    """The way to the sign-in for who has none; None for who has."""
    request = ASGIRequest(scope, BytesIO())
    request.session = SessionStore(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    request.htmx = HtmxDetails(request)  # type: ignore[attr-defined]
    try:
        return None if get_user(request).is_authenticated else to_sign_in(request)
    except OperationalError:
        return None  # what is behind says that the database is away
    finally:
        close_old_connections()
