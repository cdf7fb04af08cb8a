"""Queries and mutations of the Admin API that a channel needs, answered from the books.

Source: https://shopify.dev/docs/api/admin-graphql/2026-07 and https://shopify.dev/docs/api/usage/implementing-idempotency (a key
that comes again is answered as before; with other variables, or after a failure, it is refused)
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.books import Books, parse_iso
from sandbox.serving import Refusal
from sandbox.shop.money import parse_amount
from sandbox.shopify import bulk, hooks, nodes, orders, returns, stock
from sandbox.shopify.graphql import Field, Pages, Trouble
from sandbox.shopify.ids import gid, number_of

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS idempotency (
        key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, failed INTEGER NOT NULL, answer TEXT NOT NULL)""",
)
_TERM = re.compile(r"(-?)(updated_at|fulfillment_status|status):(>=|<=|>|<)?'?([^'\s)]+)'?")


class Resolvers:
    """One request's fields at the top; the caller opens the transaction."""

    def __init__(self, books: Books, *, is_terse: bool = False, base: str = "", fails_in_bulk: bool = False) -> None:
        """`is_terse`: of several errors only the first is said.  `base`: where files lie."""
        self._books, self._is_terse, self._base, self._fails_in_bulk = books, is_terse, base, fails_in_bulk

    def table(self) -> Mapping[str, Callable[[Field], Any]]:
        """What answers each field."""
        return {
            "orders": self.orders, "order": self.order, "productVariants": self.variants, "inventoryItem": self.item,
            "nodes": self.nodes, "node": lambda one: self._node(one.arguments["id"]), "fulfillmentOrder": self.part,
            "webhookSubscriptions": self.subscriptions, "webhookSubscriptionCreate": self.subscribe,
            "webhookSubscriptionDelete": self.unsubscribe, "inventorySetQuantities": self.set_quantities,
            "fulfillmentCreate": self.fulfil, "orderCancel": self.cancel, "refundCreate": self.refund, "return": self.found_return,
            "returnableFulfillments": lambda one: nodes.pages(returns.returnable(self._books, one.arguments["orderId"])),
            "returnCancel": self.call_off_return, "returnCreate": self.open_return, "returnApproveRequest": self.approve_return,
            "reverseFulfillmentOrderDispose": self.dispose,
            "productVariantsCount": self.count, "bulkOperationRunQuery": self.bulk_run, "bulkOperation": self.bulk_one,
            "bulkOperations": lambda _one: nodes.pages(bulk.newest(self._books, base=self._base)),
        }  # fmt: skip

    def orders(self, one: Field) -> Pages:
        """Orders by the time of their last change; other sequences nobody asks for here."""
        if one.arguments.get("sortKey") != "UPDATED_AT":
            raise Trouble("this sandbox sorts orders by UPDATED_AT only")
        found = [body for body in orders.every(self._books) if _fits(body, one.arguments.get("query") or "")]
        return Pages([(nodes.place_of(body), nodes.order(body)) for body in sorted(found, key=nodes.place_of)])

    def order(self, one: Field) -> dict[str, Any] | None:
        """One order."""
        body = self._find_order(one.arguments["id"])
        return None if body is None else nodes.order(body)

    def _find_order(self, id: str) -> dict[str, Any] | None:
        try:
            return orders.get(self._books, number_of(id))
        except Refusal:
            return None

    def variants(self, _one: Field) -> Pages:
        """What is offered, by id."""
        rows = self._books.rows("SELECT * FROM variant ORDER BY id")
        return Pages([(f"{row['id']:020}", nodes.variant(self._books, row)) for row in rows])

    def item(self, one: Field) -> dict[str, Any] | None:
        """One inventory item."""
        return self._node(one.arguments["id"])

    def nodes(self, one: Field) -> list[dict[str, Any] | None]:
        """Objects by their global ids, in their sequence."""
        if len(one.arguments["ids"]) > stock.MOST_AT_ONCE:
            raise _too_long(len(one.arguments["ids"]))
        return [self._node(id) for id in one.arguments["ids"]]

    def _node(self, id: str) -> dict[str, Any] | None:
        kind, number = str(id).removeprefix("gid://shopify/").partition("/")[0], number_of(id)
        if kind == "InventoryItem":
            row = self._books.find_row("SELECT * FROM variant WHERE item_id = ?", number)
            return None if row is None else nodes.item(self._books, row)
        if kind == "Return":
            known = returns.find(self._books, id)
            return None if known is None else returns.node(known[1])
        for body in orders.every(self._books):
            if kind == "Refund":
                found = [nodes.refund(one, body["currency"]) for one in body["refunds"] if one["id"] == number]
            elif kind == "Fulfillment":
                found = [nodes.fulfilment(one) for one in body["fulfillments"] if one["id"] == number]
            elif kind == "FulfillmentOrder":
                found = [nodes.part(one) for one in body["_parts"] if one["id"] == number]
            else:
                raise Trouble(f"this sandbox knows no node of type {kind}")
            if found:
                return found[0]
        return None

    def part(self, one: Field) -> dict[str, Any] | None:
        """What of an order is to leave from a location."""
        return self._node(one.arguments["id"])

    def subscriptions(self, _one: Field) -> Pages:
        """Who is sent what."""
        rows = self._books.rows("SELECT * FROM subscription ORDER BY id")
        return nodes.pages(
            [{"id": gid("WebhookSubscription", row["id"]), "topic": row["topic"], "uri": row["uri"]} for row in rows]
        )

    def subscribe(self, one: Field) -> dict[str, Any]:
        """Sends a topic to an address."""
        wish = one.arguments["webhookSubscription"]
        id = hooks.subscribe(self._books, topic=one.arguments["topic"], uri=wish["uri"])
        if id is None:
            taken = {"field": ["webhookSubscription", "callbackUrl"], "message": "Address for this topic has already been taken"}
            return {"webhookSubscription": None, "userErrors": [taken]}
        return {"webhookSubscription": {"id": gid("WebhookSubscription", id)}, "userErrors": []}

    def unsubscribe(self, one: Field) -> dict[str, Any]:
        """Ends a subscription."""
        if not hooks.unsubscribe(self._books, number_of(one.arguments["id"])):
            missing = {"field": ["id"], "message": "Webhook subscription does not exist"}
            return {"deletedWebhookSubscriptionId": None, "userErrors": [missing]}
        return {"deletedWebhookSubscriptionId": one.arguments["id"], "userErrors": []}

    def set_quantities(self, one: Field) -> dict[str, Any]:
        """Sets numbers: all of a list, or none."""
        wish = one.arguments["input"]
        if len(wish["quantities"]) > stock.MOST_AT_ONCE:
            raise _too_long(len(wish["quantities"]))
        if any("changeFromQuantity" not in quantity for quantity in wish["quantities"]):
            raise Trouble("changeFromQuantity must be given, null to compare with nothing")
        return self._once(one, lambda: stock.set_quantities(self._books, wish)[: 1 if self._is_terse else None])

    def refund(self, one: Field) -> dict[str, Any]:
        """Notes money that was given back."""
        return {"refund": None, **self._once(one, lambda: self._refund(one.arguments["input"]))}

    def _refund(self, wish: Mapping[str, Any]) -> list[dict[str, Any]]:
        body = self._find_order(wish["orderId"])
        if body is None:
            return [{"field": ["orderId"], "message": "Order does not exist", "code": None}]
        if any(moved["gateway"] != body["_gateway"] for moved in wish["transactions"]):
            return [{"field": ["transactions"], "message": "Gateway is not that of the payment", "code": None}]
        amount = sum(parse_amount(moved["amount"], body["currency"]) for moved in wish["transactions"])
        try:
            orders.note_refund(self._books, body, amount=amount, lines=[], note=wish.get("note") or "")
        except Refusal as refusal:
            return [{"field": ["transactions"], "message": refusal.message, "code": None}]
        return []

    def _once(self, one: Field, do: Callable[[], list[dict[str, Any]]]) -> dict[str, Any]:
        """Does what a key asks for once, in a savepoint of its own: what failed leaves nothing but its key."""
        key = one.directives.get("idempotent", {}).get("key")
        if not isinstance(key, str) or not key.strip():
            raise Trouble("The @idempotent directive is required for this mutation", "BAD_REQUEST")
        print_of = hashlib.sha256(json.dumps(one.arguments, sort_keys=True).encode()).hexdigest()
        known = self._books.find_row("SELECT * FROM idempotency WHERE key = ?", key)
        if known is not None and known["fingerprint"] != print_of:
            return _error("IDEMPOTENCY_KEY_PARAMETER_MISMATCH", "The same key cannot be used with different parameters.")
        if known is not None and known["failed"]:
            return _error("IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED", "A previous request with this key failed.")
        if known is not None:
            return dict(json.loads(known["answer"]))
        answer = {"userErrors": do()}
        self._books.run(
            "INSERT INTO idempotency (key, fingerprint, failed, answer) VALUES (?, ?, ?, ?)",
            key, print_of, int(bool(answer["userErrors"])), json.dumps(answer),
        )  # fmt: skip
        return answer

    def fulfil(self, one: Field) -> dict[str, Any]:
        """Notes a parcel."""
        made, wrong = orders.fulfil(self._books, one.arguments["fulfillment"])
        errors = [{"field": ["fulfillment"], "message": wrong}] if wrong else []
        return {"fulfillment": made and {"id": gid("Fulfillment", made["id"])}, "userErrors": errors}

    def count(self, one: Field) -> dict[str, Any]:
        """How many variants there are, up to a limit."""
        return {"count": min(self._books.number("SELECT count(*) FROM variant"), one.arguments.get("limit") or 10_000)}

    def bulk_run(self, one: Field) -> dict[str, Any]:
        """Starts to read by itself."""
        made, wrong = bulk.start(self._books, one.arguments["query"])
        errors = [{"code": "OPERATION_IN_PROGRESS", "field": None, "message": wrong}] if wrong else []
        return {"bulkOperation": made, "userErrors": errors}

    def bulk_one(self, one: Field) -> dict[str, Any] | None:
        """How far it is."""
        return bulk.find(self._books, one.arguments["id"], base=self._base, fails=self._fails_in_bulk)

    def found_return(self, one: Field) -> dict[str, Any] | None:
        """One return."""
        found = returns.find(self._books, one.arguments["id"])
        return None if found is None else returns.node(found[1])

    def open_return(self, one: Field) -> dict[str, Any]:
        """Opens a return."""
        made, wrong = returns.create(self._books, one.arguments["returnInput"])
        return {"return": made and returns.node(made), **_wrong(wrong)}

    def call_off_return(self, one: Field) -> dict[str, Any]:
        """Calls a return off."""
        return _wrong(returns.call_off(self._books, one.arguments["id"]))

    def approve_return(self, one: Field) -> dict[str, Any]:
        """Approves what a customer asked for."""
        return _wrong(returns.approve(self._books, one.arguments["input"]["id"]))

    def dispose(self, one: Field) -> dict[str, Any]:
        """Notes what came back."""
        return _wrong(returns.dispose(self._books, one.arguments["dispositionInputs"]))

    def cancel(self, one: Field) -> dict[str, Any]:
        """Calls an order off."""
        body = self._find_order(one.arguments["orderId"])
        if body is None:
            errors = [{"code": "NOT_FOUND", "field": ["orderId"], "message": "Order does not exist"}]
            return {"job": None, "orderCancelUserErrors": errors}
        try:
            orders.cancel(self._books, body, reason=one.arguments["reason"], restock=one.arguments["restock"])
        except Refusal as refusal:
            errors = [{"code": "INVALID", "field": ["orderId"], "message": refusal.message}]
            return {"job": None, "orderCancelUserErrors": errors}
        return {"job": {"id": gid("Job", body["id"])}, "orderCancelUserErrors": []}


