"""A real carrier process pushes to a real server: nobody asks, and the parcel arrives all the same."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from doorstep.base import arrivals, db
from doorstep.flows import ship, subscriptions
from doorstep.shipping import actions as shipping
from doorstep.shipping import queries
from doorstep.worker.dispatch import drain
from tests.factories import draft, make_brand, packed
from tests.sandboxes import Server, borrowed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("story")]


@pytest.fixture(autouse=True)
def no_jobs_stay(transactional_db: None) -> Iterator[None]:
    yield
    db.execute("DELETE FROM procrastinate_jobs")


@pytest.fixture
def carrier() -> Iterator[Server]:
    with borrowed("carrier", "--retry-s", "0.05") as server:
        yield server


def until(condition: Callable[[], Any], *, what: str) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, f"waited for {what}"
        time.sleep(0.05)


def test_a_parcel_is_followed_to_the_door_by_webhooks_alone(carrier: Server, live_server: Any, settings: Any) -> None:
    settings.PUBLIC_URL = live_server.url
    brand = make_brand()
    carrier.post("/admin/faults", {"trouble": 0, "duplicate": 0.5, "disorder": False})
    to = {"url": str(carrier.http.base_url), "token": "sandbox"}
    carrier_id = shipping.connect_carrier(brand.ctx, code="x", name="X", provider="sandbox_carrier", settings=to)
    subscriptions.subscribe(brand.ctx, source=arrivals.CARRIER, id=carrier_id)
    [id] = packed(brand.ctx, draft())
    drain()
    ship.settle_label(brand.ctx, label_id=queries.live_labels_of(brand.ctx, parcel_ids=[id])[id].id)
    ship.hand_over(brand.ctx, parcel_ids=[id])
    number = queries.get_parcel(brand.ctx, parcel_id=id).tracking_number
    for code in ("11", "82", "91"):
        carrier.post("/admin/advance", {"tracking_number": number, "to": code})
    until(lambda: queries.get_parcel(brand.ctx, parcel_id=id).delivered_at, what="the delivery")
    until(lambda: not carrier.get("/admin/deliveries?state=pending")["deliveries"], what="every push to be answered")
    codes = [row.raw_code for row in reversed(queries.tracking_of(brand.ctx, parcel_ids=[id]))]
    assert [code for code in codes if code in ("11", "82", "91")] == ["11", "82", "91"]
    assert db.scalar("SELECT count(*) FROM base_event WHERE type = 'parcel.delivered'") == 1
    assert {row["state"] for row in carrier.get("/admin/deliveries")["deliveries"]} == {"delivered"}
