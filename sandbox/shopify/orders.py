"""The life of an order: placed, changed, called off, sent, refunded. It is kept as a webhook shows it; what begins with _ is never
shown there.

Source: https://shopify.dev/docs/api/admin-rest/latest/resources/order and .../refund,
https://shopify.dev/docs/apps/build/orders-fulfillment (a part of an order for every location, from which parcels are made)
"""

from __future__ import annotations

import json
import random
import secrets
from typing import Any

from sandbox.books import Books, now
from sandbox.serving import Fields, Refusal
from sandbox.shop.money import parse_amount, show
from sandbox.shopify import hooks, placing, stock
from sandbox.shopify.ids import gid, moment, number_of

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS shop_order (id INTEGER PRIMARY KEY, body TEXT NOT NULL, updated_at REAL NOT NULL)",
    "CREATE INDEX IF NOT EXISTS shop_order_updated ON shop_order (updated_at, id)",
)
_FIRST_ID = 5_500_000_000_000
_FIRST_LINE_ID = 15_000_000_000_000
_EVERYTHING_ELSE = 1_000  # ids that one order may give away


def place(books: Books, fields: Fields) -> list[dict[str, Any]]:
    """Places `count` orders (1 unless said), all or none; the same seed and catalogue give the same contents.

    Emits: orders/create, and inventory_levels/update for what was sold.  Refuses: 422 `sold_out`, and as `placing`.
    """
    seed = fields.values.get("seed")
    seed = secrets.token_hex(8) if seed is None else seed
    with books.write():
        return [_place(books, fields, random.Random(f"{seed}:{n}")) for n in range(fields.whole("count", 1, low=1, high=500))]


def _place(books: Books, fields: Fields, dice: random.Random) -> dict[str, Any]:
    chosen, customer, address = placing.buyer(fields, dice)
    basket = placing.basket(books, fields, country=chosen.country, dice=dice)
    places = [stock.sell(books, _row(books, line), line.quantity) if line.variant else 0 for line in basket.lines]
    number = max(books.number("SELECT max(id) FROM shop_order") - _FIRST_ID, 1000) + 1
    base = _FIRST_LINE_ID + number * _EVERYTHING_ELSE
    lines = [placing.as_line(line, base + n, basket.currency) for n, line in enumerate(basket.lines)]
    order = {
        "id": _FIRST_ID + number,
        "admin_graphql_api_id": gid("Order", _FIRST_ID + number),
        "name": f"#{number}",
        "order_number": number,
        **_head(fields, customer),
        **_sums(basket),
        "presentment_currency": fields.text("presentment_currency", basket.currency),
        "line_items": lines,
        "customer": {
            "id": customer["id"], "first_name": customer["first_name"], "last_name": customer["last_name"],
            "email": customer["email"],
        },
        "shipping_address": address,
        "billing_address": fields.details("billing_address") or address,
        "refunds": [],
        "fulfillments": [],
        "_parts": _parts(number, lines, places),
        "_gateway": fields.text("gateway", "bogus"),
    }  # fmt: skip
    order["_tax"] = [line.tax for line in basket.lines]
    return _save(books, order, topic="orders/create")


def _row(books: Books, line: placing.Line) -> Any:
    return stock.find(books, line.sku or "")


def _head(fields: Fields, customer: dict[str, Any]) -> dict[str, Any]:
    at = moment(now())
    return {
        "created_at": at,
        "updated_at": at,
        "processed_at": at,
        "cancelled_at": None,
        "cancel_reason": None,
        "financial_status": fields.one_of("financial_status", placing.FINANCIAL) if fields.has("financial_status") else "paid",
        "fulfillment_status": None,
        "email": customer["email"],
        "phone": customer["phone"],
        "customer_locale": customer["locale"],
        "buyer_accepts_marketing": customer["accepts_marketing"],
        "note": fields.text("note") if fields.has("note") else None,
        "tags": "",
        "test": True,
    }


