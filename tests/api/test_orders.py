"""Orders through the API."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict

from doorstep.base import db, outbox
from doorstep.customers import queries as customers
from doorstep.web.orders.listing import LISTING
from doorstep.worker.dispatch import drain
from tests.api.conftest import Api, order, refused
from tests.factories import make_brand, signed_in


@pytest.fixture(params=[False, True], ids=["door", "lane"])
def lane(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def test_an_order_is_taken_and_told_exactly(api: Api) -> None:
    answer = api.post("/orders", order())
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert told == {
        "outcome": "accepted", "id": told["id"], "external_id": "W-1001", "state": "open", "on_hold": False,
        "held_for": [], "short_of": [], "waits": "", "promised_on": None,
    }  # fmt: skip
    detail = api.get(f"/orders/{told['id']}").json()
    assert detail["total"] == {"amount": "29.50", "currency": "EUR"}
    assert detail["lines"][0]["unit_price"] == {"amount": "12.30", "currency": "EUR"}
    assert detail["ship_to"]["lines"] == ["Torstr. 1"]
    assert (detail["customer_name"], detail["email"], detail["language"]) == ("김민서", "minseo@example.com", "ko")


@pytest.mark.parametrize(
    ("country", "named", "brand", "language"),
    [("KR", "", "en", "ko"), ("KR", "en", "en", "en"), ("US", "", "ko", "en"), ("DE", "", "ko", "ko"), ("DE", "", "en", "en")],
)
def test_a_customer_who_names_no_language_is_written_to_in_that_of_the_country_else_the_brands(
    api: Api, country: str, named: str, brand: str, language: str
) -> None:
    db.execute("UPDATE accounts_organisation SET default_language = %s", [brand])
    body = order()
    body["customer"] = {"name": "김민서", "email": "minseo@example.com"} | ({"language": named} if named else {})
    body["ship_to"] |= {"country": country}
    id = api.post("/orders", body).json()["id"]
    assert api.get(f"/orders/{id}").json()["language"] == language
    (customer,) = customers.list_customers(api.brand.ctx)
    assert customer.language == language
    db.execute("UPDATE accounts_organisation SET default_language = 'en'")
    assert api.post("/orders", body).json()["outcome"] == "duplicate"


def test_the_pages_say_which_key_brought_an_order(api: Api) -> None:
    id = api.post("/orders", order()).json()["id"]
    client = signed_in(api.brand.ctx)
    page = client.get(f"/orders/{id}/").content.decode()
    assert page.count("API, key Web store") == 2
    assert "API, key Web store" in client.get("/orders/").content.decode()
    (row,) = (line for lines in LISTING.lines(api.brand.ctx, QueryDict("")) for line in lines)
    assert row.shop == "API, key Web store"
    other = make_brand()
    assert outbox.actors_of(other.ctx, of=[f"order:{id}"], type="order.placed") == {}


def test_the_very_same_order_again_is_a_duplicate(api: Api) -> None:
    body = order()
    first = api.post("/orders", body).json()
    again = api.post("/orders", body)
    assert (again.status_code, again.json()["outcome"], again.json()["id"]) == (200, "duplicate", first["id"])


def test_an_order_short_of_stock_is_taken_and_held(api: Api) -> None:
    lines = [{"sku": "A", "qty": 21, "unit_price": {"amount": "1", "currency": "EUR"}}]
    body = order(lines=lines)
    told = api.post("/orders", body).json()
    assert (told["on_hold"], told["held_for"], told["short_of"]) == (True, ["inventory_out_of_stock"], ["A"])
    again = api.post("/orders", body).json()
    assert again == told | {"outcome": "duplicate"}  # whose first answer was lost hears the same
    (hold,) = api.get(f"/orders/{told['id']}").json()["fulfilment_orders"][0]["holds"]
    assert [(one["sku"], one["wanted"], one["available"], one["elsewhere"]) for one in hold["lacking"]] == [("A", 21, 20, [])]


def test_one_bad_order_of_a_batch_spoils_none_of_the_others(api: Api) -> None:
    batch = [
        order(external_id="1"),
        {"external_id": 5},
        order(external_id="2", currency="XXZ"),
        order(external_id="3", lines=[{"sku": "NOBODY", "qty": 1, "unit_price": {"amount": "1", "currency": "EUR"}}]),
        order(external_id="1", note="other", currency="EUR", shipping=None),
        order(external_id="4"),
        "no order",
    ]
    answers = api.post("/orders/batch", {"orders": batch}).json()["answers"]
    assert [a["status"] for a in answers] == [201, 422, 422, 422, 409, 201, 422]
    assert [a["problem"] and a["problem"]["code"] for a in answers] == [
        None, "invalid", "invalid", "unknown_sku", "external_id_reused", None, "invalid",
    ]  # fmt: skip
    assert answers[2]["problem"]["errors"][0] == {
        "pointer": "/currency", "code": "unknown_currency", "detail": "XXZ is not an ISO 4217 currency.",
    }  # fmt: skip
    names = [o["external_id"] for o in api.get("/orders").json()["orders"]]
    assert sorted(names) == ["1", "4"]


def test_lists_are_paged_without_gaps_and_tell_what_changed(api: Api) -> None:
    batch = [order(external_id=str(n)) for n in range(5)]
    api.post("/orders/batch", {"orders": batch})
    for path in ("/orders?limit=2", "/orders?limit=2&updated_since=2020-01-01T00:00:00Z"):
        seen: list[str] = []
        following = ""
        while following is not None:
            page: Any = api.get(path + (f"&cursor={following}" if following else "")).json()
            seen += [o["external_id"] for o in page["orders"]]
            following = page["next"]
        assert sorted(seen) == ["0", "1", "2", "3", "4"]
    assert api.get("/orders?cursor=bm9uc2Vuc2U").json()["code"] == "invalid"


def test_a_hold_is_set_and_released_and_an_order_cancelled(api: Api) -> None:
    id = api.post("/orders", order()).json()["id"]
    held = api.post(f"/orders/{id}/hold", {"reason": "incorrect_address", "note": "동호수 없음"}).json()
    assert held["on_hold"] is True
    assert [h["reason"] for h in held["fulfilment_orders"][0]["holds"]] == ["incorrect_address"]
    assert api.post(f"/orders/{id}/release", {"reason": "incorrect_address"}).json()["on_hold"] is False
    assert api.post(f"/orders/{id}/cancel", {"reason": "customer"}).json()["state"] == "cancelled"
    again = api.post(f"/orders/{id}/cancel", {"reason": "customer"})
    assert (again.status_code, again.json()["code"]) == (409, "already_cancelled")
    assert api.post(f"/orders/{id}/hold", {}).json()["code"] == "wrong_state"


def test_note_and_tags_change_only_from_the_version_that_was_read(api: Api) -> None:
    id = api.post("/orders", order()).json()["id"]
    changed = api.patch(f"/orders/{id}", {"version": 1, "tags": ["vip", "vip", "선물"]}).json()
    assert (changed["tags"], changed["note"], changed["version"]) == (["vip", "선물"], "", 2)
    lost = api.patch(f"/orders/{id}", {"version": 1, "note": "late"})
    assert (lost.status_code, lost.json()["code"]) == (409, "changed_meanwhile")


def test_problems_speak_the_readers_language_and_name_their_trace(api: Api) -> None:
    answer = api.get("/orders/999999", accept_language="ko-KR,ko;q=0.9")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Content-Language"] == "ko"
    problem = answer.json()
    assert (problem["code"], problem["status"], problem["trace"]) == ("not_found", 404, answer.headers["Trace"])
    assert problem["next_step"]


def test_an_order_is_edited_after_a_preview(api: Api) -> None:
    id = api.post("/orders", order()).json()["id"]
    [line] = api.get(f"/orders/{id}").json()["lines"]
    wish = {"version": 1, "lines": [{"order_line_id": line["id"], "qty": 1}], "add": [{"sku": "B", "qty": 2}]}
    seen = api.post(f"/orders/{id}/edits", wish | {"preview": True}).json()
    assert (seen["applied"], seen["difference"], seen["follows"]) == (
        False, {"amount": "7.70", "currency": "EUR"}, "collect",
    )  # fmt: skip
    assert api.get(f"/orders/{id}").json()["version"] == 1

    done = api.post(f"/orders/{id}/edits", wish).json()
    assert done["applied"] is True
    assert [(one["sku"], one["qty"]) for one in done["order"]["lines"]] == [("A", 1), ("B", 2)]
    assert done["promised"] == [{"variant_id": api.brand.variants["B"], "qty": 2}]
    assert done["released"] == [{"variant_id": api.brand.variants["A"], "qty": 1}]
    refused(api.post(f"/orders/{id}/edits", wish), 409, "changed_meanwhile")


def test_an_address_is_changed_with_the_note(api: Api) -> None:
    id = api.post("/orders", order()).json()["id"]
    to = order()["ship_to"] | {"lines": ["Hauptstr. 2"], "country": "KR"}
    answer = api.patch(f"/orders/{id}", {"version": 1, "note": "moved", "ship_to": to}).json()
    assert (answer["note"], answer["ship_to"]["lines"], answer["country"], answer["version"]) == (
        "moved", ["Hauptstr. 2"], "KR", 3,
    )  # fmt: skip


def test_units_are_moved_to_another_location(api: Api) -> None:
    id = api.post("/orders", order()).json()["id"]
    drain()
    detail = api.get(f"/orders/{id}").json()
    [part] = detail["fulfilment_orders"]
    body = {
        "version": 1, "fulfilment_order_id": part["id"], "location_id": api.brand.seoul,
        "lines": [{"order_line_id": detail["lines"][0]["id"], "qty": 1}],
    }  # fmt: skip
    parts = api.post(f"/orders/{id}/splits", body).json()["fulfilment_orders"]
    assert [(p["location_id"], p["lines"][0]["qty"]) for p in parts] == [(api.brand.berlin, 1), (api.brand.seoul, 1)]
