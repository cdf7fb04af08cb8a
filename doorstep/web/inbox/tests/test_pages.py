"""The inbox through HTTP."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from doorstep.accounts import queries as accounts
from doorstep.customers import queries as customers
from doorstep.flows import answer
from doorstep.inbox import desk, queries
from doorstep.inbox.values import Hours
from doorstep.messaging import queries as messaging
from doorstep.orders import queries as orders
from tests.factories import Brand, draft, make_brand, make_ctx, place, signed_in
from tests.mails import CUSTOMER, as_agent, bring, conversations, mail, said

pytestmark = pytest.mark.django_db(transaction=True)
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


@pytest.fixture
def brand() -> Brand:
    made = make_brand()
    place(made.ctx, draft(external_id="E4711", email=CUSTOMER))
    bring(made.ctx, mail("주문 E4711은 어디에 있나요?", subject="배송 문의"))
    return made


def the_one(brand: Brand) -> Any:
    return conversations(brand.ctx)[0]


def text_of(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return str(answer.content.decode())


def test_a_list_shows_who_waits_and_a_search_finds_part_of_a_word(brand: Brand) -> None:
    client = signed_in(brand.ctx, role="service")

    assert "배송 문의" in text_of(client, "/inbox/")
    assert "배송 문의" in text_of(client, "/inbox/?view=unassigned")
    assert "배송 문의" not in text_of(client, "/inbox/?view=mine")
    assert "배송 문의" in text_of(client, "/inbox/?q=송+문")
    assert "배송 문의" not in text_of(client, "/inbox/?q=환불")


def test_who_gives_no_name_is_called_as_the_customer_is_known(brand: Brand) -> None:
    bring(brand.ctx, mail("언제 오나요?", subject="이름 없음", sender=CUSTOMER))
    client = signed_in(brand.ctx, role="service")
    nameless = next(row for row in conversations(brand.ctx) if row.subject == "이름 없음")
    known = customers.get(brand.ctx, customer_id=nameless.customer_id).name

    assert nameless.contact == CUSTOMER
    assert f'<span class="talk-name">{known}</span>' in text_of(client, "/inbox/?q=이름+없음")
    page = text_of(client, f"/inbox/{nameless.id}/")
    assert f'<b title="{CUSTOMER}">{known}</b>' in page
    assert f"<b>{known}</b>" in page


def test_a_search_marks_the_tab_that_it_looks_in_and_a_filter_that_is_none_is_named(brand: Brand) -> None:
    client = signed_in(brand.ctx, role="service")

    assert re.search(r'aria-current="page">All</a>', text_of(client, "/inbox/?q=송+문"))
    assert re.search(r'aria-current="page">All open', text_of(client, "/inbox/?q=송+문&view=open"))
    assert re.search(r'aria-current="page">All open', text_of(client, "/inbox/"))
    assert "“mien” is no filter of this list" in text_of(client, "/inbox/?view=mien")
    assert "is no filter" not in text_of(client, "/inbox/?view=mine&due=missed&channel=chat&state=open")


def test_a_resolved_conversation_leads_to_the_next_that_waits(brand: Brand) -> None:
    bring(brand.ctx, mail("선물 포장되나요?", subject="포장"))
    client = signed_in(brand.ctx, role="service")
    first, second = sorted(conversations(brand.ctx), key=lambda row: row.id)

    assert 'id="do-next"' not in text_of(client, f"/inbox/{first.id}/")
    client.post(f"/inbox/{first.id}/state/", {"version": first.version, "to": "resolved"})
    assert f'id="do-next" href="/inbox/{second.id}/"' in text_of(client, f"/inbox/{first.id}/")
    client.post(f"/inbox/{second.id}/state/", {"version": second.version, "to": "resolved"})
    assert 'id="do-next"' not in text_of(client, f"/inbox/{second.id}/")


def test_an_empty_inbox_teaches() -> None:
    assert "No conversations yet" in text_of(signed_in(make_ctx()), "/inbox/")


def test_the_order_stands_beside_the_message_with_what_can_be_done_to_it(brand: Brand) -> None:
    page = text_of(signed_in(brand.ctx), f"/inbox/{the_one(brand).id}/")

    assert "#E4711" in page
    assert "Why this deadline?" in page
    assert "in-place/cancel/" in page
    assert "in-place/hold/" in page
    assert "in-place/tracking/" not in page


def test_an_order_is_cancelled_from_the_conversation_after_it_was_said_what_that_does(brand: Brand) -> None:
    row, client = the_one(brand), signed_in(brand.ctx)

    preview = text_of(client, f"/inbox/{row.id}/in-place/cancel/")
    assert "1 promised unit becomes available again" in preview
    assert orders.get(brand.ctx, id=row.order_id).order.state == "open"
    client.post(f"/inbox/{row.id}/in-place/cancel/do/", {"note": "by mail"})

    assert orders.get(brand.ctx, id=row.order_id).order.state == "cancelled"
    assert "in-place/cancel/" not in text_of(client, f"/inbox/{row.id}/")


def test_a_confirmation_is_sent_again_once_per_click(brand: Brand) -> None:
    row, client = the_one(brand), signed_in(brand.ctx)
    preview = text_of(client, f"/inbox/{row.id}/in-place/confirmation/")
    wish = re.search(r'name="wish" value="([^"]+)"', preview)
    assert wish is not None

    for _ in range(2):
        client.post(f"/inbox/{row.id}/in-place/confirmation/do/", {"wish": wish[1]})

    sent = messaging.messages_of(brand.ctx, timelines=[f"order:{row.order_id}"])
    assert [m.template for m in sent] == ["confirmed"]


def test_what_is_typed_survives_a_refusal_and_shows_who_was_quicker(brand: Brand) -> None:
    row, client = the_one(brand), signed_in(brand.ctx)
    answer.reply(
        as_agent(brand.ctx, id=999_999), conversation_id=row.id, version=row.version, text="Already told.", wish="1"
    )
    given = {"version": row.version, "text": "My long answer", "wish": "2"}

    plain = client.post(f"/inbox/{row.id}/reply/", given)
    quick = client.post(f"/inbox/{row.id}/reply/", given, headers={"HX-Request": "true"})

    for said_no in (plain, quick):
        assert said_no.status_code == 409
        assert "Harin was here a moment ago. Look first." in said_no.content.decode()
        assert "Already told." in said_no.content.decode()
    assert "My long answer" in plain.content.decode()
    assert quick.headers["HX-Retarget"] == "#collision"
    assert [m.text for m in said(brand.ctx, row.id)][1:] == ["Already told."]
    assert "My long answer" in text_of(client, f"/inbox/{row.id}/")


def test_an_answer_leaves_and_its_draft_is_gone(brand: Brand) -> None:
    row, client = the_one(brand), signed_in(brand.ctx)
    client.post(f"/inbox/{row.id}/draft/", {"kind": "reply", "text": "Half"})
    assert "Half" in text_of(client, f"/inbox/{row.id}/")

    gone = client.post(
        f"/inbox/{row.id}/reply/", {"version": row.version, "text": "Whole", "wish": "a1", "then": "resolved"}
    )

    assert gone.status_code == 302
    row = the_one(brand)
    assert (row.state, row.last_direction, row.waiting_since) == ("resolved", "out", None)
    assert "Half" not in text_of(client, f"/inbox/{row.id}/")


def test_people_assign_snooze_tag_note_and_sort(brand: Brand) -> None:
    row, client = the_one(brand), signed_in(brand.ctx)
    [me] = accounts.list_staff(brand.ctx)
    seen = {"version": row.version}

    client.post(f"/inbox/{row.id}/assign/", seen | {"assignee": me.user_id})
    client.post(f"/inbox/{row.id}/tags/", seen | {"tags": "배송, VIP"})
    client.post(f"/inbox/{row.id}/note/", seen | {"text": "Ask the floor."})
    client.post(f"/inbox/{row.id}/state/", seen | {"to": "snoozed", "until": "tomorrow"})

    row = the_one(brand)
    assert (row.assignee_id, row.tags, row.state, row.messages) == (me.user_id, ["배송", "VIP"], "snoozed", 2)
    client.post(f"/inbox/{row.id}/state/", seen | {"to": "open"})
    client.post(f"/inbox/{row.id}/spam/", seen | {"spam": "1"})
    row = the_one(brand)
    assert (row.state, row.is_spam) == ("open", True)
    assert "배송 문의" in text_of(client, "/inbox/?view=spam")


def test_a_viewer_reads_and_changes_nothing(brand: Brand) -> None:
    row, client = the_one(brand), signed_in(brand.ctx, role="viewer")

    assert "pane-reply" not in text_of(client, f"/inbox/{row.id}/")
    for verb in ("reply", "note", "state", "assign", "tags", "spam", "order", "draft"):
        assert client.post(f"/inbox/{row.id}/{verb}/", {"version": row.version}).status_code == 403
    assert the_one(brand) == row


def test_files_do_no_harm_here() -> None:
    ctx = make_ctx()
    evil = b"<html><script>alert(1)</script></html>"
    bring(ctx, mail("See", files=[("photo.png", "image/png", PNG), ("page.html", "text/html", evil),
                                  ("lie.png", "image/png", evil)]))  # fmt: skip
    [row] = conversations(ctx)
    [message] = said(ctx, row.id)
    client = signed_in(ctx)

    image, page, lie = (client.get(f"/inbox/messages/{message.id}/file/{n}/") for n in range(3))

    assert (image.content, image["Content-Type"]) == (PNG, "image/png")
    assert image["Content-Disposition"].startswith("inline")
    for response in (page, lie):
        assert (response.content, response["Content-Type"]) == (evil, "application/octet-stream")
        assert response["Content-Disposition"].startswith("attachment")
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in response["Content-Security-Policy"]
    assert client.get(f"/inbox/messages/{message.id}/file/9/").status_code == 404
    assert signed_in(make_ctx()).get(f"/inbox/messages/{message.id}/file/0/").status_code == 404


def test_a_mail_as_it_was_sent_runs_nothing_and_fetches_nothing() -> None:
    ctx = make_ctx()
    bring(ctx, mail("Hi", html='<p onclick="x()">Hi <b>you</b></p><script>bad()</script>'))
    [message] = said(ctx, conversations(ctx)[0].id)

    shown = signed_in(ctx).get(f"/inbox/messages/{message.id}/original/")

    assert "<b>you</b>" in shown.content.decode()
    assert "script" not in shown.content.decode()
    assert "onclick" not in shown.content.decode()
    assert shown["Content-Security-Policy"].startswith("default-src 'none'; img-src data:;")


def test_files_go_with_an_answer_and_too_much_is_refused(brand: Brand) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    row, client = the_one(brand), signed_in(brand.ctx)
    small = SimpleUploadedFile("라벨.png", PNG, "image/png")
    listed = client.post(f"/inbox/{row.id}/files/", {"file": small}).content.decode()
    assert "라벨.png" in listed
    large = SimpleUploadedFile("film.mov", b"0" * 10_000_001, "video/quicktime")
    assert client.post(f"/inbox/{row.id}/files/", {"file": large}).status_code == 422
    upload = re.search(r'name="upload" value="(\d+)"', listed)
    assert upload is not None

    client.post(f"/inbox/{row.id}/reply/", {"version": row.version, "text": "Here", "wish": "b1", "upload": upload[1]})

    [_, ours] = said(brand.ctx, row.id)
    assert [f["name"] for f in ours.attachments] == ["라벨.png"]
    [sent] = messaging.attachments_of(brand.ctx, message_id=ours.outgoing_id or 0)
    assert (sent.name, sent.body) == ("라벨.png", PNG)
    assert client.get(f"/inbox/messages/{ours.id}/file/{ours.attachments[0]['n']}/").content == PNG


def test_a_macro_is_filled_from_the_order_and_marks_a_hole_that_nothing_is_sent_with(brand: Brand) -> None:
    row, client = the_one(brand), signed_in(brand.ctx)
    fits = desk.save_macro(
        brand.ctx, macro_id=None, name="Fits", body_en="", body_ko="{{customer.name}} 님, {{order.name}}"
    )
    holed = desk.save_macro(brand.ctx, macro_id=None, name="Holed", body_en="", body_ko="송장 {{tracking.number}}")

    assert client.get(f"/inbox/{row.id}/macros/{fits}/").json() == {"text": "Kim Minseo 님, #E4711", "hole": "", "says": ""}
    marked = client.get(f"/inbox/{row.id}/macros/{holed}/").json()

    assert (marked["text"], marked["hole"]) == ("송장 {{tracking.number}}", "{{tracking.number}}")
    assert "Write that part by hand" in marked["says"]
    given = {"version": row.version, "text": marked["text"], "wish": "1"}
    assert client.post(f"/inbox/{row.id}/reply/", given).status_code == 422
    assert [m.direction for m in said(brand.ctx, row.id)] == ["in"]


def test_a_macro_and_hours_are_written_on_their_pages() -> None:
    ctx = make_ctx()
    client = signed_in(ctx)
    wrong = client.post("/inbox/macros/new/", {"name": "Bad", "body_en": "{{no.such}}", "body_ko": ""})
    assert (wrong.status_code, queries.list_macros(ctx)) == (422, [])
    client.post("/inbox/macros/new/", {"name": "Hello", "body_en": "Hello {{customer.name}}", "body_ko": ""})
    assert [row.name for row in queries.list_macros(ctx)] == ["Hello"]
    week = {f"day{n}": "09:00-12:00, 13:00-18:00" for n in range(5)}
    given = {"timezone": "Asia/Seoul", "first": "60", "next": "120", "chat": "2", "holidays": "2026-12-25"} | week

    assert client.post("/inbox/hours/", given | {"day0": "nine to five"}).status_code == 422
    client.post("/inbox/hours/", given)

    day = ((540, 720), (780, 1080))
    assert queries.hours(ctx) == Hours("Asia/Seoul", (day,) * 5 + ((), ()), ("2026-12-25",), 60, 120, 2)


def test_who_looks_at_the_same_conversation_is_seen(brand: Brand) -> None:
    row = the_one(brand)
    first, second = signed_in(brand.ctx, role="service"), signed_in(brand.ctx, role="manager")

    first.post(f"/inbox/{row.id}/looking/", {"writing": "1"})

    assert "Service is writing" in second.post(f"/inbox/{row.id}/looking/", {"writing": "0"}).content.decode()


def test_a_stranger_finds_nothing(brand: Brand) -> None:
    row, client = the_one(brand), signed_in(make_ctx("Stranger"))

    assert client.get(f"/inbox/{row.id}/").status_code == 404
    for verb in ("reply", "note", "state", "assign", "tags", "spam", "order", "draft", "files", "looking"):
        given = {"version": row.version, "text": "mine", "wish": "c1", "to": "resolved", "tags": "x", "order": "1"}
        assert client.post(f"/inbox/{row.id}/{verb}/", given).status_code == 404
    assert the_one(brand) == row
    assert client.get("/inbox/").content.decode().count("배송 문의") == 0
