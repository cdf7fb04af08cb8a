"""The books of texts: who wrote what to whom, by which key, and what becomes of it.

Source: https://www.twilio.com/docs/sms/api/message-resource (fields, states), 3GPP TS 23.038 (how long a part is).
"""

from __future__ import annotations

import sqlite3
import uuid
from typing import Any

from sandbox.books import Books, now

OUT, IN = "out", "in"
SCHEMA = (
    """CREATE TABLE IF NOT EXISTS text (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, way TEXT NOT NULL,
       house TEXT NOT NULL, person TEXT NOT NULL, body TEXT NOT NULL, key TEXT, callback TEXT NOT NULL DEFAULT '',
       state TEXT NOT NULL, error INTEGER, at REAL NOT NULL, times_taken INTEGER NOT NULL DEFAULT 1)""",
    "CREATE UNIQUE INDEX IF NOT EXISTS text_once ON text (house, key) WHERE key IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS text_of_person ON text (person, seq)",
    """CREATE TABLE IF NOT EXISTS number (number TEXT PRIMARY KEY, url TEXT NOT NULL, secret TEXT NOT NULL, style TEXT NOT NULL)""",
    "CREATE TABLE IF NOT EXISTS stopped (house TEXT NOT NULL, person TEXT NOT NULL, PRIMARY KEY (house, person))",
)
PRICE_MICROS = 7900  # a part of a text, in millionths of a dollar
GSM_LONGEST, GSM_PART, UCS_LONGEST, UCS_PART = 160, 153, 70, 67
STOP = {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "수신거부"}
START = {"start", "unstop", "수신동의"}


def parts(body: str) -> int:
    """How many parts a text goes in; Latin letters are taken for the short alphabet."""
    if all(ord(char) < 0x100 for char in body):
        return 1 if len(body) <= GSM_LONGEST else -(-len(body) // GSM_PART)
    units = len(body.encode("utf-16-be")) // 2
    return 1 if units <= UCS_LONGEST else -(-units // UCS_PART)


def take(books: Books, *, house: str, person: str, body: str, key: str | None, callback: str) -> tuple[sqlite3.Row, bool]:
    """A text to a phone, once for each key; in the caller's transaction.  Returns: the text, and whether it is new."""
    if key is not None:
        books.run("UPDATE text SET times_taken = times_taken + 1 WHERE house = ? AND key = ?", house, key)
        known = books.find_row("SELECT * FROM text WHERE house = ? AND key = ?", house, key)
        if known is not None:
            return known, False
    return add(books, OUT, house, person, body, key=key, callback=callback, state="sent"), True


def add(
    books: Books, way: str, house: str, person: str, body: str, *, key: str | None = None, callback: str = "",
    state: str = "received",
) -> sqlite3.Row:  # fmt: skip
    """One more text in the books."""
    id = "SM" + uuid.uuid4().hex
    books.run(
        "INSERT INTO text (id, way, house, person, body, key, callback, state, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        id, way, house, person, body, key, callback, state, now(),
    )  # fmt: skip
    return find(books, id)


def find(books: Books, id: str) -> sqlite3.Row:
    """One text that is there."""
    row = books.find_row("SELECT * FROM text WHERE id = ?", id)
    assert row is not None
    return row


def has_stopped(books: Books, *, house: str, person: str) -> bool:
    """Whether a phone wants nothing from a number."""
    return books.find_row("SELECT 1 FROM stopped WHERE house = ? AND person = ?", house, person) is not None


def note_word(books: Books, *, house: str, person: str, body: str) -> None:
    """A phone says that it wants nothing more, or something again."""
    word = body.strip().lower()
    if word in STOP:
        books.run("INSERT INTO stopped (house, person) VALUES (?, ?) ON CONFLICT DO NOTHING", house, person)
    elif word in START:
        books.run("DELETE FROM stopped WHERE house = ? AND person = ?", house, person)


def people(books: Books) -> list[sqlite3.Row]:
    """Every phone that got or wrote a text, the newest first."""
    return books.rows("SELECT person, count(*) AS texts, max(at) AS at FROM text GROUP BY person ORDER BY max(seq) DESC LIMIT 500")


def of_person(books: Books, person: str) -> list[sqlite3.Row]:
    """What a phone shows, oldest first."""
    return books.rows("SELECT * FROM text WHERE person = ? ORDER BY seq", person)


def books_of(books: Books) -> list[dict[str, Any]]:
    """Everything that was taken, oldest first."""
    return [
        {"id": row["id"], "from": row["house"], "to": row["person"], "text": row["body"], "key": row["key"], "state": row["state"],
         "times_taken": row["times_taken"], "segments": parts(row["body"])}
        for row in books.rows("SELECT * FROM text WHERE way = ? ORDER BY seq", OUT)
    ]  # fmt: skip
