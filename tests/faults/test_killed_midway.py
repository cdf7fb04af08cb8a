"""A worker that is killed (-9) between two steps of hearing or telling a channel: what was begun is done once, by the next."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import psycopg
import pytest

from doorstep.base import arrivals, db
from doorstep.base.arrivals import Incoming
from doorstep.channels import actions as channels
from doorstep.channels import exposures
from doorstep.flows import expose
from doorstep.orders import queries
from doorstep.orders.queries import OrderFilter
from doorstep.payments import queries as money
from doorstep.stock import queries as stock
from doorstep.worker import sync, upkeep
from doorstep.worker.dispatch import drain
from tests.api.shop import connect_shop, envelope, shop_order
from tests.contracts.conftest import CATALOG
from tests.factories import draft, make_brand, place
from tests.sandboxes import borrowed
from tests.serving import database_url, killed
from tests.short_picks import assert_all_holds

pytestmark = pytest.mark.django_db(transaction=True)
WORKER = "from doorstep.worker import sync, upkeep; "
LATER = "2026-11-20T10:00:00.000Z"


def until(happened: Callable[[], bool], *, why: str) -> None:
    end = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < end, why
        time.sleep(0.02)


def test_a_worker_killed_between_an_order_and_the_refund_that_came_with_it_loses_and_doubles_neither() -> None:
    brand = make_brand()
    shop = connect_shop(brand)
    order = shop_order(5400000001001, lines=(("A", 2),), updated_at=LATER)
    line = {"id": order["line_items"][0]["id"], "quantity": 1, "unsent": 1}
    order["refunds"] = [{"id": 77, "key": None, "amount": "10.00", "reason": "late", "line_items": [line]}]
    [kept] = arrivals.keep(brand.ctx, [Incoming(shop.id, "one", "orders/updated", envelope("orders/updated", order))])
    waits = """SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
                  AND query LIKE '%%channels_refundheard%%'"""
    with psycopg.connect(database_url()) as other:  # whoever keeps this refund waits for us: the order is taken by then
        other.execute(
            """INSERT INTO channels_refundheard (organisation_id, connection_id, external_id, told_id, amount_minor, currency,
                                                 lines, reason, arrival_id, heard_at, taken, goods_open)
               VALUES (%s, %s, 'x', '77', 1, 'EUR', '[]', '', %s, now(), '{}', FALSE)""",
            [brand.ctx.organisation_id, shop.id, kept.id],
        )
        with killed(WORKER + "upkeep.read_unread_arrivals()"):
            until(lambda: bool(db.scalar(waits)), why="nobody came to keep the refund")
        other.rollback()
    [row] = queries.list_orders(brand.ctx, where=OrderFilter(), limit=10)
    assert (row.units, arrivals.get(brand.ctx, id=kept.id).outcome) == (2, "received")

    upkeep.read_unread_arrivals()
    drain()
    [row] = queries.list_orders(brand.ctx, where=OrderFilter(), limit=10)
    assert (row.units, row.payment_state, arrivals.get(brand.ctx, id=kept.id).outcome) == (1, "partially_refunded", "processed")
    assert money.payments_of(brand.ctx, order_ids=[row.id])[row.id].refunded_minor == 1000
    assert db.scalar("SELECT count(*) FROM payments_call") == 1
    assert stock.pool_of(brand.ctx, variant_ids=[brand.variants["A"]])[brand.variants["A"]].committed == 1
    assert_all_holds()


def test_a_worker_killed_before_it_writes_down_that_a_number_was_taken_leaves_the_right_number() -> None:
    brand = make_brand(skus="ABCD")
    with borrowed("shop", "--retry-s", "0.1") as shop:
        shop.http.put("/admin/catalog", json=CATALOG).raise_for_status()
        connection = channels.connect(brand.ctx, provider="sandbox_shop", name="Shop", url=str(shop.http.base_url))
        ctx = replace(brand.ctx, now=datetime.now(UTC))
        expose.read_listings(lambda: ctx, connection_id=connection.id)
        assert sync.serve_all() == 4
        place(ctx, draft([("A", 3)]))
        assert sync.follow_all() == 1
        shop.post("/admin/faults", {"timeout_after_success": 1, "hold_s": 60})  # done, and nobody is answered

        def shows() -> int:
            return next(int(line["available"]) for line in shop.get("/inventory")["inventory"] if line["sku"] == "A")

        with killed(WORKER + f"sync.serve({brand.ctx.organisation_id}, {connection.id})"):
            until(lambda: shows() == 17, why="the shop was not told")
        told = "SELECT wanted, accepted, sent FROM channels_exposure WHERE wanted <> 20"
        assert db.dicts(told) == [{"wanted": 17, "accepted": 20, "sent": 17}]

        place(ctx, draft([("A", 2)]))
        shop.post("/admin/faults", {})
        until(lambda: bool(sync.serve_all()), why="nobody told the number again")
        while sync.serve_all():
            pass
        assert shows() == 15
        assert db.dicts(told) == [{"wanted": 15, "accepted": 15, "sent": None}]
        assert exposures.find_due(now=datetime.now(UTC)) == []
        assert db.scalar("SELECT count(*) FROM channels_drift") == 0
    assert_all_holds()
