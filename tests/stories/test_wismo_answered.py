"""Mail asks where an order is: answered once, to its buyer alone, and a person sees why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from doorstep.base.ctx import Ctx
from doorstep.flows import answer, answer_wismo, intake, ship
from doorstep.inbox import actions as inbox
from doorstep.inbox import contacts, queries
from doorstep.messaging import queries as messaging
from doorstep.orders import queries as orders
from doorstep.orders.placing import Accepted
from doorstep.shipping import actions as shipping
from doorstep.shipping.port import Scan
from doorstep.shipping.values import TrackingStatus
from doorstep.worker.dispatch import drain
from tests.factories import NOW, Brand, draft, make_brand, packed
from tests.floor import buy_label
from tests.mails import CUSTOMER, as_agent, bring, conversations, mail, said

pytestmark = pytest.mark.django_db(transaction=True)
SOON = (datetime.now(UTC) + timedelta(days=2)).date()


def on_its_way(status: TrackingStatus = TrackingStatus.IN_TRANSIT, *, orders: int = 1) -> Brand:
    """Orders of one customer, each in a parcel that its carrier has scanned."""
    brand = make_brand()
    parcels = packed(brand.ctx, *[draft(external_id=f"A100{n}") for n in range(1, orders + 1)])
    for n, parcel in enumerate(parcels):
        buy_label(brand, parcel, number=f"DS123456789{n}")
    ship.hand_over(brand.ctx, parcel_ids=parcels)
    for parcel in parcels:
        told = Scan("s1", "DS1234567890", status, "x", "", "Leipzig", NOW, SOON)
        shipping.record_scans(brand.ctx, parcel_id=parcel, scans=[told])
    drain()
    return brand


def ask(ctx: Ctx, text: str, **more: str) -> None:
    bring(ctx, mail(text, **{"subject": "Hello", **more}))  # type: ignore[arg-type]
    drain()


def written(ctx: Ctx) -> list[tuple[str, str, str]]:
    """What stands in the only conversation: direction, kind of author, first line."""
    [row] = conversations(ctx)
    return [(m.direction, m.author_kind, m.text.splitlines()[0]) for m in said(ctx, row.id)]


def test_a_clear_question_is_answered_by_itself_and_says_so() -> None:
    brand = on_its_way()

    ask(brand.ctx, "Where is my order?")

    assert written(brand.ctx) == [
        ("in", "customer", "Where is my order?"),
        ("out", "system", "Hello 김민서,"),
        ("note", "system", "Answered by itself: the message asks where an order is."),
    ]
    [row] = conversations(brand.ctx)
    assert (row.state, row.waiting_since) == ("resolved", None)
    [mailed] = [
        m
        for m in messaging.messages_of(brand.ctx, timelines=[row.timeline, f"conversation:{row.id}"])
        if m.template == "reply"
    ]
    assert mailed.to_address == CUSTOMER
    assert f"It is expected on {SOON.day} {SOON:%b} {SOON.year}." in mailed.text
    assert "See where it is" in mailed.html
    assert row.order_id is not None


def test_a_question_in_korean_is_answered_in_korean() -> None:
    brand = on_its_way()

    ask(brand.ctx, "택배 언제 오나요?", subject="문의드립니다")

    assert [line[2] for line in written(brand.ctx)][1] == "김민서님, 안녕하세요."


def test_delivered_twice_or_told_again_it_is_answered_once() -> None:
    brand = on_its_way()
    ask(brand.ctx, "Where is my order?")
    [row] = conversations(brand.ctx)
    [asked] = [m for m in said(brand.ctx, row.id) if m.direction == "in"]

    answer_wismo.handle(brand.ctx, message_id=asked.id)

    assert len(said(brand.ctx, row.id)) == 3


def test_a_second_question_within_a_day_goes_to_a_person_as_a_draft() -> None:
    brand = on_its_way()
    ask(brand.ctx, "Where is my order?")
    [row] = conversations(brand.ctx)
    ours = next(m for m in said(brand.ctx, row.id) if m.direction == "out")

    ask(replace(brand.ctx, now=NOW + timedelta(hours=2)), "Still, where is my order?", in_reply_to=ours.message_id)

    [row] = conversations(brand.ctx)
    assert (row.state, row.waiting_since is not None) == ("open", True)
    assert [m.direction for m in said(brand.ctx, row.id)] == ["in", "out", "note", "in", "note"]
    assert said(brand.ctx, row.id)[-1].text.startswith(
        "Not answered by itself: answers went out by themselves within a day already. What could be said:\n\nHello 김민서,"
    )


def test_where_a_person_has_written_a_person_goes_on() -> None:
    brand = on_its_way()
    ask(brand.ctx, "Do you have it in blue?")
    [row] = conversations(brand.ctx)
    answer.reply(as_agent(brand.ctx), conversation_id=row.id, version=row.version, text="Yes.", wish="1")
    ours = said(brand.ctx, row.id)[-1].message_id

    ask(replace(brand.ctx, now=NOW + timedelta(days=3)), "Where is my order?", in_reply_to=ours)

    assert written(brand.ctx)[-1][2].startswith("Not answered by itself: a person has written in this conversation.")


def test_an_unsure_question_is_drafted_and_waits_for_a_person() -> None:
    brand = on_its_way()

    ask(brand.ctx, "Where is my order? I want to cancel it.")

    [row] = conversations(brand.ctx)
    assert (row.state, row.waiting_since) == ("open", NOW)
    assert [line[:2] for line in written(brand.ctx)] == [("in", "customer"), ("note", "system")]


def test_what_is_not_the_end_of_the_matter_stays_open() -> None:
    brand = on_its_way(TrackingStatus.EXCEPTION)

    ask(brand.ctx, "Where is my order?")

    [row] = conversations(brand.ctx)
    assert row.state == "open"
    assert said(brand.ctx, row.id)[-1].text.endswith(
        "Somebody has to look after it: what the carrier tells is not the end of the matter."
    )


def test_what_was_delivered_before_doorstep_is_never_called_late() -> None:
    brand = make_brand()
    early = replace(draft([("A", 1)]), placed_at=NOW - timedelta(days=40))
    [placed] = intake.accept(brand.ctx, [early], historical=True)
    assert isinstance(placed, Accepted)
    drain()
    name = orders.orders_by_id(brand.ctx, ids=[placed.order_id])[placed.order_id].name

    ask(brand.ctx, f"Where is my order {name}?")

    [row] = conversations(brand.ctx)
    asked, drafted = said(brand.ctx, row.id)
    assert (asked.direction, drafted.direction) == ("in", "note")
    assert "By our records this order was delivered" in drafted.text
    assert "has not left" not in drafted.text
    assert "sorry" not in drafted.text


def test_a_flood_in_a_customers_name_brings_them_three_answers() -> None:
    brand = on_its_way()

    for _ in range(5):
        ask(brand.ctx, "Where is my order?")

    sent = [m for row in conversations(brand.ctx) for m in said(brand.ctx, row.id) if m.direction == "out"]
    assert (len(conversations(brand.ctx)), len(sent)) == (5, 3)


def test_what_was_written_long_ago_is_not_answered_when_an_old_mailbox_is_read() -> None:
    brand = on_its_way()

    bring(brand.ctx, mail("Where is my order?", subject="Hello", headers={"Date": "Mon, 02 Nov 2026 09:00:00 +0000"}))
    drain()

    assert written(brand.ctx)[-1][2].startswith("Not answered by itself: it was written days before it reached us.")


def test_a_stranger_learns_nothing() -> None:
    brand = on_its_way()

    ask(brand.ctx, "Where is order A1001?", sender="Eve <eve@evil.example>")

    assert [line[0] for line in written(brand.ctx)] == ["in"]


def test_a_borrowed_sender_with_an_address_to_answer_to_learns_nothing() -> None:
    brand = on_its_way()

    bring(brand.ctx, mail("Where is my order?", subject="Hello", headers={"Reply-To": "eve@evil.example"}))
    drain()

    assert [line[:2] for line in written(brand.ctx)] == [("in", "customer"), ("note", "system")]
    assert "another address" in written(brand.ctx)[1][2]


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto-Submitted": "auto-replied"},
        {"List-Id": "<news.example>", "Precedence": "bulk"},
        {"X-Autoreply": "yes", "Precedence": "auto_reply"},
    ],
)
def test_a_machine_is_never_answered(headers: dict[str, str]) -> None:
    brand = on_its_way()

    bring(brand.ctx, mail("Where is my order?", subject="Out of office", headers=headers))
    drain()

    assert [line[0] for line in written(brand.ctx)] == ["in"]
    assert contacts.meter(brand.ctx, since=NOW - timedelta(1), until=NOW + timedelta(1)).contacts == 0


def test_the_subject_is_part_of_the_question() -> None:
    brand = on_its_way()

    ask(brand.ctx, "When will it arrive?", subject="My return")

    assert [line[0] for line in written(brand.ctx)] == ["in"]


def test_spam_is_not_answered() -> None:
    brand = on_its_way()
    bring(brand.ctx, mail("Do you sell shoes?", subject="Hello", message_id="<a@mail.example>"))
    [row] = conversations(brand.ctx)
    inbox.mark_spam(as_agent(brand.ctx), conversation_id=row.id, version=row.version, is_spam=True)

    ask(brand.ctx, "Where is my order?", references="<a@mail.example>")

    assert [line[0] for line in written(brand.ctx)] == ["in", "in"]


def test_the_meter_counts_conversations_against_parcels() -> None:
    brand = on_its_way(orders=2)
    ask(brand.ctx, "Where is my order? I want to cancel it.")
    ask(brand.ctx, "Do you have it in blue?", sender="yuna@example.com")
    [first, _] = conversations(brand.ctx)
    asked = said(brand.ctx, first.id)[0].message_id
    ask(brand.ctx, "Where is it? My parcel is late.", in_reply_to=asked)

    meter = contacts.meter(brand.ctx, since=NOW - timedelta(hours=1), until=NOW + timedelta(hours=1))

    assert (meter.contacts, meter.wismo, meter.shipments, meter.per_100) == (2, 1, 2, 50.0)
    assert contacts.meter(brand.ctx, since=NOW + timedelta(1), until=NOW + timedelta(2)).per_100 is None
    assert queries.get_message(brand.ctx, message_id=said(brand.ctx, first.id)[0].id).data["why"] == "cancel"
