"""The mailbox's HTTP face. Endpoints and payloads: sandbox/README.md, "Mailbox"."""

from __future__ import annotations

import base64
import binascii
import random
from pathlib import Path
from urllib.parse import parse_qs, quote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox import frame
from sandbox.books import Books
from sandbox.frame import SHARE, Frame
from sandbox.mailbox import letters, pages
from sandbox.mailbox.live import OFF, Crowd
from sandbox.serving import Fields, Refusal, query_whole, read_fields


class Mailbox(Frame):
    """The handlers, and the books they write."""

    def __init__(self, *, home: Path, seed: int, hold_s: float, only_to: str) -> None:
        books = Books(home=home, name="mailbox", schema=letters.SCHEMA)
        super().__init__(books, name="mailbox", seed=seed, hold_s=hold_s, usual={"duplicate": SHARE, "disorder": SHARE})
        self.count = letters.count_of(self.books)
        self.crowd = Crowd(self.books, write=self.write_composed)
        if only_to and self.crowd.switch().get("web", only_to) != only_to:
            self.books.set_setting("live", OFF)  # books of a copy of another house

    async def take(self, request: Request) -> Response:
        fields = await read_fields(request)
        is_new = letters.take(
            self.books,
            message_id=fields.text("message_id"),
            house=fields.text("from"),
            person=fields.text("to"),
            raw=_bytes(fields, "raw"),
        )
        return self.answer({"message_id": fields.text("message_id")}, is_new=is_new)

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

    async def read_books(self, _request: Request) -> Response:
        return JSONResponse({"taken": letters.books_of(self.books)})

    async def people(self, _request: Request) -> Response:
        return HTMLResponse(pages.people(letters.people(self.books)))

    async def person(self, request: Request) -> Response:
        person = request.path_params["person"]
        return HTMLResponse(pages.person(person, letters.of_person(self.books, person)))

    async def answer_mail(self, request: Request) -> Response:
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


def build(*, home: Path, token: str, seed: int, hold_s: float, only_to: str = "") -> Starlette:
    """The mailbox as an ASGI app over the books in `home`."""
    mailbox = Mailbox(home=home, seed=seed, hold_s=hold_s, only_to=only_to)
    routes = [
        Route("/outgoing", mailbox.take, methods=["POST"]),
        Route("/outgoing/by-message-id/{message_id:path}", mailbox.find),
        Route("/messages", mailbox.fetch),
        Route("/admin/write", mailbox.write, methods=["POST"]),
        Route("/admin/live", mailbox.set_live, methods=["POST"]),
        Route("/admin/live", mailbox.show_live),
        Route("/admin/books", mailbox.read_books),
        Route("/", mailbox.people),
        Route("/people/{person}", mailbox.person),
        Route("/people/{person}/answer", mailbox.answer_mail, methods=["POST"]),
    ]
    return frame.build(mailbox, routes, token=token, loops=(mailbox.crowd.run,), is_open=_is_open)


def _is_open(path: str) -> bool:
    return path in ("/healthz", "/") or path.startswith("/people/")
