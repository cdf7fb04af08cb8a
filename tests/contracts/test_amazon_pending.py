"""Amazon's pending orders keep their units here; a buyer's wish to cancel stops what is under way."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection as db_connection
from django.test.utils import CaptureQueriesContext

from doorstep.base import db
from doorstep.base.invariants import check
from doorstep.channels.invariants import INVARIANTS as CHANNELS
from doorstep.channels.port import UnitsPending
from doorstep.channels.values import ConnectionRow
from doorstep.flows import expose, reconcile
from doorstep.orders import actions as orders_actions
from doorstep.orders import queries as orders
from doorstep.orders.values import HoldReason
from doorstep.stock import bundles as stock
from doorstep.stock.invariants import INVARIANTS as STOCK
from doorstep.worker import sync
from tests.contracts.amazon import both, connect, connection_now, now, place, port_of, read, rows_of
from tests.factories import Brand, make_brand, signed_in
from tests.sandbox.conftest import Server, running

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def marketplace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running("amazon", tmp_path_factory.mktemp("pending"), "--feed-s", "0.1") as server:
        server.post("/admin/limits", {"factor": 1000})
        yield server


@pytest.fixture
def amazon(marketplace: Server) -> Server:
    offered = [{"sku": sku, "title": sku, "quantity": 50} for sku in "ABCD"]
    assert marketplace.http.put("/admin/listings", json=offered).status_code == 200
    marketplace.post("/admin/faults", {})
    db.execute("DELETE FROM procrastinate_jobs")
    return marketplace


def available(brand: Brand, sku: str = "A") -> int:
    return stock.available_of(brand.ctx, variant_ids=[brand.variants[sku]])[brand.variants[sku]]


def came(brand: Brand, connection: ConnectionRow, placed: dict[str, Any]) -> None:
    """An order as it is now, fetched as its notification asks for."""
    reconcile.read_one(now(brand.ctx), connection_id=connection.id, external_id=placed["id"])


def sound() -> None:
    assert check([*STOCK, *CHANNELS]) == []


@both
def test_a_pending_order_keeps_its_units_until_it_is_paid_for_and_takes_them(amazon: Server, api: str) -> None:
    brand = make_brand(skus="ABCD", stock_each=5)  # five in each of two places
    connection = connect(brand, amazon, orders_api=api)
    placed = place(amazon, {"sku": "A", "quantity": 7, "price": "70.00"}, status="PENDING")
    [fact] = read(port_of(brand, connection), placed)
    assert isinstance(fact, UnitsPending)
    assert fact.lines == (("A", "A", 7),)
    before = available(brand)
    for _ in range(2):  # told twice, kept once
        came(brand, connection, placed)
    assert (available(brand), rows_of(brand)) == (before - 7, {})
    sound()
    amazon.post(f"/admin/orders/{placed['id']}", {"status": "UNSHIPPED"})
    came(brand, connection, placed)
    row = rows_of(brand)[placed["id"]]
    assert (available(brand), row.on_hold) == (before - 7, False)
    assert db.scalar("SELECT count(*) FROM stock_cartline WHERE state = 'open'") == 0
    sound()


@both
def test_a_pending_order_that_is_called_off_gives_its_units_back(amazon: Server, api: str) -> None:
    brand = make_brand(skus="ABCD", stock_each=5)
    connection = connect(brand, amazon, orders_api=api)
    placed = place(amazon, {"sku": "A", "quantity": 7, "price": "70.00"}, status="PENDING")
    before = available(brand)
    came(brand, connection, placed)
    assert available(brand) == before - 7
    amazon.post(f"/admin/orders/{placed['id']}", {"status": "CANCELLED"})
    came(brand, connection, placed)
    assert available(brand) == before
    came(brand, connection, placed)
    assert (available(brand), rows_of(brand)) == (before, {})
    sound()


def test_two_that_want_the_last_units_get_them_once_and_no_other_shop_is_told_of_them(amazon: Server) -> None:
    brand = make_brand(skus="ABCD", stock_each=5)
    connection = connect(brand, amazon)
    expose.read_listings(lambda: now(brand.ctx), connection_id=connection.id)
    sync.follow_all()
    free = available(brand)
    first, second = (place(amazon, {"sku": "A", "quantity": free - 3, "price": "1.00"}, status="PENDING") for _ in range(2))
    came(brand, connection, first)
    came(brand, connection, second)
    assert available(brand) == 0
    sync.follow_all()
    wanted = db.scalar(
        "SELECT e.wanted FROM channels_exposure e JOIN channels_listing l ON l.id = e.listing_id WHERE l.external_id = 'A'"
    )
    assert wanted == 0
    for placed in (second, first):  # who pays first does not matter: each kept its own
        amazon.post(f"/admin/orders/{placed['id']}", {"status": "UNSHIPPED"})
        came(brand, connection, placed)
    rows = rows_of(brand)
    assert [rows[one["id"]].on_hold for one in (first, second)] == [False, True]
    sound()


def test_a_list_tells_of_pending_orders_without_reading_each_and_once(amazon: Server) -> None:
    brand = make_brand(skus="ABCD", stock_each=5)
    connection = connect(brand, amazon)
    calls = amazon.get("/admin/books")["calls"].get("getOrder", 0)
    place(amazon, {"sku": "B", "quantity": 2, "price": "2.00"}, status="PENDING")
    before = available(brand, "B")
    reconcile.reconcile_connection(now(brand.ctx), connection_now(brand, connection))
    assert available(brand, "B") == before - 2
    assert amazon.get("/admin/books")["calls"].get("getOrder", 0) == calls
    # Orders that other tests left are named, and not asked for here.
    repeats = db.scalar("SELECT sum(repeats) FROM base_arrival WHERE body::bytea LIKE '%%PENDING%%'::bytea")
    reconcile.reconcile_connection(now(brand.ctx), connection_now(brand, connection))
    assert db.scalar("SELECT sum(repeats) FROM base_arrival WHERE body::bytea LIKE '%%PENDING%%'::bytea") == repeats
    assert available(brand, "B") == before - 2


def test_pending_orders_that_come_together_lock_what_they_want_in_one_go(amazon: Server) -> None:
    brand = make_brand(skus="ABCD", stock_each=5)
    connection = connect(brand, amazon)
    for sku in "DA":  # one after the other, that would be locked against the sequence
        place(amazon, {"sku": sku, "quantity": 2, "price": "2.00"}, status="PENDING")
    with CaptureQueriesContext(db_connection) as asked:
        reconcile.reconcile_connection(now(brand.ctx), connection_now(brand, connection))
    said = [query["sql"] for query in asked.captured_queries]
    first = next(sql for sql in said if "FROM stock_item" in sql and "FOR NO KEY UPDATE" in sql)
    [named] = re.findall(r"variant_id = ANY\('\{([\d,]*)\}'", first)
    ids = [int(id) for id in named.split(",")]  # other tests may have left some that want more
    assert ({brand.variants["A"], brand.variants["D"]} <= set(ids), ids) == (True, sorted(ids))
    assert [available(brand, sku) for sku in "AD"] == [8, 8]
    sound()


@both
def test_a_wish_to_cancel_holds_an_order_once_and_a_person_decides(amazon: Server, api: str) -> None:
    brand = make_brand(skus="ABCD", stock_each=5)
    connection = connect(brand, amazon, orders_api=api)
    placed = place(amazon)
    came(brand, connection, placed)
    order_id = rows_of(brand)[placed["id"]].id
    assert orders.get(brand.ctx, id=order_id).holds == []
    amazon.post(f"/admin/orders/{placed['id']}", {"cancel_wished": "found it cheaper"})
    came(brand, connection, placed)
    [hold] = orders.get(brand.ctx, id=order_id).holds
    assert (hold.reason, hold.detail) == ("other", {"cancel_wished": True})
    assert rows_of(brand)[placed["id"]].tags == ["buyer-wishes-to-cancel"]
    assert "asked the shop to cancel it" in signed_in(brand.ctx).get(f"/orders/{order_id}/").content.decode()
    parts = [part.id for part in orders.fulfilment_orders_of(brand.ctx, order_ids=[order_id])]
    orders_actions.release_hold(now(brand.ctx), fulfilment_order_ids=parts, reason=HoldReason.OTHER)
    amazon.post(f"/admin/orders/{placed['id']}", {"cancel_wished": "found it cheaper still"})
    came(brand, connection, placed)
    assert orders.get(brand.ctx, id=order_id).holds == []  # who released it knew
    new = place(amazon)
    amazon.post(f"/admin/orders/{new['id']}", {"cancel_wished": "a mistake"})
    came(brand, connection, new)
    assert rows_of(brand)[new["id"]].on_hold is True


def test_a_feed_that_broke_off_is_compared_by_reading_before_it_is_told_again(amazon: Server) -> None:
    brand = make_brand(skus="ABCD", stock_each=5)
    connection = connect(brand, amazon)
    expose.read_listings(lambda: now(brand.ctx), connection_id=connection.id)
    sync.follow_all()
    db.execute("DELETE FROM procrastinate_jobs")
    amazon.post("/admin/faults", {"feed_fatal": 1})
    expose.push(lambda: now(brand.ctx), connection_id=connection.id, go_on=lambda: True)
    for _ in range(40):
        db.execute("UPDATE channels_exposure SET retry_at = NULL WHERE handle <> ''")
        expose.push(lambda: now(brand.ctx), connection_id=connection.id, go_on=lambda: False)  # asks, and tells nothing new
        if not db.scalar("SELECT count(*) FROM channels_exposure WHERE handle <> ''"):
            break
        time.sleep(0.05)
    rows = db.dicts("SELECT shows, problem, retry_at > now() AS waits FROM channels_exposure")
    assert {(row["shows"], row["problem"], row["waits"]) for row in rows} == {(None, "Amazon broke the feed off", True)}
    assert db.scalar("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'read_listings'") == 1
    expose.read_listings(lambda: now(brand.ctx), connection_id=connection.id)
    there = {one["sku"]: one["quantity"] for one in amazon.get("/admin/books")["listings"]}
    shows = db.dicts("SELECT l.sku, e.shows FROM channels_exposure e JOIN channels_listing l ON l.id = e.listing_id")
    assert {row["sku"]: row["shows"] for row in shows} == {sku: there[sku] for sku in "ABCD"}  # some were set, some were not
    assert len(set(there.values())) > 1
