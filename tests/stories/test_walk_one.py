"""Walk 1: an order on its way to the doorstep, with the real carrier process and real paper."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import httpx
import pytest
from django.conf import settings as django_settings

from doorstep.base import db, outbox, tls
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.flows import cancel, printing, ship
from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment import queries as floor
from doorstep.fulfilment import scanning
from doorstep.orders import actions as orders
from doorstep.orders import queries as order_queries
from doorstep.orders.actions import HoldWish
from doorstep.orders.values import HoldReason
from doorstep.shipping import actions as shipping
from doorstep.shipping import queries as parcels
from doorstep.stock import queries as stock
from doorstep.worker import post
from doorstep.worker.dispatch import drain
from tests.audit import assert_all_holds
from tests.factories import NOW, Brand, draft, make_brand, place, receive

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("story")]


@pytest.fixture(scope="module")
def carrier_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The sandbox carrier as its own process."""
    home = tmp_path_factory.mktemp("carrier")
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox.carrier", "--home", str(home), "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("ready: "), line
    yield line.removeprefix("ready: ").strip()
    process.terminate()
    process.wait(60)


@pytest.fixture
def brand(carrier_url: str, tmp_path: Path, settings: object) -> Brand:
    db.execute("DELETE FROM procrastinate_jobs")  # what earlier tests left to a worker that never came
    db.execute("UPDATE base_event SET pending = FALSE")
    made = make_brand(stock_each=10)
    settings.MAIL_FOLDER = tmp_path / "mail"  # type: ignore[attr-defined]
    settings.HOME = tmp_path  # type: ignore[attr-defined]
    shipping.connect_carrier(
        made.ctx, code="sandbox", name="Sandbox", provider="sandbox_carrier", settings={"url": carrier_url, "token": "sandbox"}
    )
    fulfilment.add_printer(made.ctx, name="Desk", kind="folder", target="desk")
    return made


def work(ctx: Ctx) -> None:
    """What the worker does, in the test's own thread: events, then every job that waits."""
    for _ in range(6):
        drain()
        post.empty()
        waiting = db.dicts("SELECT id, task_name, args FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id")
        db.execute("DELETE FROM procrastinate_jobs WHERE id = ANY(%s)", [[j["id"] for j in waiting]])
        for job in waiting:
            if job["task_name"] == "settle_label":
                ship.settle_label(ctx, label_id=job["args"]["label_id"])
            elif job["task_name"] == "print_document":
                printing.print_now(ctx, print_job_id=job["args"]["print_job_id"])


def scan_all(ctx: Ctx, pick_list_id: int) -> None:
    for task in floor.tasks_of(ctx, pick_list_id=pick_list_id):
        for n in range(task.qty - task.picked):
            got = scanning.scan(
                ctx, pick_list_id=pick_list_id, client_id=f"{task.id}-{n}-{pick_list_id}", code=task.sku, typed=False, at=NOW
            )
            assert got.problem == "", got


