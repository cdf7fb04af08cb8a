"""What may come between packing and the driver: cancellations, holds, silence and failing paper, at the worst moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.db import transaction

from doorstep.base import db
from doorstep.base.refusals import Refused
from doorstep.flows import cancel, printing, ship
from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment import queries as floor
from doorstep.orders import actions as orders
from doorstep.orders import locks as order_locks
from doorstep.orders import queries as order_queries
from doorstep.orders.actions import HoldWish
from doorstep.orders.values import HoldReason
from doorstep.shipping import actions as shipping
from doorstep.shipping import queries as parcels
from doorstep.shipping.labels.fonts import FontsMissing
from doorstep.shipping.values import LabelRow, ParcelRow
from doorstep.stock import queries as stock
from doorstep.worker.dispatch import drain
from tests.audit import assert_all_holds
from tests.ear import listening
from tests.factories import Brand, draft, make_brand, make_location, make_variants, packed, receive, together
from tests.sandboxes import Server, borrowed
from tests.stories.test_money_back_races import until_waiting

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("story")]


@pytest.fixture(scope="module")
def carrier() -> Iterator[Server]:
    with borrowed("carrier", "--retry-s", "0.05") as server:
        yield server


@pytest.fixture
def brand(carrier: Server, settings: Any, tmp_path: Path) -> Iterator[Brand]:
    settings.HOME = tmp_path
    carrier.post("/admin/faults", {"trouble": 0})
    made = make_brand()
    to = {"url": str(carrier.http.base_url), "token": "sandbox"}
    shipping.connect_carrier(made.ctx, code="sandbox", name="Sandbox", provider="sandbox_carrier", settings=to)
    # A key must be like no other in the carrier's books, which outlive each test's database.
    db.execute("SELECT setval('shipping_parcel_id_seq', %s)", [time.time_ns() % 10**12])
    yield made
    db.execute("DELETE FROM procrastinate_jobs")  # nothing else empties that table


def packed_parcel(brand: Brand) -> ParcelRow:
    [id] = packed(brand.ctx, draft([("A", 2)]))
    return parcels.get_parcel(brand.ctx, parcel_id=id)


def wished(brand: Brand, parcel: ParcelRow) -> LabelRow:
    drain()
    return parcels.live_labels_of(brand.ctx, parcel_ids=[parcel.id])[parcel.id]


def labelled(brand: Brand) -> ParcelRow:
    parcel = packed_parcel(brand)
    ship.settle_label(brand.ctx, label_id=wished(brand, parcel).id)
    return parcels.get_parcel(brand.ctx, parcel_id=parcel.id)


def sold(carrier: Server, label: LabelRow) -> list[dict[str, Any]]:
    return [s for s in carrier.get("/admin/books")["shipments"] if s["key"] == label.key]


def hold(brand: Brand, parcel: ParcelRow) -> None:
    orders.hold(brand.ctx, wishes=[HoldWish(parcel.fulfilment_order_id, HoldReason.OPERATOR)])


def test_a_hold_before_the_label_stops_the_purchase_and_its_release_goes_on(brand: Brand, carrier: Server) -> None:
    """ShipHero: a hold placed during picking does not stop the shipment."""
    parcel = packed_parcel(brand)
    hold(brand, parcel)
    label = wished(brand, parcel)
    ship.settle_label(brand.ctx, label_id=label.id)
    assert sold(carrier, label) == []
    orders.release_hold(brand.ctx, fulfilment_order_ids=[parcel.fulfilment_order_id], reason=HoldReason.OPERATOR)
    ship.settle_label(brand.ctx, label_id=label.id)
    assert len(sold(carrier, label)) == 1
    assert_all_holds()


def test_a_hold_after_the_label_stops_the_hand_over_and_moves_nothing(brand: Brand) -> None:
    parcel = labelled(brand)
    hold(brand, parcel)
    with pytest.raises(Refused, match="on_hold"):
        ship.hand_over(brand.ctx, parcel_ids=[parcel.id])
    assert parcels.get_parcel(brand.ctx, parcel_id=parcel.id) == parcel
    levels = stock.levels_of(brand.ctx, variant_ids=[brand.variants["A"]])
    assert {row.location_id: row.on_hand for row in levels} == {brand.seoul: 10, brand.berlin: 10}
    assert_all_holds()


def test_eight_that_hand_over_at_once_ship_once(brand: Brand) -> None:
    parcel = labelled(brand)
    answers = together(*[lambda: ship.hand_over(brand.ctx, parcel_ids=[parcel.id])] * 8)
    assert [a for a in answers if isinstance(a, Exception)] == []
    assert sorted(map(str, answers)) == sorted([str([parcel.id]), *["[]"] * 7])
    [level] = [
        r for r in stock.levels_of(brand.ctx, variant_ids=[brand.variants["A"]]) if r.location_id == brand.berlin
    ]
    assert (level.on_hand, level.committed) == (8, 0)
    assert_all_holds()


def test_many_parcels_leave_together_or_not_at_all(brand: Brand) -> None:
    ready, bare = labelled(brand), packed_parcel(brand)
    with pytest.raises(Refused, match="no_label"):
        ship.hand_over(brand.ctx, parcel_ids=[ready.id, bare.id])
    assert parcels.get_parcel(brand.ctx, parcel_id=ready.id).state == "labelled"
    assert_all_holds()


def test_label_bought_twice_on_retry(brand: Brand, carrier: Server) -> None:
    """It is not: after silence the label is looked up by its key before the carrier is asked again."""
    label = wished(brand, packed_parcel(brand))
    carrier.post("/admin/faults", {"timeout_after_success": 1, "hold_s": 0.05})
    with pytest.raises(httpx.HTTPError):
        ship.settle_label(brand.ctx, label_id=label.id)
    carrier.post("/admin/faults", {"trouble": 0})
    for _ in range(3):
        ship.settle_label(brand.ctx, label_id=label.id)
    [shipment] = sold(carrier, label)
    now = parcels.get_label(brand.ctx, label_id=label.id)
    assert (now.state, now.tracking_number) == ("bought", shipment["tracking_number"])
    assert_all_holds()


def test_2_of_3_shipped_does_not_become_partially_shipped_vendure_2191(brand: Brand) -> None:
    """It does: the order is partly fulfilled from the first parcel to the last but one, fulfilled with the last."""
    ctx = brand.ctx
    jeju = make_location(ctx, "CJU", "KR", city="Jeju", postal_code="63309")
    for sku, at in (("ONE", brand.seoul), ("TWO", brand.berlin), ("THREE", jeju)):
        receive(ctx, make_variants(ctx, [sku])[sku], at, 1)
    three = packed(ctx, draft([("ONE", 1), ("TWO", 1), ("THREE", 1)]))
    drain()
    told = []
    for parcel_id in three:
        ship.settle_label(ctx, label_id=parcels.live_labels_of(ctx, parcel_ids=[parcel_id])[parcel_id].id)
    for parcel_id in three:
        ship.hand_over(ctx, parcel_ids=[parcel_id])
        order_id = parcels.get_parcel(ctx, parcel_id=parcel_id).order_id
        told.append(order_queries.orders_by_id(ctx, ids=[order_id])[order_id].fulfilment_state)
    assert told == ["partially_fulfilled", "partially_fulfilled", "fulfilled"]
    assert_all_holds()


def test_jobs_that_run_twice_at_once_buy_one_label(brand: Brand, carrier: Server) -> None:
    label = wished(brand, packed_parcel(brand))
    answers = together(*[lambda: ship.settle_label(brand.ctx, label_id=label.id)] * 6)
    assert [a for a in answers if a is not None] == []
    assert len(sold(carrier, label)) == 1
    assert_all_holds()


def test_a_label_sold_in_silence_for_an_order_cancelled_since_is_given_back(brand: Brand, carrier: Server) -> None:
    parcel = packed_parcel(brand)
    label = wished(brand, parcel)
    carrier.post("/admin/faults", {"timeout_after_success": 1, "hold_s": 0.05})
    with pytest.raises(httpx.HTTPError):
        ship.settle_label(brand.ctx, label_id=label.id)
    carrier.post("/admin/faults", {"trouble": 0})
    cancel.cancel(brand.ctx, order_id=parcel.order_id, reason="test")
    drain()
    ship.settle_label(brand.ctx, label_id=label.id)
    assert [s["state"] for s in sold(carrier, label)] == ["voided"]
    assert parcels.get_label(brand.ctx, label_id=label.id).state == "voided"
    assert_all_holds()


def refused_once(brand: Brand, carrier: Server, label: LabelRow) -> None:
    """The carrier was asked and answered that it is away: nothing was sold."""
    shipping.begin(brand.ctx, label_id=label.id, service="STANDARD")
    shipping.settle_label(brand.ctx, label_id=label.id, answer=None, problem="503")
    assert sold(carrier, label) == []


def test_nothing_is_bought_for_a_parcel_that_was_cancelled(brand: Brand, carrier: Server) -> None:
    parcel = packed_parcel(brand)
    label = wished(brand, parcel)
    refused_once(brand, carrier, label)
    cancel.cancel(brand.ctx, order_id=parcel.order_id, reason="test")
    drain()
    ship.settle_label(brand.ctx, label_id=label.id)
    assert parcels.get_label(brand.ctx, label_id=label.id).state == "voided"
    assert sold(carrier, label) == []


def test_a_hold_stops_the_second_try_too(brand: Brand, carrier: Server) -> None:
    """ShipHero: a hold placed during picking does not stop the shipment."""
    parcel = packed_parcel(brand)
    label = wished(brand, parcel)
    refused_once(brand, carrier, label)
    hold(brand, parcel)
    ship.settle_label(brand.ctx, label_id=label.id)
    assert sold(carrier, label) == []


def test_a_cancelled_order_is_not_handed_over_although_its_parcel_is_still_labelled(brand: Brand) -> None:
    """The order was cancelled a moment ago; the worker has not cleared the floor yet."""
    parcel = labelled(brand)
    cancel.cancel(brand.ctx, order_id=parcel.order_id, reason="test")
    with pytest.raises(Refused):
        ship.hand_over(brand.ctx, parcel_ids=[parcel.id])
    assert parcels.get_parcel(brand.ctx, parcel_id=parcel.id).state == "labelled"


def test_a_cancellation_and_a_hand_over_at_once_never_deadlock(brand: Brand) -> None:
    """Deadlock after 200 documents (erpnext #36825)."""
    parcel = labelled(brand)

    is_held = threading.Event()

    def cancel_slowly() -> None:
        with transaction.atomic():
            order_locks.order(brand.ctx, parcel.order_id)
            is_held.set()
            until_waiting(1)
            orders.cancel(brand.ctx, order_id=parcel.order_id, reason="test")

    def hand_over() -> None:
        assert is_held.wait(60)
        ship.hand_over(brand.ctx, parcel_ids=[parcel.id])

    answers = together(cancel_slowly, hand_over)
    assert [a for a in answers if isinstance(a, Exception) and not isinstance(a, Refused)] == []


def print_job(brand: Brand, parcel: ParcelRow, **more: Any) -> int:
    fulfilment.add_printer(brand.ctx, **({"name": "Desk", "kind": "folder", "target": "desk"} | more))
    printer = floor.find_printer(brand.ctx, location_id=parcel.location_id)
    assert printer is not None
    wish = fulfilment.PrintWish("label:x", "label", f"parcel:{parcel.id}", f"order:{parcel.order_id}", printer.id)
    [job] = fulfilment.want_print(brand.ctx, wishes=[wish])
    return job


def state_of(brand: Brand, job: int) -> str:
    found = floor.find_print_job(brand.ctx, id=job)
    assert found is not None
    return found.state


def test_a_print_that_was_begun_before_a_crash_is_not_repeated_where_its_paper_lies(
    brand: Brand, tmp_path: Path
) -> None:
    parcel = labelled(brand)
    job = print_job(brand, parcel)
    printing.print_now(brand.ctx, print_job_id=job)
    [paper] = (tmp_path / "printed" / "desk").iterdir()
    before = paper.stat().st_mtime_ns
    db.execute("UPDATE fulfilment_printjob SET state = 'printing' WHERE id = %s", [job])
    printing.print_now(brand.ctx, print_job_id=job)
    assert state_of(brand, job) == "printed"
    assert paper.stat().st_mtime_ns == before


def test_a_print_that_nobody_can_look_up_is_unknown_after_a_crash(brand: Brand) -> None:
    job = print_job(brand, labelled(brand), kind="raw", target="127.0.0.1:9")
    db.execute("UPDATE fulfilment_printjob SET state = 'printing' WHERE id = %s", [job])
    printing.print_now(brand.ctx, print_job_id=job)
    assert state_of(brand, job) == "unknown"


def test_a_printer_that_is_away_fails_in_words(brand: Brand) -> None:
    job = print_job(brand, labelled(brand), kind="raw", target="127.0.0.1:9")
    printing.print_now(brand.ctx, print_job_id=job)
    found = floor.find_print_job(brand.ctx, id=job)
    assert found is not None
    assert (found.state, found.problem.startswith("127.0.0.1:9")) == ("failed", True)


def test_a_label_that_cannot_be_drawn_has_failed(brand: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    job = print_job(brand, labelled(brand), kind="raw", target="127.0.0.1:9")

    def without_fonts(*_: object, **__: object) -> bytes:
        raise FontsMissing("Pretendard is missing")

    monkeypatch.setattr("doorstep.shipping.labels.pdf.render_label_pdf", without_fonts)
    printing.print_now(brand.ctx, print_job_id=job)
    assert state_of(brand, job) == "failed"


def test_a_carrier_that_stays_away_does_not_pile_up_jobs(brand: Brand) -> None:
    [parcel_id] = packed(brand.ctx, draft())
    drain()
    [label] = parcels.labels_of(brand.ctx, parcel_ids=[parcel_id])
    late = datetime.now(UTC) + timedelta(minutes=1)
    db.execute("DELETE FROM procrastinate_jobs")  # the one that the wish itself asked for has given up
    for _ in range(5):
        ship.sweep_unsettled(late)
    waiting = db.dicts("SELECT task_name, args, lock FROM procrastinate_jobs WHERE status = 'todo'")
    arguments = {"organisation_id": brand.ctx.organisation_id, "label_id": label.id}
    assert waiting == [{"task_name": "settle_label", "args": arguments, "lock": f"label:{label.id}"}]


def on_their_way(brand: Brand, count: int) -> list[ParcelRow]:
    """Parcels that their carrier has and of which nothing was heard since."""
    sent = [labelled(brand) for _ in range(count)]
    ship.hand_over(brand.ctx, parcel_ids=[parcel.id for parcel in sent])
    ship.tell_carriers(datetime.now(UTC))
    db.execute("UPDATE shipping_parcel SET checked_at = NULL")
    return [parcels.get_parcel(brand.ctx, parcel_id=parcel.id) for parcel in sent]


def statuses(brand: Brand, sent: list[ParcelRow]) -> list[str]:
    return [parcels.get_parcel(brand.ctx, parcel_id=parcel.id).status for parcel in sent]


def move_to(brand: Brand, parcel: ParcelRow, url: str) -> None:
    """A parcel of another carrier."""
    to = {"url": url, "token": "t0ken"}
    other = shipping.connect_carrier(brand.ctx, code="other", name="Other", provider="sandbox_carrier", settings=to)
    db.execute("UPDATE shipping_parcel SET carrier_id = %s WHERE id = %s", [other, parcel.id])


@pytest.mark.parametrize(
    "body",
    [b"<html>Back soon</html>", b"{}", b'{"events": [{}]}', b"[" * 100_000],
    ids=["a page", "empty", "another shape", "deep"],
)
def test_an_answer_that_cannot_be_read_holds_up_no_other_parcel(brand: Brand, carrier: Server, body: bytes) -> None:
    first, second = sent = on_their_way(brand, 2)
    carrier.post("/admin/advance", {"tracking_number": second.tracking_number, "to": "91"})
    with listening(status=200, body=body) as ear:
        move_to(brand, first, ear.url)
        ship.track_open(datetime.now(UTC) + timedelta(minutes=1))
    assert (len(ear.caught), statuses(brand, sent)[1]) == (1, "delivered")


def test_words_of_a_carrier_that_no_column_holds_are_cleaned_and_hold_up_no_other_parcel(
    brand: Brand, carrier: Server
) -> None:
    sent = on_their_way(brand, 2)
    strange = {"name": "Hub\x00\x1b 7", "country_code": "DE"}
    for parcel in sent:
        carrier.post("/admin/advance", {"tracking_number": parcel.tracking_number, "to": "91", "location": strange})
    ship.track_open(datetime.now(UTC) + timedelta(minutes=1))
    assert statuses(brand, sent) == ["delivered", "delivered"]
    newest = parcels.tracking_of(brand.ctx, parcel_ids=[sent[0].id])[0]
    assert newest.place == "Hub 7, DE"


def test_a_carrier_that_is_away_is_asked_once_a_round_and_its_parcels_go_to_the_end_of_the_line(brand: Brand) -> None:
    sent = on_their_way(brand, 3)
    late = datetime.now(UTC) + timedelta(minutes=1)
    with listening(status=503) as ear:
        db.execute("UPDATE shipping_carrier SET settings = settings || jsonb_build_object('url', %s::text)", [ear.url])
        ship.track_open(late)
        assert len(ear.caught) == 1
        ship.track_open(late + timedelta(seconds=5))
        assert len(ear.caught) == 1
        ship.track_open(late + timedelta(minutes=1))
        assert len(ear.caught) == 2
    assert len(sent) == 3
