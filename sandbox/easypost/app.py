"""EasyPost's HTTP face, and /admin for tests.  Endpoints: sandbox/README.md.

Source: https://docs.easypost.com/docs/authentication (the API key as the user name), /docs/errors, /docs/webhooks.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import sqlite3
import unicodedata
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import frame, webhooks
from sandbox.books import Books, now, parse_iso
from sandbox.easypost import shapes, shipments
from sandbox.easypost.shapes import EasyPostError
from sandbox.frame import SHARE, Sender
from sandbox.serving import NoAnswer, read_fields, read_json

Handler = Callable[["EasyPost", Request], Awaitable[Response]]


def sign(target: Mapping[str, Any], row: sqlite3.Row, _sent_at: datetime) -> dict[str, str]:
    """The HMAC of the body.  Source: https://docs.easypost.com/guides/webhooks-guide."""
    key = unicodedata.normalize("NFKD", target["secret"]).encode()
    return {"x-hmac-signature": "hmac-sha256-hex=" + hmac.new(key, row["body"].encode(), hashlib.sha256).hexdigest()}


def answered(handler: Handler) -> Handler:
    """Asks for the key, meets the faults, and says refusals as EasyPost does."""

    @wraps(handler)
    async def asked(self: EasyPost, request: Request) -> Response:
        given = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, self.wanted):
            error = EasyPostError(401, "APIKEY.INVALID", "The API key supplied is not valid.")
            return JSONResponse(error.body, status_code=error.status)
        if self.strikes("error_5xx"):
            return JSONResponse({"error": {"code": "INTERNAL_SERVER_ERROR", "message": "try again", "errors": []}}, status_code=503)
        try:
            return await handler(self, request)
        except EasyPostError as error:
            return JSONResponse(error.body, status_code=error.status)

    return asked


