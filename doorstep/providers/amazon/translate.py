"""Amazon's documents ↔ ours. Pure.

An order is kept as an envelope of ours around Amazon's own answers: `{"type": "order", "api": …, "data": …}`, where v0 needs some
answers; a list names an order only, `{"type": "order/named", …}`.  Neither says who bought or who gets it (docs/adr/0034).
A refund is kept likewise, `{"type": "refund", …}`.

Source: https://developer-docs.amazon.com/sp-api/docs/notification-type-values and Amazon's models of the APIs named below.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from hashlib import blake2b
from typing import Any

from doorstep.base.refusals import Refused
from doorstep.channels.port import Declined, ListedItem, ListedOrder, NumberTold, OrderNamed, Shipped, ShopFact
from doorstep.channels.port.facts import NumbersDone
from doorstep.orders.values import Recipient
from doorstep.providers.amazon import finances, orders_2026, orders_v0, sold
from doorstep.providers.amazon.plain import group, groups, order_id, shown, units
from doorstep.providers.amazon.sold import Brief, Sold, Stage
from doorstep.providers.plain import moment, text, unreadable

NEW, OLD = "2026-01-01", "v0"
ORDER, NAMED = "order", "order/named"
ORDER_CHANGE, FEED_DONE, QUANTITY = "ORDER_CHANGE", "FEED_PROCESSING_FINISHED", "LISTINGS_ITEM_MFN_QUANTITY_CHANGE"
TOPICS = (ORDER, NAMED, ORDER_CHANGE, FEED_DONE, QUANTITY, finances.REFUND)
OURS = "DEFAULT"  # the fulfilment channel of what the merchant ships
# An order that is read is a later word than the list that named it, with the same moment written on it.
READ_LATER = timedelta(microseconds=1)
_READERS = {NEW: orders_2026.read, OLD: orders_v0.read}
_BRIEFS = {NEW: orders_2026.brief, OLD: orders_v0.brief}
# What tells who bought, or is to get it.  Source: https://developer-docs.amazon.com/sp-api/docs/access-orders-pii
_BUYERS = frozenset({
    "buyer", "recipient", "giftOption", "customization", "taxRegistrations", "BuyerTaxInformation", "GiftMessageText",
    "BuyerCustomizedInfo", "BuyerName", "BuyerEmail", "BuyerTaxInfo", "BuyerCounty", "PurchaseOrderNumber",
})  # fmt: skip
# Of an address v0 tells these to every application: where about it is, not whose.
_ADDRESSES = frozenset({"ShippingAddress", "address"})
_ABOUT = frozenset({"City", "StateOrRegion", "PostalCode", "CountryCode"})
# What Amazon calls carriers.  Source: https://developer-docs.amazon.com/sp-api/docs/orders-api-v0-reference, carrierCode
_CARRIERS = (
    "USPS", "UPS", "FedEx", "DHL", "DPD", "GLS", "Royal Mail", "Canada Post", "Australia Post", "Japan Post", "Yamato Transport",
    "Sagawa", "La Poste", "Colissimo", "Chronopost", "Correos", "Poste Italiane", "PostNL", "PostNord", "InPost",
)  # fmt: skip
_CODES = {name.lower(): name for name in _CARRIERS}


def read_topic(body: bytes) -> str:
    """What a delivery is about, for the list of arrivals; empty where it names nothing that is known."""
    try:
        topic = _topic(_opened(body))
    except Refused:
        return ""
    return topic if topic in TOPICS else ""


def read_webhook(body: bytes, *, connection_id: int, seller: str, marketplace: str) -> list[ShopFact]:
    """What a delivery says.  Refuses: what is no document of Amazon's models, and an order that does not add up.

    Nothing for other sellers and marketplaces of the account, and for orders that Amazon ships.
    """
    said = _opened(body)
    topic = _topic(said)
    try:
        if topic == ORDER:
            return _of_marketplace(_sold(group(said["data"]), str(said.get("api"))), marketplace, connection_id)
        if topic == NAMED:
            return [OrderNamed(order_id(group(said["data"])["orderId"]))]
        if topic == finances.REFUND:
            return list(finances.read(group(said["data"])))
        if topic == ORDER_CHANGE:
            return _changed(_part(_part(said, "payload"), "orderChangeNotification"), seller, marketplace)
        if topic == QUANTITY:
            return _quantity(_part(said, "payload"), _at(said, "eventTime"), seller)
        if topic == FEED_DONE:
            done = _part(_part(said, "payload"), "feedProcessingFinishedNotification")
            return [NumbersDone(text(done["feedId"], 100))] if done.get("sellerId") == seller else []
    except KeyError as missing:
        raise unreadable(f"{missing.args[0]} is missing") from None
    raise unreadable(f"nobody knows the notification {text(topic, 60)}")


def envelope(api: str, data: Mapping[str, Any]) -> bytes:
    """Amazon's answers on an order, as they are kept."""
    return json.dumps({"type": ORDER, "api": api, "data": data}, ensure_ascii=True).encode()


