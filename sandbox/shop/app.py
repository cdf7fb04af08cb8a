"""The shop's HTTP face. Endpoints and payloads: sandbox/README.md.

Source: https://shopify.dev/docs/api/admin-rest (own paths and a few own names; no access token is asked for).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox import webhooks
from sandbox.books import Books, parse_iso
from sandbox.frame import SHARE, Frame, lifespan
from sandbox.live import Live
from sandbox.serving import (
    Fields,
    NoAnswer,
    Refusal,
    answer_refusal,
    cut,
    nowhere,
    query_whole,
    read_fields,
    read_json,
)
from sandbox.shop import orders, storefront

MOST_NUMBERS = 250
FAULTS = {"throttle": SHARE, "truncate": SHARE}
RETRY_AFTER_S = 2
CALLS = ("/orders", "/listings", "/inventory")


class Shop(Frame):
    """The handlers, the books they write, and the two loops: webhooks out and, while live, orders in."""

    def __init__(self, *, home: Path, seed: int, retry_s: float, only_to: str) -> None:
        books = Books(home=home, name="shop", schema=(*webhooks.SCHEMA, *orders.SCHEMA))
        super().__init__(books, name="shop", seed=seed, hold_s=30.0, usual=FAULTS)
        self.courier = webhooks.Courier(self.books, retry_s=retry_s, only_to=only_to)
        self.live = Live(self.books, self._place_one)

    async def connect(self, request: Request) -> Response:
        fields = await read_fields(request)
        webhooks.connect(self.books, url=fields.text("webhook_url"), secret=fields.text("secret"))
        self.courier.meet()
        return JSONResponse({"webhook_url": webhooks.find_url(self.books)})

    async def connection(self, _request: Request) -> Response:
        return JSONResponse({"webhook_url": webhooks.find_url(self.books)})

    async def put_catalog(self, request: Request) -> Response:
        items = Fields({"items": await read_json(request)}).groups("items")
        return JSONResponse({"count": orders.set_catalog(self.books, items)})

    async def get_catalog(self, _request: Request) -> Response:
        return JSONResponse({"items": orders.show_catalog(self.books)})

    async def set_script(self, request: Request) -> Response:
        self.books.set_setting("script", {"src": (await read_fields(request)).text("src", "")})
        return JSONResponse(self._script())

    def _script(self) -> dict[str, Any]:
        return self.books.find_setting("script") or {"src": ""}

    async def storefront(self, _request: Request) -> Response:
        return HTMLResponse(storefront.page(orders.show_catalog(self.books), script=self._script()["src"]))

    async def place(self, request: Request) -> Response:
        fields = await read_fields(request)
        placed = orders.place(self.books, fields)
        self.courier.wake()
        return JSONResponse({"orders": placed} if "count" in fields.values else placed[0], status_code=201)

    async def list_orders(self, request: Request) -> Response:
        query = request.query_params
        limit = query_whole(query, "limit", 50, high=250)
        try:
            updated_from = parse_iso(query["updated_at_min"]) if "updated_at_min" in query else 0.0
        except ValueError:
            raise Refusal(422, "invalid", "query updated_at_min must be an RFC 3339 moment") from None
        after = query_whole(query, "after", 0)
        page = orders.list_after(self.books, after=after, limit=limit, updated_from=updated_from)
        more = len(page) == limit and limit > 0
        return JSONResponse({"orders": page, "next_after": page[-1]["id"] if more else None})

    async def get_order(self, request: Request) -> Response:
        return JSONResponse(orders.get(self.books, request.path_params["id"]))

    async def edit(self, request: Request) -> Response:
        return self._told(orders.edit(self.books, request.path_params["id"], await read_fields(request)))

    async def cancel(self, request: Request) -> Response:
        reason = (await read_fields(request)).text("reason", "customer")
        return self._told(orders.cancel(self.books, request.path_params["id"], reason=reason))

    async def fulfil(self, request: Request) -> Response:
        fulfilment, is_new = orders.fulfil(self.books, request.path_params["id"], await read_fields(request))
        return self._told(fulfilment, status=201 if is_new else 200)

    async def take_back(self, request: Request) -> Response:
        made, is_new = orders.take_back(self.books, request.path_params["id"], await read_fields(request))
        return self._told(made, status=201 if is_new else 200)

    async def refund(self, request: Request) -> Response:
        made, is_new = orders.refund(self.books, request.path_params["id"], await read_fields(request))
        return self._told(made, status=201 if is_new else 200)

    def _told(self, body: dict[str, Any], *, status: int = 200) -> Response:
        self.courier.wake()
        return JSONResponse(body, status_code=status)

    async def tell_inventory(self, request: Request) -> Response:
        available = (await read_fields(request)).whole("available", low=-(2**31), high=2**31)
        return JSONResponse(orders.tell_inventory(self.books, sku=request.path_params["sku"], available=available))

    async def tell_numbers(self, request: Request) -> Response:
        numbers = (await read_fields(request)).groups("numbers")
        if len(numbers) > MOST_NUMBERS:
            raise Refusal(422, "too_many", f"at most {MOST_NUMBERS} numbers at once")
        return JSONResponse({"numbers": orders.tell_numbers(self.books, numbers)})

    async def list_listings(self, request: Request) -> Response:
        query = request.query_params
        limit = query_whole(query, "limit", 50, high=250)
        page = orders.list_listings(self.books, after=query.get("after", ""), limit=limit)
        return JSONResponse({"listings": page, "next_after": page[-1]["sku"] if len(page) == limit and limit else None})

    async def set_selling(self, request: Request) -> Response:
        self.books.set_setting("selling", {"stops_at_zero": (await read_fields(request)).flag("stops_at_zero")})
        return JSONResponse(self.books.find_setting("selling"))

    async def list_inventory(self, _request: Request) -> Response:
        return JSONResponse({"inventory": orders.list_inventory(self.books)})

    def read_push(self, fields: Fields) -> webhooks.Faults | None:
        """How webhooks are to misbehave."""
        return webhooks.parse_faults(fields, drop_name="drop", seed=self.seed)

    async def show_faults(self, _request: Request) -> Response:
        return JSONResponse({**self.faults(), **vars(webhooks.read_faults(self.books))})

    def _place_one(self) -> None:
        orders.place(self.books, Fields({}))
        self.courier.wake()


class Faulty:
    """Makes some calls of the shop's interface meet a fault; its page and what is under /admin meet none."""

    def __init__(self, app: ASGIApp, *, shop: Shop) -> None:
        self._app, self._shop = app, shop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        meets = self._shop.strikes
        if scope["type"] != "http" or not scope["path"].startswith(CALLS):
            await self._app(scope, receive, send)
        elif meets("throttle"):
            headers = {"retry-after": str(RETRY_AFTER_S)}
            await _error(429, "too_many_calls", "nothing was done", headers)(scope, receive, send)
        elif meets("error_5xx"):
            await _error(503, "unavailable", "try again later; nothing was done")(scope, receive, send)
        elif scope["method"] == "POST" and meets("timeout_after_success"):
            await self._app(scope, receive, nowhere)
            await NoAnswer(hold_s=self._shop.faults()["hold_s"])(scope, receive, send)
        else:
            await self._app(scope, receive, cut(send) if meets("truncate") else send)


