"""What programs do to conversations beside answering: begin them, tag them, sort them out, put orders and files to them."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from doorstep.base import db
from doorstep.flows import chat
from doorstep.inbox import desk, queries
from doorstep.inbox.values import ConversationRow, Upload
from doorstep.messaging import queries as messaging
from tests.api.conftest import Api, make_key, refused, rows_everywhere
from tests.factories import draft, place
from tests.mails import CUSTOMER, as_agent, bring, conversations, mail, said

pytestmark = pytest.mark.django_db


def heard(api: Api) -> ConversationRow:
    """A conversation that a customer began."""
    bring(api.brand.ctx, mail())
    return conversations(api.brand.ctx)[-1]


def file(content: bytes = b"%PDF", **changes: Any) -> dict[str, Any]:
    return {"name": "label.pdf", "content_type": "application/pdf", "content": b64encode(content).decode()} | changes


def test_a_conversation_begins_beside_an_order_and_once_under_its_key(api: Api) -> None:
    [order_id] = place(api.brand.ctx, draft(email=CUSTOMER))
    body = {"order_id": order_id, "subject": "Your address", "text": "Which floor is it?"}
    made = api.post("/conversations", body, idempotency_key="first-1")
    db.execute("DELETE FROM base_idempotentanswer")  # we died before it was kept
    again = api.post("/conversations", body, idempotency_key="first-1")

    row = made.json()
    assert (made.status_code, again.status_code, again.json()["id"]) == (201, 201, row["id"])
    assert (row["order_id"], row["state"], row["contact_address"], row["subject"]) == (
        order_id, "pending", CUSTOMER, "Your address",
    )  # fmt: skip
    assert [(m["direction"], m["author_kind"], m["text"]) for m in row["thread"]] == [
        ("out", "api_key", "Which floor is it?")
    ]
    assert [c.id for c in conversations(api.brand.ctx)] == [row["id"]]
    assert api.post("/conversations", body, idempotency_key="first-2").json()["id"] != row["id"]


def test_a_conversation_that_cannot_begin_is_refused_and_nothing_moves(api: Api) -> None:
    [order_id] = place(api.brand.ctx, draft(email=""))
    body = {"order_id": order_id, "subject": "Hello", "text": "Which floor is it?"}
    before = rows_everywhere()

    refused(api.post("/conversations", body), 409, "no_address")
    refused(api.post("/conversations", body | {"text": "{{order.name}}"}), 422, "empty_variable")
    refused(api.post("/conversations", body | {"text": " "}), 422, "empty_message")
    refused(api.post("/conversations", body | {"subject": "a\nb"}), 422, "invalid")
    refused(api.post("/conversations", body | {"order_id": 999_999}), 404, "not_found")
    assert rows_everywhere() == before


def test_tags_are_set_added_and_taken_away(api: Api) -> None:
    row = heard(api)
    path = f"/conversations/{row.id}/tags"
    first = api.post(path, {"version": row.version, "tags": ["damaged", "VIP"]}).json()
    second = api.post(path, {"version": first["version"], "add": ["late", "VIP"], "remove": ["damaged"]}).json()
    none = api.post(path, {"version": second["version"], "tags": []}).json()

    assert (first["tags"], second["tags"], none["tags"]) == (["damaged", "VIP"], ["VIP", "late"], [])
    both = {"version": none["version"], "tags": ["a"], "add": ["b"]}
    [mistake] = refused(api.post(path, both), 422, "invalid")["errors"]
    assert (mistake["pointer"], mistake["code"]) == ("/tags", "not_together")
    api.post(path, {"version": none["version"], "tags": [f"t{n}" for n in range(20)]})
    now = queries.get(api.brand.ctx, conversation_id=row.id)
    [mistake] = refused(api.post(path, {"version": now.version, "add": ["one more"]}), 422, "invalid")["errors"]
    assert (mistake["pointer"], mistake["code"]) == ("/add", "out_of_range")
    refused(api.post(path, {"version": now.version, "add": [" "]}), 422, "invalid")
    refused(api.post(path, {"version": now.version + 1, "tags": []}), 409, "conversation_moved_on")
    assert queries.get(api.brand.ctx, conversation_id=row.id) == now


def test_spam_is_put_away_and_taken_out_again(api: Api) -> None:
    row = heard(api)
    path = f"/conversations/{row.id}/spam"
    away = api.post(path, {"version": row.version, "is_spam": True}).json()
    back = api.post(path, {"version": away["version"], "is_spam": False}).json()

    assert (away["is_spam"], away["waiting_since"]) == (True, None)
    assert (back["is_spam"], back["state"], back["due_kind"]) == (False, "open", "first_response")
    refused(api.post(path, {"version": back["version"], "is_spam": "yes"}), 422, "invalid")
    refused(api.post(path, {"version": back["version"] + 1, "is_spam": True}), 409, "conversation_moved_on")
    assert queries.get(api.brand.ctx, conversation_id=row.id).is_spam is False


def test_an_order_of_the_same_customer_is_put_beside_a_conversation(api: Api) -> None:
    row = heard(api)
    mine, other = place(api.brand.ctx, draft(email=CUSTOMER), draft(email="other@example.com"))
    path = f"/conversations/{row.id}/order"
    linked = api.post(path, {"version": row.version, "order_id": mine}).json()
    assert linked["order_id"] == mine

    refused(api.post(path, {"version": linked["version"], "order_id": other}), 409, "order_of_another_customer")
    refused(api.post(path, {"version": linked["version"], "order_id": 999_999}), 404, "not_found")
    assert queries.get(api.brand.ctx, conversation_id=row.id).order_id == mine
    assert api.post(path, {"version": linked["version"], "order_id": None}).json()["order_id"] is None


def test_a_conversation_sleeps_until_a_later_moment(api: Api) -> None:
    row = heard(api)
    path = f"/conversations/{row.id}/state"
    refused(api.post(path, {"version": row.version, "state": "snoozed"}), 422, "snooze_in_the_past")
    day = (datetime.now(UTC) + timedelta(days=40)).date()
    slept = api.post(path, {"version": row.version, "state": "snoozed", "until": f"{day}T09:00:00+09:00"}).json()
    assert (slept["state"], slept["snoozed_until"]) == ("snoozed", f"{day}T00:00:00Z")


def test_files_go_with_an_answer_once(api: Api) -> None:
    row = heard(api)
    body = {"version": row.version, "text": "Here it is.", "files": [file(b"%PDF-1"), file(b"", name="../b.txt")]}
    refused(api.post(f"/conversations/{row.id}/reply", body), 422, "invalid")  # an empty file is none
    body["files"][1] = file(b"b", name="../b.txt")
    told = api.post(f"/conversations/{row.id}/reply", body, idempotency_key="files-1").json()
    db.execute("DELETE FROM base_idempotentanswer")  # we died before it was kept
    api.post(f"/conversations/{row.id}/reply", body, idempotency_key="files-1")

    assert [(f["name"], f["size"]) for f in told["thread"][-1]["attachments"]] == [("label.pdf", 6), (".. b.txt", 1)]
    answer = said(api.brand.ctx, row.id)[-1]
    sent = messaging.attachments_of(api.brand.ctx, message_id=answer.outgoing_id or 0)
    assert [(one.name, one.body) for one in sent] == [("label.pdf", b"%PDF-1"), (".. b.txt", b"b")]
    assert db.scalar("SELECT count(*) FROM inbox_upload") == 2


def test_files_of_customers_and_of_answers_come_back_byte_for_byte(api: Api) -> None:
    ctx = api.brand.ctx
    bring(ctx, mail("See the picture.", files=[("손상.png", "image/png", b"\x89PNG-1")]))
    [row] = conversations(ctx)
    answer = {"version": row.version, "text": "Thank you.", "files": [file(b"%PDF-1")]}
    came, went = api.post(f"/conversations/{row.id}/reply", answer).json()["thread"]

    def got(message: dict[str, Any]) -> Any:
        return api.get(f"/messages/{message['id']}/files/{message['attachments'][0]['n']}")

    picture, label = got(came), got(went)
    assert (picture.content, label.content) == (b"\x89PNG-1", b"%PDF-1")
    for one in (picture, label):
        assert (one.headers["Content-Type"], one.headers["X-Content-Type-Options"]) == (
            "application/octet-stream", "nosniff",
        )  # fmt: skip
    assert picture.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%EC%86%90%EC%83%81.png"
    refused(api.get(f"/messages/{came['id']}/files/99"), 404, "not_found")


def test_files_that_cannot_go_are_refused_and_nothing_leaves(api: Api) -> None:
    row = heard(api)
    path, body = f"/conversations/{row.id}/reply", {"version": row.version, "text": "Here it is."}
    before = rows_everywhere()

    [mistake] = refused(api.post(path, body | {"files": [file() | {"content": "no base64!"}]}), 422, "invalid")[
        "errors"
    ]
    assert (mistake["pointer"], mistake["code"]) == ("/files/0/content", "bad_format")
    refused(api.post(path, body | {"files": [file(content_type="pdf")]}), 422, "invalid")
    refused(api.post(path, body | {"files": [file(b"a" * 6_000_000)] * 2}), 413, "body_too_large")
    refused(
        api.post(path, body | {"files": [file(b"a" * 5_000_001), file(b"a" * 5_000_000)]}), 422, "attachment_too_large"
    )
    assert rows_everywhere() == before


def test_a_chat_carries_no_files(api: Api) -> None:
    ctx = api.brand.ctx
    row = heard(api)
    db.execute("UPDATE inbox_conversation SET channel = 'chat' WHERE organisation_id = %s", [ctx.organisation_id])
    chat.look(ctx.organisation_id, row.id)

    body = {"version": row.version, "text": "Here it is.", "files": [file()]}
    refused(api.post(f"/conversations/{row.id}/reply", body), 422, "no_files_in_chat")
    assert db.scalar("SELECT count(*) FROM inbox_upload") == 0


def test_a_program_touches_neither_drafts_nor_files_of_the_person_with_its_number(api: Api) -> None:
    ctx, row = api.brand.ctx, heard(api)
    key_id = db.scalar("SELECT id FROM accounts_apikey WHERE organisation_id = %s", [ctx.organisation_id])
    person = as_agent(ctx, id=key_id)
    desk.keep_draft(person, conversation_id=row.id, kind="reply", text="Dear")
    desk.upload(person, conversation_id=row.id, file=Upload("mine.txt", "text/plain", b"mine"))

    told = api.post(
        f"/conversations/{row.id}/reply", {"version": row.version, "text": "Done.", "files": [file()]}
    ).json()

    assert [f["name"] for f in told["thread"][-1]["attachments"]] == ["label.pdf"]
    assert queries.drafts_of(ctx, conversation_id=row.id, person_id=key_id)["reply"].text == "Dear"
    assert [u.name for u in queries.uploads_of(ctx, conversation_id=row.id, person_id=key_id)] == ["mine.txt"]


def test_a_key_that_reads_changes_nothing(api: Api) -> None:
    row = heard(api)
    reader = Api(api.brand, make_key(api.brand, "inbox:read"))

    for what, body in (("tags", {"tags": ["x"]}), ("spam", {"is_spam": True}), ("order", {"order_id": None})):
        answer = reader.post(f"/conversations/{row.id}/{what}", {"version": row.version} | body)
        refused(answer, 403, "missing_scope")
    assert conversations(api.brand.ctx) == [row]
