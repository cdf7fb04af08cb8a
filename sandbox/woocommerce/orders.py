"""The order book: orders, their refunds and notes. Every change and the webhooks that tell it are one transaction.

Source: https://woocommerce.github.io/woocommerce-rest-api-docs/#orders, #order-refunds, #order-notes.
"""

from __future__ import annotations

import json
import random
import secrets
from decimal import Decimal
from typing import Any

from sandbox.books import Books
from sandbox.serving import Fields, Refusal
from sandbox.shop import people
from sandbox.woocommerce import hooks, pricing, products
from sandbox.woocommerce.clock import now
from sandbox.woocommerce.shapes import WooError, dates, dump, invalid_id, next_id

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS woo_order (
        id INTEGER PRIMARY KEY, status TEXT NOT NULL, body TEXT NOT NULL, created_at REAL NOT NULL, modified_at REAL NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS woo_order_modified ON woo_order (modified_at, id)",
    "CREATE TABLE IF NOT EXISTS refund (id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL, body TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS refund_order ON refund (order_id, id)",
    "CREATE TABLE IF NOT EXISTS note (id INTEGER PRIMARY KEY AUTOINCREMENT, order_id INTEGER NOT NULL, body TEXT NOT NULL)",
)
STATUSES = ("pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed")
PAID = ("processing", "completed")
SELLS = ("processing", "completed", "on-hold")  # the shop takes units off its stock in these


def place(books: Books, fields: Fields) -> list[dict[str, Any]]:
    """Places `count` orders (1 unless said), all or none.  Emits: order.created per order.  Refuses: 422 `out_of_stock`."""
    count = fields.whole("count", 1, low=1, high=500)
    seed = fields.values.get("seed") or secrets.token_hex(8)
    with books.write():
        return [_place(books, fields, random.Random(f"woo:{seed}:{n}")) for n in range(count)]


def _place(books: Books, fields: Fields, dice: random.Random) -> dict[str, Any]:
    buyer = people.choose(dice, country=fields.text("country") if fields.has("country") else None)
    status = fields.text("status", "processing")
    id, at, terms = next_id(books), now(books), pricing.terms_of(fields)
    billing = _address(buyer) | fields.details("billing")
    shipping = {k: v for k, v in _address(buyer).items() if k not in ("email",)} | fields.details("shipping")
    order = {
        "id": id, "parent_id": 0, "number": str(id), "order_key": f"wc_order_{id}", "created_via": "checkout", "status": status,
        "currency": terms.currency, **dates(created=at, modified=at), "prices_include_tax": terms.prices_include_tax,
        "customer_id": fields.whole("customer_id", buyer.customer["id"] - people.FIRST_CUSTOMER_ID + 1),
        "customer_note": fields.text("customer_note", "") if fields.has("customer_note") else "",
        "billing": billing, "shipping": shipping, "payment_method": "card", "payment_method_title": "Card", "transaction_id": "",
        **dates(paid=at if status in PAID else None, completed=at if status == "completed" else None), "meta_data": [],
        **_priced(books, fields, terms, dice), "refunds": [],
    }  # fmt: skip
    books.run("INSERT INTO woo_order VALUES (?, ?, ?, ?, ?)", id, status, dump(order), at, at)
    _sell(books, order)
    return _save(books, order, event="created", at=at)


def _address(buyer: people.Person) -> dict[str, Any]:
    to = buyer.address
    return {
        "first_name": to["first_name"], "last_name": to["last_name"], "company": "", "address_1": to["address1"],
        "address_2": to["address2"] or "", "city": to["city"], "state": to["province_code"], "postcode": to["zip"],
        "country": to["country_code"], "email": buyer.customer["email"], "phone": to["phone"],
    }  # fmt: skip


