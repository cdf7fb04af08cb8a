"""Customers merged through the API."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

from doorstep.worker.dispatch import drain
from tests.api.conftest import Api, order, refused
from tests.mails import bring, conversations, mail


def two(api: Api) -> tuple[int, int]:
    """Customers of two orders under two addresses."""
    for number, email in (("1", "a@example.com"), ("2", "b@example.com")):
        customer = {"name": "김민서", "email": email, "accepts_marketing": number == "1"}
        assert api.post("/orders", order(external_id=number, customer=customer)).status_code == 201
    gone, keep = (row["id"] for row in api.get("/customers").json()["customers"])
    return keep, gone


def test_a_merge_is_seen_done_and_undone(api: Api) -> None:
    keep, gone = two(api)
    body = {"gone_id": gone, "version": 1, "gone_version": 1}
    seen = api.post(f"/customers/{keep}/merges", body | {"preview": True}).json()
    assert (seen["merge_id"], seen["moves"]["orders"]) == (None, 1)
    assert {"field": "accepts_marketing", "keep": True, "gone": False, "taken": False} in seen["conflicts"]
    assert len(api.get("/customers").json()["customers"]) == 2

    done = api.post(f"/customers/{keep}/merges", body).json()
    assert done["moves"] == {"identities": 1, "orders": 1, "cancelled_lines": 0, "credits": 0, "returns": 0, "conversations": 0}
    assert [row["id"] for row in api.get("/customers").json()["customers"]] == [keep]
    assert api.get(f"/customers/{gone}").json()["merged_into_id"] == keep
    refused(api.post(f"/customers/{keep}/merges", body), 409, "merged_already")
    [row] = api.get(f"/customers/{keep}/merges").json()["merges"]
    assert (row["merge_id"], row["gone_id"], row["orders_since"]) == (done["merge_id"], gone, 0)

    undo = f"/customers/{keep}/merges/{done['merge_id']}/undo"
    refused(api.post(f"/customers/{gone}/merges/{done['merge_id']}/undo"), 404, "not_found")
    assert api.post(undo).json() == {"keep_id": keep, "gone_id": gone, "orders_since": 0}
    assert len(api.get("/customers").json()["customers"]) == 2
    refused(api.post(undo), 409, "merge_undone")


def test_a_program_that_polls_hears_of_the_one_who_went(api: Api) -> None:
    keep, gone = two(api)
    assert api.post(f"/customers/{keep}/merges", {"gone_id": gone, "version": 1, "gone_version": 1}).status_code == 200
    rows = api.get("/customers?updated_since=2026-01-01T00:00:00Z").json()["customers"]
    assert {row["id"]: row["merged_into_id"] for row in rows} == {keep: None, gone: keep}


def test_a_program_that_polls_hears_of_conversations_whose_customer_changed(api: Api) -> None:
    keep, gone = two(api)
    bring(api.brand.ctx, mail("Thank you.", sender="b@example.com"))
    [before] = conversations(api.brand.ctx)
    assert before.customer_id == gone

    api.post(f"/customers/{keep}/merges", {"gone_id": gone, "version": 1, "gone_version": 1})
    drain()

    since = quote((before.updated_at + timedelta(microseconds=1)).isoformat())
    [row] = api.get(f"/conversations?updated_since={since}").json()["conversations"]
    assert (row["id"], row["customer_id"]) == (before.id, keep)