def _sums(basket: placing.Basket) -> dict[str, Any]:
    code = basket.currency
    goods = sum(line.price * line.quantity for line in basket.lines)
    off = sum(line.discount for line in basket.lines)
    shipping = [] if not basket.shipping else [_shipping(basket)]
    return {
        "currency": code,
        "taxes_included": basket.taxes_included,
        "total_line_items_price": show(goods, code),
        "total_discounts": show(off + basket.shipping_discount, code),
        "subtotal_price": show(goods - off, code),
        "total_tax": show(basket.tax, code),
        "total_price": show(basket.total, code),
        "current_total_price": show(basket.total, code),
        "total_tip_received": show(basket.tip, code),
        "original_total_duties_set": placing.money_bag(basket.duties, code) if basket.duties else None,
        "original_total_additional_fees_set": placing.money_bag(basket.fees, code) if basket.fees else None,
        "shipping_lines": shipping,
    }


def _shipping(basket: placing.Basket) -> dict[str, Any]:
    code, off = basket.currency, basket.shipping_discount
    cut = [{"amount": show(off, code), "amount_set": placing.money_bag(off, code), "discount_application_index": 0}] if off else []
    return {
        "id": 1, "title": "Standard", "price": show(basket.shipping, code), "price_set": placing.money_bag(basket.shipping, code),
        "discounted_price": show(basket.shipping, code), "discount_allocations": cut, "is_removed": False, "tax_lines": [],
    }  # fmt: skip


def _parts(number: int, lines: list[dict[str, Any]], places: list[int]) -> list[dict[str, Any]]:
    """A part of the order for every location that something is to leave from."""
    parts: dict[int, dict[str, Any]] = {}
    for line, place in zip(lines, places, strict=True):
        if not line["fulfillable_quantity"]:
            continue
        n = len(parts)
        part = parts.setdefault(
            place, {"id": 6_000_000_000_000 + number * 100 + n, "location_id": place, "status": "OPEN", "lines": []}
        )
        of = {"line_item_id": line["id"], "sku": line["sku"], "variant_id": line["variant_id"]}
        part["lines"].append({"id": line["id"] + 500, **of, "left": line["quantity"]})
    return list(parts.values())


def get(books: Books, order_id: int) -> dict[str, Any]:
    """One order as it is kept; refuses 404."""
    row = books.find_row("SELECT body FROM shop_order WHERE id = ?", min(order_id, 2**53))
    if row is None:
        raise Refusal(404, "not_found", f"no order {order_id}")
    order: dict[str, Any] = json.loads(row["body"])
    return order


def every(books: Books) -> list[dict[str, Any]]:
    """All orders by their last change, oldest first."""
    return [json.loads(row["body"]) for row in books.rows("SELECT body FROM shop_order ORDER BY updated_at, id")]


def shown(order: dict[str, Any]) -> dict[str, Any]:
    """An order as others may see it."""
    return {name: value for name, value in order.items() if not name.startswith("_")}


def edit(books: Books, order_id: int, fields: Fields) -> dict[str, Any]:
    """Changes note, shipping address (merged) or payment state, as the shop's staff would.  Emits: orders/updated."""
    with books.write():
        order = get(books, order_id)
        if "note" in fields.values:
            order["note"] = fields.text("note") if fields.has("note") else None
        if fields.has("shipping_address"):
            order["shipping_address"] = {**(order["shipping_address"] or {}), **fields.details("shipping_address")}
        if fields.has("financial_status"):
            order["financial_status"] = fields.one_of("financial_status", placing.FINANCIAL)
        return _save(books, order, topic="orders/updated")


def cancel(books: Books, order: dict[str, Any], *, reason: str, restock: bool) -> None:
    """Calls off, in the caller's transaction.  Refuses: 422 once something was sent, or what is called off already.

    Emits: orders/cancelled, orders/updated, and inventory_levels/update for what is restocked.
    """
    if order["cancelled_at"]:
        raise Refusal(422, "cancelled", "Order has already been canceled")
    if order["fulfillments"]:
        raise Refusal(422, "fulfilled", "Cannot cancel an order that has fulfillments")
    order["cancelled_at"], order["cancel_reason"] = moment(now()), reason.lower()
    if order["financial_status"] in ("authorized", "pending"):
        order["financial_status"] = "voided"
    for part in order["_parts"]:
        part["status"] = "CANCELLED"
        for line in part["lines"]:
            _give_back(books, order, line["line_item_id"], line["left"], restock=restock)
            line["left"] = 0
    for line in order["line_items"]:
        line["fulfillable_quantity"] = line["current_quantity"] = 0
    _save(books, order, topic="orders/cancelled")
    hooks.tell(books, topic="orders/updated", subject=str(order["id"]), data=order)


