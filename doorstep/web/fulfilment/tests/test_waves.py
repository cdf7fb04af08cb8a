"""Waves, floor plans and the phone's pages through HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from doorstep.flows import ship, short_pick
from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment import put_away, queries, wave_queries
from doorstep.fulfilment.values import Method
from doorstep.locations import queries as locations
from doorstep.locations.values import BinPlace
from doorstep.orders import actions as orders
from doorstep.orders import queries as orders_read
from doorstep.orders.actions import HoldWish
from doorstep.orders.values import HoldReason
from doorstep.web.fulfilment import next_steps
from tests.factories import NOW, Brand, draft, listed, make_brand, picked, receive, signed_in
from tests.floor import buy_label

pytestmark = pytest.mark.django_db
PLAN = {
    "aisles": "4", "length_m": "20", "apart_m": "3", "depot_aisle": "1", "depot_at_back": "no", "pattern": "{aisle}-{bay}",
    "bay_m": "1", "odd_even": "on",
}  # fmt: skip


def laid_out(brand: Brand, client: Client) -> str:
    base = f"/settings/locations/{brand.berlin}"
    assert client.post(f"{base}/floor/plan/", PLAN).status_code == 302
    return base


def test_a_floor_is_drawn_by_its_codes_its_table_and_one_bin_at_a_time() -> None:
    brand = make_brand()
    client = signed_in(brand.ctx)
    base = laid_out(brand, client)
    client.post(f"{base}/bins/", {"bins": "A-01..A-03, ramp"})
    assert client.post(f"{base}/floor/by-code/").status_code == 302
    wrong = client.post(f"{base}/floor/table/", {"table": "code,aisle,along_m\nB-1,2,3.5\nB-2,2,\n"})
    assert wrong.status_code == 422
    assert "B-2,2," in wrong.content.decode()
    client.post(f"{base}/floor/bin/", {"code": "ramp", "aisle": "4", "along_m": "0,5", "side": "right", "zone": "COLD"})
    assert [row.place for row in locations.bins(brand.ctx, location_id=brand.berlin)] == [
        BinPlace("A-01", 1, 500, "left"), BinPlace("A-02", 1, 500, "right"), BinPlace("A-03", 1, 1_500, "left"),
        BinPlace("ramp", 4, 500, "right", zone="COLD"), BinPlace("B-1", 2, 3_500),
    ]  # fmt: skip
    page = client.get(f"{base}/floor/?bin=ramp").content.decode()
    assert 'class="floor-map"' in page
    assert 'value="0.5"' in page
    assert client.get(f"{base}/floor/bins.csv").content.decode().splitlines()[4] == "ramp,4,0.5,right,,COLD"


def test_a_release_shows_what_it_makes_and_makes_it_once() -> None:
    brand = make_brand()
    client = signed_in(brand.ctx)
    laid_out(brand, client)
    listed(brand.ctx, draft([("A", 1)]), draft([("B", 1), ("C", 1)]))
    at = f"/fulfilment/waves/at/{brand.berlin}/release/"
    parts = wave_queries.open_parts(brand.ctx, location_id=brand.berlin)
    one_line, two_lines = (part.order_name for part in sorted(parts, key=lambda part: len(part.lines)))
    seen = client.get(f"{at}?single_line=on").content.decode()
    assert (one_line in seen, two_lines in seen) == (True, False)
    assert client.get(f"{at}?min_priority=5").content.decode().count("Nothing open fits") == 1
    sent = {"wish": "11111111-1111-4111-8111-111111111111", "method": "batch", "single_line": "on", "due": "16:30"}
    first, second = client.post(at, sent), client.post(at, sent)
    assert first.headers["Location"] == second.headers["Location"]
    [wave] = wave_queries.list_waves(brand.ctx)
    assert (wave.orders, wave.method, wave.due_at is not None) == (1, Method.BATCH, True)
    assert f"#{wave.id}" in client.get("/fulfilment/waves/").content.decode()
    assert client.get(f"/fulfilment/waves/{wave.id}/").status_code == 200
    assert client.post(f"/fulfilment/waves/{wave.id}/call-off/").status_code == 302
    assert client.post(f"/fulfilment/waves/{wave.id}/call-off/").status_code == 409


def test_how_a_location_picks_is_set_by_who_may_set_it() -> None:
    brand = make_brand()
    given = {
        "planned": "yes", "route": "s_shape", "method": "single", "cart_picks": "20", "cart_orders": "", "cart_kg": "40",
        "pace": "80", "pick_s": "9",
    }  # fmt: skip
    at = f"/fulfilment/waves/at/{brand.berlin}"
    assert signed_in(brand.ctx, role="warehouse").post(f"{at}/rules/", given).status_code == 403
    owner = signed_in(brand.ctx)
    assert owner.post(f"{at}/rules/", given).status_code == 302
    rules = wave_queries.rules_of(brand.ctx, location_ids=[brand.berlin])[brand.berlin]
    assert (rules.planned, rules.route, rules.cart_orders) == (True, "s_shape", None)
    assert (rules.cart_weight_g, rules.walk_mm_s) == (40_000, 800)
    template = {"name": "Noon", "at_times": "12:00 15:30", "weekdays": ["0", "4"], "method": "batch", "pick_up_at": "17:00"}
    assert owner.post(f"{at}/times/", template).status_code == 302
    [row] = wave_queries.list_templates(brand.ctx)
    assert (row.at_times, row.weekdays, row.active) == (("12:00", "15:30"), (0, 4), True)
    owner.post(f"/fulfilment/waves/times/{row.id}/switch/", {"active": "no"})
    assert wave_queries.get_template(brand.ctx, template_id=row.id).active is False
    page = f"/fulfilment/waves/times/{row.id}/"
    assert 'value="12:00 15:30"' in owner.get(page).content.decode()
    wrong = owner.post(page, template | {"name": "Later", "at_times": "25:00"})
    assert (wrong.status_code, 'value="Later"' in wrong.content.decode()) == (422, True)
    assert owner.post(page, template | {"name": "Later", "countries": "KR"}).status_code == 302
    assert owner.get(f"{page}?at_times=9&leaves_by=noon&going=x:y").status_code == 200
    assert owner.get(f"{at}/release/?going=999999999:").status_code == 404
    changed = wave_queries.get_template(brand.ctx, template_id=row.id)
    assert (changed.name, changed.takes.countries, changed.active) == ("Later", ("KR",), False)
    assert owner.post(f"{page}remove/").status_code == 302
    assert wave_queries.list_templates(brand.ctx) == []


def send(client: Client, url: str, body: Any) -> Any:
    return client.post(url, json.dumps(body), content_type="application/json").json()


@pytest.mark.usefixtures("those_days")  # what came a fortnight ago waits no more
def test_a_phone_puts_away_what_it_kept_and_one_entry_that_cannot_be_read_stops_no_other() -> None:
    brand = make_brand()
    owner = signed_in(brand.ctx)
    owner.post(f"/settings/locations/{brand.berlin}/bins/", {"bins": "A-01"})
    client, url = signed_in(brand.ctx, role="warehouse"), f"/fulfilment/put-away/{brand.berlin}/"
    assert f'href="{url}"' in client.get(f"/fulfilment/phone/?at={brand.berlin}").content.decode()
    assert client.get(url).status_code == 200
    one = {"client_id": "phone-0001", "code": "A", "bin": "A-01", "qty": 10, "at": NOW.isoformat()}
    told = send(client, url, {"scans": [one, {"client_id": "phone-0002", "qty": "x"}, 7, one]})
    assert [answer["problem"] for answer in told["answers"]] == ["", "unreadable", "unreadable", ""]
    assert [item["sku"] for item in told["items"]] == ["B", "C"]
    assert send(client, f"{url}undo/", {"client_id": "phone-0001"})["done"] is True
    assert len(put_away.list_to_put_away(brand.ctx, location_id=brand.berlin)) == 3


def test_a_hold_on_a_wave_reaches_the_scanner_at_the_next_scan_and_stops_the_parcel() -> None:
    brand = make_brand()
    client = signed_in(brand.ctx)
    [part] = listed(brand.ctx, draft([("A", 2)]))
    sent = {"wish": "22222222-2222-4222-8222-222222222222", "method": "cluster"}
    client.post(f"/fulfilment/waves/at/{brand.berlin}/release/", sent)
    [row] = queries.list_pick_lists(brand.ctx)
    url = f"/fulfilment/lists/{row.id}/scans/"

    def scan(n: int) -> Any:
        one = {"client_id": f"phone-{n:04}", "code": "A", "typed": False, "at": NOW.isoformat()}
        return send(client, url, {"scans": [one]})

    assert scan(1)["answers"][0]["problem"] == ""
    orders.hold(brand.ctx, wishes=[HoldWish(part, HoldReason.OPERATOR)])
    told = scan(2)
    assert (told["answers"][0]["problem"], told["tasks"][0]["on_hold"], told["tasks"][0]["picked"]) == ("on_hold", True, 1)
    assert client.post(f"/fulfilment/pack/{part}/").status_code == 409


def test_a_short_pick_of_a_wave_leaves_its_other_totes_alone() -> None:
    brand = make_brand()
    client = signed_in(brand.ctx)
    parts = listed(brand.ctx, draft([("A", 3)]), draft([("B", 1)]))
    client.post(f"/fulfilment/waves/at/{brand.berlin}/release/", {"wish": "33333333-3333-4333-8333-333333333333"})
    [row] = queries.list_pick_lists(brand.ctx)
    task = next(one for one in queries.tasks_of(brand.ctx, pick_list_id=row.id) if one.sku == "A")
    got = short_pick.report(
        brand.ctx, pick_list_id=row.id, task_id=task.id, client_id="short-0001", found=1, at=NOW
    )
    assert (got.problem, got.missing) == ("", 2)
    left = {one.sku: (one.qty, one.tote, one.fulfilment_order_id) for one in queries.tasks_of(brand.ctx, pick_list_id=row.id)}
    assert left == {"A": (1, 1, parts[0]), "B": (1, 2, parts[1])}


def test_an_order_is_sent_elsewhere_from_its_list_and_from_the_phone() -> None:
    brand = make_brand()
    receive(brand.ctx, variant_id=brand.variants["A"], location_id=brand.seoul, qty=9)
    parts = listed(brand.ctx, draft([("A", 1)]), draft([("A", 2)]), draft([("A", 1)]))
    client = signed_in(brand.ctx, role="warehouse")
    [row] = queries.list_pick_lists(brand.ctx)
    base = f"/fulfilment/lists/{row.id}/"
    page = client.get(base).content.decode()
    assert page.count(f'data-in-place="{base}reject/') == 3
    assert 'name="reason"' in client.get(f"{base}reject/{parts[1]}/").content.decode()
    [line] = orders_read.fulfilment_lines_of(brand.ctx, fulfilment_order_ids=[parts[1]])
    given = {"part": parts[1], "reason": "too_busy", f"qty-{line.id}": "2"}
    assert client.post(f"{base}reject/", given).status_code == 302
    moved = orders_read.fulfilment_orders_by_id(brand.ctx, ids=[parts[1]])[parts[1]]
    assert moved.location_id == brand.seoul
    told = send(client, f"{base}reject/phone/", {"part": parts[2], "reason": "cannot_ship"})
    assert "elsewhere" in told["says"]
    assert [one["qty"] for one in told["tasks"]] == [1]
    for wrong in ({"part": parts[2], "reason": "too_busy"}, {"part": parts[0], "reason": "nonsense"}, {"part": "x"}):
        answer = client.post(f"{base}reject/phone/", json.dumps(wrong), content_type="application/json")
        assert answer.status_code in (404, 422)
    assert [task.fulfilment_order_id for task in queries.tasks_of(brand.ctx, pick_list_id=row.id)] == [parts[0]]


def test_a_wave_leads_on_to_the_table_and_from_there_to_its_door() -> None:
    brand = make_brand()
    [part] = picked(brand.ctx, draft([("A", 1)]))
    [task] = queries.tasks_of_orders(brand.ctx, fulfilment_order_ids=[part])
    at = queries.get_pick_list(brand.ctx, pick_list_id=task.pick_list_id)

    def step() -> str:
        found = next_steps.of_wave(brand.ctx, lists=[at], location_id=at.location_id)
        return found.url if found else ""

    assert step() == f"/fulfilment/pack/{part}/"
    parcel = fulfilment.pack(brand.ctx, fulfilment_order_id=part) or 0
    assert step() == ""  # its label is being bought
    buy_label(brand, parcel)
    assert step() == f"/fulfilment/hand-over/#door-{at.location_id}"
    ship.hand_over(brand.ctx, parcel_ids=[parcel])
    assert step() == ""
