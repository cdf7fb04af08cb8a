"""The marketplace's orders: every change and the notification that tells it are one transaction.

Source: the models of the Orders API 2026-01-01 and v0.
"""

from __future__ import annotations

import json
import random
import secrets
from typing import Any

from sandbox.amazon import listings, notes
from sandbox.books import Books, now, parse_iso
from sandbox.serving import Fields, Refusal
from sandbox.shop import people
from sandbox.shop.money import parse_amount

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS amazon_order (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL,"
    " updated_at REAL NOT NULL, visible_at REAL NOT NULL)",
)
# Each status as v0 spells it.
STATUSES = {
    "PENDING_AVAILABILITY": "PendingAvailability", "PENDING": "Pending", "UNSHIPPED": "Unshipped",
    "PARTIALLY_SHIPPED": "PartiallyShipped", "SHIPPED": "Shipped", "CANCELLED": "Canceled",
}  # fmt: skip
MARKETPLACE, SELLER = "A1PA6795UKMFR9", "A3SANDBOX"
_ADDRESS = {
    "name": "Erika Mustermann", "line1": "Heidestraße 17", "line2": "", "city": "Köln", "region": "", "postal_code": "51147",
    "country": "DE", "phone": "+49 221 1234567",
}  # fmt: skip


def place(books: Books, fields: Fields) -> list[dict[str, Any]]:
    """Places orders.  Emits: ORDER_CHANGE, unless one appears late.  Refuses: 422 `sold_out`, `invalid`."""
    count = fields.whole("count", 1, low=1, high=500)
    with books.write():
        return [_place(books, fields if fields.has("lines") else _some(books)) for _ in range(count)]


def _some(books: Books) -> Fields:
    """What somebody in Germany might order now."""
    dice = random.Random()
    line, units = listings.choose(books, dice)
    to = people.choose(dice, country="DE").address
    address = {"name": to["name"], "line1": to["address1"], "city": to["city"], "postal_code": to["zip"], "phone": to["phone"]}
    return Fields({"lines": [{**line, "quantity": units}], "address": address, "buyer": to["name"]})


def _place(books: Books, fields: Fields) -> dict[str, Any]:
    currency, at = fields.currency("currency") if fields.has("currency") else "EUR", now()
    late_s = fields.number("late_s", 0.0)
    number = books.number("SELECT max(seq) FROM amazon_order") + 1
    lines = [_line(one, currency, number * 1000 + n) for n, one in enumerate(fields.groups("lines"))]
    by = fields.one_of("by", ("MERCHANT", "AMAZON")) if fields.has("by") else "MERCHANT"
    for line in lines if by == "MERCHANT" else ():
        listings.sell(books, seller=SELLER, sku=line["sku"], units=line["quantity"])
    id = fields.text("id", f"{300 + number % 99:03d}-{secrets.randbelow(10**7):07d}-{number:07d}")
    order: dict[str, Any] = {
        "id": id, "created_at": at, "updated_at": at, "marketplace": fields.text("marketplace", MARKETPLACE), "by": by,
        "status": fields.one_of("status", tuple(STATUSES)) if fields.has("status") else "UNSHIPPED", "currency": currency,
        "lines": lines, "tax_included": fields.flag("tax_included", True), "cod": fields.flag("cod", False),
        "address": {**_ADDRESS, **fields.details("address")}, "packages": [], "programs": [],
        "buyer": {"name": fields.text("buyer", _ADDRESS["name"]), "email": f"{secrets.token_hex(7)}@marketplace.amazon.example"},
    }  # fmt: skip
    order["v0_status"] = STATUSES[order["status"]]
    books.run(
        "INSERT INTO amazon_order (seq, id, body, updated_at, visible_at) VALUES (?, ?, ?, ?, ?)",
        number, id, json.dumps(order), at, at + late_s,
    )  # fmt: skip
    if not late_s:
        notes.order_changed(books, order, seller=SELLER, why="Placed")
    return order


def _line(one: Fields, currency: str, number: int) -> dict[str, Any]:
    def amount(name: str) -> int:
        return parse_amount(one.text(name), currency) if one.has(name) else 0

    return {
        "id": f"{number:014d}", "sku": one.text("sku"), "title": one.text("title", one.text("sku")),
        "quantity": one.whole("quantity", 1, low=1), "shipped": 0, "price": amount("price"), "shipping": amount("shipping"),
        "tax": amount("tax"), "discount": amount("discount"),
    }  # fmt: skip


def get(books: Books, id: str) -> dict[str, Any]:
    """One order that has appeared; refuses 404."""
    row = books.find_row("SELECT body FROM amazon_order WHERE id = ? AND visible_at <= ?", id, now())
    if row is None:
        raise Refusal(404, "NotFound", "The resource you requested was not found.")
    order: dict[str, Any] = json.loads(row["body"])
    return order