def _priced(books: Books, fields: Fields, terms: pricing.Terms, dice: random.Random) -> dict[str, Any]:
    """Lines, shipping, fees and totals.  `coupon`: {code, share}, off every line."""
    wanted = [_wanted(books, one) for one in fields.groups("lines")] if fields.has("lines") else [_some(books, dice)]
    coupon = fields.group("coupon") if fields.has("coupon") else Fields({})
    cut, base = pricing.parse(coupon.text("share", "0")), next_id(books) * 1000
    shown, goods, full = [], pricing.NOTHING, pricing.NOTHING
    for n, (what, price, quantity) in enumerate(wanted):
        each = pricing.tagged(price, terms)
        line, worth = pricing.line(base + n, what, each, quantity, cut=cut, currency=terms.currency)
        shown.append(line)
        goods, full = goods + worth, full + pricing.times(each, quantity)
    asked = fields.groups("fees") if fields.has("fees") else []
    fees = [(one.text("name"), pricing.net(pricing.parse(one.text("total")), terms)) for one in asked]
    way = pricing.net(pricing.parse(fields.text("shipping_total", "3000" if terms.currency == "KRW" else "5")), terms)
    off = full + pricing.times(goods, -1)
    coupons = [{"id": base + 990, "code": coupon.text("code", "TEN"), "discount": pricing.show(off.net, terms.currency),
                "discount_tax": pricing.show(off.tax, terms.currency), "meta_data": []}] if cut else []  # fmt: skip
    return {
        "line_items": shown, "tax_lines": [], "coupon_lines": coupons,
        "shipping_lines": [pricing.addition(base + 900, {"method_title": "Flat rate"}, way, terms.currency)],
        "fee_lines": [pricing.addition(base + 950 + n, {"name": name}, fee, terms.currency) for n, (name, fee) in enumerate(fees)],
        **pricing.totals(goods, sum((fee for _, fee in fees), pricing.NOTHING), way, off, terms.currency),
    }  # fmt: skip


def _wanted(books: Books, one: Fields) -> tuple[dict[str, Any], Decimal, int]:
    """A line that is asked for: by the SKU of a product, or of something that the shop has no product for any more."""
    row = products.by_sku(books, one.text("sku")) if one.has("sku") else products.find(books, one.whole("id", 0))
    if row is None:
        what = {"name": one.text("name", "Gone"), "product_id": 0, "variation_id": 0, "sku": one.values.get("sku") or ""}
        return what, pricing.parse(one.text("price", "10")), one.whole("quantity", 1, low=1)
    ids = (row["parent_id"], row["id"]) if row["parent_id"] else (row["id"], 0)
    what = {"name": row["name"], "product_id": ids[0], "variation_id": ids[1], "sku": row["sku"]}
    return what, pricing.parse(one.text("price", row["price"])), one.whole("quantity", 1, low=1, high=9999)


def _some(books: Books, dice: random.Random) -> tuple[dict[str, Any], Decimal, int]:
    rows = books.rows("SELECT id FROM product WHERE type <> 'variable' AND status = 'publish' ORDER BY id")
    if not rows:
        raise Refusal(422, "empty_catalog", "give lines, or POST /admin/products first")
    return _wanted(books, Fields({"id": dice.choice(rows)["id"], "quantity": dice.choice((1, 1, 1, 2))}))


def _sell(books: Books, order: dict[str, Any]) -> None:
    """Takes units off the stock once an order is sold, and puts them back once it is not."""
    noted = any(note["key"] == "_order_stock_reduced" for note in order["meta_data"])
    if order["status"] in SELLS and not noted:
        products.move_stock(books, order["line_items"], sign=-1)
        order["meta_data"].append({"id": order["id"] * 10, "key": "_order_stock_reduced", "value": "yes"})
    elif order["status"] in ("cancelled", "pending") and noted:
        products.move_stock(books, order["line_items"], sign=1)
        order["meta_data"] = [note for note in order["meta_data"] if note["key"] != "_order_stock_reduced"]


def _save(books: Books, order: dict[str, Any], *, event: str, at: float) -> dict[str, Any]:
    order |= dates(modified=at)
    _write(books, order, at)
    hooks.enqueue(books, topic=f"order.{event}", subject=order["id"], payload=order)
    return order


def _write(books: Books, order: dict[str, Any], at: float) -> None:
    books.run(
        "UPDATE woo_order SET status = ?, body = ?, modified_at = ? WHERE id = ?", order["status"], dump(order), at, order["id"]
    )


