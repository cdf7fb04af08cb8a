"""Orders are fetched, by either version of the Orders API; who gets them is asked for one by one, late, and not logged."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from doorstep.base.refusals import UNREADABLE, Refused
from doorstep.channels.pacing import Pace
from doorstep.channels.port import Declined, ListedOrder, OrderPage
from doorstep.orders.values import Recipient
from doorstep.providers.amazon import paces, translate
from doorstep.providers.amazon.calls import Calls, document, part, payload
from doorstep.providers.amazon.plain import group, groups
from doorstep.providers.amazon.sold import Stage
from doorstep.providers.amazon.translate import NEW, OLD
from doorstep.providers.plain import text

log = logging.getLogger("doorstep.amazon")

# Amazon tells of no order that is older: everything that is still to be shipped.
BEGINNING = "2016-01-01T00:00:00Z"
PAGE = 100
MOST_ITEM_PAGES = 100
# Amazon lists most orders two minutes after the moment that it writes on them, a few half an hour after; what is here already is
# passed over.  Source: https://developer-docs.amazon.com/sp-api/docs/get-orders-with-filtering-criteria
SHOWN_LATE = timedelta(minutes=30)
ALWAYS = ("PROCEEDS", "PROMOTION", "CANCELLATION", "FULFILLMENT", "PAYMENT")
# What the roles of an application let it see: all, the address alone, nobody.  Source: the migration guide of the Orders API.
WHO = (("BUYER", "RECIPIENT"), ("RECIPIENT",), ())
ASK_AGAIN_AFTER_S = 3600.0
UNKNOWN_ORDER = Declined("Amazon does not know the order.")
LEFT_FOR_NEW_ORDERS = 10.0  # calls of the same bucket: an order that is not here yet is more of a hurry
_FORBIDDEN = 403
# Without the role a restricted token is refused as a wrong request (jlevers/selling-partner-api #550), or as forbidden.
_WITHHELD = (400, _FORBIDDEN)

_may_see: dict[int, tuple[int, float]] = {}


class Reader:
    """Orders of one connection."""

    def __init__(self, calls: Calls, *, api: str, marketplace: str, connection_id: int) -> None:
        self._calls, self._api, self._marketplace, self._connection_id = calls, api, marketplace, connection_id

    def page(self, *, since: datetime | None, after: str) -> OrderPage:
        """A page of orders that are pending, to be shipped, or called off.  With `since` None those called off are of no use."""
        self._check()
        start = (since - SHOWN_LATE).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if since else BEGINNING
        orders, token = self._list_new(start, since, after) if self._api == NEW else self._list_old(start, since, after)
        found = [one for one in (self._listed(order) for order in orders) if one is not None]
        return OrderPage(found, token or None)

    def _check(self) -> None:
        """Refuses a version that nobody knows: when it is needed, for a connection is made ready by whoever looks at it."""
        if self._api not in (NEW, OLD):
            raise Refused(UNREADABLE, {"reason": f"nobody knows the version {self._api[:20]} of the Orders API"})

    def _listed(self, order: Any) -> ListedOrder | None:
        """An order of the list, where it is of use; one that is not even named so that it can be asked for stops no other."""
        try:
            is_of_use = translate.brief(order, api=self._api).is_of_use
        except Refused as refused:
            log.warning("connection %s: an order of the list cannot be named: %s", self._connection_id, refused)
            return None
        return translate.read_listed(order, api=self._api) if is_of_use else None

    def _list_new(self, start: str, since: datetime | None, after: str) -> tuple[list[Any], str]:
        query: dict[str, str | int] = {
            "lastUpdatedAfter": start, "marketplaceIds": self._marketplace, "fulfilledBy": "MERCHANT",
            "fulfillmentStatuses": "PENDING,UNSHIPPED,CANCELLED" if since else "PENDING,UNSHIPPED", "maxResultsPerPage": PAGE,
            "includedData": "FULFILLMENT,CANCELLATION",
        }  # fmt: skip
        if after:
            query["paginationToken"] = after
        page = document(self._calls.ask(paces.SEARCH_ORDERS, "GET", "/orders/2026-01-01/orders", query=query))
        return list(groups(page.get("orders"))), text(group(page.get("pagination")).get("nextToken"), 4000)

    def _list_old(self, start: str, since: datetime | None, after: str) -> tuple[list[Any], str]:
        query: dict[str, str | int] = {
            "LastUpdatedAfter": start, "MarketplaceIds": self._marketplace, "FulfillmentChannels": "MFN",
            # Unshipped and PartiallyShipped go together: earlier versions refused the one without the other.
            "OrderStatuses": "Pending,Unshipped,PartiallyShipped,Canceled" if since else "Pending,Unshipped,PartiallyShipped",
            "MaxResultsPerPage": PAGE,
        }  # fmt: skip
        if after:
            query["NextToken"] = after
        page = payload(self._calls.ask(paces.GET_ORDERS_V0, "GET", "/orders/v0/orders", query=query))
        return list(groups(page.get("Orders"))), text(page.get("NextToken"), 4000)

    def read(self, external_id: str) -> ListedOrder | None:
        """One order, without its buyer; None where Amazon knows none."""
        self._check()
        data = self._read_new(external_id) if self._api == NEW else self._read_old(external_id)
        return None if data is None else translate.read_whole(data, api=self._api)

    def read_recipient(self, external_id: str) -> Recipient | Declined:
        """Who gets an order and who bought it, as far as the application may see that."""
        self._check()
        data = self._read_who_new(external_id) if self._api == NEW else self._read_who_old(external_id)
        return UNKNOWN_ORDER if data is None else translate.read_recipient(data, api=self._api)

    def _read_new(self, external_id: str) -> Any:
        path = f"/orders/2026-01-01/orders/{quote(external_id, safe='')}"
        answer = self._calls.ask(paces.GET_ORDER, "GET", path, query={"includedData": ",".join(ALWAYS)})
        return None if answer.status_code == 404 else dict(group(document(answer).get("order")))

    def _read_who_new(self, external_id: str) -> Any:
        """With as much of the buyer as the application may see; what it may not is not asked for again for a while."""
        path = f"/orders/2026-01-01/orders/{quote(external_id, safe='')}"
        level, until = _may_see.get(self._connection_id, (0, 0.0))
        begin = level if time.monotonic() < until else 0
        for n in range(begin, len(WHO)):
            query = {"includedData": ",".join((*ALWAYS, *WHO[n]))}
            self._calls.take(paces.GET_ORDER, keep=LEFT_FOR_NEW_ORDERS)
            answer = self._calls.ask(paces.GET_ORDER, "GET", path, query=query, is_paid=True)
            if answer.status_code == 404:
                return None
            if answer.status_code != _FORBIDDEN:
                break
        else:
            return group(document(answer))  # refuses, as Amazon did
        if n != begin:
            _may_see[self._connection_id] = (n, time.monotonic() + ASK_AGAIN_AFTER_S)
        return dict(group(document(answer).get("order")))

    def _read_old(self, external_id: str) -> Any:
        """In several answers; of the address, where about it is."""
        path = f"/orders/v0/orders/{quote(external_id, safe='')}"
        answer = self._calls.ask(paces.GET_ORDER_V0, "GET", path)
        if answer.status_code == 404:
            return None
        data: dict[str, Any] = {"order": payload(answer), "items": []}
        one = translate.brief(data["order"], api=OLD)
        if not one.is_of_use or one.stage is Stage.CALLED_OFF:
            return data
        data["items"] = self._items(paces.GET_ORDER_ITEMS, f"{path}/orderItems")
        if one.stage is Stage.PENDING:
            return data
        data["items_buyer"] = self._items(paces.GET_ITEMS_BUYER, f"{path}/orderItems/buyerInfo")  # what a gift wrap costs
        address = self._of_the_buyer(paces.GET_ORDER_ADDRESS, f"{path}/address", "")
        data["address"] = dict(group(address.get("ShippingAddress")))
        return data

    def _read_who_old(self, external_id: str) -> Any:
        """Address and buyer with a token that is made for them, and without where there is none."""
        path = f"/orders/v0/orders/{quote(external_id, safe='')}"
        data = self._read_old(external_id)
        if data is None or not data["items"]:
            return data
        may = [f"{path}/address", f"{path}/buyerInfo"]
        body = {"restrictedResources": [{"method": "GET", "path": one} for one in may]}
        made = self._calls.ask(paces.CREATE_TOKEN, "POST", "/tokens/2021-03-01/restrictedDataToken", body=body)
        token = "" if made.status_code in _WITHHELD else part(document(made), "restrictedDataToken")
        address = self._of_the_buyer(paces.GET_ORDER_ADDRESS, f"{path}/address", token)
        data["address"] = dict(group(address.get("ShippingAddress")))
        data["buyer"] = self._of_the_buyer(paces.GET_ORDER_BUYER, f"{path}/buyerInfo", token)
        return data

    def _of_the_buyer(self, pace: Pace, path: str, token: str) -> dict[str, Any]:
        """What may be seen: without a restricted token, what Amazon leaves of it."""
        answer = self._calls.ask(pace, "GET", path, token=token)
        return {} if answer.status_code in _WITHHELD else payload(answer)

    def _items(self, pace: Pace, path: str) -> list[Any]:
        """All items of an order, page by page."""
        found: list[Any] = []
        token = ""
        for _ in range(MOST_ITEM_PAGES):
            page = payload(self._calls.ask(pace, "GET", path, query={"NextToken": token} if token else None))
            found += groups(page.get("OrderItems"))
            token = text(page.get("NextToken"), 4000)
            if not token:
                return found
        raise Refused(UNREADABLE, {"reason": "the order has more pages of items than an order can have"})
