"""The mailbox's HTTP face. Endpoints and payloads: sandbox/README.md, "Mailbox"."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hmac
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.books import Books, chance
from sandbox.mailbox import letters, pages
from sandbox.mailbox.live import OFF, Crowd
from sandbox.serving import Fields, NoAnswer, Refusal, answer_refusal, query_whole, read_fields, running

FAULTS = ("timeout_after_success", "error_5xx", "duplicate", "disorder")
OPEN = ("/healthz", "/", "/people/")


class Mailbox:
    """The handlers, and the books they write."""

    def __init__(self, *, home: Path, seed: int, hold_s: float, only_to: str) -> None:
        self.books = Books(home=home, name="mailbox", schema=letters.SCHEMA)
        self.count = letters.count_of(self.books)
        self.seed, self.hold_s = seed, hold_s
        self._rolls = 0
        self.crowd = Crowd(self.books, write=self.write_composed)
        if only_to and self.crowd.switch().get("web", only_to) != only_to:
            self.books.set_setting("live", OFF)  # books of a copy of another house

    def faults(self) -> dict[str, Any]:
        usual = {**dict.fromkeys(FAULTS, 0.0), "seed": self.seed, "hold_s": self.hold_s}
        return {**usual, **(self.books.find_setting("faults") or {})}

    def strikes(self, fault: str) -> bool:
        """Whether this request meets the fault: by the seed and the count of requests since the process started."""
        faults = self.faults()
        self._rolls += 1
        return bool(chance(faults["seed"], fault, self._rolls) < faults[fault])

    async def healthz(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok", "server": "mailbox"})

    async def take(self, request: Request) -> Response:
        fields = await read_fields(request)
        is_new = letters.take(
            self.books,
            message_id=fields.text("message_id"),
            house=fields.text("from"),
            person=fields.text("to"),
            raw=_bytes(fields, "raw"),
        )
        if is_new and self.strikes("timeout_after_success"):
            return NoAnswer(hold_s=self.faults()["hold_s"])
        return JSONResponse({"message_id": fields.text("message_id")}, status_code=201 if is_new else 200)

    async def find(self, request: Request) -> Response:
        letter = letters.find_taken(self.books, request.path_params["message_id"])
        return JSONResponse(
            {"message_id": letter.message_id, "to": letter.person, "raw": base64.b64encode(letter.raw).decode()}
        )

    async def fetch(self, request: Request) -> Response:
        after, limit = (
            query_whole(request.query_params, "after", 0),
            query_whole(request.query_params, "limit", 50, high=500),
        )
        address = request.query_params.get("address", "")
        found, more = letters.fetch(self.books, house=address, after=after, limit=limit)
        told = [{"seq": one.seq, "raw": base64.b64encode(one.raw).decode()} for one in found]
        if self.strikes("disorder"):
            random.Random(f"{self.seed}:{after}").shuffle(told)
        cursor = max((one.seq for one in found), default=after)
        return JSONResponse({"uidvalidity": self.count, "messages": told, "cursor": cursor, "more": more and limit > 0})

    async def write(self, request: Request) -> Response:
        fields = await read_fields(request)
        message_id, raw = (
            (fields.text("message_id", "-"), _bytes(fields, "raw")) if fields.has("raw") else letters.compose(fields)
        )
        return JSONResponse({"seq": self._write(fields, message_id, raw), "message_id": message_id}, status_code=201)

    def write_composed(self, fields: Fields) -> None:
        """A customer's mail from fields lies there to be fetched."""
        message_id, raw = letters.compose(fields)
        self._write(fields, message_id, raw)

    async def set_live(self, request: Request) -> Response:
        return JSONResponse(self.crowd.turn(await read_fields(request)))

    async def show_live(self, _request: Request) -> Response:
        return JSONResponse(self.crowd.switch())

    def _write(self, fields: Fields, message_id: str, raw: bytes) -> int:
        faults = self.faults()
        return letters.write(
            self.books,
            house=fields.text("to"),
            person=fields.text("from"),
            message_id=message_id,
            raw=raw,
            duplicate=faults["duplicate"],
            seed=faults["seed"],
        )

    async def set_faults(self, request: Request) -> Response:
        fields = await read_fields(request)
        wanted = {name: fields.number(name, 0.0, high=1) for name in FAULTS}
        wanted["hold_s"] = fields.number("hold_s", self.hold_s, high=3600)
        wanted["seed"] = fields.whole("seed", self.seed)
        with self.books.write():
            self.books.set_setting("faults", wanted)
        self._rolls = 0
        return JSONResponse(self.faults())

    async def show_faults(self, _request: Request) -> Response:
        return JSONResponse(self.faults())

    async def read_books(self, _request: Request) -> Response:
        return JSONResponse({"taken": letters.books_of(self.books)})

    async def people(self, _request: Request) -> Response:
        return HTMLResponse(pages.people(letters.people(self.books)))

    async def person(self, request: Request) -> Response:
        person = request.path_params["person"]
        return HTMLResponse(pages.person(person, letters.of_person(self.books, person)))

    async def answer(self, request: Request) -> Response:
        """The form of the page: a customer answers a mail, or writes a new one."""
        person = request.path_params["person"]
        said = {name: values[0] for name, values in parse_qs((await request.body()).decode("utf-8", "replace")).items()}
        fields = Fields({**said, "from": person, "text": pages.quoting(self.books, said)})
        self.write_composed(fields)
        return RedirectResponse(f"/people/{quote(person, safe='@')}#newest", status_code=303)


