"""Webhooks as Shopify sends them: one subscription for each topic and address, the bare document, signed with the app's secret.

Source: https://shopify.dev/docs/apps/build/webhooks/verify-deliveries, https://shopify.dev/docs/apps/build/webhooks/subscribe
"""

from __future__ import annotations

import base64
import hmac
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sandbox import webhooks
from sandbox.books import Books
from sandbox.serving import Refusal

VERSION = "2026-07"
SCHEMA = (
    """CREATE TABLE IF NOT EXISTS subscription (
        id INTEGER PRIMARY KEY, topic TEXT NOT NULL, uri TEXT NOT NULL, UNIQUE (topic, uri))""",
    "CREATE TABLE IF NOT EXISTS delivery_address (seq INTEGER PRIMARY KEY, uri TEXT NOT NULL)",
)


def tell(books: Books, *, topic: str, subject: str, data: dict[str, Any]) -> None:
    """Queue one event for everybody who subscribed to its topic; what begins with _ is the books' own."""
    shown = {name: value for name, value in data.items() if not name.startswith("_")}
    for row in books.rows("SELECT uri FROM subscription WHERE topic = ? ORDER BY id", topic.upper().replace("/", "_")):
        seq = webhooks.enqueue(books, topic=topic, subject=subject, data=shown, is_bare=True)
        books.run("INSERT INTO delivery_address (seq, uri) VALUES (?, ?)", seq, row["uri"])


def subscribe(books: Books, *, topic: str, uri: str) -> int | None:
    """Sends a topic to an address from now on.  Returns: the subscription, None where there is one already."""
    if books.find_row("SELECT 1 FROM subscription WHERE topic = ? AND uri = ?", topic, uri) is not None:
        return None
    id = max(books.number("SELECT max(id) FROM subscription"), 9_000_000_000) + 1
    books.run("INSERT INTO subscription (id, topic, uri) VALUES (?, ?, ?)", id, topic, uri)
    books.set_setting("webhook", {"url": uri, "secret": client_secret(books)})
    return id


def unsubscribe(books: Books, id: int) -> bool:
    """Ends a subscription; whether there was one."""
    return books.run("DELETE FROM subscription WHERE id = ?", id) > 0


def client_secret(books: Books) -> str:
    """What the app signs with."""
    return str((books.find_setting("app") or {}).get("client_secret", "sandbox-client-secret"))


def set_app(books: Books, *, token: str, client_secret: str) -> None:
    """Gives the app another token and secret, as when it is installed anew.  Refuses: an empty one."""
    if not token or not client_secret:
        raise Refusal(422, "invalid", "token and client_secret must not be empty")
    books.set_setting("app", {"token": token, "client_secret": client_secret})


def note_domain(books: Books, domain: str) -> None:
    """Keeps by what address the shop is called: it has no other name."""
    if domain != (books.find_setting("domain") or {}).get("name"):
        books.set_setting("domain", {"name": domain})


def domain(books: Books) -> str:
    """Whose webhooks these are."""
    return str((books.find_setting("domain") or {}).get("name", ""))


def token(books: Books) -> str:
    """What the app is let in with."""
    return str((books.find_setting("app") or {}).get("token", "sandbox"))


class Signer:
    """Signs with the secret that is in force when a delivery goes out, so that a new one counts for what waits."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def __call__(self, _target: Mapping[str, Any], row: sqlite3.Row, sent_at: datetime) -> dict[str, str]:
        digest = hmac.digest(client_secret(self._books).encode(), row["body"].encode(), "sha256")
        return {
            "X-Shopify-Topic": row["topic"],
            "X-Shopify-Hmac-Sha256": base64.b64encode(digest).decode(),
            "X-Shopify-Shop-Domain": domain(self._books),
            "X-Shopify-API-Version": VERSION,
            "X-Shopify-Webhook-Id": row["webhook_id"],
            "X-Shopify-Event-Id": f"event-{row['webhook_id']}",
            "X-Shopify-Triggered-At": sent_at.isoformat(),
        }

    def address(self, row: sqlite3.Row) -> str:
        """Where a delivery goes."""
        found = self._books.find_row("SELECT uri FROM delivery_address WHERE seq = ?", row["seq"])
        return str(found["uri"]) if found else str(webhooks.find_url(self._books))
