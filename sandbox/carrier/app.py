"""The carrier's HTTP face. Endpoints and payloads: sandbox/README.md.

Source: https://docs.easypost.com/docs/shipments (shape).
"""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import frame, webhooks
from sandbox.books import Books, now, parse_iso
from sandbox.carrier import codes, labels, rates, tracking
from sandbox.frame import Sender, key_of
from sandbox.serving import Refusal, read_fields

DEFAULT_TROUBLE = 0.06
_TRUCK_REST_S = 60.0


class Carrier(Sender):
    """The handlers, the books they write, and the two loops: webhooks out, parcels on."""

    def __init__(self, *, home: Path, seed: int, retry_s: float, scale: float, hold_s: float, only_to: str) -> None:
        books = Books(home=home, name="carrier", schema=(*webhooks.SCHEMA, *labels.SCHEMA, *tracking.SCHEMA))
        usual = {"trouble": (DEFAULT_TROUBLE, 1.0)}
        super().__init__(books, name="carrier", seed=seed, hold_s=hold_s, usual=usual, retry_s=retry_s, only_to=only_to)
        self.scale = scale
        self._departure = asyncio.Event()

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
        key = key_of(request)
        shipment, is_new = labels.buy(self.books, await read_fields(request), key=key, scale=self.scale)
        self.courier.wake()
        return self.answer(shipment, is_new=is_new)

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

    async def close_day(self, request: Request) -> Response:
        key, numbers = key_of(request), (await read_fields(request)).texts("tracking_numbers")
        closing, is_new = labels.close_day(self.books, numbers, key=key)
        return self.answer(closing, is_new=is_new)

    async def closing_by_key(self, request: Request) -> Response:
        found = labels.find_closing(self.books, request.path_params["key"])
        if found is None:
            raise Refusal(404, "not_found", "nothing was closed with this key")
        return JSONResponse(found)

    async def track(self, request: Request) -> Response:
        return JSONResponse(tracking.track(self.books, request.path_params["number"]))

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


def build(
    *, home: Path, token: str, seed: int, retry_s: float, scale: float, hold_s: float, only_to: str = ""
) -> Starlette:
    """The carrier as an ASGI app over the books in `home`."""
    carrier = Carrier(home=home, seed=seed, retry_s=retry_s, scale=scale, hold_s=hold_s, only_to=only_to)
    routes = [
        Route("/rates", carrier.rates, methods=["POST"]),
        Route("/labels", carrier.buy, methods=["POST"]),
        Route("/labels", carrier.list_labels),
        Route("/labels/by-key/{key:path}", carrier.label_by_key),
        Route("/labels/{id}/void", carrier.void, methods=["POST"]),
        Route("/labels/{id}", carrier.label),
        Route("/manifests", carrier.hand_over, methods=["POST"]),
        Route("/closings", carrier.close_day, methods=["POST"]),
        Route("/closings/by-key/{key:path}", carrier.closing_by_key),
        Route("/tracking/{number}", carrier.track),
        Route("/admin/advance", carrier.advance, methods=["POST"]),
        Route("/admin/books", carrier.read_books),
    ]
    return frame.build(carrier, routes, token=token, loops=(carrier.courier.run, carrier.run_parcels))
