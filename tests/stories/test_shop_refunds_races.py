"""Shops tell the same refunds at the same moment, and many at once."""

from __future__ import annotations

import pytest

from doorstep.base import arrivals, db
from doorstep.base.arrivals import Incoming
from doorstep.channels.values import ConnectionRow
from doorstep.flows.arrivals import process
from doorstep.orders import queries
from doorstep.orders.queries import OrderFilter
from doorstep.payments import queries as money
from doorstep.stock import queries as stock
from doorstep.worker.dispatch import drain
from tests.api.shop import connect_shop, envelope, shop_order
from tests.factories import Brand, make_brand, together
from tests.short_picks import assert_all_holds

pytestmark = pytest.mark.django_db(transaction=True)
FIRST = 5400000001000


def kept(brand: Brand, shop: ConnectionRow, name: str, numbers: list[int], *, is_refunded: bool) -> list[int]:
    """Arrivals that nobody has read yet, in this sequence; odd orders want two of A, even ones two of B."""
    incoming = [Incoming(shop.id, f"{name}-{n}", "orders/updated", body_of(n, is_refunded=is_refunded)) for n in numbers]
    return [row.id for row in arrivals.keep(brand.ctx, incoming)]


def body_of(n: int, *, is_refunded: bool) -> bytes:
    order = shop_order(FIRST + n, lines=(("A" if n % 2 else "B", 2),))
    if is_refunded:
        line = {"id": order["line_items"][0]["id"], "quantity": 1, "unsent": 1}
        order["refunds"] = [{"id": n + 1, "key": None, "amount": "10.00", "reason": "late", "line_items": [line]}]
        order["updated_at"] = "2026-11-20T10:00:00.000Z"
    return envelope("orders/updated", order)


def test_the_same_refund_told_by_two_webhooks_at_once_counts_once() -> None:
    brand = make_brand(stock_each=100)
    shop = connect_shop(brand)
    numbers = list(range(12))
    process(brand.ctx, arrival_ids=kept(brand, shop, "new", numbers, is_refunded=False))
    drain()
    one, other = (kept(brand, shop, name, numbers, is_refunded=True) for name in ("one", "other"))
    answers = together(lambda: process(brand.ctx, arrival_ids=one), lambda: process(brand.ctx, arrival_ids=other))
    said = [outcome for answer in answers if isinstance(answer, dict) for outcome in answer.values()]
    assert sorted(said) == ["ignored"] * 12 + ["processed"] * 12
    drain()
    assert_once(brand, 12)


def test_two_batches_whose_refunds_come_in_another_sequence_meet_no_deadlock() -> None:
    brand = make_brand(stock_each=100)
    shop = connect_shop(brand)
    numbers = list(range(24))
    process(brand.ctx, arrival_ids=kept(brand, shop, "new", numbers, is_refunded=False))
    drain()
    of_a, of_b = numbers[1::2], numbers[::2]
    one = kept(brand, shop, "one", of_a[:6] + of_b[:6], is_refunded=True)
    other = kept(brand, shop, "other", of_b[6:] + of_a[6:], is_refunded=True)
    answers = together(lambda: process(brand.ctx, arrival_ids=one), lambda: process(brand.ctx, arrival_ids=other))
    assert answers == [dict.fromkeys(one, "processed"), dict.fromkeys(other, "processed")]
    drain()
    assert_once(brand, 24)


def assert_once(brand: Brand, orders: int) -> None:
    found = queries.list_orders(brand.ctx, where=OrderFilter(), limit=200)
    assert {row.payment_state for row in found} == {"partially_refunded"}
    payments = money.payments_of(brand.ctx, order_ids=[row.id for row in found])
    assert [p.refunded_minor for p in payments.values()] == [1000] * orders
    ids = [brand.variants[sku] for sku in ("A", "B")]
    assert sum(row.committed for row in stock.pool_of(brand.ctx, variant_ids=ids).values()) == orders
    assert db.scalar("SELECT count(*) FROM payments_call") == orders
    assert_all_holds()
