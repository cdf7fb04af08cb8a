"""The floor's pages through HTTP."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client

from doorstep.flows.cancel import cancel
from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment import queries
from doorstep.orders import actions as orders
from doorstep.orders import queries as order_queries
from doorstep.orders.actions import HoldWish
from doorstep.orders.values import HoldReason
from doorstep.shipping import manifests
from doorstep.shipping import queries as shipping
from doorstep.stock import queries as stock
from doorstep.worker.dispatch import drain
from tests.factories import draft, make_ctx, place, signed_in
from tests.floor import buy_label, listed, pick_all

pytestmark = pytest.mark.django_db(transaction=True)
AT = "2026-11-23T09:00:00Z"


def scans_of(*codes: str, prefix: str = "phone") -> list[dict[str, Any]]:
    return [{"client_id": f"{prefix}-{n:04}", "code": code, "typed": False, "at": AT} for n, code in enumerate(codes)]


def send(client: Client, pick_list_id: int, scans: Any) -> Any:
    return client.post(
        f"/fulfilment/lists/{pick_list_id}/scans/", json.dumps({"scans": scans}), content_type="application/json"
    )


def test_the_floor_shows_what_waits_and_one_thing_to_do() -> None:
    brand, row, parts = listed([("A", 2), ("B", 1)])
    client = signed_in(brand.ctx, role="warehouse")
    page = client.get("/fulfilment/").content.decode()
    assert f"/fulfilment/lists/{row.id}/scan/" in page
    assert "Start picking" in page
    pick_all(brand, row.id)
    page = client.get("/fulfilment/").content.decode()
    assert "Start picking" not in page
    assert f"/fulfilment/pack/{parts[0]}/" in page


def test_one_goes_on_with_a_list_of_ones_own_and_takes_a_colleagues_only_by_choosing_it() -> None:
    brand, theirs, _parts = listed([("A", 2)])
    anna, ben = (signed_in(brand.ctx, role=role) for role in ("warehouse", "owner"))
    send(anna, theirs.id, scans_of("A", prefix="anna"))
    place(brand.ctx, draft([("B", 2)]))
    drain()
    [own] = [row for row in queries.list_pick_lists(brand.ctx) if row.id != theirs.id]
    page = ben.get("/fulfilment/").content.decode()
    assert "Go on picking" not in page
    assert f'"/fulfilment/lists/{theirs.id}/"' in page
    send(ben, own.id, scans_of("B", prefix="ben"))
    for client, first, second in ((ben, own, theirs), (anna, theirs, own)):
        page = client.get("/fulfilment/").content.decode()
        assert "Go on picking" in page
        assert f"/fulfilment/lists/{first.id}/scan/" in page
        assert f"/fulfilment/lists/{second.id}/scan/" not in page
        assert page.index(f"#{first.id}</a>") < page.index(f"#{second.id}</a>")


def test_the_floor_says_what_to_put_back_and_one_tap_settles_it() -> None:
    brand, row, parts = listed([("A", 2)])
    pick_all(brand, row.id)
    [part] = order_queries.fulfilment_orders_by_id(brand.ctx, ids=parts).values()
    client = signed_in(brand.ctx, role="warehouse")
    assert "To put back" not in client.get("/fulfilment/").content.decode()
    cancel(brand.ctx, order_id=part.order_id, reason="customer")
    drain()
    page = client.get("/fulfilment/").content.decode()
    assert "To put back" in page
    [path] = re.findall(r"/fulfilment/put-back/[0-9]+/", page)
    assert "/fulfilment/put-back/" not in signed_in(brand.ctx, role="viewer").get("/fulfilment/").content.decode()
    for _tap in range(2):
        assert client.post(path).status_code == 302
    assert "To put back" not in client.get("/fulfilment/").content.decode()
    told = signed_in(brand.ctx).get(f"/orders/{part.order_id}/").content.decode()
    assert "put <b>2</b> × <b>A</b> back" in told
    assert "2 picked units are to be put back." in told


def test_the_order_page_says_what_a_cancellation_leaves_to_put_back_until_it_is_done() -> None:
    brand, row, parts = listed([("A", 3)])
    [part] = order_queries.fulfilment_orders_by_id(brand.ctx, ids=parts).values()
    owner, path = signed_in(brand.ctx), f"/orders/{part.order_id}/"
    assert "picked already" not in owner.get(path).content.decode()
    send(owner, row.id, scans_of("A", "A"))
    page = owner.get(path).content.decode()
    assert "2 units are picked already; they are to be put back in their bins" in page
    assert "(2 picked)" in page
    cancel(brand.ctx, order_id=part.order_id, reason="customer")
    for _moment in ("before the list hears of it", "after"):
        page = owner.get(path).content.decode()
        assert "Picked units of this cancelled order are to be put back." in page
        assert "2 × <code>A</code>" in page
        assert f'href="/fulfilment/#place-{brand.berlin}"' in page
        assert "(2 picked)" not in page
        drain()
    [back] = queries.list_to_put_back(brand.ctx)
    fulfilment.put_back(brand.ctx, task_id=back.task_id)
    page = owner.get(path).content.decode()
    assert "Picked units of this cancelled order" not in page
    assert "(2 picked)" not in page


def test_a_floor_without_locations_says_what_to_do() -> None:
    page = signed_in(make_ctx()).get("/fulfilment/").content.decode()
    assert "No location yet" in page
    assert "/settings/locations/new/" in page


def test_a_pick_list_is_shown_and_comes_as_pdf() -> None:
    brand, row, _parts = listed([("A", 2)])
    client = signed_in(brand.ctx, role="viewer")
    page = client.get(f"/fulfilment/lists/{row.id}/").content.decode()
    assert "Thing A" in page
    assert "Start picking" not in page
    paper = client.get(f"/fulfilment/lists/{row.id}/paper.pdf")
    assert (paper.status_code, paper.content[:5]) == (200, b"%PDF-")


def test_each_scan_is_answered_and_counts_once_however_often_and_in_whatever_order_it_comes() -> None:
    brand, row, _parts = listed([("A", 2), ("B", 1)])
    client = signed_in(brand.ctx, role="warehouse")
    first = scans_of("A", "C", "B")
    answers = send(client, row.id, first).json()["answers"]
    assert [(a["client_id"], a["problem"]) for a in answers] == [
        ("phone-0000", ""), ("phone-0001", "not_on_list"), ("phone-0002", ""),
    ]  # fmt: skip
    again = send(client, row.id, [*reversed(first), *first]).json()
    assert [a["problem"] for a in again["answers"]] == ["", "not_on_list", "", "", "not_on_list", ""]
    assert queries.get_pick_list(brand.ctx, pick_list_id=row.id).picked == 2
    last = send(client, row.id, scans_of("A", "A", prefix="other")).json()
    assert [a["problem"] for a in last["answers"]] == ["", "already_complete"]
    assert [(t["picked"], t["qty"]) for t in last["tasks"]] == [(2, 2), (1, 1)]


def test_a_scan_for_a_cancelled_order_is_told_so_and_the_page_loses_the_item_before_the_list_does() -> None:
    brand, row, [first, _second] = listed([("A", 1)], [("B", 1)])
    client = signed_in(brand.ctx, role="warehouse")
    [part] = order_queries.fulfilment_orders_by_id(brand.ctx, ids=[first]).values()
    cancel(brand.ctx, order_id=part.order_id, reason="customer")
    told = client.get(f"/fulfilment/lists/{row.id}/scans/").json()
    assert ([t["qty"] for t in told["tasks"]], [g["sku"] for g in told["gone"]]) == ([1], ["A"])
    for moment in ("before", "after"):
        answers = send(client, row.id, scans_of("A", "C", prefix=f"phone-{moment}")).json()["answers"]
        assert [a["problem"] for a in answers] == ["cancelled", "not_on_list"]
        drain()
    page = client.get(f"/fulfilment/lists/{row.id}/scan/").content.decode()
    assert "Order cancelled: leave it" in page
    assert [task.sku for task in queries.tasks_of(brand.ctx, pick_list_id=row.id)] == ["B"]


def test_unreadable_scans_are_answered_and_stop_no_other() -> None:
    brand, row, _parts = listed([("A", 1)])
    client = signed_in(brand.ctx, role="warehouse")
    strange = [None, {}, {"client_id": "x" * 41, "code": "A"}, {"client_id": "good-0001", "code": "\x00 "}, {"code": 5}]
    good = {"client_id": "good-0002", "code": "A\x00", "typed": True, "at": "soon"}
    answers = send(client, row.id, [*strange, good]).json()["answers"]
    assert [a["problem"] for a in answers] == ["unreadable"] * 5 + [""]
    assert queries.get_pick_list(brand.ctx, pick_list_id=row.id).picked == 1
    for body in ("", "[]", '{"scans": 1}', "\xff"):
        answer = client.post(f"/fulfilment/lists/{row.id}/scans/", body, content_type="application/json")
        assert answer.status_code == 422, body


def test_half_letters_and_odd_clocks_stop_no_other_scan() -> None:
    brand, row, _parts = listed([("A", 1)])
    client = signed_in(brand.ctx, role="warehouse")
    odd = [
        {"client_id": "phone-half", "code": "\ud800x", "at": AT},
        {"client_id": "\ud800phone-half", "code": "A"},
        {"client_id": [[[]]], "code": "A"},
        {"client_id": "phone-good", "code": "A\udfff", "at": "2000-01-01T00:00:00+23:59:59.999999"},
        {"client_id": "phone-past", "code": "A", "at": "0001-01-01T00:00:00+23:00"},
        {"client_id": "phone-then", "code": "A", "at": "9999-12-31T23:59:59-23:00"},
    ]
    answer = send(client, row.id, odd)
    assert answer.status_code == 200
    expected = ["unknown_code", "unreadable", "unreadable", "", "already_complete", "already_complete"]
    assert [a["problem"] for a in answer.json()["answers"]] == expected
    assert queries.get_pick_list(brand.ctx, pick_list_id=row.id).picked == 1


@pytest.mark.parametrize(
    "body", ['{"client_id":"\\ud800abc"}', '{"client_id":"phone-0001\\u0000"}', '{"client_id":[1]}']
)
def test_an_undo_of_a_scan_that_cannot_be_takes_nothing_back(body: str) -> None:
    brand, row, _parts = listed([("A", 2)])
    client = signed_in(brand.ctx, role="warehouse")
    send(client, row.id, scans_of("A"))
    answer = client.post(f"/fulfilment/lists/{row.id}/undo/", body, content_type="application/json")
    assert answer.status_code == 422
    assert queries.get_pick_list(brand.ctx, pick_list_id=row.id).picked == 1


@pytest.mark.parametrize("verb", ["scans", "undo"])
def test_what_is_nested_without_end_is_refused_and_counts_nothing(verb: str) -> None:
    brand, row, _parts = listed([("A", 2)])
    client = signed_in(brand.ctx, role="warehouse")
    send(client, row.id, scans_of("A"))
    answer = client.post(f"/fulfilment/lists/{row.id}/{verb}/", "[" * 100_000, content_type="application/json")
    assert answer.status_code == 422
    assert queries.get_pick_list(brand.ctx, pick_list_id=row.id).picked == 1


@pytest.mark.parametrize("wish", ["", "a\x00b", "one", "a" * 37])
def test_a_wish_that_no_form_holds_prints_nothing(wish: str) -> None:
    brand, row, _parts = listed([("A", 1)])
    fulfilment.add_printer(brand.ctx, name="Desk", kind="folder", target="desk")
    client = signed_in(brand.ctx, role="warehouse")
    assert client.post(f"/fulfilment/lists/{row.id}/print/", {"wish": wish}).status_code == 422
    assert queries.print_jobs_of(brand.ctx, subjects=[f"pick_list:{row.id}"]) == []


def test_the_last_scan_is_taken_back() -> None:
    brand, row, _parts = listed([("A", 2)])
    client = signed_in(brand.ctx, role="warehouse")
    send(client, row.id, scans_of("A", "A"))
    told = client.post(f"/fulfilment/lists/{row.id}/undo/").json()
    assert [t["picked"] for t in told["tasks"]] == [1]
    assert client.get(f"/fulfilment/lists/{row.id}/scans/").json()["tasks"][0]["picked"] == 1
    client.post(f"/fulfilment/lists/{row.id}/undo/")
    assert client.post(f"/fulfilment/lists/{row.id}/undo/").json()["task_id"] is None


def test_a_viewer_scans_packs_and_hands_over_nothing() -> None:
    brand, row, parts = listed([("A", 1)])
    viewer = signed_in(brand.ctx, role="viewer")
    assert viewer.get(f"/fulfilment/lists/{row.id}/scan/").status_code == 403
    assert send(viewer, row.id, scans_of("A")).status_code == 403
    for path in (f"lists/{row.id}/undo/", f"lists/{row.id}/print/", f"pack/{parts[0]}/", "hand-over/"):
        assert viewer.post(f"/fulfilment/{path}").status_code == 403, path
    assert queries.get_pick_list(brand.ctx, pick_list_id=row.id).picked == 0


def test_the_floor_of_another_organisation_is_not_there() -> None:
    brand, row, parts = listed([("A", 1)])
    stranger = signed_in(make_ctx("Stranger"))
    for path in (f"lists/{row.id}/", f"lists/{row.id}/scan/", f"lists/{row.id}/paper.pdf", f"pack/{parts[0]}/"):
        assert stranger.get(f"/fulfilment/{path}").status_code == 404, path
    assert send(stranger, row.id, scans_of("A")).status_code == 404
    assert stranger.post(f"/fulfilment/lists/{row.id}/undo/").status_code == 404
    assert queries.get_pick_list(brand.ctx, pick_list_id=row.id).picked == 0


def test_an_order_is_packed_once_and_only_when_it_is_picked() -> None:
    brand, row, [part] = listed([("A", 2)])
    client = signed_in(brand.ctx, role="warehouse")
    send(client, row.id, scans_of("A"))
    page = client.get(f"/fulfilment/pack/{part}/").content.decode()
    assert "1 unit is not picked yet." in page
    assert "Everything is in" not in page
    refused = client.post(f"/fulfilment/pack/{part}/")
    assert refused.status_code == 409
    assert "are not picked yet" in refused.content.decode()
    pick_all(brand, row.id)
    assert "Everything is in: pack" in client.get(f"/fulfilment/pack/{part}/").content.decode()
    for _time in range(2):
        assert client.post(f"/fulfilment/pack/{part}/").headers["Location"] == f"/fulfilment/pack/{part}/"
    parcel = shipping.live_parcels_of(brand.ctx, fulfilment_order_ids=[part])[part][0]
    assert "No carrier is connected" in client.get(f"/fulfilment/pack/{part}/").content.decode()
    assert parcel.state == "packed"


def test_the_next_order_to_pack_is_of_the_list_just_picked() -> None:
    brand, first, [older] = listed([("A", 1)])
    pick_all(brand, first.id)
    ids = place(brand.ctx, draft([("A", 2)]), draft([("A", 3)]))
    drain()
    [second] = [row for row in queries.list_pick_lists(brand.ctx) if row.id != first.id]
    pick_all(brand, second.id)
    parts = [part.id for part in order_queries.fulfilment_orders_of(brand.ctx, order_ids=ids)]
    client = signed_in(brand.ctx, role="warehouse")
    followed = []
    for part in parts:
        client.post(f"/fulfilment/pack/{part}/")
        page = client.get(f"/fulfilment/pack/{part}/").content.decode()
        followed += re.findall(r'href="/fulfilment/pack/(\d+)/" autofocus', page)
    assert followed == [str(parts[1]), str(older)]


def test_handing_over_takes_the_stock_out_once() -> None:
    brand, row, parts = listed([("A", 2)], [("B", 1)])
    pick_all(brand, row.id)
    made = [fulfilment.pack(brand.ctx, fulfilment_order_id=part) or 0 for part in parts]
    buy_label(brand, made[0])
    client = signed_in(brand.ctx, role="warehouse")
    page = client.get("/fulfilment/hand-over/").content.decode()
    assert "DS1234567890" in page
    assert "Without a label" in page
    assert "1 on no manifest yet" in page  # once it has left, none takes it
    [wait] = manifests.waiting(brand.ctx)
    manifests.want(brand.ctx, location_id=wait.location_id, carrier_id=wait.carrier_id)
    assert "on no manifest yet" not in client.get("/fulfilment/hand-over/").content.decode()
    refused = client.post("/fulfilment/hand-over/", {"parcels": made})
    assert refused.status_code == 409
    assert "has no label yet" in refused.content.decode()
    assert client.post("/fulfilment/hand-over/").status_code == 422
    for odd in ("9" * 5000, "9" * 19, "٣", "²", "-1"):
        assert client.post("/fulfilment/hand-over/", {"parcels": odd}).status_code == 422, odd[:20]
    for _time in range(2):
        assert client.post("/fulfilment/hand-over/", {"parcels": made[:1]}).status_code == 302
    level = {one.location_id: one for one in stock.levels_of(brand.ctx, variant_ids=[brand.variants["A"]])}
    assert level[brand.berlin].on_hand == 8


def test_a_held_parcel_stays_at_the_door() -> None:
    brand, row, [part] = listed([("A", 1)])
    pick_all(brand, row.id)
    parcel = fulfilment.pack(brand.ctx, fulfilment_order_id=part) or 0
    buy_label(brand, parcel)
    orders.hold(brand.ctx, wishes=[HoldWish(part, HoldReason.OPERATOR, note="call first")])
    client = signed_in(brand.ctx, role="warehouse")
    assert 'name="parcels"' not in client.get("/fulfilment/hand-over/").content.decode()
    assert client.post("/fulfilment/hand-over/", {"parcels": [parcel]}).status_code == 409
    assert "On hold: do not send it." in client.get(f"/fulfilment/pack/{part}/").content.decode()


def short_of(task_id: Any, found: Any, client_id: str = "phone-short") -> dict[str, Any]:
    return {"client_id": client_id, "task_id": task_id, "found": found, "at": AT}


def test_a_phone_sends_its_scans_and_its_short_pick_in_one_queue_and_twice() -> None:
    brand, row, [part] = listed([("A", 3), ("B", 1)])
    client = signed_in(brand.ctx, role="warehouse")
    [a, _b] = queries.tasks_of(brand.ctx, pick_list_id=row.id)
    queue = [*scans_of("A", "B"), short_of(a.id, 1)]
    told = send(client, row.id, queue).json()
    assert told["answers"][2] == {
        "client_id": "phone-short", "problem": "", "task_id": a.id, "picked": 1, "qty": 1, "missing": 2,
    }  # fmt: skip
    assert [(t["picked"], t["qty"]) for t in told["tasks"]] == [(1, 1), (1, 1)]
    again = send(client, row.id, queue).json()
    assert [a["problem"] for a in again["answers"]] == ["", "", ""]
    assert (again["answers"][2], again["tasks"]) == (told["answers"][2], told["tasks"])
    client.post(f"/fulfilment/pack/{part}/")
    assert shipping.live_parcels_of(brand.ctx, fulfilment_order_ids=[part])[part][0].state == "packed"


def test_a_short_pick_that_cannot_be_read_moves_nothing() -> None:
    brand, row, _parts = listed([("A", 2)])
    client = signed_in(brand.ctx, role="warehouse")
    [task] = queries.tasks_of(brand.ctx, pick_list_id=row.id)
    odd = [short_of(task.id, found) for found in (-1, 1.5, "1", None, True, 10**7)]
    odd += [short_of(id, 0) for id in ("1", 0, -1, 2**63, None, True)]
    answers = send(client, row.id, odd).json()["answers"]
    assert {a["problem"] for a in answers} == {"unreadable"}
    assert [t.qty for t in queries.tasks_of(brand.ctx, pick_list_id=row.id)] == [2]


def test_the_packing_table_sends_for_what_is_missing() -> None:
    brand, row, [part] = listed([("A", 2)])
    client = signed_in(brand.ctx, role="warehouse")
    page = client.get(f"/fulfilment/pack/{part}/").content.decode()
    assert f"/fulfilment/lists/{row.id}/scan/?part={part}" in page
    assert "report it as short" in page


def test_a_short_pick_is_told_in_stock_and_on_the_order_until_somebody_counts() -> None:
    brand, row, _parts = listed([("A", 3)])
    client = signed_in(brand.ctx)
    [task] = queries.tasks_of(brand.ctx, pick_list_id=row.id)
    send(client, row.id, [short_of(task.id, 1)])
    page = client.get("/stock/?only=recount").content.decode()
    assert "<code>A</code>" in page
    assert "<code>B</code>" not in page
    variant = f"/stock/{brand.variants['A']}/"
    page = client.get(variant).content.decode()
    assert "a picker found too few" in page
    assert "To recount" in page
    assert f"/fulfilment/lists/{row.id}/" in page
    page = client.get(f"/orders/{task.order_id}/").content.decode()
    assert "found <b>1</b> of <b>3</b> × <b>A</b>" in page
    client.post(f"{variant}change/", {"doing": "count", "location": brand.berlin, "qty": "1"})
    assert "To recount" not in client.get(variant).content.decode()
    assert "<code>A</code>" not in client.get("/stock/?only=recount").content.decode()