def test_from_the_buy_button_to_the_doorstep(brand: Brand, carrier_url: str, tmp_path: Path) -> None:
    ctx = brand.ctx
    [order_id] = place(ctx, draft([("A", 2), ("B", 1)], external_id="1001"))
    work(ctx)
    [part] = order_queries.fulfilment_orders_of(ctx, order_ids=[order_id])
    assert part.location_id == brand.berlin
    assert part.routed_why["why"] == "nearest_complete"
    [pick_list] = floor.list_pick_lists(ctx)
    assert (pick_list.orders, pick_list.units, pick_list.picked) == (1, 3, 0)

    wrong = scanning.scan(ctx, pick_list_id=pick_list.id, client_id="w", code="C", typed=False, at=NOW)
    assert wrong.problem == "not_on_list"
    with pytest.raises(Refused, match="wrong_state"):
        fulfilment.pack(ctx, fulfilment_order_id=part.id)
    scan_all(ctx, pick_list.id)
    assert floor.get_pick_list(ctx, pick_list_id=pick_list.id).state == "picked"
    assert fulfilment.pack(ctx, fulfilment_order_id=part.id) is not None
    assert fulfilment.pack(ctx, fulfilment_order_id=part.id) is None
    work(ctx)
    [parcel] = parcels.parcels_of(ctx, order_ids=[order_id])
    assert parcel.state == "labelled"
    printed = sorted(p.name.split("-")[0] for p in (tmp_path / "printed" / "desk").iterdir())
    assert printed == ["label", "slip"]

    assert ship.hand_over(ctx, parcel_ids=[parcel.id]) == [parcel.id]
    assert ship.hand_over(ctx, parcel_ids=[parcel.id]) == []
    work(ctx)
    ship.tell_carriers(datetime.now(UTC))
    for code in ("11", "82", "91"):
        httpx.post(
            f"{carrier_url}/admin/advance",
            json={"tracking_number": parcel.tracking_number, "to": code},
            headers={"Authorization": "Bearer sandbox"},
            verify=tls.trusted(),
        ).raise_for_status()
    deadline = time.monotonic() + 60
    while parcels.get_parcel(ctx, parcel_id=parcel.id).status != "delivered" and time.monotonic() < deadline:
        carrier = ship.carrier_of(ctx, parcel.carrier_id or 0)
        shipping.record_scans(ctx, parcel_id=parcel.id, scans=carrier.track(parcel.tracking_number))
    work(ctx)
    order = order_queries.orders_by_id(ctx, ids=[order_id])[order_id]
    assert (order.state, order.fulfilment_state) == ("closed", "delivered")
    level = {row.location_id: row for row in stock.levels_of(ctx, variant_ids=[brand.variants["A"]])}[brand.berlin]
    assert (level.on_hand, level.committed) == (8, 0)
    told = [e.type for e in sorted(outbox.timeline(ctx, of=[f"order:{order_id}"]), key=lambda e: e.id)]
    milestones = [
        "order.placed", "order.routed", "fulfilment.listed", "fulfilment.line_picked", "fulfilment.picked", "parcel.packed",
        "label.wanted", "label.bought", "print.printed", "parcel.handed_over", "order.fulfilled", "parcel.tracking",
        "parcel.delivered", "order.delivered",
    ]  # fmt: skip
    assert [t for t in dict.fromkeys(told) if t in milestones] == milestones
    mails = [message_from_bytes(p.read_bytes(), policy=default) for p in (tmp_path / "mail").glob("*.eml")]
    assert len(mails) == 3
    link = f"{django_settings.PUBLIC_URL}/t/"
    assert all(m["To"] == "김민서 <minseo@example.com>" for m in mails)
    assert all(link in m.get_body(("plain",)).get_content() for m in mails)
    assert_all_holds()


def test_short_stock_is_held_and_released_by_itself(brand: Brand) -> None:
    ctx = brand.ctx
    [order_id] = place(ctx, draft([("A", 21)]))
    work(ctx)
    assert order_queries.orders_by_id(ctx, ids=[order_id])[order_id].on_hold
    assert floor.list_pick_lists(ctx) == []
    receive(ctx, brand.variants["A"], brand.seoul, 11)
    work(ctx)
    assert not order_queries.orders_by_id(ctx, ids=[order_id])[order_id].on_hold
    [pick_list] = floor.list_pick_lists(ctx)
    assert (pick_list.location_id, pick_list.units) == (brand.seoul, 21)
    assert_all_holds()


def test_an_order_that_no_single_place_can_fill_is_split(brand: Brand) -> None:
    ctx = brand.ctx
    [order_id] = place(ctx, draft([("A", 15)]))
    work(ctx)
    parts = order_queries.fulfilment_orders_of(ctx, order_ids=[order_id])
    lines = order_queries.fulfilment_lines_of(ctx, fulfilment_order_ids=[p.id for p in parts])
    assert [(p.location_id, line.qty) for p, line in zip(parts, lines, strict=True)] == [(brand.berlin, 10), (brand.seoul, 5)]
    assert_all_holds()