class EasyPost(Sender):
    """The handlers, the books they write, and the loop that sends webhooks."""

    def __init__(self, *, home: Path, token: str, seed: int, retry_s: float, hold_s: float, only_to: str) -> None:
        books = Books(home=home, name="easypost", schema=(*webhooks.SCHEMA, *shipments.SCHEMA))
        usual = {"lose_created": SHARE, "timed_out": SHARE, "file_missing": SHARE, "file_silent": SHARE, "file_wrong": SHARE}
        super().__init__(books, name="easypost", seed=seed, hold_s=hold_s, usual=usual, retry_s=retry_s, only_to=only_to)
        self.courier = webhooks.Courier(books, retry_s=retry_s, only_to=only_to, sign=sign)
        self.wanted = b"Basic " + base64.b64encode(f"{token}:".encode())

    @answered
    async def quote(self, request: Request) -> Response:
        return JSONResponse(shipments.quote((await read_json(request)).get("shipment")))

    @answered
    async def create(self, request: Request) -> Response:
        made = shipments.create(self.books, (await read_json(request)).get("shipment"), _base(request))
        return self.answer(made, is_new=self.faults()["lose_created"] > 0)

    @answered
    async def shipment(self, request: Request) -> Response:
        return JSONResponse(shipments.show(self.books, shipments.get(self.books, request.path_params["id"]), _base(request)))

    @answered
    async def label(self, request: Request) -> Response:
        form = request.query_params.get("file_format", "").upper()
        return JSONResponse(shipments.convert(self.books, request.path_params["id"], form, _base(request)))

    async def file(self, request: Request) -> Response:
        """A label's file, for whoever has its address; sometimes it is not there yet, does not come, or is something else."""
        if self.faults()["file_missing"] and self.strikes("file_missing"):
            return Response(b"<Error><Code>NoSuchKey</Code></Error>", status_code=404, media_type="application/xml")
        if self.faults()["file_silent"] and self.strikes("file_silent"):
            return NoAnswer(hold_s=self.faults()["hold_s"])
        if self.faults()["file_wrong"] and self.strikes("file_wrong"):
            return Response(b"<html><body>Please wait.</body></html>", media_type="text/html")
        found = shipments.file(self.books, request.path_params["name"])
        return Response(found[1], media_type=found[0]) if found else Response(b"", status_code=404)

    @answered
    async def buy(self, request: Request) -> Response:
        rate = (await read_json(request)).get("rate") or {}
        bought = shipments.buy(self.books, request.path_params["id"], str(rate.get("id")), _base(request))
        self.courier.wake()
        if self.faults()["timed_out"] and self.strikes("timed_out"):
            raise EasyPostError(422, "SHIPMENT.POSTAGE.TIMED_OUT", "The carrier timed out.")
        return self.answer(bought, is_new=True)

    @answered
    async def refund(self, request: Request) -> Response:
        return JSONResponse(shipments.refund(self.books, request.path_params["id"], _base(request)))

    @answered
    async def scan_form(self, request: Request) -> Response:
        asked = ((await read_json(request)).get("scan_form") or {}).get("shipments") or []
        return self.answer(shipments.close(self.books, [str(one.get("id")) for one in asked]), is_new=True)

    @answered
    async def trackers(self, request: Request) -> Response:
        code = request.query_params.get("tracking_code", "")
        return JSONResponse({"trackers": shipments.list_trackers(self.books, code), "has_more": False})

    @answered
    async def address(self, request: Request) -> Response:
        body = await read_json(request)
        given, at = shapes.check_address(body.get("address"), "address"), now()
        shown = shapes.show_address(given, id=shapes.new_id("adr", at), at=at, verified=bool(body.get("verify")))
        if body.get("verify"):
            errors = shapes.verify(given)
            shown["verifications"] = {"delivery": {"success": not errors, "errors": errors, "details": {}}}
        return JSONResponse(shown, status_code=201)

    @answered
    async def list_hooks(self, _request: Request) -> Response:
        url = webhooks.find_url(self.books)
        return JSONResponse({"webhooks": [_hook(url)] if url else []})

    @answered
    async def add_hook(self, request: Request) -> Response:
        given = (await read_json(request)).get("webhook") or {}
        self.books.set_setting("webhook", {"url": str(given.get("url")), "secret": str(given.get("webhook_secret"))})
        self.courier.meet()
        return JSONResponse(_hook(str(given.get("url"))), status_code=201)

    @answered
    async def change_hook(self, request: Request) -> Response:
        secret = str((await read_json(request)).get("webhook_secret"))
        url = webhooks.find_url(self.books)
        if url is None or request.path_params["id"] != _hook(url)["id"]:
            raise shapes.not_found()
        self.books.set_setting("webhook", {"url": url, "secret": secret})
        self.courier.meet()
        return JSONResponse(_hook(url))

    async def advance(self, request: Request) -> Response:
        """What the carrier would scan: tracking_code, status, status_detail."""
        fields = await read_fields(request)
        at = parse_iso(fields.text("at")) if fields.has("at") else now()
        with self.books.write():
            code, status = fields.text("tracking_code"), fields.text("status")
            shipments.add_detail(self.books, code, status, fields.text("status_detail", "status_update"), at)
        self.courier.wake()
        return JSONResponse(shipments.tracker(self.books, code))

    async def settle_refunds(self, request: Request) -> Response:
        return JSONResponse({"settled": shipments.settle_refunds(self.books, (await read_fields(request)).text("status"))})

    async def read_books(self, _request: Request) -> Response:
        return JSONResponse({"shipments": shipments.read_books(self.books)})


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _hook(url: str) -> dict[str, Any]:
    return {"id": shapes.new_id("hook", url), "object": "Webhook", "mode": "test", "url": url, "disabled_at": None}


def build(*, home: Path, token: str, seed: int, retry_s: float, hold_s: float, only_to: str = "") -> Starlette:
    """EasyPost as an ASGI app over the books in `home`."""
    own = EasyPost(home=home, token=token, seed=seed, retry_s=retry_s, hold_s=hold_s, only_to=only_to)
    routes = [
        Route("/beta/rates", own.quote, methods=["POST"]),
        Route("/v2/shipments", own.create, methods=["POST"]),
        Route("/v2/shipments/{id}/buy", own.buy, methods=["POST"]),
        Route("/v2/shipments/{id}/refund", own.refund, methods=["POST"]),
        Route("/v2/shipments/{id}/label", own.label),
        Route("/v2/shipments/{id:path}", own.shipment),
        Route("/files/postage_label/{name}", own.file),
        Route("/v2/scan_forms", own.scan_form, methods=["POST"]),
        Route("/v2/trackers", own.trackers),
        Route("/v2/addresses", own.address, methods=["POST"]),
        Route("/v2/webhooks", own.list_hooks),
        Route("/v2/webhooks", own.add_hook, methods=["POST"]),
        Route("/v2/webhooks/{id}", own.change_hook, methods=["PATCH"]),
        Route("/admin/advance", own.advance, methods=["POST"]),
        Route("/admin/refunds", own.settle_refunds, methods=["POST"]),
        Route("/admin/books", own.read_books),
    ]
    vendors = ("/healthz", "/v2/", "/beta/", "/files/")
    return frame.build(own, routes, token=token, loops=(own.courier.run,), is_open=lambda path: path.startswith(vendors))