def brief(order: Mapping[str, Any], *, api: str) -> Brief:
    """What can be said of an order of the list.  Refuses: one without an id or a moment, an unknown version."""
    if api not in _BRIEFS:
        raise unreadable(f"nobody knows the version {text(api, 20)}")
    return _BRIEFS[api](order)


def read_listed(order: Mapping[str, Any], *, api: str) -> ListedOrder:
    """An order of the list: named, or called off or pending, for which nothing more is to be known."""
    one = brief(order, api=api)
    called_off = one.stage is Stage.CALLED_OFF
    says_all = called_off or (one.stage is Stage.PENDING and api == NEW)  # a list of v0 has no lines
    named = json.dumps({"type": NAMED, "data": {"orderId": one.external_id, "updatedAt": one.changed_at.isoformat()}}).encode()
    whole = order if api == NEW else {"order": order, "items": []}
    body = envelope(api, _without_buyer(whole)) if says_all else named
    return ListedOrder(one.external_id, one.changed_at, called_off, one.is_paid, body, one.stage is Stage.PENDING)


def read_whole(data: Mapping[str, Any], *, api: str) -> ListedOrder:
    """An order that was read.  Nothing is kept of who bought it, or gets it."""
    one = brief(data if api == NEW else group(data.get("order")), api=api)
    body = envelope(api, _without_buyer(data))
    read_at = one.changed_at + READ_LATER
    return ListedOrder(
        one.external_id, read_at, one.stage is Stage.CALLED_OFF, one.is_paid, body, one.stage is Stage.PENDING
    )


def read_recipient(data: Mapping[str, Any], *, api: str) -> Recipient | Declined:
    """Who gets an order that was read with its buyer.  Refuses: as `read_webhook`."""
    return sold.recipient(_sold(data, api))


def _without_buyer(data: Any) -> Any:
    """A document without what tells who bought, however deep that lies."""
    if isinstance(data, dict):
        return {
            name: {k: v for k, v in group(part).items() if k in _ABOUT} if name in _ADDRESSES else _without_buyer(part)
            for name, part in data.items()
            if name not in _BUYERS
        }
    return [_without_buyer(one) for one in data] if isinstance(data, list) else data


def read_items(document: Mapping[str, Any]) -> list[ListedItem]:
    """What is offered and shipped by the merchant: a number told to what Amazon ships would make it the merchant's."""
    found = []
    for one in groups(document.get("items")):
        ways = {str(way.get("fulfillmentChannelCode")): way.get("quantity") for way in groups(one.get("fulfillmentAvailability"))}
        sku = text(one.get("sku"), 64)
        if OURS not in ways or not sku:
            continue
        title = next((text(summary.get("itemName"), 255) for summary in groups(one.get("summaries"))), "")
        found.append(ListedItem(sku, sku, sku, barcode="", title=title, number=shown(ways[OURS])))
    return found


def package_reference(tracking_number: str) -> str:
    """The number of a parcel within its order: the same whenever it is told.  Source: the model allows positive numbers only."""
    return str(int.from_bytes(blake2b(tracking_number.encode(), digest_size=6).digest(), "big") + 1)


