"""The ledger, conditions, safety stock and count sheets over the API."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta
from typing import Any

import pytest

from doorstep.base import db
from doorstep.base.invariants import check
from doorstep.cli.management.commands.audit import all_invariants
from doorstep.stock import queries
from tests.api.conftest import Api, make_key, refused
from tests.factories import draft, listed

pytestmark = pytest.mark.django_db
BERLIN, SEOUL = "berlin", "seoul"


def stood(api: Api, query: str = "") -> dict[str, Any]:
    [told] = api.get(f"/stock?sku=A{query}").json()["stock"]
    return told  # type: ignore[no-any-return]


def test_an_adjustment_names_its_reason_and_its_document(api: Api) -> None:
    body = {
        "location_id": api.brand.seoul, "lines": [{"sku": "A", "on_hand": -2}], "reason": "stolen", "note": "night shift",
        "reference": "P-77", "file": {"name": "보고서.txt", "content": b64encode("도난".encode()).decode()},
    }  # fmt: skip
    assert api.post("/stock/adjustments", body).status_code == 201
    [move] = api.get("/stock/movements?sku=A&by_hand=true&reason=stolen").json()["movements"]
    document = move["document"]
    assert (move["kind"], move["on_hand"], move["reason"], document["number"], document["name"]) == (
        "adjustment", -2, "stolen: night shift", "P-77", "보고서.txt",
    )  # fmt: skip
    assert api.get(f"/stock/documents/{document['id']}/file").content.decode() == "도난"
    assert api.get("/stock/movements?reason=lost").json()["movements"] == []


def test_units_turn_between_conditions_with_a_preview_and_never_those_that_are_promised(api: Api) -> None:
    listed(api.brand.ctx, draft([("A", 8)]))
    turn = {
        "location_id": api.brand.berlin, "lines": [{"sku": "A", "qty": 2}], "was": "sellable", "to": "quality_control",
        "reason": "to_check",
    }  # fmt: skip
    before = stood(api)
    [seen] = api.post("/stock/conditions", turn | {"preview": True}).json()["stock"]
    assert (seen["available"], seen["quality_control"], stood(api)) == (before["available"] - 2, 2, before)
    assert api.post("/stock/conditions", turn).status_code == 201
    refused(api.post("/stock/conditions", turn | {"lines": [{"sku": "A", "qty": 1}]}), 409, "not_enough_stock")
    back = turn | {"was": "quality_control", "to": "damaged", "reason": "failed_check"}
    assert api.post("/stock/conditions", back).json()["stock"][0]["damaged"] == 2
    gone = turn | {"was": "damaged", "to": "written_off", "reason": "failed_check"}
    [told] = api.post("/stock/conditions", gone).json()["stock"]
    assert (told["on_hand"], told["damaged"], told["quality_control"]) == (before["on_hand"] - 2, 0, 0)
    [move] = api.get("/stock/movements?kind=write_off").json()["movements"]
    assert (move["on_hand"], move["damaged"], move["reason"]) == (-2, -2, "failed_check")


def test_safety_stock_is_set_for_a_place_and_told(api: Api) -> None:
    lines = [{"sku": "A", "location_id": api.brand.berlin, "qty": 500}, {"sku": "A", "qty": 1}]
    [told] = api.post("/stock/safety-stock", {"lines": lines}).json()["stock"]
    here = next(level for level in told["levels"] if level["location_id"] == api.brand.berlin)
    assert (told["safety_stock"], told["available"]) == (1 + here["on_hand"], told["on_hand"] - 1 - here["on_hand"])
    assert (here["safety_stock"], here["kept_back"], here["promisable"]) == (500, here["on_hand"], 0)


def test_available_of_a_past_moment_is_told_from_the_ledger(api: Api) -> None:
    before = stood(api)
    db.execute("UPDATE stock_movement SET at = at - interval '2 days'")
    body = {"location_id": api.brand.berlin, "lines": [{"sku": "A", "qty": 5}]}
    assert api.post("/stock/receipts", body).status_code == 201
    yesterday = (api.brand.ctx.now - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert (stood(api)["available"], stood(api, f"&at={yesterday}")["available"]) == (
        before["available"] + 5, before["available"],
    )  # fmt: skip
    refused(api.get("/stock?at=soon"), 422, "invalid")


def test_a_sheet_is_counted_blind_and_decided_by_who_may(api: Api) -> None:
    counter = Api(api.brand, make_key(api.brand, "stock:write"))
    made = counter.post("/stock/count-sheets", {"location_id": api.brand.berlin, "choose": "variants", "skus": ["A", "B"]})
    assert made.status_code == 201
    sheet = made.json()
    entries = [
        {"client_id": "count-0001", "code": "A", "counted": 1}, {"client_id": "count-0002", "code": "?", "counted": 1},
    ]  # fmt: skip
    told = counter.post(f"/stock/count-sheets/{sheet['id']}/entries", {"entries": entries}).json()
    assert [one["problem"] for one in told["answers"]] == ["", "unknown_code"]
    seen = counter.get(f"/stock/count-sheets/{sheet['id']}").text + str(told) + made.text
    assert [word for word in ("expected", "difference", "on_hand", "variance", "waiting", "booked") if word in seen] == []
    refused(counter.get(f"/stock/count-sheets/{sheet['id']}/variances"), 403, "missing_scope")
    refused(counter.post(f"/stock/count-sheets/{sheet['id']}/approve", {"line_ids": [1]}), 403, "missing_scope")

    [line, _] = api.get(f"/stock/count-sheets/{sheet['id']}/variances").json()["variances"]
    assert (line["state"], line["counted"], line["difference"]) == ("waiting", 1, 1 - line["expected"])
    again = api.post(f"/stock/count-sheets/{sheet['id']}/recount", {"line_ids": [line["line_id"]], "note": "behind"}).json()
    assert again["sheet"]["to_count"] == 2
    entries = [{"client_id": "count-0003", "code": "A", "counted": 1}]
    counter.post(f"/stock/count-sheets/{sheet['id']}/entries", {"entries": entries})
    counter.post(f"/stock/count-sheets/{sheet['id']}/finish", {})
    done = api.post(f"/stock/count-sheets/{sheet['id']}/approve", {"line_ids": [line["line_id"]]}).json()
    assert (done["sheet"]["state"], done["waiting"]) == ("closed", 0)
    levels = queries.levels_of(api.brand.ctx, variant_ids=[api.brand.variants["A"]])
    assert [level.on_hand for level in levels if level.location_id == api.brand.berlin] == [1]
    assert check(all_invariants()) == []


@pytest.mark.django_db(transaction=True)
def test_promises_in_the_way_of_a_count_are_named(api: Api) -> None:
    """Sending them on takes transactions of its own, which refuse to stand within one of the request."""
    listed(api.brand.ctx, draft([("A", 3)]))
    made = api.post("/stock/count-sheets", {"location_id": api.brand.berlin, "choose": "variants", "skus": ["A"]}).json()
    entries = [{"client_id": "count-0001", "code": "A", "counted": 1}]
    api.post(f"/stock/count-sheets/{made['id']}/entries", {"entries": entries})
    [line] = api.get(f"/stock/count-sheets/{made['id']}/variances").json()["variances"]
    [promise] = line["promised_from_there"]
    assert (promise["qty"], promise["pick_list_id"] is not None) == (3, True)
    approve = {"line_ids": [line["line_id"]]}
    refused(api.post(f"/stock/count-sheets/{made['id']}/approve", approve), 409, "promised_from_there")
    told = api.post(f"/stock/count-sheets/{made['id']}/approve", approve | {"reroute": True}).json()
    assert told["variances"][0]["state"] == "booked"
    assert check(all_invariants()) == []


def test_the_limits_of_counting_are_read_and_set(api: Api) -> None:
    assert api.get("/stock/count-limits").json() == {"units": 5, "percent": 10, "value": None}
    limits = {"units": None, "percent": 0, "value": {"amount": "50.00", "currency": "EUR"}}
    assert api.ask("PUT", "/stock/count-limits", limits).json() == limits
    assert api.get("/stock/count-limits").json() == limits
