"""Returns that are opened in the shop: asked for or open at once, decided, and what of them came back.

Source: https://shopify.dev/docs/apps/build/orders-fulfillment/returns-apps,
https://shopify.dev/docs/api/admin-graphql/2026-07/mutations/reverseFulfillmentOrderDispose
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.books import Books, now
from sandbox.serving import Fields, Refusal
from sandbox.shopify import hooks, orders
from sandbox.shopify.graphql import Pages
from sandbox.shopify.ids import gid, moment, number_of

TOPICS = {
    "REQUESTED": "returns/request", "OPEN": "returns/approve", "DECLINED": "returns/decline", "CANCELED": "returns/cancel",
    "CLOSED": "returns/close",
}  # fmt: skip
_FIRST = 9_500_000_000


def open_one(books: Books, order_id: int, fields: Fields) -> dict[str, Any]:
    """Opens a return of units that were sent.  Emits: returns/request or returns/approve.  Refuses: 422 `too_many`."""
    with books.write():
        order = orders.get(books, order_id)
        every = order.setdefault("_returns", [])
        sent = [line for parcel in order["fulfillments"] for line in parcel["line_items"]]
        lines = []
        for n, one in enumerate(fields.groups("lines")):
            line = next((line for line in sent if line["sku"] == one.text("sku")), None)
            qty = one.whole("quantity", 1, low=1)
            if line is None or line["quantity"] < qty:
                raise Refusal(422, "too_many", f"of {one.text('sku')} less than {qty} were sent")
            lines.append({"id": order["order_number"] * 1000 + len(every) * 100 + n, "line": line, "quantity": qty, "disposed": [],
                          "reason": one.text("reason", "unwanted"), "note": one.text("note", "")})  # fmt: skip
        made = {
            "id": _FIRST + order["order_number"] * 100 + len(every),
            "status": fields.one_of("status", tuple(TOPICS)) if fields.has("status") else "REQUESTED",
            "created_at": moment(now()), "approved_at": None, "closed_at": None, "lines": lines,
        }  # fmt: skip
        every.append(made)
        return _keep(books, order, made)


def decide(books: Books, order_id: int, return_id: int, fields: Fields) -> dict[str, Any]:
    """Moves a return on, as staff would.  Emits: its topic."""
    with books.write():
        order = orders.get(books, order_id)
        made = next((one for one in order.get("_returns", []) if one["id"] == return_id), None)
        if made is None:
            raise Refusal(404, "not_found", f"no return {return_id}")
        made["status"] = fields.one_of("status", tuple(TOPICS))
        return _keep(books, order, made)


def _keep(books: Books, order: dict[str, Any], made: dict[str, Any]) -> dict[str, Any]:
    if made["status"] == "OPEN" and not made["approved_at"]:
        made["approved_at"] = moment(now())
    orders.save_quietly(books, order)
    hooks.tell(books, topic=TOPICS[made["status"]], subject=str(order["id"]), data=_shown(order, made))
    return _shown(order, made)


def _shown(order: Mapping[str, Any], made: Mapping[str, Any]) -> dict[str, Any]:
    lines = [{"id": one["id"], "quantity": one["quantity"], "customer_note": one["note"]} for one in made["lines"]]
    return {
        "id": made["id"], "admin_graphql_api_id": gid("Return", made["id"]), "status": made["status"].lower(),
        "order": {"id": order["id"], "admin_graphql_api_id": gid("Order", order["id"])}, "return_line_items": lines,
        "disposed": [sum(one["disposed"]) for one in made["lines"]],
    }  # fmt: skip


def status_of(order: Mapping[str, Any]) -> str:
    """What the order says of all its returns."""
    states = {one["status"] for one in order.get("_returns", [])}
    if "OPEN" in states:
        return "IN_PROGRESS"
    if "REQUESTED" in states:
        return "RETURN_REQUESTED"
    return "RETURNED" if "CLOSED" in states else "NO_RETURN"


def node(made: Mapping[str, Any]) -> dict[str, Any]:
    """A return as an object of the schema."""
    lines = [_line(one) for one in made["lines"]]
    reverse = {"lineItems": _pages([_reverse(one) for one in made["lines"]])}
    return {
        "__typename": "Return", "id": gid("Return", made["id"]), "status": made["status"], "createdAt": made["created_at"],
        "requestApprovedAt": made["approved_at"], "closedAt": made["closed_at"], "returnLineItems": _pages(lines),
        "reverseFulfillmentOrders": _pages([] if made["status"] == "REQUESTED" else [reverse]),
    }  # fmt: skip


def _pages(rows: list[Any]) -> Pages:
    return Pages([(f"{n:09}", row) for n, row in enumerate(rows)])


def _sold(one: Mapping[str, Any]) -> dict[str, Any]:
    line = one["line"]
    variant = {"id": gid("ProductVariant", line["variant_id"])} if line["variant_id"] else None
    return {"lineItem": {"id": gid("LineItem", line["id"]), "sku": line["sku"], "variant": variant}}


def _line(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "__typename": "ReturnLineItem", "quantity": one["quantity"], "customerNote": one["note"] or None,
        "returnReasonNote": one.get("reason_note", ""),
        "returnReasonDefinition": {"handle": one["reason"], "name": one["reason"].replace("-", " ").capitalize()},
        "fulfillmentLineItem": _sold(one),
    }  # fmt: skip


def _reverse(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": gid("ReverseFulfillmentOrderLineItem", one["id"]), "totalQuantity": one["quantity"],
        "dispositions": [{"quantity": qty} for qty in one["disposed"]], "fulfillmentLineItem": _sold(one),
    }  # fmt: skip


def find(books: Books, id: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """(its order, a return), by its global id."""
    for order in orders.every(books):
        for made in order.get("_returns", []):
            if made["id"] == number_of(id):
                return order, made
    return None


def approve(books: Books, id: str) -> str:
    """Approves what was asked for, in the caller's transaction.  Returns: what is wrong.  Emits: returns/approve."""
    found = find(books, id)
    if found is None or found[1]["status"] != "REQUESTED":
        return "Return is not approvable."
    found[1]["status"] = "OPEN"
    _keep(books, *found)
    return ""


