"""The shop's HTTP face: the REST API under /wp-json/wc/v3, and /admin for tests. Endpoints: sandbox/README.md.

Source: https://woocommerce.github.io/woocommerce-rest-api-docs/ (authentication, pagination, errors).
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox import webhooks
from sandbox.books import Books, chance
from sandbox.frame import lifespan
from sandbox.live import Live
from sandbox.serving import Fields, NoAnswer, Refusal, cut, nowhere, query_whole, read_fields
from sandbox.woocommerce import clock, hooks, orders, products
from sandbox.woocommerce.shapes import invalid_param, read_bound

API = "/wp-json/wc/v3"
FAULTS = ("error_5xx", "throttle", "truncate", "lose_answer")  # shares of calls that meet them
ANY_TIME = 1e12


class Shop:
    """The handlers, the books they write, and the loop that sends webhooks."""

    def __init__(self, *, home: Path, seed: int, key: str, secret: str, only_to: str) -> None:
        self.books = Books(home=home, name="woocommerce", schema=(*hooks.SCHEMA, *products.SCHEMA, *orders.SCHEMA))
        self.courier = hooks.Courier(self.books, only_to=only_to)
        self.seed = seed
        self.wanted = b"Basic " + base64.b64encode(f"{key}:{secret}".encode())
        self._rolls = 0
        self.live = Live(self.books, self._place_one)

    async def healthz(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok", "server": "woocommerce"})

    # -- REST ---------------------------------------------------------------------------------------------------------

    async def list_orders(self, request: Request) -> Response:
        query = request.query_params
        is_gmt = query.get("dates_are_gmt") == "true"
        after = read_bound(query["modified_after"], is_gmt=is_gmt) if "modified_after" in query else 0.0
        before = read_bound(query["modified_before"], is_gmt=is_gmt) if "modified_before" in query else ANY_TIME
        if query.get("orderby", "date") not in ("date", "id", "modified") or query.get("order", "desc") not in ("asc", "desc"):
            raise invalid_param("orderby")
        statuses = query.get("status", "any").split(",")
        found = orders.list_orders(self.books, after=after, before=before, statuses=statuses)
        name = {"id": "id", "modified": "date_modified_gmt"}.get(query.get("orderby", "date"), "date_created_gmt")
        found.sort(key=lambda one: (one[name], one["id"]), reverse=query.get("order", "desc") == "desc")
        return _page(request, found)

    async def get_order(self, request: Request) -> Response:
        return JSONResponse(orders.get(self.books, _id(request)))

    async def put_order(self, request: Request) -> Response:
        return self._told(orders.update(self.books, _id(request), await read_fields(request)))

    async def delete_order(self, request: Request) -> Response:
        return self._told(orders.delete(self.books, _id(request), force=request.query_params.get("force") == "true"))

    async def list_refunds(self, request: Request) -> Response:
        return _page(request, orders.list_refunds(self.books, _id(request)))

    async def refund(self, request: Request) -> Response:
        return self._told(orders.refund(self.books, _id(request), await read_fields(request)), status=201)

    async def list_notes(self, request: Request) -> Response:
        found, kind = orders.list_notes(self.books, _id(request)), request.query_params.get("type", "any")
        return JSONResponse([one for one in found if kind == "any" or one["customer_note"] == (kind == "customer")])

    async def add_note(self, request: Request) -> Response:
        return JSONResponse(orders.add_note(self.books, _id(request), await read_fields(request)), status_code=201)

    async def list_products(self, request: Request) -> Response:
        rows = products.list_products(self.books, parent_id=request.path_params.get("id", 0))
        return _page(request, [products.show(self.books, row) for row in rows])

    async def get_product(self, request: Request) -> Response:
        return JSONResponse(products.show(self.books, products.get(self.books, _id(request))))

    async def put_product(self, request: Request) -> Response:
        values = (await read_fields(request)).values
        with self.books.write():
            changed = products.update(self.books, _id(request), values, parent_id=None)
        return self._told(changed)

    async def batch(self, request: Request) -> Response:
        fields = await read_fields(request)
        return self._told(products.batch(self.books, fields, parent_id=request.path_params.get("id", 0)))

    async def list_hooks(self, request: Request) -> Response:
        return _page(request, hooks.list_hooks(self.books))

    async def create_hook(self, request: Request) -> Response:
        made = hooks.create(self.books, await read_fields(request))
        await hooks.ping(made)
        return JSONResponse(made, status_code=201)

    async def put_hook(self, request: Request) -> Response:
        return JSONResponse(hooks.update(self.books, _id(request), await read_fields(request)))

    async def delete_hook(self, request: Request) -> Response:
        return JSONResponse(hooks.delete(self.books, _id(request), force=request.query_params.get("force") == "true"))

    def _told(self, body: Any, *, status: int = 200) -> Response:
        self.courier.wake()
        return JSONResponse(body, status_code=status)

    # -- admin --------------------------------------------------------------------------------------------------------

    async def add_product(self, request: Request) -> Response:
        return self._told(products.add(self.books, await read_fields(request)), status=201)

    async def place(self, request: Request) -> Response:
        fields = await read_fields(request)
        placed = orders.place(self.books, fields)
        return self._told({"orders": placed} if "count" in fields.values else placed[0], status=201)

    async def stock(self, _request: Request) -> Response:
        return JSONResponse({"stock": products.stock_of(self.books)})

    async def turn_clock(self, request: Request) -> Response:
        return JSONResponse(clock.turn(self.books, await read_fields(request)))

    async def show_clock(self, _request: Request) -> Response:
        return JSONResponse(clock.show(self.books))

    async def set_keys(self, request: Request) -> Response:
        self.books.set_setting("keys", {"valid": (await read_fields(request)).flag("valid")})
        return JSONResponse(self.books.find_setting("keys"))

    async def set_faults(self, request: Request) -> Response:
        fields = await read_fields(request)
        told: dict[str, Any] = {name: fields.number(name, 0.0, high=1) for name in FAULTS}
        told |= {"retry_after_s": fields.whole("retry_after_s", 1, high=3600), "seed": fields.whole("seed", self.seed)}
        with self.books.write():
            self.books.set_setting("faults", told)
            webhooks.set_faults(self.books, webhooks.parse_faults(fields, drop_name="drop", seed=self.seed))
        self._rolls = 0
        return await self.show_faults(request)

    async def show_faults(self, _request: Request) -> Response:
        return JSONResponse({**vars(webhooks.read_faults(self.books)), **self.faults()})

    def _place_one(self) -> None:
        orders.place(self.books, Fields({}))
        self.courier.wake()

    async def deliveries(self, request: Request) -> Response:
        return JSONResponse({"deliveries": hooks.list_deliveries(self.books, state=request.query_params.get("state"))})

    async def flush(self, _request: Request) -> Response:
        return JSONResponse({"due": self.courier.flush()})

    def faults(self) -> dict[str, Any]:
        """The faults of calls that are in force."""
        usual = {**dict.fromkeys(FAULTS, 0.0), "retry_after_s": 1, "seed": self.seed}
        return {**usual, **(self.books.find_setting("faults") or {})}

    def strikes(self, fault: str) -> bool:
        """Whether this call meets the fault."""
        faults = self.faults()
        self._rolls += 1
        return bool(chance(faults["seed"], fault, self._rolls) < faults[fault])

    def keys_of(self, scope: Scope) -> bytes:
        """The keys as the header has them; where the host takes that off, those in the query, as over https."""
        if not (self.books.find_setting("host") or {}).get("strips_authorization"):
            return bytes(dict(scope["headers"]).get(b"authorization", b""))
        said = dict(parse_qsl(scope["query_string"].decode()))
        pair = f"{said.get('consumer_key', '')}:{said.get('consumer_secret', '')}"
        return b"Basic " + base64.b64encode(pair.encode())

    async def set_host(self, request: Request) -> Response:
        self.books.set_setting("host", {"strips_authorization": (await read_fields(request)).flag("strips_authorization")})
        return JSONResponse(self.books.find_setting("host"))

    def has_key(self, header: bytes) -> bool:
        """Whether a call has the key, and the key is still good."""
        valid = (self.books.find_setting("keys") or {"valid": True})["valid"]
        return bool(valid and hmac.compare_digest(header, self.wanted))


class Gate:
    """Dates every answer, asks every call of the API for the key, and makes some of them meet a fault."""

    def __init__(self, app: ASGIApp, *, shop: Shop) -> None:
        self._app, self._shop = app, shop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        send = _dated(send, self._shop.books)
        if not scope["path"].startswith(API):
            await self._app(scope, receive, send)
            return
        answer = self._judge(self._shop.keys_of(scope))
        if answer is not None:
            await answer(scope, receive, send)
        elif self._shop.strikes("lose_answer"):
            await self._app(scope, receive, nowhere)
            await NoAnswer(hold_s=0.0)(scope, receive, send)
        elif self._shop.strikes("truncate"):
            await self._app(scope, receive, cut(send))
        else:
            await self._app(scope, receive, send)

    def _judge(self, authorization: bytes) -> Response | None:
        shop = self._shop
        if not shop.has_key(authorization):
            return _error(401, "woocommerce_rest_authentication_error", "Consumer key is invalid.")
        if shop.strikes("throttle"):
            answer = _error(429, "too_many_requests", "Too many requests.")
            answer.headers["retry-after"] = str(shop.faults()["retry_after_s"])
            return answer
        if shop.strikes("error_5xx"):  # of the web server, not of WordPress
            return Response("<html><body>502 Bad Gateway</body></html>", status_code=502, media_type="text/html")
        return None


def _dated(send: Send, books: Books) -> Send:
    async def dated(message: Any) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], (b"date", clock.http_date(books))]
        await send(message)

    return dated


def _error(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"code": code, "message": message, "data": {"status": status}}, status_code=status)


async def _answer_refusal(_request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)
    return _error(refusal.status, refusal.code, refusal.message)


def _id(request: Request) -> int:
    return int(request.path_params["id"])


def _page(request: Request, found: list[dict[str, Any]]) -> Response:
    """A page of a list, at most a hundred, with the headers that say how many there are."""
    try:
        page = query_whole(request.query_params, "page", 1)
        size = query_whole(request.query_params, "per_page", 10, high=100)
    except Refusal:
        raise invalid_param("page or per_page") from None
    if not page or not size:
        raise invalid_param("page or per_page")
    pages = -(-len(found) // size)
    wanted = request.query_params.get("_fields", "")
    shown = found[(page - 1) * size : page * size]
    if wanted:
        shown = [{name: one[name] for name in (*wanted.split(","), "id") if name in one} for one in shown]
    headers = {"x-wp-total": str(len(found)), "x-wp-totalpages": str(pages)}
    return Response(json.dumps(shown, ensure_ascii=False), headers=headers, media_type="application/json")


def build(*, home: Path, seed: int, key: str, secret: str, only_to: str = "") -> Starlette:
    """The shop as an ASGI app over the books in `home`."""
    shop = Shop(home=home, seed=seed, key=key, secret=secret, only_to=only_to)

    def rest(path: str, **handlers: Callable[[Request], Awaitable[Response]]) -> list[Route]:
        return [Route(f"{API}{path}", handler, methods=[method]) for method, handler in handlers.items()]

    routes = [
        Route("/healthz", shop.healthz),
        *rest("/orders", GET=shop.list_orders),
        *rest("/orders/{id:int}", GET=shop.get_order, PUT=shop.put_order, DELETE=shop.delete_order),
        *rest("/orders/{id:int}/refunds", GET=shop.list_refunds, POST=shop.refund),
        *rest("/orders/{id:int}/notes", GET=shop.list_notes, POST=shop.add_note),
        *rest("/products", GET=shop.list_products),
        *rest("/products/batch", POST=shop.batch),
        *rest("/products/{id:int}", GET=shop.get_product, PUT=shop.put_product),
        *rest("/products/{id:int}/variations", GET=shop.list_products),
        *rest("/products/{id:int}/variations/batch", POST=shop.batch),
        *rest("/webhooks", GET=shop.list_hooks, POST=shop.create_hook),
        *rest("/webhooks/{id:int}", PUT=shop.put_hook, DELETE=shop.delete_hook),
        Route("/admin/products", shop.add_product, methods=["POST"]),
        Route("/admin/orders", shop.place, methods=["POST"]),
        Route("/admin/stock", shop.stock),
        Route("/admin/clock", shop.turn_clock, methods=["POST"]),
        Route("/admin/clock", shop.show_clock),
        Route("/admin/host", shop.set_host, methods=["POST"]),
        Route("/admin/keys", shop.set_keys, methods=["POST"]),
        Route("/admin/faults", shop.set_faults, methods=["POST"]),
        Route("/admin/faults", shop.show_faults),
        *shop.live.routes(),
        Route("/admin/deliveries", shop.deliveries),
        Route("/admin/deliveries/flush", shop.flush, methods=["POST"]),
    ]
    return Starlette(
        routes=routes,
        lifespan=lifespan(shop.books, shop.courier.run, shop.live.run),
        middleware=[Middleware(Gate, shop=shop)],
        exception_handlers={Refusal: _answer_refusal},
    )
