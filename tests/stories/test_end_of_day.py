"""The end of a carrier's day: one manifest of what waits, nothing on two, what is missed named; and labels that nobody used."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from doorstep.base import db
from doorstep.base.refusals import Refused
from doorstep.flows import manifests as closing
from doorstep.flows import ship, voiding
from doorstep.shipping import actions as shipping
from doorstep.shipping import manifests, policy, upkeep
from doorstep.shipping import queries as parcels
from doorstep.shipping.policy import PolicyRow
from tests.factories import Brand, draft, make_brand, packed, receive
from tests.sandboxes import Server, borrowed
from tests.short_picks import assert_all_holds

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("story")]


@pytest.fixture(scope="module")
def easypost() -> Iterator[Server]:
    with borrowed("easypost", "--retry-s", "0.05") as server:
        yield server


@pytest.fixture
def brand(easypost: Server) -> Iterator[Brand]:
    easypost.post("/admin/faults", {})
    made = make_brand()
    receive(made.ctx, variant_id=made.variants["A"], location_id=made.berlin, qty=50)
    to = {"url": str(easypost.http.base_url), "token": "sandbox"}
    shipping.connect_carrier(made.ctx, code="ep", name="EasyPost", provider="easypost", settings=to)
    db.execute("SELECT setval('shipping_parcel_id_seq', %s)", [time.time_ns() % 10**12])
    yield made
    db.execute("DELETE FROM procrastinate_jobs")  # nothing else empties that table


def labelled(brand: Brand) -> int:
    [parcel_id] = packed(brand.ctx, draft([("A", 1)]))
    carrier = parcels.list_carriers(brand.ctx)[0]
    shipping.want_label(brand.ctx, parcel_ids=[parcel_id], carrier_id=carrier.id, is_open=True)
    ship.settle_label(brand.ctx, label_id=parcels.live_labels_of(brand.ctx, parcel_ids=[parcel_id])[parcel_id].id)
    return parcel_id


def want(brand: Brand) -> int:
    [line] = manifests.waiting(brand.ctx)
    return manifests.want(brand.ctx, location_id=line.location_id, carrier_id=line.carrier_id)


def test_a_day_is_closed_once_and_its_paper_names_every_parcel(brand: Brand, easypost: Server) -> None:
    first, second = labelled(brand), labelled(brand)
    made = want(brand)
    easypost.post("/admin/faults", {"timeout_after_success": 1, "hold_s": 0.05})
    with pytest.raises(httpx.HTTPError):
        closing.close(brand.ctx, manifest_id=made)
    easypost.post("/admin/faults", {})
    closing.close(brand.ctx, manifest_id=made)
    closing.close(brand.ctx, manifest_id=made)
    row = manifests.get(brand.ctx, manifest_id=made)
    assert (row.state, row.parcels, row.vendor_id.startswith("sf_")) == ("closed", 2, True)
    assert [one.parcel_id for one in manifests.parcels_on(brand.ctx, manifest_id=made)] == sorted([first, second])
    assert manifests.waiting(brand.ctx) == []
    with pytest.raises(Refused, match="nothing_to_close"):
        manifests.want(brand.ctx, location_id=row.location_id, carrier_id=row.carrier_id)
    assert closing.draw(brand.ctx, manifest_id=made).startswith(b"%PDF")
    assert_all_holds()


def test_a_parcel_whose_label_goes_back_is_missed_by_name_and_may_leave_another_day(brand: Brand) -> None:
    kept, gone = labelled(brand), labelled(brand)
    made = want(brand)
    shipping.want_void(brand.ctx, parcel_ids=[gone])
    ship.settle_label(brand.ctx, label_id=parcels.live_labels_of(brand.ctx, parcel_ids=[gone])[gone].id)
    closing.close(brand.ctx, manifest_id=made)
    on = {one.parcel_id: one.off for one in manifests.parcels_on(brand.ctx, manifest_id=made)}
    assert on == {kept: False, gone: True}
    assert manifests.get(brand.ctx, manifest_id=made).parcels == 1
    assert_all_holds()


def test_a_manifest_takes_what_left_meanwhile_and_not_what_is_being_voided(brand: Brand) -> None:
    gone, voided = labelled(brand), labelled(brand)
    made = want(brand)
    ship.hand_over(brand.ctx, parcel_ids=[gone])
    shipping.want_void(brand.ctx, parcel_ids=[voided])
    closing.close(brand.ctx, manifest_id=made)
    on = {one.parcel_id: (one.off, one.problem) for one in manifests.parcels_on(brand.ctx, manifest_id=made)}
    assert on == {gone: (False, ""), voided: (True, "Its label is being voided.")}
    ship.settle_label(brand.ctx, label_id=parcels.live_labels_of(brand.ctx, parcel_ids=[voided])[voided].id)
    assert parcels.get_parcel(brand.ctx, parcel_id=voided).state == "packed"  # no form holds it
    assert_all_holds()


def test_a_manifest_that_the_carrier_declines_frees_its_parcels(brand: Brand, easypost: Server) -> None:
    parcel_id = labelled(brand)
    [label] = parcels.live_labels_of(brand.ctx, parcel_ids=[parcel_id]).values()
    easypost.http.post(f"/v2/shipments/{label.vendor_id}/refund", auth=("sandbox", ""), json={}).raise_for_status()
    made = want(brand)
    closing.close(brand.ctx, manifest_id=made)
    row = manifests.get(brand.ctx, manifest_id=made)
    assert (row.state, row.parcels) == ("declined", 0)
    assert "SCAN_FORM.INVALID_SHIPMENT" in row.problem
    assert [line.parcels for line in manifests.waiting(brand.ctx)] == [1]


def test_an_unused_label_is_given_back_before_its_window_ends_and_its_credit_is_listed(brand: Brand, easypost: Server) -> None:
    parcel_id, used = labelled(brand), labelled(brand)
    ship.hand_over(brand.ctx, parcel_ids=[used])
    now = brand.ctx.now
    voiding.void_unused(now + timedelta(days=27))
    [label] = parcels.live_labels_of(brand.ctx, parcel_ids=[parcel_id]).values()
    assert label.void_wanted_at is None
    policy.save(brand.ctx, policy=PolicyRow(void_unused=False))
    voiding.void_unused(now + timedelta(days=29))
    assert parcels.get_label(brand.ctx, label_id=label.id).void_wanted_at is None
    policy.save(brand.ctx, policy=PolicyRow())
    voiding.void_unused(now + timedelta(days=29))
    ship.settle_label(brand.ctx, label_id=label.id)
    assert parcels.get_parcel(brand.ctx, parcel_id=parcel_id).state == "packed"
    [cost] = upkeep.costs(brand.ctx, since=now - timedelta(days=400))
    assert (cost.bought, cost.voided, cost.pending_minor, cost.given_minor) == (1, 1, label.cost_minor, 0)
    easypost.post("/admin/refunds", {"status": "refunded"})
    voiding.ask_for_credits(now)
    [cost] = upkeep.costs(brand.ctx, since=now - timedelta(days=400))
    assert (cost.pending_minor, cost.given_minor) == (0, label.cost_minor)
    assert [one for one in (parcels.labels_of(brand.ctx, parcel_ids=[used])) if one.state == "bought"]
    assert_all_holds()


def test_a_scanned_parcel_keeps_its_label(brand: Brand, easypost: Server) -> None:
    parcel_id = labelled(brand)
    [label] = parcels.live_labels_of(brand.ctx, parcel_ids=[parcel_id]).values()
    easypost.post("/admin/advance", {"tracking_code": label.tracking_number, "status": "in_transit"})
    scans = ship.carrier_of(brand.ctx, label.carrier_id).track(label.tracking_number)
    shipping.record_scans(brand.ctx, parcel_id=parcel_id, scans=scans)
    with pytest.raises(Refused, match="label_scanned"):
        shipping.want_void(brand.ctx, parcel_ids=[parcel_id])
    assert parcels.get_label(brand.ctx, label_id=label.id) == replace(label)


def test_the_table_behind_a_choice_stays_with_its_label(brand: Brand) -> None:
    [label] = parcels.live_labels_of(brand.ctx, parcel_ids=[labelled(brand)]).values()
    assert label.choice is not None
    table = {one["service"]: one["verdict"] for one in label.choice["offers"]}
    assert table == {"DHLPaket Paket": "chosen", "DHLPaket Express": "dearer"}
    assert label.service == "DHLPaket Paket"
