"""The sandbox shop's documents ↔ ours. Pure.  Source: sandbox/README.md, "Shop" and "Webhooks"."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from doorstep.base import money
from doorstep.base.money import Money
from doorstep.base.refusals import Refused
from doorstep.channels.port import (
    Declined,
    ListedItem,
    ListedOrder,
    ListingPage,
    NumberAnswer,
    OrderCalledOff,
    OrderPage,
    OrderTold,
    RefundTold,
    ShopFact,
    Stale,
    Taken,
)
from doorstep.orders.values import Address, Buyer, LineDraft, OrderDraft, PaymentState
from doorstep.providers.plain import moment, text, unreadable

PROVIDER = "sandbox_shop"
TOPICS = ("orders/create", "orders/updated", "orders/cancelled", "orders/listed")
MOST_LINES = 1000
MOST_UNITS = 1_000_000
PAYMENT_STATES = {
    "paid": PaymentState.PAID, "authorized": PaymentState.AUTHORISED, "pending": PaymentState.PENDING,
    "partially_paid": PaymentState.PENDING, "partially_refunded": PaymentState.PARTIALLY_REFUNDED,
    "refunded": PaymentState.REFUNDED, "voided": PaymentState.VOIDED,
}  # fmt: skip


def read_topic(body: bytes) -> str:
    """The topic that a delivery names, for the list of arrivals; empty where it names none that is known."""
    try:
        topic = _object(json.loads(body)).get("type")
    except (ValueError, RecursionError, Refused):
        return ""
    return topic if topic in TOPICS else ""


def read_webhook(body: bytes, *, connection_id: int) -> list[ShopFact]:
    """What a delivery says.  Refuses: what is no order of the documented shape, and one that does not add up."""
    try:
        envelope = _object(json.loads(body))
    except (ValueError, RecursionError):
        raise unreadable("it is not JSON") from None
    topic = envelope.get("type")
    if topic not in TOPICS:
        raise unreadable(f"nobody knows the topic {text(str(topic), 60)}")
    order = _object(envelope.get("data"))
    try:
        refunds = _refunds(order)
        if order.get("cancelled_at") or topic == "orders/cancelled":
            return [OrderCalledOff(_id(order["id"]), text(order.get("cancel_reason"), 200) or "customer"), *refunds]
        draft = _draft(order, connection_id)
        return [OrderTold(draft, tuple(line.sku for line in draft.lines), moment(order["updated_at"])), *refunds]
    except KeyError as missing:
        raise unreadable(f"{missing.args[0]} is missing") from None


def read_page(document: Mapping[str, Any]) -> OrderPage:
    """A page of the list of orders, each in the envelope of a webhook."""
    try:
        found = [read_listed(order) for order in document["orders"]]
        after = document["next_after"]
    except (KeyError, TypeError) as missing:
        raise unreadable(f"the list of orders lacks {missing}") from None
    return OrderPage(found, None if after is None else str(after))


def read_listed(order: Mapping[str, Any]) -> ListedOrder:
    """One order of the list."""
    try:
        return ListedOrder(
            external_id=_id(order["id"]),
            updated_at=moment(order["updated_at"]),
            called_off=bool(order["cancelled_at"]),
            paid=order["financial_status"] == "paid",
            body=json.dumps({"type": "orders/listed", "data": order}, ensure_ascii=True).encode(),
        )
    except (KeyError, TypeError) as missing:
        raise unreadable(f"the order lacks {missing}") from None


def read_listings(document: Mapping[str, Any]) -> ListingPage:
    """A page of what is offered: the shop knows it by its SKU, everywhere."""
    try:
        items = [
            ListedItem(one["sku"], one["sku"], one["sku"], barcode="", title=text(one["title"], 255), number=one["available"])
            for one in document["listings"]
        ]
        after = document["next_after"]
    except (KeyError, TypeError) as missing:
        raise unreadable(f"the list of what is offered lacks {missing}") from None
    return ListingPage(items, None if after is None else str(after))


def read_numbers(document: Mapping[str, Any], *, ids: Sequence[str]) -> list[NumberAnswer]:
    """What became of numbers, in order."""
    try:
        said: dict[str, NumberAnswer] = {
            one["sku"]: Stale(one["available"]) if one["status"] == "stale" else Taken() for one in document["numbers"]
        }
    except (KeyError, TypeError) as missing:
        raise unreadable(f"the answer to numbers lacks {missing}") from None
    return [said.get(id, Declined("the shop said nothing of it")) for id in ids]


def lines_to_send(order: Mapping[str, Any], wanted: Sequence[tuple[str, int]]) -> list[dict[str, int]]:
    """The shop's own line ids for units of SKUs, as far as the shop still waits for them."""
    left = {sku: 0 for sku, _ in wanted}
    for sku, qty in wanted:
        left[sku] += qty
    found = []
    for line in order["line_items"]:
        take = min(left.get(line["sku"], 0), line["fulfillable_quantity"])
        if take > 0:
            left[line["sku"]] -= take
            found.append({"id": line["id"], "quantity": take})
    return found


