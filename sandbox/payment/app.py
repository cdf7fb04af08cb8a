"""The payment provider's HTTP face. Endpoints and payloads: sandbox/README.md.

Source: https://docs.stripe.com/api/payment_intents (shape), https://www.rfc-editor.org/rfc/rfc6750 (bearer token).
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox import webhooks
from sandbox.books import Books, chance, now
from sandbox.payment import money
from sandbox.serving import NoAnswer, Refusal, answer_refusal, query_whole, read_fields, running

DEFAULT_SETTLE_S = 5.0
_REST_S = 60.0


class Provider:
    """The handlers, the books they write, and the two loops: webhooks out, refunds on."""

    def __init__(self, *, home: Path, seed: int, retry_s: float, hold_s: float, only_to: str) -> None:
        self.books = Books(home=home, name="payment", schema=(*webhooks.SCHEMA, *money.SCHEMA))
        self.courier = webhooks.Courier(self.books, retry_s=retry_s, only_to=only_to)
        self.seed, self.hold_s = seed, hold_s
        self._news = asyncio.Event()
        self._rolls = 0

    def faults(self) -> dict[str, Any]:
        usual = {"timeout_after_success": 0.0, "error_5xx": 0.0, "refund_pending": 0.0, "refund_fail": 0.0}
        usual |= {"refund_settle_s": DEFAULT_SETTLE_S, "seed": self.seed, "hold_s": self.hold_s}
        return {**usual, **(self.books.find_setting("faults") or {})}

    def strikes(self, fault: str) -> bool:
        """Whether this request meets the fault: by the seed and the count of requests since the process started."""
        faults = self.faults()
        self._rolls += 1
        return bool(chance(faults["seed"], fault, self._rolls) < faults[fault])

    def _answer(self, done: tuple[dict[str, Any], bool]) -> Response:
        told, is_new = done
        self.courier.wake()
        self._news.set()
        if is_new and self.strikes("timeout_after_success"):
            return NoAnswer(hold_s=self.faults()["hold_s"])
        if told["state"] == "failed" and told["kind"] == "authorise":
            return JSONResponse({"error": told["reason"], "message": "the method was declined", **told}, status_code=402)
        return JSONResponse(told, status_code=201 if is_new else 200)

    async def healthz(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok", "server": "payment"})

    async def authorise(self, request: Request) -> Response:
        return self._answer(money.authorise(self.books, await read_fields(request), key=_key(request)))

    async def capture(self, request: Request) -> Response:
        fields, id = await read_fields(request), request.path_params["id"]
        return self._answer(money.capture(self.books, id, fields, key=_key(request)))

    async def void(self, request: Request) -> Response:
        fields, id = await read_fields(request), request.path_params["id"]
        return self._answer(money.void(self.books, id, fields, key=_key(request)))

    async def refund(self, request: Request) -> Response:
        faults = self.faults()
        slowness = money.Slowness(
            faults["refund_pending"], faults["refund_settle_s"], faults["refund_fail"], faults["seed"]
        )
        return self._answer(money.refund(self.books, await read_fields(request), key=_key(request), slowness=slowness))

    async def by_key(self, request: Request) -> Response:
        return JSONResponse(money.get_by_key(self.books, request.path_params["key"]))

    async def payment(self, request: Request) -> Response:
        id = request.path_params["id"]
        shown = money.show_payment(money.get(self.books, id))
        return JSONResponse({**shown, "operations": money.operations_of(self.books, id)})

    async def payments(self, request: Request) -> Response:
        query = request.query_params
        limit, after = query_whole(query, "limit", 50, high=250), query_whole(query, "after", 0)
        page = money.list_after(self.books, after=after, limit=limit, reference=query.get("reference"))
        last = int(page[-1]["payment_id"].removeprefix("pay_")) if len(page) == limit else None
        return JSONResponse({"payments": page, "next_after": last})

    async def totals(self, _request: Request) -> Response:
        return JSONResponse({"totals": money.totals(self.books)})

    async def set_webhook(self, request: Request) -> Response:
        fields = await read_fields(request)
        webhooks.connect(self.books, url=fields.text("url"), secret=fields.text("secret"))
        self.courier.meet()
        return await self.webhook(request)

    async def webhook(self, _request: Request) -> Response:
        return JSONResponse({"url": webhooks.find_url(self.books)})

    async def settle(self, request: Request) -> Response:
        fields = await read_fields(request)
        outcome = fields.one_of("outcome", ("succeeded", "failed")) if fields.has("outcome") else ""
        count = money.settle_due(self.books, at=float("inf"), outcome=outcome)
        self.courier.wake()
        return JSONResponse({"settled": count})

    async def set_faults(self, request: Request) -> Response:
        fields = await read_fields(request)
        names = ("timeout_after_success", "error_5xx", "refund_pending", "refund_fail")
        own = {name: fields.number(name, 0.0, high=1) for name in names}
        own["refund_settle_s"] = fields.number("refund_settle_s", DEFAULT_SETTLE_S, high=86_400)
        own["hold_s"] = fields.number("hold_s", self.hold_s, high=3600)
        push = webhooks.parse_faults(fields, drop_name="webhook_drop", seed=self.seed)
        with self.books.write():
            self.books.set_setting("faults", {**own, "seed": push.seed})
            webhooks.set_faults(self.books, push)
        self._rolls = 0
        return await self.show_faults(request)

    async def show_faults(self, _request: Request) -> Response:
        push = dict(vars(webhooks.read_faults(self.books)))
        push["webhook_drop"] = push.pop("drop")
        return JSONResponse({**push, **self.faults()})

    async def read_books(self, _request: Request) -> Response:
        return JSONResponse(money.read_books(self.books))

    async def run_refunds(self) -> None:
        """Let every pending refund end when it is due."""
        while True:
            self._news.clear()
            if money.settle_due(self.books, at=now()):
                self.courier.wake()
            due_at = money.find_next_due(self.books)
            rest_s = _REST_S if due_at is None else min(_REST_S, max(0.01, due_at - now()))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(rest_s):
                    await self._news.wait()


class Gate:
    """Asks every request but /healthz for the token, and turns some away with a 5xx when told to."""

    def __init__(self, app: ASGIApp, *, provider: Provider, token: str) -> None:
        self._app, self._provider, self._wanted = app, provider, f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._judge(scope) if scope["type"] == "http" else None
        await (refusal or self._app)(scope, receive, send)

    def _judge(self, scope: Scope) -> Response | None:
        path = scope["path"]
        if path == "/healthz":
            return None
        if not hmac.compare_digest(dict(scope["headers"]).get(b"authorization", b""), self._wanted):
            body = {"error": "unauthorized", "message": "send Authorization: Bearer TOKEN"}
            return JSONResponse(body, status_code=401, headers={"www-authenticate": "Bearer"})
        if not path.startswith("/admin/") and self._provider.strikes("error_5xx"):
            body = {"error": "unavailable", "message": "try again later; nothing was done"}
            return JSONResponse(body, status_code=503, headers={"retry-after": "1"})
        return None


def _key(request: Request) -> str:
    key = request.headers.get("idempotency-key", "").strip()
    if not key or len(key) > 200:
        raise Refusal(400, "idempotency_key", "the Idempotency-Key header is missing or over 200 characters")
    return key


def build(*, home: Path, token: str, seed: int, retry_s: float, hold_s: float, only_to: str = "") -> Starlette:
    """The payment provider as an ASGI app over the books in `home`."""
    provider = Provider(home=home, seed=seed, retry_s=retry_s, hold_s=hold_s, only_to=only_to)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with running(provider.courier.run(), provider.run_refunds()):
            yield
        provider.books.close()

    routes = [
        Route("/healthz", provider.healthz),
        Route("/payments", provider.authorise, methods=["POST"]),
        Route("/payments", provider.payments),
        Route("/payments/{id}/capture", provider.capture, methods=["POST"]),
        Route("/payments/{id}/void", provider.void, methods=["POST"]),
        Route("/payments/{id}", provider.payment),
        Route("/refunds", provider.refund, methods=["POST"]),
        Route("/by-key/{key:path}", provider.by_key),
        Route("/totals", provider.totals),
        Route("/admin/webhook", provider.set_webhook, methods=["POST"]),
        Route("/admin/webhook", provider.webhook),
        *webhooks.routes(provider.books, provider.courier),
        Route("/admin/settle", provider.settle, methods=["POST"]),
        Route("/admin/faults", provider.set_faults, methods=["POST"]),
        Route("/admin/faults", provider.show_faults),
        Route("/admin/books", provider.read_books),
    ]
    return Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=[Middleware(Gate, provider=provider, token=token)],
        exception_handlers={Refusal: answer_refusal},
    )
