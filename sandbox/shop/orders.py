"""The shop's order book: every change and the webhook that tells it are one transaction.

Source: https://shopify.dev/docs/api/admin-rest/latest/resources/order and .../resources/fulfillment
"""

from __future__ import annotations

import json
import random
import secrets
from typing import Any

from sandbox import webhooks
from sandbox.books import Books, now, utc
from sandbox.serving import Fields, Refusal
from sandbox.shop.drafts import PAYMENT_STATES, Draft, Item, changed_basket, draft
from sandbox.shop.money import parse_amount, show
from sandbox.shop.pricing import price

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS catalog (sku TEXT PRIMARY KEY, title TEXT NOT NULL, price INTEGER NOT NULL,"
    " currency TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS shop_order (id INTEGER PRIMARY KEY, body TEXT NOT NULL, updated_at REAL NOT NULL)",
    "CREATE INDEX IF NOT EXISTS shop_order_updated ON shop_order (updated_at, id)",
    "CREATE TABLE IF NOT EXISTS inventory (sku TEXT PRIMARY KEY, available INTEGER NOT NULL,"
    " times_told INTEGER NOT NULL, updated_at TEXT NOT NULL)",
)
_FIRST_ID = 5_400_000_000_000
_FIRST_LINE_ID = 14_000_000_000_000


def set_catalog(books: Books, items: list[Fields]) -> int:
    """Replace the catalogue; returns its size. Refuses 422 on a wrong item or a SKU given twice."""
    parsed = [
        (
            item.text("sku"),
            item.text("title"),
            parse_amount(item.values.get("price"), item.currency("currency")),
            item.currency("currency"),
        )
        for item in items
    ]
    if len({row[0] for row in parsed}) < len(parsed):
        raise Refusal(422, "invalid", "a sku is given twice")
    with books.write():
        books.run("DELETE FROM catalog")
        for row in parsed:
            books.run("INSERT INTO catalog (sku, title, price, currency) VALUES (?, ?, ?, ?)", *row)
    return len(parsed)


def read_catalog(books: Books) -> dict[str, Item]:
    """The catalogue by SKU."""
    return {row["sku"]: Item(**dict(row)) for row in books.rows("SELECT sku, title, price, currency FROM catalog")}


def show_catalog(books: Books) -> list[dict[str, str]]:
    """The catalogue as it was put."""
    return [
        {"sku": item.sku, "title": item.title, "price": show(item.price, item.currency), "currency": item.currency}
        for item in read_catalog(books).values()
    ]


def place(books: Books, fields: Fields) -> list[dict[str, Any]]:
    """Place `count` orders (1 unless said), all or none; the same seed and catalogue give the same orders.

    Emits: orders/create per order.  Refuses: as `draft`.
    """
    count = fields.whole("count", 1, low=1, high=500)
    seed = fields.values.get("seed")
    seed = secrets.token_hex(8) if seed is None else seed
    catalog = read_catalog(books)
    dice = [random.Random(f"order:{seed}:{i}" if i else f"order:{seed}") for i in range(count)]
    drafts = [draft(fields, catalog=catalog, dice=one) for one in dice]
    with books.write():
        return [_insert(books, one) for one in drafts if _sell(books, one)]


def _sell(books: Books, one: Draft) -> bool:
    """Takes the units off the numbers that were told.  Refuses: 422 `sold_out`, where the shop sells only what it has."""
    stops = (books.find_setting("selling") or {}).get("stops_at_zero", False)
    for line in one.basket.lines:
        found = books.find_row("SELECT available FROM inventory WHERE sku = ?", line.sku)
        if found is None:
            continue
        if stops and found["available"] < line.quantity:
            raise Refusal(422, "sold_out", f"of {line.sku} there are {found['available']} left")
        books.run("UPDATE inventory SET available = available - ? WHERE sku = ?", line.quantity, line.sku)
    return True