def test_cancelling_before_shipping_gives_the_stock_back(brand: Brand) -> None:
    ctx = brand.ctx
    [order_id] = place(ctx, draft([("A", 2)]))
    work(ctx)
    [pick_list] = floor.list_pick_lists(ctx)
    scan_all(ctx, pick_list.id)
    [part] = order_queries.fulfilment_orders_of(ctx, order_ids=[order_id])
    fulfilment.pack(ctx, fulfilment_order_id=part.id)
    work(ctx)
    cancel.cancel(ctx, order_id=order_id, reason="changed their mind")
    work(ctx)
    [parcel] = parcels.parcels_of(ctx, order_ids=[order_id])
    assert parcel.state == "cancelled"
    assert [label.state for label in parcels.labels_of(ctx, parcel_ids=[parcel.id])] == ["voided"]
    assert stock.pool_of(ctx, variant_ids=[brand.variants["A"]])[brand.variants["A"]].available == 20
    assert_all_holds()


def test_a_hold_placed_during_picking_does_not_stop_the_shipment_shiphero(brand: Brand) -> None:
    """It does: what is held is not packed, and what was packed before gets no label and does not leave."""
    ctx = brand.ctx
    [order_id] = place(ctx, draft([("A", 1)]))
    work(ctx)
    [pick_list] = floor.list_pick_lists(ctx)
    [part] = order_queries.fulfilment_orders_of(ctx, order_ids=[order_id])
    scan_all(ctx, pick_list.id)
    orders.hold(ctx, wishes=[HoldWish(part.id, HoldReason.OPERATOR)])
    with pytest.raises(Refused, match="on_hold"):
        fulfilment.pack(ctx, fulfilment_order_id=part.id)
    orders.release_hold(ctx, fulfilment_order_ids=[part.id], reason=HoldReason.OPERATOR)
    fulfilment.pack(ctx, fulfilment_order_id=part.id)
    orders.hold(ctx, wishes=[HoldWish(part.id, HoldReason.OPERATOR)])
    work(ctx)
    [parcel] = parcels.parcels_of(ctx, order_ids=[order_id])
    assert parcel.state == "packed"
    assert_all_holds()


def test_one_label_although_the_carrier_falls_silent_after_selling_it(brand: Brand, carrier_url: str) -> None:
    """Label bought twice on retry."""
    ctx = brand.ctx
    bearer = {"Authorization": "Bearer sandbox"}
    [order_id] = place(ctx, draft([("B", 1)]))
    work(ctx)
    [pick_list] = floor.list_pick_lists(ctx)
    scan_all(ctx, pick_list.id)
    [part] = order_queries.fulfilment_orders_of(ctx, order_ids=[order_id])
    parcel_id = fulfilment.pack(ctx, fulfilment_order_id=part.id)
    assert parcel_id is not None
    faults = {"timeout_after_success": 1.0, "hold_s": 0.2}
    httpx.post(f"{carrier_url}/admin/faults", json=faults, headers=bearer, verify=tls.trusted()).raise_for_status()
    with pytest.raises(httpx.HTTPError):
        work(ctx)
    httpx.post(f"{carrier_url}/admin/faults", json={}, headers=bearer, verify=tls.trusted()).raise_for_status()
    [label] = parcels.labels_of(ctx, parcel_ids=[parcel_id])
    assert label.state == "unknown"
    ship.settle_label(ctx, label_id=label.id)
    [label] = parcels.labels_of(ctx, parcel_ids=[parcel_id])
    assert label.state == "bought"
    books = httpx.get(f"{carrier_url}/admin/books", headers=bearer, verify=tls.trusted()).json()["shipments"]
    assert len([s for s in books if s["key"] == label.key]) == 1
    assert len([s for s in books if s["reference"] == f"parcel-{parcel_id}" and s["key"] == label.key]) == 1
    assert_all_holds()


def test_undoing_a_scan_and_sending_one_twice(brand: Brand) -> None:
    ctx = brand.ctx
    place(ctx, draft([("A", 2)]))
    work(ctx)
    [pick_list] = floor.list_pick_lists(ctx)
    first = scanning.scan(ctx, pick_list_id=pick_list.id, client_id="x", code="A", typed=False, at=NOW)
    again = scanning.scan(ctx, pick_list_id=pick_list.id, client_id="x", code="A", typed=False, at=NOW)
    assert first == again
    assert first.picked == 1
    undone = scanning.undo(ctx, pick_list_id=pick_list.id)
    assert undone is not None
    assert undone.picked == 0
    assert scanning.undo(ctx, pick_list_id=pick_list.id) is None
    assert_all_holds()
