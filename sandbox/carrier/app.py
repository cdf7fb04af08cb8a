"""The carrier's HTTP face. Endpoints and payloads: sandbox/README.md.

Source: https://docs.easypost.com/docs/shipments (shape), https://www.rfc-editor.org/rfc/rfc6750 (bearer token).
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
from sandbox.books import Books, chance, now, parse_iso
from sandbox.carrier import codes, labels, rates, tracking
from sandbox.serving import NoAnswer, Refusal, answer_refusal, read_fields, running

DEFAULT_TROUBLE = 0.06
_TRUCK_REST_S = 60.0


class Carrier:
    """The handlers, the books they write, and the two loops: webhooks out, parcels on."""

    def __init__(self, *, home: Path, seed: int, retry_s: float, scale: float, hold_s: float, only_to: str) -> None:
        schema = (*webhooks.SCHEMA, *labels.SCHEMA, *tracking.SCHEMA)
        self.books = Books(home=home, name="carrier", schema=schema)
        self.courier = webhooks.Courier(self.books, retry_s=retry_s, only_to=only_to)
        self.seed, self.scale, self.hold_s = seed, scale, hold_s
        self._departure = asyncio.Event()
        self._rolls = 0

    def faults(self) -> dict[str, Any]:
        usual = {"timeout_after_success": 0.0, "error_5xx": 0.0, "trouble": DEFAULT_TROUBLE, "seed": self.seed}
        return {**usual, "hold_s": self.hold_s, **(self.books.find_setting("faults") or {})}

    def strikes(self, fault: str) -> bool:
        """Whether this request meets the fault: by the seed and the count of requests since the process started."""
        faults = self.faults()
        self._rolls += 1
        return bool(chance(faults["seed"], fault, self._rolls) < faults[fault])

    async def healthz(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok", "server": "carrier"})

    async def rates(self, request: Request) -> Response:
        fields = await read_fields(request)
        found = rates.rate(
            origin=rates.parse_place(fields.group("from")),
            to=rates.parse_place(fields.group("to")),
            parcels=[rates.parse_parcel(one) for one in fields.groups("parcels")],
            currency=fields.text("currency"),
        )
        return JSONResponse({"rates": [rates.show(one) for one in found]})

    async def buy(self, request: Request) -> Response:
        key = request.headers.get("idempotency-key", "").strip()
        if not key or len(key) > 200:
            raise Refusal(400, "idempotency_key", "the Idempotency-Key header is missing or over 200 characters")
        shipment, is_new = labels.buy(self.books, await read_fields(request), key=key, scale=self.scale)
        self.courier.wake()
        if is_new and self.strikes("timeout_after_success"):
            return NoAnswer(hold_s=self.faults()["hold_s"])
        return JSONResponse(shipment, status_code=201 if is_new else 200)

    async def list_labels(self, request: Request) -> Response:
        reference = request.query_params.get("reference")
        if not reference:
            raise Refusal(422, "invalid", "query reference is missing")
        return JSONResponse({"labels": labels.list_by_reference(self.books, reference)})

    async def label_by_key(self, request: Request) -> Response:
        return JSONResponse(labels.get_by_key(self.books, request.path_params["key"]))

    async def label(self, request: Request) -> Response:
        return JSONResponse(labels.show(labels.get(self.books, request.path_params["id"])))

    async def void(self, request: Request) -> Response:
        return JSONResponse(labels.void(self.books, request.path_params["id"]))

    async def hand_over(self, request: Request) -> Response:
        numbers = (await read_fields(request)).texts("tracking_numbers")
        answer = labels.hand_over(
            self.books, numbers, seed=self.seed, scale=self.scale, trouble=self.faults()["trouble"]
        )
        self._departure.set()
        return JSONResponse(answer, status_code=201)

    async def track(self, request: Request) -> Response:
        return JSONResponse(tracking.track(self.books, request.path_params["number"]))

    async def set_webhook(self, request: Request) -> Response:
        fields = await read_fields(request)
        webhooks.connect(self.books, url=fields.text("url"), secret=fields.text("secret"))
        self.courier.meet()
        return await self.webhook(request)

    async def webhook(self, _request: Request) -> Response:
        return JSONResponse({"url": webhooks.find_url(self.books)})

    async def advance(self, request: Request) -> Response:
        fields = await read_fields(request)
        code = codes.get_code(fields.text("to")).code
        try:
            at = parse_iso(fields.text("at")) if fields.has("at") else now()
        except ValueError:
            raise Refusal(422, "invalid", "at must be an RFC 3339 moment") from None
        place = None
        if fields.has("location"):
            given = fields.group("location")
            place = {"name": given.text("name"), "country_code": given.text("country_code")}
        trouble = self.faults()["trouble"]
        with self.books.write():
            shipment = tracking.get_shipment(self.books, fields.text("tracking_number"))
            if shipment["state"] == "voided":
                raise Refusal(409, "voided", "the label was voided")
            if shipment["state"] == "created" and code != codes.CREATED:
                labels.start(self.books, shipment, seed=self.seed, scale=self.scale, trouble=trouble, at=at)
            tracking.force(self.books, shipment, code=code, location=place, at=at)
        self.courier.wake()
        self._departure.set()
        return JSONResponse(tracking.track(self.books, shipment["tracking_number"]))

    async def set_faults(self, request: Request) -> Response:
        fields = await read_fields(request)
        own = {name: fields.number(name, 0.0, high=1) for name in ("timeout_after_success", "error_5xx")}
        own["trouble"] = fields.number("trouble", DEFAULT_TROUBLE, high=1)
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
        return JSONResponse({"shipments": labels.read_books(self.books)})

    async def run_parcels(self) -> None:
        """Let every planned scan happen when it is due."""
        while True:
            self._departure.clear()
            if tracking.move(self.books):
                self.courier.wake()
                await asyncio.sleep(0)
                continue
            due_at = tracking.find_next(self.books)
            rest_s = _TRUCK_REST_S if due_at is None else min(_TRUCK_REST_S, max(0.0, due_at - now()))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(rest_s):
                    await self._departure.wait()


class Gate:
    """Asks every request but /healthz for the token, and turns some away with a 5xx when told to."""

    def __init__(self, app: ASGIApp, *, carrier: Carrier, token: str) -> None:
        self._app, self._carrier, self._wanted = app, carrier, f"Bearer {token}".encode()

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
        if not path.startswith("/admin/") and self._carrier.strikes("error_5xx"):
            body = {"error": "unavailable", "message": "try again later; nothing was done"}
            return JSONResponse(body, status_code=503, headers={"retry-after": "1"})
        return None


def build(
    *, home: Path, token: str, seed: int, retry_s: float, scale: float, hold_s: float, only_to: str = ""
) -> Starlette:
    """The carrier as an ASGI app over the books in `home`."""
    carrier = Carrier(home=home, seed=seed, retry_s=retry_s, scale=scale, hold_s=hold_s, only_to=only_to)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with running(carrier.courier.run(), carrier.run_parcels()):
            yield
        carrier.books.close()

    routes = [
        Route("/healthz", carrier.healthz),
        Route("/rates", carrier.rates, methods=["POST"]),
        Route("/labels", carrier.buy, methods=["POST"]),
        Route("/labels", carrier.list_labels),
        Route("/labels/by-key/{key:path}", carrier.label_by_key),
        Route("/labels/{id}/void", carrier.void, methods=["POST"]),
        Route("/labels/{id}", carrier.label),
        Route("/manifests", carrier.hand_over, methods=["POST"]),
        Route("/tracking/{number}", carrier.track),
        Route("/admin/webhook", carrier.set_webhook, methods=["POST"]),
        Route("/admin/webhook", carrier.webhook),
        *webhooks.routes(carrier.books, carrier.courier),
        Route("/admin/advance", carrier.advance, methods=["POST"]),
        Route("/admin/faults", carrier.set_faults, methods=["POST"]),
        Route("/admin/faults", carrier.show_faults),
        Route("/admin/books", carrier.read_books),
    ]
    return Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=[Middleware(Gate, carrier=carrier, token=token)],
        exception_handlers={Refusal: answer_refusal},
    )
