"""Shipments as a program follows them: by what changed, and labels given back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from doorstep.shipping import actions as shipping
from doorstep.shipping import queries
from doorstep.shipping.port import Scan
from doorstep.shipping.values import TrackingStatus
from tests.api.conftest import Api, refused
from tests.factories import NOW, draft, packed
from tests.floor import buy_label

pytestmark = pytest.mark.django_db


def changed(api: Api, since: str) -> list[int]:
    return [row["id"] for row in api.get(f"/shipments?updated_since={since}").json()["shipments"]]


def test_a_program_reads_only_the_parcels_that_changed_oldest_change_first(api: Api) -> None:
    ctx = api.brand.ctx
    first, second, third = packed(ctx, draft(), draft(), draft())
    later = replace(ctx, now=NOW + timedelta(minutes=5))
    scan = Scan("e1", "", TrackingStatus.IN_TRANSIT, "41", "Hub", "Berlin", later.now)
    assert shipping.record_scans(replace(later, now=later.now + timedelta(minutes=1)), parcel_id=first, scans=[scan]) == {"e1"}
    shipping.cancel_parcels(later, parcel_ids=[third])
    assert changed(api, "2026-11-23T09:01:00Z") == [third, first]
    assert changed(api, "2026-11-23T00:00:00Z") == [second, third, first]
    page = api.get("/shipments?updated_since=2026-11-23T00:00:00Z&limit=2").json()
    following = api.get(f"/shipments?updated_since=2026-11-23T00:00:00Z&limit=2&cursor={page['next']}").json()
    assert [row["id"] for row in page["shipments"] + following["shipments"]] == [second, third, first]
    assert following["next"] is None


def test_a_scan_that_was_told_before_changes_nothing(api: Api) -> None:
    [parcel_id] = packed(api.brand.ctx, draft())
    scan = Scan("e1", "", TrackingStatus.IN_TRANSIT, "41", "Hub", "Berlin", NOW)
    shipping.record_scans(api.brand.ctx, parcel_id=parcel_id, scans=[scan])
    shipping.record_scans(replace(api.brand.ctx, now=NOW + timedelta(hours=1)), parcel_id=parcel_id, scans=[scan])
    assert changed(api, "2026-11-23T09:30:00Z") == []


def test_a_moment_does_not_go_with_other_filters(api: Api) -> None:
    for more in ("&state=packed", "&q=DS"):
        refused(api.get(f"/shipments?updated_since=2026-11-23T00:00:00Z{more}"), 422, "invalid")


def test_a_label_is_given_back_once_and_not_from_a_parcel_that_has_none(api: Api) -> None:
    with_label, without = packed(api.brand.ctx, draft(), draft())
    buy_label(api.brand, with_label)
    for _ in range(2):
        answer = api.post(f"/shipments/{with_label}/void")
        assert (answer.status_code, answer.json()["state"]) == (202, "labelled")
    label = queries.live_labels_of(api.brand.ctx, parcel_ids=[with_label])[with_label]
    assert label.void_wanted_at is not None
    refused(api.post("/hand-overs", {"shipments": [with_label]}), 409, "label_going_back")
    refused(api.post(f"/shipments/{without}/void"), 409, "nothing_to_void")