def lines_back(order: Mapping[str, Any], wanted: Sequence[tuple[str, int]], *, key: str) -> list[dict[str, int]]:
    """The shop's own line ids for units of SKUs that came back, as far as they are out; none for a key that it knows."""
    known = order.get("returns", [])
    if any(one["key"] == key for one in known):
        return []
    out = {line["id"]: line["quantity"] - line["fulfillable_quantity"] for line in order["line_items"]}
    for one in known:
        for line in one["line_items"]:
            out[line["id"]] -= line["quantity"]
    for one in order.get("refunds", []):
        for line in one["line_items"]:
            out[line["id"]] -= line["unsent"]
    left = dict.fromkeys((sku for sku, _ in wanted), 0)
    for sku, qty in wanted:
        left[sku] += qty
    found = []
    for line in order["line_items"]:
        take = min(left.get(line["sku"], 0), out[line["id"]])
        if take > 0:
            left[line["sku"]] -= take
            found.append({"id": line["id"], "quantity": take})
    return found


def _draft(order: Mapping[str, Any], connection_id: int) -> OrderDraft:
    currency = str(order["currency"])
    lines = [_line(_object(line), currency) for line in _list(order["line_items"])]
    if not 1 <= len(lines) <= MOST_LINES:
        raise unreadable("it has no lines, or too many")
    customer, discount = _object(order["customer"]), order["order_discount"]
    draft = OrderDraft(
        external_id=_id(order["id"]),
        currency=currency,
        lines=lines,
        buyer=_buyer(customer, connection_id),
        ship_to=_address(_object(order["shipping_address"])),
        placed_at=moment(order["created_at"]),
        connection_id=connection_id,
        name=text(order["name"], 60),
        shipping_minor=sum(_money(_object(s)["price"], currency).minor for s in _list(order["shipping_lines"])),
        tax_minor=_money(order["total_tax"], currency).minor,
        taxes_included=bool(order["taxes_included"]),
        discount_minor=_money(_object(discount)["amount"], currency).minor if discount else 0,
        payment_state=_payment_state(order["financial_status"]),
        payment_method=text(order.get("payment_method"), 100),
        note=text(order["note"], 2000),
    )
    said = _money(order["total_price"], currency).minor
    if draft.total_minor != said:
        raise unreadable(f"its parts add up to {draft.total_minor}, its total says {said} minor units")
    return draft


def _refunds(order: Mapping[str, Any]) -> list[RefundTold]:
    """What was given back of an order, oldest first.  Its lines stay as they were sold, so units are told here."""
    skus = {line["id"]: text(line["sku"], 64) for line in _list(order["line_items"])}
    currency = str(order["currency"])
    return [
        RefundTold(
            _id(order["id"]),
            _id(one["id"]),
            _money(one["amount"], currency),
            tuple((skus[gone["id"]], skus[gone["id"]], gone["quantity"]) for gone in _list(one["line_items"])),
            text(one.get("reason"), 200),
            text(one["key"], 80),
        )
        for one in _list(order.get("refunds", []))
    ]


def _line(line: Mapping[str, Any], currency: str) -> LineDraft:
    qty = line["quantity"]
    if type(qty) is not int or not 1 <= qty <= MOST_UNITS:
        raise unreadable("a quantity is not from 1 to 1,000,000")
    price, discount = _money(line["price"], currency), _money(line["discount"], currency)
    if price.minor < 0 or not 0 <= discount.minor <= price.minor * qty:
        raise unreadable("a price or a discount is out of range")
    sku = text(line["sku"], 65)
    if not 1 <= len(sku) <= 64:
        raise unreadable("a SKU is empty or too long")
    return LineDraft(sku, qty, price, text(line["title"], 255), discount.minor)


def _buyer(customer: Mapping[str, Any], connection_id: int) -> Buyer:
    first, last = text(customer.get("first_name"), 100), text(customer.get("last_name"), 99)
    korean = any("가" <= c <= "힣" for c in last)
    return Buyer(
        name=f"{last}{first}" if korean else f"{first} {last}".strip(),
        email=text(customer.get("email"), 254),
        phone=text(customer.get("phone"), 40),
        language=text(customer.get("locale"), 20)[:2].lower(),
        accepts_marketing=customer.get("accepts_marketing") is True,
        identities=((PROVIDER, f"{connection_id}:{_id(customer['id'])}"),),
    )


def _address(address: Mapping[str, Any]) -> Address:
    lines = (text(address["address1"], 200), text(address.get("address2"), 200))
    country = text(address["country_code"], 2)
    if not re.fullmatch(r"[A-Z]{2}", country):
        raise unreadable("the country is not a code of two letters")
    return Address(
        name=text(address["name"], 200),
        lines=tuple(line for line in lines if line),
        city=text(address["city"], 120),
        country=country,
        postal_code=text(address["zip"], 20),
        region=text(address.get("province"), 120),
        company=text(address.get("company"), 120),
        phone=text(address.get("phone"), 40),
    )


def _payment_state(value: object) -> PaymentState:
    try:
        return PAYMENT_STATES[str(value)]
    except KeyError:
        raise unreadable(f"nobody knows the financial status {text(str(value), 40)}") from None


def _money(value: object, currency: str) -> Money:
    if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,6})?", value):
        raise unreadable("an amount is not a decimal text")
    try:
        return money.parse(value, currency)
    except Refused as refused:
        raise unreadable(f"{text(value, 40)} {text(currency, 20)} is no amount ({refused.code})") from None


def _id(value: object) -> str:
    if type(value) is not int or not 0 < value < 2**63:
        raise unreadable("an id is not a positive whole number")
    return str(value)


def _object(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise unreadable("an object is of another type")
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise unreadable("a list is of another type")
    return value


