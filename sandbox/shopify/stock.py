"""What the shop offers, and how many of it at which location.

Source: https://shopify.dev/docs/apps/build/orders-fulfillment/inventory-management-apps (levels, states),
https://shopify.dev/docs/api/admin-graphql/2026-07/mutations/inventorySetQuantities (all of a list or none, errors and their codes),
https://shopify.dev/docs/api/usage/limits (at most 250 entries in a list)
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.books import Books, now
from sandbox.serving import Fields, Refusal
from sandbox.shop.money import parse_amount
from sandbox.shopify import hooks
from sandbox.shopify.ids import moment, number_of

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS variant (
        id INTEGER PRIMARY KEY, item_id INTEGER NOT NULL UNIQUE, product_id INTEGER NOT NULL, sku TEXT NOT NULL UNIQUE,
        barcode TEXT, title TEXT NOT NULL, price INTEGER NOT NULL, currency TEXT NOT NULL, tracked INTEGER NOT NULL,
        policy TEXT NOT NULL CHECK (policy IN ('deny', 'continue')))""",
    "CREATE TABLE IF NOT EXISTS location (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    """CREATE TABLE IF NOT EXISTS level (
        item_id INTEGER NOT NULL REFERENCES variant (item_id) ON DELETE CASCADE, location_id INTEGER NOT NULL REFERENCES location,
        available INTEGER NOT NULL, times_told INTEGER NOT NULL DEFAULT 0, updated_at TEXT NOT NULL,
        PRIMARY KEY (item_id, location_id))""",
)
MOST_AT_ONCE = 250
MAIN = "Main"
_FIRST_VARIANT, _FIRST_ITEM, _FIRST_PRODUCT = 40_000_000_000_000, 50_000_000_000_000, 8_000_000_000_000
_FIRST_LOCATION = 70_000_000_000
_HIGHEST = 1_000_000_000


def put_catalog(books: Books, items: list[Fields]) -> int:
    """Offers these; what is offered under a SKU already keeps its ids and numbers, and what is not among them ends.

    Emits: products/update per new or changed product, products/delete per one that ends.  Refuses: 422 on a SKU given twice.
    """
    wanted = {item.text("sku"): item for item in items}
    if len(wanted) < len(items):
        raise Refusal(422, "invalid", "a sku is given twice")
    with books.write():
        for row in books.rows("SELECT * FROM variant"):
            if row["sku"] not in wanted:
                books.run("DELETE FROM variant WHERE id = ?", row["id"])
                hooks.tell(books, topic="products/delete", subject=f"p{row['product_id']}", data={"id": row["product_id"]})
        for sku, item in wanted.items():
            _put(books, sku, item)
    return len(wanted)


def _put(books: Books, sku: str, item: Fields) -> None:
    currency = item.currency("currency")
    policy = item.one_of("policy", ("deny", "continue")) if item.has("policy") else "deny"
    n = books.number("SELECT max(id) FROM variant") - _FIRST_VARIANT
    n = max(n, 0) + 1
    books.run(
        "INSERT INTO variant (id, item_id, product_id, sku, barcode, title, price, currency, tracked, policy)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (sku) DO UPDATE SET barcode = excluded.barcode,"
        " title = excluded.title, price = excluded.price, currency = excluded.currency, tracked = excluded.tracked,"
        " policy = excluded.policy",
        _FIRST_VARIANT + n, _FIRST_ITEM + n, _FIRST_PRODUCT + n, sku, item.values.get("barcode"), item.text("title"),
        parse_amount(item.values.get("price"), currency), currency, item.flag("tracked", True), policy,
    )  # fmt: skip
    row = find(books, sku)
    assert row is not None
    for name, available in item.details("available").items() if item.has("available") else [(MAIN, 0)]:
        set_level(books, row["item_id"], ensure_location(books, name), int(available or 0), is_new=item.has("available"))
    hooks.tell(books, topic="products/update", subject=f"p{row['product_id']}", data=_product(row))


def _product(row: sqlite3.Row) -> dict[str, Any]:
    variant = {"id": row["id"], "product_id": row["product_id"], "sku": row["sku"], "inventory_item_id": row["item_id"]}
    return {"id": row["product_id"], "title": row["title"], "updated_at": moment(now()), "variants": [variant]}


def ensure_location(books: Books, name: str) -> int:
    """The id of a location, which is made if there is none of that name."""
    books.run(
        "INSERT INTO location (id, name) SELECT coalesce(max(id), ?) + 1, ? FROM location WHERE true"
        " ON CONFLICT (name) DO NOTHING",
        _FIRST_LOCATION, name,
    )  # fmt: skip
    return books.number("SELECT id FROM location WHERE name = ?", name)


def find(books: Books, sku: str) -> sqlite3.Row | None:
    """A variant by its SKU."""
    return books.find_row("SELECT * FROM variant WHERE sku = ?", sku)


def set_policy(books: Books, policy: str) -> None:
    """Sells everything only while there is some (`deny`), or without end (`continue`)."""
    books.run("UPDATE variant SET policy = ?", policy)


def set_level(books: Books, item_id: int, location_id: int, available: int, *, is_new: bool = True) -> None:
    """Sets what is offered at a location.  Emits: inventory_levels/update."""
    books.run(
        "INSERT INTO level (item_id, location_id, available, updated_at) VALUES (?, ?, ?, ?) ON CONFLICT (item_id, location_id)"
        " DO UPDATE SET available = CASE WHEN ? THEN excluded.available ELSE available END, updated_at = excluded.updated_at",
        item_id, location_id, available, moment(now()), is_new,
    )  # fmt: skip
    _tell_level(books, item_id, location_id)


def _tell_level(books: Books, item_id: int, location_id: int) -> None:
    row = books.find_row("SELECT * FROM level WHERE item_id = ? AND location_id = ?", item_id, location_id)
    assert row is not None
    level = {"inventory_item_id": item_id, "location_id": location_id, "available": row["available"]}
    level["updated_at"] = row["updated_at"]
    hooks.tell(books, topic="inventory_levels/update", subject=f"i{item_id}", data=level)


def sell(books: Books, variant: sqlite3.Row, qty: int) -> int:
    """Takes units from the location that offers most of them.  Returns: the location.

    Refuses: 422 `sold_out`, where a variant is sold only while there is some.  Emits: inventory_levels/update.
    """
    levels = books.rows("SELECT * FROM level WHERE item_id = ? ORDER BY available DESC, location_id", variant["item_id"])
    if not levels:
        raise Refusal(422, "not_stocked", f"{variant['sku']} is kept at no location")
    best = levels[0]
    if variant["tracked"]:
        if variant["policy"] == "deny" and best["available"] < qty:
            raise Refusal(422, "sold_out", f"of {variant['sku']} there are {best['available']} left at one location")
        shift(books, variant["item_id"], best["location_id"], -qty)
    return int(best["location_id"])


def shift(books: Books, item_id: int, location_id: int, by: int) -> None:
    """Changes what is offered at a location by some units.  Emits: inventory_levels/update."""
    books.run(
        "UPDATE level SET available = available + ?, updated_at = ? WHERE item_id = ? AND location_id = ?",
        by, moment(now()), item_id, location_id,
    )  # fmt: skip
    _tell_level(books, item_id, location_id)


def set_quantities(books: Books, wish: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Sets numbers of a list, all or none, in the caller's transaction.  Returns: errors.  Emits: inventory_levels/update."""
    quantities = wish["quantities"]
    if wish.get("name") != "available":
        return [_error("INVALID_NAME", "The quantity name must be available here.", ["input", "name"])]
    errors = [error for n, one in enumerate(quantities) if (error := _wrong(books, n, one, quantities[:n]))]
    if errors:
        return errors
    for one in quantities:
        item, location = number_of(one["inventoryItemId"]), number_of(one["locationId"])
        books.run("UPDATE level SET times_told = times_told + 1 WHERE item_id = ? AND location_id = ?", item, location)
        set_level(books, item, location, one["quantity"])
    return []


