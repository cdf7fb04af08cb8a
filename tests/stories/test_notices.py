"""Customers are told: each thing once, in their language, by the ways they want, while it is true and no longer night."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from doorstep.base import db
from doorstep.cli.demo import phones as phones_of_the_demo
from doorstep.cli.demo import vendors
from doorstep.flows import notices, notify, send, send_text, ship
from doorstep.flows.notices import About
from doorstep.inbox import contacts
from doorstep.inbox import queries as inbox
from doorstep.inbox.queries import ConversationFilter
from doorstep.messaging import queries, texting
from doorstep.messaging.notices import book, desk, opt_outs
from doorstep.messaging.notices.rules import sms
from doorstep.messaging.notices.values import NOTICES, NoticeKind, Way
from doorstep.orders import events as orders
from doorstep.orders import queries as order_queries
from doorstep.shipping import actions as shipping
from doorstep.shipping import events
from doorstep.shipping import queries as parcels
from doorstep.shipping.port import Scan
from doorstep.shipping.values import TrackingStatus
from doorstep.worker.dispatch import drain
from tests.factories import NOW, Brand, draft, make_brand, packed
from tests.floor import buy_label
from tests.sandboxes import Server, borrowed
from tests.signing import signed

pytestmark = pytest.mark.django_db
PHONE, HOUSE = "+821012345678", "+821055550001"
NOON = datetime(2026, 11, 23, 3, tzinfo=UTC)  # in Seoul


@pytest.fixture
def brand() -> Brand:
    return make_brand()


@pytest.fixture
def phones(brand: Brand) -> Iterator[Server]:
    with borrowed("phone", "--hold-s", "0.2") as server:
        reached = {"url": str(server.http.base_url), "token": "sandbox"}
        texting.connect(brand.ctx, name="Notices", number=HOUSE, provider="sandbox_phone", settings=reached)
        desk.set_hours(brand.ctx, way=Way.SMS, starts=time(0), ends=time(0))  # whenever the tests run
        yield server


def leave(brand: Brand, number: str = "DS1", phone: str = "010-1234-5678") -> tuple[int, int]:
    """An order whose only parcel has left; its events are waiting."""
    order = draft([("A", 2)], country="KR", external_id=number)
    [parcel_id] = packed(brand.ctx, replace(order, buyer=replace(order.buyer, phone=phone)))
    buy_label(brand, parcel_id, number)
    ship.hand_over(brand.ctx, parcel_ids=[parcel_id])
    return parcels.get_parcel(brand.ctx, parcel_id=parcel_id).order_id, parcel_id


def scan(brand: Brand, parcel_id: int, status: TrackingStatus, at: datetime, id: str = "") -> None:
    told = Scan(id or f"{status}{at}", "DS1", status, "1", "", "Seoul", at)
    shipping.record_scans(brand.ctx, parcel_id=parcel_id, scans=[told])


def told(brand: Brand, order_id: int) -> list[tuple[str, str, str, str]]:
    rows = book.list_notices(brand.ctx, order_id=order_id)
    return [(row.kind, row.way, row.state, row.why) for row in reversed(rows)]


def at(brand: Brand, moment: datetime) -> Brand:
    return replace(brand, ctx=replace(brand.ctx, now=moment))


def tell(brand: Brand, kind: NoticeKind, order_id: int, parcel_id: int = 0, occurrence: str = "") -> None:
    notices.tell(brand.ctx, kind, [About(order_id, parcel_id, occurrence)])


def test_the_table_names_events_that_are_recorded() -> None:
    recorded = {value for room in (events, orders) for name, value in vars(room).items() if name.isupper()} | {"order.parked"}
    assert {one.trigger for one in NOTICES.values()} <= recorded
    assert sorted(one.number for one in NOTICES.values()) == list(range(1, 12))


def test_the_same_is_told_once_and_scans_in_disorder_tell_nothing_old(brand: Brand) -> None:
    order_id, parcel_id = leave(brand)
    now = datetime.now(UTC)
    scan(brand, parcel_id, TrackingStatus.DELIVERED, now - timedelta(minutes=5))
    scan(brand, parcel_id, TrackingStatus.ATTEMPT_FAILED, now - timedelta(hours=5))
    drain()
    drain()
    kinds = [kind for kind, *_ in told(brand, order_id)]
    assert sorted(kinds) == ["confirmed", "delivered"]  # nobody hears that it left once it is there
    tell(brand, NoticeKind.DELIVERED, order_id, parcel_id)
    assert len(told(brand, order_id)) == 2


@time_machine.travel(NOW + timedelta(days=10))
def test_an_old_scan_is_no_news_and_another_day_is_another_attempt(brand: Brand) -> None:
    order_id, parcel_id = leave(brand)
    drain()
    now = datetime.now(UTC)
    scan(brand, parcel_id, TrackingStatus.ATTEMPT_FAILED, now - timedelta(days=3))
    drain()
    scan(brand, parcel_id, TrackingStatus.OUT_FOR_DELIVERY, now - timedelta(hours=2))
    scan(brand, parcel_id, TrackingStatus.ATTEMPT_FAILED, now - timedelta(hours=1))
    drain()
    attempts = [row for row in told(brand, order_id) if row[0] == "attempt_failed"]
    assert attempts == [("attempt_failed", "mail", "dropped", "old"), ("attempt_failed", "mail", "queued", "")]


def test_what_falls_into_the_night_waits_and_is_told_only_where_it_is_still_true(brand: Brand) -> None:
    order_id, parcel_id = leave(brand)
    drain()
    desk.set_hours(brand.ctx, way=Way.MAIL, starts=time(21), ends=time(8))
    night = at(brand, datetime(2026, 11, 23, 13, 30, tzinfo=UTC))  # 22:30 in Seoul
    tell(night, NoticeKind.DELAY, order_id, parcel_id, occurrence="x")
    tell(night, NoticeKind.DELIVERED, order_id, parcel_id)
    tell(night, NoticeKind.CONFIRMED, order_id, occurrence="urgent")
    assert told(brand, order_id)[2:] == [
        ("delay", "mail", "waiting", ""), ("delivered", "mail", "waiting", ""), ("confirmed", "mail", "queued", ""),
    ]  # fmt: skip
    notices.sweep(datetime(2026, 11, 23, 22, 59, tzinfo=UTC))
    assert [row[2] for row in told(brand, order_id)[2:4]] == ["waiting", "waiting"]
    notices.sweep(datetime(2026, 11, 23, 23, 0, tzinfo=UTC))  # 08:00; it was not delivered after all
    assert told(brand, order_id)[2:4] == [("delay", "mail", "queued", ""), ("delivered", "mail", "dropped", "untrue")]
    notices.sweep(datetime(2026, 11, 24, 23, 0, tzinfo=UTC))
    assert len(queries.messages_of(brand.ctx, timelines=[f"order:{order_id}"])) == 4


def test_who_wants_none_gets_only_what_is_owed_and_may_change_their_mind(brand: Brand) -> None:
    order_id, parcel_id = leave(brand)
    drain()
    shipped, confirmed = queries.messages_of(brand.ctx, timelines=[f"order:{order_id}"])
    assert (confirmed.opt_out_url, "/t/stop/" in shipped.opt_out_url, "/t/choices/" in shipped.text) == ("", True, True)
    path = "/t/stop/" + shipped.opt_out_url.partition("/t/stop/")[2]
    client = Client(enforce_csrf_checks=True)
    assert client.get(path).status_code == 302  # a mail program that only looks changes nothing
    assert opt_outs.count(brand.ctx) == {}
    assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 204
    tell(brand, NoticeKind.DELIVERED, order_id, parcel_id)
    tell(brand, NoticeKind.CONFIRMED, order_id, occurrence="owed")
    assert told(brand, order_id)[2:] == [("delivered", "mail", "dropped", "opted_out"), ("confirmed", "mail", "queued", "")]
    choices = Client()
    assert choices.post(path.replace("/stop/", "/choices/"), {"mail": "1", "sms": "1"}).status_code == 200
    assert opt_outs.count(brand.ctx) == {}
    assert Client().post("/t/stop/forged/").status_code in (403, 404, 410, 422)


def test_of_two_parcels_each_says_which_it_is(brand: Brand) -> None:
    order_id, _first = leave(brand)
    other_id, second = leave(brand, "DS2")
    drain()
    db.execute("UPDATE shipping_parcel SET order_id = %s WHERE id = %s", [order_id, second])  # as if both were of one order
    assert other_id != order_id
    tell(brand, NoticeKind.DELAY, order_id, second)
    newest = queries.messages_of(brand.ctx, timelines=[f"order:{order_id}"])[0]
    assert any(said in newest.text for said in ("This is parcel 2 of 2.", "전체 2개 중 2번째"))


def test_texts_leave_are_counted_and_a_stop_ends_them(brand: Brand, phones: Server) -> None:
    desk.switch(brand.ctx, kind=NoticeKind.SHIPPED, way=Way.SMS, is_on=True)
    order_id, _parcel = leave(brand)
    _other, _ = leave(brand, "DS2", phone="02-312-3456")  # a landline is left in peace
    drain()
    [text] = [m for m in queries.messages_of(brand.ctx, timelines=[f"order:{order_id}"]) if m.way == "sms"]
    phones.post("/admin/faults", {"timeout_after_success": 1, "hold_s": 0.1})
    send.send(brand.ctx, message_id=text.id)  # taken without an answer: looked up, not sent twice
    phones.post("/admin/faults", {})
    sent = queries.find(brand.ctx, id=text.id)
    assert sent is not None
    parts = sms.size_of(sent.text).segments
    assert (sent.state, sent.segments, sent.cost_micros, sent.cost_currency) == ("sent", parts, parts * 7900, "USD")
    [taken] = phones.get("/admin/books")["taken"]
    assert (taken["to"], taken["times_taken"], taken["id"]) == (PHONE, 1, sent.vendor_id)

    tell(brand, NoticeKind.SHIPPED, order_id, _parcel, occurrence="before")
    [before] = [m for m in queries.messages_of(brand.ctx, timelines=[f"order:{order_id}"]) if m.way == "sms" and m.id != text.id]
    opt_outs.opt_out(brand.ctx, way=Way.SMS, address=PHONE, source="sms", timeline=f"order:{order_id}")
    tell(brand, NoticeKind.SHIPPED, order_id, _parcel, occurrence="again")
    assert told(brand, order_id)[-1] == ("shipped", "sms", "dropped", "opted_out")
    send.send(brand.ctx, message_id=before.id)  # wished for before they said so
    stopped = queries.find(brand.ctx, id=before.id)
    assert stopped is not None
    assert (stopped.state, stopped.problem) == ("failed", send_text.UNWANTED)
    assert len(phones.get("/admin/books")["taken"]) == 1


def test_a_text_whose_vendor_was_away_until_night_waits_for_the_morning(brand: Brand, phones: Server) -> None:
    desk.switch(brand.ctx, kind=NoticeKind.SHIPPED, way=Way.SMS, is_on=True)
    order_id, _parcel = leave(brand)
    drain()
    desk.set_hours(brand.ctx, way=Way.SMS, starts=time(21), ends=time(8))
    [text] = [m for m in queries.messages_of(brand.ctx, timelines=[f"order:{order_id}"]) if m.way == "sms"]
    phones.post("/admin/faults", {"error_5xx": 1})
    send.send(at(brand, NOON).ctx, message_id=text.id)
    phones.post("/admin/faults", {})
    night, morning = datetime(2026, 11, 23, 13, 30, tzinfo=UTC), datetime(2026, 11, 23, 23, tzinfo=UTC)  # 22:30, 08:00 in Seoul
    send.send(at(brand, night).ctx, message_id=text.id)
    assert phones.get("/admin/books")["taken"] == []
    waits = [id for _, id in queries.find_waiting(now=morning - timedelta(minutes=1), way="sms")]
    assert (waits, [id for _, id in queries.find_waiting(now=morning, way="sms")]) == ([], [text.id])
    send.send(at(brand, morning).ctx, message_id=text.id)
    assert len(phones.get("/admin/books")["taken"]) == 1


def test_the_demo_brands_number_is_connected_once(brand: Brand, settings: Any) -> None:
    with borrowed("phone") as server:
        settings.SANDBOX_VENDORS = {"phone": str(server.http.base_url).rstrip("/"), "shopify": "http://127.0.0.1:9"}
        phones_of_the_demo.fill(brand.ctx)
        phones_of_the_demo.fill(brand.ctx)
        [row] = queries.list_sms_accounts(brand.ctx)
        assert (row.provider, row.problem, vendors.shops()) == ("sandbox_phone", "", {"shopify": "http://127.0.0.1:9"})


def test_a_vendor_that_takes_no_keys_leaves_a_doubt_to_a_person(brand: Brand) -> None:
    with borrowed("phone", "--hold-s", "0.2") as phones:
        reached = {"url": str(phones.http.base_url), "username": "ACsandbox", "password": "sandbox"}
        texting.connect(brand.ctx, name="Twilio", number=HOUSE, provider="twilio", settings=reached)
        desk.set_hours(brand.ctx, way=Way.SMS, starts=time(0), ends=time(0))
        desk.switch(brand.ctx, kind=NoticeKind.SHIPPED, way=Way.SMS, is_on=True)
        order_id, _ = leave(brand)
        drain()
        [text] = [m for m in queries.messages_of(brand.ctx, timelines=[f"order:{order_id}"]) if m.way == "sms"]
        db.execute("UPDATE messaging_message SET state = 'sending', attempts = 1 WHERE id = %s", [text.id])  # the worker died
        send.send(brand.ctx, message_id=text.id)
        send.send(brand.ctx, message_id=text.id)
        found = queries.find(brand.ctx, id=text.id)
        assert found is not None
        assert (found.state, phones.get("/admin/books")["taken"]) == ("unknown", [])


def test_what_customers_text_is_heard_by_webhook_and_counts_as_a_contact(brand: Brand, phones: Server) -> None:
    [account] = queries.list_sms_accounts(brand.ctx)
    order_id, _ = leave(brand)
    port, secret = send_text.texter(account), account.settings["webhook_secret"]
    assert secret.startswith("whsec_")

    def hear(text: str, id: str, *, sign: bool = True) -> int:
        data = {"id": id, "from": PHONE, "to": HOUSE, "state": "received", "error": None, "text": text}
        body = json.dumps({"type": "text.heard", "timestamp": "", "data": data})
        head = signed((body if sign else "x").encode(), secret=secret, id=f"msg_{id}")
        headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in head.items()}
        path = f"/hooks/sandbox_phone/{account.slug}"
        return Client().post(path, body, content_type="application/json", **headers).status_code  # type: ignore[arg-type]

    assert hear("주문한 상품 언제 와요?", "SM1", sign=False) == 401
    assert [hear("주문한 상품 언제\x00 와요?", "SM1") for _ in range(2)] == [200, 200]
    drain()
    [talk] = inbox.list_conversations(brand.ctx, where=ConversationFilter(channel="sms"))
    buyer = order_queries.get(brand.ctx, id=order_id).order.customer_id
    assert (talk.contact_address, talk.messages, talk.customer_id) == (PHONE, 1, buyer)
    later = replace(brand.ctx, now=datetime.now(UTC) + timedelta(minutes=1))
    assert contacts.meter(later, since=later.now - timedelta(days=1), until=later.now).wismo == 1
    assert sum(contacts.wismo_by_day(later, days=14, timezone="Asia/Seoul")) == 1
    assert [row.id for row in inbox.list_conversations(later, where=ConversationFilter(asks_where=True))] == [talk.id]
    assert hear("STOP", "SM2") == 200
    assert opt_outs.opted_out(brand.ctx, way=Way.SMS, addresses=[PHONE]) == {PHONE}
    [same] = inbox.list_conversations(brand.ctx, where=ConversationFilter(channel="sms"))
    assert (same.messages, port is not None) == (1, True)


def test_the_page_opens_by_number_and_address_or_phone_and_takes_a_question(brand: Brand) -> None:
    order_id, parcel_id = leave(brand)
    order = order_queries.get(brand.ctx, id=order_id).order
    for contact in (order.email, "010 1234 5678", "+82 10-1234-5678"):
        answer = Client().post("/t/", {"number": order.name, "contact": contact, "show": "1"})
        assert (answer.status_code, answer.headers["Location"].startswith("/t/")) == (302, True), contact
    name = order.name
    for number, contact in ((name, "other@example.com"), (name, "010-9999-9999"), ("#nope", order.email), (name, "8")):
        assert Client().post("/t/", {"number": number, "contact": contact, "show": "1"}).status_code == 422

    link = "/t/" + notify.tracking_link(brand.ctx, order_id=order_id).partition("/t/")[2]
    page = Client().get(f"{link}?language=en").content
    assert len(page) < 30_000
    asked = Client().post(f"{link}question/?language=en", {"text": "Can you leave it at the door?", "wish": "w1"})
    again = Client().post(f"{link}question/?language=en", {"text": "Can you leave it at the door?", "wish": "w1"})
    assert (asked.status_code, again.status_code) == (302, 302)
    [talk] = inbox.list_conversations(brand.ctx, where=ConversationFilter())
    assert (talk.order_id, talk.messages, talk.contact_address) == (order_id, 1, order.email)
    assert Client().get(f"{link}picture/999999/").status_code == 404
    assert parcels.get_parcel(brand.ctx, parcel_id=parcel_id).order_id == order_id
