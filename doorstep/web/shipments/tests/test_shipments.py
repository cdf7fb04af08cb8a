"""Shipments and carriers through HTTP."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment import queries as floor
from doorstep.shipping import actions as shipping
from doorstep.shipping import queries
from doorstep.shipping.port import Scan
from doorstep.shipping.values import TrackingStatus
from tests.factories import Brand, make_ctx, signed_in
from tests.floor import buy_label, listed, pick_all

pytestmark = pytest.mark.django_db(transaction=True)
FORM = {"name": "Fast Post", "provider": "sandbox_carrier", "url": "http://127.0.0.1:9/", "token": "very-secret"}


def labelled() -> tuple[Brand, int]:
    brand, row, [part] = listed([("A", 2)])
    pick_all(brand, row.id)
    parcel = fulfilment.pack(brand.ctx, fulfilment_order_id=part) or 0
    buy_label(brand, parcel)
    return brand, parcel


def test_a_shipment_is_found_and_tells_everything() -> None:
    brand, parcel = labelled()
    at = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
    told = Scan("e1", "DS1234567890", TrackingStatus.IN_TRANSIT, "41", "Left the hub", "Leipzig", at)
    shipping.record_scans(brand.ctx, parcel_id=parcel, scans=[told])
    client = signed_in(brand.ctx, role="viewer")
    page = client.get(f"/shipments/{parcel}/").content.decode()
    for words in ("DS1234567890", "Label bought", "Left the hub", "Leipzig", "Thing A", "김민서", "bought the label"):
        assert words in page, words
    assert "Print the label again" not in page
    for query, there in (
        ("", True), ("?q=DS1234", True), ("?state=labelled", True), ("?state=packed", False), ("?status=delivered", False),
        ("?q=nothing", False), ("?carrier=abc&state=strange&after=%00", True),
    ):  # fmt: skip
        assert (f"/shipments/{parcel}/" in client.get(f"/shipments/{query}").content.decode()) is there, query


def test_paper_comes_again_once_per_click() -> None:
    brand, parcel = labelled()
    client = signed_in(brand.ctx, role="warehouse")
    assert client.post(f"/shipments/{parcel}/reprint/", {"document": "label", "wish": "w"}).status_code == 409
    fulfilment.add_printer(brand.ctx, name="Desk", kind="folder", target="desk")
    for wish in ("one", "one", "two"):
        answer = client.post(f"/shipments/{parcel}/reprint/", {"document": "label", "wish": wish})
        assert answer.headers["Location"] == f"/shipments/{parcel}/"
    assert len(floor.print_jobs_of(brand.ctx, subjects=[f"parcel:{parcel}"])) == 2
    assert client.post(f"/shipments/{parcel}/reprint/", {"document": "photo"}).status_code in (409, 422)


def test_viewers_change_nothing_and_strangers_find_nothing() -> None:
    brand, parcel = labelled()
    viewer, stranger = signed_in(brand.ctx, role="viewer"), signed_in(make_ctx("Stranger"))
    assert stranger.get(f"/shipments/{parcel}/").status_code == 404
    assert f"/shipments/{parcel}/" not in stranger.get("/shipments/").content.decode()
    for path in ("reprint", "label"):
        assert viewer.post(f"/shipments/{parcel}/{path}/", {"document": "label"}).status_code == 403
        assert stranger.post(f"/shipments/{parcel}/{path}/", {"document": "label"}).status_code == 404


def test_a_carrier_is_connected_and_its_token_never_shown_again() -> None:
    ctx = make_ctx()
    client = signed_in(ctx)
    assert client.post("/settings/carriers/connect/", FORM).status_code == 302
    [row] = queries.list_carriers(ctx)
    secret = row.settings["webhook_secret"]
    assert secret.startswith("whsec_")
    kept = {"url": "http://127.0.0.1:9", "token": "very-secret", "webhook_secret": secret}
    assert (row.code, row.settings) == ("fast-post", kept)
    page = client.get("/settings/carriers/").content.decode()
    assert "very-secret" not in page
    assert secret not in page + client.get(f"/settings/carriers/{row.id}/").content.decode()
    client.post(f"/settings/carriers/{row.id}/change/", {"url": "https://post.example.com", "token": ""})
    [row] = queries.list_carriers(ctx)
    assert row.settings == kept | {"url": "https://post.example.com"}
    again = client.post("/settings/carriers/connect/", FORM)
    assert again.status_code == 422
    assert "very-secret" not in again.content.decode()


def test_a_silent_carrier_and_a_bad_address_are_said_in_words() -> None:
    ctx = make_ctx()
    client = signed_in(ctx)
    assert client.post("/settings/carriers/connect/", FORM | {"url": "ftp://x"}).status_code == 422
    assert queries.list_carriers(ctx) == []
    client.post("/settings/carriers/connect/", FORM)
    [row] = queries.list_carriers(ctx)
    bad = client.post(f"/settings/carriers/{row.id}/change/", {"url": "nowhere"})
    assert (bad.status_code, "This is not an address" in bad.content.decode()) == (422, True)
    silent = client.post(f"/settings/carriers/{row.id}/test/")
    assert silent.status_code == 502
    assert "Fast Post did not answer" in silent.content.decode()
    stranger = signed_in(make_ctx("Stranger"))
    assert stranger.post(f"/settings/carriers/{row.id}/test/").status_code == 404
    assert signed_in(ctx, role="manager").post(f"/settings/carriers/{row.id}/test/").status_code == 403
