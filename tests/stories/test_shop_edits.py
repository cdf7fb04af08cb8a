"""A shop changes an order after it was taken: the change is taken over, in whatever order it comes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.base import arrivals
from doorstep.base.arrivals import Incoming
from doorstep.base.ctx import Actor, Ctx
from doorstep.base.invariants import check
from doorstep.base.money import Money
from doorstep.channels import actions as channels
from doorstep.channels import listings
from doorstep.channels import queries as channel_queries
from doorstep.channels.port import OrderTold
from doorstep.channels.values import ConnectionRow, ListingFilter
from doorstep.cli.management.commands.audit import all_invariants
from doorstep.flows import cancel, expose, mapping, reconcile, tell_shops
from doorstep.flows.arrivals import process
from doorstep.flows.shop_edits import difference
from doorstep.fulfilment import queries as floor
from doorstep.fulfilment import scanning
from doorstep.orders import queries
from doorstep.orders.queries import OrderFilter
from doorstep.orders.values import LineDraft, LineRow, OrderDetail, OrderDraft
from doorstep.stock import queries as stock
from doorstep.worker import dispatch
from tests.contracts.conftest import CATALOG
from tests.factories import Brand, draft, make_brand
from tests.sandboxes import Server, borrowed

pytestmark = pytest.mark.django_db


@dataclass
class Selling:
    """A brand, its shop, and the connection between them."""

    brand: Brand
    shop: Server
    connection: ConnectionRow

    @property
    def ctx(self) -> Ctx:
        return replace(self.brand.ctx, now=datetime.now(UTC))

    def sells(self, **lines: int) -> dict[str, Any]:
        wanted = [{"sku": sku, "quantity": qty, "price": "10.00"} for sku, qty in lines.items()]
        fields = {"lines": wanted, "country": "DE", "currency": "EUR", "financial_status": "paid"}
        made: dict[str, Any] = self.shop.post("/orders", fields, status=201)
        return made

    def hear(self) -> None:
        reconcile.reconcile(self.ctx)
        dispatch.drain()

    def order(self) -> OrderDetail:
        (row,) = queries.list_orders(self.ctx, where=OrderFilter(), limit=5)
        return queries.get(self.ctx, id=row.id)

    def units(self) -> dict[str, int]:
        return {line.sku: line.qty for line in self.order().lines if line.qty}

    def committed(self) -> dict[str, int]:
        rows = stock.pool_of(self.ctx, variant_ids=list(self.brand.variants.values()))
        return {sku: rows[id].committed for sku, id in self.brand.variants.items() if rows[id].committed}


@pytest.fixture
def selling(tmp_path: Path) -> Iterator[Selling]:
    with borrowed("shop", "--retry-s", "0.1") as server:
        assert server.http.put("/admin/catalog", json=CATALOG).status_code == 200
        brand = make_brand(skus="ABCD", stock_each=10)
        connection = channels.connect(brand.ctx, provider="sandbox_shop", name="Shop", url=str(server.http.base_url))
        yield Selling(brand, server, connection)
        assert check(all_invariants()) == []


def edit(selling: Selling, order: dict[str, Any], **lines: int) -> None:
    wanted = [{"sku": sku, "quantity": qty, "price": "10.00"} for sku, qty in lines.items()]
    answer = selling.shop.http.put(f"/orders/{order['id']}", json={"lines": wanted})
    assert answer.status_code == 200, answer.text


def test_units_that_the_shop_changed_are_changed_here_with_their_stock(selling: Selling) -> None:
    order = selling.sells(A=3, B=1)
    selling.hear()
    edit(selling, order, A=1, C=2)
    selling.hear()
    assert selling.units() == {"A": 1, "C": 2}
    assert selling.committed() == {"A": 1, "C": 2}


def test_an_older_state_that_comes_later_changes_nothing(selling: Selling) -> None:
    order = selling.sells(A=3)
    (first,) = selling.shop.get("/orders")["orders"]
    edit(selling, order, A=1)
    selling.hear()
    assert selling.units() == {"A": 1}
    body = json.dumps({"type": "orders/create", "data": first}).encode()
    (kept,) = arrivals.keep(selling.ctx, [Incoming(selling.connection.id, "late", "orders/create", body)])
    assert process(selling.ctx, arrival_ids=[kept.id]) == {kept.id: "ignored"}
    assert selling.units() == {"A": 1}


def test_an_order_that_is_cancelled_here_is_called_off_in_its_shop_and_one_that_the_shop_called_off_is_not_told(
    selling: Selling,
) -> None:
    first, second = selling.sells(A=1), selling.sells(B=1)
    selling.hear()
    rows = {row.external_id: row.id for row in queries.list_orders(selling.ctx, where=OrderFilter(), limit=5)}
    cancel.cancel(replace(selling.ctx, actor=Actor("staff", 1, "Minseo")), order_id=rows[str(first["id"])], reason="customer")
    selling.shop.post(f"/orders/{second['id']}/cancel", {"reason": "fraud"})
    selling.hear()
    [notice] = channel_queries.list_notices(selling.ctx, connection_id=selling.connection.id)
    for _ in range(2):
        tell_shops.tell(selling.ctx, notice_id=notice.id)
    there = selling.shop.get(f"/orders/{first['id']}")
    assert (there["cancelled_at"] is not None, there["cancel_reason"]) == (True, "customer")
    assert [row.state for row in channel_queries.list_notices(selling.ctx, connection_id=selling.connection.id)] == ["told"]
    selling.hear()  # and the shop's own word of it brings nothing new


def test_what_the_floor_has_picked_is_left_to_a_person(selling: Selling) -> None:
    order = selling.sells(A=2)
    selling.hear()
    scan_one(selling)
    edit(selling, order, A=1)
    selling.hear()
    assert selling.units() == {"A": 2}
    (waiting,) = [row for row in arrivals.list_recent(selling.ctx, limit=10) if row.outcome == "refused"]
    assert waiting.detail["code"] == "already_picked"


def scan_one(selling: Selling) -> None:
    """Has somebody pick a unit of the order."""
    parts = [part.id for part in selling.order().fulfilment_orders]
    (task, *_) = floor.tasks_of_orders(selling.ctx, fulfilment_order_ids=parts)
    answer = scanning.scan(
        selling.ctx, pick_list_id=task.pick_list_id, client_id="1", code=task.sku, typed=False, at=selling.ctx.now
    )
    assert answer.problem == ""


def test_an_unmapped_line_is_taken_held_named_and_put_right_by_mapping_it(selling: Selling) -> None:
    """One unmapped product blocks the import (ecommerce_integrations #338)."""
    odd = {"sku": "ODD", "title": "Odd thing", "price": "10.00", "currency": "EUR"}
    selling.shop.http.put("/admin/catalog", json=[*CATALOG, odd])
    selling.sells(A=1, ODD=2)
    selling.hear()
    assert selling.units() == {"A": 1, "ODD": 2}
    holds = selling.order().holds
    assert {hold.reason for hold in holds} == {"other", "inventory_out_of_stock"}
    assert next(hold.detail for hold in holds if hold.reason == "other") == {"unmapped": ["ODD"]}
    expose.read_listings(lambda: selling.ctx, connection_id=selling.connection.id)
    (listing,) = listings.list_page(selling.ctx, where=ListingFilter(state="unmapped"))
    total = selling.order().order.total_minor
    expose.link(selling.ctx, listing_id=listing.id, variant_id=selling.brand.variants["B"])
    dispatch.drain()
    assert selling.units() == {"A": 1, "B": 2}
    assert selling.committed() == {"A": 1, "B": 2}
    assert selling.order().order.total_minor == total
    assert selling.order().holds == []


def test_the_next_order_of_a_mapped_listing_is_ours_at_once(selling: Selling) -> None:
    odd = {"sku": "ODD", "title": "Odd thing", "price": "10.00", "currency": "EUR"}
    selling.shop.http.put("/admin/catalog", json=[*CATALOG, odd])
    expose.read_listings(lambda: selling.ctx, connection_id=selling.connection.id)
    (listing,) = listings.list_page(selling.ctx, where=ListingFilter(state="unmapped"))
    expose.link(selling.ctx, listing_id=listing.id, variant_id=selling.brand.variants["D"])
    selling.sells(ODD=3)
    selling.hear()
    assert selling.units() == {"D": 3}
    assert selling.order().holds == []


def test_a_line_without_sku_or_mapping_has_a_name_of_its_own(selling: Selling) -> None:
    told = draft([("A", 1)], connection_id=selling.connection.id)
    nameless = replace(told, lines=[LineDraft("", 1, Money(1000, "EUR"), "Gift")])
    (ours,) = mapping.as_ours(selling.ctx, told=[(selling.connection.id, OrderTold(nameless, ("4711",)))])
    assert ours.unmapped == (f"unmapped-{selling.connection.id}-4711",)
    assert [line.sku for line in ours.draft.lines] == list(ours.unmapped)


lines = st.lists(st.tuples(st.sampled_from("ABC"), st.integers(1, 5), st.sampled_from([500, 1000])), min_size=1, max_size=6)


@given(lines, lines)
def test_the_difference_makes_the_one_order_the_other(was: list[tuple[str, int, int]], told: list[tuple[str, int, int]]) -> None:
    here = [
        LineRow(id=n, order_id=1, position=n, variant_id=ord(sku), sku=sku, title=sku, qty=qty, unit_price_minor=price,
                discount_minor=0, total_minor=qty * price)
        for n, (sku, qty, price) in enumerate(was, 1)
    ]  # fmt: skip
    wanted: OrderDraft = draft([("A", 1)])
    wanted = replace(wanted, lines=[LineDraft(sku, qty, Money(price, "EUR")) for sku, qty, price in told])

    class Here:
        lines = here
        discount_minor = wanted.discount_minor
        shipping_minor, taxes_included = wanted.shipping_minor, wanted.taxes_included
        ship_to = wanted.ship_to.as_dict()

    edit = difference(Here, wanted)  # type: ignore[arg-type]
    after: dict[tuple[str, int], int] = {}
    for line in here:
        key = (line.sku, line.unit_price_minor)
        after[key] = after.get(key, 0) + edit.qty.get(line.id, line.qty)
    for one in edit.added:
        key = (one.sku, one.unit_price_minor or 0)
        after[key] = after.get(key, 0) + one.qty
    expected: dict[tuple[str, int], int] = {}
    for sku, qty, price in told:
        expected[sku, price] = expected.get((sku, price), 0) + qty
    assert {key: qty for key, qty in after.items() if qty} == expected
    assert (edit.ship_to, edit.discount_minor, edit.shipping_minor) == (None, None, None)
