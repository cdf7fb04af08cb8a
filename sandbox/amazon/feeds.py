"""Feeds: a document is put, a feed is made of it, and some seconds later there is a report.

Source: the model of the Feeds API 2021-06-30, and the JSON_LISTINGS_FEED schemas of feed and processing report (2.0).
"""

from __future__ import annotations

import gzip
import json
import uuid
from typing import Any

from sandbox.amazon import listings, notes
from sandbox.books import Books, chance, now, utc
from sandbox.serving import Fields, Refusal

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS document (id TEXT PRIMARY KEY, body BLOB, made_at REAL NOT NULL)",
    "CREATE TABLE IF NOT EXISTS feed (id INTEGER PRIMARY KEY, input TEXT NOT NULL, made_at REAL NOT NULL, due_at REAL,"
    " status TEXT NOT NULL, report TEXT, ended_at REAL, fate TEXT NOT NULL)",
)
FIRST_ID = 53_347_018_000
MOST_MESSAGES = 10_000


def open_document(books: Books, fields: Fields, *, base: str) -> dict[str, str]:
    """A place for a document, and the address to put it to."""
    fields.text("contentType")
    id = f"amzn1.tortuga.4.{uuid.uuid4()}"
    books.run("INSERT INTO document (id, made_at) VALUES (?, ?)", id, now())
    return {"feedDocumentId": id, "url": f"{base}/documents/{id}"}


def put_document(books: Books, id: str, body: bytes) -> None:
    """Keeps what was put.  Refuses: 404, 403 a second time."""
    if not books.run("UPDATE document SET body = ? WHERE id = ? AND body IS NULL", body, id):
        raise Refusal(403, "AccessDenied", "there is no such place, or it is taken")


def get_document(books: Books, id: str) -> bytes:
    """What was put, or reported.  Refuses: 404."""
    row = books.find_row("SELECT body FROM document WHERE id = ? AND body IS NOT NULL", id)
    if row is None:
        raise Refusal(404, "NotFound", "there is no such document")
    return bytes(row["body"])


def make(books: Books, fields: Fields, *, feed_s: float, faults: dict[str, Any]) -> dict[str, str]:
    """A feed of a document that was put; some wait for ever, some break off, as the faults say.  Refuses: 400."""
    if fields.text("feedType") != "JSON_LISTINGS_FEED":
        raise Refusal(400, "InvalidInput", "only JSON_LISTINGS_FEED")
    fields.texts("marketplaceIds")
    get_document(books, fields.text("inputFeedDocumentId"))
    with books.write():
        id = max(books.number("SELECT max(id) FROM feed"), FIRST_ID) + 1
        stuck = chance(faults["seed"], "feed_stuck", id) < faults["feed_stuck"]
        fatal = chance(faults["seed"], "feed_fatal", id) < faults["feed_fatal"]
        books.run(
            "INSERT INTO feed (id, input, made_at, due_at, status, fate) VALUES (?, ?, ?, ?, 'IN_QUEUE', ?)",
            id, fields.text("inputFeedDocumentId"), now(), None if stuck else now() + feed_s, "FATAL" if fatal else "DONE",
        )  # fmt: skip
    return {"feedId": str(id)}


def show(books: Books, id: str) -> dict[str, Any]:
    """A feed as it stands: in progress for the second half of its time.  Refuses: 404."""
    row = books.find_row("SELECT * FROM feed WHERE id = ?", int(id) if id.isdigit() else 0)
    if row is None:
        raise Refusal(404, "NotFound", "there is no such feed")
    status = row["status"]
    if status == "IN_QUEUE" and row["due_at"] is not None and now() > (row["made_at"] + row["due_at"]) / 2:
        status = "IN_PROGRESS"
    found = {"feedId": id, "feedType": "JSON_LISTINGS_FEED", "createdTime": utc(row["made_at"]), "processingStatus": status}
    if row["ended_at"] is not None:
        found |= {"processingStartTime": utc(row["made_at"]), "processingEndTime": utc(row["ended_at"])}
    if row["report"]:
        found["resultFeedDocumentId"] = row["report"]
    return found


