"""Notifications: a queue to be polled, as SQS is, and pushed as well where somebody gave an address.

Amazon pushes to no web address.  The push here stands for a bridge of the seller's own that reads the queue and passes each
notification on, signed by Standard Webhooks.  Source: https://developer-docs.amazon.com/sp-api/docs/notifications-api-v1-use-case-guide
and the notification schemas beside Amazon's models.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from sandbox import webhooks
from sandbox.books import Books, now, utc

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS queued (seq INTEGER PRIMARY KEY, body TEXT NOT NULL, hidden_until REAL NOT NULL)",
)
HIDDEN_S = 30.0


def order_changed(books: Books, order: dict[str, Any], *, seller: str, why: str) -> None:
    """ORDER_CHANGE, in the caller's transaction: it names the order and says how far it is, nothing of the buyer."""
    told = {
        "NotificationLevel": "OrderLevel", "SellerId": seller, "AmazonOrderId": order["id"], "OrderChangeType": "OrderStatusChange",
        "OrderChangeTrigger": {"TimeOfOrderChange": utc(order["updated_at"]), "ChangeReason": why},
        "Summary": {
            "MarketplaceId": order["marketplace"], "OrderStatus": order["v0_status"], "PurchaseDate": utc(order["created_at"]),
            "FulfillmentType": "MFN" if order["by"] == "MERCHANT" else "AFN", "OrderType": "StandardOrder",
            "OrderItems": [
                {"OrderItemId": line["id"], "SellerSKU": line["sku"], "Quantity": line["quantity"],
                 "QuantityShipped": line["shipped"]}
                for line in order["lines"][:50]
            ],
        },
    }  # fmt: skip
    _keep(books, "ORDER_CHANGE", order["id"], _capital("ORDER_CHANGE", {"OrderChangeNotification": told}))


def quantity_changed(books: Books, *, seller: str, sku: str, quantity: int) -> None:
    """LISTINGS_ITEM_MFN_QUANTITY_CHANGE, in the caller's transaction."""
    told = {"SellerId": seller, "FulfillmentChannelCode": "DEFAULT", "Sku": sku, "Quantity": quantity}
    kind = "LISTINGS_ITEM_MFN_QUANTITY_CHANGE"
    _keep(books, kind, f"listing:{sku}", _capital(kind, told))


def feed_finished(books: Books, *, seller: str, feed_id: str, status: str, report: str | None) -> None:
    """FEED_PROCESSING_FINISHED, in the caller's transaction; this one's names begin with small letters."""
    told = {"sellerId": seller, "feedId": feed_id, "feedType": "JSON_LISTINGS_FEED", "processingStatus": status}
    if report:
        told["resultFeedDocumentId"] = report
    body = {
        "notificationVersion": "2020-09-04", "notificationType": "FEED_PROCESSING_FINISHED", "payloadVersion": "2020-09-04",
        "eventTime": utc(now()), "payload": {"feedProcessingFinishedNotification": told},
        "notificationMetadata": {"notificationId": str(uuid.uuid4()), "publishTime": utc(now())},
    }  # fmt: skip
    _keep(books, "FEED_PROCESSING_FINISHED", f"feed:{feed_id}", body)


def _capital(kind: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {
        "NotificationVersion": "1.0", "NotificationType": kind, "PayloadVersion": "1.0", "EventTime": utc(now()),
        "Payload": payload,
        "NotificationMetadata": {"NotificationId": str(uuid.uuid4()), "PublishTime": utc(now())},
    }  # fmt: skip


def _keep(books: Books, kind: str, subject: str, body: dict[str, Any]) -> None:
    books.run("INSERT INTO queued (body, hidden_until) VALUES (?, 0)", json.dumps(body, ensure_ascii=False))
    webhooks.enqueue(books, topic=kind, subject=subject, data=body)


def receive(books: Books, *, most: int) -> list[dict[str, Any]]:
    """Messages of the queue, oldest first; each is hidden for a while, and comes again unless it is deleted."""
    with books.write():
        rows = books.rows("SELECT seq, body FROM queued WHERE hidden_until <= ? ORDER BY seq LIMIT ?", now(), most)
        for row in rows:
            books.run("UPDATE queued SET hidden_until = ? WHERE seq = ?", now() + HIDDEN_S, row["seq"])
    return [{"receipt": row["seq"], "body": row["body"]} for row in rows]


def delete(books: Books, receipt: int) -> int:
    """Ends a message.  Returns: how many there were."""
    return books.run("DELETE FROM queued WHERE seq = ?", receipt)
