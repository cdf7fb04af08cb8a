"""The shop's HTTP face: Shopify's GraphQL under its own path, everything of this sandbox under /admin. See sandbox/README.md.

Source: https://shopify.dev/docs/api/admin-graphql (path, header of the token, shape of errors)
"""

from __future__ import annotations

import hmac
import json
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import webhooks
from sandbox.books import Books
from sandbox.frame import SHARE, Frame, Sender, lifespan
from sandbox.live import Live
from sandbox.serving import Fields, NoAnswer, Refusal, answer_refusal, query_whole, read_fields, read_json
from sandbox.shopify import bulk, hooks, oauth, operations, orders, returns, stock
from sandbox.shopify.bucket import DEAREST, Bucket
from sandbox.shopify.graphql import Answer, Operation, Trouble, parse, requested_cost

FAULTS = {"truncated": SHARE, "terse": SHARE, "bulk_failed": SHARE, "bulk_cut": SHARE, "bulk_twice": SHARE}


class Shop(Sender):
    """The handlers, the books they write, and the loops: webhooks out and, while live, orders in."""

    def __init__(self, *, home: Path, seed: int, retry_s: float, hold_s: float, only_to: str) -> None:
        schema = (*webhooks.SCHEMA, *hooks.SCHEMA, *stock.SCHEMA, *orders.SCHEMA, *operations.SCHEMA, *oauth.SCHEMA, *bulk.SCHEMA)
        books = Books(home=home, name="shopify", schema=schema)
        super().__init__(books, name="shopify", seed=seed, hold_s=hold_s, usual=FAULTS, retry_s=retry_s, only_to=only_to)
        signer = hooks.Signer(books)
        self.courier = webhooks.Courier(books, retry_s=retry_s, only_to=only_to, sign=signer, address=signer.address)
        self.bucket = Bucket()
        self.app = oauth.App(books)
        self.live = Live(self.books, self._place_one)

    def routes(self) -> list[Route]:
        """What is asked of every server; addresses of webhooks are subscribed to by GraphQL alone."""
        return [*Frame.routes(self), *webhooks.routes(self.books, self.courier)]

    async def graphql(self, request: Request) -> Response:
        token = request.headers.get("x-shopify-access-token", "")
        scopes = self.app.scopes_of(token)
        if scopes is None and not hmac.compare_digest(token.encode(), hooks.token(self.books).encode()):
            said = "[API] Invalid API key or access token (unrecognized login or wrong password)"
            return JSONResponse({"errors": said}, status_code=401)
        hooks.note_domain(self.books, request.url.netloc)
        if self.strikes("error_5xx"):
            return JSONResponse({"errors": "Internal Server Error. Request ID: sandbox"}, status_code=503)
        fields = await read_fields(request)
        variables = fields.values.get("variables") or {}
        document, is_done = self._run(fields.text("query"), variables, scopes, str(request.base_url))
        if "webhookSubscriptionCreate" in document.get("data", {}):
            self.courier.meet()
        self.courier.wake()
        if is_done and self.strikes("timeout_after_success"):
            return NoAnswer(hold_s=self.faults()["hold_s"])
        raw = json.dumps(document, ensure_ascii=False).encode()
        if self.strikes("truncated"):
            raw = raw[: len(raw) // 2]
        return Response(raw, media_type="application/json")

    def _run(
        self, text: str, variables: dict[str, Any], scopes: set[str] | None, base: str
    ) -> tuple[dict[str, Any], bool]:
        """(the answer, whether a mutation was carried out).  `scopes`: what the token may; None for one that may everything."""
        requested = 0
        try:
            operation = parse(text, variables)
            for one in operation.fields:
                for needed in oauth.needed_of(one) if scopes is not None else ():
                    if needed not in (scopes or ()):
                        said = f"Access denied for {one.name} field. Required access: `{needed}` access scope."
                        raise Trouble(said, "ACCESS_DENIED")
            requested = requested_cost(operation)
            if requested > DEAREST:
                raise Trouble(f"Query cost is {requested}, which exceeds the single query max cost limit ({DEAREST}).",
                              "MAX_COST_EXCEEDED")  # fmt: skip
            if not self.bucket.has(requested):
                raise Trouble("Throttled", "THROTTLED")
            resolvers = operations.Resolvers(
                self.books, is_terse=self.strikes("terse"), base=base, fails_in_bulk=self.strikes("bulk_failed")
            )
            answer = Answer(resolve=resolvers.table())
            with self.books.write():
                data = self._answered(answer, operation)
        except Trouble as trouble:
            error = {"message": trouble.message, "extensions": {"code": trouble.code} if trouble.code else {}}
            return {"errors": [error], "extensions": self.bucket.status(requested=requested, actual=None)}, False
        self.bucket.spend(answer.cost)
        extensions = self.bucket.status(requested=requested, actual=answer.cost)
        return {"data": data, "extensions": extensions}, operation.kind == "mutation"

    @staticmethod
    def _answered(answer: Answer, operation: Operation) -> dict[str, Any]:
        try:
            return answer.data(operation)
        except KeyError as missing:
            raise Trouble(f"argument {missing} is required") from None

    async def bulk_file(self, request: Request) -> Response:
        row = self.books.find_row("SELECT file FROM bulk WHERE id = ?", request.path_params["id"])
        if row is None:
            raise Refusal(404, "not_found", "no such file")
        text = row["file"]
        if self.strikes("bulk_twice"):  # a line twice, and one not at all
            first, second, rest = text.split("\n", 2)
            text = f"{first}\n{first}\n{rest}" if second else text
        return Response(text[: len(text) // 2] if self.strikes("bulk_cut") else text, media_type="application/jsonl")

    async def put_catalog(self, request: Request) -> Response:
        items = Fields({"items": await read_json(request)}).groups("items")
        count = stock.put_catalog(self.books, items)
        self.courier.wake()
        return JSONResponse({"count": count})

    async def place(self, request: Request) -> Response:
        fields = await read_fields(request)
        placed = [orders.shown(one) for one in orders.place(self.books, fields)]
        return self._told({"orders": placed} if "count" in fields.values else placed[0], status=201)

    async def list_orders(self, request: Request) -> Response:
        limit = query_whole(request.query_params, "limit", 50, high=1000)
        return JSONResponse({"orders": [orders.shown(one) for one in orders.every(self.books)[:limit]]})

    async def get_order(self, request: Request) -> Response:
        return JSONResponse(orders.shown(orders.get(self.books, request.path_params["id"])))

    async def edit(self, request: Request) -> Response:
        return self._told(orders.shown(orders.edit(self.books, request.path_params["id"], await read_fields(request))))

    async def cancel(self, request: Request) -> Response:
        fields = await read_fields(request)
        with self.books.write():
            order = orders.get(self.books, request.path_params["id"])
            if not order["cancelled_at"]:
                orders.cancel(
                    self.books, order, reason=fields.text("reason", "customer"), restock=fields.flag("restock", True)
                )
        return self._told(orders.shown(order))

    async def refund(self, request: Request) -> Response:
        return self._told(orders.refund(self.books, request.path_params["id"], await read_fields(request)), status=201)

    async def open_return(self, request: Request) -> Response:
        return self._told(returns.open_one(self.books, request.path_params["id"], await read_fields(request)), status=201)

    async def decide_return(self, request: Request) -> Response:
        path = request.path_params
        return self._told(returns.decide(self.books, path["id"], path["return_id"], await read_fields(request)))

    def _told(self, body: dict[str, Any], *, status: int = 200) -> Response:
        self.courier.wake()
        return JSONResponse(body, status_code=status)

    async def list_levels(self, _request: Request) -> Response:
        return JSONResponse({"levels": stock.list_levels(self.books)})

    async def set_level(self, request: Request) -> Response:
        fields = await read_fields(request)
        with self.books.write():
            found = stock.find(self.books, fields.text("sku"))
            if found is None:
                raise Refusal(404, "not_found", "no such SKU")
            location = stock.ensure_location(self.books, fields.text("location", stock.MAIN))
            available = fields.whole("available", low=-(2**31), high=2**31)
            stock.set_level(self.books, found["item_id"], location, available)
        self.courier.wake()
        return await self.list_levels(request)

    async def set_selling(self, request: Request) -> Response:
        policy = (await read_fields(request)).one_of("policy", ("deny", "continue"))
        stock.set_policy(self.books, policy)
        return JSONResponse({"policy": policy})

    async def set_bucket(self, request: Request) -> Response:
        fields, bucket = await read_fields(request), self.bucket
        bucket.set(
            left=fields.number("left", bucket.left, low=-1e6), rate=fields.number("rate", bucket.rate, low=0.001),
            size=fields.number("size", bucket.size, low=1),
        )  # fmt: skip
        return await self.show_bucket(request)

    async def show_bucket(self, _request: Request) -> Response:
        return JSONResponse({"left": self.bucket.left, "rate": self.bucket.rate, "size": self.bucket.size})

    async def set_app(self, request: Request) -> Response:
        fields = await read_fields(request)
        token, secret = fields.text("token", hooks.token(self.books)), fields.text("client_secret", hooks.client_secret(self.books))
        hooks.set_app(self.books, token=token, client_secret=secret)
        return JSONResponse({"token": token, "client_secret": secret})

    async def subscriptions(self, _request: Request) -> Response:
        rows = self.books.rows("SELECT topic, uri FROM subscription ORDER BY topic, uri")
        return JSONResponse({"subscriptions": [dict(row) for row in rows]})

    def _place_one(self) -> None:
        orders.place(self.books, Fields({}))
        self.courier.wake()


def build(*, home: Path, seed: int, retry_s: float, hold_s: float, only_to: str = "") -> Starlette:
    """The shop as an ASGI app over the books in `home`."""
    shop = Shop(home=home, seed=seed, retry_s=retry_s, hold_s=hold_s, only_to=only_to)
    routes = [
        *shop.routes(),
        Route("/admin/api/{version}/graphql.json", shop.graphql, methods=["POST"]),
        Route("/bulk/{id:int}.jsonl", shop.bulk_file),
        Route("/admin/oauth/authorize", shop.app.page),
        Route("/admin/oauth/authorize", shop.app.install, methods=["POST"]),
        Route("/admin/oauth/access_token", shop.app.token, methods=["POST"]),
        Route("/admin/oauth/app", shop.app.set_up, methods=["POST"]),
        Route("/admin/oauth/tokens", shop.app.tokens),
        Route("/admin/oauth/tokens", shop.app.revoke, methods=["DELETE"]),
        Route("/admin/app", shop.set_app, methods=["POST"]),
        Route("/admin/bucket", shop.set_bucket, methods=["POST"]),
        Route("/admin/bucket", shop.show_bucket),
        Route("/admin/catalog", shop.put_catalog, methods=["PUT"]),
        Route("/admin/levels", shop.set_level, methods=["POST"]),
        Route("/admin/levels", shop.list_levels),
        Route("/admin/selling", shop.set_selling, methods=["POST"]),
        Route("/admin/subscriptions", shop.subscriptions),
        *shop.live.routes(),
        Route("/admin/orders", shop.place, methods=["POST"]),
        Route("/admin/orders", shop.list_orders),
        Route("/admin/orders/{id:int}", shop.edit, methods=["PUT"]),
        Route("/admin/orders/{id:int}", shop.get_order),
        Route("/admin/orders/{id:int}/cancel", shop.cancel, methods=["POST"]),
        Route("/admin/orders/{id:int}/refund", shop.refund, methods=["POST"]),
        Route("/admin/orders/{id:int}/returns", shop.open_return, methods=["POST"]),
        Route("/admin/orders/{id:int}/returns/{return_id:int}", shop.decide_return, methods=["PUT"]),
    ]
    return Starlette(
        routes=routes,
        lifespan=lifespan(shop.books, shop.courier.run, shop.live.run),
        exception_handlers={Refusal: answer_refusal},
    )
