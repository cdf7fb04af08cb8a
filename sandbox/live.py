"""A shop that is live: while it is switched on, somebody places an order every few seconds."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.books import Books
from sandbox.serving import Refusal, read_fields


class Live:
    """The switch, kept in the books, and the loop.  `place` places one order and tells whoever sends webhooks."""

    def __init__(self, books: Books, place: Callable[[], None]) -> None:
        self._books, self._place = books, place
        self._changed = asyncio.Event()

    async def run(self) -> None:
        """While on, place an order every `every_s`, jittered by half; what cannot be sold only waits."""
        while True:
            live = self._switch()
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(live["every_s"] * random.uniform(0.5, 1.5) if live["on"] else None):
                    await self._changed.wait()
                    continue
            with contextlib.suppress(Refusal):
                self._place()

    def routes(self) -> list[Route]:
        """The switch under /admin."""
        return [Route("/admin/live", self._set, methods=["POST"]), Route("/admin/live", self._show)]

    async def _set(self, request: Request) -> Response:
        fields, was = await read_fields(request), self._switch()
        live = {"on": fields.flag("on"), "every_s": fields.number("every_s", was["every_s"], low=0.05, high=86_400)}
        self._books.set_setting("live", live)
        self._changed.set()
        return JSONResponse(live)

    async def _show(self, _request: Request) -> Response:
        return JSONResponse(self._switch())

    def _switch(self) -> dict[str, Any]:
        return self._books.find_setting("live") or {"on": False, "every_s": 5.0}
