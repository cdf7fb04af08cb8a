"""Stock arrives, and orders that waited for it move on."""

from __future__ import annotations

import pytest

from doorstep.base import db
from doorstep.flows import restock
from doorstep.orders import queries
from doorstep.orders.queries import OrderFilter
from doorstep.worker.dispatch import drain
from tests.factories import draft, make_brand, place, receive

pytestmark = pytest.mark.django_db


def test_everybody_who_waits_is_served_however_many_they_are() -> None:
    brand = make_brand(stock_each=0)
    blocked = place(brand.ctx, *(draft([("A", 2), ("B", 2)]) for _ in range(300)))
    waiting = place(brand.ctx, *(draft([("A", 2)]) for _ in range(300)))
    db.execute("ANALYZE")  # as a house does, whose worker tells the planner within seconds
    receive(brand.ctx, brand.variants["A"], brand.seoul, 600)
    assert restock.serve_waiting(brand.ctx, variant_ids=[brand.variants["A"]]) == 200  # at once; an event goes on
    drain()
    held = queries.list_ids(brand.ctx, where=OrderFilter(view="held"))
    assert sorted(held) == sorted(blocked)
    assert set(waiting).isdisjoint(held)
