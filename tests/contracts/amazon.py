"""The sandbox's Amazon as a process of its own, and a brand that sells there."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.channels import actions as channels
from doorstep.channels import queries
from doorstep.channels.port import OrderTold, ShopPort
from doorstep.channels.values import ConnectionRow
from doorstep.flows import reconcile
from doorstep.orders import queries as orders
from doorstep.orders.queries import OrderFilter
from doorstep.providers.amazon import translate
from tests.factories import Brand, make_brand
from tests.sandboxes import Server

GERMANY, JAPAN = "A1PA6795UKMFR9", "A1VC38T7YXB528"


def connect(brand: Brand, amazon: Server, **more: str) -> ConnectionRow:
    url = str(amazon.http.base_url)
    settings = {
        "client_id": "sandbox", "client_secret": "sandbox", "refresh_token": "sandbox", "seller": "A3SANDBOX",
        "marketplace": GERMANY, "auth_url": f"{url.rstrip('/')}/auth/o2/token",
    }  # fmt: skip
    return channels.connect(brand.ctx, provider="amazon", name="Amazon", url=url, settings=settings | more)


def port_of(brand: Brand, connection: ConnectionRow) -> ShopPort:
    return queries.shop_of(brand.ctx, connection=connection)


def a_port(amazon: Server, **more: str) -> ShopPort:
    brand = make_brand(skus="ABCD")
    return port_of(brand, connect(brand, amazon, **more))


def now(ctx: Ctx) -> Ctx:
    return replace(ctx, now=datetime.now(UTC))


def until(condition: Callable[[], Any]) -> Any:
    end = time.monotonic() + 60
    while not (found := condition()):
        assert time.monotonic() < end, "waited a minute"
        time.sleep(0.05)
    return found


def place(amazon: Server, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    wanted = list(lines) or [{"sku": "A", "quantity": 2, "price": "20.00"}]
    return amazon.post("/admin/orders", {"lines": wanted, **more}, status=201)["orders"][0]


def read(port: ShopPort, order: dict[str, Any]) -> list[Any]:
    listed = port.read_order(order["id"])
    assert listed is not None
    return port.read_webhook(listed.body)


def told(port: ShopPort, order: dict[str, Any]) -> OrderTold:
    (fact,) = read(port, order)
    assert isinstance(fact, OrderTold)
    return fact


def fetch(brand: Brand, connection: ConnectionRow) -> None:
    """Reconciles, and reads what was named, as the jobs do."""
    reconcile.reconcile_connection(now(brand.ctx), connection_now(brand, connection))
    work(brand)


def connection_now(brand: Brand, connection: ConnectionRow) -> ConnectionRow:
    return queries.get(brand.ctx, connection_id=connection.id)


def work(brand: Brand) -> None:
    """Does the jobs that wait for orders to be read."""
    jobs = db.dicts("SELECT id, args FROM procrastinate_jobs WHERE task_name = 'read_order' AND status = 'todo' ORDER BY id")
    for job in jobs:
        db.execute("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = %s", [job["id"]])
        assert job["args"]["organisation_id"] == brand.ctx.organisation_id
        reconcile.read_one(
            now(brand.ctx), connection_id=job["args"]["connection_id"], external_id=job["args"]["external_id"]
        )


def rows_of(brand: Brand) -> dict[str, Any]:
    return {row.external_id: row for row in orders.list_orders(brand.ctx, where=OrderFilter(), limit=500)}


both = pytest.mark.parametrize("api", [translate.NEW, translate.OLD])
