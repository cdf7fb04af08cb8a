"""The phones' HTTP faces: one of their own, and one that speaks as Twilio does.

Own: `PUT /numbers/{number}` {url, secret}: where texts and receipts of that number go.  `POST /texts` {from, to, text} under an
Idempotency-Key, `GET /texts/by-key/{number}/{key}`.
As Twilio: `POST` and `GET /2010-04-01/Accounts/{sid}/Messages.json`, basic auth, receipts to the StatusCallback, signed.
Source: https://www.twilio.com/docs/sms/api/message-resource, https://www.twilio.com/docs/usage/security (signature),
https://www.twilio.com/docs/api/errors (codes).
"""

from __future__ import annotations

import base64
import hmac
import json
import sqlite3
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox import frame, webhooks
from sandbox.books import Books, now, utc
from sandbox.frame import SHARE, Frame, key_of
from sandbox.phone import pages, texts
from sandbox.serving import Refusal, read_fields

STANDARD, TWILIO = "standard", "twilio"
MOST_LETTERS = 1600
LANDLINE, NOWHERE = "+15005550009", "+15005550001"  # https://www.twilio.com/docs/iam/test-credentials (numbers that fail)


class Phone(Frame):
    """The handlers, and the books they write."""

    def __init__(self, *, home: Path, token: str, seed: int, hold_s: float, retry_s: float, only_to: str) -> None:
        books = Books(home=home, name="phone", schema=(*texts.SCHEMA, *webhooks.SCHEMA))
        super().__init__(books, name="phone", seed=seed, hold_s=hold_s, usual={"undelivered": SHARE, "duplicate": SHARE})
        self.token = token
        self.courier = webhooks.Courier(books, retry_s=retry_s, only_to=only_to, sign=self._sign, address=self._address)

    # As itself.
    async def set_number(self, request: Request) -> Response:
        fields = await read_fields(request)
        self._connect(request.path_params["number"], fields.text("url"), fields.text("secret"), STANDARD)
        return JSONResponse({"number": request.path_params["number"]})

    async def take(self, request: Request) -> Response:
        fields = await read_fields(request)
        house, person, body = fields.text("from"), fields.text("to"), fields.text("text")
        if person in (LANDLINE, NOWHERE) or not person.startswith("+") or len(body) > MOST_LETTERS:
            raise Refusal(422, "invalid", "no text can be sent so")
        if texts.has_stopped(self.books, house=house, person=person):
            raise Refusal(409, "opted_out", "this phone wants nothing from this number")
        row, is_new = self._take(house, person, body, key_of(request), "")
        return self.answer(self._told(row), is_new=is_new)

    async def by_key(self, request: Request) -> Response:
        path = request.path_params
        row = self.books.find_row("SELECT * FROM text WHERE house = ? AND key = ?", path["number"], path["key"])
        if row is None:
            raise Refusal(404, "not_found", "no text was taken under this key")
        return JSONResponse(self._told(row))

    def _told(self, row: sqlite3.Row) -> dict[str, Any]:
        segments = texts.parts(row["body"])
        return {"id": row["id"], "segments": segments, "cost_micros": segments * texts.PRICE_MICROS, "currency": "USD"}

    # As Twilio.
    async def twilio_send(self, request: Request) -> Response:
        self._require_basic(request)
        said = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        house, person, body = said.get("From", ""), said.get("To", ""), said.get("Body", "")
        refused = (
            _error(21211, f"Invalid 'To' Phone Number: {person}") if person == NOWHERE or not person.startswith("+")
            else _error(21614, f"'To' number is not a valid mobile number: {person}") if person == LANDLINE
            else _error(21602, "Message body is required.") if not body
            else _error(21617, "The concatenated message body exceeds the 1600 character limit") if len(body) > MOST_LETTERS
            else _error(21610, "Attempt to send to unsubscribed recipient")
            if texts.has_stopped(self.books, house=house, person=person) else None
        )  # fmt: skip
        if refused is not None:
            return refused
        if self.strikes("error_5xx"):
            return _error(20500, "Internal Server Error", status=500)
        row, _is_new = self._take(house, person, body, None, said.get("StatusCallback", ""))
        return self.answer(self._as_twilio(row), is_new=True)

    async def twilio_list(self, request: Request) -> Response:
        self._require_basic(request)
        query = request.query_params
        rows = self.books.rows(
            "SELECT * FROM text WHERE way = 'out' AND person = coalesce(?, person) AND house = coalesce(?, house)"
            " ORDER BY seq DESC LIMIT ?",
            query.get("To"), query.get("From"), int(query.get("PageSize", "50")),
        )  # fmt: skip
        return JSONResponse({"messages": [self._as_twilio(row) for row in rows], "next_page_uri": None})

    async def twilio_account(self, request: Request) -> Response:
        self._require_basic(request)
        return JSONResponse({"sid": request.path_params["sid"], "status": "active"})

    def _as_twilio(self, row: sqlite3.Row) -> dict[str, Any]:
        at = format_datetime(datetime.fromtimestamp(row["at"], tz=UTC))
        segments = texts.parts(row["body"])
        price = None if row["state"] == "queued" else f"-{segments * texts.PRICE_MICROS / 1e6:.5f}"
        return {
            "sid": row["id"], "from": row["house"], "to": row["person"], "body": row["body"], "status": row["state"],
            "direction": "outbound-api", "num_segments": str(segments), "price": price, "price_unit": "USD",
            "date_created": at, "date_sent": at, "error_code": row["error"], "error_message": None,
        }  # fmt: skip

    def _require_basic(self, request: Request) -> None:
        wanted = base64.b64encode(f"{request.path_params['sid']}:{self.token}".encode()).decode()
        if not hmac.compare_digest(request.headers.get("authorization", ""), f"Basic {wanted}"):
            raise Refusal(401, "20003", "Authenticate")

    # What both faces do.
    def _take(self, house: str, person: str, body: str, key: str | None, callback: str) -> tuple[sqlite3.Row, bool]:
        with self.books.write():
            row, is_new = texts.take(self.books, house=house, person=person, body=body, key=key, callback=callback)
            if is_new:
                fails = self.strikes("undelivered")
                state, error = ("undelivered", 30003) if fails else ("delivered", None)
                self.books.run("UPDATE text SET state = ?, error = ? WHERE id = ?", state, error, row["id"])
                row = texts.find(self.books, row["id"])
                self._enqueue(row, "receipt")
        self.courier.wake()
        return row, is_new

    async def connect_twilio(self, request: Request) -> Response:
        """What the brand does in Twilio's console: a number learns where its texts go."""
        fields = await read_fields(request)
        self._connect(request.path_params["number"], fields.text("url"), self.token, TWILIO)
        return JSONResponse({"number": request.path_params["number"]})

    def _connect(self, number: str, url: str, secret: str, style: str) -> None:
        with self.books.write():
            self.books.run(
                "INSERT INTO number (number, url, secret, style) VALUES (?, ?, ?, ?) ON CONFLICT (number) DO UPDATE SET"
                " url = excluded.url, secret = excluded.secret, style = excluded.style",
                number, url, secret, style,
            )  # fmt: skip
            self.books.set_setting("webhook", {"url": url})
        self.courier.meet()

    async def hear(self, request: Request) -> Response:
        """A customer writes a text."""
        fields = await read_fields(request)
        return JSONResponse({"id": self._hear(fields.text("to"), fields.text("from"), fields.text("text"))}, status_code=201)

    def _hear(self, house: str, person: str, body: str) -> str:
        with self.books.write():
            row = texts.add(self.books, texts.IN, house, person, body)
            texts.note_word(self.books, house=house, person=person, body=body)
            self._enqueue(row, "heard")
        self.courier.wake()
        return str(row["id"])

    def _number(self, house: str) -> sqlite3.Row | None:
        return self.books.find_row("SELECT * FROM number WHERE number = ?", house)

    def _enqueue(self, row: sqlite3.Row, topic: str) -> None:
        number = self._number(row["house"])
        style = TWILIO if row["callback"] else number["style"] if number else ""
        if not style or (topic == "receipt" and style == TWILIO and not row["callback"]):
            return
        at, seq = now(), self.books.number("SELECT max(seq) FROM delivery") + 1
        if style == TWILIO:
            shared = {"MessageSid": row["id"], "AccountSid": "ACsandbox"}
            said = (
                {"From": row["person"], "To": row["house"], "Body": row["body"], "NumMedia": "0"} if topic == "heard"
                else {"From": row["house"], "To": row["person"], "MessageStatus": row["state"]}
                | ({"ErrorCode": str(row["error"])} if row["error"] else {})
            )  # fmt: skip
            body = urlencode({**shared, **said})
        else:
            data = {"id": row["id"], "from": row["house"] if topic == "receipt" else row["person"],
                    "to": row["person"] if topic == "receipt" else row["house"], "state": row["state"], "error": row["error"],
                    "text": row["body"] if topic == "heard" else ""}  # fmt: skip
            body = json.dumps({"type": f"text.{topic}", "timestamp": utc(at), "data": data}, ensure_ascii=False)
        copies = 2 if self.strikes("duplicate") else 1
        self.books.run(
            "INSERT INTO delivery (seq, webhook_id, topic, subject, body, state, copies_left, created_at, due_at)"
            " VALUES (?, ?, ?, ?, ?, 'pending', ?, ?, ?)",
            seq, f"msg_{uuid.uuid4().hex}", topic, row["id"], body, copies, at, at,
        )  # fmt: skip

    def _address(self, delivery: sqlite3.Row) -> str:
        row = texts.find(self.books, delivery["subject"])
        number = self._number(row["house"])
        return str(row["callback"] or (number["url"] if number else ""))

    def _sign(self, _target: Mapping[str, Any], delivery: sqlite3.Row, at: datetime) -> dict[str, str]:
        if not delivery["body"].startswith("{"):
            said = sorted(parse_qsl(delivery["body"], keep_blank_values=True))
            signed = self._address(delivery) + "".join(name + value for name, value in said)
            digest = hmac.digest(self.token.encode(), signed.encode(), "sha1")
            return {
                "x-twilio-signature": base64.b64encode(digest).decode(), "content-type": "application/x-www-form-urlencoded",
            }  # fmt: skip
        number = self._number(texts.find(self.books, delivery["subject"])["house"])
        assert number is not None
        return {
            "webhook-id": delivery["webhook_id"], "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(number["secret"]).sign(
                msg_id=delivery["webhook_id"], timestamp=at, data=delivery["body"]
            ),
        }  # fmt: skip

    # Pages.
    async def read_books(self, _request: Request) -> Response:
        return JSONResponse({"taken": texts.books_of(self.books)})

    async def people(self, _request: Request) -> Response:
        return HTMLResponse(pages.people(texts.people(self.books)))

    async def person(self, request: Request) -> Response:
        number = request.path_params["person"]
        return HTMLResponse(pages.person(number, texts.of_person(self.books, number)))

    async def answer_text(self, request: Request) -> Response:
        """The form of the page: a customer answers."""
        person = request.path_params["person"]
        said = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        if said.get("to") and said.get("text", "").strip():
            self._hear(said["to"], person, said["text"].strip()[:MOST_LETTERS])
        return RedirectResponse(f"/phones/{quote(person)}#newest", status_code=303)