def _insert(books: Books, one: Draft) -> dict[str, Any]:
    at = now()
    last = books.number("SELECT max(id) FROM shop_order")
    number = last - _FIRST_ID + 1 if last else 1001
    order = {
        "id": _FIRST_ID + number,
        "name": f"#{number}",
        "order_number": number,
        "created_at": utc(at),
        "updated_at": utc(at),
        "cancelled_at": None,
        "cancel_reason": None,
        "financial_status": one.financial_status,
        "payment_method": one.payment_method,
        "fulfillment_status": None,
        **price(one.basket, first_line_id=_FIRST_LINE_ID + number * 100),
        "customer": one.customer,
        "shipping_address": one.shipping_address,
        "note": one.note,
        "fulfillments": [],
    }
    books.run("INSERT INTO shop_order (id, body, updated_at) VALUES (?, ?, ?)", order["id"], _dump(order), at)
    webhooks.enqueue(books, topic="orders/create", subject=str(order["id"]), data=order)
    return order


def get(books: Books, order_id: int) -> dict[str, Any]:
    """One order as it stands; refuses 404."""
    row = books.find_row("SELECT body FROM shop_order WHERE id = ?", min(order_id, 2**53))
    if row is None:
        raise Refusal(404, "not_found", f"no order {order_id}")
    order: dict[str, Any] = json.loads(row["body"])
    return order


def list_after(books: Books, *, after: int, limit: int, updated_from: float) -> list[dict[str, Any]]:
    """Orders with a greater id, ascending; ids follow the order of commit, so a reader's cursor never skips one."""
    rows = books.rows(
        "SELECT body FROM shop_order WHERE id > ? AND updated_at >= ? ORDER BY id LIMIT ?", after, updated_from, limit
    )
    return [json.loads(row["body"]) for row in rows]


def cancel(books: Books, order_id: int, *, reason: str) -> dict[str, Any]:
    """Cancel; asking again changes nothing. Emits orders/cancelled. Refuses 422 `fulfilled` once anything was sent."""
    with books.write():
        order = get(books, order_id)
        if order["cancelled_at"]:
            return order
        if order["fulfillments"]:
            raise Refusal(422, "fulfilled", "an order that was sent cannot be cancelled")
        order["cancelled_at"], order["cancel_reason"] = utc(now()), reason
        order["financial_status"] = "refunded" if order["financial_status"] == "paid" else "voided"
        for line in order["line_items"]:
            line["fulfillable_quantity"] = 0
        return _save(books, order, topic="orders/cancelled")


def edit(books: Books, order_id: int, fields: Fields) -> dict[str, Any]:
    """Change note, shipping address, payment state or, before anything is sent, lines, as the shop's staff would.

    Emits: orders/updated.  Refuses: 422 `cancelled`, `sent_already`, `refunded_already`, and as `draft`.
    """
    with books.write():
        order = get(books, order_id)
        if order["cancelled_at"]:
            raise Refusal(422, "cancelled", "the order is cancelled")
        if "note" in fields.values:
            order["note"] = fields.text("note") if fields.has("note") else None
        if fields.has("shipping_address"):
            order["shipping_address"].update(fields.details("shipping_address"))
        if fields.has("financial_status"):
            order["financial_status"] = fields.one_of("financial_status", PAYMENT_STATES)
        if fields.has("lines"):
            if order["fulfillments"]:
                raise Refusal(422, "sent_already", "lines of an order of which something was sent stay as they are")
            if any(one["line_items"] for one in order.get("refunds", [])):
                raise Refusal(422, "refunded_already", "lines of an order of which something was refunded stay as they are")
            basket = changed_basket(fields, order=order, catalog=read_catalog(books))
            order |= price(basket, first_line_id=_FIRST_LINE_ID + order["order_number"] * 100)
        return _save(books, order, topic="orders/updated")


