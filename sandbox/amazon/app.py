"""The marketplace's HTTP face. Endpoints and payloads: sandbox/README.md.

Source: Amazon's models (https://github.com/amzn/selling-partner-api-models); paths, shapes, statuses and rates are theirs.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import webhooks
from sandbox.amazon import access, feeds, finances, limits, listings, messaging, notes, orders, shapes
from sandbox.amazon.access import Denied
from sandbox.amazon.limits import Buckets
from sandbox.books import Books
from sandbox.frame import SHARE, Sender, lifespan
from sandbox.live import Live
from sandbox.serving import Fields, NoAnswer, Refusal, query_whole, read_fields, read_json

ITEMS_PAGE = 100
FAULTS = {"truncate": SHARE, "throttle": SHARE, "feed_stuck": SHARE, "feed_fatal": SHARE}
MESSAGES = (
    ("createConfirmOrderDetails", "confirmOrderDetails"), ("createConfirmDeliveryDetails", "confirmDeliveryDetails"),
    ("createUnexpectedProblem", "unexpectedProblem"), ("confirmCustomizationDetails", "confirmCustomizationDetails"),
)  # fmt: skip
WHO = {"BUYER": "buyer", "RECIPIENT": "address"}
Handler = Callable[[Request], Awaitable[Response]]


class Marketplace(Sender):
    """The handlers, the books they write, and the loops: notifications out, feeds on and, while live, orders in."""

    def __init__(self, *, home: Path, seed: int, retry_s: float, hold_s: float, only_to: str, feed_s: float) -> None:
        kept = (webhooks, access, notes, listings, orders, feeds, messaging, finances)
        schema = tuple(statement for part in kept for statement in part.SCHEMA)
        books = Books(home=home, name="amazon", schema=schema)
        super().__init__(books, name="amazon", seed=seed, hold_s=hold_s, usual=FAULTS, retry_s=retry_s, only_to=only_to)
        self.buckets, self._feed_s = Buckets(), feed_s
        self.live = Live(self.books, self._place_one)

    def operation(self, name: str, handler: Handler) -> Handler:
        """An operation behind its bucket, its token and the faults.  A call that is turned away costs nothing."""

        async def answer(request: Request) -> Response:
            headers = {"x-amzn-RequestId": secrets.token_hex(8)}
            if self.strikes("error_5xx"):
                return _errors(503, "ServiceUnavailable", "Service is temporarily unavailable.", headers)
            # The rate is told with a refusal as well, where the models name it for good answers only: the sandbox is kinder.
            headers["x-amzn-RateLimit-Limit"] = f"{self.buckets.rate(name):g}"
            if self.strikes("throttle") or not self.buckets.take(name):
                return _errors(429, "QuotaExceeded", "You exceeded your quota for the requested resource.", headers)
            try:
                token = request.headers.get("x-amz-access-token", "")
                request.state.is_restricted = access.check(self.books, token, request.url.path)
                made = await handler(request)
            except Denied as denied:
                return _errors(denied.status, "Unauthorized", "Access to requested resource is denied.", headers, denied.details)
            except Refusal as refusal:
                status = 400 if refusal.status == 422 else refusal.status
                return _errors(status, refusal.code, refusal.message, headers)
            self.courier.wake()
            if request.method == "POST" and self.strikes("timeout_after_success"):
                return NoAnswer(hold_s=self.faults()["hold_s"])
            if self.strikes("truncate") and made.body:
                made = Response(made.body[: len(made.body) // 2], media_type="application/json")
            made.headers.update(headers)
            return made

        return answer

    async def token(self, request: Request) -> Response:
        """Login with Amazon."""
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        status, body = access.grant(self.books, form)
        return JSONResponse(body, status_code=status)

    async def search_orders(self, request: Request) -> Response:
        query = request.query_params
        data = _texts(query.get("includedData"))
        self._may_see(data)
        wanted = [orders.STATUSES.get(one, one) for one in _texts(query.get("fulfillmentStatuses"))]
        found, last = orders.search(
            self.books, since=query.get("lastUpdatedAfter", query.get("createdAfter", "")),
            after=_place(query.get("paginationToken")), limit=query_whole(query, "maxResultsPerPage", 100, high=100),
            statuses=wanted, marketplaces=_texts(query.get("marketplaceIds")), by=_texts(query.get("fulfilledBy")),
        )  # fmt: skip
        body: dict[str, Any] = {"orders": [shapes.new(one, data) for one in found]}
        if last is not None:
            body["pagination"] = {"nextToken": _token(last)}
        return JSONResponse(body)

    async def get_order(self, request: Request) -> Response:
        data = _texts(request.query_params.get("includedData"))
        self._may_see(data)
        return JSONResponse({"order": shapes.new(orders.get(self.books, request.path_params["id"]), data)})

    def _may_see(self, data: list[str]) -> None:
        """Refuses data sets for which the application has no role."""
        held = access.roles(self.books)
        if any(not held[role] for name, role in WHO.items() if name in data):
            raise Denied("The application has no role for this data.")

    async def get_orders_old(self, request: Request) -> Response:
        query = request.query_params
        channels = {"MFN": "MERCHANT", "AFN": "AMAZON"}
        if not query.get("MarketplaceIds"):
            raise Refusal(400, "InvalidInput", "MarketplaceIds is missing")
        found, last = orders.search(
            self.books, since=query.get("LastUpdatedAfter", query.get("CreatedAfter", "")), after=_place(query.get("NextToken")),
            limit=query_whole(query, "MaxResultsPerPage", 100, high=100), statuses=_texts(query.get("OrderStatuses")),
            marketplaces=_texts(query.get("MarketplaceIds")),
            by=[channels.get(one, one) for one in _texts(query.get("FulfillmentChannels"))],
        )  # fmt: skip
        payload: dict[str, Any] = {"Orders": [shapes.old(one) for one in found]}
        if last is not None:
            payload["NextToken"] = _token(last)
        return JSONResponse({"payload": payload})

    async def get_order_old(self, request: Request) -> Response:
        return JSONResponse({"payload": shapes.old(self._order(request))})

    async def get_items_old(self, request: Request) -> Response:
        order, begin = self._order(request), _place(request.query_params.get("NextToken"))
        end = begin + ITEMS_PAGE
        lines = [shapes.old_item(order, line) for line in order["lines"][begin:end]]
        payload: dict[str, Any] = {"AmazonOrderId": order["id"], "OrderItems": lines}
        if end < len(order["lines"]):
            payload["NextToken"] = _token(end)
        return JSONResponse({"payload": payload})

    async def get_items_buyer_old(self, request: Request) -> Response:
        order = self._order(request)
        return JSONResponse({"payload": {"AmazonOrderId": order["id"], "OrderItems": []}})

    async def get_address_old(self, request: Request) -> Response:
        return JSONResponse(
            {"payload": shapes.old_address(self._order(request), is_whole=request.state.is_restricted)}
        )

    async def get_buyer_old(self, request: Request) -> Response:
        return JSONResponse({"payload": shapes.old_buyer(self._order(request), is_whole=request.state.is_restricted)})

    def _order(self, request: Request) -> dict[str, Any]:
        return orders.get(self.books, request.path_params["id"])

    async def confirm(self, request: Request) -> Response:
        orders.confirm(self.books, request.path_params["id"], await read_fields(request))
        return Response(status_code=204)

    async def restrict(self, request: Request) -> Response:
        made = access.restrict(self.books, await read_fields(request))
        if made is None:  # as seen in jlevers/selling-partner-api #550
            raise Refusal(400, "InvalidInput", "Application does not have access to some or all requested resource")
        return JSONResponse(made)

    async def search_listings(self, request: Request) -> Response:
        if request.path_params["seller"] != orders.SELLER or not request.query_params.get("marketplaceIds"):
            raise Refusal(400, "InvalidInput", "the seller is another, or marketplaceIds is missing")
        return JSONResponse(listings.search(self.books, request.query_params, marketplace=orders.MARKETPLACE))

    async def messaging_actions(self, request: Request) -> Response:
        marketplace = request.query_params.get("marketplaceIds", "")
        return JSONResponse(messaging.actions(self.books, request.path_params["id"], marketplace=marketplace))

    async def transactions(self, request: Request) -> Response:
        query = request.query_params
        if not access.roles(self.books)["finances"]:
            raise Denied("The application has no role for this data.")
        found, last = finances.search(self.books, since=query.get("postedAfter", ""), after=_place(query.get("nextToken")))
        payload: dict[str, Any] = {"transactions": found}
        if last is not None:
            payload["nextToken"] = _token(last)
        return JSONResponse({"payload": payload})

    async def refund(self, request: Request) -> Response:
        return JSONResponse(
            finances.refund(self.books, request.path_params["id"], await read_fields(request)), status_code=201
        )

    def taking(self, action: str) -> Handler:
        """What takes one kind of message."""

        async def take(request: Request) -> Response:
            messaging.take(self.books, request.path_params["id"], action, await read_fields(request))
            return JSONResponse({}, status_code=201)

        return take

    async def open_document(self, request: Request) -> Response:
        base = str(request.base_url).rstrip("/")
        return JSONResponse(feeds.open_document(self.books, await read_fields(request), base=base), status_code=201)

    async def make_feed(self, request: Request) -> Response:
        made = feeds.make(self.books, await read_fields(request), feed_s=self._feed_s, faults=self.faults())
        return JSONResponse(made, status_code=202)

    async def get_feed(self, request: Request) -> Response:
        return JSONResponse(feeds.show(self.books, request.path_params["id"]))

    async def cancel_feed(self, request: Request) -> Response:
        feeds.cancel(self.books, request.path_params["id"])
        return Response(status_code=200)

    async def get_report(self, request: Request) -> Response:
        id = request.path_params["id"]
        feeds.get_document(self.books, id)
        base = str(request.base_url).rstrip("/")
        return JSONResponse({"feedDocumentId": id, "url": f"{base}/documents/{id}", "compressionAlgorithm": "GZIP"})

    async def document(self, request: Request) -> Response:
        """The presigned address of a document: whoever knows it may put it once, and get it."""
        id = request.path_params["id"]
        if request.method == "PUT":
            feeds.put_document(self.books, id, await request.body())
            return Response()
        return Response(feeds.get_document(self.books, id), media_type="application/octet-stream")

    async def queue(self, request: Request) -> Response:
        most = query_whole(request.query_params, "max", 10, high=10)
        return JSONResponse({"messages": notes.receive(self.books, most=most)})

    async def dequeue(self, request: Request) -> Response:
        return JSONResponse({"deleted": notes.delete(self.books, request.path_params["receipt"])})

    async def connect(self, request: Request) -> Response:
        fields = await read_fields(request)
        webhooks.connect(self.books, url=fields.text("webhook_url"), secret=fields.text("secret"))
        self.courier.meet()
        return JSONResponse({"webhook_url": webhooks.find_url(self.books)})

    async def place(self, request: Request) -> Response:
        placed = orders.place(self.books, await read_fields(request))
        self.courier.wake()
        return JSONResponse({"orders": placed}, status_code=201)

    def _place_one(self) -> None:
        orders.place(self.books, Fields({}))
        self.courier.wake()

    async def change(self, request: Request) -> Response:
        changed = orders.change(self.books, request.path_params["id"], await read_fields(request))
        self.courier.wake()
        return JSONResponse(changed)

    async def put_listings(self, request: Request) -> Response:
        items = Fields({"items": await read_json(request)}).groups("items")
        return JSONResponse({"count": listings.put(self.books, items)})

    async def set_roles(self, request: Request) -> Response:
        fields = await read_fields(request)
        self.books.set_setting("roles", {role: fields.flag(role, True) for role in access.ROLES})
        return JSONResponse(access.roles(self.books))

    async def set_limits(self, request: Request) -> Response:
        """A seller who was granted more calls, from now on and with full buckets."""
        self.buckets = Buckets(factor=(await read_fields(request)).number("factor", 1.0, low=0.001, high=10_000))
        return JSONResponse({"factor": self.buckets.factor})

    async def expire(self, _request: Request) -> Response:
        return JSONResponse({"expired": access.expire(self.books)})

    async def age_feed(self, request: Request) -> Response:
        feeds.age(self.books, request.path_params["id"], seconds=(await read_fields(request)).number("seconds"))
        return JSONResponse(feeds.show(self.books, request.path_params["id"]))

    async def show_books(self, _request: Request) -> Response:
        made = [dict(row) for row in self.books.rows("SELECT id, status, made_at, ended_at FROM feed ORDER BY id")]
        return JSONResponse(
            {"orders": orders.all_of(self.books), "listings": listings.show(self.books), "feeds": made, "calls": self.buckets.calls,
             "messages": messaging.all_of(self.books)}
        )

    async def run_feeds(self) -> None:
        """Processes feeds whose time has come, for ever."""
        while True:
            if feeds.process_due(self.books, seller=orders.SELLER):
                self.courier.wake()
            await asyncio.sleep(0.05)

    def operations(self) -> list[Route]:
        """What the models describe."""
        old, documents = "/orders/v0/orders", "/feeds/2021-06-30/documents"
        told: list[tuple[str, str, str, Handler]] = [
            ("searchOrders", "GET", "/orders/2026-01-01/orders", self.search_orders),
            ("getOrder", "GET", "/orders/2026-01-01/orders/{id}", self.get_order),
            ("v0 getOrders", "GET", old, self.get_orders_old),
            ("v0 getOrder", "GET", f"{old}/{{id}}", self.get_order_old),
            ("getOrderItems", "GET", f"{old}/{{id}}/orderItems", self.get_items_old),
            ("getOrderItemsBuyerInfo", "GET", f"{old}/{{id}}/orderItems/buyerInfo", self.get_items_buyer_old),
            ("getOrderAddress", "GET", f"{old}/{{id}}/address", self.get_address_old),
            ("getOrderBuyerInfo", "GET", f"{old}/{{id}}/buyerInfo", self.get_buyer_old),
            ("confirmShipment", "POST", f"{old}/{{id}}/shipmentConfirmation", self.confirm),
            ("createRestrictedDataToken", "POST", "/tokens/2021-03-01/restrictedDataToken", self.restrict),
            ("searchListingsItems", "GET", "/listings/2021-08-01/items/{seller}", self.search_listings),
            ("createFeedDocument", "POST", documents, self.open_document),
            ("getFeedDocument", "GET", f"{documents}/{{id}}", self.get_report),
            ("createFeed", "POST", "/feeds/2021-06-30/feeds", self.make_feed),
            ("getFeed", "GET", "/feeds/2021-06-30/feeds/{id}", self.get_feed),
            ("getMessagingActionsForOrder", "GET", "/messaging/v1/orders/{id}", self.messaging_actions),
            *((name, "POST", f"/messaging/v1/orders/{{id}}/messages/{action}", self.taking(action)) for name, action in MESSAGES),
            ("listTransactions", "GET", "/finances/2024-06-19/transactions", self.transactions),
            ("cancelFeed", "DELETE", "/feeds/2021-06-30/feeds/{id}", self.cancel_feed),
        ]
        assert {name for name, *_ in told} == set(limits.PLANS)
        return [Route(path, self.operation(name, handler), methods=[method]) for name, method, path, handler in told]


def build(
    *, home: Path, seed: int, retry_s: float, hold_s: float = 30.0, only_to: str = "", feed_s: float = 3.0
) -> Starlette:  # fmt: skip
    """The marketplace as an ASGI app over the books in `home`."""
    at = Marketplace(home=home, seed=seed, retry_s=retry_s, hold_s=hold_s, only_to=only_to, feed_s=feed_s)
    routes = [
        *at.routes(),
        *at.operations(),
        Route("/auth/o2/token", at.token, methods=["POST"]),
        Route("/documents/{id}", at.document, methods=["PUT", "GET"]),
        Route("/queue", at.queue),
        Route("/queue/{receipt:int}", at.dequeue, methods=["DELETE"]),
        Route("/admin/connect", at.connect, methods=["POST"]),
        *at.live.routes(),
        Route("/admin/orders", at.place, methods=["POST"]),
        Route("/admin/orders/{id}", at.change, methods=["POST"]),
        Route("/admin/orders/{id}/refund", at.refund, methods=["POST"]),
        Route("/admin/listings", at.put_listings, methods=["PUT"]),
        Route("/admin/roles", at.set_roles, methods=["POST"]),
        Route("/admin/limits", at.set_limits, methods=["POST"]),
        Route("/admin/expire", at.expire, methods=["POST"]),
        Route("/admin/feeds/{id}/age", at.age_feed, methods=["POST"]),
        Route("/admin/books", at.show_books),
    ]
    return Starlette(
        routes=routes,
        lifespan=lifespan(at.books, at.courier.run, at.run_feeds, at.live.run),
        exception_handlers={Refusal: _answer_refusal},
    )


async def _answer_refusal(_request: Request, refusal: Exception) -> Response:
    """Beside the operations: documents and what is under /admin."""
    assert isinstance(refusal, Refusal)
    return JSONResponse({"error": refusal.code, "message": refusal.message}, status_code=refusal.status)


def _errors(status: int, code: str, message: str, headers: dict[str, str], details: str = "") -> Response:
    body = {"errors": [{"code": code, "message": message, "details": details}]}
    return JSONResponse(body, status_code=status, headers=headers)


def _texts(told: str | None) -> list[str]:
    """A list as the models write it in a query: with commas."""
    return [one for one in (told or "").split(",") if one]


def _token(place: int) -> str:
    return base64.urlsafe_b64encode(f"at:{place}".encode()).decode()


def _place(token: str | None) -> int:
    """Where a page begins.  Refuses: 400 a token that is none of ours."""
    try:
        return int(base64.urlsafe_b64decode(token).decode().removeprefix("at:")) if token else 0
    except ValueError:
        raise Refusal(400, "InvalidInput", "the token cannot be read") from None
