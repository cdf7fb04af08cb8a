"""Labels: one shipment per idempotency key, looked up by key or reference, voided until handed over.

Source: https://docs.stripe.com/api/idempotent_requests (keys), https://docs.easypost.com/docs/shipments (buy, refund),
https://docs.easypost.com/docs/scan-form (hand-over).
"""

from __future__ import annotations

import hashlib
import json
import random
import sqlite3
from typing import Any

from sandbox.books import Books, iso, now
from sandbox.carrier import codes, journeys, rates, tracking
from sandbox.serving import Fields, Refusal

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS shipment (
        id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, body_hash TEXT NOT NULL, reference TEXT NOT NULL,
        tracking_number TEXT NOT NULL UNIQUE, body TEXT NOT NULL, answer TEXT NOT NULL, transit_days INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('created', 'voided', 'handed_over', 'delivered', 'returned', 'lost')),
        created_at REAL NOT NULL, voided_at REAL, handed_over_at REAL, estimated_delivery_at REAL NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS shipment_reference ON shipment (reference)",
    "CREATE TABLE IF NOT EXISTS closing (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, answer TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS manifest (id INTEGER PRIMARY KEY, created_at REAL NOT NULL, answer TEXT NOT NULL)",
)


def buy(books: Books, fields: Fields, *, key: str, scale: float) -> tuple[dict[str, Any], bool]:
    """The shipment of the key, and whether it is new; the same key and body always answer the same shipment.

    Emits: event 10.  Refuses: 409 `idempotency_conflict` (other body), 422 `invalid`, `service`, `currency`.
    """
    body_hash = hashlib.sha256(json.dumps(fields.values, sort_keys=True).encode()).hexdigest()
    known = books.find_row("SELECT * FROM shipment WHERE key = ?", key)
    if known is not None:
        if known["body_hash"] != body_hash:
            raise Refusal(409, "idempotency_conflict", "this key was used with another body")
        return show(known), False
    reference = fields.text("reference")
    origin, to = rates.parse_address(fields.group("from")), rates.parse_address(fields.group("to"))
    parcel = rates.parse_parcel(fields.group("parcel"))
    currency = fields.text("currency", rates.home_currency(origin))
    chosen = rates.get_rate(fields.text("service"), origin=origin, to=to, parcel=parcel, currency=currency)
    with books.write():
        count, at = books.number("SELECT max(id) FROM shipment") + 1, now()
        answer = {
            "service": chosen.service,
            "price_minor": chosen.price_minor,
            "currency": chosen.currency,
            "sort_code": codes.sort_code(to),
        }
        books.run(
            "INSERT INTO shipment (id, key, body_hash, reference, tracking_number, body, answer, transit_days, state,"
            " created_at, estimated_delivery_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'created', ?, ?)",
            count,
            key,
            body_hash,
            reference,
            codes.tracking_number(count),
            json.dumps(fields.values, ensure_ascii=False),
            json.dumps(answer),
            chosen.transit_days,
            at,
            at + (chosen.transit_days + 1) * journeys.DAY_S * scale,
        )
        new = _get_by_id(books, count)
        tracking.append(books, new, code=codes.CREATED, location=_origin(new), at=at)
    return show(new), True


def show(row: sqlite3.Row) -> dict[str, Any]:
    """A shipment as the API tells it."""
    return {
        "shipment_id": f"shp_{row['id']}",
        "tracking_number": row["tracking_number"],
        "reference": row["reference"],
        **json.loads(row["answer"]),
        "state": row["state"],
        "created_at": iso(row["created_at"]),
        "voided_at": iso(row["voided_at"]),
        "handed_over_at": iso(row["handed_over_at"]),
        "estimated_delivery_at": journeys.local(row["estimated_delivery_at"], json.loads(row["body"])["to"]["country_code"]),
    }


def list_by_reference(books: Books, reference: str) -> list[dict[str, Any]]:
    """Every shipment with that reference, voided ones included, oldest first."""
    return [show(row) for row in books.rows("SELECT * FROM shipment WHERE reference = ? ORDER BY id", reference)]


def get_by_key(books: Books, key: str) -> dict[str, Any]:
    """The shipment of an idempotency key; refuses 404: then nothing was bought with it."""
    row = books.find_row("SELECT * FROM shipment WHERE key = ?", key)
    if row is None:
        raise Refusal(404, "not_found", "no shipment was made with this key")
    return show(row)


def get(books: Books, shipment_id: str) -> sqlite3.Row:
    """A shipment by its public id; refuses 404."""
    number = shipment_id.removeprefix("shp_")
    return _get_by_id(books, int(number) if number.isascii() and number.isdigit() and len(number) < 16 else 0)


def _get_by_id(books: Books, number: int) -> sqlite3.Row:
    row = books.find_row("SELECT * FROM shipment WHERE id = ?", number)
    if row is None:
        raise Refusal(404, "not_found", f"no shipment shp_{number}")
    return row