def _wrong(said: str) -> dict[str, Any]:
    return {"userErrors": [{"field": None, "message": said}] if said else []}


def _error(code: str, message: str) -> dict[str, Any]:
    return {"userErrors": [{"code": code, "message": message, "field": None}]}


def _too_long(length: int) -> Trouble:
    return Trouble(
        f"The input array size of {length} is greater than the maximum allowed of {stock.MOST_AT_ONCE}.", "MAX_INPUT_SIZE_EXCEEDED"
    )


def _fits(body: Mapping[str, Any], query: str) -> bool:
    """Whether an order is what a search asks for: terms joined by AND, of which those of one kind may be joined by OR."""
    found: dict[str, bool] = {}
    for negated, name, sign, value in _TERM.findall(query):
        found[name] = (_is(body, name, sign, value) != bool(negated)) or found.get(name, False)
    if query and not found:
        raise Trouble(f"this sandbox cannot search for {query}")
    return all(found.values())


def _is(body: Mapping[str, Any], name: str, sign: str, value: str) -> bool:
    if name == "updated_at":
        told, wanted = parse_iso(body["updated_at"]), parse_iso(value)
        return {">=": told >= wanted, ">": told > wanted, "<=": told <= wanted, "<": told < wanted}.get(sign, told == wanted)
    if name == "status":
        return value == "any" or (value == "open") == (body["cancelled_at"] is None)
    states = {"unfulfilled": None, "unshipped": None, "partial": "partial", "fulfilled": "fulfilled", "shipped": "fulfilled"}
    return bool(value in states and body["fulfillment_status"] == states[value])