def _bytes(fields: Fields, name: str) -> bytes:
    try:
        return base64.b64decode(fields.text(name), validate=True)
    except binascii.Error:
        raise Refusal(422, "invalid", f"body.{name} must be base64") from None


class Gate:
    """Asks every request but the pages for the token, and turns some away with a 5xx when told to."""

    def __init__(self, app: ASGIApp, *, mailbox: Mailbox, token: str) -> None:
        self._app, self._mailbox, self._wanted = app, mailbox, f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._judge(scope) if scope["type"] == "http" else None
        await (refusal or self._app)(scope, receive, send)

    def _judge(self, scope: Scope) -> Response | None:
        path = scope["path"]
        if path in OPEN or path.startswith("/people/"):
            return None
        if not hmac.compare_digest(dict(scope["headers"]).get(b"authorization", b""), self._wanted):
            body = {"error": "unauthorized", "message": "send Authorization: Bearer TOKEN"}
            return JSONResponse(body, status_code=401, headers={"www-authenticate": "Bearer"})
        if not path.startswith("/admin/") and self._mailbox.strikes("error_5xx"):
            body = {"error": "unavailable", "message": "try again later; nothing was done"}
            return JSONResponse(body, status_code=503, headers={"retry-after": "1"})
        return None


def build(*, home: Path, token: str, seed: int, hold_s: float, only_to: str = "") -> Starlette:
    """The mailbox as an ASGI app over the books in `home`."""
    mailbox = Mailbox(home=home, seed=seed, hold_s=hold_s, only_to=only_to)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with running(mailbox.crowd.run()):
            yield
        mailbox.books.close()

    routes = [
        Route("/healthz", mailbox.healthz),
        Route("/outgoing", mailbox.take, methods=["POST"]),
        Route("/outgoing/by-message-id/{message_id:path}", mailbox.find),
        Route("/messages", mailbox.fetch),
        Route("/admin/write", mailbox.write, methods=["POST"]),
        Route("/admin/faults", mailbox.set_faults, methods=["POST"]),
        Route("/admin/faults", mailbox.show_faults),
        Route("/admin/live", mailbox.set_live, methods=["POST"]),
        Route("/admin/live", mailbox.show_live),
        Route("/admin/books", mailbox.read_books),
        Route("/", mailbox.people),
        Route("/people/{person}", mailbox.person),
        Route("/people/{person}/answer", mailbox.answer, methods=["POST"]),
    ]
    return Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=[Middleware(Gate, mailbox=mailbox, token=token)],
        exception_handlers={Refusal: answer_refusal},
    )