def cancel(books: Books, id: str) -> None:
    """Cancels a feed that still waits.  Refuses: 400 where it does not, 404."""
    if show(books, id)["processingStatus"] != "IN_QUEUE":
        raise Refusal(400, "InvalidInput", "only a feed in the queue can be cancelled")
    books.run("UPDATE feed SET status = 'CANCELLED', ended_at = ?, due_at = NULL WHERE id = ?", now(), int(id))


def age(books: Books, id: str, *, seconds: float) -> None:
    """Makes a feed older than it is."""
    books.run("UPDATE feed SET made_at = made_at - ? WHERE id = ?", seconds, int(id))


def process_due(books: Books, *, seller: str) -> int:
    """Processes every feed whose time has come.  Emits: FEED_PROCESSING_FINISHED.  Returns: how many."""
    rows = books.rows("SELECT * FROM feed WHERE status = 'IN_QUEUE' AND due_at <= ? ORDER BY id", now())
    for row in rows:
        with books.write():
            report = _process(books, row, seller)
            at, id = now(), row["id"]
            books.run(
                "UPDATE feed SET status = ?, ended_at = ?, report = ?, due_at = NULL WHERE id = ?", row["fate"], at, report, id
            )
            notes.feed_finished(books, seller=seller, feed_id=str(id), status=row["fate"], report=report)
    return len(rows)


def _process(books: Books, row: Any, seller: str) -> str | None:
    """Sets what a feed says; one that breaks off sets the first half.  Returns: the document of its report."""
    issues: list[dict[str, Any]] = []
    try:
        said = json.loads(get_document(books, row["input"]))
        messages = said["messages"]
        if said["header"]["version"] != "2.0" or said["header"]["sellerId"] != seller or len(messages) > MOST_MESSAGES:
            raise ValueError
    except (ValueError, KeyError, TypeError):
        messages, issues = [], [{"code": "4000000", "severity": "ERROR", "message": "The feed does not fit its schema."}]
    if row["fate"] == "FATAL":
        messages = messages[: len(messages) // 2]
    for message in messages:
        problem = _apply(books, message, seller)
        if problem:
            issues.append(
                {"messageId": message.get("messageId"), "code": problem[0], "severity": "ERROR", "message": problem[1]}
            )
    if row["fate"] == "FATAL":
        return None
    wrong = len(issues)
    summary = {"errors": wrong, "warnings": 0, "messagesProcessed": len(messages),
               "messagesAccepted": max(len(messages) - wrong, 0), "messagesInvalid": wrong}  # fmt: skip
    body = {"header": {"sellerId": seller, "version": "2.0", "feedId": str(row["id"])}, "issues": issues, "summary": summary}
    id = f"amzn1.tortuga.3.{uuid.uuid4()}"
    packed = gzip.compress(json.dumps(body).encode())
    books.run("INSERT INTO document (id, body, made_at) VALUES (?, ?, ?)", id, packed, now())
    return id


def _apply(books: Books, message: dict[str, Any], seller: str) -> tuple[str, str] | None:
    """Does one message.  Returns: why not, if not."""
    try:
        (patch,) = message["patches"]
        (value,) = patch["value"]
        quantity, way = value["quantity"], value["fulfillment_channel_code"]
        is_known = message["operationType"] == "PATCH" and patch["path"] == "/attributes/fulfillment_availability"
        is_known = is_known and patch["op"] in ("replace", "merge") and 1 <= message["messageId"] < 2**31
        if not is_known or way != "DEFAULT" or type(quantity) is not int or quantity < 0:
            raise ValueError
    except (ValueError, KeyError, TypeError):
        return "4000001", "The message does not fit the schema of the feed."
    return listings.set_quantity(books, seller=seller, sku=message["sku"], quantity=quantity, is_merged=patch["op"] == "merge")