def fulfil(books: Books, order_id: int, fields: Fields) -> tuple[dict[str, Any], bool]:
    """Note a parcel sent; returns it and whether it is new (the same tracking number again is the same parcel).

    Emits: orders/updated.  Refuses: 422 `cancelled`, `too_many` (more than is left to send), `unknown_line`.
    """
    tracking_number = fields.text("tracking_number")
    company, url = fields.text("tracking_company"), fields.text("tracking_url") if fields.has("tracking_url") else None
    with books.write():
        order = get(books, order_id)
        for known in order["fulfillments"]:
            if known["tracking_number"] == tracking_number:
                return known, False
        if order["cancelled_at"]:
            raise Refusal(422, "cancelled", "the order is cancelled")
        sent = _take(order, fields)
        fulfilment = {
            "id": order["id"] * 100 + len(order["fulfillments"]),
            "order_id": order["id"],
            "status": "success",
            "created_at": utc(now()),
            "tracking_number": tracking_number,
            "tracking_company": company,
            "tracking_url": url,
            "line_items": sent,
        }
        order["fulfillments"].append(fulfilment)
        left = any(line["fulfillable_quantity"] for line in order["line_items"])
        order["fulfillment_status"] = "partial" if left else "fulfilled"
        _save(books, order, topic="orders/updated")
        return fulfilment, True


def take_back(books: Books, order_id: int, fields: Fields) -> tuple[dict[str, Any], bool]:
    """Note goods that came back; returns it and whether it is new (the same key again is the same return).

    Emits: orders/updated.  Refuses: 422 `too_many` (more than was sent and not yet back), `unknown_line`.
    """
    key = fields.text("key")
    wanted = [(one.whole("id"), one.whole("quantity", low=1)) for one in fields.groups("line_items")]
    with books.write():
        order = get(books, order_id)
        known = order.setdefault("returns", [])
        for one in known:
            if one["key"] == key:
                return one, False
        out = _sent(order)
        for line_id, quantity in wanted:
            if line_id not in out:
                raise Refusal(422, "unknown_line", f"the order has no line {line_id}")
            out[line_id] -= quantity
            if out[line_id] < 0:
                raise Refusal(422, "too_many", f"of line {line_id} less than {quantity} are out")
        lines = [{"id": line_id, "quantity": quantity} for line_id, quantity in wanted]
        made = {"key": key, "created_at": utc(now()), "line_items": lines}
        known.append(made)
        _save(books, order, topic="orders/updated")
        return made, True


def _sent(order: dict[str, Any]) -> dict[int, int]:
    """Units of each line that were sent and did not come back."""
    out = {line["id"]: line["quantity"] - line["fulfillable_quantity"] for line in order["line_items"]}
    for one in order["returns"]:
        for line in one["line_items"]:
            out[line["id"]] -= line["quantity"]
    for one in order.get("refunds", []):
        for line in one["line_items"]:
            out[line["id"]] -= line["unsent"]
    return out


def refund(books: Books, order_id: int, fields: Fields) -> tuple[dict[str, Any], bool]:
    """Note money that was given back; returns it and whether it is new (the same key again is the same refund).

    With `staff` it is the shop's own people who give it: units of `line_items` that were not sent are not waited for any more.
    Emits: orders/updated.  Refuses: 422 `too_much` (more than the order's total), `too_many`, `unknown_line`.
    """
    is_staff = fields.flag("staff", False)
    key, amount = None if is_staff else fields.text("key"), fields.text("amount")
    with books.write():
        order = get(books, order_id)
        known = order.setdefault("refunds", [])
        for one in known:
            if key is not None and one["key"] == key:
                return one, False
        currency = order["currency"]
        given = sum(parse_amount(one["amount"], currency) for one in known) + parse_amount(amount, currency)
        total = parse_amount(order["total_price"], currency)
        if given > total:
            raise Refusal(422, "too_much", "more than was paid cannot be given back")
        made = {
            "id": order["id"] * 100 + len(known) + 1, "key": key, "created_at": utc(now()), "amount": amount,
            "reason": fields.text("reason", ""), "line_items": _refunded_lines(order, fields) if is_staff else [],
        }  # fmt: skip
        known.append(made)
        if is_staff and given:
            order["financial_status"] = "refunded" if given == total else "partially_refunded"
        _save(books, order, topic="orders/updated")
        return made, True


