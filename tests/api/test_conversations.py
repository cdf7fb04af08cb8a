"""Conversations through the API."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

from doorstep.base import db
from doorstep.inbox import actions
from tests.api.conftest import Api, make_key
from tests.mails import CUSTOMER, as_agent, bring, conversations, later, mail, said


def test_programs_read_answer_note_and_move(api: Api) -> None:
    bring(api.brand.ctx, mail("손잡이가 깨졌어요", subject="파손"), mail("Two", sender="b@example.com"))

    found = api.get("/conversations?q=손잡&limit=1").json()["conversations"]
    [row] = found
    assert (row["subject"], row["contact_address"], row["state"], row["due_kind"]) == (
        "파손", CUSTOMER, "open", "first_response",
    )  # fmt: skip
    path = f"/conversations/{row['id']}"
    noted = api.post(f"{path}/note", {"version": row["version"], "text": "Ask the floor."}).json()
    answered = api.post(f"{path}/reply", {"version": noted["version"], "text": "Sorry!", "then": "resolved"}).json()
    assert (answered["state"], answered["waiting_since"]) == ("resolved", None)
    assert [(m["direction"], m["text"].strip()) for m in answered["thread"]] == [
        ("in", "손잡이가 깨졌어요"), ("note", "Ask the floor."), ("out", "Sorry!"),
    ]  # fmt: skip
    opened = api.post(f"{path}/state", {"version": answered["version"], "state": "open"}).json()
    given = api.post(f"{path}/assign", {"version": opened["version"], "assignee_id": None})
    assert (opened["state"], given.status_code) == ("open", 200)


def test_pages_of_conversations_repeat_and_skip_nothing(api: Api) -> None:
    bring(api.brand.ctx, *[mail(f"Mail {n}", sender=f"p{n}@example.com") for n in range(5)])
    first = api.get("/conversations?limit=3").json()
    second = api.get(f"/conversations?limit=3&cursor={first['next']}").json()

    ids = [row["id"] for row in [*first["conversations"], *second["conversations"]]]
    assert (sorted(ids), second["next"]) == ([c.id for c in conversations(api.brand.ctx)], None)


def test_a_program_that_did_not_look_is_refused_and_nothing_leaves(api: Api) -> None:
    from doorstep.flows import answer

    ctx = api.brand.ctx
    bring(ctx, mail())
    [row] = conversations(ctx)
    answer.reply(as_agent(ctx), conversation_id=row.id, version=row.version, text="Done.", wish="1")

    refused = api.post(f"/conversations/{row.id}/reply", {"version": row.version, "text": "Me too."})

    assert (refused.status_code, refused.json()["code"]) == (409, "conversation_moved_on")
    assert len(said(ctx, row.id)) == 2
    assert db.scalar("SELECT count(*) FROM messaging_message WHERE organisation_id = %s", [ctx.organisation_id]) == 1


def test_a_person_of_nobody_and_a_key_without_the_scope_are_refused(api: Api) -> None:
    bring(api.brand.ctx, mail())
    [row] = conversations(api.brand.ctx)

    strange = api.post(f"/conversations/{row.id}/assign", {"version": row.version, "assignee_id": 999_999})
    reader = Api(api.brand, make_key(api.brand, "inbox:read"))
    barred = reader.post(f"/conversations/{row.id}/note", {"version": row.version, "text": "x"})

    assert (strange.status_code, barred.status_code) == (404, 403)
    assert conversations(api.brand.ctx) == [row]


def test_mails_do_not_stand_among_the_arrivals_of_shops(api: Api) -> None:
    bring(api.brand.ctx, mail())
    [id] = db.column("SELECT id FROM base_arrival WHERE source = 'mail' AND organisation_id = %s", [api.brand.ctx.organisation_id])

    assert api.get("/arrivals").json()["arrivals"] == []
    assert api.get(f"/arrivals/{id}").status_code == 404


def test_an_answer_whose_receipt_was_lost_in_a_crash_is_not_given_twice(api: Api) -> None:
    ctx = api.brand.ctx
    bring(ctx, mail())
    [row] = conversations(ctx)
    wish = {"version": row.version, "text": "It comes tomorrow."}
    first = api.post(f"/conversations/{row.id}/reply", wish, idempotency_key="once")
    db.execute("DELETE FROM base_idempotentanswer")  # we died before it was kept

    again = api.post(f"/conversations/{row.id}/reply", wish, idempotency_key="once")

    assert (first.status_code, again.status_code) == (200, 200)
    assert db.scalar("SELECT count(*) FROM messaging_message WHERE organisation_id = %s", [ctx.organisation_id]) == 1
    assert [m.text.strip() for m in said(ctx, row.id)][1:] == ["It comes tomorrow."]


def test_conversations_are_told_as_they_change_and_found_by_what_they_are_about(api: Api) -> None:
    ctx = api.brand.ctx
    bring(ctx, *[mail(f"Mail {n}", sender=f"p{n}@example.com") for n in range(3)])
    first, second, third = conversations(ctx)
    actions.tag(later(ctx, 1), conversation_id=first.id, version=first.version, tags=["late"])

    page = api.get("/conversations?updated_since=2020-01-01T00:00:00Z&limit=2").json()
    rest = api.get(f"/conversations?updated_since=2020-01-01T00:00:00Z&cursor={page['next']}").json()
    assert [row["id"] for row in page["conversations"] + rest["conversations"]] == [second.id, third.id, first.id]
    since = quote((ctx.now + timedelta(seconds=30)).isoformat())
    assert [row["id"] for row in api.get(f"/conversations?updated_since={since}").json()["conversations"]] == [first.id]
    for query, ids in (("tag=late", [first.id]), (f"customer_id={second.customer_id}", [second.id]), ("order_id=9", [])):
        assert [row["id"] for row in api.get(f"/conversations?{query}").json()["conversations"]] == ids
    refused = api.get(f"/conversations?updated_since={since}&tag=late")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "not_together")