def fulfil(books: Books, wish: dict[str, Any]) -> tuple[dict[str, Any] | None, str]:
    """Notes a parcel, in the caller's transaction.  Returns: (the fulfilment, what is wrong).

    Emits: orders/updated.  One parcel is of one order and one location.
    """
    asked = wish["lineItemsByFulfillmentOrder"]
    ids = [number_of(one["fulfillmentOrderId"]) for one in asked]
    order = next((o for o in every(books) if any(part["id"] == ids[0] for part in o["_parts"])), None) if ids else None
    parts = {part["id"]: part for part in order["_parts"]} if order else {}
    if order is None or not set(ids) <= set(parts):
        return None, "Fulfillment order does not exist."
    if len({parts[id]["location_id"] for id in ids}) > 1:
        return None, "Fulfillment orders must be assigned to the same location."
    sent: list[dict[str, Any]] = []
    for id, one in zip(ids, asked, strict=True):
        if parts[id]["status"] not in ("OPEN", "IN_PROGRESS"):
            return None, f"Fulfillment order {id} has an unfulfillable status= {parts[id]['status'].lower()}."
        wrong = _take(order, parts[id], one.get("fulfillmentOrderLineItems"), sent)
        if wrong:
            return None, wrong
    tracking = wish.get("trackingInfo") or {}
    made = {
        "id": 4_000_000_000_000 + order["order_number"] * 100 + len(order["fulfillments"]),
        "order_id": order["id"],
        "location_id": parts[ids[0]]["location_id"],
        "status": "success",
        "created_at": moment(now()),
        "tracking_company": tracking.get("company"),
        "tracking_number": tracking.get("number"),
        "tracking_url": tracking.get("url"),
        "line_items": sent,
    }
    order["fulfillments"].append(made)
    left = any(line["fulfillable_quantity"] for line in order["line_items"])
    order["fulfillment_status"] = "partial" if left else "fulfilled"
    _save(books, order, topic="orders/updated")
    hooks.tell(books, topic="fulfillments/create", subject=str(order["id"]), data=made)
    return made, ""


def _take(order: dict[str, Any], part: dict[str, Any], asked: Any, sent: list[dict[str, Any]]) -> str:
    """Takes units off a part of an order.  Returns: what is wrong."""
    lines = {line["id"]: line for line in part["lines"]}
    wanted = {number_of(one["id"]): one["quantity"] for one in asked} if asked else {id: one["left"] for id, one in lines.items()}
    for id, quantity in wanted.items():
        line = lines.get(id)
        if line is None or not 1 <= quantity <= line["left"]:
            return "Invalid fulfillment order line item quantity requested."
        line["left"] -= quantity
        of = next(one for one in order["line_items"] if one["id"] == line["line_item_id"])
        of["fulfillable_quantity"] -= quantity
        sent.append({"id": of["id"], "variant_id": of["variant_id"], "sku": of["sku"], "quantity": quantity})
    part["status"] = "IN_PROGRESS" if any(line["left"] for line in part["lines"]) else "CLOSED"
    return ""


def refund(books: Books, order_id: int, fields: Fields) -> dict[str, Any]:
    """Gives money back and takes units off, as staff would.  `amount`: what moves, the worth of the lines unless said.

    Emits: refunds/create, orders/updated, inventory_levels/update for what is restocked.  Refuses: 422 `too_many`, `too_much`.
    """
    with books.write():
        order = get(books, order_id)
        units = [(one.text("sku"), one.whole("quantity", 1, low=1), one.text("restock_type", "cancel"))
                 for one in (fields.groups("lines") if fields.has("lines") else [])]  # fmt: skip
        lines = [_refunded(books, order, *one) for one in units]
        code = order["currency"]
        worth = sum(parse_amount(one["subtotal_set"]["shop_money"]["amount"], code) for one in lines)
        if not order["taxes_included"]:
            worth += sum(parse_amount(one["total_tax_set"]["shop_money"]["amount"], code) for one in lines)
        amount = parse_amount(fields.text("amount"), code) if fields.has("amount") else worth
        return note_refund(books, order, amount=amount, lines=lines, note=fields.text("note", ""))


