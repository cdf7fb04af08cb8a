"""A brand whose sandbox shop, a process of its own, gives money back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from doorstep.base import arrivals
from doorstep.base.arrivals import Incoming
from doorstep.base.ctx import Ctx
from doorstep.base.invariants import check
from doorstep.channels import actions as channels
from doorstep.channels.port import RefundTold
from doorstep.channels.values import ConnectionRow
from doorstep.cli.management.commands.audit import all_invariants
from doorstep.flows import hear_refunds, reconcile
from doorstep.flows.arrivals import process
from doorstep.flows.reading import Reading
from doorstep.fulfilment import scanning
from doorstep.orders import queries as orders
from doorstep.orders.queries import OrderFilter
from doorstep.orders.values import OrderDetail
from doorstep.payments import queries as money
from doorstep.payments.values import PaymentRow
from doorstep.stock import queries as stock
from doorstep.worker import dispatch
from tests.contracts.conftest import CATALOG
from tests.factories import Brand, make_brand
from tests.returning import leave
from tests.sandboxes import Server, borrowed


@dataclass
class Selling:
    """A brand, its shop, and the connection between them."""

    brand: Brand
    shop: Server
    connection: ConnectionRow

    @property
    def ctx(self) -> Ctx:
        return replace(self.brand.ctx, now=datetime.now(UTC))

    def sells(self, paid: str = "paid", **lines: int) -> dict[str, Any]:
        wanted = [{"sku": sku, "quantity": qty, "price": "10.00"} for sku, qty in lines.items()]
        fields = {
            "lines": wanted, "country": "DE", "currency": "EUR", "financial_status": paid,
            "shipping": {"title": "Post", "price": "0.00"}, "taxes_included": True,
        }  # fmt: skip
        made: dict[str, Any] = self.shop.post("/orders", fields, status=201)
        return made

    def refunds(self, order: dict[str, Any], amount: str, reason: str = "", **lines: int) -> dict[str, Any]:
        """What the shop's staff gives back."""
        ids = {line["sku"]: line["id"] for line in order["line_items"]}
        fields: dict[str, Any] = {"staff": True, "amount": amount}
        if lines:
            fields["line_items"] = [{"id": ids[sku], "quantity": qty} for sku, qty in lines.items()]
        if reason:
            fields["reason"] = reason
        made: dict[str, Any] = self.shop.post(f"/orders/{order['id']}/refunds", fields, status=201)
        return made

    def hear(self) -> None:
        reconcile.reconcile(self.ctx)
        dispatch.drain()

    def deliver(self, name: str, order: dict[str, Any], topic: str = "orders/updated") -> str:
        """A webhook with this state of an order; says what became of it."""
        body = json.dumps({"type": topic, "data": order}).encode()
        (kept,) = arrivals.keep(self.ctx, [Incoming(self.connection.id, name, topic, body)])
        outcome = process(self.ctx, arrival_ids=[kept.id]).get(kept.id, "")
        dispatch.drain()
        return outcome

    def now_there(self, order: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self.shop.get(f"/orders/{order['id']}")
        return found

    def order(self) -> OrderDetail:
        (row,) = orders.list_orders(self.ctx, where=OrderFilter(), limit=5)
        return orders.get(self.ctx, id=row.id)

    def payment(self) -> PaymentRow:
        id = self.order().order.id
        return money.payments_of(self.ctx, order_ids=[id])[id]

    def refunded(self) -> list[tuple[int, str]]:
        """Amount and state of each refund of the order, oldest first."""
        calls = money.calls_of(self.ctx, order_ids=[self.order().order.id])
        return [(c.amount_minor, c.state) for c in reversed(calls) if c.kind == "refund"]

    def units(self) -> dict[str, int]:
        return {line.sku: line.qty for line in self.order().lines if line.qty}

    def committed(self) -> dict[str, int]:
        rows = stock.pool_of(self.ctx, variant_ids=list(self.brand.variants.values()))
        return {sku: rows[id].committed for sku, id in self.brand.variants.items() if rows[id].committed}

    def ship(self) -> None:
        """Everything of the order is picked, packed and gone."""
        leave(replace(self.brand, ctx=self.ctx), self.order().order.id)

    def scan(self, pick_list_id: int, sku: str, name: str = "one") -> None:
        answer = scanning.scan(
            self.ctx, pick_list_id=pick_list_id, client_id=name, code=sku, typed=False, at=self.ctx.now
        )
        assert answer.problem == ""


@contextmanager
def selling_at() -> Iterator[Selling]:
    """A brand that sells in a shop with these books; when it is done, everything that must hold does."""
    with borrowed("shop", "--retry-s", "0.1") as server:
        assert server.http.put("/admin/catalog", json=CATALOG).status_code == 200
        brand = make_brand(skus="ABCD", stock_each=10)
        connection = channels.connect(brand.ctx, provider="sandbox_shop", name="Shop", url=str(server.http.base_url))
        yield Selling(brand, server, connection)
        assert check(all_invariants()) == []


def told(selling: Selling, *refunds: RefundTold, came: Sequence[str] = ()) -> tuple[str, dict[str, Any]]:
    """What a shop that tells of refunds alone says, and what became of it."""
    name = "-".join(refund.refund_id for refund in refunds)
    (kept,) = arrivals.keep(selling.ctx, [Incoming(selling.connection.id, f"refunds:{name}", "refunds/create", b"{}")])
    reading = Reading(arrivals.get(selling.ctx, id=kept.id), selling.connection.id)
    hear_refunds.hear(selling.ctx, connection_id=selling.connection.id, told=[(reading, one) for one in refunds], came=came)
    dispatch.drain()
    return reading.outcome, reading.detail
