"""The sandbox WooCommerce as a process of its own, connected to a brand whose products it sells."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from doorstep.base.ctx import Ctx
from doorstep.channels import actions as channels
from doorstep.channels import queries
from doorstep.channels.port import (
    ShopPort,
)
from doorstep.channels.values import ConnectionRow
from doorstep.orders import queries as orders
from doorstep.orders.queries import OrderFilter
from doorstep.orders.values import OrderRow
from tests.factories import Brand
from tests.sandbox.test_sandbox_woocommerce import API
from tests.sandboxes import Server, borrowed

YESTERDAY = timedelta(days=1)
SETTLES_S = 10  # of the shop's clock: an order that changed in a second that may not be over is left to the next look


@contextmanager
def open_shop() -> Iterator[Server]:
    with borrowed("woocommerce") as shop:
        shop.http.auth = httpx.BasicAuth("ck_sandbox", "cs_sandbox")
        shop.post("/admin/products", {"name": "티셔츠", "sku": "A", "price": "29000", "stock": 900}, status=201)
        shop.post("/admin/products", {"name": "Mug", "sku": "B", "price": "24.90", "stock": 900}, status=201)
        sizes = [{"sku": "C", "option": "S", "stock": 900}, {"sku": "D", "option": "M", "stock": 900}]
        shop.post("/admin/products", {"name": "Cap", "variations": sizes}, status=201)
        yield shop


@pytest.fixture
def woo() -> Iterator[Server]:
    with open_shop() as shop:
        yield shop


@pytest.fixture(scope="module")
def one_woo() -> Iterator[Server]:
    """For tests that mind no orders but their own."""
    with open_shop() as shop:
        yield shop


def settle(woo: Server) -> None:
    """The second in which orders changed is over."""
    woo.post("/admin/clock", {"forward_s": SETTLES_S})


def connect(brand: Brand, woo: Server) -> ConnectionRow:
    keys = {"client_id": "ck_sandbox", "client_secret": "cs_sandbox"}
    return channels.connect(brand.ctx, provider="woocommerce", name="Woo", url=str(woo.http.base_url), settings=keys)


def port_of(brand: Brand, connection: ConnectionRow) -> ShopPort:
    return queries.shop_of(brand.ctx, connection=connection)


def now(ctx: Ctx) -> Ctx:
    return replace(ctx, now=datetime.now(UTC))


def until(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "waited a minute"
        time.sleep(0.05)


def place(woo: Server, **asked: Any) -> Any:
    """An order of one A unless something else is asked for."""
    return woo.post("/admin/orders", {"lines": [{"sku": "A"}], "country": "KR", **asked}, status=201)


def change(woo: Server, order: Any, **told: Any) -> dict[str, Any]:
    answer = woo.http.put(f"{API}/orders/{order['id']}", json=told)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def rows_here(brand: Brand) -> dict[str, OrderRow]:
    return {row.external_id: row for row in orders.list_orders(brand.ctx, where=OrderFilter(), limit=500)}


def read_all(port: ShopPort, since: datetime | None, *, between: Callable[[], Any] = lambda: None) -> dict[str, Any]:
    """The bodies of all orders that a look lists, the newest of each.  `between`: what happens while it reads."""
    found: dict[str, Any] = {}
    after: str | None = ""
    while after is not None:
        page = port.list_orders(since=since, after=after)
        found |= {one.external_id: json.loads(one.body) for one in page.orders}
        between()
        after = page.next_after
    return found