def _wrong(books: Books, n: int, one: Mapping[str, Any], before: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    path = ["input", "quantities", str(n)]
    item, location = number_of(one["inventoryItemId"]), number_of(one["locationId"])
    if any((item, location) == (number_of(b["inventoryItemId"]), number_of(b["locationId"])) for b in before):
        return _error("NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR", "The combination must be unique.", path)
    if not 0 <= one["quantity"] <= _HIGHEST:
        code = "INVALID_QUANTITY_NEGATIVE" if one["quantity"] < 0 else "INVALID_QUANTITY_TOO_HIGH"
        return _error(code, "The quantity is out of range.", [*path, "quantity"])
    if books.find_row("SELECT 1 FROM variant WHERE item_id = ?", item) is None:
        return _error("INVALID_INVENTORY_ITEM", "The specified inventory item could not be found.", [*path, "inventoryItemId"])
    if books.find_row("SELECT 1 FROM location WHERE id = ?", location) is None:
        return _error("INVALID_LOCATION", "The specified location could not be found.", [*path, "locationId"])
    level = books.find_row("SELECT * FROM level WHERE item_id = ? AND location_id = ?", item, location)
    if level is None:
        said = "The specified inventory item is not stocked at the location."
        return _error("ITEM_NOT_STOCKED_AT_LOCATION", said, [*path, "locationId"])
    thought = one["changeFromQuantity"]
    if thought is not None and thought != level["available"]:
        said = "The changeFromQuantity value does not match persisted value."
        return _error("CHANGE_FROM_QUANTITY_STALE", said, [*path, "changeFromQuantity"])
    return None



def _error(code: str, message: str, field: list[str]) -> dict[str, Any]:
    return {"code": code, "message": message, "field": field}


def list_levels(books: Books) -> list[dict[str, Any]]:
    """Every number, by SKU and location."""
    return [
        dict(row)
        for row in books.rows(
            "SELECT v.sku, v.id AS variant_id, l.item_id, l.location_id, o.name AS location, l.available, l.times_told,"
            " l.updated_at"
            " FROM level l JOIN variant v ON v.item_id = l.item_id JOIN location o ON o.id = l.location_id"
            " ORDER BY v.sku, l.location_id"
        )
    ]
