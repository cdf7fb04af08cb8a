"""Who gets an order is erased in the same moment as somebody writes where it goes: orders first, and nobody meets a deadlock."""

from __future__ import annotations

import threading
import time

import psycopg
import pytest
from django.db import connection, transaction

from doorstep.flows import recipients
from doorstep.orders import actions as orders
from doorstep.orders import recipients as kept
from doorstep.orders.values import Address, Recipient
from tests.factories import draft, make_brand, place
from tests.serving import database_url

pytestmark = pytest.mark.django_db(transaction=True)
HOME = Address("Erika", ("Lindenallee 12",), "Berlin", "DE", "10115")


def somebody_waits() -> None:
    """Returns once a connection waits for a row that another holds."""
    until = time.monotonic() + 60
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with psycopg.connect(database_url(), autocommit=True) as watch:
        while watch.execute(waiting).fetchone() != (1,):
            assert time.monotonic() < until, "they never met"


def test_whoever_erases_waits_for_whoever_writes_another_address() -> None:
    """The one who edits holds the order and goes on to who gets it; the one who erases must not hold that meanwhile."""
    brand = make_brand(stock_each=10)
    [order_id] = place(brand.ctx, draft())
    kept.expect(brand.ctx, keep_days={order_id: 30})
    kept.seal(brand.ctx, order_id=order_id, recipient=Recipient(HOME, "Erika", "erika@example.com"), told=HOME)
    gone: list[object] = []

    def erase() -> None:
        try:
            gone.append(recipients.erase(brand.ctx, order_ids=[order_id]))
        finally:
            connection.close()

    other = threading.Thread(target=erase)
    with transaction.atomic():
        orders.lock_order(brand.ctx, order_id=order_id)
        other.start()
        somebody_waits()
        assert kept.keep_apart(brand.ctx, order_id=order_id, ship_to=HOME).lines != HOME.lines
    other.join(60)
    assert gone == [[order_id]]
    assert kept.opened(brand.ctx, order_id=order_id) is None


def test_what_the_shop_says_of_who_gets_an_order_waits_for_whoever_edits_it() -> None:
    brand = make_brand(stock_each=10)
    [order_id] = place(brand.ctx, draft())
    kept.expect(brand.ctx, keep_days={order_id: 30})
    kept.want(brand.ctx, order_ids=[order_id])
    done: list[object] = []

    def keep() -> None:
        try:
            recipients._keep(brand.ctx, order_id, Recipient(HOME, "Erika", "erika@example.com"))
            done.append(order_id)
        finally:
            connection.close()

    other = threading.Thread(target=keep)
    with transaction.atomic():
        orders.lock_order(brand.ctx, order_id=order_id)
        other.start()
        somebody_waits()
        kept.keep_apart(brand.ctx, order_id=order_id, ship_to=HOME)
    other.join(60)
    assert done == [order_id]
