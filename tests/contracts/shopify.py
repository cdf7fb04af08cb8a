"""A shop at Shopify, as a process of its own, and a brand that is connected to it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from doorstep.base.ctx import Ctx
from doorstep.channels import actions as channels
from doorstep.channels import queries
from doorstep.channels.port import (
    ListedItem,
    OrderTold,
    ShopPort,
)
from doorstep.channels.values import ConnectionRow
from doorstep.orders.values import OrderDraft
from tests.factories import Brand
from tests.sandboxes import Server, borrowed

CATALOG = [
    {"sku": "A", "title": "티셔츠", "price": "29000", "currency": "KRW", "barcode": "8801234567893", "available": {"Seoul": 50}},
    {"sku": "B", "title": "Mug", "price": "24.90", "currency": "USD", "available": {"Seoul": 50, "Berlin": 20}},
    {"sku": "C", "title": "Becher", "price": "22.50", "currency": "EUR", "available": {"Berlin": 40}},
    {"sku": "D", "title": "Oud", "price": "18.755", "currency": "KWD", "available": {"Berlin": 40}},
]


@dataclass
class Connected:
    """A brand, its shop at Shopify, and the connection between them."""

    brand: Brand
    shop: Server
    connection: ConnectionRow

    @property
    def port(self) -> ShopPort:
        return queries.shop_of(self.brand.ctx, connection=self.connection)

    @property
    def ctx(self) -> Ctx:
        return replace(self.brand.ctx, now=datetime.now(UTC))

    def sells(self, **fields: Any) -> dict[str, Any]:
        made: dict[str, Any] = self.shop.post("/admin/orders", {"country": "DE", **fields}, status=201)
        return made

    def there(self, order: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self.shop.get(f"/admin/orders/{order['id']}")
        return found

    def levels(self) -> dict[str, int]:
        levels = self.shop.get("/admin/levels")["levels"]
        return {f"{one['sku']}/{one['location']}": one["available"] for one in levels}

    def told(self) -> int:
        return sum(one["times_told"] for one in self.shop.get("/admin/levels")["levels"])

    def items(self) -> dict[str, ListedItem]:
        """What is offered, by SKU and location."""
        names = {str(one["location_id"]): one["location"] for one in self.shop.get("/admin/levels")["levels"]}
        found, after = {}, ""
        while True:
            page = self.port.list_listings(after=after)
            found |= {f"{one.sku}/{names[one.id.partition('@')[2]]}": one for one in page.items}
            if page.next_after is None:
                return found
            after = page.next_after

    def drafts(self) -> dict[str, OrderDraft]:
        """Every order as it is listed, by id."""
        found, after = {}, ""
        while True:
            page = self.port.list_orders(since=datetime(2020, 1, 1, tzinfo=UTC), after=after)
            for one in page.orders:
                (fact, *_) = self.port.read_webhook(one.body)
                assert isinstance(fact, OrderTold)
                found[one.external_id] = fact.draft
            if page.next_after is None:
                return found
            after = page.next_after


@contextmanager
def selling() -> Iterator[Server]:
    """A shop that sells the catalogue, until the block ends."""
    with borrowed("shopify", "--retry-s", "0.1", "--hold-s", "0.1") as server:
        assert server.http.put("/admin/catalog", json=CATALOG).status_code == 200
        yield server


def connect(brand: Brand, shop: Server, **settings: str) -> Connected:
    """Connects a brand to a shop."""
    given = {"token": "sandbox", "client_secret": "sandbox-client-secret", **settings}
    url = str(shop.http.base_url)
    return Connected(brand, shop, channels.connect(brand.ctx, provider="shopify", name="Shopify", url=url, settings=given))


def as_webhook(order: dict[str, Any]) -> bytes:
    """What a webhook brings of a document."""
    return json.dumps(order).encode()


def until(condition: Callable[[], Any]) -> None:
    """Waits, at most a minute."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "waited a minute"
        time.sleep(0.05)
