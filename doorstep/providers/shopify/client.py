"""A shop at Shopify.  Source: https://shopify.dev/docs/api/admin-graphql/2026-07; what it allows stands in `calls.py`."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import httpx

from doorstep.base.needs import Need
from doorstep.base.refusals import UNREADABLE, Refused
from doorstep.base.registry import Settings
from doorstep.base.words import gettext_noop
from doorstep.channels.grants import Grants
from doorstep.channels.pacing import Pacer
from doorstep.channels.port import (
    Capabilities,
    Declined,
    Delivery,
    Gone,
    ListedOrder,
    ListingPage,
    Number,
    NumberAnswer,
    Opened,
    OpenedThere,
    OrderPage,
    Refunded,
    Returned,
    ReturnStep,
    Shipped,
    ShopFact,
    Stale,
    Taken,
    Throttled,
)
from doorstep.providers.shopify import numbers as inventory
from doorstep.providers.shopify import queries, sending, signing, translate
from doorstep.providers.shopify.bulk import BY_PAGES, NAMED, Bulk
from doorstep.providers.shopify.calls import Calls, said
from doorstep.providers.shopify.pages import complete, every, next_of
from doorstep.providers.shopify.returning import Returns
from doorstep.providers.shopify.tokens import HIDDEN, SignIn, Tokens
from doorstep.providers.shopify.translate import leave, nodes

ROUNDS = 4
REASONS = ("CUSTOMER", "DECLINED", "FRAUD", "INVENTORY", "STAFF")
SUBSCRIBED = (
    "ORDERS_CREATE", "ORDERS_UPDATED", "ORDERS_CANCELLED", "REFUNDS_CREATE", "INVENTORY_LEVELS_UPDATE", "PRODUCTS_CREATE",
    "PRODUCTS_UPDATE", "PRODUCTS_DELETE",
)  # fmt: skip
# Shopify sends these to apps that may read returns only; without them all else goes on.
OF_RETURNS = ("RETURNS_REQUEST", "RETURNS_APPROVE", "RETURNS_DECLINE", "RETURNS_CANCEL", "RETURNS_UPDATE")
# Of a shop that is new here only what it still has to send is fetched; later on, everything that changed.
STILL_TO_SEND = "status:open AND -fulfillment_status:fulfilled"


class Shopify:
    """One shop; `settings`: url, token, client_secret, location, organisation_id, connection_id."""

    can = Capabilities(
        lists_orders=True, takes_shipments=True, takes_returns=False, reads_listings=True,
        numbers_at_once=queries.NUMBERS_AT_ONCE, cancels=True, takes_own_returns=True,
    )  # fmt: skip
    denials = MappingProxyType({"returns": leave.SCOPES[-1]})
    needs = (
        Need("url", gettext_noop("Address of the shop"), gettext_noop("Such as https://my-brand.myshopify.com")),
        Need(
            "token",
            gettext_noop("Access token of the Admin API"),
            gettext_noop(
                "Of an app that is installed in the shop with the scopes write_orders, read_customers, read_products, "
                "write_inventory, read_locations, write_merchant_managed_fulfillment_orders and write_returns."
            ),
            secret=True,
        ),
        Need(
            "client_secret",
            gettext_noop("Client secret of the app"),
            gettext_noop("Shopify signs its webhooks with it."),
            secret=True,
        ),
        Need(
            "location",
            gettext_noop("Location in the shop"),
            gettext_noop("Its name, where numbers are to go to one location only. The shop sells what all its locations show."),
            optional=True,
        ),
        *HIDDEN,
    )
    sign_in = SignIn()
    returns_at_once = queries.RETURNS_AT_ONCE

    def __init__(self, settings: Settings) -> None:
        self._connection_id = int(settings["connection_id"])
        self._client_secret = settings["client_secret"]
        self._domain = urlsplit(settings["url"]).netloc.lower()
        self._location = settings.get("location", "")
        whose = (int(settings["organisation_id"]), self._connection_id)
        self._calls = Calls(url=settings["url"], tokens=Tokens(settings, Grants(*whose)), pacer=Pacer(*whose))
        self._bulk = Bulk(self._calls, location=self._location)
        self._returns = Returns(self._calls, connection_id=self._connection_id)

    def open_webhook(self, headers: Mapping[str, str], body: bytes) -> Delivery:
        """By the secret of the app, and of this shop."""
        return signing.open_webhook(self._client_secret, headers, body, shop=self._domain)

    def read_webhook(self, body: bytes) -> list[ShopFact]:
        """What a delivery says."""
        return translate.read_webhook(body, connection_id=self._connection_id)

    def introduce(self, webhook_url: str, secret: str) -> None:
        """Subscribes to what we read, and ends subscriptions of this connection at an address where it was before.

        `secret` is not used: Shopify signs with the secret of the app.
        """
        here: set[str] = set()
        path = urlsplit(webhook_url).path
        for one in list(every(self._calls, queries.WEBHOOKS, {}, ("webhookSubscriptions",))):
            if one["uri"] == webhook_url and one["topic"] in SUBSCRIBED + OF_RETURNS:
                here.add(one["topic"])
            elif urlsplit(one["uri"]).path == path:
                self._calls.ask(queries.UNSUBSCRIBE, {"id": one["id"]})
        for topic in SUBSCRIBED + OF_RETURNS:
            if topic not in here:
                self._subscribe(topic, webhook_url, is_needed=topic in SUBSCRIBED)

    def _subscribe(self, topic: str, uri: str, *, is_needed: bool) -> None:
        try:
            made = self._calls.ask(queries.SUBSCRIBE, {"topic": topic, "uri": uri})["webhookSubscriptionCreate"]
        except Refused:
            if is_needed:
                raise
            return
        why = said(made["userErrors"])
        if why and is_needed and "already been taken" not in why:  # a repeat of a call whose answer got lost
            raise Refused(UNREADABLE, {"reason": f"the shop does not send {topic}: {why}"})

    def list_orders(self, *, since: datetime | None, after: str) -> OrderPage:
        """By the time of their last change, oldest first: one that changes meanwhile comes again further on."""
        query = STILL_TO_SEND if since is None else f"updated_at:>='{since.astimezone(UTC).isoformat(timespec='seconds')}'"
        variables = {"first": queries.ORDERS_AT_ONCE, "after": after or None, "query": query}
        page = self._calls.read(queries.ORDERS, variables)["orders"]
        return OrderPage([nodes.read_listed(self._whole(order)) for order in page["nodes"]], next_of(page))

    def read_order(self, external_id: str) -> ListedOrder | None:
        """By its id."""
        if not external_id.isdecimal():
            return None
        found = self._calls.read(queries.ORDER, {"id": nodes.gid("Order", external_id)})["order"]
        return None if found is None else nodes.read_listed(self._whole(found))

    def _whole(self, order: dict[str, Any]) -> dict[str, Any]:
        """The order with all its lines, ways of shipping and refunds, which come in pages of their own."""
        known = {"id": order["id"]}
        complete(self._calls, order["lineItems"], queries.ORDER_LINES, known, ("order", "lineItems"))
        complete(self._calls, order["shippingLines"], queries.ORDER_SHIPPING, known, ("order", "shippingLines"))
        if len(order["refunds"]) == queries.REFUNDS_AT_ONCE:
            order["refunds"] = (self._calls.read(queries.ORDER_REFUNDS, known)["order"] or order)["refunds"]
        for refund in order["refunds"]:
            lines = list(every(self._calls, queries.REFUND_LINES, {"id": refund["id"]}, ("node", "refundLineItems")))
            refund["refundLineItems"] = {"nodes": lines}
        order["returns"] = self._returns.of_order(known) if order["returnStatus"] != "NO_RETURN" else []
        return order

    def return_steps(self, return_ids: Sequence[str]) -> Mapping[str, ReturnStep]:
        """By their ids."""
        return self._returns.steps(return_ids)

    def list_listings(self, *, after: str) -> ListingPage:
        """Variants by id ascending, each at every place where it is kept; of a large shop by a bulk operation."""
        if after.startswith(NAMED):
            return self._bulk.go_on(after)
        if not after and self._bulk.is_worth_it():
            return self._bulk.begin()
        after = after.removeprefix(BY_PAGES)
        page = self._calls.read(queries.LISTINGS, {"first": queries.VARIANTS_AT_ONCE, "after": after or None})["productVariants"]
        for variant in page["nodes"]:
            item = variant["inventoryItem"]
            complete(self._calls, item["inventoryLevels"], queries.LEVELS, {"id": item["id"]}, ("inventoryItem", "inventoryLevels"))
        return ListingPage(nodes.read_listings(page["nodes"], location=self._location), next_of(page))

    def tell_numbers(self, numbers: Sequence[Number], *, key: str) -> Sequence[NumberAnswer]:
        """The shop takes all of a list or none: what it does not take is left out and the rest told again.

        Numbers that are known are compared with what the shop shows.
        """
        answers: dict[str, NumberAnswer] = {
            one.id: Gone("the shop keeps none of it anywhere") for one in numbers if nodes.place_of(one.id) is None
        }
        for n in range(ROUNDS):
            left = [one for one in numbers if one.id not in answers]
            if not left:
                break
            errors = self._set(left, key=f"{key}:{n}")
            answers |= inventory.refused(errors, left) if errors else {one.id: Taken() for one in left}
            if inventory.has(errors, *inventory.STALE):
                answers |= self._stale(left, answers)
        return [answers.get(one.id, Declined("the shop did not take it, nor say why")) for one in numbers]

    def _stale(self, told: Sequence[Number], answers: Mapping[str, NumberAnswer]) -> dict[str, NumberAnswer]:
        """Which of these numbers are stale, and what the shop shows instead: it need not name every one at once."""
        asked = [one for one in told if one.shows is not None and isinstance(answers.get(one.id, Stale(None)), Stale)]
        shown = self._shown([one.id for one in asked])
        return {one.id: Stale(shown[one.id]) for one in asked if shown.get(one.id, one.shows) != one.shows}

    def _set(self, numbers: Sequence[Number], *, key: str) -> list[dict[str, Any]]:
        """What the shop has against numbers; nothing where it took them."""
        variables = {"input": inventory.as_input(numbers), "key": str(uuid.uuid5(uuid.NAMESPACE_OID, key))}
        errors: list[dict[str, Any]] = self._calls.ask(queries.SET_NUMBERS, variables)["inventorySetQuantities"]["userErrors"]
        if inventory.has(errors, inventory.STILL_AT_IT):
            raise httpx.ReadTimeout("the shop is still at an earlier attempt")
        return errors

    def _shown(self, ids: Sequence[str]) -> dict[str, int | None]:
        """What listings show now, as far as the shop may be asked that."""
        by_place: dict[str, list[str]] = {}
        for id in ids:
            item, _, location = id.partition("@")
            by_place.setdefault(location, []).append(item)
        found: dict[str, int | None] = {}
        try:
            for location, items in by_place.items():
                variables = {
                    "ids": [nodes.gid("InventoryItem", item) for item in items], "location": nodes.gid("Location", location),
                }  # fmt: skip
                asking = replace(queries.SHOWN, cost=queries.SHOWN_COST * (len(items) + 1))
                for one, item in zip(self._calls.ask(asking, variables)["nodes"], items, strict=True):
                    level = (one or {}).get("inventoryLevel")
                    found[nodes.listing_id(item, location)] = nodes.number_of(level)
        except (Throttled, httpx.HTTPError):
            pass  # what the rest shows stays unknown
        return found

    def ask_numbers(self, ids: Sequence[str], *, handle: str) -> Sequence[NumberAnswer]:
        """The shop says at once what it took."""
        raise NotImplementedError

    def tell_shipped(self, shipped: Shipped) -> Declined | None:
        """A fulfilment for each place from which the shop thinks it left, with the tracking number that the shop knows it by.

        Not repeated by itself: whoever calls again after trouble finds what was told under the tracking number.
        """
        order = self._calls.ask(queries.TO_SEND, {"id": nodes.gid("Order", shipped.external_id)})["order"]
        if order is None:
            return Declined("the shop does not know the order")
        waiting = order["fulfillmentOrders"]["nodes"]
        for one in waiting:
            complete(self._calls, one["lineItems"], queries.MORE_TO_SEND, {"id": one["id"]}, ("fulfillmentOrder", "lineItems"))
        wanted = sending.wishes(shipped)
        told = sending.known(order["fulfillments"], shipped.tracking_number)
        for fulfilment in told:
            for line in every(self._calls, queries.SENT, {"id": fulfilment}, ("node", "fulfillmentLineItems")):
                sending.take(wanted, line["lineItem"], line["quantity"] or 0)
        parts = sending.by_location(waiting, wanted)
        if not parts and sending.is_held(waiting, wanted):
            return Declined("the shop holds these lines back: release them there")
        if not parts:
            return None if told else Declined("the shop waits for none of these lines")
        answers = [self._fulfil(shipped, lines) for lines in parts]
        return next((one for one in answers if one is not None), None)

    def _fulfil(self, shipped: Shipped, lines: Sequence[Mapping[str, Any]]) -> Declined | None:
        tracking = {"number": shipped.tracking_number, "company": shipped.carrier}
        if shipped.tracking_url:
            tracking["url"] = shipped.tracking_url
        wish = {"lineItemsByFulfillmentOrder": list(lines), "trackingInfo": tracking, "notifyCustomer": False}
        errors = self._calls.ask(queries.FULFIL, {"fulfillment": wish})["fulfillmentCreate"]["userErrors"]
        return Declined(said(errors)) if errors else None

    def tell_cancelled(self, external_id: str, *, reason: str) -> Declined | None:
        """The shop gives no money back and restocks nothing by itself: our books say what is refunded, and what may be sold."""
        id = nodes.gid("Order", external_id)
        order = self._calls.ask(queries.STATE, {"id": id})["order"]
        if order is None:
            return Declined("the shop does not know the order")
        if order["cancelledAt"]:
            return None
        known = reason.strip().upper()
        wish = {"id": id, "reason": known if known in REASONS else "OTHER", "note": reason[:250]}
        errors = self._calls.ask(queries.CANCEL, wish)["orderCancel"]["orderCancelUserErrors"]
        return Declined(said(errors)) if errors else None

    def tell_returned(self, returned: Returned) -> Declined | None:
        """What came back of a return that Shopify opened."""
        return self._returns.tell(returned)

    def open_return(self, opened: Opened) -> OpenedThere | Declined:
        """Opens a return of what was sent."""
        return self._returns.open(opened)

    def call_off_return(self, return_id: str) -> Declined | None:
        """Where something of it was worked on the shop refuses."""
        return self._returns.call_off(return_id)

    def tell_refunded(self, refunded: Refunded) -> Declined | None:
        """Notes money that was given back for an order whose money the shop only notes, such as cash or a bank transfer.

        Where the shop took the money itself, a refund told there would be paid out by it, a second time perhaps.
        """
        id = nodes.gid("Order", refunded.external_id)
        order = self._calls.ask(queries.PAYMENTS, {"id": id})["order"]
        if order is None:
            return Declined("the shop does not know the order")
        paid = [
            one
            for one in order["transactions"]
            if one["kind"] in ("SALE", "CAPTURE") and one["status"] == "SUCCESS" and one["manualPaymentGateway"]
        ]
        if not paid or order["presentmentCurrencyCode"] != refunded.amount.currency:
            return Declined("the shop took this money itself: look there whether it knows of this refund")
        part = {
            "orderId": id, "parentId": paid[0]["id"], "gateway": paid[0]["gateway"], "kind": "REFUND",
            "amount": f"{refunded.amount.decimal:f}",
        }  # fmt: skip
        key = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self._connection_id}:{refunded.key}"))
        wish = {"input": {"orderId": id, "transactions": [part], "note": refunded.key, "notify": False}, "key": key}
        errors = self._calls.ask(queries.REFUND, wish)["refundCreate"]["userErrors"]
        return Declined(said(errors)) if errors else None
