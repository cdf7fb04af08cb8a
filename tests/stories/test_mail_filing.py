"""Mail comes in: each message in its conversation, once, and nobody's mail with a stranger's."""

from __future__ import annotations

from collections import Counter

import pytest

from doorstep.base import db
from doorstep.base.invariants import check
from doorstep.cli.management.commands.audit import all_invariants
from doorstep.flows import answer
from doorstep.flows import arrivals as flow
from doorstep.inbox import actions as inbox
from doorstep.inbox import queries, tokens
from doorstep.inbox.values import ConversationState as State
from doorstep.messaging.notices import opt_outs
from doorstep.messaging.notices.values import Way
from tests.factories import NOW, draft, make_brand, make_ctx, place, together
from tests.mails import CUSTOMER, SUPPORT, as_agent, bring, conversations, events_of, keep, later, mail, said

pytestmark = pytest.mark.django_db


def test_a_mail_opens_a_conversation_with_its_customer_and_a_promise() -> None:
    ctx = make_ctx()

    assert bring(ctx, mail("Where is my parcel?", subject="Parcel")) == ["processed"]

    [row] = conversations(ctx)
    assert (row.number, row.subject, row.state, row.contact_name, row.contact_address) == (
        1, "Parcel", "open", "Kim Minseo", CUSTOMER,
    )  # fmt: skip
    assert (row.waiting_since, row.first_reply_at, row.messages, row.preview) == (NOW, None, 1, "Where is my parcel?")
    assert row.due_kind == "first_response"
    [message] = said(ctx, row.id)
    assert (message.direction, message.kind, message.author_name, message.asks) == ("in", "mail", "Kim Minseo", True)
    assert [e["timeline"] for e in events_of(ctx, "conversation.opened")] == [f"conversation:{row.id}"]


@pytest.mark.parametrize(
    ("subject", "text", "wants_none"),
    [
        ("Re: Your order has left", "STOP", True), ("unsubscribe", "", True), ("수신거부", "수신거부", True),
        ("Re: Your order", "cancel", False), ("Stop", "Please stop the parcel, I moved.", False),
    ],
)  # fmt: skip
def test_the_one_word_that_ends_notices_is_heard_by_mail_too(subject: str, text: str, wants_none: bool) -> None:
    ctx = make_ctx()
    assert bring(ctx, mail(text, subject=subject)) == ["processed"]
    assert opt_outs.opted_out(ctx, way=Way.MAIL, addresses=[CUSTOMER]) == ({CUSTOMER} if wants_none else set())
    assert len(conversations(ctx)) == 1
    bring(ctx, mail("Start", subject="Re: Your order has left"))
    assert opt_outs.opted_out(ctx, way=Way.MAIL, addresses=[CUSTOMER]) == set()


def test_an_order_that_the_mail_names_is_linked_where_it_is_the_senders_own() -> None:
    brand = make_brand()
    [mine] = place(brand.ctx, draft(external_id="E77001", email=CUSTOMER))
    place(brand.ctx, draft(external_id="E77002", email="other@example.com"))

    bring(brand.ctx, mail("주문번호 E77001은 언제 오나요?"), mail("What of #E77002?", subject="A stranger's order"))

    assert [row.order_id for row in conversations(brand.ctx)] == [mine, None]
    [first, _] = events_of(brand.ctx, "conversation.message_filed")
    assert first["timeline"] == f"order:{mine}"


def test_reply_opens_a_new_conversation_chatwoot_3868_10028_django_helpdesk_756() -> None:
    ctx = make_ctx()
    bring(ctx, mail("First", message_id="<a@mail.example>"))
    [row] = conversations(ctx)
    answer.reply(as_agent(ctx), conversation_id=row.id, version=row.version, text="On its way.", wish="1")
    ours = said(ctx, row.id)[-1].message_id

    bring(ctx, mail("Thanks", subject="Re: My order", in_reply_to=ours))
    bring(ctx, mail("And one more", subject="AW: etwas anderes", references=["<a@mail.example>", ours]))
    bring(ctx, mail("Again", subject="no header at all", to=address_of(ctx, row.id)))
    bring(ctx, mail("From my work address", sender="minseo@work.example", in_reply_to=ours))

    assert [c.id for c in conversations(ctx)] == [row.id]
    assert [m.text.strip() for m in said(ctx, row.id) if m.direction == "in"] == [
        "First", "Thanks", "And one more", "Again", "From my work address",
    ]  # fmt: skip