def is_told(order: Mapping[str, Any], *, tracking_number: str) -> bool:
    """Whether Amazon knows a parcel."""
    mine = package_reference(tracking_number)
    return any(
        str(one.get("packageReferenceId")) == mine or one.get("trackingNumber") == tracking_number
        for one in groups(order.get("packages"))
    )


def confirmation(order: Mapping[str, Any], shipped: Shipped, *, marketplace: str, sent_at: str) -> dict[str, Any] | None:
    """What tells Amazon of a parcel, as far as it waits for what is in it; None where it waits for nothing of it."""
    left: dict[str, int] = {}
    for sku, qty in shipped.lines:
        left[sku] = left.get(sku, 0) + qty
    lines = []
    for one in groups(order.get("orderItems")):
        sku = text(group(one.get("product")).get("sellerSku"), 64)
        take = min(left.get(sku, 0), units(group(one.get("fulfillment")).get("quantityUnfulfilled", 0)))
        if take > 0:
            left[sku] -= take
            lines.append({"orderItemId": text(one.get("orderItemId"), 60), "quantity": take})
    if not lines:
        return None
    code = _CODES.get(shipped.carrier.strip().lower())
    return {
        "marketplaceId": marketplace,
        "packageDetail": {
            "packageReferenceId": package_reference(shipped.tracking_number),
            **({"carrierCode": code} if code else {"carrierCode": "Other", "carrierName": shipped.carrier}),
            "trackingNumber": shipped.tracking_number,
            "shipDate": sent_at,
            "orderItems": lines,
        },
    }


def _opened(body: bytes) -> Mapping[str, Any]:
    """A document; of a notification that somebody passes on, what is passed on."""
    try:
        said = group(json.loads(body))
    except (ValueError, RecursionError):
        raise unreadable("it is not JSON") from None
    inner = said.get("data", said.get("detail"))
    is_passed_on = isinstance(inner, dict) and ("NotificationType" in inner or "notificationType" in inner)
    return group(inner) if is_passed_on else said


def _topic(said: Mapping[str, Any]) -> str:
    return str(said.get("type") or said.get("notificationType") or said.get("NotificationType") or "")


def _part(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A part of a notification: some types begin names with a capital, some do not."""
    found = said.get(name, said.get(name[0].upper() + name[1:]))
    if not found:
        raise KeyError(name)
    return group(found)


def _at(said: Mapping[str, Any], name: str) -> Any:
    return said.get(name, said.get(name[0].upper() + name[1:]))


def _changed(change: Mapping[str, Any], seller: str, marketplace: str) -> list[ShopFact]:
    """An order to be read, unless the notification itself says that it is none of ours, or nothing to hold for yet."""
    summary = group(change["Summary"])
    is_mine = change.get("SellerId") == seller and summary.get("MarketplaceId") in (marketplace, None)
    waits = orders_v0.STAGES.get(str(summary.get("OrderStatus"))) is Stage.PRE_ORDERED
    if not is_mine or waits or summary.get("FulfillmentType") == "AFN":
        return []
    return [OrderNamed(order_id(change["AmazonOrderId"]))]


def _quantity(told: Mapping[str, Any], at: Any, seller: str) -> list[ShopFact]:
    if told.get("SellerId") != seller or told.get("FulfillmentChannelCode") != OURS:
        return []
    return [NumberTold(text(told["Sku"], 64), units(told["Quantity"]), moment(at))]


def _of_marketplace(one: Sold, marketplace: str, connection_id: int) -> list[ShopFact]:
    if one.marketplace and one.marketplace != marketplace:
        return []
    return sold.facts(one, connection_id=connection_id)


def _sold(data: Mapping[str, Any], api: str) -> Sold:
    read = _READERS.get(api)
    if read is None:
        raise unreadable(f"nobody knows the version {text(api, 20)}")
    try:
        return read(data)
    except KeyError as missing:
        raise unreadable(f"{missing.args[0]} is missing") from None