def _refunded_lines(order: dict[str, Any], fields: Fields) -> list[dict[str, int]]:
    """Units that are refunded, those first that were not sent: nobody sends them any more."""
    if not fields.has("line_items"):
        return []
    lines = {line["id"]: line for line in order["line_items"]}
    left = {id: line["quantity"] for id, line in lines.items()}
    for one in order["refunds"]:
        for gone in one["line_items"]:
            left[gone["id"]] -= gone["quantity"]
    found = []
    for one in fields.groups("line_items"):
        id, quantity = one.whole("id"), one.whole("quantity", low=1)
        if id not in lines:
            raise Refusal(422, "unknown_line", f"the order has no line {id}")
        left[id] -= quantity
        if left[id] < 0:
            raise Refusal(422, "too_many", f"of line {id} less than {quantity} are left")
        unsent = min(quantity, lines[id]["fulfillable_quantity"])
        lines[id]["fulfillable_quantity"] -= unsent
        found.append({"id": id, "quantity": quantity, "unsent": unsent})
    return found


def _take(order: dict[str, Any], fields: Fields) -> list[dict[str, int]]:
    lines = {line["id"]: line for line in order["line_items"]}
    if fields.has("line_items"):
        wanted = [(one.whole("id"), one.whole("quantity", low=1)) for one in fields.groups("line_items")]
    else:
        wanted = [(one, line["fulfillable_quantity"]) for one, line in lines.items() if line["fulfillable_quantity"]]
    if not wanted:
        raise Refusal(422, "too_many", "everything was sent already")
    for line_id, quantity in wanted:
        if line_id not in lines:
            raise Refusal(422, "unknown_line", f"the order has no line {line_id}")
        lines[line_id]["fulfillable_quantity"] -= quantity
        if lines[line_id]["fulfillable_quantity"] < 0:
            raise Refusal(422, "too_many", f"line {line_id} has less than {quantity} left to send")
    return [{"id": line_id, "quantity": quantity} for line_id, quantity in wanted]


def _save(books: Books, order: dict[str, Any], *, topic: str) -> dict[str, Any]:
    at = now()
    order["updated_at"] = utc(at)
    books.run("UPDATE shop_order SET body = ?, updated_at = ? WHERE id = ?", _dump(order), at, order["id"])
    webhooks.enqueue(books, topic=topic, subject=str(order["id"]), data=order)
    return order


def _dump(order: dict[str, Any]) -> str:
    return json.dumps(order, ensure_ascii=False, separators=(",", ":"))


def tell_inventory(books: Books, *, sku: str, available: int) -> dict[str, Any]:
    """Keep the last number told for a SKU, known to the catalogue or not."""
    books.run(
        "INSERT INTO inventory (sku, available, times_told, updated_at) VALUES (?, ?, 1, ?) ON CONFLICT (sku) DO UPDATE"
        " SET available = excluded.available, times_told = times_told + 1, updated_at = excluded.updated_at",
        sku,
        available,
        utc(now()),
    )
    return dict(books.rows("SELECT * FROM inventory WHERE sku = ?", sku)[0])


def tell_numbers(books: Books, numbers: list[Fields]) -> list[dict[str, Any]]:
    """Keep numbers told for SKUs; one that is compared with another number than there is stays, and is answered."""
    answers = []
    with books.write():
        for one in numbers:
            sku = one.text("sku")
            found = books.find_row("SELECT available FROM inventory WHERE sku = ?", sku)
            thought = one.whole("compared_with", low=-(2**31), high=2**31) if one.has("compared_with") else None
            if found is not None and thought is not None and found["available"] != thought:
                answers.append({"sku": sku, "status": "stale", "available": found["available"]})
            else:
                told = tell_inventory(books, sku=sku, available=one.whole("available", high=2**31))
                answers.append({"sku": sku, "status": "set", "available": told["available"]})
    return answers


def list_listings(books: Books, *, after: str, limit: int) -> list[dict[str, Any]]:
    """What is sold, by SKU, with the number that was told last, less what was sold since."""
    rows = books.rows(
        "SELECT c.sku, c.title, i.available FROM catalog c LEFT JOIN inventory i ON i.sku = c.sku WHERE c.sku > ?"
        " ORDER BY c.sku LIMIT ?",
        after,
        limit,
    )
    return [dict(row) for row in rows]


def list_inventory(books: Books) -> list[dict[str, Any]]:
    """Every number told, by SKU."""
    return [dict(row) for row in books.rows("SELECT * FROM inventory ORDER BY sku")]
