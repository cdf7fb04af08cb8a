"""Signed webhooks from a persisted queue: written with the fact they tell, sent until somebody answers 2xx.

A server that signs otherwise, or sends to more than one address, says so to its courier.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (signature, headers,
retries) and https://shopify.dev/docs/apps/build/webhooks (at least once, no promise of order).
"""

from __future__ import annotations

import asyncio
import base64
import json
import sqlite3
import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
from standardwebhooks import Webhook
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.books import Books, chance, iso, now, utc
from sandbox.serving import Fields, Refusal, query_whole

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS delivery (
        seq INTEGER PRIMARY KEY, webhook_id TEXT NOT NULL UNIQUE, topic TEXT NOT NULL, subject TEXT NOT NULL,
        body TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'dropped')),
        copies_left INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, created_at REAL NOT NULL,
        due_at REAL NOT NULL, delivered_at REAL, last_status INTEGER, last_error TEXT)""",
    "CREATE INDEX IF NOT EXISTS delivery_due ON delivery (due_at, seq) WHERE state = 'pending'",
)
DISORDER_SPREAD_S = 2.0
_TIMEOUT_S = 10.0
_BATCH = 200
_AT_ONCE = 8
_LONGEST_WAIT = 30  # times the first wait
# The headers of one attempt: (the setting that `connect` wrote, the delivery, when it is sent).
Sign = Callable[[Mapping[str, Any], sqlite3.Row, datetime], dict[str, str]]


@dataclass(frozen=True)
class Faults:
    """How the queue misbehaves: shares in 0..1, decided by the seed and the number of the delivery."""

    duplicate: float = 0.0
    drop: float = 0.0
    delay_s: float = 0.0
    disorder: bool = False
    seed: int = 1


def connect(books: Books, *, url: str, secret: str) -> None:
    """Send everything to this address from now on, what is still waiting included.

    Refuses: 422 on an address that is not http(s) or a secret that is not `whsec_` + base64 of 24 to 64 bytes.
    """
    try:
        if (
            not secret.startswith("whsec_")
            or not 24 <= len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) <= 64
        ):
            raise ValueError("length")
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
            raise ValueError("address")
    except ValueError:
        raise Refusal(422, "invalid", "need an http(s) url and a secret: whsec_ + base64 of 24 to 64 bytes") from None
    books.set_setting("webhook", {"url": url, "secret": secret})


def find_url(books: Books) -> str | None:
    """Where webhooks go, if anywhere; the secret is never told."""
    target = books.find_setting("webhook")
    return str(target["url"]) if target else None


def set_faults(books: Books, faults: Faults) -> None:
    """Misbehave so from the next event on; what already waits keeps its fate."""
    books.set_setting("webhook_faults", asdict(faults))


def read_faults(books: Books) -> Faults:
    """The faults in force."""
    return Faults(**(books.find_setting("webhook_faults") or {}))


def parse_faults(fields: Fields, *, drop_name: str, seed: int) -> Faults:
    """Faults from a request; a field left out means no such fault."""
    return Faults(
        duplicate=fields.number("duplicate", 0.0, high=1),
        drop=fields.number(drop_name, 0.0, high=1),
        delay_s=fields.number("delay_s", 0.0),
        disorder=fields.flag("disorder", False),
        seed=fields.whole("seed", seed),
    )


def enqueue(books: Books, *, topic: str, subject: str, data: dict[str, Any], is_bare: bool = False) -> int | None:
    """Queue one event in the caller's transaction; while nobody is connected there is nothing to queue.

    `is_bare`: the data is the whole body.  Returns: the number of the delivery.
    """
    if find_url(books) is None:
        return None
    faults, at = read_faults(books), now()
    seq = books.number("SELECT max(seq) FROM delivery") + 1

    def roll(what: str) -> float:
        return chance(faults.seed, what, seq)

    late_s = faults.delay_s + (DISORDER_SPREAD_S * roll("disorder") if faults.disorder else 0.0)
    body = data if is_bare else {"type": topic, "timestamp": utc(at), "data": data}
    books.run(
        "INSERT INTO delivery (seq, webhook_id, topic, subject, body, state, copies_left, created_at, due_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        seq,
        f"msg_{uuid.uuid4().hex}",
        topic,
        subject,
        json.dumps(body, ensure_ascii=False, separators=(",", ":")),
        "dropped" if roll("drop") < faults.drop else "pending",
        2 if roll("duplicate") < faults.duplicate else 1,
        at,
        at + late_s,
    )
    return seq


def list_deliveries(books: Books, *, after: int, limit: int, state: str | None) -> list[dict[str, Any]]:
    """Deliveries in the order of their events, without their bodies' text: parsed under `body`."""
    rows = books.rows(
        "SELECT * FROM delivery WHERE seq > ? AND state = coalesce(?, state) ORDER BY seq LIMIT ?",
        after,
        state,
        limit,
    )
    return [
        {
            "seq": row["seq"],
            "webhook_id": row["webhook_id"],
            "topic": row["topic"],
            "subject": row["subject"],
            "state": row["state"],
            "copies_left": row["copies_left"],
            "attempts": row["attempts"],
            "created_at": iso(row["created_at"]),
            "due_at": iso(row["due_at"]),
            "delivered_at": iso(row["delivered_at"]),
            "last_status": row["last_status"],
            "last_error": row["last_error"],
            "body": json.loads(row["body"]),
        }
        for row in rows
    ]


