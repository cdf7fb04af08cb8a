"""Shops that call many orders off at the same moment."""

from __future__ import annotations

import pytest

from doorstep.base import arrivals
from doorstep.base.arrivals import Incoming
from doorstep.channels.values import ConnectionRow
from doorstep.flows.arrivals import process
from doorstep.orders import queries
from doorstep.orders.queries import OrderFilter
from doorstep.stock import queries as stock
from doorstep.worker.dispatch import drain
from tests.api.shop import connect_shop, envelope, shop_order
from tests.factories import Brand, make_brand, together
from tests.short_picks import assert_all_holds

pytestmark = pytest.mark.django_db(transaction=True)
FIRST = 5400000001000


def kept(brand: Brand, shop: ConnectionRow, topic: str, numbers: list[int], **changes: str) -> list[int]:
    """Arrivals that nobody has read yet, in this sequence; odd orders want A, even ones B."""
    called = "-".join(map(str, numbers))
    incoming = [
        Incoming(shop.id, f"{topic}-{called}-{place}", topic, envelope(topic, order_of(n, **changes)))
        for place, n in enumerate(numbers)
    ]
    return [row.id for row in arrivals.keep(brand.ctx, incoming)]


def order_of(n: int, **changes: str) -> dict[str, object]:
    return shop_order(FIRST + n, lines=(("A" if n % 2 else "B", 1),), **changes)


def called_off(brand: Brand, shop: ConnectionRow, numbers: list[int]) -> list[int]:
    return kept(brand, shop, "orders/cancelled", numbers, cancelled_at="2026-11-20T10:00:00Z", cancel_reason="customer")


def test_two_batches_of_other_orders_that_want_the_same_stock_meet_no_deadlock() -> None:
    """One calls off orders of A and then of B, the other those of B and then of A."""
    brand = make_brand(stock_each=100)
    shop = connect_shop(brand)
    numbers = list(range(40))
    process(brand.ctx, arrival_ids=kept(brand, shop, "orders/create", numbers))
    of_a, of_b = numbers[1::2], numbers[::2]
    one, other = called_off(brand, shop, of_a[:10] + of_b[:10]), called_off(brand, shop, of_b[10:] + of_a[10:])
    answers = together(
        lambda: process(brand.ctx, arrival_ids=one), lambda: process(brand.ctx, arrival_ids=other)
    )  # fmt: skip
    assert answers == [dict.fromkeys(one, "processed"), dict.fromkeys(other, "processed")]
    found = queries.list_orders(brand.ctx, where=OrderFilter(), limit=200)
    assert (len(found), {row.state for row in found}) == (40, {"cancelled"})
    ids = [brand.variants[sku] for sku in ("A", "B")]
    assert {row.committed for row in stock.pool_of(brand.ctx, variant_ids=ids).values()} == {0}
    drain()
    assert_all_holds()


def test_one_order_called_off_twice_in_a_batch_is_cancelled_once() -> None:
    brand = make_brand()
    shop = connect_shop(brand)
    process(brand.ctx, arrival_ids=kept(brand, shop, "orders/create", [1, 2]))
    first, again, other = [*called_off(brand, shop, [1]), *called_off(brand, shop, [1, 2])]
    answer = process(brand.ctx, arrival_ids=[first, again, other])
    assert answer == {first: "processed", again: "ignored", other: "processed"}
    assert_all_holds()
