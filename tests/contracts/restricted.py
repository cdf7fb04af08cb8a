"""Orders of Amazon whose buyers are kept apart: what tests of that do and look at."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from doorstep.base import arrivals, db
from doorstep.base.arrivals import Incoming
from doorstep.channels.values import ConnectionRow
from doorstep.flows import printing, recipients, reconcile, ship
from doorstep.flows.arrivals import process
from doorstep.fulfilment import actions as floor
from doorstep.fulfilment import queries as floor_queries
from doorstep.orders import queries as orders
from doorstep.orders.queries import OrderFilter
from doorstep.providers.amazon import reading
from doorstep.shipping import actions as shipping
from doorstep.shipping.labels import zpl
from doorstep.shipping.port import Scan
from doorstep.shipping.values import TrackingStatus
from doorstep.worker.dispatch import drain
from tests.contracts.amazon import GERMANY, now, place, rows_of
from tests.factories import Brand
from tests.floor import buy_label, pick_all
from tests.sandbox.conftest import Server, running

NAME, STREET, PHONE = "Ottokar Wiesengrund", "Lindenallee 12", "+49 221 7654321"
WHOM = {"name": NAME, "line1": STREET, "phone": PHONE}


def everywhere(*words: str) -> list[str]:
    """Rows of any table that hold one of these words in any column, bytes read as text."""
    found = []
    for table in db.column("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"):
        raw = db.column(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND data_type = 'bytea'", [table]
        )
        texts = db.column(f'SELECT t::text FROM "{table}" t')
        for column in raw:
            texts += db.column(f"SELECT encode({column}, 'escape') FROM \"{table}\" WHERE {column} IS NOT NULL")
        found += [f"{table}: {text[:200]}" for text in texts if any(word in text for word in words)]
    return found


def ordered(amazon: Server, brand: Brand, connection: ConnectionRow, **more: Any) -> tuple[dict[str, Any], int]:
    placed = place(amazon, **{"address": WHOM} | more)
    reconcile.read_one(now(brand.ctx), connection_id=connection.id, external_id=placed["id"])
    return placed, rows_of(brand)[placed["id"]].id


def pushed(brand: Brand, connection: ConnectionRow, order_id: str, postal_code: str) -> list[str]:
    """Amazon says that the order changed, where about it goes with it, and once more so that nobody can read it.

    Returns: what became of both.
    """
    summary = {"MarketplaceId": GERMANY, "OrderStatus": "Unshipped", "FulfillmentType": "MFN", "DestinationPostalCode": postal_code}
    told = {"SellerId": "A3SANDBOX", "AmazonOrderId": order_id, "Summary": summary}
    bodies = [{"NotificationType": "ORDER_CHANGE", "Payload": {name: told}} for name in ("OrderChangeNotification", "Unheard")]
    incoming = [Incoming(connection.id, f"note-{n}", "ORDER_CHANGE", json.dumps(b).encode()) for n, b in enumerate(bodies)]
    ids = [one.id for one in arrivals.keep(now(brand.ctx), incoming)]
    outcomes = process(now(brand.ctx), arrival_ids=ids)
    return [outcomes[id] for id in ids]


def pushed_still(brand: Brand) -> int:
    """How many of these still say where about it goes."""
    return int(db.scalar("SELECT count(*) FROM base_arrival WHERE topic = 'ORDER_CHANGE' AND body <> ''"))


def run_jobs(brand: Brand) -> int:
    """Does the jobs that ask who gets an order.  Returns: how many there were."""
    jobs = db.dicts("SELECT id, args FROM procrastinate_jobs WHERE task_name = 'fetch_recipient' AND status = 'todo'")
    for job in jobs:
        db.execute("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = %s", [job["id"]])
        recipients.fetch(now(brand.ctx), order_id=job["args"]["order_id"])
    return len(jobs)


def packed(brand: Brand, order_id: int) -> int:
    """The parcel of an order, with its label."""
    for row in floor_queries.list_pick_lists(brand.ctx):
        pick_all(brand, row.id)
    [part] = orders.fulfilment_orders_of(brand.ctx, order_ids=[order_id])
    parcel_id = floor.pack(brand.ctx, fulfilment_order_id=part.id)
    assert parcel_id is not None
    return parcel_id


def labelled(brand: Brand, order_id: int) -> int:
    """The parcel of an order, whose label the carrier has sold."""
    parcel_id = packed(brand, order_id)
    drain()
    buy_label(brand, parcel_id)
    return parcel_id


def handed_over(brand: Brand, order_id: int) -> int:
    """The parcel of an order, which has left."""
    parcel_id = labelled(brand, order_id)
    ship.hand_over(now(brand.ctx), parcel_ids=[parcel_id])
    return parcel_id


def label_of(brand: Brand, parcel_id: int) -> str:
    return str(zpl.render_label(printing.label_fields(brand.ctx, parcel_id=parcel_id)))


def arrived(brand: Brand, parcel_id: int, at: datetime) -> None:
    scan = Scan("s1", "DS1234567890", TrackingStatus.DELIVERED, "D", "delivered", "", at)
    shipping.record_scans(replace(brand.ctx, now=at), parcel_id=parcel_id, scans=[scan])


def found_by(brand: Brand, text: str) -> list[str]:
    return [row.external_id for row in orders.list_orders(brand.ctx, where=OrderFilter(text=text), limit=10)]


@pytest.fixture(scope="module")
def marketplace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running("amazon", tmp_path_factory.mktemp("restricted")) as server:
        assert server.http.put("/admin/listings", json=[{"sku": "A", "title": "Tee", "quantity": 1000}]).status_code == 200
        yield server


@pytest.fixture
def amazon(marketplace: Server) -> Server:
    db.execute("DELETE FROM procrastinate_jobs")
    reading._may_see.clear()
    marketplace.post("/admin/roles", {})
    marketplace.post("/admin/limits", {})  # its buckets are full again
    return marketplace
