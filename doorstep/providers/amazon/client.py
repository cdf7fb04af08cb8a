"""Amazon's Selling Partner API over HTTP.  Source: https://developer-docs.amazon.com/sp-api and Amazon's models of it.

Not here: telling it of returns and refunds (Amazon keeps both with its own service; what it gave back is read), calling orders off.
"""

from __future__ import annotations

import gzip
import json
import logging
import zlib
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx

from doorstep.base import outward
from doorstep.base.refusals import UNREADABLE, Refused
from doorstep.base.registry import Settings
from doorstep.channels.pacing import Pacer
from doorstep.channels.port import (
    About,
    Capabilities,
    Declined,
    Delivery,
    Later,
    ListedOrder,
    ListingPage,
    Number,
    NumberAnswer,
    OrderPage,
    Refunded,
    RefundPage,
    Returned,
    Shipped,
    ShopFact,
    Stale,
)
from doorstep.orders.values import Recipient
from doorstep.providers import signed
from doorstep.providers.amazon import access, feeds, finances, messages, paces, sold, tokens, translate
from doorstep.providers.amazon.calls import Calls, answered_at, document, message, part, payload
from doorstep.providers.amazon.plain import group, groups, units
from doorstep.providers.amazon.reading import Reader
from doorstep.providers.amazon.tokens import Grant
from doorstep.providers.plain import moment, text

log = logging.getLogger("doorstep.amazon")
PAGE = 20
FORBIDDEN = 403
MOST_PAGED = 1000
WAITS_TOO_LONG, WORKS_TOO_LONG = timedelta(hours=1), timedelta(hours=12)
LEFT_FOR_SOLD_OUT = 3.0
LARGEST_REPORT = 64 * 1024 * 1024


