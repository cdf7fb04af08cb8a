"""A conversation from the first mail to the last, as it leaves and comes back."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast

import pytest

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.flows import answer, chat, send
from doorstep.inbox import actions as inbox
from doorstep.inbox import desk, queries
from doorstep.inbox.rules import sla
from doorstep.inbox.values import ClockState, Hours, Upload
from doorstep.inbox.values import ConversationState as State
from doorstep.messaging import mailboxes
from tests.factories import NOW, draft, make_brand, make_ctx, place
from tests.mails import CUSTOMER, as_agent, at, bring, conversations, events_of, later, mail, said

pytestmark = pytest.mark.django_db
ALWAYS = ((0, 24 * 60),)


@pytest.fixture
def post(settings: Any, tmp_path: Path) -> Path:
    settings.MAIL_FOLDER = tmp_path / "mail"
    return tmp_path / "mail"


def left(ctx: Ctx, post: Path) -> EmailMessage:
    """The newest mail, once it has left."""
    [id] = db.column("SELECT max(id) FROM messaging_message WHERE organisation_id = %s", [ctx.organisation_id])
    send.send(ctx, message_id=id)
    newest = max(post.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    return cast(EmailMessage, message_from_bytes(newest.read_bytes(), policy=default))


def test_a_mail_is_answered_and_the_answer_to_that_comes_back(post: Path) -> None:
    ctx = make_ctx()
    mailbox = mailboxes.connect(ctx, name="Support", address="help@brand.example", provider="elsewhere", settings={})
    bring(ctx, mail("Where is it?", subject="My parcel", to="help@brand.example", message_id="<a@mail.example>"),
          mailbox_id=mailbox)  # fmt: skip
    [row] = conversations(ctx)
    file = desk.upload(
        as_agent(ctx), conversation_id=row.id, file=Upload("사진.png", "image/png", b"\x89PNG\r\n\x1a\n")
    )

    answer.reply(
        as_agent(ctx), conversation_id=row.id, version=row.version, text="On its way.", wish="1", upload_ids=[file.id]
    )

    ours = left(ctx, post)
    assert (ours["To"], ours["Subject"]) == (f"Kim Minseo <{CUSTOMER}>", "Re: My parcel")
    assert ours["From"].addresses[0].addr_spec == "help@brand.example"
    assert ours["In-Reply-To"] == "<a@mail.example>"
    assert ours["References"] == "<a@mail.example>"
    assert ours["Reply-To"].startswith("help+c")
    assert "Auto-Submitted" not in ours
    assert ours.get_body(("plain",)).get_content().strip() == "On its way."  # type: ignore[union-attr]
    assert [part.get_filename() for part in ours.iter_attachments()] == ["사진.png"]
    [row] = conversations(ctx)
    assert (row.state, row.assignee_id, row.waiting_since, row.first_reply_at) == ("pending", 7, None, NOW)

    bring(ctx, mail("Thank you!", subject="감사합니다", to=ours["Reply-To"], sender="minseo@phone.example"))

    [row] = conversations(ctx)
    assert [(m.direction, m.text.strip()) for m in said(ctx, row.id)] == [
        ("in", "Where is it?"), ("out", "On its way."), ("in", "Thank you!"),
    ]  # fmt: skip
    assert (row.state, row.due_kind) == ("open", "next_response")


def test_the_same_wish_answers_once() -> None:
    ctx = make_ctx()
    bring(ctx, mail())
    [row] = conversations(ctx)

    for _ in range(2):
        answer.reply(as_agent(ctx), conversation_id=row.id, version=row.version, text="Hi!", wish="same")

    assert len(said(ctx, row.id)) == 2
    assert db.scalar("SELECT count(*) FROM messaging_message WHERE organisation_id = %s", [ctx.organisation_id]) == 1


def test_who_writes_on_what_somebody_else_answered_is_told_first_and_nothing_leaves() -> None:
    ctx = make_ctx()
    bring(ctx, mail())
    [row] = conversations(ctx)
    answer.reply(as_agent(ctx, "Harin", 7), conversation_id=row.id, version=row.version, text="Hi!", wish="1")

    with pytest.raises(Refused) as refused:
        answer.reply(as_agent(ctx, "Jun", 8), conversation_id=row.id, version=row.version, text="Hello!", wish="2")

    assert (refused.value.code, refused.value.facts["who"]) == ("conversation_moved_on", "Harin")
    assert [m.author_name for m in said(ctx, row.id)] == ["Kim Minseo", "Harin"]
    [row] = conversations(ctx)
    answer.reply(as_agent(ctx, "Jun", 8), conversation_id=row.id, version=row.version, text="Hello!", wish="2")
    assert [m.author_name for m in said(ctx, row.id)] == ["Kim Minseo", "Harin", "Jun"]


def test_a_customer_who_writes_meanwhile_is_read_first() -> None:
    ctx = make_ctx()
    bring(ctx, mail("One", message_id="<1@mail.example>"))
    [row] = conversations(ctx)
    bring(ctx, mail("Two", in_reply_to="<1@mail.example>"))

    with pytest.raises(Refused) as refused:
        inbox.move(as_agent(ctx), conversation_id=row.id, version=row.version, to=State.RESOLVED)

    assert refused.value.facts["who"] == "Kim Minseo"
    assert conversations(ctx)[0].state == "open"


def test_ones_own_doings_are_no_surprise() -> None:
    ctx = make_ctx()
    bring(ctx, mail())
    [row] = conversations(ctx)
    agent = as_agent(ctx)
    inbox.tag(agent, conversation_id=row.id, version=row.version, tags=["VIP", "VIP", " "])
    inbox.assign(agent, conversation_id=row.id, version=row.version, assignee_id=7, name="Harin")

    inbox.note(agent, conversation_id=row.id, version=row.version, text="Look at the photo.")

    [row] = conversations(ctx)
    assert (row.tags, row.assignee_id, row.messages, row.waiting_since) == (["VIP"], 7, 2, NOW)


def test_next_response_rule_overrules_first_response_zammad_5177() -> None:
    ctx = make_ctx()
    hours(ctx, first=60, following=10)
    bring(ctx, mail("One", message_id="<1@mail.example>"))
    bring(later(ctx, 30), mail("Two", in_reply_to="<1@mail.example>"))

    [row] = conversations(ctx)
    assert (row.due_kind, row.due_at, row.waiting_since) == ("first_response", later(ctx, 60).now, NOW)

    answer.reply(as_agent(later(ctx, 40)), conversation_id=row.id, version=row.version, text="Hi", wish="1")
    bring(later(ctx, 50), mail("Three", in_reply_to="<1@mail.example>"))
    bring(later(ctx, 55), mail("Four", in_reply_to="<1@mail.example>"))

    [row] = conversations(ctx)
    assert (row.due_kind, row.due_at) == ("next_response", later(ctx, 60).now)


def test_wrong_first_response_time_frappe_helpdesk_2075_2405() -> None:
    ctx = make_ctx()
    hours(ctx, first=60, following=60)
    bring(ctx, mail("One", message_id="<1@mail.example>"))
    [row] = conversations(ctx)
    inbox.note(as_agent(later(ctx, 5)), conversation_id=row.id, version=row.version, text="A note is no answer.")
    bring(later(ctx, 10), mail("I am away", in_reply_to="<1@mail.example>", headers={"Auto-Submitted": "auto-replied"}))
    [row] = conversations(ctx)
    assert row.first_reply_at is None

    for minutes in (20, 30):
        [row] = conversations(ctx)
        answer.reply(
            as_agent(later(ctx, minutes)), conversation_id=row.id, version=row.version, text="Hi", wish=str(minutes)
        )

    [row] = conversations(ctx)
    assert row.first_reply_at == later(ctx, 20).now
    [clock] = queries.clocks_of(ctx, conversation_id=row.id)
    assert (clock.met_at, sla.state_of(clock, now=later(ctx, 500).now)) == (later(ctx, 20).now, ClockState.HIT)


def test_a_promise_that_is_stopped_goes_on_where_it_stopped() -> None:
    ctx = make_ctx()
    hours(ctx, first=60, following=60)
    bring(ctx, mail("One", message_id="<1@mail.example>"))
    [row] = conversations(ctx)
    sleep_until = later(ctx, 300).now
    inbox.move(
        as_agent(later(ctx, 20)), conversation_id=row.id, version=row.version, to=State.SNOOZED, until=sleep_until
    )
    [clock] = queries.clocks_of(ctx, conversation_id=row.id)
    assert (clock.paused_min, sla.state_of(clock, now=sleep_until)) == (40, ClockState.PAUSED)
    answer.wake_sleepers(later(ctx, 299).now)
    assert conversations(ctx)[0].state == "snoozed"

    answer.wake_sleepers(sleep_until)

    [row] = conversations(ctx)
    assert (row.state, row.snoozed_until, row.due_at) == ("open", None, later(ctx, 340).now)


def test_a_promise_is_at_risk_before_it_is_missed_and_a_late_answer_stays_late() -> None:
    ctx = make_ctx()
    hours(ctx, first=60, following=60)
    bring(ctx, mail())
    [row] = conversations(ctx)
    [clock] = queries.clocks_of(ctx, conversation_id=row.id)

    states = [sla.state_of(clock, now=later(ctx, m).now) for m in (0, 44, 45, 60, 61)]

    assert states == [ClockState.ACTIVE, ClockState.ACTIVE, ClockState.AT_RISK, ClockState.AT_RISK, ClockState.MISSED]
    answer.reply(as_agent(later(ctx, 90)), conversation_id=row.id, version=row.version, text="Sorry", wish="1")
    [clock] = queries.clocks_of(ctx, conversation_id=row.id)
    assert sla.state_of(clock, now=later(ctx, 99).now) is ClockState.MISSED


def test_what_arrives_at_night_is_counted_from_the_morning() -> None:
    ctx = make_ctx()  # Seoul, weekdays from 9 to 18
    night = Ctx(ctx.organisation_id, ctx.actor, at("2026-11-23T13:00"), ctx.trace)  # Monday, 22:00 by the wall
    desk.set_hours(ctx, hours=Hours("Asia/Seoul", queries.USUAL_WEEK, (), 240, 240))

    bring(night, mail())

    assert conversations(ctx)[0].due_at == at("2026-11-24T04:00")  # Tuesday, 13:00


def test_who_chats_was_promised_an_answer_within_hours() -> None:
    ctx = make_ctx()
    hours(ctx, first=240, following=240)
    visitor = chat.say(ctx, visitor=chat.begin(ctx), text="Hello", client_id="m1", language="en")

    [row] = conversations(ctx)

    assert row.due_at == ctx.now + timedelta(minutes=1)
    assert visitor.conversation_id == row.id


def hours(ctx: Ctx, *, first: int, following: int) -> None:
    desk.set_hours(ctx, hours=Hours("UTC", (ALWAYS,) * 7, (), first, following))


@pytest.mark.parametrize(
    "wrong",
    [
        Hours("Nowhere/Land", (ALWAYS,) * 7, (), 60, 60),
        Hours("UTC", ((),) * 7, (), 60, 60),
        Hours("UTC", (((600, 500),),) * 7, (), 60, 60),
        Hours("UTC", (((0, 500), (400, 600)),) * 7, (), 60, 60),
        Hours("UTC", (ALWAYS,) * 7, ("tomorrow",), 60, 60),
        Hours("UTC", (ALWAYS,) * 7, (), 0, 60),
    ],
)
def test_hours_that_cannot_be_are_refused(wrong: Hours) -> None:
    ctx = make_ctx()
    before = queries.hours(ctx)

    with pytest.raises(Refused):
        desk.set_hours(ctx, hours=wrong)

    assert queries.hours(ctx) == before


def test_a_text_with_a_hole_is_not_sent() -> None:
    ctx = make_ctx()
    bring(ctx, mail())
    [row] = conversations(ctx)

    with pytest.raises(Refused) as refused:
        answer.reply(
            as_agent(ctx), conversation_id=row.id, version=row.version, text="Your {{ order.name }} left.", wish="1"
        )

    assert (refused.value.code, refused.value.facts) == ("empty_variable", {"variable": "order.name"})
    assert len(said(ctx, row.id)) == 1


def test_a_brand_may_write_first_and_the_answer_is_a_first_question() -> None:
    brand = make_brand()
    [order_id] = place(brand.ctx, draft(external_id="E55", email=CUSTOMER))

    id = answer.write_first(
        as_agent(brand.ctx), order_id=order_id, subject="Your address", text="Which floor is it?", wish="1"
    )

    row = queries.get(brand.ctx, conversation_id=id)
    assert (row.state, row.order_id, row.contact_address, row.first_reply_at) == ("pending", order_id, CUSTOMER, None)
    bring(brand.ctx, mail("The second.", in_reply_to=said(brand.ctx, id)[0].message_id))
    row = queries.get(brand.ctx, conversation_id=id)
    assert (row.state, row.due_kind, row.messages) == ("open", "first_response", 2)
    assert {e["timeline"] for e in events_of(brand.ctx, "conversation.message_filed")} == {f"order:{order_id}"}


def test_a_message_written_first_leaves_once_though_its_button_is_pressed_twice() -> None:
    brand = make_brand()
    [order_id] = place(brand.ctx, draft(email=CUSTOMER))
    ids = [
        answer.write_first(as_agent(brand.ctx), order_id=order_id, subject="Your address", text=text, wish="1")
        for text in ("Which floor is it?", "Which floor is it?")
    ]

    assert ids == [conversations(brand.ctx)[0].id] * 2
    assert len(conversations(brand.ctx)) == 1
    assert len(said(brand.ctx, ids[0])) == 1


def test_an_order_of_somebody_else_is_not_put_beside_a_conversation() -> None:
    brand = make_brand()
    [order_id] = place(brand.ctx, draft(email="other@example.com"))
    bring(brand.ctx, mail())
    [row] = conversations(brand.ctx)

    with pytest.raises(Refused) as refused:
        inbox.link_order(as_agent(brand.ctx), conversation_id=row.id, version=row.version, order_id=order_id)

    assert refused.value.code == "order_of_another_customer"
    assert conversations(brand.ctx)[0].order_id is None


def test_conversations_are_found_by_part_of_a_word() -> None:
    ctx = make_ctx()
    bring(
        ctx,
        mail("머그컵 손잡이가 깨졌습니다", subject="파손 문의"),
        mail("A broken lamp", sender="Bora Lim <bora@example.com>"),
    )

    def found(text: str) -> list[str]:
        where = queries.ConversationFilter(text=text)
        return [row.contact_address for row in queries.list_conversations(ctx, where=where)]

    assert found("손잡") == [CUSTOMER]
    assert found("파손") == [CUSTOMER]
    assert found("rok amp") == ["bora@example.com"]
    assert found("림") == []
    assert found("Lim bora@") == ["bora@example.com"]


def test_what_somebody_typed_waits_for_them_alone() -> None:
    ctx = make_ctx()
    bring(ctx, mail())
    [row] = conversations(ctx)

    desk.keep_draft(as_agent(ctx, id=7), conversation_id=row.id, kind="reply", text="Half a sent")
    desk.keep_draft(as_agent(ctx, id=8), conversation_id=row.id, kind="reply", text="Mine")

    def kept(id: int) -> list[str]:
        return [d.text for d in queries.drafts_of(ctx, conversation_id=row.id, person_id=id).values()]

    assert (kept(7), kept(8)) == (["Half a sent"], ["Mine"])
    answer.reply(as_agent(ctx, id=7), conversation_id=row.id, version=row.version, text="A whole one.", wish="1")
    assert (kept(7), kept(8)) == ([], ["Mine"])
