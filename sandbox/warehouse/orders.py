"""The warehouse's orders, and the news of them: what was taken, confirmed, short, shipped, given back, and what the shelf has."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from typing import Any

from sandbox import webhooks
from sandbox.books import Books, now, utc
from sandbox.serving import Fields, Refusal

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS wh_order (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, body_hash TEXT NOT NULL,"
    " body TEXT NOT NULL, state TEXT NOT NULL, created_at REAL NOT NULL)",
    "CREATE TABLE IF NOT EXISTS wh_line (order_id INTEGER NOT NULL, line TEXT NOT NULL, sku TEXT NOT NULL, qty INTEGER NOT NULL,"
    " short INTEGER NOT NULL DEFAULT 0, shipped INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (order_id, line))",
    "CREATE TABLE IF NOT EXISTS wh_event (id INTEGER PRIMARY KEY, type TEXT NOT NULL, occurred_at REAL NOT NULL,"
    " data TEXT NOT NULL)",
)
SHIPS_NOT_TO = ("XX",)


def take(books: Books, fields: Fields, *, key: str) -> tuple[dict[str, Any], bool]:
    """The order of the key, and whether it is new; the same key and body always answer the same order.

    Refuses: 409 `idempotency_conflict` (other body), 422 `invalid`, `no_lines`, `country`.
    """
    body_hash = hashlib.sha256(json.dumps(fields.values, sort_keys=True).encode()).hexdigest()
    known = books.find_row("SELECT * FROM wh_order WHERE key = ?", key)
    if known is not None:
        if known["body_hash"] != body_hash:
            raise Refusal(409, "idempotency_conflict", "this key was used with another body")
        return show(books, known), False
    lines = [(one.text("line"), one.text("sku"), one.whole("quantity", low=1, high=100_000)) for one in fields.groups("lines")]
    if not lines:
        raise Refusal(422, "no_lines", "an order has at least one line")
    country = fields.group("ship_to").text("country_code")
    if len(country) != 2 or country in SHIPS_NOT_TO:
        raise Refusal(422, "country", f"we do not ship to {country!r}")
    fields.text("reference")
    with books.write():
        count = books.number("SELECT max(id) FROM wh_order") + 1
        body = json.dumps(fields.values, ensure_ascii=False)
        values = (count, key, body_hash, body, now())
        books.run("INSERT INTO wh_order (id, key, body_hash, body, state, created_at) VALUES (?, ?, ?, ?, 'received', ?)", *values)
        for line, sku, quantity in lines:
            books.run("INSERT INTO wh_line (order_id, line, sku, qty) VALUES (?, ?, ?, ?)", count, line, sku, quantity)
    return show(books, _by_id(books, count)), True


def show(books: Books, row: sqlite3.Row) -> dict[str, Any]:
    """An order as the API tells it."""
    return {
        "order_id": f"who_{row['id']}", "key": row["key"], "reference": json.loads(row["body"])["reference"], "state": row["state"],
        "lines": [
            {"line": x["line"], "sku": x["sku"], "quantity": x["qty"], "short": x["short"], "shipped": x["shipped"]}
            for x in _lines(books, row)
        ],
    }  # fmt: skip


def get_by_key(books: Books, key: str) -> sqlite3.Row:
    """The order of an idempotency key.  Refuses: 404: then nothing was taken with it."""
    row = books.find_row("SELECT * FROM wh_order WHERE key = ?", key)
    if row is None:
        raise Refusal(404, "not_found", "no order was taken with this key")
    return row


def cancel(books: Books, key: str) -> dict[str, Any]:
    """Give an order back to its sender; asking again changes nothing.  Refuses: 404, 409 `too_late` once it is being packed."""
    with books.write():
        row = get_by_key(books, key)
        if row["state"] in ("packing", "shipped") or any(x["shipped"] for x in _lines(books, row)):
            raise Refusal(409, "too_late", "it is being packed or has left")
        _set(books, row, "cancelled")
    return show(books, get_by_key(books, key))


def confirm(books: Books, key: str, *, packing: bool) -> dict[str, Any]:
    """Say that an order is worked on; one that is being packed cannot be cancelled any more."""
    with books.write():
        row = _open(books, key)
        _set(books, row, "packing" if packing else "confirmed")
        _tell(books, "order.confirmed", key, {"key": key})
    return show(books, get_by_key(books, key))


def short(books: Books, key: str, line: str, missing: int) -> dict[str, Any]:
    """Find too few units for a line; what is missing is not sent from here."""
    with books.write():
        row = _open(books, key)
        left = _left(books, row).get(line, 0)
        if missing > left:
            raise Refusal(422, "too_many", f"only {left} units of {line} are left")
        books.run("UPDATE wh_line SET short = short + ? WHERE order_id = ? AND line = ?", missing, row["id"], line)
        _tell(books, "order.short", key, {"key": key, "line": line, "missing": missing})
        _end(books, row)
    return show(books, get_by_key(books, key))


def ship(books: Books, key: str, fields: Fields) -> dict[str, Any]:
    """Send a parcel: of the lines that are told, else of all that is left."""
    with books.write():
        row = _open(books, key)
        left = _left(books, row)
        told = [(one.text("line"), one.whole("quantity", low=1)) for one in fields.groups("lines")] if fields.has("lines") else []
        units = dict(told) or {line: qty for line, qty in left.items() if qty}
        if not units or any(qty > left.get(line, 0) for line, qty in units.items()):
            raise Refusal(422, "too_many", "more than is left to send")
        for line, qty in units.items():
            books.run("UPDATE wh_line SET shipped = shipped + ? WHERE order_id = ? AND line = ?", qty, row["id"], line)
        number = fields.text("tracking_number", f"WH{row['id']:06d}{books.number('SELECT max(id) FROM wh_event'):04d}")
        _tell(
            books, "order.shipped", key,
            {
                "key": key, "carrier": fields.text("carrier", "Sandbox Express"), "service": fields.text("service", "STANDARD"),
                "tracking_number": number, "weight_g": fields.whole("weight_g", 500, low=1),
                "lines": [{"line": line, "quantity": qty} for line, qty in units.items()],
            },
        )  # fmt: skip
        _end(books, row)
    return show(books, get_by_key(books, key))


def give_back(books: Books, key: str, reason: str) -> dict[str, Any]:
    """Say that an order cannot be done here."""
    with books.write():
        row = _open(books, key)
        _set(books, row, "cancelled")
        _tell(books, "order.given_back", key, {"key": key, "reason": reason})
    return show(books, get_by_key(books, key))


def adjust(books: Books, sku: str, change: int, reason: str) -> dict[str, Any]:
    """Say that the shelf has more or fewer units than was thought."""
    with books.write():
        return _tell(books, "stock.adjusted", f"sku:{sku}", {"sku": sku, "change": change, "reason": reason})


def list_events(books: Books, *, after: int, limit: int) -> list[dict[str, Any]]:
    """What happened, oldest first."""
    return [_event(row) for row in books.rows("SELECT * FROM wh_event WHERE id > ? ORDER BY id LIMIT ?", after, limit)]


def list_open(books: Books) -> list[str]:
    """The keys of orders on which something is to be done, oldest first."""
    return [row["key"] for row in books.rows("SELECT key FROM wh_order WHERE state NOT IN ('shipped', 'cancelled') ORDER BY id")]


def read_books(books: Books) -> list[dict[str, Any]]:
    """Every order with what it was sent with, for proofs about the whole."""
    return [{**show(books, row), "body": json.loads(row["body"])} for row in books.rows("SELECT * FROM wh_order ORDER BY id")]


def _by_id(books: Books, number: int) -> sqlite3.Row:
    return books.rows("SELECT * FROM wh_order WHERE id = ?", number)[0]


def _lines(books: Books, row: sqlite3.Row) -> list[sqlite3.Row]:
    return books.rows("SELECT * FROM wh_line WHERE order_id = ? ORDER BY rowid", row["id"])


def _left(books: Books, row: sqlite3.Row) -> dict[str, int]:
    return {x["line"]: x["qty"] - x["short"] - x["shipped"] for x in _lines(books, row)}


def _open(books: Books, key: str) -> sqlite3.Row:
    row = get_by_key(books, key)
    if row["state"] in ("shipped", "cancelled"):
        raise Refusal(409, "over", f"the order is {row['state']}")
    return row


def _set(books: Books, row: sqlite3.Row, state: str) -> None:
    books.run("UPDATE wh_order SET state = ? WHERE id = ?", state, row["id"])


def _end(books: Books, row: sqlite3.Row) -> None:
    """An order of which nothing is left is over: shipped where anything was sent."""
    if not any(_left(books, row).values()):
        _set(books, row, "shipped" if any(x["shipped"] for x in _lines(books, row)) else "cancelled")


def _tell(books: Books, type_: str, subject: str, data: dict[str, Any]) -> dict[str, Any]:
    at, count = now(), books.number("SELECT max(id) FROM wh_event") + 1
    values = (count, type_, at, json.dumps(data, ensure_ascii=False))
    books.run("INSERT INTO wh_event (id, type, occurred_at, data) VALUES (?, ?, ?, ?)", *values)
    event = _event(books.rows("SELECT * FROM wh_event WHERE id = ?", count)[0])
    webhooks.enqueue(books, topic=type_, subject=subject, data=event)
    return event


def _event(row: sqlite3.Row) -> dict[str, Any]:
    told = {"event_id": f"whe_{row['id']}", "type": row["type"], "occurred_at": utc(row["occurred_at"])}
    return {**told, **json.loads(row["data"])}
