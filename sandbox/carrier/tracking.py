"""Scans: what has happened to a parcel, what is planned, and the push that tells it.

Source: https://docs.easypost.com/docs/trackers (tracking details, webhooks).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from sandbox import webhooks
from sandbox.books import Books, iso, now
from sandbox.carrier import codes
from sandbox.carrier.journeys import Step, local
from sandbox.serving import Refusal

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS scan (
        id INTEGER PRIMARY KEY, shipment_id INTEGER NOT NULL REFERENCES shipment (id), code TEXT NOT NULL,
        location TEXT NOT NULL, due_at REAL NOT NULL, delay_s REAL NOT NULL, happened INTEGER NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS scan_due ON scan (due_at, id) WHERE happened = 0",
    "CREATE INDEX IF NOT EXISTS scan_shipment ON scan (shipment_id, due_at)",
)
_STATE_AFTER = {
    codes.DELIVERED: "delivered",
    codes.LEFT_WITH_GUARD: "delivered",
    codes.RETURNED: "returned",
    codes.LOST: "lost",
}


def schedule(books: Books, shipment_id: int, steps: Sequence[Step], *, start_at: float) -> None:
    """Plan scans to come, in the caller's transaction."""
    for step in steps:
        books.run(
            "INSERT INTO scan (shipment_id, code, location, due_at, delay_s, happened) VALUES (?, ?, ?, ?, ?, 0)",
            shipment_id,
            step.code,
            json.dumps(step.location, ensure_ascii=False),
            start_at + step.after_s,
            step.delay_s,
        )


def append(books: Books, shipment: sqlite3.Row, *, code: str, location: dict[str, str], at: float) -> dict[str, Any]:
    """A scan that happens now, told at once, in the caller's transaction; returns the event."""
    books.run(
        "INSERT INTO scan (shipment_id, code, location, due_at, delay_s, happened) VALUES (?, ?, ?, ?, 0, 0)",
        shipment["id"],
        code,
        json.dumps(location, ensure_ascii=False),
        at,
    )
    scan = books.rows("SELECT * FROM scan WHERE id = last_insert_rowid()")[0]
    return _happen(books, scan)


def force(
    books: Books, shipment: sqlite3.Row, *, code: str, location: dict[str, str] | None, at: float
) -> dict[str, Any]:
    """Let a scan happen out of turn: planned scans not beyond its stage fall away, all of them after a last one."""
    chosen = codes.get_code(code)
    for scan in books.rows("SELECT id, code FROM scan WHERE shipment_id = ? AND happened = 0", shipment["id"]):
        if chosen.is_last or codes.get_code(scan["code"]).stage <= chosen.stage:
            books.run("DELETE FROM scan WHERE id = ?", scan["id"])
    to = json.loads(shipment["body"])["to"]
    place = location or {"name": str(to["city"]), "country_code": str(to["country_code"])}
    return append(books, shipment, code=code, location=place, at=at)


def move(books: Books) -> int:
    """Let everything planned until now happen, at its planned moment; returns how many scans that were."""
    if not books.number("SELECT count(*) FROM scan WHERE happened = 0 AND due_at <= ?", now()):
        return 0
    with books.write():
        due = books.rows("SELECT * FROM scan WHERE happened = 0 AND due_at <= ? ORDER BY due_at, id LIMIT 500", now())
        for scan in due:
            _happen(books, scan)
    return len(due)


def find_next(books: Books) -> float | None:
    """When the next scan is due."""
    row = books.find_row("SELECT min(due_at) AS due_at FROM scan WHERE happened = 0")
    return None if row is None or row["due_at"] is None else float(row["due_at"])


def _happen(books: Books, scan: sqlite3.Row) -> dict[str, Any]:
    books.run("UPDATE scan SET happened = 1 WHERE id = ?", scan["id"])
    books.run(
        "UPDATE shipment SET estimated_delivery_at = estimated_delivery_at + ?, state = coalesce(?, state)"
        " WHERE id = ?",
        scan["delay_s"],
        _STATE_AFTER.get(scan["code"]),
        scan["shipment_id"],
    )
    shipment = books.rows("SELECT * FROM shipment WHERE id = ?", scan["shipment_id"])[0]
    event = {**_head(shipment), "event": _show(scan)}
    webhooks.enqueue(books, topic="tracking.updated", subject=shipment["tracking_number"], data=event)
    return event


def _head(shipment: sqlite3.Row) -> dict[str, Any]:
    return {
        "tracking_number": shipment["tracking_number"],
        "shipment_id": f"shp_{shipment['id']}",
        "reference": shipment["reference"],
        "service": json.loads(shipment["answer"])["service"],
        "estimated_delivery_at": local(shipment["estimated_delivery_at"], json.loads(shipment["body"])["to"]["country_code"]),
    }


def _show(scan: sqlite3.Row) -> dict[str, Any]:
    code = codes.get_code(scan["code"])
    return {
        "event_id": f"evt_{scan['id']}",
        "code": code.code,
        "text_ko": code.text_ko,
        "text_en": code.text_en,
        "occurred_at": iso(scan["due_at"]),
        "location": json.loads(scan["location"]),
    }


def get_shipment(books: Books, number: str) -> sqlite3.Row:
    """The shipment of a tracking number; refuses 422 `check_digit`, 404."""
    if not codes.is_tracking_number(number):
        raise Refusal(422, "check_digit", f"{number} is not a tracking number of ours")
    row = books.find_row("SELECT * FROM shipment WHERE tracking_number = ?", number)
    if row is None:
        raise Refusal(404, "not_found", f"no parcel {number}")
    return row


def track(books: Books, number: str) -> dict[str, Any]:
    """Everything that has happened to a parcel, oldest first."""
    shipment = get_shipment(books, number)
    scans = books.rows("SELECT * FROM scan WHERE shipment_id = ? AND happened = 1 ORDER BY due_at, id", shipment["id"])
    return {**_head(shipment), "state": shipment["state"], "events": [_show(scan) for scan in scans]}
