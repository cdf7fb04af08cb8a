"""What was given back at Amazon is asked of its books, and counts once: the money always, goods only where they are not kept."""

from __future__ import annotations

from typing import Any

import pytest

from doorstep.base import arrivals
from doorstep.channels.values import ConnectionRow
from doorstep.flows import fetch_refunds
from doorstep.orders import queries as orders
from doorstep.payments import queries as money
from tests.contracts.amazon import connect, connection_now, fetch, now, place, rows_of, until
from tests.factories import Brand, make_brand, signed_in
from tests.sandboxes import Server

pytestmark = pytest.mark.django_db


@pytest.fixture
def brand() -> Brand:
    return make_brand(skus="ABCD", stock_each=100)


@pytest.fixture
def connection(brand: Brand, amazon: Server) -> ConnectionRow:
    return connect(brand, amazon)


def give_back(amazon: Server, order: dict[str, Any], *lines: dict[str, Any], **more: Any) -> None:
    amazon.post(f"/admin/orders/{order['id']}/refund", {"lines": list(lines), **more}, status=201)


def ask(brand: Brand, connection: ConnectionRow) -> int:
    return fetch_refunds.fetch_connection(now(brand.ctx), connection_now(brand, connection))


def given(brand: Brand, order: dict[str, Any]) -> list[int]:
    calls = money.calls_of(brand.ctx, order_ids=[rows_of(brand)[order["id"]].id])
    return sorted(call.amount_minor for call in calls if call.kind == "refund")


def units(brand: Brand, order: dict[str, Any]) -> list[int]:
    return [line.qty for line in orders.get(brand.ctx, id=rows_of(brand)[order["id"]].id).lines]


def test_a_part_of_a_price_and_goodwill_give_money_and_leave_the_goods_to_the_buyer(
    brand: Brand, connection: ConnectionRow, amazon: Server
) -> None:
    order = place(amazon, {"sku": "A", "quantity": 3, "price": "29.99"})  # 9.9966… each
    fetch(brand, connection)
    give_back(amazon, order, {"sku": "A", "quantity": 3, "amount": "9.98"}, reason="late")
    give_back(amazon, order, {"sku": "A", "amount": "4.00", "goodwill": True})
    assert ask(brand, connection) == 2
    assert (given(brand, order), units(brand, order)) == ([400, 998], [3])
    give_back(amazon, order, {"sku": "A", "quantity": 2, "amount": "14.01"})
    assert ask(brand, connection) == 1
    assert (given(brand, order), units(brand, order)) == ([400, 998, 1401], [2])


def test_a_refund_that_is_listed_late_is_not_missed_and_no_refund_is_read_twice(
    brand: Brand, connection: ConnectionRow, amazon: Server
) -> None:
    order = place(amazon, {"sku": "A", "quantity": 2, "price": "20.00"})
    fetch(brand, connection)
    give_back(amazon, order, {"sku": "A", "amount": "1.00"}, late_s=0.2)
    assert ask(brand, connection) == 0
    assert connection_now(brand, connection).refunds_until is not None
    until(lambda: ask(brand, connection))
    assert ask(brand, connection) == 0
    assert given(brand, order) == [100]
    kept = [one for one in arrivals.list_recent(brand.ctx, limit=20) if one.topic == fetch_refunds.TOPIC]
    assert [one.outcome for one in kept] == ["processed"]


def test_a_refund_whose_order_is_not_here_waits_for_it(brand: Brand, connection: ConnectionRow, amazon: Server) -> None:
    order = place(amazon, {"sku": "A", "quantity": 2, "price": "20.00"})
    give_back(amazon, order, {"sku": "A", "amount": "10.00"})
    assert ask(brand, connection) == 1
    fetch(brand, connection)
    assert (given(brand, order), units(brand, order)) == ([1000], [1])


def test_an_application_without_the_role_loses_nothing_and_alarms_nobody(
    brand: Brand, connection: ConnectionRow, amazon: Server
) -> None:
    order = place(amazon, {"sku": "A", "quantity": 2, "price": "20.00"})
    fetch(brand, connection)
    give_back(amazon, order, {"sku": "A", "amount": "10.00"})
    amazon.post("/admin/roles", {"finances": False})
    assert ask(brand, connection) == 0
    row = connection_now(brand, connection)
    assert (row.health, row.refunds_until) == ("active", None)
    pages = signed_in(brand.ctx)
    says = "Money that was given back at Amazon is not seen here"
    shown = pages.get(f"/channels/{connection.id}/").content.decode()
    assert (says in shown, "<code>Finance and Accounting</code>" in shown, "under Change access" in shown) == (True, True, True)
    amazon.post("/admin/roles", {})
    assert ask(brand, connection) == 1
    assert says not in pages.get(f"/channels/{connection.id}/").content.decode()
    assert given(brand, order) == [1000]
