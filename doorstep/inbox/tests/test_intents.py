"""A question for an order is answered only where nobody could read it otherwise."""

from __future__ import annotations

import time

import pytest

from doorstep.inbox.intents import ORDER_STATUS, classify_contact, intent_of

ASKS = {
    "Where is my order?": "where",
    "Could you tell me where my order is?": "where",
    "Dear team, could you tell me the status of order 1002? Thank you, Anna": "state",
    "Any update on my order?": "state",
    "When will my order arrive?": "when",
    "Has my order shipped yet?": "sent",
    "Hi, I ordered two weeks ago and still haven't received anything.": "not_here",
    "My parcel still has not arrived. It was due on Monday.": "not_here",
    "Tracking says delivered but I don't have it": "not_found",
    "My tracking hasn't updated in 5 days": "stuck",
    "The tracking link you sent is invalid": "number",
    "배송 언제 오나요?": "when",
    "배송언제와요ㅠㅠ": "when",
    "택베 어디쯤 왓나요": "where",
    "주문한 지 일주일인데 아직도 안 왔어요": "not_here",
    "배송완료라고 뜨는데 문앞에 없어요": "not_found",
    "옥천허브에서 3일째 멈춰 있어요": "stuck",
    "안녕하세요. 배송 현황 확인 부탁드립니다.": "state",
}
NEAR_MISSES = {
    "Where is my refund for the parcel?": "money",
    "What is the tracking number of my return?": "return",
    "Where is my order? I want to cancel it.": "cancel",
    "If my order does not arrive by Friday, I will order elsewhere": "condition",
    "Where is my order and can I change the address?": "change",
    "If I order today, when will my order arrive?": "before_ordering",
    "When does my parcel usually arrive?": "in_general",
    "I received my order, where is the parcel with the cable?": "came",
    "I am not asking where my order is": "denial",
    "Last time my order was late": "past",
    "Where is my package? Also, do you sell it in red?": "another_wish",
    "Where is this product made?": "goods_question",
    "I haven't received my order confirmation": "answer",
    "My order has not arrived and I want my money back": "money",
    "Where is my order? I want to talk to a human": "person",
    "I won't be home, when will my order arrive?": "handover",
    "반품 택배 언제 오나요": "return",
    "반품 송장번호 알려주세요": "return",
    "교환품 회수 언제 오나요": "return",
    "환불은 언제 되나요, 물건 언제 가져가요": "no_rule",
    "아직도 안 왔는데 택배 취소해 주세요": "cancel",
    "지금 주문하면 배송 언제 오나요": "before_ordering",
    "배송 보통 언제 오나요": "in_general",
    "택배 받았는데 배송완료가 아직 안 떠요. 배송조회 확인 부탁드려요": "came",
    "재입고 언제 와요": "stock",
    "사은품은 언제 오나요": "gift",
    "답변이 언제 와요": "answer",
    "수리 맡긴 물건 언제 오나요": "repair",
    "택배 언제 와요? 오면 경비실에 맡겨주세요": "change",
    "택배가 안 오면 고소합니다. 택배 어디쯤인가요": "condition",
    "배송 언제 오는지 물어본 게 아니라 사이즈를 물어봤어요": "denial",
    "택배 안 와도 돼요": "denial",
    "제품 언제 출시되고 언제 배송되나요": "goods_question",
    "매장 언제 오픈하나요": "no_rule",
    "송장번호 보내드립니다 1234": "no_rule",
}


@pytest.mark.parametrize(("text", "why"), ASKS.items())
def test_who_asks_for_an_order_is_understood(text: str, why: str) -> None:
    verdict = intent_of(text)

    assert (verdict.intent, verdict.why) == (ORDER_STATUS, why)
    assert classify_contact(text)


@pytest.mark.parametrize(("text", "why"), NEAR_MISSES.items())
def test_a_near_miss_is_left_to_a_person(text: str, why: str) -> None:
    verdict = intent_of(text)

    assert (verdict.intent, verdict.why) == (None, why)


def test_a_long_letter_is_left_to_a_person() -> None:
    assert intent_of("Where is my order? " + "I bought it for my sister, who likes blue. " * 15).why == "long"


def test_a_language_we_do_not_speak_is_left_to_a_person() -> None:
    assert intent_of("Wo ist meine order? Where is my order", language="de").why == "language"
    assert intent_of("注文はどこですか").why == "language"
    assert not classify_contact("注文はどこですか")


def test_nothing_said_is_no_question() -> None:
    assert intent_of("").intent is None
    assert intent_of("???").intent is None


def test_a_second_wish_keeps_a_question_a_contact() -> None:
    assert classify_contact("Where is my order? I want to cancel it.")
    assert classify_contact("아직도 안 왔는데 취소해 주세요")


def test_what_is_on_its_way_back_is_no_contact_about_an_order() -> None:
    assert not classify_contact("반품 택배 언제 오나요")
    assert not classify_contact("Where is my refund for the parcel?")
    assert not classify_contact("지금 주문하면 언제 와요?")


HOSTILE = ["where is my ", "not ", "order", "주문", "배송 ", "아직 ", "어디", "a", " ", "\n", "1-", "track my ", "have you sent "]


@pytest.mark.parametrize("unit", HOSTILE)
def test_half_a_megabyte_of_one_question_froze_the_worker(unit: str) -> None:
    text = (unit * 500_000)[:500_000]
    began = time.process_time()
    classify_contact(text)
    intent_of(text)
    assert time.process_time() - began < 1