def address_of(ctx: object, conversation_id: int) -> str:
    return tokens.reply_address(
        SUPPORT,
        organisation_id=ctx.organisation_id,
        conversation_id=conversation_id,  # type: ignore[attr-defined]
    )


def test_a_token_survives_another_case_and_a_forged_one_opens_nothing() -> None:
    ctx, other = make_ctx(), make_ctx()
    bring(ctx, mail("First"))
    [row] = conversations(ctx)
    right = address_of(ctx, row.id)

    bring(ctx, mail("Upper", to=right.upper()))
    bring(ctx, mail("Forged", to=right.replace(f"-{right.split('-')[1][:4]}", "-aaaa"), sender="eve@evil.example"))
    bring(other, mail("Elsewhere", to=right, sender="eve@evil.example"))

    assert [c.messages for c in conversations(ctx)] == [2, 1]
    assert [c.messages for c in conversations(other)] == [1]


def test_subject_alone_merges_strangers_zammad_2444_5064() -> None:
    ctx = make_ctx()
    bring(ctx, mail("Mine", subject="Order 1001", message_id="<known@mail.example>"))

    bring(ctx, mail("Not mine", subject="Re: Order 1001", sender="stranger@example.net"))
    bring(
        ctx,
        mail(
            "I guessed an id", subject="Re: Order 1001", sender="eve@evil.example", in_reply_to="<known@mail.example>"
        ),
    )

    assert [(c.contact_address, c.messages) for c in conversations(ctx)] == [
        (CUSTOMER, 1), ("stranger@example.net", 1), ("eve@evil.example", 1),
    ]  # fmt: skip


def test_the_same_message_in_two_mailboxes_is_filed_once() -> None:
    ctx = make_ctx()
    raw = mail("Once")

    assert bring(ctx, raw, mailbox_id=1) == ["processed"]
    assert bring(ctx, raw, mailbox_id=2) == ["ignored"]
    assert bring(ctx, mail("To both"), mailbox_id=1) == ["processed"]

    assert [c.messages for c in conversations(ctx)] == [1, 1]


def test_another_mail_with_a_stolen_message_id_is_not_lost() -> None:
    ctx = make_ctx()
    bring(ctx, mail("First", message_id="<same@mail.example>"))

    assert bring(ctx, mail("Second", message_id="<same@mail.example>", sender="bora@example.com")) == ["processed"]

    assert [c.contact_address for c in conversations(ctx)] == [CUSTOMER, "bora@example.com"]


def test_a_mail_that_is_read_again_is_filed_once_whatever_its_headers_lack() -> None:
    ctx = make_ctx()
    bring(ctx, mail("First", message_id="<same@mail.example>"))
    nameless = b"\r\n".join(line for line in mail("No id").split(b"\r\n") if not line.startswith(b"Message-ID"))
    ids = keep(ctx, nameless, mail("Stolen id", message_id="<same@mail.example>"))

    for again in (False, True, True):
        flow.process(ctx, arrival_ids=ids, again=again)

    assert [m.text.strip() for c in conversations(ctx) for m in said(ctx, c.id)] == ["First", "No id", "Stolen id"]
    assert db.column("SELECT outcome FROM base_arrival WHERE organisation_id = %s", [ctx.organisation_id]) == [
        "processed"
    ] * 3


def test_auto_reply_loops_freescout_4143_chatwoot_5131() -> None:
    ctx = make_ctx()
    bring(ctx, mail("Hello"))
    [row] = conversations(ctx)
    answer.reply(as_agent(ctx), conversation_id=row.id, version=row.version, text="Hi!", wish="1")
    ours = said(ctx, row.id)[-1].message_id
    away = {"Auto-Submitted": "auto-replied"}

    assert bring(ctx, *[mail("I am away", in_reply_to=ours, headers=away) for _ in range(50)]) == ["processed"] * 50
    assert bring(ctx, mail("We speak to ourselves", sender=SUPPORT)) == ["ignored"]

    [row] = conversations(ctx)
    assert (row.state, row.waiting_since, row.due_at, row.messages) == ("pending", None, None, 52)
    assert db.scalar("SELECT count(*) FROM messaging_message WHERE organisation_id = %s", [ctx.organisation_id]) == 1
    assert {e["data"]["answerable"] for e in events_of(ctx, "conversation.message_filed")[1:]} == {False}  # type: ignore[index]


