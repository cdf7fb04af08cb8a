"""Webhooks as WooCommerce sends them: one attempt each, a signature over the body, and an end after five failures in a row.

Source: https://woocommerce.com/document/webhooks/ and https://woocommerce.github.io/woocommerce-rest-api-docs/#webhooks. The body
is built when the event happens: WooCommerce builds it when it sends, so here a late one tells an older state.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import sqlite3
from collections.abc import Mapping
from typing import Any

import httpx

from sandbox import webhooks
from sandbox.books import Books, chance, iso, now
from sandbox.serving import Fields
from sandbox.woocommerce import clock
from sandbox.woocommerce.shapes import WooError, dates, dump, invalid_id

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS hook (
        id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, status TEXT NOT NULL, topic TEXT NOT NULL,
        delivery_url TEXT NOT NULL, secret TEXT NOT NULL,
        failures INTEGER NOT NULL DEFAULT 0, created_at REAL NOT NULL, modified_at REAL NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS hook_delivery (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, hook_id INTEGER NOT NULL, topic TEXT NOT NULL, subject INTEGER NOT NULL,
        body TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed', 'dropped')),
        copies_left INTEGER NOT NULL,
        created_at REAL NOT NULL, due_at REAL NOT NULL, last_status INTEGER, last_error TEXT)""",
    "CREATE INDEX IF NOT EXISTS hook_delivery_due ON hook_delivery (due_at, seq) WHERE state = 'pending'",
)
STATUSES = ("active", "paused", "disabled")
TOPICS = tuple(f"{what}.{event}" for what in ("order", "product", "customer", "coupon") for event in
               ("created", "updated", "deleted", "restored"))  # fmt: skip
MOST_FAILURES = 5
_TIMEOUT_S = 10.0


def show(row: sqlite3.Row) -> dict[str, Any]:
    """A webhook; its secret is never told."""
    resource, event = row["topic"].split(".")
    return {
        "id": row["id"], "name": row["name"], "status": row["status"], "topic": row["topic"], "resource": resource, "event": event,
        "hooks": [], "delivery_url": row["delivery_url"], **dates(created=row["created_at"], modified=row["modified_at"]),
    }  # fmt: skip


def list_hooks(books: Books) -> list[dict[str, Any]]:
    """All webhooks, newest first."""
    return [show(row) for row in books.rows("SELECT * FROM hook ORDER BY id DESC")]


def create(books: Books, fields: Fields) -> dict[str, Any]:
    """Makes one.  Refuses: 400 on an unknown topic or what is no address."""
    at = clock.now(books)
    _check(fields.values)
    if "topic" not in fields.values:
        raise WooError(400, "woocommerce_rest_shop_webhook_invalid_topic", "Webhook topic is required and must be valid.")
    books.run(
        "INSERT INTO hook (name, status, topic, delivery_url, secret, created_at, modified_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        fields.text("name", "Webhook"), fields.text("status", "active"), fields.text("topic"), fields.text("delivery_url"),
        fields.text("secret", "none"), at, at,
    )  # fmt: skip
    return show(books.rows("SELECT * FROM hook ORDER BY id DESC LIMIT 1")[0])


def update(books: Books, id: int, fields: Fields) -> dict[str, Any]:
    """Changes one; its failures are counted on."""
    row, values = _get(books, id), fields.values
    _check(values)
    books.run(
        "UPDATE hook SET name = ?, status = ?, topic = ?, delivery_url = ?, secret = ?, modified_at = ? WHERE id = ?",
        *(values.get(name) or row[name] for name in ("name", "status", "topic", "delivery_url", "secret")), clock.now(books), id,
    )  # fmt: skip
    return show(_get(books, id))


def delete(books: Books, id: int, *, force: bool) -> dict[str, Any]:
    """Takes one away.  Refuses: 501 without `force`."""
    if not force:
        raise WooError(501, "woocommerce_rest_trash_not_supported", "Webhooks do not support trashing.")
    row = _get(books, id, status=404)
    books.run("DELETE FROM hook WHERE id = ?", id)
    return show(row)


def _get(books: Books, id: int, *, status: int = 400) -> sqlite3.Row:
    row = books.find_row("SELECT * FROM hook WHERE id = ?", min(id, 2**53))
    if row is None:
        raise invalid_id("shop_webhook", status=status)
    return row


def _check(values: Mapping[str, Any]) -> None:
    if values.get("topic", TOPICS[0]) not in TOPICS:
        raise WooError(400, "woocommerce_rest_shop_webhook_invalid_topic", "Webhook topic is required and must be valid.")
    if values.get("status", "active") not in STATUSES:
        raise WooError(400, "woocommerce_rest_shop_webhook_invalid_status", "Webhook status must be valid.")
    if not str(values.get("delivery_url", "http://")).startswith(("http://", "https://")):
        raise WooError(400, "woocommerce_rest_shop_webhook_invalid_delivery_url", "Webhook delivery URL must be a valid URL.")


