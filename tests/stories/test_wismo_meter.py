"""Every contact is classed, and the figure says what it is made of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from doorstep.base import db
from doorstep.flows import answer_wismo, chat, ship, wismo_meter
from doorstep.flows.chat import Visitor
from doorstep.inbox import actions as inbox
from doorstep.inbox import queries
from doorstep.shipping import queries as parcels
from doorstep.worker.dispatch import drain
from tests.api.conftest import Api, make_key
from tests.factories import Brand, draft, make_brand, packed, place, signed_in
from tests.floor import buy_label

pytestmark = pytest.mark.django_db


def now(brand: Brand) -> Brand:
    return replace(brand, ctx=replace(brand.ctx, now=datetime.now(UTC)))


def asks(brand: Brand, order_id: int, text: str, language: str = "en", visitor: Visitor | None = None) -> Visitor:
    """Somebody writes on the page of an order; again in the same conversation, where it is the same visitor."""
    brand = now(brand)
    who = visitor or chat.of_order(brand.ctx, order_id=order_id)
    return chat.say(brand.ctx, visitor=who, text=text, client_id=text, language=language)


def story(brand: Brand, **later: float) -> wismo_meter.Story:
    until = datetime.now(UTC) + timedelta(**later)
    return wismo_meter.story(replace(brand.ctx, now=until), since=until - timedelta(days=28), until=until)


@pytest.mark.usefixtures("those_days")
def test_the_figure_says_by_which_way_they_asked_and_what_they_had_been_told() -> None:
    brand = make_brand()
    [parcel] = packed(brand.ctx, draft(external_id="A1"))
    buy_label(brand, parcel)
    ship.hand_over(brand.ctx, parcel_ids=[parcel])
    wishes = [draft(external_id=name, email=f"{name}@example.com") for name in ("B1", "C1", "D1")]
    [waiting, quiet, other] = place(brand.ctx, *wishes)
    drain()
    db.execute("DELETE FROM messaging_notice WHERE order_id = %s", [quiet])
    asks(brand, parcels.get_parcel(brand.ctx, parcel_id=parcel).order_id, "Where is my order?")
    asks(brand, waiting, "주문한 상품 언제 와요?", "ko")
    asks(brand, quiet, "Where is my package?")
    visitor = asks(brand, other, "Can you gift-wrap it?")
    asks(brand, other, "Где мой заказ?", visitor=visitor)
    drain()

    found = story(brand, minutes=1)
    assert (found.meter.contacts, found.meter.wismo, found.meter.shipments) == (4, 3, 1)
    assert [(one.channel, one.contacts, one.wismo, one.unread) for one in found.channels] == [("chat", 4, 3, 1)]
    assert dict(found.told) == {"confirmed": 1, "shipped": 1, "nothing": 1}

    told = Api(brand, make_key(brand)).get("/promises/wismo").json()
    assert (told["wismo"], told["contacts"], told["per_100"]) == (3, 4, 300.0)
    assert {line["notice"]: line["wismo"] for line in told["told_before"]} == dict(found.told)
    client = signed_in(brand.ctx)
    assert "/promises/wismo/" in client.get("/").content.decode()
    page = client.get("/promises/wismo/").content.decode()
    assert ("3 contacts ÷ 1 shipments × 100" in page, "Nothing had been told" in page) == (True, True)


def test_what_was_taken_out_of_the_spam_is_classed_after_all() -> None:
    brand = make_brand()
    [order_id] = place(brand.ctx, draft())
    visitor = asks(brand, order_id, "Hello")
    drain()
    [talk] = queries.list_conversations(brand.ctx, where=queries.ConversationFilter())
    inbox.mark_spam(now(brand).ctx, conversation_id=talk.id, version=talk.version, is_spam=True)
    asks(brand, order_id, "Where is my order?", visitor=visitor)
    drain()
    [talk] = queries.list_conversations(brand.ctx, where=queries.ConversationFilter(view="spam"))
    inbox.mark_spam(now(brand).ctx, conversation_id=talk.id, version=talk.version, is_spam=False)
    drain()
    assert (story(brand, minutes=20).meter.wismo, story(brand, minutes=20).unclassed) == (0, 1)
    later = replace(brand.ctx, now=datetime.now(UTC) + timedelta(minutes=20))
    assert [answer_wismo.class_missed(later) for _ in range(2)] == [1, 0]
    assert (story(brand, minutes=20).meter.wismo, story(brand, minutes=20).unclassed) == (1, 0)
