"""What the servers with a token share: faults that strike by chance, the gate, webhooks, and the books behind it all.

Source: https://www.rfc-editor.org/rfc/rfc6750 (bearer token).
"""

from __future__ import annotations

import contextlib
import hmac
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox import webhooks
from sandbox.books import Books, chance
from sandbox.serving import Fields, NoAnswer, Refusal, answer_refusal, read_fields, running

SHARE = (0.0, 1.0)  # how often a fault strikes unless it is told, and the most that may be told


class Frame:
    """One server's books and faults.  `usual`: the number that stands for each fault when nothing is told, and its limit."""

    def __init__(
        self, books: Books, *, name: str, seed: int, hold_s: float, usual: Mapping[str, tuple[float, float]]
    ) -> None:
        self.books, self.name, self.seed, self.hold_s = books, name, seed, hold_s
        self._usual = {"timeout_after_success": SHARE, "garbled": SHARE, "error_5xx": SHARE, **usual}
        self._rolls = 0

    def faults(self) -> dict[str, Any]:
        """The faults in force."""
        usual = {name: number for name, (number, _) in self._usual.items()}
        return {**usual, "seed": self.seed, "hold_s": self.hold_s, **(self.books.find_setting("faults") or {})}

    def strikes(self, fault: str) -> bool:
        """Whether this request meets the fault: by the seed and the count of requests since the process started."""
        faults = self.faults()
        self._rolls += 1
        return bool(chance(faults["seed"], fault, self._rolls) < faults[fault])

    def answer(self, body: Any, *, is_new: bool) -> Response:
        """What was done, said; what is new is sometimes not said at all."""
        if is_new and self.strikes("timeout_after_success"):
            return NoAnswer(hold_s=self.faults()["hold_s"])
        if is_new and self.faults()["garbled"] and self.strikes("garbled"):
            return Response(json.dumps(body).encode()[:-9], status_code=201, media_type="application/json")
        return JSONResponse(body, status_code=201 if is_new else 200)

    async def healthz(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok", "server": self.name})

    async def set_faults(self, request: Request) -> Response:
        fields = await read_fields(request)
        told: dict[str, Any] = {
            name: fields.number(name, number, high=most) for name, (number, most) in self._usual.items()
        }
        told["hold_s"] = fields.number("hold_s", self.hold_s, high=3600)
        told["seed"] = fields.whole("seed", self.seed)
        push = self.read_push(fields)
        with self.books.write():
            self.books.set_setting("faults", told)
            if push is not None:
                webhooks.set_faults(self.books, push)
        self._rolls = 0
        return await self.show_faults(request)

    def read_push(self, _fields: Fields) -> webhooks.Faults | None:
        """How webhooks are to misbehave; None for a server that sends none."""
        return None

    async def show_faults(self, _request: Request) -> Response:
        return JSONResponse(self.faults())

    def routes(self) -> list[Route]:
        """What is asked of every server."""
        return [
            Route("/healthz", self.healthz),
            Route("/admin/faults", self.set_faults, methods=["POST"]),
            Route("/admin/faults", self.show_faults),
        ]


class Sender(Frame):
    """A server that sends webhooks as well."""

    def __init__(
        self, books: Books, *, name: str, seed: int, hold_s: float, usual: Mapping[str, tuple[float, float]],
        retry_s: float, only_to: str,
    ) -> None:  # fmt: skip
        super().__init__(books, name=name, seed=seed, hold_s=hold_s, usual=usual)
        self.courier = webhooks.Courier(books, retry_s=retry_s, only_to=only_to)

    async def set_webhook(self, request: Request) -> Response:
        fields = await read_fields(request)
        webhooks.connect(self.books, url=fields.text("url"), secret=fields.text("secret"))
        self.courier.meet()
        return await self.webhook(request)

    async def webhook(self, _request: Request) -> Response:
        return JSONResponse({"url": webhooks.find_url(self.books)})

    def read_push(self, fields: Fields) -> webhooks.Faults | None:
        """How webhooks are to misbehave."""
        return webhooks.parse_faults(fields, drop_name="webhook_drop", seed=self.seed)

    async def show_faults(self, _request: Request) -> Response:
        push = dict(vars(webhooks.read_faults(self.books)))
        push["webhook_drop"] = push.pop("drop")
        return JSONResponse({**push, **self.faults()})

    def routes(self) -> list[Route]:
        """What is asked of every server that sends."""
        return [
            *super().routes(),
            Route("/admin/webhook", self.set_webhook, methods=["POST"]),
            Route("/admin/webhook", self.webhook),
            *webhooks.routes(self.books, self.courier),
        ]


class Gate:
    """Asks every request but the open ones for the token, and turns some away with a 5xx when told to."""

    def __init__(self, app: ASGIApp, *, frame: Frame, token: str, is_open: Callable[[str], bool]) -> None:
        self._app, self._frame, self._is_open, self._wanted = app, frame, is_open, f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._judge(scope) if scope["type"] == "http" else None
        await (refusal or self._app)(scope, receive, send)

    def _judge(self, scope: Scope) -> Response | None:
        path = scope["path"]
        if self._is_open(path):
            return None
        if not hmac.compare_digest(dict(scope["headers"]).get(b"authorization", b""), self._wanted):
            body = {"error": "unauthorized", "message": "send Authorization: Bearer TOKEN"}
            return JSONResponse(body, status_code=401, headers={"www-authenticate": "Bearer"})
        if not path.startswith("/admin/") and self._frame.strikes("error_5xx"):
            body = {"error": "unavailable", "message": "try again later; nothing was done"}
            return JSONResponse(body, status_code=503, headers={"retry-after": "1"})
        return None


def key_of(request: Request) -> str:
    """The idempotency key of a wish.  Refuses: 400 where there is none."""
    key = request.headers.get("idempotency-key", "").strip()
    if not key or len(key) > 200:
        raise Refusal(400, "idempotency_key", "the Idempotency-Key header is missing or over 200 characters")
    return key


def lifespan(
    books: Books, *loops: Callable[[], Coroutine[Any, Any, None]]
) -> Callable[[Starlette], contextlib.AbstractAsyncContextManager[None]]:
    """What a server does as long as it lives: its loops run beside the requests, and its books are closed after them."""

    @contextlib.asynccontextmanager
    async def life(_app: Starlette) -> AsyncIterator[None]:
        async with running(*(loop() for loop in loops)):
            yield
        books.close()

    return life


def build(
    frame: Frame,
    routes: Sequence[Route],
    *,
    token: str,
    loops: Sequence[Callable[[], Coroutine[Any, Any, None]]],
    is_open: Callable[[str], bool] = "/healthz".__eq__,
) -> Starlette:
    """A server as an ASGI app; its loops run beside the requests, and its books are closed at the end."""
    return Starlette(
        routes=[*frame.routes(), *routes],
        lifespan=lifespan(frame.books, *loops),
        middleware=[Middleware(Gate, frame=frame, token=token, is_open=is_open)],
        exception_handlers={Refusal: answer_refusal},
    )
