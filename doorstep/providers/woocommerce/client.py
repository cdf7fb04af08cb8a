"""WooCommerce over its REST API, version 3.

Source: https://woocommerce.github.io/woocommerce-rest-api-docs/ and https://woocommerce.com/document/webhooks/.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from doorstep.base.refusals import BAD_SIGNATURE, Refused
from doorstep.base.registry import Settings
from doorstep.channels.grants import Grants
from doorstep.channels.pacing import Pacer
from doorstep.channels.port import (
    Capabilities,
    Declined,
    Delivery,
    Gone,
    ListedItem,
    ListedOrder,
    ListingPage,
    Number,
    NumberAnswer,
    OrderPage,
    Refunded,
    Returned,
    Shipped,
    ShopFact,
    Throttled,
)
from doorstep.providers.woocommerce import access, products, rest, told, translate
from doorstep.providers.woocommerce.access import KEYS_IN_QUERY
from doorstep.providers.woocommerce.fields import moment
from doorstep.providers.woocommerce.rest import Found, Rest

# Not "product.deleted": such a delivery holds nothing but an id, as that of a deleted order does, and one could not tell which.
TOPICS = ("order.created", "order.updated", "order.deleted", "product.created", "product.updated")
BATCH = 100  # objects in one call, as documented
OPEN = "pending,on-hold,processing"
SETTLES_S, LOOKS = 1.1, 4
NO_ORDER = "the shop does not know the order"
CANNOT_REFUND = "woocommerce_rest_cannot_create_order_refund"  # comes with status 500, for amounts that are too high
PRODUCT_FIELDS = "id,name,type,status,sku,global_unique_id,manage_stock,stock_quantity"
VARIATION_FIELDS = "id,sku,global_unique_id,manage_stock,stock_quantity,attributes"


class WooCommerce:
    """One shop; `settings`: url, client_id and client_secret (its consumer key and secret), secret, connection_id."""

    can = Capabilities(
        lists_orders=True, takes_shipments=True, takes_returns=True, reads_listings=True, numbers_at_once=BATCH, cancels=True
    )
    title = "WooCommerce"
    needs, steps, troubles, deliveries = access.NEEDS, access.STEPS, access.TROUBLES, access.DELIVERIES

    def __init__(self, settings: Settings) -> None:
        self._secret = settings["secret"]
        self._connection_id = int(settings["connection_id"])
        whose = (int(settings["organisation_id"]), self._connection_id)
        self._rest = Rest(
            settings["url"], key=settings["client_id"], secret=settings["client_secret"], pacer=Pacer(*whose),
            keys_in_query=bool(settings.get(KEYS_IN_QUERY)),
            remember=lambda in_query: Grants(*whose).remember({KEYS_IN_QUERY: "yes" if in_query else ""}),
        )  # fmt: skip

    def open_webhook(self, headers: Mapping[str, str], body: bytes) -> Delivery:
        """By HMAC-SHA256 of the body.  The ping of a new webhook has no signature, and does nothing.

        The shop's delivery ids are made of webhook and second, so two orders of one second have the same: what a delivery says is a
        part of its id.
        """
        given = {name.lower(): value for name, value in headers.items()}
        signature = given.get("x-wc-webhook-signature")
        if signature is None and translate.is_ping(body):
            return Delivery(translate.PING, translate.PING, is_signed=False)
        if not self._secret:  # its key was lost: with none anybody could sign
            raise Refused(BAD_SIGNATURE, {"reason": "the secret that it is signed with is not known any more"})
        wanted = base64.b64encode(hmac.new(self._secret.encode(), body, hashlib.sha256).digest())
        if signature is None or not hmac.compare_digest(wanted, signature.strip().encode()):
            raise Refused(BAD_SIGNATURE, {"reason": "the signature is missing" if signature is None else "it does not fit"})
        topic = given.get("x-wc-webhook-topic", "")
        told_id = given.get("x-wc-webhook-delivery-id", "")[:100]
        return Delivery(f"{told_id}:{hashlib.sha256(body).hexdigest()[:32]}", topic if topic in TOPICS else "")

    def read_webhook(self, body: bytes) -> list[ShopFact]:
        """What a delivery says."""
        return translate.read_webhook(body, connection_id=self._connection_id)

    def introduce(self, webhook_url: str, secret: str) -> None:
        """Makes a webhook for each topic, or sets the one that there is, also where the shop switched it off for its failures;
        doubles go.  Those of this connection are known by the path that they go to, so another host of ours replaces the last."""
        path = urlsplit(webhook_url).path
        found: dict[str, list[dict[str, Any]]] = {}
        for hook in self._rest.every("/webhooks"):
            if urlsplit(str(hook.get("delivery_url"))).path == path:
                found.setdefault(str(hook.get("topic")), []).append(hook)
        for topic in TOPICS:
            name = f"Doorstep {topic}"
            wanted = {"name": name, "topic": topic, "delivery_url": webhook_url, "secret": secret, "status": "active"}
            known = found.get(topic, [])
            way = ("PUT", f"/webhooks/{known[0]['id']}") if known else ("POST", "/webhooks")
            rest.an_object(self._rest.ask(*way, body=wanted))
            for double in known[1:]:
                self._rest.ask("DELETE", f"/webhooks/{double['id']}", query={"force": "true"})

    def list_orders(self, *, since: datetime | None, after: str) -> OrderPage:
        """In windows of time that are over: what changes leaves its window, and nothing enters it.

        A first call that finds all on one page is done.  Else the window is closed at the last second that was over, and its pages
        are read from the last to the first: what leaves moves others forward only, on pages still to be read.  What left changed
        after the window's end, and is found by the next, which begins there.  Orders that changed in a second that may still
        bring another change are left to the next look.  A first look takes what is open; the past is no work.
        """
        begin, end, page = _place(after) if after else (since, None, 1)
        query: dict[str, Any] = {"orderby": "id", "order": "asc", "dates_are_gmt": "true"}
        # Both bounds are exclusive. They have no zone: one that has is read as the shop's local time.
        if begin is not None:
            query["modified_after"] = _bare(begin - timedelta(seconds=1))
        if end is not None:
            query["modified_before"] = _bare(end + timedelta(seconds=1))
        if since is None:
            query["status"] = OPEN
        found = self._rest.page("/orders", page=page, query=query)
        orders = [self._with_refunds(one) for one in found.objects if translate.is_told(one) and _stands(one, found.stands_at)]
        return OrderPage([translate.read_listed(one) for one in orders], _next_place(begin, end, page, found))

    def read_order(self, external_id: str) -> ListedOrder | None:
        """By its id; one that changed this very second is read again once that second is over."""
        for look in range(LOOKS):
            answer = self._rest.ask("GET", f"/orders/{quote(external_id, safe='')}")
            if answer.status_code == 404:
                return None
            order = rest.an_object(answer)
            if look == LOOKS - 1 or _stands(order, rest.stands_at(answer)):
                break
            time.sleep(SETTLES_S)
        return translate.read_listed(self._with_refunds(order)) if translate.is_told(order) else None

    def _with_refunds(self, order: dict[str, Any]) -> dict[str, Any]:
        """The order with its refunds in full, which it only names."""
        return {**order, "refunds": self._rest.every(f"/orders/{order['id']}/refunds")} if order.get("refunds") else order

    def list_listings(self, *, after: str) -> ListingPage:
        """Products by id, with their variations.  Pages are read from the last to the first, as those of orders, the first of them
        once more at the end."""
        query = {"orderby": "id", "order": "asc", "status": "publish", "_fields": PRODUCT_FIELDS}
        page = int(after or 1)
        found = self._rest.page("/products", page=page, query=query)
        items: list[ListedItem] = []
        for product in found.objects:
            items += products.read_product(product)
            if products.has_variations(product):
                path = f"/products/{product['id']}/variations"
                variations = self._rest.every(path, {"orderby": "id", "order": "asc", "_fields": VARIATION_FIELDS})
                items += products.read_variations(product, variations)
        left = found.pages if not after else page - 1
        return ListingPage(items, str(left) if left > (0 if after else 1) else None)

    def tell_numbers(self, numbers: Sequence[Number], *, key: str) -> Sequence[NumberAnswer]:
        """One call for products, and one for the variations of each product; a number sets, so a repeat changes nothing."""
        said: dict[str, NumberAnswer] = {}
        for n, (product, part) in enumerate(products.by_product(numbers).items()):
            path = f"/products/{product}/variations/batch" if product else "/products/batch"
            try:
                answer = self._rest.ask("POST", path, body={"update": products.updates_of(part)})
            except Throttled as wait:
                if n == 0:
                    raise
                # Some were told, so it cannot be said that nothing was sent.
                raise httpx.ReadTimeout(f"no call is free for {wait.wait_s:.1f} s in the midst of numbers") from wait
            if answer.status_code == 404:
                said |= {one.id: Gone(products.UNKNOWN) for one in part}
            else:
                said |= products.read_updates(rest.an_object(answer), part)
        return [said[one.id] for one in numbers]

    def ask_numbers(self, ids: Sequence[str], *, handle: str) -> Sequence[NumberAnswer]:
        """The shop says at once what it took."""
        raise NotImplementedError

    def tell_shipped(self, shipped: Shipped) -> Declined | None:
        """The core of WooCommerce has no tracking: staff read it in a private note, and the order keeps what was sent among its
        meta data, by tracking number.  Once that is all of it, the order is completed."""
        order = self._find_order(shipped.external_id)
        if order is None or order["status"] in told.CLOSED:
            return Declined(NO_ORDER if order is None else f"the order is {order['status']} there")
        parcels = told.parcels_of(order)
        if told.knows(parcels, shipped) and order["status"] == "completed":
            return None
        self._note_once(shipped.external_id, told.note_of(shipped), mark=shipped.tracking_number)
        if not told.knows(parcels, shipped):
            parcels = [*parcels, told.parcel_of(shipped)]
        refunds = self._with_refunds(order)["refunds"] if order.get("refunds") else []
        body: dict[str, Any] = {"meta_data": [{"key": told.PARCELS, "value": parcels}]}
        if told.is_all_sent(order, refunds, parcels):
            body["status"] = "completed"
        rest.an_object(self._rest.ask("PUT", f"/orders/{order['id']}", body=body))
        return None

    def tell_returned(self, returned: Returned) -> Declined | None:
        """WooCommerce knows no returns: staff read it in a private note, once per key."""
        if self._find_order(returned.external_id) is None:
            return Declined(NO_ORDER)
        self._note_once(returned.external_id, told.note_of_return(returned), mark=returned.key)
        return None

    def tell_refunded(self, refunded: Refunded) -> Declined | None:
        """A refund that moves no money and no stock.  One that has our key is looked for first, so it is never made twice."""
        if self._find_order(refunded.external_id) is None:
            return Declined(NO_ORDER)
        path = f"/orders/{quote(refunded.external_id, safe='')}/refunds"
        if any(translate.refund_key(one) == refunded.key for one in self._rest.every(path)):
            return None
        wanted = translate.refund_to_make(refunded.amount, refunded.key)
        answer = self._rest.ask("POST", path, body=wanted, refusals=[CANNOT_REFUND])
        if not answer.is_success:
            return Declined(rest.message_of(answer))
        made = translate.amount_of(rest.an_object(answer), refunded.amount.currency)
        return None if made == refunded.amount else Declined(f"the shop noted {made} instead")

    def tell_cancelled(self, external_id: str, *, reason: str) -> Declined | None:
        """The shop puts the units back on its own stock; one that it has sent or paid back is not called off."""
        order = self._find_order(external_id)
        if order is None or order["status"] in translate.DONE:
            return Declined(NO_ORDER if order is None else f"the order is {order['status']} there")
        if order["status"] not in translate.CALLED_OFF:
            body = {"status": "cancelled", "meta_data": [{"key": told.CANCEL_REASON, "value": reason[:200]}]}
            rest.an_object(self._rest.ask("PUT", f"/orders/{order['id']}", body=body))
        return None

    def _find_order(self, external_id: str) -> dict[str, Any] | None:
        return self._rest.find(f"/orders/{quote(external_id, safe='')}")

    def _note_once(self, external_id: str, text: str, *, mark: str) -> None:
        """Adds a note for staff, unless one has the mark: a note has no key of its own."""
        path = f"/orders/{quote(external_id, safe='')}/notes"
        answer = self._rest.ask("GET", path, query={"type": "internal"})
        if not any(mark in str(note.get("note")) for note in rest.a_list(answer)):
            rest.an_object(self._rest.ask("POST", path, body={"note": text, "customer_note": False}))


def _stands(order: Mapping[str, Any], stands_at: datetime | None) -> bool:
    """Whether no other change can have the moment that stands on it."""
    changed = order.get("date_modified_gmt") or order.get("date_created_gmt")
    return stands_at is None or moment(changed) <= stands_at


def _bare(at: datetime) -> str:
    return at.replace(microsecond=0, tzinfo=None).isoformat()


def _place(after: str) -> tuple[datetime | None, datetime | None, int]:
    begin, end, page = after.split("|")
    return (moment(begin) if begin else None), (moment(end) if end else None), int(page)


def _next_place(begin: datetime | None, end: datetime | None, page: int, found: Found) -> str | None:
    """Where to read on: the window's last page, the one before, or the window that begins where this one ends."""
    if end is None:
        if found.pages <= 1 or found.stands_at is None:
            return f"{_text(begin)}||{page + 1}" if page < found.pages else None
        return f"{_text(begin)}|{_bare(found.stands_at)}|{found.pages}"
    return f"{_text(begin)}|{_bare(end)}|{page - 1}" if page > 1 else f"{_bare(end)}||1"


def _text(at: datetime | None) -> str:
    return "" if at is None else _bare(at)