class Amazon:
    """One seller in one marketplace."""

    can = Capabilities(
        lists_orders=True, takes_shipments=True, takes_returns=False, reads_listings=True, numbers_at_once=1000,
        keep_days=sold.KEEP_DAYS, relays=messages.RELAYS,
    )  # fmt: skip
    longest_message = messages.LONGEST
    needs, steps, troubles, deliveries = access.NEEDS, access.STEPS, access.TROUBLES, access.DELIVERIES
    check, identity, denials = staticmethod(access.check), access.IDENTITY, access.DENIALS
    # Source: the model of the Finances API, listTransactions: up to 48 hours late, and no more than 180 days at once.
    refunds_late, refunds_kept = timedelta(hours=60), timedelta(days=179)

    def __init__(self, settings: Settings) -> None:
        self._secret = settings["secret"]
        self._connection_id = int(settings["connection_id"])
        self._seller, self._marketplace = settings["seller"], settings["marketplace"]
        self._bridge = settings.get("bridge", "")
        grant = Grant(
            settings.get("auth_url") or tokens.AUTH_URL, settings["client_id"], settings["client_secret"], settings["refresh_token"]
        )
        pacer = Pacer(int(settings["organisation_id"]), self._connection_id)
        self._calls = Calls(url=access.endpoint_of(settings), grant=grant, pacer=pacer)
        api = settings.get("orders_api") or translate.NEW
        self._reader = Reader(self._calls, api=api, marketplace=self._marketplace, connection_id=self._connection_id)

    def open_webhook(self, headers: Mapping[str, str], body: bytes) -> Delivery:
        """By Standard Webhooks: Amazon itself puts notifications into a queue, and whatever passes them on signs them so."""
        return Delivery(signed.open_webhook(self._secret, headers, body), translate.read_topic(body))

    def read_webhook(self, body: bytes) -> list[ShopFact]:
        """What a delivery says."""
        return translate.read_webhook(
            body, connection_id=self._connection_id, seller=self._seller, marketplace=self._marketplace
        )

    def try_access(self) -> None:
        """Asks for one listing: that takes the token, a role, the seller and the marketplace."""
        query: dict[str, str | int] = {"marketplaceIds": self._marketplace, "pageSize": 1}
        path = f"/listings/2021-08-01/items/{quote(self._seller, safe='')}"
        document(self._calls.ask(paces.SEARCH_LISTINGS, "GET", path, query=query))

    def introduce(self, webhook_url: str, secret: str) -> None:
        """Tells the bridge where notifications go; without one there is nobody to tell: Amazon sends to queues only."""
        if not self._bridge:
            return
        with outward.client(10) as http:
            try:
                http.post(self._bridge, json={"webhook_url": webhook_url, "secret": secret}).raise_for_status()
            except httpx.InvalidURL:
                raise Refused(UNREADABLE, {"reason": "the address of the bridge is none"}) from None

    def list_orders(self, *, since: datetime | None, after: str) -> OrderPage:
        """Those that are to be shipped, named, and those that were called off; what they say of the buyer is not asked for."""
        return self._reader.page(since=since, after=after)

    def read_order(self, external_id: str) -> ListedOrder | None:
        """One order as it is now; who bought it is not asked for."""
        return self._reader.read(external_id)

    def read_recipient(self, external_id: str) -> Recipient | Declined:
        """Who gets an order and who bought it, as far as the application may see that."""
        return self._reader.read_recipient(external_id)

    def tell_shipped(self, shipped: Shipped) -> Declined | None:
        """A parcel has the same number within its order however often it is told; one that Amazon knows is not told again."""
        path = f"/orders/2026-01-01/orders/{quote(shipped.external_id, safe='')}"
        found = self._calls.ask(paces.GET_ORDER, "GET", path, query={"includedData": "FULFILLMENT,PACKAGES"})
        if found.status_code == 404:
            return Declined("Amazon does not know the order")
        order = group(document(found).get("order"))
        if translate.is_told(order, tracking_number=shipped.tracking_number):
            return None
        at = answered_at(found) or moment(order.get("lastUpdatedTime"))
        body = translate.confirmation(order, shipped, marketplace=self._marketplace, sent_at=at.strftime("%Y-%m-%dT%H:%M:%SZ"))
        if body is None:
            return Declined("Amazon waits for none of these lines")
        path = f"/orders/v0/orders/{quote(shipped.external_id, safe='')}/shipmentConfirmation"
        answer = self._calls.ask(paces.CONFIRM_SHIPMENT, "POST", path, body=body)
        if answer.status_code in (400, 404, 409, 422):
            return Declined(message(answer))
        if not answer.is_success:
            document(answer)
        return None

    def list_refunds(self, *, since: datetime, after: str) -> RefundPage:
        """What Amazon gave back for orders that the merchant ships; a refund that cannot be named stops no other.

        The marketplace is not asked for: with it Amazon leaves out orders of its American store that the merchant ships.
        Refuses: `NO_ROLE`, to an application that may not read them.
        """
        query: dict[str, str | int] = {"postedAfter": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
        if after:
            query["nextToken"] = after
        answer = self._calls.ask(paces.LIST_TRANSACTIONS, "GET", "/finances/2024-06-19/transactions", query=query)
        if answer.status_code == FORBIDDEN:
            raise Refused(finances.NO_ROLE)
        page = payload(answer)
        found = []
        for one in groups(page.get("transactions")):
            try:
                found.append(finances.read_listed(one, marketplace=self._marketplace))
            except Refused as refused:
                log.warning("connection %s: a refund cannot be named: %s", self._connection_id, refused)
        return RefundPage([one for one in found if one is not None], text(page.get("nextToken"), 4000) or None)

    def may_write(self, external_id: str) -> Collection[About] | Declined:
        """What Amazon lets the buyer of an order be written about now."""
        return messages.may_write(self._calls, external_id, marketplace=self._marketplace)

    def write_buyer(self, external_id: str, *, about: About, text: str) -> Declined | None:
        """Sends a message; Amazon has no key for it and no look-up, so it is never sent again by itself."""
        return messages.write(self._calls, external_id, about=about, text=text, marketplace=self._marketplace)

    def list_listings(self, *, after: str) -> ListingPage:
        """By the day of their making: Amazon pages through a thousand at most, so the next thousand begins where those end."""
        place: dict[str, Any] = json.loads(after) if after else {"from": "", "seen": 0, "token": ""}
        query: dict[str, str | int] = {
            "marketplaceIds": self._marketplace, "includedData": "summaries,fulfillmentAvailability", "pageSize": PAGE,
            "sortBy": "createdDate", "sortOrder": "ASC",
        }  # fmt: skip
        if place["from"]:
            query["createdAfter"] = place["from"]
        if place["token"]:
            query["pageToken"] = place["token"]
        path = f"/listings/2021-08-01/items/{quote(self._seller, safe='')}"
        page = document(self._calls.ask(paces.SEARCH_LISTINGS, "GET", path, query=query))
        return ListingPage(translate.read_items(page), _next_place(page, place))

    def tell_numbers(self, numbers: Sequence[Number], *, key: str) -> Sequence[NumberAnswer]:
        """As one feed; Amazon says later what became of it.  It sets numbers, so a repeat is harmless.

        Feeds are few, so some are left for those with something that is sold out.
        """
        keep = 0.0 if any(number.number == 0 for number in numbers) else LEFT_FOR_SOLD_OUT
        self._calls.take(paces.CREATE_FEED, keep=keep)
        sent = feeds.sendable(numbers)
        opened = document(
            self._calls.ask(
                paces.CREATE_FEED_DOCUMENT, "POST", "/feeds/2021-06-30/documents", body={"contentType": feeds.CONTENT_TYPE}
            )
        )
        self._calls.put(part(opened, "url"), feeds.build(sent, seller=self._seller), content_type=feeds.CONTENT_TYPE)
        body = {
            "feedType": feeds.FEED_TYPE, "marketplaceIds": [self._marketplace],
            "inputFeedDocumentId": part(opened, "feedDocumentId"),
        }  # fmt: skip
        made = document(self._calls.ask(paces.CREATE_FEED, "POST", "/feeds/2021-06-30/feeds", body=body, is_paid=True))
        later, ids = Later(part(made, "feedId")), {number.id for number in sent}
        return [later if number.id in ids else Declined("it goes with the next feed") for number in numbers]

    def ask_numbers(self, ids: Sequence[str], *, handle: str) -> Sequence[NumberAnswer]:
        """What the feed's report says of each.

        A feed that broke off may have set some of its numbers: nobody knows which.  One that waits too long is cancelled, so that
        it does not set old numbers over new ones some day.
        """
        path = f"/feeds/2021-06-30/feeds/{quote(handle, safe='')}"
        answer = self._calls.ask(paces.GET_FEED, "GET", path)
        if answer.status_code == 404:
            return [Stale(None)] * len(ids)
        feed = document(answer)
        status = feed.get("processingStatus")
        if status == "DONE":
            return feeds.read_report(self._report(feed), ids=ids)
        if status == "CANCELLED":
            return [Declined("Amazon cancelled the feed")] * len(ids)
        if status == "FATAL":
            log.warning("feed %s of connection %s broke off", handle, self._connection_id)
            return [Declined("Amazon broke the feed off", is_broken_off=True)] * len(ids)
        at = answered_at(answer)
        age = at - moment(feed.get("createdTime")) if at else timedelta(0)
        if status == "IN_QUEUE" and age > WAITS_TOO_LONG:
            self._calls.ask(paces.CANCEL_FEED, "DELETE", path)  # what became of it, the next question tells
        elif age > WORKS_TOO_LONG:
            return [Stale(None)] * len(ids)
        return [Later(handle)] * len(ids)

    def _report(self, feed: Mapping[str, Any]) -> bytes:
        """The report on a feed.  Refuses: one that cannot be unpacked, or is larger than any report."""
        id = text(feed.get("resultFeedDocumentId"), 300)
        found = document(
            self._calls.ask(paces.GET_FEED_DOCUMENT, "GET", f"/feeds/2021-06-30/documents/{quote(id, safe='')}")
        )
        raw = self._calls.get(part(found, "url"), most=LARGEST_REPORT)
        if found.get("compressionAlgorithm") != "GZIP":
            return raw
        try:
            unpacked = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(raw, LARGEST_REPORT)
        except (zlib.error, gzip.BadGzipFile):
            raise Refused(UNREADABLE, {"reason": "the report of a feed cannot be unpacked"}) from None
        return unpacked

    def tell_returned(self, returned: Returned) -> Declined | None:
        """Amazon takes none."""
        raise NotImplementedError

    def tell_refunded(self, refunded: Refunded) -> Declined | None:
        """Amazon takes none."""
        raise NotImplementedError

    def tell_cancelled(self, external_id: str, *, reason: str) -> Declined | None:
        """Amazon takes none here."""
        raise NotImplementedError


def _next_place(page: Mapping[str, Any], place: Mapping[str, Any]) -> str | None:
    """Where to read on: the next page, else the next thousand, which begins with the last day that was seen."""
    items = groups(page.get("items"))
    seen = place["seen"] + len(items)
    token = text(group(page.get("pagination")).get("nextToken"), 2000)
    if token and seen < MOST_PAGED:
        return json.dumps({"from": place["from"], "seen": seen, "token": token})
    if not items or units(page.get("numberOfResults", 0)) <= seen:
        return None
    made = [text(one.get("createdDate"), 40) for item in items for one in groups(item.get("summaries"))]
    last = max((day for day in made if day), default="")
    if not last or last == place["from"]:
        raise Refused(UNREADABLE, {"reason": "more listings were made at one moment than Amazon lists"})
    return json.dumps({"from": last, "seen": 0, "token": ""})