def get(books: Books, id: int, *, status: int = 404) -> dict[str, Any]:
    """One order as it stands, trashed ones too; refuses 404."""
    row = books.find_row("SELECT body FROM woo_order WHERE id = ?", min(id, 2**53))
    if row is None:
        raise invalid_id("shop_order", status=status)
    order: dict[str, Any] = json.loads(row["body"])
    return order


def list_orders(books: Books, *, after: float, before: float, statuses: list[str]) -> list[dict[str, Any]]:
    """Orders that changed between two moments, both exclusive, by id; `any` leaves out the trash.  Moments are whole seconds."""
    rows = books.rows(
        "SELECT status, body FROM woo_order"
        " WHERE CAST(modified_at AS INTEGER) > ? AND CAST(modified_at AS INTEGER) < ? ORDER BY id",
        after,
        before,
    )
    return [json.loads(r["body"]) for r in rows if (r["status"] != "trash" if "any" in statuses else r["status"] in statuses)]


def update(books: Books, id: int, fields: Fields) -> dict[str, Any]:
    """Changes what is given, as REST clients and the shop's staff do.  Emits: order.updated.

    A line's `quantity` sells it at its old price, zero takes it off.  Refuses: 400 on unknown ids and statuses.
    """
    with books.write():
        order, values, at = get(books, id, status=400), fields.values, now(books)
        if "status" in values:
            _move(order, fields.text("status"), at=at)
        if "line_items" in values:
            _resize(order, fields.groups("line_items"))
        if "shipping_lines" in values:
            _ship_for(order, fields.groups("shipping_lines"))
        for name in ("billing", "shipping"):
            order[name] |= fields.details(name)
        order["customer_note"] = values.get("customer_note", order["customer_note"])
        for note in values.get("meta_data", []):
            kept = [one for one in order["meta_data"] if one["key"] != note["key"]]
            order["meta_data"] = [*kept, {"id": id * 10 + len(kept) + 1, "key": note["key"], "value": note["value"]}]
        _sell(books, order)
        return _save(books, order, event="updated", at=at)


def _move(order: dict[str, Any], status: str, *, at: float) -> None:
    if status not in STATUSES and not status.startswith("x-"):
        raise WooError(400, "rest_invalid_param", "Invalid parameter(s): status")
    if status in PAID and not order["date_paid_gmt"]:
        order |= dates(paid=at)
    if status == "completed" and order["status"] != "completed":
        order |= dates(completed=at)
    order["status"] = status


def _resize(order: dict[str, Any], wanted: list[Fields]) -> None:
    """Other quantities at the same prices; totals follow."""
    quantities = {one.whole("id"): one.whole("quantity") for one in wanted}
    currency, lines = order["currency"], []
    for line in order["line_items"]:
        qty = quantities.get(line["id"], line["quantity"])
        share = Decimal(qty) / line["quantity"]
        for name in ("subtotal", "subtotal_tax", "total", "total_tax"):
            line[name] = pricing.show(Decimal(line[name]) * share, currency)
        line["quantity"] = qty
        lines += [line] if qty else []
    order["line_items"] = lines
    _sum_up(order)


def _ship_for(order: dict[str, Any], wanted: list[Fields]) -> None:
    """Another price for a way of shipping, with the tax that it had a share of; totals follow."""
    totals, currency = {one.whole("id"): pricing.parse(one.text("total")) for one in wanted}, order["currency"]
    for line in order["shipping_lines"]:
        total = totals.get(line["id"], Decimal(line["total"]))
        rate = Decimal(line["total_tax"]) / Decimal(line["total"]) if Decimal(line["total"]) else Decimal(0)
        line |= {"total": pricing.show(total, currency), "total_tax": pricing.show(total * rate, currency)}
    for name in ("total", "total_tax"):
        every = sum((Decimal(line[name]) for line in order["shipping_lines"]), Decimal(0))
        order[f"shipping_{name.removeprefix('total_')}"] = pricing.show(every, currency)
    _sum_up(order)


def _sum_up(order: dict[str, Any]) -> None:
    """The totals of an order whose lines are others now."""
    currency = order["currency"]
    parts = [*order["line_items"], *order["fee_lines"], *order["shipping_lines"]]
    tax = sum((Decimal(one["total_tax"]) for one in parts), Decimal(0))
    order["total_tax"] = pricing.show(tax, currency)
    order["cart_tax"] = pricing.show(tax - Decimal(order["shipping_tax"]), currency)
    order["total"] = pricing.show(sum((Decimal(one["total"]) for one in parts), tax), currency)


