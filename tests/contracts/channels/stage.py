"""Where a shop of any vendor plays its part: what happens in it, how it misbehaves, and what of that reaches us.

Every stage drives the real adapter against the vendor's sandbox over loopback.  What the sandbox sends, signed by itself, is caught
on the way and handed to our own door of webhooks, so that a test decides what comes twice, late, cut or not at all.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.http import HttpResponse
from django.test import Client

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.channels import queries
from doorstep.channels.port import ShopPort
from doorstep.channels.values import ConnectionRow
from doorstep.flows import connect_shop, fetch_refunds, reconcile
from doorstep.flows import recipients as recipient_flow
from doorstep.orders import queries as orders
from doorstep.orders import recipients
from doorstep.orders.queries import OrderFilter
from doorstep.orders.values import OrderDetail, OrderRow
from doorstep.payments import queries as money
from doorstep.stock import queries as stock
from doorstep.worker import dispatch
from tests.ear import Caught, Ear
from tests.factories import Brand
from tests.sandboxes import Server

Said = dict[str, Any]


@dataclass(frozen=True)
class Line:
    """What is bought.  `price`: of one unit, as it is written in the currency."""

    sku: str
    qty: int = 1
    price: str = "10.00"


class Stage(ABC):
    """A brand that sells in one shop.  `lacks`: what the vendor's protocol does not have, and what is tested in its place."""

    lacks: ClassVar[Mapping[str, str]] = {}
    renews_access: ClassVar[bool] = False  # whether a token that ended is renewed without anybody's help

    def __init__(self, brand: Brand, server: Server, ear: Ear) -> None:
        self.brand, self.server, self.ear = brand, server, ear
        self.connection = self.connect()
        connect_shop.introduce(self.ctx, connection_id=self.connection.id)
        self.posted = 0
        self.sent()  # what a shop sends to whoever introduces himself, such as a ping

    @property
    def ctx(self) -> Ctx:
        return replace(self.brand.ctx, now=datetime.now(UTC))

    @property
    def url(self) -> str:
        return str(self.server.http.base_url).rstrip("/")

    @property
    def port(self) -> ShopPort:
        return queries.shop_of(self.ctx, connection=self.connection)

    # -- in the shop -----------------------------------------------------------------------------------------------------------

    @abstractmethod
    def connect(self) -> ConnectionRow:
        """Connects the brand to the shop."""

    @abstractmethod
    def sells(self, *lines: Line, currency: str = "EUR", address: Mapping[str, str] | None = None) -> str:
        """A paid order without shipping, taxes in the prices.  `address`: `city`, `postcode`, `country`.  Returns: its id."""

    @abstractmethod
    def moves(self, order: str, *, city: str) -> None:
        """The order is to go to another city."""

    @abstractmethod
    def takes_one_off(self, order: str) -> None:
        """The order's first line has a unit less, and nothing is given back for it."""

    @abstractmethod
    def refunds_one(self, order: str, *, amount: str) -> None:
        """A unit of the first line is not sent, and its price is given back."""

    @abstractmethod
    def calls_off(self, order: str) -> None:
        """The order is called off."""

    def ticks(self) -> None:  # noqa: B027  # most shops tell parts of a second
        """The shop's clock moves on, where it tells no parts of a second: what happens next happens later."""

    def settles(self) -> None:  # noqa: B027  # most shops tell at once
        """Nothing that happened is too young to be told any more."""

    # -- how it misbehaves -----------------------------------------------------------------------------------------------------

    def misbehaves(self, **faults: float) -> None:
        """From the next call on: `throttle`, `error_5xx`, `cut`: shares of calls; `drop`: of webhooks.  Without any: it is well."""
        self.server.post("/admin/faults", {self.fault(name): share for name, share in faults.items()})

    def fault(self, name: str) -> str:
        """How the sandbox calls a fault."""
        return {"cut": "truncate"}.get(name, name)

    @abstractmethod
    def ends_access(self) -> None:
        """What lets us in ends."""

    @abstractmethod
    def gives_access(self) -> None:
        """The shop lets us in again, as before."""

    def rests(self) -> None:
        """So much time passes that our own buckets of calls are full again."""
        db.execute("DELETE FROM channels_bucket")

    # -- what reaches us -------------------------------------------------------------------------------------------------------

    def sent(self) -> list[Caught]:
        """What the shop sent since this was asked last, in the order in which it was told."""
        self.ear.wait_for(lambda: not self.server.get("/admin/deliveries?state=pending")["deliveries"])
        new = self.ear.caught[self.posted :]
        self.posted += len(new)
        return new

    def post(self, caught: Caught) -> HttpResponse:
        """Hands a delivery to our door."""
        return Client().post(caught.path, caught.body, content_type=caught.headers["content-type"], headers=caught.headers)

    def hear(self, deliveries: Sequence[Caught] | None = None) -> None:
        """All deliveries come, or these; then what they ask for is done."""
        for one in self.sent() if deliveries is None else deliveries:
            answer = self.post(one)
            assert answer.status_code == 200, answer.content
        self.work()

    def fetch(self) -> int:
        """Looks what the webhooks missed, and what was given back.  Returns: how many of these were news."""
        self.settles()
        row = queries.get(self.ctx, connection_id=self.connection.id)
        news = reconcile.reconcile_connection(self.ctx, row) + self.work()
        return news + fetch_refunds.fetch_connection(self.ctx, row)

    def work(self) -> int:
        """Reads the orders that were only named, as the job does, and lets the flows follow.  Returns: how many were news."""
        self.settles()
        jobs = db.dicts("SELECT id, args FROM procrastinate_jobs WHERE task_name = 'read_order' AND status = 'todo' ORDER BY id")
        news = 0
        for job in jobs:
            db.execute("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = %s", [job["id"]])
            asked = job["args"]
            assert asked["organisation_id"] == self.brand.ctx.organisation_id
            news += reconcile.read_one(self.ctx, connection_id=asked["connection_id"], external_id=asked["external_id"])
        dispatch.drain()
        return news

    # -- what is here ----------------------------------------------------------------------------------------------------------

    @property
    def rows(self) -> dict[str, OrderRow]:
        return {row.external_id: row for row in orders.list_orders(self.ctx, where=OrderFilter(), limit=100)}

    def order(self, id: str) -> OrderDetail:
        return orders.get(self.ctx, id=self.rows[id].id)

    def goes_to(self, id: str) -> dict[str, Any]:
        """Where an order goes, as whoever packs it reads it; a shop that restricts that is asked for it by then."""
        order_id = self.rows[id].id
        recipient_flow.fetch(self.ctx, order_id=order_id)
        return recipients.shown(self.ctx, order_id=order_id, kept=self.order(id).ship_to)

    def units(self, id: str) -> dict[str, int]:
        return {line.sku: line.qty for line in self.order(id).lines if line.qty}

    def committed(self) -> dict[str, int]:
        rows = stock.pool_of(self.ctx, variant_ids=list(self.brand.variants.values()))
        return {sku: rows[id].committed for sku, id in self.brand.variants.items() if rows[id].committed}

    def given_back(self, id: str) -> list[tuple[int, str]]:
        """Amount and state of each refund of an order, oldest first."""
        calls = money.calls_of(self.ctx, order_ids=[self.rows[id].id])
        return [(call.amount_minor, call.state) for call in reversed(calls) if call.kind == "refund"]

    @property
    def health(self) -> str:
        return queries.get(self.ctx, connection_id=self.connection.id).health


def next_second() -> None:
    """Waits until a clock that counts whole seconds has moved on."""
    second = int(time.time())
    while int(time.time()) == second:
        time.sleep(0.02)
