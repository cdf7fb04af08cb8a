"""Products, variations and their stock.

Source: https://woocommerce.github.io/woocommerce-rest-api-docs/#products, #product-variations and #batch-update-products; a number
told to what does not manage its stock is dropped without a word, as WooCommerce does.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from sandbox.books import Books
from sandbox.serving import Fields, Refusal
from sandbox.woocommerce import hooks
from sandbox.woocommerce.clock import now
from sandbox.woocommerce.shapes import dates, invalid_id, next_id

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS product (
        id INTEGER PRIMARY KEY, parent_id INTEGER NOT NULL, type TEXT NOT NULL, name TEXT NOT NULL, sku TEXT NOT NULL,
        price TEXT NOT NULL, option TEXT NOT NULL, status TEXT NOT NULL,
        manages TEXT NOT NULL CHECK (manages IN ('yes', 'no', 'parent')),
        stock INTEGER, barcode TEXT NOT NULL, created_at REAL NOT NULL, modified_at REAL NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS product_parent ON product (parent_id, id)",
)
MOST_IN_BATCH = 100


def add(books: Books, fields: Fields) -> dict[str, Any]:
    """Puts a product on sale, with variations where it has any.  Emits: product.created for each."""
    with books.write():
        variations = fields.groups("variations") if fields.has("variations") else []
        id = _insert(books, fields, parent_id=0, type="variable" if variations else fields.text("type", "simple"))
        for one in variations:
            _insert(books, one, parent_id=id, type="variation", name=fields.text("name"))
        return show(books, get(books, id))


def _insert(books: Books, fields: Fields, *, parent_id: int, type: str, name: str = "") -> int:
    id, at = next_id(books), now(books)
    stock = fields.whole("stock", low=-(2**31)) if fields.has("stock") else None
    manages = fields.text("manages", "no" if stock is None else "yes")
    books.run(
        "INSERT INTO product VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        id, parent_id, type, name or fields.text("name"), fields.values.get("sku", ""), fields.text("price", "10.00"),
        fields.text("option", "One"), fields.text("status", "publish"), manages, stock, fields.values.get("barcode", ""), at, at,
    )  # fmt: skip
    tell(books, id, event="created")
    return id


def tell(books: Books, id: int, *, event: str) -> None:
    """Queues what a product has become."""
    hooks.enqueue(books, topic=f"product.{event}", subject=id, payload=show(books, get(books, id)))


def find(books: Books, id: int) -> sqlite3.Row | None:
    """A product or variation."""
    return books.find_row("SELECT * FROM product WHERE id = ?", min(id, 2**53))


def get(books: Books, id: int) -> sqlite3.Row:
    """A product or variation; refuses 404."""
    row = find(books, id)
    if row is None:
        raise invalid_id("product")
    return row


def by_sku(books: Books, sku: str) -> sqlite3.Row | None:
    """What has a SKU."""
    return books.find_row("SELECT * FROM product WHERE sku = ? AND type <> 'variable'", sku)


def show(books: Books, row: sqlite3.Row) -> dict[str, Any]:
    """A product, or a variation as webhooks show it, without what nobody here reads."""
    counts = row if row["manages"] != "parent" else get(books, row["parent_id"])
    children = books.rows("SELECT id FROM product WHERE parent_id = ? ORDER BY id", row["id"])
    stock = counts["stock"] if row["manages"] != "no" else None
    return {
        "id": row["id"], "name": row["name"], "type": row["type"], "status": row["status"],
        **dates(created=row["created_at"], modified=row["modified_at"]), "sku": row["sku"], "global_unique_id": row["barcode"],
        "price": row["price"], "regular_price": row["price"],
        "manage_stock": {"yes": True, "no": False, "parent": "parent"}[row["manages"]], "stock_quantity": stock,
        "stock_status": "instock" if stock is None or stock > 0 else "outofstock", "backorders": "no", "backorders_allowed": False,
        "parent_id": row["parent_id"], "variations": [child["id"] for child in children],
        "attributes": [{"id": 6, "name": "Option", "option": row["option"]}] if row["parent_id"] else [], "meta_data": [],
    }  # fmt: skip


def list_products(books: Books, *, parent_id: int) -> list[sqlite3.Row]:
    """Products that are on sale by id, or the variations of one."""
    if parent_id:
        get(books, parent_id)
    return books.rows("SELECT * FROM product WHERE parent_id = ? AND status = 'publish' ORDER BY id", parent_id)


def update(books: Books, id: int, values: dict[str, Any], *, parent_id: int | None) -> dict[str, Any]:
    """Changes one.  Emits: product.updated.  Refuses: 400 for what is not there, 404 for a variation asked for as a product."""
    row = find(books, id)
    if parent_id == 0 and row is not None and row["parent_id"]:
        raise Refusal(404, "woocommerce_rest_invalid_product_id", "To manipulate product variations you should use their endpoint.")
    if row is None or (parent_id is not None and row["parent_id"] != parent_id):
        raise invalid_id("product_variation" if parent_id else "product", status=400)
    manages = {True: "yes", False: "no"}.get(values.get("manage_stock", ""), row["manages"])
    stock = values.get("stock_quantity", row["stock"]) if manages == "yes" else None
    books.run(
        "UPDATE product SET manages = ?, stock = ?, name = ?, sku = ?, status = ?, modified_at = ? WHERE id = ?",
        manages, stock, *(values.get(name, row[name]) for name in ("name", "sku", "status")), now(books), id,
    )  # fmt: skip
    tell(books, id, event="updated")
    return show(books, get(books, id))


def batch(books: Books, fields: Fields, *, parent_id: int) -> dict[str, Any]:
    """Updates up to a hundred; each is done or refused by itself.  Refuses: 413 above that."""
    wanted = fields.values.get("update") or []
    if len(wanted) > MOST_IN_BATCH:
        raise Refusal(
            413, "woocommerce_rest_request_entity_too_large",
            f"Unable to accept more than {MOST_IN_BATCH} items for this request.",
        )  # fmt: skip
    done = []
    for one in wanted:
        with books.write():
            try:
                done.append(update(books, int(one["id"]), one, parent_id=parent_id))
            except Refusal as refusal:
                error = {"code": refusal.code, "message": refusal.message, "data": {"status": refusal.status}}
                done.append({"id": one["id"], "error": error})
    return {"update": done}


def move_stock(books: Books, lines: list[dict[str, Any]], *, sign: int) -> None:
    """Takes what an order sells off the shop's own stock, or puts it back.  Refuses: 422 `out_of_stock`; backorders are off."""
    for line in lines:
        row = find(books, line["variation_id"] or line["product_id"]) if line["product_id"] else None
        if row is not None and row["manages"] == "parent":
            row = find(books, row["parent_id"])
        if row is None or row["manages"] != "yes":
            continue
        left = (row["stock"] or 0) + sign * line["quantity"]
        if sign < 0 and left < 0:
            raise Refusal(422, "out_of_stock", f"of {row['sku'] or row['name']} there are {row['stock']} left")
        books.run("UPDATE product SET stock = ? WHERE id = ?", left, row["id"])


def stock_of(books: Books) -> dict[str, int | None]:
    """What is shown of everything that is counted, as lines of orders name it."""
    rows = books.rows("SELECT * FROM product WHERE manages = 'yes' ORDER BY id")
    return {f"{r['parent_id']}:{r['id']}" if r["parent_id"] else str(r["id"]): r["stock"] for r in rows}

