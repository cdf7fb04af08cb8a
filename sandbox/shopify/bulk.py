"""Bulk operations: a query that runs by itself and leaves its objects in a file, one a line.

Source: https://shopify.dev/docs/api/usage/bulk-operations/queries (states; without grouping children come in any sequence; five
operations of an app at once; a file of what was read until it failed)
"""

from __future__ import annotations

import json
from typing import Any

from sandbox.books import Books, now
from sandbox.shopify.ids import gid, moment, number_of

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS bulk (
        id INTEGER PRIMARY KEY, query TEXT NOT NULL, status TEXT NOT NULL, error TEXT, objects INTEGER NOT NULL, at REAL NOT NULL,
        polls INTEGER NOT NULL, file TEXT NOT NULL)""",
)
MOST_AT_ONCE = 5
_FIRST = 7_000_000_000


def start(books: Books, query: str) -> tuple[dict[str, Any] | None, str]:
    """Starts to read, in the caller's transaction.  Returns: (the operation, what is wrong)."""
    if "productVariants" not in query:
        return None, "This sandbox reads productVariants in bulk only."
    if books.number("SELECT count(*) FROM bulk WHERE status IN ('CREATED', 'RUNNING')") >= MOST_AT_ONCE:
        return None, "A bulk query operation for this app and shop is already in progress."
    id = max(books.number("SELECT max(id) FROM bulk"), _FIRST) + 1
    books.run(
        "INSERT INTO bulk (id, query, status, error, objects, at, polls, file) VALUES (?, ?, 'CREATED', NULL, 0, ?, 0, '')",
        id, query, now(),
    )  # fmt: skip
    return find(books, gid("BulkOperation", id), base=""), ""


def _lines(books: Books) -> list[str]:
    """The objects, those of a kind together: the levels before what they are of."""
    variants = books.rows("SELECT * FROM variant ORDER BY id")
    levels = books.rows("SELECT l.*, o.name FROM level l JOIN location o ON o.id = l.location_id ORDER BY l.item_id, l.location_id")
    found: list[dict[str, Any]] = [
        {
            "id": f"{gid('InventoryLevel', row['location_id'])}?inventory_item_id={row['item_id']}",
            "item": {"id": gid("InventoryItem", row["item_id"])},
            "location": {"id": gid("Location", row["location_id"]), "name": row["name"]},
            "quantities": [{"name": "available", "quantity": row["available"]}],
            "__parentId": gid("InventoryItem", row["item_id"]),
        }
        for row in levels
    ]
    found += [
        {
            "id": gid("ProductVariant", row["id"]), "sku": row["sku"], "barcode": row["barcode"], "displayName": row["title"],
            "inventoryItem": {"id": gid("InventoryItem", row["item_id"]), "tracked": bool(row["tracked"])},
        }
        for row in variants
    ]  # fmt: skip
    return [json.dumps(one, ensure_ascii=False) for one in found]


def find(books: Books, id: str, *, base: str, fails: bool = False) -> dict[str, Any] | None:
    """An operation as an object; it is done when it was asked for the second time.  `fails`: with a part of its file."""
    row = books.find_row("SELECT * FROM bulk WHERE id = ?", number_of(id))
    if row is None:
        return None
    if base and row["status"] in ("CREATED", "RUNNING"):
        lines = _lines(books) if row["polls"] else []
        status = "RUNNING" if not row["polls"] else "FAILED" if fails else "COMPLETED"
        lines = lines[: len(lines) // 2] if status == "FAILED" else lines
        books.run(
            "UPDATE bulk SET status = ?, error = ?, polls = polls + 1, objects = ?, file = ? WHERE id = ?",
            status, "TIMEOUT" if status == "FAILED" else None, len(lines), "".join(f"{line}\n" for line in lines), row["id"],
        )  # fmt: skip
    return shown(books.rows("SELECT * FROM bulk WHERE id = ?", row["id"])[0], base=base)


def shown(row: Any, *, base: str) -> dict[str, Any]:
    """An operation of the books as an object of the schema."""
    is_done = row["status"] == "COMPLETED" and row["objects"]
    return {
        "__typename": "BulkOperation", "id": gid("BulkOperation", row["id"]), "status": row["status"], "errorCode": row["error"],
        "objectCount": str(row["objects"]), "rootObjectCount": str(row["file"].count('"sku": ')),
        "createdAt": moment(row["at"]), "query": row["query"],
        "url": f"{base}bulk/{row['id']}.jsonl" if is_done else None,
    }  # fmt: skip


def newest(books: Books, *, base: str) -> list[dict[str, Any]]:
    """Operations, the newest first."""
    return [shown(row, base=base) for row in books.rows("SELECT * FROM bulk ORDER BY id DESC")]
