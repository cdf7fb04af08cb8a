"""The warehouse's HTTP face. Endpoints and payloads: sandbox/README.md."""

from __future__ import annotations

import asyncio
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import frame, webhooks
from sandbox.books import Books, chance
from sandbox.frame import SHARE, Sender, key_of
from sandbox.serving import Fields, Refusal, query_whole, read_fields
from sandbox.warehouse import orders

_REST_S = 0.5


class Warehouse(Sender):
    """The handlers, the books they write, and the two loops: webhooks out, and the hands that work where they are told to."""

    def __init__(self, *, home: Path, seed: int, retry_s: float, hold_s: float, only_to: str) -> None:
        books = Books(home=home, name="warehouse", schema=(*webhooks.SCHEMA, *orders.SCHEMA))
        usual = {"short": SHARE}
        super().__init__(books, name="warehouse", seed=seed, hold_s=hold_s, usual=usual, retry_s=retry_s, only_to=only_to)

    async def take(self, request: Request) -> Response:
        order, is_new = orders.take(self.books, await read_fields(request), key=key_of(request))
        return self.answer(order, is_new=is_new)

    async def by_key(self, request: Request) -> Response:
        return JSONResponse(orders.show(self.books, orders.get_by_key(self.books, request.path_params["key"])))

    async def cancel(self, request: Request) -> Response:
        return JSONResponse(orders.cancel(self.books, (await read_fields(request)).text("key")))

    async def events(self, request: Request) -> Response:
        limit, after = query_whole(request.query_params, "limit", 100, high=500), query_whole(request.query_params, "after", 0)
        page = orders.list_events(self.books, after=after, limit=limit)
        last = int(page[-1]["event_id"].removeprefix("whe_")) if page else after
        return JSONResponse({"events": page, "next_after": last, "more": len(page) == limit})

    async def act(self, request: Request) -> Response:
        fields, what = await read_fields(request), request.path_params["what"]
        if what == "confirm":
            done = orders.confirm(self.books, fields.text("key"), packing=fields.flag("packing", False))
        elif what == "short":
            done = orders.short(self.books, fields.text("key"), fields.text("line"), fields.whole("missing", low=1))
        elif what == "ship":
            done = orders.ship(self.books, fields.text("key"), fields)
        elif what == "give-back":
            done = orders.give_back(self.books, fields.text("key"), fields.text("reason", ""))
        elif what == "adjust":
            change = int(fields.number("change", low=-1e6, high=1e6))
            done = orders.adjust(self.books, fields.text("sku"), change, fields.text("reason", "count"))
        else:
            raise Refusal(404, "not_found", f"nobody does {what} here")
        self.courier.wake()
        return JSONResponse(done)

    async def read_books(self, _request: Request) -> Response:
        return JSONResponse({"orders": orders.read_books(self.books)})

    async def set_hands(self, request: Request) -> Response:
        fields = await read_fields(request)
        told = {"on": fields.flag("on"), "every_s": fields.number("every_s", 5, low=0.05, high=86_400)}
        with self.books.write():
            self.books.set_setting("hands", told)
        return JSONResponse(told)

    async def run_hands(self) -> None:
        """Where somebody works here, the oldest order goes one step on, again and again: confirmed, at times short, shipped."""
        count = 0
        while True:
            hands = self.books.find_setting("hands") or {}
            await asyncio.sleep(hands.get("every_s", _REST_S))
            keys = orders.list_open(self.books) if hands.get("on") else []
            if not keys:
                continue
            count += 1
            self._work(keys[0], dice=chance(self.faults()["seed"], "hands", count))
            self.courier.wake()

    def _work(self, key: str, *, dice: float) -> None:
        row = orders.get_by_key(self.books, key)
        if row["state"] == "received":
            orders.confirm(self.books, key, packing=False)
            return
        lines = orders.show(self.books, row)["lines"]
        left = [(one["line"], one["quantity"] - one["short"] - one["shipped"]) for one in lines]
        line = next(line for line, qty in left if qty)
        if dice < self.faults()["short"]:
            orders.short(self.books, key, line, 1)
        else:
            orders.ship(self.books, key, Fields({}))


def build(*, home: Path, token: str, seed: int, retry_s: float, hold_s: float, only_to: str = "") -> Starlette:
    """The warehouse as an ASGI app over the books in `home`."""
    warehouse = Warehouse(home=home, seed=seed, retry_s=retry_s, hold_s=hold_s, only_to=only_to)
    routes = [
        Route("/orders", warehouse.take, methods=["POST"]),
        Route("/orders/cancel", warehouse.cancel, methods=["POST"]),
        Route("/orders/by-key/{key:path}", warehouse.by_key),
        Route("/events", warehouse.events),
        Route("/admin/hands", warehouse.set_hands, methods=["POST"]),
        Route("/admin/books", warehouse.read_books),
        Route("/admin/act/{what}", warehouse.act, methods=["POST"]),
    ]
    return frame.build(warehouse, routes, token=token, loops=(warehouse.courier.run, warehouse.run_hands))