def test_an_auto_reply_to_nothing_waits_for_nobody() -> None:
    ctx = make_ctx()

    bring(ctx, mail("I am away", headers={"Auto-Submitted": "auto-replied"}))

    [row] = conversations(ctx)
    assert (row.state, row.waiting_since) == ("resolved", None)


def test_a_form_of_our_own_site_is_answered_to_whom_it_names() -> None:
    ctx = make_ctx()

    bring(ctx, mail("From the form", sender=SUPPORT, headers={"Reply-To": "Park Jiwoo <jiwoo@example.com>"}))

    [row] = conversations(ctx)
    assert (row.contact_address, row.contact_name) == ("jiwoo@example.com", "Park Jiwoo")


def test_a_resolved_conversation_reopens_on_an_answer_and_a_first_promise_is_never_made_twice() -> None:
    ctx = make_ctx()
    bring(ctx, mail("Hello", message_id="<h@mail.example>"))
    [row] = conversations(ctx)
    agent = as_agent(later(ctx, 5))
    answer.reply(agent, conversation_id=row.id, version=row.version, text="Hi!", wish="1", state=State.RESOLVED)
    [row] = conversations(ctx)
    assert (row.state, row.first_reply_at, row.waiting_since) == ("resolved", agent.now, None)

    bring(later(ctx, 60), mail("Still not here", in_reply_to="<h@mail.example>"))

    [row] = conversations(ctx)
    assert (row.state, row.waiting_since, row.due_kind) == ("open", later(ctx, 60).now, "next_response")


def test_a_bounce_marks_our_message_and_opens_nothing() -> None:
    ctx = make_ctx()
    bring(ctx, mail("Hello"))
    [row] = conversations(ctx)
    answer.reply(as_agent(ctx), conversation_id=row.id, version=row.version, text="Hi!", wish="1")
    sent = said(ctx, row.id)[-1]

    assert bring(ctx, bounce_of(sent.message_id)) == ["processed"]

    [row] = conversations(ctx)
    assert row.state == "pending"
    assert said(ctx, row.id)[-1].problem != ""
    assert [e["data"]["message_id"] for e in events_of(ctx, "conversation.message_bounced")] == [sent.id]  # type: ignore[index]


def bounce_of(message_id: str) -> bytes:
    return (
        "From: MAILER-DAEMON@mail.example\r\nTo: orders@doorstep.example\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        "Message-ID: <b1@mail.example>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nNo such user.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.example\r\n\r\n"
        f"Final-Recipient: rfc822; {CUSTOMER}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id}\r\nSubject: Re: My order\r\n--b--\r\n"
    ).encode()


def test_spam_stays_where_a_person_put_it() -> None:
    ctx = make_ctx()
    bring(ctx, mail("Buy!", message_id="<s@mail.example>"))
    [row] = conversations(ctx)
    inbox.mark_spam(as_agent(ctx), conversation_id=row.id, version=row.version, is_spam=True)

    bring(ctx, mail("Buy now!", in_reply_to="<s@mail.example>"))

    [row] = conversations(ctx)
    assert (row.is_spam, row.messages, row.waiting_since, row.due_at) == (True, 2, None, None)


def test_a_customer_who_was_taken_for_spam_waits_again_since_they_wrote() -> None:
    ctx = make_ctx()
    bring(ctx, mail("Hello", message_id="<s@mail.example>"))
    [row] = conversations(ctx)
    answer.reply(as_agent(ctx), conversation_id=row.id, version=row.version, text="Hi!", wish="1")
    hour, two = later(ctx, 60), later(ctx, 120)
    bring(hour, mail("Where is it?", in_reply_to="<s@mail.example>"))
    [row] = conversations(ctx)
    marked = inbox.mark_spam(as_agent(two), conversation_id=row.id, version=row.version, is_spam=True)
    bring(two, mail("Hello?", in_reply_to="<s@mail.example>"))

    inbox.mark_spam(as_agent(two), conversation_id=row.id, version=marked + 1, is_spam=False)

    [row] = conversations(ctx)
    assert (row.is_spam, row.state, row.waiting_since, row.due_kind) == (False, "open", hour.now, "next_response")
    waits = [m.answered_at is None for m in said(ctx, row.id) if m.direction == "in"]
    assert waits == [False, True, True]


