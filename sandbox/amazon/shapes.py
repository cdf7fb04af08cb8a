"""An order of the books as each version of the Orders API shows it.

Source: the models of the Orders API 2026-01-01 and v0.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sandbox.books import utc
from sandbox.shop.money import show

SITES = {"A1PA6795UKMFR9": "Amazon.de", "A1VC38T7YXB528": "Amazon.co.jp", "ATVPDKIKX0DER": "Amazon.com"}


def total(order: dict[str, Any]) -> int:
    """What the buyer pays: taxes that are not included are added."""
    lines = order["lines"]
    taxes = 0 if order["tax_included"] else sum(line["tax"] for line in lines)
    return int(sum(line["price"] + line["shipping"] - line["discount"] for line in lines) + taxes)


def is_pending(order: dict[str, Any]) -> bool:
    """Whether payment is not authorised: then neither prices nor the address are told."""
    return str(order["status"]).startswith("PENDING")


def new(order: dict[str, Any], data: Collection[str]) -> dict[str, Any]:
    """As 2026-01-01 shows it.  `data`: the data sets that were asked for."""
    site = {"channelName": "AMAZON", "marketplaceId": order["marketplace"], "marketplaceName": SITES.get(order["marketplace"], "")}
    found: dict[str, Any] = {
        "orderId": order["id"], "createdTime": utc(order["created_at"]), "lastUpdatedTime": utc(order["updated_at"]),
        "programs": order["programs"], "salesChannel": site,
        "orderItems": [_new_item(order, line, data) for line in order["lines"]],
    }  # fmt: skip
    if "FULFILLMENT" in data:
        found["fulfillment"] = {"fulfillmentStatus": order["status"], "fulfilledBy": order["by"]}
    if "PACKAGES" in data:
        found["packages"] = [
            {"packageReferenceId": one["reference"], "trackingNumber": one["tracking"], "carrier": one["carrier"],
             "shipTime": utc(one["sent_at"]), "packageItems": one["items"]}
            for one in order["packages"]
        ]  # fmt: skip
    if is_pending(order):
        return found
    if "PROCEEDS" in data:
        found["proceeds"] = {"grandTotal": _new_money(total(order), order)}
    if "PAYMENT" in data and order["cod"]:
        found["payment"] = {"paymentExecutions": [{"paymentMethod": "CashOnDelivery"}]}
    if "BUYER" in data:
        found["buyer"] = {"buyerName": order["buyer"]["name"], "buyerEmail": order["buyer"]["email"]}
    if "RECIPIENT" in data:
        where = order["address"]
        found["recipient"] = {"deliveryAddress": {
            "name": where["name"], "addressLine1": where["line1"], "addressLine2": where["line2"], "city": where["city"],
            "stateOrRegion": where["region"], "postalCode": where["postal_code"], "countryCode": where["country"],
            "phone": where["phone"], "addressType": "RESIDENTIAL",
        }}  # fmt: skip
    return found


def _new_item(order: dict[str, Any], line: dict[str, Any], data: Collection[str]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "orderItemId": line["id"], "quantityOrdered": line["quantity"],
        "product": {"asin": "B000000000", "title": line["title"], "sellerSku": line["sku"]},
    }  # fmt: skip
    if "FULFILLMENT" in data:
        left = 0 if order["status"] == "CANCELLED" else line["quantity"] - line["shipped"]
        found["fulfillment"] = {"quantityFulfilled": line["shipped"], "quantityUnfulfilled": left}
    if "CANCELLATION" in data and order["status"] == "CANCELLED":
        found["cancellation"] = {"cancellationExecution": {"cancelledBy": "BUYER", "cancelReason": order.get("reason", "")}}
    elif "CANCELLATION" in data and order.get("cancel_wished"):
        found["cancellation"] = {"cancellationRequest": {"requester": "BUYER", "cancelReason": order["cancel_wished"]}}
    if "PROCEEDS" in data and not is_pending(order):
        parts = {"ITEM": line["price"], "SHIPPING": line["shipping"], "TAX": line["tax"], "DISCOUNT": -line["discount"]}
        told = [{"type": kind, "subtotal": _new_money(minor, order)} for kind, minor in parts.items() if minor or kind == "ITEM"]
        found["proceeds"] = {"proceedsTotal": _new_money(sum(parts.values()), order), "breakdowns": told}
    return found


def _new_money(minor: int, order: dict[str, Any]) -> dict[str, str]:
    return {"amount": show(minor, order["currency"]), "currencyCode": order["currency"]}


def old(order: dict[str, Any]) -> dict[str, Any]:
    """As v0 shows it."""
    found: dict[str, Any] = {
        "AmazonOrderId": order["id"], "PurchaseDate": utc(order["created_at"]), "LastUpdateDate": utc(order["updated_at"]),
        "OrderStatus": order["v0_status"], "FulfillmentChannel": "MFN" if order["by"] == "MERCHANT" else "AFN",
        "SalesChannel": SITES.get(order["marketplace"], ""), "MarketplaceId": order["marketplace"], "OrderType": "StandardOrder",
        "NumberOfItemsShipped": sum(line["shipped"] for line in order["lines"]),
        "NumberOfItemsUnshipped": sum(line["quantity"] - line["shipped"] for line in order["lines"]),
        "PaymentMethod": "COD" if order["cod"] else "Other",
    }  # fmt: skip
    if not is_pending(order):
        found["OrderTotal"] = _old_money(total(order), order)
    return found


def old_item(order: dict[str, Any], line: dict[str, Any]) -> dict[str, Any]:
    """A line as v0 shows it."""
    found: dict[str, Any] = {
        "ASIN": "B000000000", "OrderItemId": line["id"], "SellerSKU": line["sku"], "Title": line["title"],
        "QuantityOrdered": 0 if order["status"] == "CANCELLED" else line["quantity"], "QuantityShipped": line["shipped"],
    }  # fmt: skip
    if not is_pending(order):
        told = {"ItemPrice": "price", "ShippingPrice": "shipping", "ItemTax": "tax", "PromotionDiscount": "discount"}
        found |= {name: _old_money(line[part], order) for name, part in told.items()}
    if order.get("cancel_wished"):
        found["BuyerRequestedCancel"] = {"IsBuyerRequestedCancel": "true", "BuyerCancelReason": order["cancel_wished"]}
    return found


def _old_money(minor: int, order: dict[str, Any]) -> dict[str, str]:
    return {"CurrencyCode": order["currency"], "Amount": show(minor, order["currency"])}


def old_address(order: dict[str, Any], *, is_whole: bool) -> dict[str, Any]:
    """The address as v0 shows it: without a restricted token only where about it is."""
    where = order["address"]
    if is_pending(order):
        return {"AmazonOrderId": order["id"]}
    about = {"City": where["city"], "StateOrRegion": where["region"], "PostalCode": where["postal_code"],
             "CountryCode": where["country"]}  # fmt: skip
    who = {"Name": where["name"], "AddressLine1": where["line1"], "AddressLine2": where["line2"], "Phone": where["phone"]}
    return {"AmazonOrderId": order["id"], "ShippingAddress": about | (who if is_whole else {})}


def old_buyer(order: dict[str, Any], *, is_whole: bool) -> dict[str, Any]:
    """The buyer as v0 shows it: without a restricted token nothing of it."""
    who = {"BuyerEmail": order["buyer"]["email"], "BuyerName": order["buyer"]["name"]} if is_whole else {}
    return {"AmazonOrderId": order["id"]} | who