def void(books: Books, shipment_id: str) -> dict[str, Any]:
    """Take a label back; asking again changes nothing. Refuses 409 `handed_over`."""
    with books.write():
        row = get(books, shipment_id)
        if row["state"] not in ("created", "voided"):
            raise Refusal(409, "handed_over", "the parcel is with the carrier: its label cannot be voided")
        if row["state"] == "created":
            books.run("UPDATE shipment SET state = 'voided', voided_at = ? WHERE id = ?", now(), row["id"])
        return show(_get_by_id(books, row["id"]))


def hand_over(books: Books, numbers: list[str], *, seed: int, scale: float, trouble: float) -> dict[str, Any]:
    """Take parcels over and let them move; one that was taken over before is named under `already`.

    Shapes: every number is in exactly one of accepted, already, rejected (unknown or voided).
    """
    accepted: list[str] = []
    already: list[str] = []
    rejected: list[dict[str, str]] = []
    with books.write():
        at = now()
        for number in dict.fromkeys(numbers):
            row = books.find_row("SELECT * FROM shipment WHERE tracking_number = ?", number)
            if row is None or row["state"] == "voided":
                rejected.append({"tracking_number": number, "reason": "unknown" if row is None else "voided"})
            elif row["state"] != "created":
                already.append(number)
            else:
                start(books, row, seed=seed, scale=scale, trouble=trouble, at=at)
                accepted.append(number)
        count = books.number("SELECT max(id) FROM manifest") + 1
        answer = {
            "manifest_id": f"man_{count}",
            "created_at": iso(at),
            "accepted": accepted,
            "already": already,
            "rejected": rejected,
        }
        books.run("INSERT INTO manifest (id, created_at, answer) VALUES (?, ?, ?)", count, at, json.dumps(answer))
    return answer


def close_day(books: Books, numbers: list[str], *, key: str) -> tuple[dict[str, Any], bool]:
    """A list of what the driver will find, and whether it is new; parcels stay with the sender until they are handed over.

    Shapes: every number is in exactly one of accepted, rejected (unknown, voided, or with the driver already).
    Refuses: 409 `idempotency_conflict`, another list under the same key.
    """
    known = find_closing(books, key)
    if known is not None:
        if known["asked"] != list(dict.fromkeys(numbers)):
            raise Refusal(409, "idempotency_conflict", "this key was used with another body")
        return known, False
    accepted: list[str] = []
    rejected: list[dict[str, str]] = []
    with books.write():
        for number in dict.fromkeys(numbers):
            row = books.find_row("SELECT * FROM shipment WHERE tracking_number = ?", number)
            state = "unknown" if row is None else str(row["state"])
            if state == "created":
                accepted.append(number)
            else:
                rejected.append({"tracking_number": number, "reason": state})
        count = books.number("SELECT max(id) FROM closing") + 1
        answer = {
            "closing_id": f"cls_{count}", "barcode": f"SBX{count:09}", "created_at": iso(now()),
            "asked": list(dict.fromkeys(numbers)), "accepted": accepted, "rejected": rejected,
        }  # fmt: skip
        books.run("INSERT INTO closing (id, key, answer) VALUES (?, ?, ?)", count, key, json.dumps(answer))
    return answer, True


def find_closing(books: Books, key: str) -> dict[str, Any] | None:
    """The list that was made with a key, if any."""
    row = books.find_row("SELECT answer FROM closing WHERE key = ?", key)
    return None if row is None else dict(json.loads(row["answer"]))


def start(books: Books, row: sqlite3.Row, *, seed: int, scale: float, trouble: float, at: float) -> None:
    """Mark a parcel as handed over and plan its scans, in the caller's transaction."""
    body = json.loads(row["body"])
    steps = journeys.plan(
        origin=body["from"],
        to=body["to"],
        transit_days=row["transit_days"],
        scale=scale,
        trouble=trouble,
        dice=random.Random(f"journey:{seed}:{row['id']}"),
    )
    books.run(
        "UPDATE shipment SET state = 'handed_over', handed_over_at = ?, estimated_delivery_at = ? WHERE id = ?",
        at,
        at + row["transit_days"] * journeys.DAY_S * scale,
        row["id"],
    )
    tracking.schedule(books, row["id"], steps, start_at=at)


def _origin(row: sqlite3.Row) -> dict[str, str]:
    origin = json.loads(row["body"])["from"]
    return {"name": str(origin["city"]), "country_code": str(origin["country_code"])}


def read_books(books: Books) -> list[dict[str, Any]]:
    """Every shipment with its key, for proofs about the whole."""
    return [{"key": row["key"], **show(row)} for row in books.rows("SELECT * FROM shipment ORDER BY id")]
