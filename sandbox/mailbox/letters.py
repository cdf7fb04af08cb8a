"""The books of mail: what was written, by whom to whom, byte for byte, in the order in which it came.

Source: https://www.rfc-editor.org/rfc/rfc3501#section-2.3.1.1 (numbers that ascend, under a count that changes with the books).
"""

from __future__ import annotations

import secrets
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

from sandbox.books import Books, chance, iso, now
from sandbox.serving import Fields, Refusal

OUT, IN = "out", "in"
CHARSETS = ("utf-8", "euc-kr", "cp949", "iso-2022-kr", "iso-8859-1", "us-ascii")
SCHEMA = (
    """CREATE TABLE IF NOT EXISTS letter (seq INTEGER PRIMARY KEY AUTOINCREMENT, way TEXT NOT NULL, house TEXT NOT NULL,
       person TEXT NOT NULL, message_id TEXT NOT NULL, raw BLOB NOT NULL, at REAL NOT NULL,
       times_taken INTEGER NOT NULL DEFAULT 1)""",
    "CREATE UNIQUE INDEX IF NOT EXISTS letter_taken_once ON letter (message_id) WHERE way = 'out'",
    "CREATE INDEX IF NOT EXISTS letter_of_house ON letter (house, seq) WHERE way = 'in'",
    "CREATE INDEX IF NOT EXISTS letter_of_person ON letter (person, seq)",
)


@dataclass(frozen=True)
class Letter:
    seq: int
    way: str
    house: str
    person: str
    message_id: str
    raw: bytes
    at: float


def count_of(books: Books) -> int:
    """By which count the numbers are given: chosen when the books were made."""
    kept = books.find_setting("count")
    if kept is None:
        kept = {"uidvalidity": secrets.randbelow(2**31 - 2) + 2}
        with books.write():
            books.set_setting("count", kept)
    return int(kept["uidvalidity"])


def take(books: Books, *, message_id: str, house: str, person: str, raw: bytes) -> bool:
    """Take a mail to a customer once; whether it is new."""
    with books.write():
        known = books.run(
            "UPDATE letter SET times_taken = times_taken + 1 WHERE way = ? AND message_id = ?", OUT, message_id
        )
        if not known:
            _add(books, OUT, house, person, message_id, raw)
    return not known


def write(books: Books, *, house: str, person: str, message_id: str, raw: bytes, duplicate: float, seed: int) -> int:
    """A customer's mail, which the house may fetch now; some come twice when told to.  Returns its number."""
    with books.write():
        seq = _add(books, IN, house, person, message_id, raw)
        if chance(seed, "duplicate", seq) < duplicate:
            _add(books, IN, house, person, message_id, raw)
    return seq


def _add(books: Books, way: str, house: str, person: str, message_id: str, raw: bytes) -> int:
    books.run(
        "INSERT INTO letter (way, house, person, message_id, raw, at) VALUES (?, ?, ?, ?, ?, ?)",
        way, house.lower(), person.lower(), message_id, raw, now(),
    )  # fmt: skip
    return books.number("SELECT last_insert_rowid()")


def fetch(books: Books, *, house: str, after: int, limit: int) -> tuple[list[Letter], bool]:
    """What customers wrote to an address after a number, and whether more waits."""
    found = books.rows(
        "SELECT * FROM letter WHERE way = 'in' AND (? = '' OR house = ?) AND seq > ? ORDER BY seq LIMIT ?",
        house.lower(), house.lower(), after, limit + 1,
    )  # fmt: skip
    return [_read(row) for row in found[:limit]], len(found) > limit


def find_taken(books: Books, message_id: str) -> Letter:
    """A mail that the house sent.  Refuses 404 `not_found`."""
    row = books.find_row("SELECT * FROM letter WHERE way = 'out' AND message_id = ?", message_id)
    if row is None:
        raise Refusal(404, "not_found", "no mail with this Message-ID was taken")
    return _read(row)


def people(books: Books) -> list[sqlite3.Row]:
    """Every customer with mail, whose newest is newest first."""
    return books.rows(
        """SELECT person, count(*) AS mails, max(seq) AS newest, max(at) AS at FROM letter GROUP BY person ORDER BY newest DESC
            LIMIT 500"""
    )


def of_person(books: Books, person: str) -> list[Letter]:
    """A customer's mail, oldest first."""
    found = books.rows(
        "SELECT * FROM (SELECT * FROM letter WHERE person = ? ORDER BY seq DESC LIMIT 200) ORDER BY seq", person.lower()
    )
    return [_read(row) for row in found]


def taken_since(books: Books, at: float) -> list[Letter]:
    """What the house sent since a moment, newest first, at most 300."""
    return [_read(row) for row in books.rows("SELECT * FROM letter WHERE way = 'out' AND at > ? ORDER BY seq DESC LIMIT 300", at)]


def books_of(books: Books) -> list[dict[str, object]]:
    """What was taken, without the bytes: for those who audit."""
    return [
        {"seq": row["seq"], "message_id": row["message_id"], "to": row["person"], "times_taken": row["times_taken"],
         "at": iso(row["at"])}
        for row in books.rows("SELECT * FROM letter WHERE way = 'out' ORDER BY seq")
    ]  # fmt: skip


def _read(row: sqlite3.Row) -> Letter:
    return Letter(row["seq"], row["way"], row["house"], row["person"], row["message_id"], bytes(row["raw"]), row["at"])


def compose(fields: Fields) -> tuple[str, bytes]:
    """A customer's mail from fields: Message-ID and bytes.  Refuses 422 for a charset that cannot say it."""
    charset = fields.one_of("charset", CHARSETS) if fields.has("charset") else "utf-8"
    message = EmailMessage(policy=SMTP)
    try:
        message["From"] = f'"{fields.text("name", fields.text("from"))}" <{fields.text("from")}>'
        message["To"] = fields.text("to")
        message["Subject"] = fields.text("subject", "(no subject)")
        message["Date"] = format_datetime(datetime.now(UTC))
        message_id = fields.text(
            "message_id", make_msgid(domain=fields.text("from").rpartition("@")[2] or "sandbox.example")
        )
        message["Message-ID"] = message_id
        if fields.has("in_reply_to"):
            message["In-Reply-To"] = fields.text("in_reply_to")
            message["References"] = fields.text("in_reply_to")
        text = fields.text("text", "(empty)")
        message.set_content(
            text, charset=charset, cte="8bit" if charset != "iso-2022-kr" and not text.isascii() else None
        )
        if fields.has("html"):
            message.add_alternative(fields.text("html"), subtype="html")
        return message_id, message.as_bytes()
    except (UnicodeError, ValueError, LookupError, IndexError, KeyError) as trouble:
        raise Refusal(422, "invalid", f"no mail can be written so: {trouble}") from None
