"""Notices through the API: switched, worded, tried, counted; and the numbers that texts leave from."""

from __future__ import annotations

import pytest
from django.test import Client

from doorstep.flows import notify
from doorstep.messaging import queries
from doorstep.worker.dispatch import drain
from tests.api.conftest import Api, refused
from tests.factories import draft, place

pytestmark = pytest.mark.django_db


def test_a_kind_is_switched_and_worded_and_the_next_customer_reads_it(api: Api) -> None:
    kinds = {one["kind"]: one for one in api.get("/notices").json()["notices"]}
    assert (kinds["confirmed"]["mail"], kinds["confirmed"]["own_words"], len(kinds)) == (True, [], 11)
    path = "/notices/confirmed/words/ko"
    usual = api.get(path).json()
    own = {"subject": "Got {{order.name}}", "body": "Dear {{customer.name}},\nwe have it.", "sms": usual["sms"], "version": 0}
    kept = api.ask("PUT", path, own).json()
    assert (kept["subject"], kept["version"], kept["is_own"]) == ("Got {{order.name}}", 1, True)
    refused(api.ask("PUT", path, own), 409, "changed_meanwhile")
    refused(api.ask("PUT", path, own | {"body": "{{order.price}}", "version": 1}), 422, "unknown_variable")
    refused(api.ask("PUT", path, own | {"subject": "Hi {{customer.name}}", "version": 1}), 422, "bad_notice")

    [order_id] = place(api.brand.ctx, draft([("A", 1)]))
    drain()
    [told] = queries.messages_of(api.brand.ctx, timelines=[f"order:{order_id}"])
    assert (told.subject.startswith("Got #E"), "Dear" in told.text, "we have it." in told.text) == (True, True, True)
    [sent] = api.get(f"/sent-notices?order_id={order_id}").json()["notices"]
    assert (sent["kind"], sent["way"], sent["state"], sent["message_state"]) == ("confirmed", "mail", "queued", "queued")

    assert api.ask("DELETE", path, None).json() == usual
    others = api.ask("PUT", path, own | {"body": "Theirs."}).json()
    refused(api.ask("PUT", path, own | {"version": kept["version"]}), 409, "changed_meanwhile")  # it read what was before
    assert api.get(path).json() == others
    assert api.ask("DELETE", path, None).json() == api.get(path).json() == usual
    assert api.patch("/notices/confirmed", {"mail": False}).json()["mail"] is False
    [other] = place(api.brand.ctx, draft([("A", 1)], external_id="other"))
    drain()
    assert queries.messages_of(api.brand.ctx, timelines=[f"order:{other}"]) == []
    refused(api.patch("/notices/nonsense", {"mail": False}), 404, "unknown_notice")


def test_a_preview_says_how_long_the_text_is_and_what_is_left_out(api: Api) -> None:
    shown = api.post("/notices/shipped/preview", {"language": "en", "sms": "가" * 71}).json()
    assert (shown["encoding"], shown["segments"], shown["korean_bytes"], shown["korean"]) == ("ucs2", 2, 142, "lms")
    assert (shown["left_out"], "<b>" in shown["html"]) == (["order.notes"], False)
    assert "most likely between" in shown["text"]  # the day in words, as letters tell it
    assert api.get("/sent-notices").json() == {"notices": [], "next": None}
    link = api.post("/notices/shipped/preview", {"language": "en", "sms": "{{tracking.link}}"}).json()["sms"]
    assert len(link) >= len(notify.tracking_link(api.brand.ctx, order_id=1))
    assert Client().get(link[link.index("/t/") :]).status_code == 404


def test_quiet_hours_and_who_wants_nothing(api: Api) -> None:
    assert api.ask("PUT", "/quiet-hours/mail", {"starts": "22:00", "ends": "07:30"}).json() == {
        "way": "mail", "starts": "22:00", "ends": "07:30",
    }  # fmt: skip
    refused(api.ask("PUT", "/quiet-hours/mail", {"starts": "late", "ends": "07:30"}), 422, "invalid")
    body = {"way": "mail", "address": "Minseo@Example.com"}
    assert [api.post("/opt-outs", body).status_code for _ in range(2)] == [204, 204]
    [one] = api.get("/opt-outs").json()["opt_outs"]
    assert (one["address"], one["source"]) == ("minseo@example.com", "staff")
    assert api.post("/opt-outs/end", body).status_code == 204
    assert api.get("/opt-outs").json() == {"opt_outs": [], "next": None}


def test_a_number_is_connected_and_its_secrets_never_come_out(api: Api) -> None:
    made = api.post("/phone-numbers", {"name": "Notices", "number": "+82 10-5555-0001", "username": "AC1", "password": "hush"})
    assert (made.status_code, made.json()["number"], made.json()["state"]) == (201, "+821055550001", "new")
    assert "hush" not in api.get("/phone-numbers").content.decode()
    refused(api.post("/phone-numbers", {"name": "X", "number": "12"}), 422, "invalid")
    assert api.post(f"/phone-numbers/{made.json()['id']}/retire", None).json()["state"] == "off"