def note_refund(
    books: Books, order: dict[str, Any], *, amount: int, lines: list[dict[str, Any]], note: str
) -> dict[str, Any]:
    """Keeps a refund, in the caller's transaction.  Emits: refunds/create, orders/updated.  Refuses: 422 `too_much`."""
    code = order["currency"]
    given = sum(parse_amount(t["amount"], code) for one in order["refunds"] for t in one["transactions"]) + amount
    total = parse_amount(order["total_price"], code)
    if given > total:
        raise Refusal(422, "too_much", "Refund amount must be less than the amount paid")
    moved = [{"kind": "refund", "status": "success", "amount": show(amount, code), "currency": code, "gateway": order["_gateway"]}]
    made = {
        "id": 3_000_000_000_000 + order["order_number"] * 100 + len(order["refunds"]),
        "order_id": order["id"],
        "created_at": moment(now()),
        "note": note or None,
        "transactions": moved if amount else [],
        "refund_line_items": lines,
        "order_adjustments": [],
    }
    order["refunds"].append(made)
    if amount:
        order["financial_status"] = "refunded" if given == total else "partially_refunded"
    order["current_total_price"] = show(total - given, code)
    _save(books, order, topic="orders/updated")
    hooks.tell(books, topic="refunds/create", subject=str(order["id"]), data=made)
    return made


def _refunded(books: Books, order: dict[str, Any], sku: str, qty: int, restock_type: str) -> dict[str, Any]:
    n, line = next(((n, one) for n, one in enumerate(order["line_items"]) if one["sku"] == sku), (0, None))
    if line is None or line["current_quantity"] < qty:
        raise Refusal(422, "too_many", f"of {sku} less than {qty} are left")
    code = order["currency"]
    off = sum(parse_amount(one["amount"], code) for one in line["discount_allocations"])
    net = parse_amount(line["price"], code) * line["quantity"] - off
    if restock_type in ("cancel", "return"):
        line["current_quantity"] -= qty
        _give_back(books, order, line["id"], qty, restock=True)
    if restock_type == "cancel":
        line["fulfillable_quantity"] = max(line["fulfillable_quantity"] - qty, 0)
        for part in order["_parts"]:
            for one in part["lines"]:
                if one["line_item_id"] == line["id"]:
                    one["left"] = max(one["left"] - qty, 0)
    return {
        "id": 2_000_000_000_000 + line["id"] % 1_000_000_000,
        "line_item_id": line["id"],
        "line_item": dict(line),
        "quantity": qty,
        "restock_type": restock_type,
        "subtotal_set": placing.money_bag(net * qty // line["quantity"], code),
        "total_tax_set": placing.money_bag(order["_tax"][n] * qty // line["quantity"], code),
    }


def _give_back(books: Books, order: dict[str, Any], line_id: int, qty: int, *, restock: bool) -> None:
    line = next(one for one in order["line_items"] if one["id"] == line_id)
    found = stock.find(books, line["sku"] or "")
    parts = (part for part in order["_parts"] if any(one["line_item_id"] == line_id for one in part["lines"]))
    place = next((part["location_id"] for part in parts), 0)
    if restock and qty and place and found is not None and found["tracked"]:
        stock.shift(books, found["item_id"], place, qty)


def save_quietly(books: Books, order: dict[str, Any]) -> None:
    """Keeps what an order does not count as changed for, in the caller's transaction."""
    body = json.dumps(order, ensure_ascii=False, separators=(",", ":"))
    books.run("UPDATE shop_order SET body = ? WHERE id = ?", body, order["id"])


def _save(books: Books, order: dict[str, Any], *, topic: str) -> dict[str, Any]:
    at = now()
    order["updated_at"] = moment(at)
    body = json.dumps(order, ensure_ascii=False, separators=(",", ":"))
    books.run(
        "INSERT INTO shop_order (id, body, updated_at) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body,"
        " updated_at = excluded.updated_at",
        order["id"], body, at,
    )  # fmt: skip
    hooks.tell(books, topic=topic, subject=str(order["id"]), data=order)
    return order
