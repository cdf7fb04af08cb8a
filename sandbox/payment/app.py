"""The payment provider's HTTP face. Endpoints and payloads: sandbox/README.md.

Source: https://docs.stripe.com/api/payment_intents (shape).
"""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import frame, webhooks
from sandbox.books import Books, now
from sandbox.frame import SHARE, Sender, key_of
from sandbox.payment import money
from sandbox.serving import NoAnswer, query_whole, read_fields

DEFAULT_SETTLE_S = 5.0
_REST_S = 60.0


class Provider(Sender):
    """The handlers, the books they write, and the two loops: webhooks out, refunds on."""

    def __init__(self, *, home: Path, seed: int, retry_s: float, hold_s: float, only_to: str) -> None:
        books = Books(home=home, name="payment", schema=(*webhooks.SCHEMA, *money.SCHEMA))
        usual = {"refund_pending": SHARE, "refund_fail": SHARE, "refund_settle_s": (DEFAULT_SETTLE_S, 86_400.0)}
        super().__init__(books, name="payment", seed=seed, hold_s=hold_s, usual=usual, retry_s=retry_s, only_to=only_to)
        self._news = asyncio.Event()

    def _answer(self, done: tuple[dict[str, Any], bool]) -> Response:
        told, is_new = done
        self.courier.wake()
        self._news.set()
        answer = self.answer(told, is_new=is_new)
        if told["state"] == "failed" and told["kind"] == "authorise" and not isinstance(answer, NoAnswer):
            return JSONResponse({"error": told["reason"], "message": "the method was declined", **told}, status_code=402)
        return answer

    async def authorise(self, request: Request) -> Response:
        return self._answer(money.authorise(self.books, await read_fields(request), key=key_of(request)))

    async def capture(self, request: Request) -> Response:
        fields, id = await read_fields(request), request.path_params["id"]
        return self._answer(money.capture(self.books, id, fields, key=key_of(request)))

    async def void(self, request: Request) -> Response:
        fields, id = await read_fields(request), request.path_params["id"]
        return self._answer(money.void(self.books, id, fields, key=key_of(request)))

    async def refund(self, request: Request) -> Response:
        faults = self.faults()
        slowness = money.Slowness(
            faults["refund_pending"], faults["refund_settle_s"], faults["refund_fail"], faults["seed"]
        )
        return self._answer(money.refund(self.books, await read_fields(request), key=key_of(request), slowness=slowness))

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

    async def settle(self, request: Request) -> Response:
        fields = await read_fields(request)
        outcome = fields.one_of("outcome", ("succeeded", "failed")) if fields.has("outcome") else ""
        count = money.settle_due(self.books, at=float("inf"), outcome=outcome)
        self.courier.wake()
        return JSONResponse({"settled": count})

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


def build(*, home: Path, token: str, seed: int, retry_s: float, hold_s: float, only_to: str = "") -> Starlette:
    """The payment provider as an ASGI app over the books in `home`."""
    provider = Provider(home=home, seed=seed, retry_s=retry_s, hold_s=hold_s, only_to=only_to)
    routes = [
        Route("/payments", provider.authorise, methods=["POST"]),
        Route("/payments", provider.payments),
        Route("/payments/{id}/capture", provider.capture, methods=["POST"]),
        Route("/payments/{id}/void", provider.void, methods=["POST"]),
        Route("/payments/{id}", provider.payment),
        Route("/refunds", provider.refund, methods=["POST"]),
        Route("/by-key/{key:path}", provider.by_key),
        Route("/totals", provider.totals),
        Route("/admin/settle", provider.settle, methods=["POST"]),
        Route("/admin/books", provider.read_books),
    ]
    return frame.build(provider, routes, token=token, loops=(provider.courier.run, provider.run_refunds))