def enqueue(books: Books, *, topic: str, subject: int, payload: dict[str, Any]) -> None:
    """Queues an event for each active webhook of its topic, in the caller's transaction."""
    faults, at = webhooks.read_faults(books), now()
    for hook in books.rows("SELECT id FROM hook WHERE topic = ? AND status = 'active' ORDER BY id", topic):
        seq = books.number("SELECT seq FROM sqlite_sequence WHERE name = 'hook_delivery'") + 1
        late_s = faults.delay_s
        if faults.disorder:
            late_s += webhooks.DISORDER_SPREAD_S * chance(faults.seed, "disorder", seq)
        books.run(
            "INSERT INTO hook_delivery (hook_id, topic, subject, body, state, copies_left, created_at, due_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            hook["id"], topic, subject, dump(payload), "dropped" if chance(faults.seed, "drop", seq) < faults.drop else "pending",
            2 if chance(faults.seed, "duplicate", seq) < faults.duplicate else 1, at, at + late_s,
        )  # fmt: skip


def list_deliveries(books: Books, *, state: str | None) -> list[dict[str, Any]]:
    """Deliveries in the order of their events."""
    rows = books.rows("SELECT * FROM hook_delivery WHERE state = coalesce(?, state) ORDER BY seq", state)
    wanted = ("seq", "hook_id", "topic", "subject", "state", "copies_left", "last_status", "last_error")
    return [{name: row[name] for name in wanted} | {"due_at": iso(row["due_at"])} for row in rows]


class Courier:
    """Sends what is due, in turn, once for each copy, whatever the answer.  `only_to`: what goes anywhere else is dropped."""

    def __init__(self, books: Books, *, only_to: str) -> None:
        self._books, self._news = books, asyncio.Event()
        self._only_to = f"{only_to.rstrip('/')}/" if only_to else ""

    def wake(self) -> None:
        """Look at the queue now; call after the commit."""
        self._news.set()

    def flush(self) -> int:
        """Make everything that waits due now; returns how many."""
        count = self._books.run("UPDATE hook_delivery SET due_at = ? WHERE state = 'pending' AND due_at > ?", now(), now())
        self.wake()
        return count

    async def run(self) -> None:
        """Send for ever."""
        async with httpx.AsyncClient(timeout=_TIMEOUT_S, trust_env=False) as http:
            while True:
                self._news.clear()
                due = self._books.rows(
                    "SELECT d.*, h.delivery_url, h.secret, h.status FROM hook_delivery d LEFT JOIN hook h ON h.id = d.hook_id"
                    " WHERE d.state = 'pending' AND d.due_at <= ? ORDER BY d.due_at, d.seq LIMIT 100",
                    now(),
                )
                for row in due:
                    await self._send(http, row)
                if not due:
                    await self._pause()

    async def _pause(self) -> None:
        row = self._books.find_row("SELECT min(due_at) AS due_at FROM hook_delivery WHERE state = 'pending'")
        wait_s = 60.0 if row is None or row["due_at"] is None else min(60.0, max(0.01, row["due_at"] - now()))
        try:
            async with asyncio.timeout(wait_s):
                await self._news.wait()
        except TimeoutError:
            pass

    async def _send(self, http: httpx.AsyncClient, row: sqlite3.Row) -> None:
        hook = self._books.find_row("SELECT * FROM hook WHERE id = ?", row["hook_id"])
        if hook is None or hook["status"] != "active" or not f"{hook['delivery_url']}/".startswith(self._only_to):
            self._books.run("UPDATE hook_delivery SET state = 'dropped' WHERE seq = ?", row["seq"])
            return
        status, error = await self._post(http, hook, row)
        with self._books.write():
            good = status is not None and 200 <= status < 303
            left = row["copies_left"] - 1
            self._books.run(
                "UPDATE hook_delivery SET copies_left = ?, state = ?, last_status = ?, last_error = ? WHERE seq = ?",
                left, "pending" if left else "delivered" if good else "failed", status, error, row["seq"],
            )  # fmt: skip
            failures = 0 if good else hook["failures"] + 1
            stands = "disabled" if failures >= MOST_FAILURES else hook["status"]
            self._books.run("UPDATE hook SET failures = ?, status = ? WHERE id = ?", failures, stands, hook["id"])

    async def _post(self, http: httpx.AsyncClient, hook: sqlite3.Row, row: sqlite3.Row) -> tuple[int | None, str | None]:
        body, second = row["body"].encode(), int(clock.now(self._books))
        resource, event = row["topic"].split(".")
        signature = base64.b64encode(hmac.new(hook["secret"].encode(), body, hashlib.sha256).digest()).decode()
        headers = {
            "content-type": "application/json", "x-wc-webhook-source": "http://127.0.0.1/", "x-wc-webhook-topic": row["topic"],
            "x-wc-webhook-resource": resource, "x-wc-webhook-event": event, "x-wc-webhook-signature": signature,
            "x-wc-webhook-id": str(hook["id"]),
            # made of webhook and second, as WooCommerce makes it: two deliveries of one second share it
            "x-wc-webhook-delivery-id": hashlib.md5(f"{hook['id']}{second}".encode(), usedforsecurity=False).hexdigest(),
        }  # fmt: skip
        return await _try(http, hook["delivery_url"], content=body, headers=headers)


async def ping(hook: Mapping[str, Any]) -> None:
    """What a new webhook sends at once, unsigned; nobody minds the answer."""
    async with httpx.AsyncClient(timeout=5.0, trust_env=False) as http:
        await _try(http, hook["delivery_url"], data={"webhook_id": str(hook["id"])})


async def _try(http: httpx.AsyncClient, url: str, **what: Any) -> tuple[int | None, str | None]:
    try:
        answer = await http.post(url, **what)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:  # ValueError: a host name IDNA refuses
        return None, f"{type(error).__name__}: {error}"
    return answer.status_code, None if answer.is_success else answer.text[:200]
