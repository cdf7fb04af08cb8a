"""The floor as a handheld of another make sees it: lists, scans, short picks, parcels, paper."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from doorstep.base import db
from doorstep.base.invariants import check
from doorstep.cli.management.commands.audit import all_invariants
from doorstep.fulfilment import actions as fulfilment
from doorstep.shipping import queries as shipping
from doorstep.worker.dispatch import drain
from tests.api.conftest import Api, refused
from tests.factories import draft, listed, packed, picked
from tests.floor import buy_label

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _audit(api: Api) -> Any:
    yield
    assert [(b.invariant.name, b.examples) for b in check(all_invariants())] == []


def the_list(api: Api) -> dict[str, Any]:
    [row] = api.get("/pick-lists").json()["pick_lists"]
    found: dict[str, Any] = api.get(f"/pick-lists/{row['id']}").json()
    assert {name: found[name] for name in row} == row
    return found


def scans(*codes: str, start: int = 0) -> dict[str, Any]:
    return {"scans": [{"client_id": f"handheld-{start + n}", "code": code} for n, code in enumerate(codes)]}


def test_a_handheld_picks_packs_and_hands_over(api: Api) -> None:
    [part] = listed(api.brand.ctx, draft([("A", 2), ("B", 1)]))
    row = the_list(api)
    assert (row["state"], row["orders"], row["units"], row["picked"]) == ("open", 1, 3, 0)
    assert [(t["sku"], t["qty"], t["fulfilment_order_id"]) for t in row["tasks"]] == [("A", 2, part), ("B", 1, part)]
    refused(api.post(f"/fulfilment-orders/{part}/pack"), 409, "wrong_state")

    told = api.post(f"/pick-lists/{row['id']}/scans", scans("A", "C", "A", "B")).json()
    assert [(a["problem"], a["picked"], a["qty"]) for a in told["answers"]] == [
        ("", 1, 2), ("not_on_list", 0, 0), ("", 2, 2), ("", 1, 1),
    ]  # fmt: skip
    assert told["pick_list"]["state"] == "picked"
    made = api.post(f"/fulfilment-orders/{part}/pack")
    again = api.post(f"/fulfilment-orders/{part}/pack")
    assert (made.status_code, again.status_code) == (201, 200)
    parcel = made.json()
    assert again.json() == parcel
    assert [(line["sku"], line["qty"]) for line in parcel["lines"]] == [("A", 2), ("B", 1)]
    refused(api.post("/hand-overs", {"shipments": [parcel["id"]]}), 409, "no_label")

    buy_label(api.brand, parcel["id"])
    labelled = api.get(f"/shipments/{parcel['id']}").json()
    assert [(one["state"], one["tracking_number"], one["cost"]) for one in labelled["labels"]] == [
        ("bought", "DS1234567890", {"amount": "3.50", "currency": "EUR"})
    ]
    gone = api.post("/hand-overs", {"shipments": [parcel["id"]]})
    assert (gone.status_code, gone.json()) == (201, {"handed_over": [parcel["id"]]})
    assert api.post("/hand-overs", {"shipments": [parcel["id"]]}).json() == {"handed_over": []}
    assert api.get(f"/shipments/{parcel['id']}").json()["state"] == "handed_over"


def test_scans_sent_twice_count_once_and_one_that_is_named_is_taken_back_once(api: Api) -> None:
    listed(api.brand.ctx, draft([("A", 3)]))
    row = the_list(api)
    first = api.post(f"/pick-lists/{row['id']}/scans", scans("A", "A")).json()
    assert api.post(f"/pick-lists/{row['id']}/scans", scans("A", "A")).json()["pick_list"] == first["pick_list"]
    undone = [api.post(f"/pick-lists/{row['id']}/undo", {"client_id": "handheld-1"}).json() for _ in range(2)]
    assert [one["task_id"] for one in undone] == [row["tasks"][0]["id"], None]
    assert undone[1]["pick_list"]["picked"] == 1


def test_a_scan_says_when_it_was_made_and_never_that_it_is_yet_to_come(api: Api) -> None:
    listed(api.brand.ctx, draft([("A", 3)]))
    row = the_list(api)
    body = scans("A", "A")
    body["scans"][0]["at"] = "2026-11-01T09:00:00+09:00"
    body["scans"][1]["at"] = "2099-01-01T00:00:00Z"
    problem = refused(api.post(f"/pick-lists/{row['id']}/scans", body), 422, "invalid")
    assert [e["pointer"] for e in problem["errors"]] == ["/scans/1/at"]
    assert db.scalar("SELECT count(*) FROM fulfilment_scan") == 0
    del body["scans"][1]
    assert api.post(f"/pick-lists/{row['id']}/scans", body).status_code == 200
    assert db.column("SELECT at FROM fulfilment_scan") == [datetime(2026, 11, 1, tzinfo=UTC)]


def test_what_was_cancelled_meanwhile_is_told_from_what_never_was_on_the_list(api: Api) -> None:
    listed(api.brand.ctx, draft([("A", 1)]), draft([("B", 1)]))
    row = the_list(api)
    [gone, stays] = row["tasks"]
    assert api.post(f"/orders/{gone['order_id']}/cancel", {"reason": "customer"}).status_code == 200
    drain()
    told = api.post(f"/pick-lists/{row['id']}/scans", scans("A", "C", "B")).json()
    assert [(a["problem"], a["task_id"]) for a in told["answers"]] == [
        ("cancelled", None), ("not_on_list", None), ("", stays["id"]),
    ]  # fmt: skip
    report = {"client_id": "handheld-9", "task_id": gone["id"], "found": 0}
    short = api.post(f"/pick-lists/{row['id']}/shorts", report).json()
    assert (short["problem"], short["missing"]) == ("cancelled", 0)


def test_too_few_units_are_reported_once_and_go_on_from_elsewhere(api: Api) -> None:
    [part] = listed(api.brand.ctx, draft([("A", 3)]))
    row = the_list(api)
    [task] = row["tasks"]
    api.post(f"/pick-lists/{row['id']}/scans", scans("A"))
    report = {"client_id": "handheld-9", "task_id": task["id"], "found": 1}
    first = api.post(f"/pick-lists/{row['id']}/shorts", report, Idempotency_Key="short-9")
    assert first.json()["pick_list"]["tasks"][0]["qty"] == 1
    assert {name: first.json()[name] for name in ("problem", "task_id", "picked", "qty", "missing")} == {
        "problem": "", "task_id": task["id"], "picked": 1, "qty": 1, "missing": 2,
    }  # fmt: skip
    replayed = api.post(f"/pick-lists/{row['id']}/shorts", report, Idempotency_Key="short-9")
    assert (replayed.headers["Idempotent-Replayed"], replayed.json()) == ("true", first.json())
    assert api.post(f"/pick-lists/{row['id']}/shorts", report).json() == first.json()
    parts = api.get(f"/orders/{task['order_id']}").json()["fulfilment_orders"]
    assert [(p["id"] == part, p["location_id"], p["lines"][0]["qty"]) for p in parts] == [
        (True, api.brand.berlin, 1), (False, api.brand.seoul, 2),
    ]  # fmt: skip
    [stock] = api.get("/stock?only=recount").json()["stock"]
    marked = {level["location_id"]: level["recount_since"] for level in stock["levels"]}
    assert (stock["sku"], bool(marked[api.brand.berlin]), marked[api.brand.seoul]) == ("A", True, None)
    count = {"location_id": api.brand.berlin, "lines": [{"sku": "A", "on_hand": 1}]}
    assert api.post("/stock/counts", count).status_code == 201
    assert api.get("/stock?only=recount").json()["stock"] == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"client_id": "short", "task_id": 1, "found": 0}, "/client_id"),
        ({"client_id": "handheld-1", "task_id": 1, "found": -1}, "/found"),
        ({"client_id": "handheld-1", "task_id": 1, "found": 1.5}, "/found"),
        ({"client_id": "handheld-1", "task_id": 0, "found": 1}, "/task_id"),
        ({"client_id": "handheld-1", "task_id": 1, "found": 1, "at": "yesterday"}, "/at"),
        ({"client_id": "handheld-1", "task_id": 1}, "/found"),
    ],
)
def test_a_report_that_makes_no_sense_names_its_mistake(api: Api, body: dict[str, Any], pointer: str) -> None:
    listed(api.brand.ctx, draft([("A", 3)]))
    problem = refused(api.post(f"/pick-lists/{the_list(api)['id']}/shorts", body), 422, "invalid")
    assert [e["pointer"] for e in problem["errors"]] == [pointer]
    assert db.scalar("SELECT count(*) FROM fulfilment_short") == 0


def test_pick_lists_are_paged_and_filtered(api: Api) -> None:
    listed(api.brand.ctx, draft([("A", 1)]), draft([("A", 10)], country="KR"))
    rows = api.get("/pick-lists").json()["pick_lists"]
    assert len(rows) == 2
    first = api.get("/pick-lists?limit=1").json()
    second = api.get(f"/pick-lists?limit=1&cursor={first['next']}").json()
    assert [*first["pick_lists"], *second["pick_lists"]] == rows
    assert second["next"] is None
    [here] = api.get(f"/pick-lists?location_id={api.brand.berlin}").json()["pick_lists"]
    assert here["location_id"] == api.brand.berlin
    assert api.get("/pick-lists?state=picked").json() == {"pick_lists": [], "next": None}
    refused(api.get("/pick-lists?state=lost"), 422, "invalid")


def test_paper_comes_as_bytes(api: Api) -> None:
    [parcel_id] = packed(api.brand.ctx, draft([("A", 1)]))
    refused(api.get(f"/shipments/{parcel_id}/label.pdf"), 409, "no_label")
    refused(api.get(f"/shipments/{parcel_id}/label.zpl"), 409, "no_label")
    buy_label(api.brand, parcel_id)
    label, zpl, slip = (api.get(f"/shipments/{parcel_id}/{name}") for name in ("label.pdf", "label.zpl", "slip.pdf"))
    assert [a.headers["Content-Type"] for a in (label, zpl, slip)] == [
        "application/pdf", "application/zpl", "application/pdf",
    ]  # fmt: skip
    assert label.content.startswith(b"%PDF-")
    assert slip.content.startswith(b"%PDF-")
    assert zpl.content.startswith(b"^XA")
    assert b"DS1234567890" in zpl.content


def test_paper_is_printed_again_once_per_key(api: Api) -> None:
    [parcel_id] = packed(api.brand.ctx, draft([("A", 1)]))
    refused(api.post(f"/shipments/{parcel_id}/print", {"document": "label"}), 409, "no_label")
    refused(api.post(f"/shipments/{parcel_id}/print", {"document": "slip"}), 409, "no_printer")
    fulfilment.add_printer(api.brand.ctx, name="Desk", kind="folder", target="desk")
    buy_label(api.brand, parcel_id)
    first = api.post(f"/shipments/{parcel_id}/print", {"document": "label"}, Idempotency_Key="p1")
    again = api.post(f"/shipments/{parcel_id}/print", {"document": "label"}, Idempotency_Key="p1")
    assert (first.status_code, len(first.json()["print_jobs"])) == (201, 1)
    assert again.json() == first.json()
    other = api.post(f"/shipments/{parcel_id}/print", {"document": "label"}).json()["print_jobs"]
    assert set(other).isdisjoint(first.json()["print_jobs"])
    assert db.scalar("SELECT count(*) FROM fulfilment_printjob") == 2
    refused(api.post(f"/shipments/{parcel_id}/print", {"document": "invoice"}), 422, "invalid")


def test_a_label_is_wanted_again_and_never_a_second_one(api: Api) -> None:
    [parcel_id] = packed(api.brand.ctx, draft([("A", 1)]))
    refused(api.post(f"/shipments/{parcel_id}/label"), 409, "no_carrier")
    buy_label(api.brand, parcel_id)
    answer = api.post(f"/shipments/{parcel_id}/label")
    assert answer.status_code == 200
    assert [one["state"] for one in answer.json()["labels"]] == ["bought"]
    assert len(shipping.labels_of(api.brand.ctx, parcel_ids=[parcel_id])) == 1


def test_what_is_not_here_is_not_handed_over(api: Api) -> None:
    [parcel_id] = packed(api.brand.ctx, draft([("A", 1)]))
    buy_label(api.brand, parcel_id)
    refused(api.post("/hand-overs", {"shipments": [parcel_id, parcel_id + 999]}), 404, "not_found")
    assert api.get(f"/shipments/{parcel_id}").json()["state"] == "labelled"


def test_reading_the_floor_does_not_allow_working_on_it(api: Api, as_key: Any) -> None:
    [part] = picked(api.brand.ctx, draft([("A", 1)]))
    reader = as_key(api.brand, "fulfilment:read")
    [row] = reader.get("/pick-lists?state=picked").json()["pick_lists"]
    for path, body in (
        (f"/pick-lists/{row['id']}/scans", scans("A")),
        (f"/pick-lists/{row['id']}/undo", {}),
        (f"/pick-lists/{row['id']}/shorts", {"client_id": "handheld-1", "task_id": 1, "found": 0}),
        (f"/fulfilment-orders/{part}/pack", None),
        ("/hand-overs", {"shipments": [1]}),
    ):
        refused(reader.post(path, body), 403, "missing_scope")
    assert reader.get(f"/pick-lists/{row['id']}").json()["picked"] == 1


def test_a_handheld_learns_what_to_put_back_and_says_that_it_did(api: Api) -> None:
    [part] = picked(api.brand.ctx, draft([("A", 2)]))
    [task] = the_list_of_picked(api)["tasks"]
    refused(api.post(f"/put-backs/{task['id']}/done"), 409, "nothing_to_put_back")
    api.post(f"/orders/{task['order_id']}/cancel", {"reason": "customer"})
    drain()
    [row] = api.get("/put-backs").json()["put_backs"]
    assert (row["task_id"], row["fulfilment_order_id"], row["sku"], row["qty"]) == (task["id"], part, "A", 2)
    assert row["put_back_at"] is None
    done = api.post(f"/put-backs/{task['id']}/done").json()
    assert (done["put_back_at"] is not None, done["put_back_by"] != "") == (True, True)
    assert api.post(f"/put-backs/{task['id']}/done").json() == done
    assert api.get("/put-backs").json() == {"put_backs": [], "next": None}


def the_list_of_picked(api: Api) -> dict[str, Any]:
    [row] = api.get("/pick-lists?state=picked").json()["pick_lists"]
    found: dict[str, Any] = api.get(f"/pick-lists/{row['id']}").json()
    return found