def _error(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": code, "message": message}, status_code=status, headers=headers)


def build(*, home: Path, seed: int, retry_s: float, only_to: str = "") -> Starlette:
    """The shop as an ASGI app over the books in `home`."""
    shop = Shop(home=home, seed=seed, retry_s=retry_s, only_to=only_to)
    routes = [
        *shop.routes(),
        Route("/admin/connect", shop.connect, methods=["POST"]),
        Route("/admin/connect", shop.connection),
        *webhooks.routes(shop.books, shop.courier),
        Route("/admin/catalog", shop.put_catalog, methods=["PUT"]),
        Route("/admin/catalog", shop.get_catalog),
        Route("/", shop.storefront),
        Route("/admin/script", shop.set_script, methods=["POST"]),
        *shop.live.routes(),
        Route("/orders", shop.place, methods=["POST"]),
        Route("/orders", shop.list_orders),
        Route("/orders/{id:int}", shop.edit, methods=["PUT"]),
        Route("/orders/{id:int}", shop.get_order),
        Route("/orders/{id:int}/cancel", shop.cancel, methods=["POST"]),
        Route("/orders/{id:int}/fulfillments", shop.fulfil, methods=["POST"]),
        Route("/orders/{id:int}/returns", shop.take_back, methods=["POST"]),
        Route("/orders/{id:int}/refunds", shop.refund, methods=["POST"]),
        Route("/admin/selling", shop.set_selling, methods=["POST"]),
        Route("/listings", shop.list_listings),
        Route("/inventory", shop.tell_numbers, methods=["POST"]),
        Route("/inventory", shop.list_inventory),
        Route("/inventory/{sku:path}", shop.tell_inventory, methods=["PUT"]),
    ]
    return Starlette(
        routes=routes,
        lifespan=lifespan(shop.books, shop.courier.run, shop.live.run),
        middleware=[Middleware(Faulty, shop=shop)],
        exception_handlers={Refusal: answer_refusal},
    )
