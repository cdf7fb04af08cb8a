"""The carrier keeps its promises to a carrier adapter, also when it misbehaves."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

SEOUL = {"name": "문앞상점", "country_code": "KR", "zip": "06236", "city": "강남구", "address1": "테헤란로 1"}
BUSAN = {"name": "김서연", "country_code": "KR", "zip": "48058", "city": "해운대구", "address1": "센텀중앙로 2"}
JEJU = {**BUSAN, "zip": "63122", "city": "제주시"}
BROOKLYN = {"name": "Emma Chen", "country_code": "US", "zip": "11201", "city": "Brooklyn", "address1": "1 Court St"}
PARCEL = {"weight_g": 1200, "length_mm": 300, "width_mm": 200, "height_mm": 100}


def body(reference: str, **changes: Any) -> dict[str, Any]:
    return {"service": "STANDARD", "from": SEOUL, "to": BUSAN, "parcel": PARCEL, "reference": reference, **changes}


def buy(carrier: Any, reference: str, *, key: str | None = None, status: int = 201, **changes: Any) -> Any:
    headers = {"idempotency-key": key or f"key-{reference}"}
    return carrier.post("/labels", body(reference, **changes), status=status, headers=headers)


def codes_of(carrier: Any, number: str) -> list[str]:
    return [event["code"] for event in carrier.get(f"/tracking/{number}")["events"]]


def price_of(carrier: Any, to: dict[str, Any], parcel: dict[str, int] = PARCEL) -> dict[str, tuple[int, int]]:
    asked = {"from": SEOUL, "to": to, "parcels": [parcel], "currency": "KRW"}
    found = carrier.post("/rates", asked)["rates"]
    return {one["service"]: (one["price_minor"], one["transit_days"]) for one in found}


def test_rates_follow_distance_and_weight(run: Any) -> None:
    carrier = run("carrier")
    assert price_of(carrier, {"country_code": "KR", "zip": "06001"}) == {"STANDARD": (3500, 1), "EXPRESS": (6400, 1)}
    assert price_of(carrier, BUSAN) == {"STANDARD": (4100, 2), "EXPRESS": (7500, 1)}
    assert price_of(carrier, JEJU) == {"STANDARD": (7100, 3), "EXPRESS": (10_500, 2)}
    assert price_of(carrier, BROOKLYN) == {"STANDARD": (24_000, 7), "EXPRESS": (41_000, 3)}
    assert price_of(carrier, BUSAN, {**PARCEL, "weight_g": 25_000}) == {"STANDARD": (17_900, 2)}


def test_no_token_no_answer(run: Any) -> None:
    carrier = run("carrier", "--token", "other")
    assert carrier.get("/tracking/601000000135", status=401)["error"] == "unauthorized"
    assert carrier.get("/healthz")["status"] == "ok"


def test_the_same_key_gives_the_same_label_and_another_body_is_refused(run: Any) -> None:
    carrier = run("carrier")
    first = buy(carrier, "PARCEL-1")
    assert buy(carrier, "PARCEL-1", status=200) == first
    assert buy(carrier, "PARCEL-2", key="key-PARCEL-1", status=409)["error"] == "idempotency_conflict"
    number = first["tracking_number"]
    assert len(number) == 12
    assert int(number[:11]) % 7 == int(number[11])
    assert (first["price_minor"], first["currency"], first["service"]) == (4100, "KRW", "STANDARD")
    assert first["sort_code"].startswith("KR48-")
    assert carrier.get("/labels?reference=PARCEL-1")["labels"] == [first]
    assert carrier.get("/labels/by-key/key-PARCEL-1") == first
    assert carrier.get("/labels/by-key/other", status=404)["error"] == "not_found"
    assert [one["key"] for one in carrier.get("/admin/books")["shipments"]] == ["key-PARCEL-1"]


def test_a_timeout_after_success_leaves_one_label_that_the_look_up_finds(run: Any) -> None:
    carrier = run("carrier")
    carrier.post("/admin/faults", {"timeout_after_success": 1, "hold_s": 30})
    headers = {"idempotency-key": "k1"}
    with pytest.raises(httpx.ReadTimeout):
        carrier.http.post("/labels", json=body("P-1"), headers=headers, timeout=0.3)
    carrier.post("/admin/faults", {"timeout_after_success": 1, "hold_s": 0.1})
    with pytest.raises(httpx.RemoteProtocolError):
        carrier.http.post("/labels", json=body("P-2"), headers={"idempotency-key": "k2"})
    found = carrier.get("/labels/by-key/k1")
    assert carrier.post("/labels", body("P-1"), headers=headers) == found
    assert [one["reference"] for one in carrier.get("/admin/books")["shipments"]] == ["P-1", "P-2"]


def test_a_5xx_bought_nothing(run: Any) -> None:
    carrier = run("carrier")
    carrier.post("/admin/faults", {"error_5xx": 1})
    assert buy(carrier, "P-1", status=503)["error"] == "unavailable"
    assert carrier.get("/admin/books")["shipments"] == []


def test_a_label_is_voided_until_it_is_handed_over(run: Any) -> None:
    carrier = run("carrier", "--scale", "1")
    kept, voided = buy(carrier, "P-1"), buy(carrier, "P-2")
    assert carrier.post(f"/labels/{voided['shipment_id']}/void")["state"] == "voided"
    assert carrier.post(f"/labels/{voided['shipment_id']}/void")["state"] == "voided"
    numbers = [kept["tracking_number"], voided["tracking_number"], "601000000999"]
    answer = carrier.post("/manifests", {"tracking_numbers": numbers}, status=201)
    assert answer["accepted"] == numbers[:1]
    assert [one["reason"] for one in answer["rejected"]] == ["voided", "unknown"]
    assert carrier.post(f"/labels/{kept['shipment_id']}/void", status=409)["error"] == "handed_over"
    assert carrier.post("/manifests", {"tracking_numbers": numbers[:1]}, status=201)["already"] == numbers[:1]


def test_a_parcel_moves_by_itself_to_the_door_and_every_scan_is_pushed(
    run: Any, listener: Any, secret: str, until: Any
) -> None:
    carrier = run("carrier", "--scale", "0.00001")
    carrier.post("/admin/webhook", {"url": listener.url, "secret": secret})
    carrier.post("/admin/faults", {"trouble": 0})
    number = buy(carrier, "P-1")["tracking_number"]
    carrier.post("/manifests", {"tracking_numbers": [number]}, status=201)
    until(lambda: carrier.get(f"/tracking/{number}")["state"] == "delivered", what="the delivery")
    scans = codes_of(carrier, number)
    assert scans[:-1] == ["10", "11", "22", "21", "22", "21", "41", "82"]
    assert scans[-1] in ("91", "92")
    until(lambda: len(listener.got) == len(scans), what="the pushes")
    assert [event["data"]["event"]["code"] for event in listener.events()] == scans
    assert listener.events()[0]["data"]["reference"] == "P-1"


def test_trouble_is_met_by_some_and_all_arrive(run: Any, until: Any) -> None:
    carrier = run("carrier", "--scale", "0")
    carrier.post("/admin/faults", {"trouble": 1})
    numbers = [buy(carrier, f"P-{i}")["tracking_number"] for i in range(12)]
    carrier.post("/manifests", {"tracking_numbers": numbers}, status=201)
    until(lambda: all(one["state"] == "delivered" for one in carrier.get("/admin/books")["shipments"]))
    seen = {code for number in numbers for code in codes_of(carrier, number)}
    assert seen >= {"71", "72", "75", "50"}


def test_kill_9_loses_no_label_and_no_planned_scan(run: Any, until: Any) -> None:
    carrier = run("carrier", "--scale", "0.00001")
    number = buy(carrier, "P-1")["tracking_number"]
    carrier.post("/manifests", {"tracking_numbers": [number]}, status=201)
    carrier.kill()
    time.sleep(0.2)
    carrier.start()
    until(lambda: carrier.get(f"/tracking/{number}")["state"] == "delivered", what="the delivery")
    times = [event["occurred_at"] for event in carrier.get(f"/tracking/{number}")["events"]]
    assert times == sorted(times)
    assert carrier.stop() == 0


def test_a_test_may_force_an_event(run: Any) -> None:
    carrier = run("carrier", "--scale", "1")
    number = buy(carrier, "P-1")["tracking_number"]
    carrier.post("/admin/advance", {"tracking_number": number, "to": "71"})
    assert codes_of(carrier, number) == ["10", "71"]
    carrier.post("/admin/advance", {"tracking_number": number, "to": "91"})
    assert carrier.get(f"/tracking/{number}")["state"] == "delivered"
    wrong = {"tracking_number": number, "to": "00"}
    assert carrier.post("/admin/advance", wrong, status=422)["error"] == "unknown_code"
    assert carrier.get(f"/tracking/{number[:-1]}9", status=422)["error"] == "check_digit"


def test_dropped_pushes_are_still_in_tracking(run: Any, listener: Any, secret: str) -> None:
    carrier = run("carrier", "--scale", "1")
    carrier.post("/admin/webhook", {"url": listener.url, "secret": secret})
    carrier.post("/admin/faults", {"webhook_drop": 1})
    number = buy(carrier, "P-1")["tracking_number"]
    assert [one["state"] for one in carrier.get("/admin/deliveries")["deliveries"]] == ["dropped"]
    assert codes_of(carrier, number) == ["10"]
    assert listener.got == []