def delete(books: Books, id: int, *, force: bool) -> dict[str, Any]:
    """Puts an order in the trash, or away for good.  Emits: order.deleted, with the id alone."""
    with books.write():
        order = get(books, id)
        at = now(books)
        order |= {"status": "trash", **dates(modified=at)}
        _write(books, order, at)
        if force:
            books.run("DELETE FROM woo_order WHERE id = ?", id)
        hooks.enqueue(books, topic="order.deleted", subject=id, payload={"id": id})
    return order


def list_refunds(books: Books, order_id: int) -> list[dict[str, Any]]:
    """Refunds of an order, newest first; refuses 404."""
    get(books, order_id)
    return [json.loads(row["body"]) for row in books.rows("SELECT body FROM refund WHERE order_id = ? ORDER BY id DESC", order_id)]


def refund(books: Books, order_id: int, fields: Fields) -> dict[str, Any]:
    """Gives money back, with or without lines ([{id, quantity}]).  Emits: order.updated.

    Refuses: 404; status 500 for more than is left, as WooCommerce does.
    """
    with books.write():
        order = get(books, order_id)
        amount, currency = pricing.parse(fields.text("amount")), order["currency"]
        left = Decimal(order["total"]) - sum((-Decimal(one["total"]) for one in order["refunds"]), Decimal(0))
        if amount <= 0 or amount > left:
            raise WooError(500, "woocommerce_rest_cannot_create_order_refund", "Invalid refund amount.")
        id, at, reason = next_id(books), now(books), fields.values.get("reason") or ""
        known = {line["id"]: line for line in order["line_items"]}
        asked = fields.groups("line_items") if fields.values.get("line_items") else []
        lines = [_back(known[one.whole("id")], one.whole("quantity"), id * 100 + n) for n, one in enumerate(asked)]
        notes = [{"id": id * 10 + n, **note} for n, note in enumerate(fields.values.get("meta_data", []))]
        made = {
            "id": id, **dates(created=at), "amount": pricing.show(amount, currency), "reason": reason, "refunded_by": 1,
            "refunded_payment": fields.flag("api_refund", True), "meta_data": notes, "line_items": lines,
        }  # fmt: skip
        books.run("INSERT INTO refund VALUES (?, ?, ?)", id, order_id, dump(made))
        order["refunds"] = [{"id": id, "reason": reason, "total": f"-{made['amount']}"}, *order["refunds"]]
        if fields.flag("api_restock", True):
            products.move_stock(books, [{**line, "quantity": -line["quantity"]} for line in lines], sign=1)
        if amount == left:
            order["status"] = "refunded"
        _save(books, order, event="updated", at=at)
        return made


def _back(line: dict[str, Any], quantity: int, id: int) -> dict[str, Any]:
    share = Decimal(quantity) / line["quantity"]
    names = ("subtotal", "subtotal_tax", "total", "total_tax")
    amounts = {name: str((-Decimal(line[name]) * share).quantize(Decimal(line[name]))) for name in names}
    note = {"id": id, "key": "_refunded_item_id", "value": str(line["id"])}
    return {**line, **amounts, "id": id, "quantity": -quantity, "meta_data": [note]}


def list_notes(books: Books, order_id: int) -> list[dict[str, Any]]:
    """Notes of an order, newest first; refuses 404."""
    get(books, order_id)
    return [json.loads(row["body"]) for row in books.rows("SELECT body FROM note WHERE order_id = ? ORDER BY id DESC", order_id)]


def add_note(books: Books, order_id: int, fields: Fields) -> dict[str, Any]:
    """Notes something; staff read it, and the customer where `customer_note` is set."""
    with books.write():
        get(books, order_id)
        note = {"note": fields.text("note"), "customer_note": fields.flag("customer_note", False), "author": "system"}
        id = books.number("SELECT max(id) FROM note") + 1
        made = {"id": id, **dates(created=now(books)), **note}
        books.run("INSERT INTO note (id, order_id, body) VALUES (?, ?, ?)", id, order_id, dump(made))
        return made
