"""A visitor talks with the brand from any page, and nobody else hears it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from doorstep.accounts import queries as accounts
from doorstep.base import tokens
from doorstep.base.refusals import Refused
from doorstep.flows import answer, chat
from doorstep.flows.chat import Visitor
from doorstep.flows.notify import TRACKING
from doorstep.inbox import actions as inbox
from doorstep.messaging import queries as messaging
from doorstep.web.chat import stream as stream_of
from doorstep.web.chat.stream import stream
from doorstep.web.chat.views import MESSAGES_OF_ONE, SCRIPT
from doorstep.web.live.hub import hub
from doorstep.worker.dispatch import drain
from tests.factories import NOW, Brand, draft, make_brand, place
from tests.mails import as_agent, bring, conversations, mail, said

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("chat")]


@pytest.fixture(autouse=True)
def _quiet_cache(db: None) -> None:
    cache.clear()


def post(path: str, body: dict[str, str], *, status: int = 200) -> dict[str, Any]:
    response = Client(enforce_csrf_checks=True).post(f"/chat/{path}", json.dumps(body), content_type="text/plain")
    assert response.status_code == status, response.content
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    found: dict[str, Any] = response.json()
    return found


def begin(brand: Brand, **more: str) -> str:
    slug = accounts.organisation(brand.ctx).slug
    return str(post("begin", {"brand": slug, **more})["token"])


def say(token: str, text: str, client_id: str = "1", **more: str) -> str:
    return str(post("say", {"token": token, "text": text, "client_id": client_id, "language": "en", **more})["token"])


def heard(visitor: Visitor, after: int = 0) -> list[dict[str, Any]]:
    """What the stream tells in a moment."""

    async def collect() -> bytes:
        return b"".join([part async for part in stream(visitor, after, lifetime_s=0.2)])

    frames = asyncio.run(collect()).decode().split("\n\n")
    return [json.loads(frame.split("data: ")[1]) for frame in frames if "data: " in frame]


def test_a_message_opens_a_conversation_that_the_inbox_shows() -> None:
    brand = make_brand()

    say(begin(brand), "Do you have it in blue?")

    [row] = conversations(brand.ctx)
    assert (row.channel, row.state, row.preview, row.order_id) == ("chat", "open", "Do you have it in blue?", None)
    assert row.waiting_since is not None


def test_sent_again_after_a_lost_answer_it_stands_once() -> None:
    brand = make_brand()
    token = begin(brand)

    first, again = say(token, "Hello", "a"), say(token, "Hello", "a")

    [row] = conversations(brand.ctx)
    assert row.messages == 1
    assert chat.visitor_of(first) == chat.visitor_of(again)
    say(again, "Hello", "b")
    assert [m.text for m in said(brand.ctx, row.id)] == ["Hello", "Hello"]


def test_the_stream_tells_answers_and_resumes_after_the_last_line() -> None:
    brand = make_brand()
    visitor = chat.visitor_of(say(begin(brand), "Hello"))
    [row] = conversations(brand.ctx)
    inbox.note(as_agent(brand.ctx), conversation_id=row.id, version=row.version, text="A regular.")
    [row] = conversations(brand.ctx)
    answer.reply(as_agent(brand.ctx), conversation_id=row.id, version=row.version, text="Hi!", wish="1")

    first, second = heard(visitor)

    assert (first["mine"], first["text"]) == (True, "Hello")
    assert (second["mine"], second["name"], second["text"]) == (False, "Harin", "Hi!")
    assert heard(visitor, first["n"]) == [second]
    assert heard(visitor, second["n"]) == []


def test_a_stranger_with_a_made_up_token_neither_speaks_nor_hears() -> None:
    brand = make_brand()
    token = say(begin(brand), "Hello")
    forged = token[:-2] + ("aa" if token[-2:] != "aa" else "bb")

    assert post("say", {"token": forged, "text": "I am them"}, status=404)["code"] == "link_invalid"
    assert Client().get("/chat/hear", {"token": forged}).status_code == 404
    assert Client().get("/chat/hear", {"token": tokens.make(TRACKING, [1, 1])}).status_code == 404
    assert conversations(brand.ctx)[0].messages == 1


def test_another_visitor_hears_nothing_of_it() -> None:
    brand = make_brand()
    say(begin(brand), "My secret")

    other = chat.visitor_of(say(begin(brand), "Hello"))

    assert [line["text"] for line in heard(other)] == ["Hello"]
    assert len({row.customer_id for row in conversations(brand.ctx)}) == 2


def test_before_the_first_message_there_is_nothing_to_hear() -> None:
    brand = make_brand()

    assert Client().get("/chat/hear", {"token": begin(brand)}).status_code == 204
    assert conversations(brand.ctx) == []


def test_who_is_here_is_answered_here_and_who_is_gone_by_mail() -> None:
    brand = make_brand()
    token = say(begin(brand), "Hello")
    visitor = chat.visitor_of(token)
    told = post("address", {"token": token, "address": " Yuna@Example.com "})
    assert told["has_address"]
    heard(visitor)
    [row] = conversations(brand.ctx)
    answer.reply(as_agent(brand.ctx), conversation_id=row.id, version=row.version, text="Hi!", wish="1")
    assert messaging.messages_of(brand.ctx, timelines=[row.timeline]) == []

    cache.clear()
    [row] = conversations(brand.ctx)
    answer.reply(as_agent(brand.ctx), conversation_id=row.id, version=row.version, text="Still there?", wish="2")

    [mailed] = messaging.messages_of(brand.ctx, timelines=[row.timeline])
    assert (mailed.to_address, mailed.text) == ("yuna@example.com", "Still there?\n")
    bring(brand.ctx, mail("By mail now", sender="yuna@example.com", in_reply_to=mailed.message_id))
    [row] = conversations(brand.ctx)
    assert [line["text"] for line in heard(visitor)][-2:] == ["Still there?", "By mail now"]


def test_an_orders_own_page_asks_for_no_address_since_the_order_knows_it() -> None:
    brand = make_brand()
    [order_id] = place(brand.ctx, draft(email="yuna@example.com"))
    token = begin(brand, order=tokens.make(TRACKING, [brand.ctx.organisation_id, order_id]))

    slug = accounts.organisation(brand.ctx).slug
    assert post("begin", {"brand": slug, "token": token})["has_address"]
    told = post("say", {"token": token, "text": "Where is it?", "client_id": "1"})

    assert told["has_address"]
    [row] = conversations(brand.ctx)
    assert (row.order_id, row.contact_address) == (order_id, "yuna@example.com")
    answer.reply(as_agent(brand.ctx), conversation_id=row.id, version=row.version, text="On its way.", wish="1")
    [mailed] = messaging.messages_of(brand.ctx, timelines=[row.timeline])
    assert (mailed.to_address, mailed.text) == ("yuna@example.com", "On its way.\n")


def test_who_left_before_the_answer_was_shown_gets_it_by_mail_once() -> None:
    brand = make_brand()
    token = say(begin(brand), "Hello")
    visitor = chat.visitor_of(token)
    post("address", {"token": token, "address": "yuna@example.com"})
    heard(visitor)
    for text, is_shown in (("Hi!", True), ("One moment", False)):
        [row] = conversations(brand.ctx)
        answer.reply(as_agent(brand.ctx), conversation_id=row.id, version=row.version, text=text, wish=text)
        if is_shown:
            heard(visitor)

    answer.mail_unseen(replace(brand.ctx, now=NOW + timedelta(minutes=2)))
    assert messaging.messages_of(brand.ctx, timelines=[row.timeline]) == []

    cache.clear()
    for minutes in (2, 3):
        answer.mail_unseen(replace(brand.ctx, now=NOW + timedelta(minutes=minutes)))
    [mailed] = messaging.messages_of(brand.ctx, timelines=[row.timeline])
    assert (mailed.to_address, mailed.text) == ("yuna@example.com", "One moment\n")


def test_an_address_proves_nothing_about_whose_it_is() -> None:
    brand = make_brand()
    place(brand.ctx, draft())
    token = say(begin(brand), "Where is my order?")

    post("address", {"token": token, "address": "minseo@example.com"})
    drain()

    assert [m.direction for m in said(brand.ctx, conversations(brand.ctx)[0].id)] == ["in", "in"]


def test_what_is_no_address_is_refused_and_nothing_is_kept() -> None:
    brand = make_brand()
    token = say(begin(brand), "Hello")

    assert post("address", {"token": token, "address": "yuna"}, status=422)["code"] == "bad_address"
    [row] = conversations(brand.ctx)
    assert (row.contact_address, row.messages) == ("", 1)


def test_on_an_orders_page_the_order_stands_beside_the_chat() -> None:
    brand, other = make_brand(), make_brand()
    [order] = place(brand.ctx, draft())
    link = tokens.make(TRACKING, [brand.ctx.organisation_id, order])

    say(begin(brand, order=link), "Hello")

    [row] = conversations(brand.ctx)
    assert (row.order_id, row.contact_name) == (order, "김민서")
    slug = accounts.organisation(other.ctx).slug
    assert post("begin", {"brand": slug, "order": link}, status=404)["code"] == "link_invalid"


def test_who_comes_back_goes_on_in_the_same_conversation_and_an_old_token_begins_anew() -> None:
    brand = make_brand()
    token = say(begin(brand), "Hello")

    assert post("begin", {"brand": accounts.organisation(brand.ctx).slug, "token": token})["conversation"] is True
    with time_machine.travel(datetime.now(NOW.tzinfo) + timedelta(days=31)):
        told = post("begin", {"brand": accounts.organisation(brand.ctx).slug, "token": token})
    assert told["conversation"] is False


def test_hours_say_whether_somebody_is_there() -> None:
    ctx = make_brand().ctx

    assert chat.is_staffed(ctx)
    assert not chat.is_staffed(replace(ctx, now=NOW - timedelta(days=1)))  # a Sunday


def test_a_flood_is_stopped_and_says_so() -> None:
    brand = make_brand()
    token = begin(brand)
    with time_machine.travel(NOW, tick=False):
        for n in range(MESSAGES_OF_ONE):
            say(token, "Hello", str(n))
        refused = post("say", {"token": token, "text": "Hello", "client_id": "x", "language": "ko"}, status=429)

    assert refused["code"] == "too_often"


@pytest.mark.parametrize("body", ["", "[]", "{", '{"token": 7}', '{"text": "' + "x" * 20_000 + '"}'])
def test_what_cannot_be_read_is_refused(body: str) -> None:
    response = Client().post("/chat/say", body, content_type="text/plain")

    assert response.status_code in (400, 404)


def test_an_empty_message_is_refused_and_a_long_one_is_cut() -> None:
    brand = make_brand()
    token = begin(brand)

    assert post("say", {"token": token, "text": " \n "}, status=422)["code"] == "nothing_said"
    assert conversations(brand.ctx) == []
    say(token, "y" * 5000)
    assert len(said(brand.ctx, conversations(brand.ctx)[0].id)[0].text) == 2000


def test_the_script_is_small_and_may_stand_on_any_page() -> None:
    response = Client().get("/chat/widget.js?brand=x")

    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert len(response.content) == SCRIPT.stat().st_size < 30_000
    again = Client().get("/chat/widget.js", headers={"if-none-match": response.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("path", ["begin", "say", "address"])
@pytest.mark.parametrize(
    "raw",
    [
        "[" * 16_000, '{"token":' + "[" * 16_000, '{"token":"\\ud800:a:b","text":"x"}', '{"brand":"\\ud800","address":"\\ud800"}',
        '{"token":"é:a:b"}', "\x00", b"\xed\xa0\x80",
    ],
)  # fmt: skip
def test_json_that_no_page_of_ours_writes_broke_the_chat(path: str, raw: str | bytes) -> None:
    response = Client().post(f"/chat/{path}", raw, content_type="text/plain")
    assert 400 <= response.status_code < 500


def test_half_a_letter_in_any_field_broke_the_chat() -> None:
    brand = make_brand()
    token = begin(brand)

    there = say(token, "a\ud800b\x00", "1\ud800\x00")
    post("address", {"token": there, "address": "jo\ud800@b.example", "name": "\ud800", "language": "en"})

    [row] = conversations(brand.ctx)
    assert [message.text for message in said(brand.ctx, row.id)] == ["ab", "My e-mail address is jo@b.example."]


def test_each_event_of_the_house_was_a_look_that_was_written_down(monkeypatch: pytest.MonkeyPatch) -> None:
    brand = make_brand()
    visitor = chat.visitor_of(say(begin(brand), "Hello"))
    looks, reads = [], []
    real_look, real_read = chat.look, stream_of._read
    monkeypatch.setattr(chat, "look", lambda owner, id: (looks.append(id), real_look(owner, id)))
    monkeypatch.setattr(stream_of, "_read", lambda *given: (reads.append(given), real_read(*given))[1])

    async def busy() -> None:
        async def wake() -> None:
            for _ in range(20):
                hub._wake([visitor.organisation_id])
                await asyncio.sleep(0.05)

        async def read() -> None:
            async for _ in stream(visitor, 0, lifetime_s=1.2):
                pass

        await asyncio.gather(read(), wake())

    asyncio.run(busy())
    assert looks == [visitor.conversation_id]
    assert 2 <= len(reads) <= 6


def test_a_file_that_the_visitor_would_never_get_is_refused() -> None:
    brand = make_brand()
    say(begin(brand), "Hello")
    [row] = conversations(brand.ctx)
    agent = as_agent(brand.ctx)

    with pytest.raises(Refused, match="no_files_in_chat"):
        answer.reply(agent, conversation_id=row.id, version=row.version, text="See here", wish="a", upload_ids=[1])
    assert len(said(brand.ctx, row.id)) == 1
