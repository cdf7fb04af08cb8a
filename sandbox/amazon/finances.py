"""What moved between Amazon, its sellers and their buyers: transactions, as the Finances API shows them.

Source: the model of the Finances API 2024-06-19; the names of parts are those that sellers see.
"""

from __future__ import annotations

import json
import secrets
from typing import Any

from sandbox.amazon import orders
from sandbox.books import Books, now, parse_iso, utc
from sandbox.serving import Fields, Refusal
from sandbox.shop.money import parse_amount, show

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS moved (seq INTEGER PRIMARY KEY, body TEXT NOT NULL, posted_at REAL NOT NULL,"
    " visible_at REAL NOT NULL)",
)
PAGE = 100
_LATEST_S = 120  # nobody may ask for what is younger alone


def refund(books: Books, id: str, fields: Fields) -> dict[str, Any]:
    """Gives money back, as the seller does in Seller Central, or Amazon for them.

    `lines`: `[{sku, quantity=1, amount, goodwill?}]`, amounts with their tax; `late_s`: listed so much later; `deferred`: the
    seller's side of it waits, and is listed a second time when it is released; `fee`: Amazon keeps that of its commission.
    Refuses: 404; 422 a line that the order does not have.
    """
    with books.write():
        order = orders.get(books, id)
        at, currency = now(), order["currency"]
        items = [_item(order, one, currency) for one in fields.groups("lines")]
        fee = parse_amount(fields.text("fee", "0"), currency)
        net = sum(minor for _, minor in items) - fee
        made: dict[str, Any] = {
            "sellingPartnerMetadata": {
                "sellingPartnerId": orders.SELLER, "accountType": "Standard Orders", "marketplaceId": order["marketplace"],
            },
            "relatedIdentifiers": _related(ORDER_ID=id, FINANCIAL_EVENT_GROUP_ID=secrets.token_urlsafe(32)),
            "transactionType": "Refund", "transactionId": secrets.token_urlsafe(32), "transactionStatus": "RELEASED",
            "description": fields.text("reason", "Refund Order"), "postedDate": utc(at), "totalAmount": _money(net, currency),
            "marketplaceDetails": {"marketplaceId": order["marketplace"], "marketplaceName": "Amazon.de"},
            "items": [item for item, _ in items], "contexts": [], "breakdowns": [],
        }  # fmt: skip
        if fee:
            made["items"][0]["breakdowns"].append(_part("AmazonFees", -fee, currency, [_part("RefundCommission", -fee, currency)]))
        visible = at + fields.number("late_s", 0.0)
        _keep(books, made, at, visible)
        if fields.flag("deferred", False):
            again = {**made, "transactionId": secrets.token_urlsafe(32), "transactionStatus": "DEFERRED_RELEASED"}
            again["relatedIdentifiers"] = [*made["relatedIdentifiers"], *_related(DEFERRED_TRANSACTION_ID=made["transactionId"])]
            _keep(books, again, at, visible)
        return made


def _keep(books: Books, made: dict[str, Any], at: float, visible: float) -> None:
    books.run("INSERT INTO moved (body, posted_at, visible_at) VALUES (?, ?, ?)", json.dumps(made), at, visible)


def _item(order: dict[str, Any], one: Fields, currency: str) -> tuple[dict[str, Any], int]:
    """A line as it is shown, and what it takes off the seller's balance."""
    line = next((line for line in order["lines"] if line["sku"] == one.text("sku")), None)
    if line is None:
        raise Refusal(422, "invalid", "the order has no such line")
    minor = -parse_amount(one.text("amount"), currency)
    kind = "GoodwillPrincipal" if one.flag("goodwill", False) else "OurPricePrincipal"
    context = {
        "contextType": "ProductContext", "asin": "B000000000", "sku": line["sku"],
        "quantityShipped": one.whole("quantity", 1, low=1), "fulfillmentNetwork": "MFN" if order["by"] == "MERCHANT" else "AFN",
    }  # fmt: skip
    adjusted = {"itemRelatedIdentifierName": "ORDER_ADJUSTMENT_ITEM_ID", "itemRelatedIdentifierValue": secrets.token_hex(8)}
    shown = {
        "description": line["title"], "totalAmount": _money(minor, currency), "relatedIdentifiers": [adjusted],
        "breakdowns": [_part("ProductCharges", minor, currency, [_part(kind, minor, currency)])], "contexts": [context],
    }  # fmt: skip
    return shown, minor


def _part(name: str, minor: int, currency: str, inner: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {"breakdownType": name, "breakdownAmount": _money(minor, currency), "breakdowns": inner or []}


def _money(minor: int, currency: str) -> dict[str, Any]:
    """As the model has it: the amount is a number."""
    return {"currencyAmount": json.loads(show(minor, currency)), "currencyCode": currency}


def _related(**named: str) -> list[dict[str, str]]:
    return [{"relatedIdentifierName": name, "relatedIdentifierValue": value} for name, value in named.items()]


def search(books: Books, *, since: str, after: int) -> tuple[list[dict[str, Any]], int | None]:
    """Transactions that were posted since and are shown by now, and where to go on.  Refuses: 400."""
    try:
        moment = parse_iso(since)
    except ValueError:
        raise Refusal(400, "InvalidInput", "Start date cannot be null") from None
    if moment > now() - _LATEST_S:
        raise Refusal(400, "InvalidInput", "postedAfter must be more than two minutes before now")
    rows = books.rows(
        "SELECT seq, body FROM moved WHERE posted_at >= ? AND visible_at <= ? AND seq > ? ORDER BY seq LIMIT ?",
        moment, now(), after, PAGE + 1,
    )  # fmt: skip
    found = [json.loads(row["body"]) for row in rows[:PAGE]]
    return found, rows[PAGE - 1]["seq"] if len(rows) > PAGE else None