def test_what_came_among_the_spam_opens_a_resolved_conversation_once_it_is_out() -> None:
    ctx = make_ctx()
    bring(ctx, mail("Hello", message_id="<s@mail.example>"))
    [row] = conversations(ctx)
    version = inbox.move(as_agent(ctx), conversation_id=row.id, version=row.version, to=State.RESOLVED)
    version = inbox.mark_spam(as_agent(ctx), conversation_id=row.id, version=version, is_spam=True)
    version = inbox.mark_spam(as_agent(ctx), conversation_id=row.id, version=version, is_spam=False)
    [row] = conversations(ctx)
    assert (row.state, row.waiting_since, row.due_at) == ("resolved", None, None)

    version = inbox.mark_spam(as_agent(ctx), conversation_id=row.id, version=version, is_spam=True)
    hour = later(ctx, 60)
    bring(hour, mail("It is me!", in_reply_to="<s@mail.example>"))
    inbox.mark_spam(as_agent(hour), conversation_id=row.id, version=version + 1, is_spam=False)

    [row] = conversations(ctx)
    assert (row.state, row.waiting_since, row.due_kind) == ("open", hour.now, "first_response")


def test_who_waited_in_a_snoozed_conversation_waits_on_without_a_clock_that_runs() -> None:
    ctx = make_ctx()
    bring(ctx, mail("Hello"))
    [row] = conversations(ctx)
    until = later(ctx, 300).now
    version = inbox.move(as_agent(ctx), conversation_id=row.id, version=row.version, to=State.SNOOZED, until=until)
    version = inbox.mark_spam(as_agent(ctx), conversation_id=row.id, version=version, is_spam=True)

    inbox.mark_spam(as_agent(ctx), conversation_id=row.id, version=version, is_spam=False)

    [row] = conversations(ctx)
    assert (row.state, row.snoozed_until, row.waiting_since, row.due_at) == ("snoozed", until, NOW, None)


def test_the_house_holds_after_all_of_it() -> None:
    test_auto_reply_loops_freescout_4143_chatwoot_5131()
    test_a_resolved_conversation_reopens_on_an_answer_and_a_first_promise_is_never_made_twice()
    test_a_bounce_marks_our_message_and_opens_nothing()
    test_spam_stays_where_a_person_put_it()
    test_a_customer_who_was_taken_for_spam_waits_again_since_they_wrote()
    test_what_came_among_the_spam_opens_a_resolved_conversation_once_it_is_out()
    test_who_waited_in_a_snoozed_conversation_waits_on_without_a_clock_that_runs()

    assert [(b.invariant.name, b.examples) for b in check(all_invariants())] == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_file_nothing_twice() -> None:
    ctx = make_ctx()
    raws = [
        mail(f"Mail {n}", sender=f"person{n % 5}@example.com", message_id=f"<w{n}@mail.example>") for n in range(30)
    ]
    first = keep(ctx, *raws, mailbox_id=1)
    second = keep(ctx, *reversed(raws), mailbox_id=2)

    answers = together(
        lambda: flow.process(ctx, arrival_ids=first),
        lambda: flow.process(ctx, arrival_ids=second),
        lambda: flow.process(ctx, arrival_ids=first),
    )

    assert [type(a) for a in answers] == [dict, dict, dict]
    outcomes = Counter(db.column("SELECT outcome FROM base_arrival WHERE organisation_id = %s", [ctx.organisation_id]))
    assert outcomes == {"processed": 30, "ignored": 30}
    assert [c.number for c in conversations(ctx)] == list(range(1, 31))
    assert [len(queries.messages_of(ctx, conversation_id=c.id)) for c in conversations(ctx)] == [1] * 30