class Courier:
    """Sends what is due: one subject's events in turn, several subjects at once.

    At least once: a delivery is settled after the 2xx, so a crash between the two sends it again under the same id.
    A failed delivery waits (doubling, capped at 30 times the first wait) while later ones of its subject go ahead.
    """

    def __init__(
        self, books: Books, *, retry_s: float, only_to: str = "", sign: Sign | None = None,
        address: Callable[[sqlite3.Row], str] | None = None,
    ) -> None:  # fmt: skip
        """`only_to`: books that name another house at the start keep what is due until somebody introduces himself.

        `sign`: by Standard Webhooks unless it is said.  `address`: where one delivery goes, unless all go to one.
        """
        self._books, self._retry_s = books, retry_s
        self._sign, self._address = sign or sign_standard, address
        self._is_held = _is_stranger(find_url(books), only_to)
        self._news = asyncio.Event()
        self._gate = asyncio.Semaphore(_AT_ONCE)

    def meet(self) -> None:
        """Somebody introduced himself: send to the address in the books; call after the commit."""
        self._is_held = False
        self.wake()

    def wake(self) -> None:
        """Look at the queue now; call after the commit."""
        self._news.set()

    def flush(self) -> int:
        """Make everything that waits due now; returns how many."""
        count = self._books.run("UPDATE delivery SET due_at = ? WHERE state = 'pending' AND due_at > ?", now(), now())
        self.wake()
        return count

    async def run(self) -> None:
        """Send for ever."""
        async with httpx.AsyncClient(timeout=_TIMEOUT_S, trust_env=False) as http:
            while True:
                self._news.clear()
                due = self._books.rows(
                    "SELECT * FROM delivery WHERE state = 'pending' AND due_at <= ? ORDER BY due_at, seq LIMIT ?",
                    now(),
                    _BATCH,
                )
                target = None if self._is_held else self._books.find_setting("webhook")
                if due and target:
                    by_subject: dict[str, list[sqlite3.Row]] = defaultdict(list)
                    for row in due:
                        by_subject[row["subject"]].append(row)
                    await asyncio.gather(*(self._send_in_turn(http, target, rows) for rows in by_subject.values()))
                else:
                    await self._pause(until_due=target is not None)

    async def _pause(self, *, until_due: bool) -> None:
        row = self._books.find_row("SELECT min(due_at) AS due_at FROM delivery WHERE state = 'pending'")
        due_at = row["due_at"] if row is not None and until_due else None
        wait_s = 60.0 if due_at is None else min(60.0, max(0.01, due_at - now()))
        try:
            async with asyncio.timeout(wait_s):
                await self._news.wait()
        except TimeoutError:
            pass

    async def _send_in_turn(self, http: httpx.AsyncClient, target: dict[str, Any], rows: Sequence[sqlite3.Row]) -> None:
        async with self._gate:
            for row in rows:
                url = self._address(row) if self._address else target["url"]
                headers = self._sign(target, row, datetime.now(tz=UTC))
                status, error = await _post(http, url, headers, row["body"].encode())
                self._settle(row, status, error)

    def _settle(self, row: sqlite3.Row, status: int | None, error: str | None) -> None:
        attempts, at = row["attempts"] + 1, now()
        accepted = status is not None and 200 <= status < 300
        copies_left = row["copies_left"] - accepted
        wait_s = 0.0 if accepted else self._retry_s * min(2 ** min(attempts - 1, 16), _LONGEST_WAIT)
        self._books.run(
            "UPDATE delivery SET attempts = ?, copies_left = ?, state = ?, due_at = ?, last_status = ?, last_error = ?,"
            " delivered_at = coalesce(delivered_at, ?) WHERE seq = ?",
            attempts,
            copies_left,
            "pending" if copies_left else "delivered",
            at + wait_s * (0.8 + 0.4 * chance(row["seq"], attempts)),
            status,
            error,
            at if accepted else None,
            row["seq"],
        )


def routes(books: Books, courier: Courier) -> list[Route]:
    """What every server with webhooks shows of them under /admin: what was sent, and a push for what waits."""

    async def deliveries(request: Request) -> Response:
        query = request.query_params
        limit = query_whole(query, "limit", 100, high=1000)
        after = query_whole(query, "after", 0)
        page = list_deliveries(books, after=after, limit=limit, state=query.get("state"))
        return JSONResponse({"deliveries": page})

    async def flush(_request: Request) -> Response:
        return JSONResponse({"due": courier.flush()})

    return [Route("/admin/deliveries", deliveries), Route("/admin/deliveries/flush", flush, methods=["POST"])]


def _is_stranger(url: str | None, only_to: str) -> bool:
    return url is not None and only_to != "" and not f"{url}/".startswith(f"{only_to.rstrip('/')}/")


def sign_standard(target: Mapping[str, Any], row: sqlite3.Row, sent_at: datetime) -> dict[str, str]:
    """Headers by Standard Webhooks."""
    return {
        "webhook-id": row["webhook_id"],
        "webhook-timestamp": str(int(sent_at.timestamp())),
        "webhook-signature": Webhook(target["secret"]).sign(msg_id=row["webhook_id"], timestamp=sent_at, data=row["body"]),
    }


async def _post(http: httpx.AsyncClient, url: str, headers: dict[str, str], body: bytes) -> tuple[int | None, str | None]:
    try:
        answer = await http.post(url, content=body, headers={"content-type": "application/json", **headers})
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:  # ValueError: a host name IDNA refuses
        return None, f"{type(error).__name__}: {error}"
    return answer.status_code, None if answer.is_success else answer.text[:200]