def _error(code: int, message: str, *, status: int = 400) -> Response:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return JSONResponse({"code": code, "message": message, "more_info": more, "status": status}, status_code=status)


def build(*, home: Path, token: str, seed: int, hold_s: float, retry_s: float, only_to: str = "") -> Starlette:
    """The phones as an ASGI app over the books in `home`."""
    phone = Phone(home=home, token=token, seed=seed, hold_s=hold_s, retry_s=retry_s, only_to=only_to)
    account = "/2010-04-01/Accounts/{sid}"
    routes = [
        Route("/numbers/{number}", phone.set_number, methods=["PUT"]),
        Route("/texts", phone.take, methods=["POST"]),
        Route("/texts/by-key/{number}/{key:path}", phone.by_key),
        Route(f"{account}/Messages.json", phone.twilio_send, methods=["POST"]),
        Route(f"{account}/Messages.json", phone.twilio_list),
        Route(f"{account}.json", phone.twilio_account),
        Route("/admin/twilio/{number}", phone.connect_twilio, methods=["PUT"]),
        Route("/admin/hear", phone.hear, methods=["POST"]),
        Route("/admin/books", phone.read_books),
        Route("/", phone.people),
        Route("/phones/{person}", phone.person),
        Route("/phones/{person}/answer", phone.answer_text, methods=["POST"]),
    ]
    return frame.build(phone, routes, token=token, loops=(phone.courier.run,), is_open=_is_open)


def _is_open(path: str) -> bool:
    return path in ("/healthz", "/") or path.startswith(("/phones/", "/2010-04-01/"))
