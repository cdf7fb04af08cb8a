"""Messages to buyers: which the marketplace allows for an order now, and those that it took.

Source: the model of the Messaging API; which ones are allowed when is Amazon's to decide, so the sandbox has a rule of its own.
"""

from __future__ import annotations

from typing import Any

from sandbox.amazon import orders
from sandbox.books import Books, now, utc
from sandbox.serving import Fields, Refusal

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS message (seq INTEGER PRIMARY KEY, order_id TEXT NOT NULL, action TEXT NOT NULL,"
    " text TEXT NOT NULL, at REAL NOT NULL)",
)
LONGEST = {
    "confirmOrderDetails": 2000, "confirmDeliveryDetails": 2000, "unexpectedProblem": 2000, "confirmCustomizationDetails": 800,
}  # fmt: skip


def allowed(books: Books, id: str) -> list[str]:
    """What may be written about an order: questions before it is shipped, its delivery and problems until it is called off."""
    status = orders.get(books, id)["status"]
    if status in ("CANCELLED", "PENDING", "PENDING_AVAILABILITY"):
        return []
    return ["confirmDeliveryDetails", "unexpectedProblem", *(["confirmOrderDetails"] if status == "UNSHIPPED" else [])]


def actions(books: Books, id: str, *, marketplace: str) -> dict[str, Any]:
    """The links of the allowed actions, as the model shows them."""
    base = f"/messaging/v1/orders/{id}"
    links = [
        {"href": f"{base}/messages/{name}?marketplaceIds={marketplace}", "name": name}
        for name in [*allowed(books, id), "negativeFeedbackRemoval"]
    ]
    return {"_links": {"self": {"href": f"{base}?marketplaceIds={marketplace}"}, "actions": links}}


def take(books: Books, id: str, action: str, fields: Fields) -> None:
    """Takes a message; each call is one more.  Refuses: 400, 403 what is not allowed now, 404."""
    if action not in allowed(books, id):
        raise Refusal(403, "Unauthorized", "The message type is not allowed for this order.")
    text = fields.text("text")
    if len(text) > LONGEST[action] or "@" in text or "<" in text:
        raise Refusal(400, "InvalidInput", "The text is too long, or holds an e-mail address or HTML.")
    books.run("INSERT INTO message (order_id, action, text, at) VALUES (?, ?, ?, ?)", id, action, text, now())


def all_of(books: Books) -> list[dict[str, Any]]:
    """Every message, oldest first."""
    rows = books.rows("SELECT order_id, action, text, at FROM message ORDER BY seq")
    return [{"order": row["order_id"], "action": row["action"], "text": row["text"], "at": utc(row["at"])} for row in rows]
