"""Refusals say states as pages show them, never by the word that the database keeps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from django.utils import translation

from doorstep.base import problems
from doorstep.base.refusals import ILLEGAL_MOVE, LOST_RACE, Refused
from doorstep.base.states import Machine
from doorstep.fulfilment.values import PICK_LISTS, PRINTS
from doorstep.inbox.rules import CONVERSATIONS
from doorstep.inbox.values import ConversationState
from doorstep.orders.rules import FULFILMENT_ORDERS, ORDERS, PAYMENTS
from doorstep.orders.values import WRONG_STATE, FulfilmentState
from doorstep.payments.values import CALLS
from doorstep.returns.values import DECISIONS, GOODS
from doorstep.shipping.values import LABELS, PARCELS
from doorstep.web.parts import states
from doorstep.web.parts.pages import words_of

MACHINES: list[Machine[Any]] = [
    ORDERS, FULFILMENT_ORDERS, PAYMENTS, PARCELS, LABELS, PICK_LISTS, PRINTS, CALLS, CONVERSATIONS, DECISIONS, GOODS,
]  # fmt: skip


def said(refusal: Any, facts: Mapping[str, object], language: str) -> tuple[str, str]:
    """What a page says, and what the API does."""
    refused = Refused(refusal, facts)
    with translation.override(language):
        page = words_of(refused)[0]
    return page, str(problems.document(refused, language=language, trace="t")["detail"])


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: str(machine.what))
def test_every_state_of_every_machine_has_a_word(machine: Machine[Any]) -> None:
    every = {*machine.moves, *(to for targets in machine.moves.values() for to in targets)}

    assert [state for state in every if not states.called(machine.what, state)] == []


def test_the_words_of_one_thing_never_mean_two_states() -> None:
    for what, kinds in states.OF_REFUSALS.items():
        known = [state for kind in kinds for state in states.LOOKS[kind]]
        assert len(known) == len(set(known)), what


@pytest.mark.parametrize(
    ("language", "says"),
    [("en", "This conversation is “Snoozed” and cannot become “Snoozed”."),
     ("ko", "대화: “미룸” 상태에서 “미룸” 상태로 바꿀 수 없습니다.")],
)  # fmt: skip
def test_a_move_that_cannot_be_is_refused_in_words_on_pages_and_over_the_api(language: str, says: str) -> None:
    with pytest.raises(Refused) as refused:
        CONVERSATIONS.require(ConversationState.SNOOZED, ConversationState.SNOOZED)

    assert refused.value.facts == {"what": "conversation", "was": "snoozed", "to": "snoozed"}
    assert said(ILLEGAL_MOVE, refused.value.facts, language) == (says, says)


def test_words_survive_a_report_that_was_kept() -> None:
    facts = {"order": "#1", "state": FulfilmentState.PARTIALLY_FULFILLED, "what": "order"}
    kept = json.loads(json.dumps(facts))

    assert said(WRONG_STATE, kept, "en")[0] == "Order #1 is “Partially fulfilled”; this is not possible now."


def test_what_no_page_knows_is_said_as_it_is() -> None:
    assert said(WRONG_STATE, {"order": "#1", "state": "?", "what": "fulfilment order"}, "en")[1] == (
        "Order #1 is “?”; this is not possible now."
    )
    assert said(LOST_RACE, {"what": "order"}, "en")[0] == "Somebody else changed this order a moment ago."


def test_a_parcel_that_has_left_is_not_said_to_have_only_a_label() -> None:
    said = [("labelled", "pre_transit"), ("handed_over", "pre_transit"), ("handed_over", "unknown"), ("handed_over", "in_transit")]
    with translation.override("en"):
        assert [str(states.of_parcel(*one).word) for one in said] == ["Labelled", "Handed over", "Unknown", "In transit"]


def test_what_waits_is_not_called_what_is_under_way() -> None:
    with translation.override("ko"):
        words = [states.word_of(kind, "open") for kind in ("order", "fulfilment_order")]
    assert words[0] == "진행 중"
    assert words[1] != words[0]