def call_off(books: Books, id: str) -> str:
    """Calls off what nobody worked on, in the caller's transaction.  Returns: what is wrong.  Emits: returns/cancel."""
    found = find(books, id)
    if found is None or found[1]["status"] not in ("OPEN", "REQUESTED") or any(one["disposed"] for one in found[1]["lines"]):
        return "Return is not cancelable."
    found[1]["status"] = "CANCELED"
    _keep(books, *found)
    return ""


def dispose(books: Books, wishes: list[dict[str, Any]]) -> str:
    """Notes what came back, in the caller's transaction.  Returns: what is wrong."""
    for wish in wishes:
        wanted = number_of(wish["reverseFulfillmentOrderLineItemId"])
        found = next(
            ((order, line) for order in orders.every(books) for made in order.get("_returns", []) if made["status"] == "OPEN"
             for line in made["lines"] if line["id"] == wanted), None
        )  # fmt: skip
        if found is None:
            return "Reverse fulfillment order line item does not exist."
        order, line = found
        if not 1 <= wish["quantity"] <= line["quantity"] - sum(line["disposed"]):
            return "Quantity exceeds what is left to dispose."
        line["disposed"].append(wish["quantity"])
        orders.save_quietly(books, order)
    return ""


def returnable(books: Books, id: str) -> list[dict[str, Any]]:
    """What of an order was sent and is not asked back: a fulfilment each."""
    order = next((one for one in orders.every(books) if one["id"] == number_of(id)), None)
    found = []
    for parcel in order["fulfillments"] if order else ():
        lines = [
            {"quantity": left,
             "fulfillmentLineItem": {"id": gid("FulfillmentLineItem", parcel["id"] * 100 + n), **_sold({"line": line})}}
            for n, line in enumerate(parcel["line_items"])
            if order is not None and (left := line["quantity"] - _asked_back(order, line)) > 0
        ]
        if lines:
            found.append({"id": gid("ReturnableFulfillment", parcel["id"]), "returnableFulfillmentLineItems": _pages(lines)})
    return found


def _asked_back(order: Mapping[str, Any], line: Mapping[str, Any]) -> int:
    standing = [one for one in order.get("_returns", []) if one["status"] not in ("CANCELED", "DECLINED")]
    return sum(one["quantity"] for made in standing for one in made["lines"] if one["line"]["id"] == line["id"])


def create(books: Books, wish: Mapping[str, Any]) -> tuple[dict[str, Any] | None, str]:
    """Opens a return that an app asks for, in the caller's transaction.  Returns: (it, what is wrong).  Emits: returns/approve."""
    order = next((one for one in orders.every(books) if one["id"] == number_of(wish["orderId"])), None)
    if order is None:
        return None, "Order does not exist."
    sent = {
        parcel["id"] * 100 + n: line for parcel in order["fulfillments"] for n, line in enumerate(parcel["line_items"])
    }
    every, lines = order.setdefault("_returns", []), []
    for n, one in enumerate(wish["returnLineItems"]):
        line = sent.get(number_of(one["fulfillmentLineItemId"]))
        if line is None or not 1 <= one["quantity"] <= line["quantity"] - _asked_back(order, line):
            return None, "Return line items contains an invalid quantity."
        if one["returnReason"] == "OTHER" and not one.get("returnReasonNote"):
            return None, "Return reason note can't be blank."
        lines.append({"id": order["order_number"] * 1000 + len(every) * 100 + n, "line": line, "quantity": one["quantity"],
                      "disposed": [], "reason": one["returnReason"].lower().replace("_", "-"), "note": "",
                      "reason_note": one.get("returnReasonNote") or ""})  # fmt: skip
    made = {
        "id": _FIRST + order["order_number"] * 100 + len(every), "status": "OPEN", "created_at": moment(now()), "approved_at": None,
        "closed_at": None, "lines": lines,
    }  # fmt: skip
    every.append(made)
    _keep(books, order, made)
    return made, ""