def search(
    books: Books, *, since: str, after: int, limit: int, statuses: list[str], marketplaces: list[str], by: list[str]
) -> tuple[list[dict[str, Any]], int | None]:
    """Orders that have appeared and were updated since, and where to go on.  `statuses`: as v0 spells them.  Refuses: 400."""
    try:
        moment = parse_iso(since)
    except ValueError:
        raise Refusal(400, "InvalidInput", "the date is not in ISO 8601") from None
    rows = books.rows(
        "SELECT seq, body FROM amazon_order WHERE updated_at >= ? AND visible_at <= ? AND seq > ? ORDER BY seq",
        moment,
        now(),
        after,
    )
    found: list[dict[str, Any]] = []
    last: int | None = None
    for row in rows:
        order = json.loads(row["body"])
        if (statuses and order["v0_status"] not in statuses) or (by and order["by"] not in by):
            continue
        if marketplaces and order["marketplace"] not in marketplaces:
            continue
        if len(found) == limit:
            return found, last
        found.append(order)
        last = row["seq"]
    return found, None


def change(books: Books, id: str, fields: Fields) -> dict[str, Any]:
    """Changes an order as Amazon or its buyer would: paid for, called off, its buyer wishes it were.  Emits: ORDER_CHANGE.

    One that appears late is shown from now on, and nothing else of it changes.
    """
    with books.write():
        if fields.flag("appears", False):
            books.run("UPDATE amazon_order SET visible_at = ? WHERE id = ?", now(), id)
            return get(books, id)
        order = get(books, id)
        order["status"] = fields.one_of("status", tuple(STATUSES)) if fields.has("status") else order["status"]
        order["address"] |= fields.details("address")
        order["reason"] = fields.text("reason", order.get("reason", ""))
        order["cancel_wished"] = fields.text("cancel_wished", order.get("cancel_wished", ""))
        return _save(books, order, why=order["reason"] or "Changed")


def confirm(books: Books, id: str, fields: Fields) -> None:
    """Notes a parcel; the same reference again is the same parcel.  Emits: ORDER_CHANGE.  Refuses: 400, 404."""
    parcel = fields.group("packageDetail")
    reference, sent = parcel.text("packageReferenceId"), parcel.text("shipDate")
    fields.text("marketplaceId")
    carrier = parcel.text("carrierCode")
    if carrier == "Other":
        carrier = parcel.text("carrierName")
    if not reference.isdigit() or int(reference) < 1:
        raise Refusal(400, "InvalidInput", "packageReferenceId must be a positive number")
    try:
        sent_at = parse_iso(sent)
    except ValueError:
        raise Refusal(400, "InvalidInput", "shipDate is not in ISO 8601") from None
    with books.write():
        order = get(books, id)
        if any(one["reference"] == reference for one in order["packages"]):
            return
        if order["status"] not in ("UNSHIPPED", "PARTIALLY_SHIPPED"):
            raise Refusal(400, "InvalidInput", f"an order that is {order['status']} takes no shipment")
        if sent_at > now() + 60 or sent_at < order["created_at"] - 60:
            raise Refusal(400, "InvalidInput", "shipDate is before the order or in the future")
        order["packages"].append(
            {"reference": reference, "tracking": parcel.text("trackingNumber"), "carrier": carrier, "sent_at": sent_at,
             "items": _ship(order, parcel)}
        )  # fmt: skip
        left = any(line["shipped"] < line["quantity"] for line in order["lines"])
        order["status"] = "PARTIALLY_SHIPPED" if left else "SHIPPED"
        _save(books, order, why="Shipped")


def _ship(order: dict[str, Any], parcel: Fields) -> list[dict[str, Any]]:
    lines = {line["id"]: line for line in order["lines"]}
    sent = []
    for one in parcel.groups("orderItems"):
        line, quantity = lines.get(one.text("orderItemId")), one.whole("quantity", low=1)
        if line is None or line["shipped"] + quantity > line["quantity"]:
            raise Refusal(400, "InvalidInput", "an order item is unknown, or more than is left of it")
        line["shipped"] += quantity
        sent.append({"orderItemId": line["id"], "quantity": quantity})
    return sent


def _save(books: Books, order: dict[str, Any], *, why: str) -> dict[str, Any]:
    order["v0_status"], order["updated_at"] = STATUSES[order["status"]], now()
    books.run(
        "UPDATE amazon_order SET body = ?, updated_at = ? WHERE id = ?", json.dumps(order), order["updated_at"], order["id"]
    )
    notes.order_changed(books, order, seller=SELLER, why=why)
    return order


def all_of(books: Books) -> list[dict[str, Any]]:
    """The whole book, those that have not appeared yet included."""
    return [json.loads(row["body"]) for row in books.rows("SELECT body FROM amazon_order ORDER BY seq")]
