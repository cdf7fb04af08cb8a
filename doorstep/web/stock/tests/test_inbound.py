"""The pages of deliveries, transfers and lots as people use them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils.html import strip_tags

from doorstep.base.invariants import check
from doorstep.fulfilment import queries as floor
from doorstep.orders import queries as orders
from doorstep.stock import actions as stock
from doorstep.stock import lots, queries
from doorstep.stock.inbound import reads
from doorstep.stock.inbound.values import DeliveryFilter, TransferFilter
from doorstep.stock.invariants import INVARIANTS
from doorstep.stock.tracked import reads as lot_reads
from doorstep.stock.tracked.values import Labelled
from doorstep.stock.values import Want
from tests.factories import Brand, draft, make_brand, picked, signed_in
from tests.inbound import TODAY, coming_in, deliver

pytestmark = pytest.mark.django_db


@pytest.fixture
def brand() -> Any:
    made = make_brand()
    yield made
    assert [(b.invariant.name, b.examples) for b in check(INVARIANTS)] == []


def words(answer: Any) -> str:
    assert answer.status_code == 200, answer.content[:2000]
    return " ".join(strip_tags(answer.content.decode()).split())


def scan(client: Any, url: str, *receipts: dict[str, Any]) -> list[tuple[str, int]]:
    told = client.post(url, json.dumps({"receipts": list(receipts)}), content_type="application/json").json()
    return [(answer["problem"], answer["over"]) for answer in told["answers"]]


def one(n: int, code: str, qty: int = 1, **more: Any) -> dict[str, Any]:
    return {"client_id": f"phone-{n:04}", "code": code, "qty": qty, "condition": "good"} | more


def test_empty_pages_teach(brand: Brand) -> None:
    client = signed_in(brand.ctx)
    assert "Announce what a supplier shall bring" in words(client.get("/stock/deliveries/"))
    assert "Move units from one location to another" in words(client.get("/stock/transfers/"))
    assert "Switch tracking on at the stock page" in words(client.get("/stock/lots/"))


def test_a_delivery_is_announced_received_by_phone_and_closed_short(brand: Brand) -> None:
    client = signed_in(brand.ctx, role="warehouse")
    form = {
        "supplier": "Hanji Mill", "document": "PO-4711", "location": brand.seoul, "expected_on": "2026-12-04", "note": "",
        "code": ["A", "B", ""], "units": ["10", "2", ""], "cost": ["1.20", "", ""],
    }  # fmt: skip
    assert "There is no variant X here." in client.post("/stock/deliveries/new/", form | {"code": ["X", "", ""]}).content.decode()
    assert client.post("/stock/deliveries/new/", form).status_code == 302
    [row] = reads.list_deliveries(brand.ctx, where=DeliveryFilter())
    page = f"/stock/deliveries/{row.id}/"
    assert "€12.00" in words(client.get(page))
    assert "10" in words(client.get("/stock/deliveries/"))
    assert "supplier delivery PO-4711 → Warehouse SEL" in words(client.get(f"/stock/{brand.variants['A']}/"))

    url = f"{page}receive/"
    assert "PO-4711" in words(client.get(url))
    assert scan(client, url, one(1, "A", 4), one(2, "X"), one(3, "A", 8), {"client_id": "phone-0009"}) == [
        ("", 0), ("unknown_code", 0), ("over", 2), ("unreadable", 0),
    ]  # fmt: skip
    assert scan(client, url, one(1, "A", 4)) == [("", 0)]
    assert client.post(f"{page}take-back/", json.dumps({"client_id": "phone-0001"}), content_type="application/json").json()["done"]
    assert scan(client, url, one(4, "A", 3, condition="damaged")) == [("", 0)]
    said = words(client.get(page))
    assert "7 missing" in said
    assert "3 damaged" in said
    assert "took back 4 × A" in said
    assert client.post(f"{page}close/", {"reason": "sold out"}).status_code == 302
    assert "9 units did not come. sold out" in words(client.get(page))
    assert queries.incoming_of(brand.ctx, variant_ids=None) == []


def test_who_counts_blind_is_told_no_number(brand: Brand) -> None:
    id = deliver(brand, ("A", 7), blind=True)
    client = signed_in(brand.ctx)
    url = f"/stock/deliveries/{id}/receive/"
    assert '"expected": 7' not in client.get(url).content.decode()
    told = client.post(url, json.dumps({"receipts": [one(1, "A", 8, reason="x")]}), content_type="application/json").json()
    assert (told["answers"][0]["over"], told["lines"][0]["expected"], told["lines"][0]["received"]) == (0, None, 8)


def test_late_deliveries_are_told_where_people_look(brand: Brand) -> None:
    client = signed_in(brand.ctx)
    id = deliver(brand, ("A", 7), days=-3)
    deliver(brand, ("A", 7), document="PO-1", days=400)
    assert "1 delivery is late." in words(client.get("/stock/"))
    late = words(client.get("/stock/deliveries/?view=late"))
    assert "PO-4711" in late
    assert "PO-1 " not in late
    assert client.post(f"/stock/deliveries/{id}/day/", {"expected_on": "2030-01-01"}).status_code == 302
    assert "Nothing is late" in words(client.get("/stock/deliveries/?view=late"))
    assert "is late" not in words(client.get("/stock/"))


def test_a_transfer_is_planned_sent_and_what_is_missing_written_off(brand: Brand) -> None:
    client = signed_in(brand.ctx)
    form = {"origin": brand.seoul, "destination": brand.berlin, "due_on": "", "note": "", "code": ["A", "B"], "units": ["12", "2"]}
    assert client.post("/stock/transfers/new/", form | {"destination": brand.seoul}).status_code == 422
    assert client.post("/stock/transfers/new/", form).status_code == 302
    [row] = reads.list_transfers(brand.ctx, where=TransferFilter())
    page = f"/stock/transfers/{row.id}/"
    assert "Too few units are free at the origin." in words(client.get(page))
    a, b = sorted(reads.lines_of_transfers(brand.ctx, transfer_ids=[row.id]), key=lambda line: line.sku)
    assert client.post(f"{page}ship/", {f"qty-{a.id}": "12", f"qty-{b.id}": "2"}).status_code == 409
    assert client.post(f"{page}ship/", {f"qty-{a.id}": "10", f"qty-{b.id}": "0"}).status_code == 302
    assert scan(client, f"{page}receive/", one(1, "A", 8), one(2, "B"), one(3, "A", 3)) == [
        ("", 0), ("not_in_transfer", 0), ("over", 1),
    ]  # fmt: skip
    assert client.post(f"{page}close/", {"reason": "fell off"}).status_code == 302
    assert "2 units were lost on the way. fell off" in words(client.get(page))
    assert f"T-{row.id}" in words(client.get("/stock/transfers/?view=done"))


def test_a_variant_is_tracked_its_lots_are_listed_and_taken_from_sale(brand: Brand) -> None:
    client, variant = signed_in(brand.ctx), brand.variants["A"]
    assert client.post(f"/stock/lots/of/{variant}/track/", {"by_lot": "on", "warn_days": "30"}).status_code == 302
    assert "10 units without a lot in Warehouse SEL" in words(client.get(f"/stock/{variant}/"))
    unit = {"location": brand.seoul, "lot": "L1", "expires_on": "2020-01-31", "qty": "10"}
    assert client.post(f"/stock/lots/of/{variant}/assign/", unit).status_code == 302
    assert client.post(f"/stock/lots/of/{variant}/assign/", unit).status_code == 409
    said = words(client.get("/stock/lots/?view=expired"))
    assert "L1" in said
    assert "expired" in said
    assert "Nothing here" in words(client.get("/stock/lots/?view=soon"))
    [lot] = [at for at in _lots(brand) if at.code == "L1"]
    move = {"doing": "quality_control", "location": brand.seoul, "qty": "4", "reason": "expired"}
    assert client.post(f"/stock/lots/{lot.lot_id}/move/", move).status_code == 302
    assert client.post(f"/stock/lots/{lot.lot_id}/move/", move | {"doing": "write_off", "qty": "10"}).status_code == 302
    assert "No order got any of it." in words(client.get(f"/stock/lots/{lot.lot_id}/"))
    assert queries.pool_of(brand.ctx, variant_ids=[variant])[variant].on_hand == 10


def _lots(brand: Brand) -> Any:
    return lot_reads.lots_at(brand.ctx, variant_ids=list(brand.variants.values()))


def test_a_viewer_sees_all_and_changes_nothing(brand: Brand) -> None:
    ids = coming_in(brand)
    client = signed_in(brand.ctx, role="viewer")
    delivery, transfer = f"/stock/deliveries/{ids['/expected-deliveries/delivery_id']}/", f"/stock/transfers/{ids['transfer_id']}/"
    for page in (delivery, transfer, f"/stock/lots/{ids['lot_id']}/", "/stock/deliveries/", "/stock/transfers/"):
        assert "Receive</a>" not in client.get(page).content.decode()
    for post in (f"{delivery}close/", f"{delivery}receive/", f"{transfer}close/", f"/stock/lots/{ids['lot_id']}/move/"):
        assert client.post(post).status_code == 403


@pytest.mark.usefixtures("those_days")
def test_the_floor_is_told_what_expires_first_and_notes_what_goes_out(brand: Brand) -> None:
    variant = brand.variants["A"]
    lots.set_tracking(brand.ctx, variant_id=variant, by_lot=True, by_serial=False)
    for code, day in (("L-LATE", 90), ("L-SOON", 9)):
        unit = Labelled(variant, brand.seoul, 5, code, TODAY + timedelta(days=day))
        lots.assign(brand.ctx, unit=unit)
    [part] = picked(brand.ctx, draft([("A", 2)], country="KR"))
    client = signed_in(brand.ctx, role="warehouse")
    [row] = floor.list_pick_lists(brand.ctx, states=["picked"])
    assert "2 × L-SOON" in words(client.get(f"/fulfilment/lists/{row.id}/"))
    assert "2 \\u00d7 L-SOON" in client.get(f"/fulfilment/lists/{row.id}/scan/").content.decode()
    page = f"/fulfilment/pack/{part}/"
    assert "Expires first: 2 × L-SOON" in words(client.get(page))
    [line] = orders.fulfilment_lines_of(brand.ctx, fulfilment_order_ids=[part])
    noted = {"line": line.order_line_id, "code": "L-LATE", "qty": "1"}
    assert client.post(f"{page}lots/", noted).status_code == 302
    assert client.post(f"{page}lots/", noted | {"qty": "2"}).status_code == 409
    assert client.post(f"{page}lots/", noted | {"code": "L-GONE"}).status_code == 404
    assert client.post(f"{page}lots/", noted | {"line": 999}).status_code == 404
    stock.ship(brand.ctx, units=[Want(line.order_line_id, variant, 2)], location_id=brand.seoul)
    assert "L-LATE × 1 L-SOON × 1 assumed" in words(client.get(page))
