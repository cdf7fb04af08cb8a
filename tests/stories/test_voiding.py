"""A label is voided by hand: given back once, never while the parcel is gone, and another one bought afterwards."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from doorstep.base import db
from doorstep.base.refusals import Refused
from doorstep.flows import printing, ship
from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment import queries as floor
from doorstep.shipping import actions as shipping
from doorstep.shipping import queries as parcels
from doorstep.shipping.port import Scan
from doorstep.shipping.values import LabelRow, ParcelRow, TrackingStatus
from doorstep.worker.dispatch import drain
from tests.audit import assert_all_holds
from tests.factories import Brand, draft, make_brand, packed, together
from tests.sandboxes import Server, borrowed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("story")]


@pytest.fixture(scope="module")
def carrier() -> Iterator[Server]:
    with borrowed("carrier", "--retry-s", "0.05") as server:
        yield server


def connect(brand: Brand, carrier: Server, code: str = "sandbox") -> int:
    to = {"url": str(carrier.http.base_url), "token": "sandbox"}
    return shipping.connect_carrier(brand.ctx, code=code, name=code.title(), provider="sandbox_carrier", settings=to)


@pytest.fixture
def brand(carrier: Server, settings: Any, tmp_path: Path) -> Iterator[Brand]:
    settings.HOME = tmp_path
    carrier.post("/admin/faults", {"trouble": 0})
    made = make_brand()
    connect(made, carrier)
    db.execute("SELECT setval('shipping_parcel_id_seq', %s)", [time.time_ns() % 10**12])
    yield made
    db.execute("DELETE FROM procrastinate_jobs")  # nothing else empties that table


def live(brand: Brand, parcel_id: int) -> LabelRow:
    return parcels.live_labels_of(brand.ctx, parcel_ids=[parcel_id])[parcel_id]


def wished(brand: Brand) -> ParcelRow:
    [id] = packed(brand.ctx, draft([("A", 2)]))
    drain()
    return now(brand, id)


def labelled(brand: Brand) -> ParcelRow:
    parcel = wished(brand)
    ship.settle_label(brand.ctx, label_id=live(brand, parcel.id).id)
    return now(brand, parcel.id)


def now(brand: Brand, parcel_id: int) -> ParcelRow:
    return parcels.get_parcel(brand.ctx, parcel_id=parcel_id)


def states(brand: Brand, parcel: ParcelRow) -> list[str]:
    return [label.state for label in parcels.labels_of(brand.ctx, parcel_ids=[parcel.id])]


def sold(carrier: Server, parcel: ParcelRow) -> list[str]:
    books = carrier.get("/admin/books")["shipments"]
    return [s["state"] for s in books if s["reference"] == f"parcel-{parcel.id}"]


def test_a_voided_label_leaves_a_packed_parcel_that_gets_another_one(brand: Brand, carrier: Server) -> None:
    parcel = labelled(brand)
    first = live(brand, parcel.id)
    assert shipping.want_void(brand.ctx, parcel_ids=[parcel.id]) == [first.id]
    assert now(brand, parcel.id) == parcel
    ship.settle_label(brand.ctx, label_id=first.id)
    after = now(brand, parcel.id)
    assert (after.state, after.tracking_number, after.carrier_id, after.service) == ("packed", "", None, "")
    assert (states(brand, parcel), sold(carrier, parcel)) == (["voided"], ["voided"])
    assert_all_holds()
    other = connect(brand, carrier, "other")
    [second] = shipping.want_label(brand.ctx, parcel_ids=[parcel.id], carrier_id=other)
    ship.settle_label(brand.ctx, label_id=second)
    again = now(brand, parcel.id)
    assert (again.state, again.carrier_id) == ("labelled", other)
    assert again.tracking_number not in ("", parcel.tracking_number)
    assert sorted(sold(carrier, parcel)) == ["created", "voided"]
    assert ship.hand_over(brand.ctx, parcel_ids=[parcel.id]) == [parcel.id]
    assert_all_holds()


def test_voiding_twice_asks_once(brand: Brand, carrier: Server) -> None:
    parcel = labelled(brand)
    answers = together(*[lambda: shipping.want_void(brand.ctx, parcel_ids=[parcel.id])] * 6)
    label = live(brand, parcel.id)
    assert sorted(map(str, answers)) == sorted([str([label.id]), *["[]"] * 5])
    for _ in range(2):
        ship.settle_label(brand.ctx, label_id=label.id)
    assert (states(brand, parcel), sold(carrier, parcel)) == (["voided"], ["voided"])
    assert db.scalar("SELECT count(*) FROM base_event WHERE type = 'label.voided'") == 1


def test_a_parcel_does_not_leave_while_its_label_is_being_voided(brand: Brand) -> None:
    parcel = labelled(brand)
    shipping.want_void(brand.ctx, parcel_ids=[parcel.id])
    with pytest.raises(Refused, match="label_going_back"):
        ship.hand_over(brand.ctx, parcel_ids=[parcel.id])
    assert now(brand, parcel.id) == parcel
    assert_all_holds()


def test_voiding_and_handing_over_at_once_never_both_happen(brand: Brand, carrier: Server) -> None:
    for _ in range(4):
        parcel = labelled(brand)
        label = live(brand, parcel.id)
        together(
            lambda id=parcel.id: ship.hand_over(brand.ctx, parcel_ids=[id]),
            lambda id=parcel.id: shipping.want_void(brand.ctx, parcel_ids=[id]),
        )
        ship.settle_label(brand.ctx, label_id=label.id)
        assert (now(brand, parcel.id).state, states(brand, parcel)) in (
            ("handed_over", ["bought"]),
            ("packed", ["voided"]),
        )
    assert_all_holds()


def test_a_parcel_that_left_keeps_its_label(brand: Brand, carrier: Server) -> None:
    parcel = labelled(brand)
    ship.hand_over(brand.ctx, parcel_ids=[parcel.id])
    before = now(brand, parcel.id)
    with pytest.raises(Refused, match="parcel_gone"):
        shipping.want_void(brand.ctx, parcel_ids=[parcel.id])
    assert (now(brand, parcel.id), states(brand, parcel), sold(carrier, parcel)) == (before, ["bought"], ["created"])


def test_what_has_no_label_or_does_not_exist_is_refused_and_nothing_else_is_voided(brand: Brand) -> None:
    ready, bare = labelled(brand), wished(brand)
    shipping.want_void(brand.ctx, parcel_ids=[bare.id])
    for wrong, code in ((bare.id, "nothing_to_void"), (10**15, "not_found")):
        with pytest.raises(Refused, match=code):
            shipping.want_void(brand.ctx, parcel_ids=[ready.id, wrong])
    assert live(brand, ready.id).void_wanted_at is None


def test_a_wish_that_was_never_sent_just_ends(brand: Brand, carrier: Server) -> None:
    parcel = wished(brand)
    label = live(brand, parcel.id)
    assert shipping.want_void(brand.ctx, parcel_ids=[parcel.id]) == []
    ship.settle_label(brand.ctx, label_id=label.id)
    assert (states(brand, parcel), sold(carrier, parcel)) == (["voided"], [])
    assert_all_holds()


def test_an_unknown_label_is_looked_up_and_given_back_and_not_printed(brand: Brand, carrier: Server) -> None:
    fulfilment.add_printer(brand.ctx, name="Desk", kind="folder", target="desk")
    parcel = wished(brand)
    label = live(brand, parcel.id)
    carrier.post("/admin/faults", {"timeout_after_success": 1, "hold_s": 0.05})
    with pytest.raises(httpx.HTTPError):
        ship.settle_label(brand.ctx, label_id=label.id)
    assert states(brand, parcel) == ["unknown"]
    carrier.post("/admin/faults", {"trouble": 0})
    shipping.want_void(brand.ctx, parcel_ids=[parcel.id])
    ship.settle_label(brand.ctx, label_id=label.id)
    drain()
    assert (now(brand, parcel.id).state, states(brand, parcel)) == ("packed", ["voided"])
    assert sold(carrier, parcel) == ["voided"]
    assert floor.print_jobs_of(brand.ctx, subjects=[f"parcel:{parcel.id}"]) == []
    assert_all_holds()


def test_a_carrier_that_refuses_leaves_everything_as_it_was(brand: Brand, carrier: Server) -> None:
    parcel = labelled(brand)
    carrier.post("/manifests", {"tracking_numbers": [parcel.tracking_number]}, status=201)
    shipping.want_void(brand.ctx, parcel_ids=[parcel.id])
    ship.settle_label(brand.ctx, label_id=live(brand, parcel.id).id)
    label = live(brand, parcel.id)
    assert (label.state, label.void_wanted_at) == ("bought", None)
    assert label.problem == "The carrier does not take it back."
    assert now(brand, parcel.id) == parcel
    assert ship.hand_over(brand.ctx, parcel_ids=[parcel.id]) == [parcel.id]
    assert_all_holds()


def test_a_carrier_that_is_away_is_asked_again(brand: Brand, carrier: Server) -> None:
    parcel = labelled(brand)
    label = live(brand, parcel.id)
    shipping.want_void(brand.ctx, parcel_ids=[parcel.id])
    carrier.post("/admin/faults", {"error_5xx": 1})
    with pytest.raises(httpx.HTTPError):
        ship.settle_label(brand.ctx, label_id=label.id)
    assert live(brand, parcel.id).void_wanted_at is not None
    carrier.post("/admin/faults", {"trouble": 0})
    ship.settle_label(brand.ctx, label_id=label.id)
    assert states(brand, parcel) == ["voided"]


def test_a_print_job_of_a_voided_label_prints_nothing(brand: Brand) -> None:
    fulfilment.add_printer(brand.ctx, name="Desk", kind="folder", target="desk")
    parcel = labelled(brand)
    drain()
    [job] = [j for j in floor.print_jobs_of(brand.ctx, subjects=[f"parcel:{parcel.id}"]) if j.document == "label"]
    shipping.want_void(brand.ctx, parcel_ids=[parcel.id])
    ship.settle_label(brand.ctx, label_id=live(brand, parcel.id).id)
    printing.print_now(brand.ctx, print_job_id=job.id)
    found = floor.find_print_job(brand.ctx, id=job.id)
    assert found is not None
    assert found.state == "failed"


def scanned(brand: Brand, parcel: ParcelRow, status: TrackingStatus) -> None:
    scan = Scan(f"{status}-{parcel.id}", parcel.tracking_number, status, status.value, "", "", brand.ctx.now)
    shipping.record_scans(brand.ctx, parcel_id=parcel.id, scans=[scan])


def label_again(brand: Brand, parcel: ParcelRow) -> None:
    [carrier] = parcels.list_carriers(brand.ctx)
    [label_id] = shipping.want_label(brand.ctx, parcel_ids=[parcel.id], carrier_id=carrier.id, is_open=True)
    ship.settle_label(brand.ctx, label_id=label_id)
    drain()


def label_jobs(brand: Brand, parcel: ParcelRow) -> list[tuple[str, str]]:
    """Oldest first: state and problem."""
    jobs = floor.print_jobs_of(brand.ctx, subjects=[f"parcel:{parcel.id}"])
    for job in sorted(jobs, key=lambda job: job.id):
        printing.print_now(brand.ctx, print_job_id=job.id)
    told = sorted(floor.print_jobs_of(brand.ctx, subjects=[f"parcel:{parcel.id}"]), key=lambda job: job.id)
    return [(job.state, job.problem) for job in told if job.document == "label"]


def test_what_was_told_of_a_voided_number_says_nothing_of_the_next(brand: Brand) -> None:
    parcel = labelled(brand)
    label = live(brand, parcel.id)
    scanned(brand, parcel, TrackingStatus.PRE_TRANSIT)
    shipping.want_void(brand.ctx, parcel_ids=[parcel.id])
    scanned(brand, parcel, TrackingStatus.CANCELLED)  # carriers tell so of a number that they took back
    ship.settle_label(brand.ctx, label_id=label.id)
    label_again(brand, parcel)
    again = now(brand, parcel.id)
    assert (again.state, again.status, again.status_at) == ("labelled", "pre_transit", None)
    assert parcels.tracking_of(brand.ctx, parcel_ids=[parcel.id]) == []
    assert_all_holds()


def test_a_parcel_that_is_scanned_before_its_carrier_is_asked_keeps_its_label(brand: Brand, carrier: Server) -> None:
    parcel = labelled(brand)
    label = live(brand, parcel.id)
    shipping.want_void(brand.ctx, parcel_ids=[parcel.id])
    scanned(brand, parcel, TrackingStatus.IN_TRANSIT)
    ship.settle_label(brand.ctx, label_id=label.id)
    kept = live(brand, parcel.id)
    assert (kept.state, kept.void_wanted_at, kept.problem) == (
        "bought", None, "The carrier scanned it meanwhile: it keeps its label.",
    )  # fmt: skip
    assert (now(brand, parcel.id).state, sold(carrier, parcel)) == ("labelled", ["created"])
    assert ship.hand_over(brand.ctx, parcel_ids=[parcel.id]) == [parcel.id]
    assert_all_holds()


def test_what_waited_for_a_printer_is_not_printed_for_the_next_label_as_well(brand: Brand) -> None:
    fulfilment.add_printer(brand.ctx, name="Desk", kind="folder", target="desk")
    parcel = labelled(brand)
    drain()
    shipping.want_void(brand.ctx, parcel_ids=[parcel.id])
    ship.settle_label(brand.ctx, label_id=live(brand, parcel.id).id)
    label_again(brand, parcel)
    assert label_jobs(brand, parcel) == [("failed", "The label that this came with was voided."), ("printed", "")]


@pytest.mark.parametrize("is_taken_back", [True, False])
def test_a_label_that_is_being_voided_is_printed_only_once_its_carrier_refused(
    brand: Brand, carrier: Server, is_taken_back: bool
) -> None:
    fulfilment.add_printer(brand.ctx, name="Desk", kind="folder", target="desk")
    parcel = labelled(brand)
    drain()
    if not is_taken_back:
        carrier.post("/manifests", {"tracking_numbers": [parcel.tracking_number]}, status=201)
    shipping.want_void(brand.ctx, parcel_ids=[parcel.id])
    assert label_jobs(brand, parcel) == [("queued", "")]
    with pytest.raises(Refused, match="label_going_back"):
        printing.reprint(brand.ctx, parcel_ids=[parcel.id], document="label", wish="1")
    db.execute("DELETE FROM procrastinate_jobs")
    ship.settle_label(brand.ctx, label_id=live(brand, parcel.id).id)
    drain()
    assert db.column("SELECT task_name FROM procrastinate_jobs WHERE task_name = 'print_document'") == ["print_document"]
    [(state, _)] = label_jobs(brand, parcel)
    assert state == ("failed" if is_taken_back else "printed")
