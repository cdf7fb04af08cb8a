"""Programs see parcels in trouble, wait with them and end them; they type numbers and name codes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from doorstep.shipping import actions as shipping
from doorstep.shipping import carriers
from doorstep.shipping.port import Scan
from doorstep.shipping.values import TrackingStatus
from doorstep.tasks import actions as tasks
from doorstep.tasks.values import TaskDraft
from tests.api.conftest import Api
from tests.factories import NOW, draft, packed
from tests.floor import buy_label

pytestmark = pytest.mark.django_db


def test_an_exception_is_listed_waited_with_and_ended(api: Api) -> None:
    ctx = api.brand.ctx
    [parcel] = packed(ctx, draft())
    facts = {"parcel_id": parcel, "order": "#1", "carrier": "S", "number": "N1", "what": "late", "said": ""}
    [id] = tasks.create(ctx, tasks=[TaskDraft("k", "parcel_late", f"parcel:{parcel}", "order:1", facts)])

    [one] = api.get("/shipment-exceptions?kind=late").json()["exceptions"]
    assert (one["id"], one["kind"], one["shipment_id"], one["wait_until"]) == (id, "late", parcel, None)
    assert api.get("/shipment-exceptions?kind=customs").json()["exceptions"] == []
    assert api.get("/shipment-exceptions?kind=nonsense").status_code == 422

    assert api.post(f"/shipment-exceptions/{id}/wait", {"until": "2020-01-01T00:00:00Z"}).status_code == 422
    waits = api.post(f"/shipment-exceptions/{id}/wait", {"until": "2099-01-01T00:00:00Z"}).json()
    assert waits["wait_until"].startswith("2099-01-01")
    assert api.get("/shipment-exceptions").json()["exceptions"] == []
    assert len(api.get("/shipment-exceptions?waiting=true").json()["exceptions"]) == 1
    assert api.post(f"/shipment-exceptions/{id}/done", {"outcome": "Found."}).json()["state"] == "done"
    assert api.post(f"/shipment-exceptions/{id}/done", {}).status_code == 409


def test_a_task_of_another_kind_is_no_exception(api: Api) -> None:
    [id] = tasks.create(api.brand.ctx, tasks=[TaskDraft("k", "look_twice", "parcel:1", "order:1")])

    assert api.get(f"/shipment-exceptions/{id}").status_code == 404


def test_a_number_is_typed_and_what_is_expected_is_null_without_history(api: Api) -> None:
    [parcel] = packed(api.brand.ctx, draft())
    ups = carriers.connect(api.brand.ctx, code="ups", name="UPS", provider="ups", settings={"client_id": "a", "client_secret": "b"})

    told = api.post(f"/shipments/{parcel}/number", {"carrier_id": ups, "tracking_number": "1Z999AA10123456784", "left": True})

    assert told.status_code == 200, told.content
    assert (told.json()["state"], told.json()["tracking_number"], told.json()["expected"]) == (
        "handed_over", "1Z999AA10123456784", None,
    )  # fmt: skip


def test_a_code_is_named(api: Api) -> None:
    [parcel] = packed(api.brand.ctx, draft())
    buy_label(api.brand, parcel)
    scan = Scan("e", "DS1234567890", TrackingStatus.UNKNOWN, "Q9", "Odd", "", NOW + timedelta(hours=1))
    shipping.record_scans(api.brand.ctx, parcel_id=parcel, scans=[scan])

    [code] = api.get("/tracking-codes/unknown").json()["codes"]
    assert (code["code"], code["seen"]) == ("Q9", 1)
    given = {"provider": "sandbox_carrier", "code": "Q9", "status": "in_transit"}
    assert api.post("/tracking-codes", given).json() == {"shipments": 1}
    assert api.get("/tracking-codes/unknown").json()["codes"] == []
    assert api.post("/tracking-codes", given | {"status": "unknown"}).status_code == 422
