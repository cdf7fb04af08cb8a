"""What the seller offers, and how many of each Amazon shows.

Source: the model of the Listings Items API 2021-08-01.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Mapping
from typing import Any

from sandbox.amazon import notes
from sandbox.books import Books, now, parse_iso, utc
from sandbox.serving import Fields, Refusal
from sandbox.shop.money import parse_amount
from sandbox.shop.money import show as show_amount

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS listing (sku TEXT PRIMARY KEY, title TEXT NOT NULL, quantity INTEGER, by TEXT NOT NULL,"
    " problem TEXT NOT NULL, made_at REAL NOT NULL, handling_days INTEGER, price INTEGER)",
)
PAGE, MOST_PAGED = 20, 1000
CURRENCY = "EUR"


def put(books: Books, items: list[Fields]) -> int:
    """Replaces what is offered; returns how much that is."""
    with books.write():
        books.run("DELETE FROM listing")
        for n, one in enumerate(items):
            books.run(
                "INSERT INTO listing (sku, title, quantity, by, problem, made_at, handling_days, price)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                one.text("sku"), one.text("title", one.text("sku")), one.whole("quantity", 0) if one.has("quantity") else None,
                one.text("by", "MERCHANT"), one.text("problem", ""), now() + n / 1000,
                one.whole("handling_days") if one.has("handling_days") else None,
                parse_amount(one.text("price"), CURRENCY) if one.has("price") else None,
            )  # fmt: skip
    return len(items)


def choose(books: Books, dice: random.Random) -> tuple[dict[str, Any], int]:
    """Something that a buyer may have now, and how many.  Refuses: 422 `sold_out`, where nothing with a price is left."""
    rows = books.rows("SELECT sku, title, price, quantity FROM listing WHERE price IS NOT NULL AND quantity > 0 ORDER BY sku")
    if not rows:
        raise Refusal(422, "sold_out", "give lines, or PUT /admin/listings with prices and quantities")
    one = dice.choice(rows)
    units = min(dice.choices((1, 2, 3), (78, 17, 5))[0], one["quantity"])
    return {"sku": one["sku"], "title": one["title"], "price": show_amount(one["price"] * units, CURRENCY)}, units


def show(books: Books) -> list[dict[str, Any]]:
    """Everything that is offered, by SKU."""
    return [dict(row) for row in books.rows("SELECT sku, title, quantity, by, problem, handling_days FROM listing ORDER BY sku")]


def search(books: Books, query: Mapping[str, str], *, marketplace: str) -> dict[str, Any]:
    """A page, by the day of making; more than a thousand are never paged through.  Refuses: 400."""
    try:
        since = parse_iso(query["createdAfter"]) if "createdAfter" in query else 0.0
        size = int(query.get("pageSize", "10"))
        begin = int(base64.urlsafe_b64decode(query["pageToken"])) if "pageToken" in query else 0
    except ValueError:
        raise Refusal(400, "InvalidInput", "createdAfter, pageSize or pageToken cannot be read") from None
    if not 1 <= size <= PAGE:
        raise Refusal(400, "InvalidInput", f"pageSize is from 1 to {PAGE}")
    rows = books.rows("SELECT * FROM listing WHERE round(made_at, 3) >= ? ORDER BY made_at", round(since, 3))
    end = min(begin + size, MOST_PAGED)
    page = {"numberOfResults": len(rows), "items": [_item(row, marketplace) for row in rows[begin:end]]}
    if end < min(len(rows), MOST_PAGED):
        page["pagination"] = {"nextToken": base64.urlsafe_b64encode(str(end).encode()).decode()}
    return page


def _item(row: Any, marketplace: str) -> dict[str, Any]:
    made = utc(row["made_at"])
    way: dict[str, Any] = {"fulfillmentChannelCode": "DEFAULT" if row["by"] == "MERCHANT" else "AMAZON_NA"}
    if row["by"] == "MERCHANT" and row["quantity"] is not None:
        way["quantity"] = row["quantity"]
    return {
        "sku": row["sku"],
        "summaries": [
            {"marketplaceId": marketplace, "productType": "PRODUCT", "status": ["BUYABLE"], "itemName": row["title"],
             "createdDate": made, "lastUpdatedDate": made}
        ],
        "fulfillmentAvailability": [way],
    }  # fmt: skip


def set_quantity(books: Books, *, seller: str, sku: str, quantity: int, is_merged: bool) -> tuple[str, str] | None:
    """Shows another number, in the caller's transaction; one that is not merged resets the handling time.

    Returns: why not (code, message), if not.
    """
    row = books.find_row("SELECT quantity, problem FROM listing WHERE sku = ?", sku)
    if row is None:
        return "13013", "This SKU does not exist in the catalog. Your inventory data was not processed."
    if row["problem"]:
        return "90220", row["problem"]
    if not is_merged:
        books.run("UPDATE listing SET handling_days = NULL WHERE sku = ?", sku)
    if row["quantity"] != quantity:
        books.run("UPDATE listing SET quantity = ?, by = 'MERCHANT' WHERE sku = ?", quantity, sku)
        notes.quantity_changed(books, seller=seller, sku=sku, quantity=quantity)
    return None


def sell(books: Books, *, seller: str, sku: str, units: int) -> None:
    """Takes units off the number, when the order is placed and not when it is paid.  Refuses: 422 `sold_out`."""
    row = books.find_row("SELECT quantity, by FROM listing WHERE sku = ?", sku)
    if row is None or row["by"] != "MERCHANT" or row["quantity"] is None:
        return
    if row["quantity"] < units:
        raise Refusal(422, "sold_out", f"of {sku} there are {row['quantity']} left")
    books.run("UPDATE listing SET quantity = ? WHERE sku = ?", row["quantity"] - units, sku)
    notes.quantity_changed(books, seller=seller, sku=sku, quantity=row["quantity"] - units)
