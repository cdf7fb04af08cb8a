"""Old orders are sealed while people change them: what a person says of where an order goes is never undone by it."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction

from doorstep.base import db
from doorstep.flows import edit_order, recipients
from doorstep.orders import queries as orders
from doorstep.orders import recipients as kept
from doorstep.orders.values import Address
from tests.api.shop import connect_shop
from tests.factories import draft, make_brand, place, together
from tests.short_picks import assert_all_holds

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_address_that_a_person_writes_while_an_old_order_is_sealed_is_where_it_goes() -> None:
    brand = make_brand()
    ctx, shop = brand.ctx, connect_shop(brand)
    [order_id] = place(ctx, replace(draft(), connection_id=shop.id))
    where = Address("김민서", ("Ahornweg 3",), "Berlin", "DE", "10117")
    written = threading.Event()
    waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"

    @transaction.atomic
    def edit() -> None:
        edit_order.change_address(ctx, order_id=order_id, version=orders.get(ctx, id=order_id).version, ship_to=where)
        written.set()
        until = time.monotonic() + 10
        while not db.scalar(waits):
            assert time.monotonic() < until, "nobody came to seal the order"
            time.sleep(0.01)
            db.execute("SELECT pg_stat_clear_snapshot()")  # inside a transaction its first look would stay

    def seal() -> None:
        assert written.wait(10)
        recipients.seal_old(ctx.now + timedelta(hours=1), keep_days={shop.id: 30}, after=0)

    assert together(edit, seal) == [None, None]
    opened = kept.opened(ctx, order_id=order_id)
    assert opened is not None
    assert (opened.ship_to.lines, opened.ship_to.postal_code) == (("Ahornweg 3",), "10117")
    to = orders.destinations(ctx, order_ids=[order_id])[order_id]
    assert (to.ship_to["lines"], to.postal_code) == (["(kept apart)"], "10117")
    assert_all_holds()
