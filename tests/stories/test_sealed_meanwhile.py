"""Old orders are sealed while people change them: what a person says of where an order goes is never undone by it."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from doorstep.base import arrivals, db
from doorstep.flows import edit_order, printing, recipients
from doorstep.flows.arrivals import process
from doorstep.fulfilment import actions as floor
from doorstep.fulfilment import gifts
from doorstep.fulfilment import queries as jobs
from doorstep.fulfilment.actions import PrintWish
from doorstep.messaging.notices import book
from doorstep.messaging.notices.values import NoticeKind, Want, Way
from doorstep.orders import queries as orders
from doorstep.orders import recipients as kept
from doorstep.orders.values import Address
from doorstep.shipping import checks
from doorstep.shipping import queries as parcels
from doorstep.shipping.addressing import AddressState, Verdict
from doorstep.tasks import actions as tasks
from doorstep.tasks import queries as open_tasks
from doorstep.tasks.values import TaskDraft
from tests.api.shop import connect_shop
from tests.factories import draft, make_brand, packed, place, together
from tests.floor import buy_label
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
        until = time.monotonic() + 60
        while not db.scalar(waits):
            assert time.monotonic() < until, "nobody came to seal the order"
            time.sleep(0.01)
            db.execute("SELECT pg_stat_clear_snapshot()")  # inside a transaction its first look would stay

    def seal() -> None:
        assert written.wait(60)
        recipients.seal_old(ctx.now + timedelta(hours=1), keep_days={shop.id: 30}, after=0)

    assert together(edit, seal) == [None, None]
    opened = kept.opened(ctx, order_id=order_id)
    assert opened is not None
    assert (opened.ship_to.lines, opened.ship_to.postal_code) == (("Ahornweg 3",), "10117")
    to = orders.destinations(ctx, order_ids=[order_id])[order_id]
    assert (to.ship_to["lines"], to.postal_code) == (["(kept apart)"], "10117")
    assert_all_holds()


def test_nothing_that_was_made_of_an_address_outlives_it(settings: Any, tmp_path: Path) -> None:
    """Suggestions, numbers that were written to, what a giver wrote, labels in folders."""
    settings.HOME = tmp_path
    brand = make_brand()
    ctx, shop = brand.ctx, connect_shop(brand)
    order = replace(draft(), connection_id=shop.id)
    [parcel_id] = packed(ctx, replace(order, buyer=replace(order.buyer, phone="+4915112345678")))
    order_id = parcels.get_parcel(ctx, parcel_id=parcel_id).order_id
    better = {**orders.destinations(ctx, order_ids=[order_id])[order_id].ship_to, "lines": ["Torstraße 1"]}
    checks.record(ctx, checked=[checks.Checked(order_id, better, Verdict(AddressState.SUSPICIOUS, (), better), "rules")])
    gifts.set_gift(ctx, order_id=order_id, is_gift=True, message="Für Minseo")
    about = [Want("n1", NoticeKind.DELIVERED, Way.SMS, order_id, parcel_id, "+4915112345678", {}, ctx.now)]
    [notice] = book.want(ctx, wants=about)
    book.note_queued(ctx, messages={notice.id: None})

    recipients.seal_old(ctx.now + timedelta(hours=1), keep_days={shop.id: 30}, after=0)
    assert checks.checks_of(ctx, order_ids=[order_id]) == {}
    assert [row.address for row in book.list_notices(ctx, order_id=order_id) if row.way == "sms"] == [""]

    printer = floor.add_printer(ctx, name="Folder", kind="folder", target="labels", language="zpl")
    buy_label(brand, parcel_id)
    floor.want_print(ctx, wishes=[PrintWish("label:1", "label", f"parcel:{parcel_id}", f"order:{order_id}", printer)])
    [job] = jobs.print_jobs_of(ctx, subjects=[f"parcel:{parcel_id}"])
    printing.print_now(ctx, print_job_id=job.id)
    [paper] = (tmp_path / "printed" / "labels").iterdir()
    assert paper.read_bytes().startswith(b"^XA")
    at, where = "2026-11-25T10:00:00Z", {"city": "Berlin"}
    one = {"status": "delivered", "datetime": at, "message": "Signed by MINSEO", "tracking_location": where}
    said = {"tracking_code": "DS1234567890", "status": "delivered", "updated_at": at, "tracking_details": [one]}
    [carrier] = parcels.list_carriers(ctx)
    db.execute("UPDATE shipping_carrier SET provider = 'easypost' WHERE id = %s", [carrier.id])
    body = json.dumps({"description": "tracker.updated", "result": said}).encode()
    [scan] = arrivals.keep(ctx, [arrivals.Incoming(carrier.id, "s1", "tracking", body, source=arrivals.CARRIER)])
    assert process(ctx, arrival_ids=[scan.id]) == {scan.id: "processed"}
    facts = {"parcel_id": parcel_id, "what": "exception", "said": "Nobody at Torstraße 1"}
    [task_id] = tasks.create(
        ctx, tasks=[TaskDraft("t1", "parcel_trouble", f"parcel:{parcel_id}", f"order:{order_id}", facts, ctx.now)]
    )
    db.execute("UPDATE base_event SET pending = FALSE")
    assert recipients.erase(ctx, order_ids=[order_id]) == [order_id]
    [told] = parcels.tracking_of(ctx, parcel_ids=[parcel_id])
    assert open_tasks.get(ctx, task_id=task_id).facts == {"parcel_id": parcel_id, "what": "exception"}
    assert db.scalar("SELECT count(*) FROM base_event WHERE data::text LIKE '%%Torstraße 1%%'", []) == 0
    assert (told.status, told.place, told.description, arrivals.get(ctx, id=scan.id).body) == ("delivered", "", "", b"")
    assert (list(paper.parent.iterdir()), gifts.gifts_of(ctx, order_ids=[order_id])[order_id].message) == ([], "")
