"""The form of a policy and its rules: what it reads it says again, word for word in the same order."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from doorstep.base.money import Money
from doorstep.returns.knobs import Ask, Knobs, knobs_of, rules_of
from doorstep.returns.reasons import Reason
from doorstep.returns.rules import DEFAULT_POLICY
from doorstep.returns.values import Action, Outcome, Timing

FULL = Knobs(
    14, False, Timing.ON_RECEIPT, True, Money(25000, "EUR"), Decimal("40.0"), ("Toys",), (Outcome.STORE_CREDIT,),
    (Ask("What is broken?", "무엇이 고장 났습니까?", (Reason.DAMAGED, Reason.DEFECTIVE), value=Money(5000, "EUR")), Ask("Why?")),
)  # fmt: skip


@pytest.mark.parametrize("knobs", [Knobs(), FULL, replace(FULL, final_sale=False, review_value=None)])
def test_knobs_are_read_back_from_their_rules(knobs: Knobs) -> None:
    assert knobs_of(rules_of(knobs)) == knobs


def test_the_policy_that_every_brand_begins_with_is_the_form_as_it_stands() -> None:
    assert knobs_of(DEFAULT_POLICY) == Knobs()


def test_rules_in_another_order_decide_otherwise_and_are_not_read() -> None:
    """The first rule that holds decides: approved before a person looks at dear items, nobody ever does."""
    *others, review, approve = rules_of(Knobs(review_value=Money(25000, "EUR")))
    assert (review.action, approve.action) == (Action.REVIEW, Action.APPROVE)
    assert knobs_of([*others, approve, review]) is None


def test_rules_that_say_more_are_not_read() -> None:
    *others, approve = rules_of(Knobs())
    assert knobs_of([*others, replace(approve, keep_item=True)]) is None
    assert knobs_of([*others, replace(approve, action=Action.ASK, question="Which?")]) is None
    assert knobs_of(others) is None
    *others, approve = rules_of(Knobs(asks=(Ask("Why?"),)))
    (asked,) = [rule for rule in others if rule.action is Action.ASK]
    for more in ({"field": "sku", "op": "is", "value": "A"}, {"any": []}, {"not": {"all": []}}):
        assert knobs_of([*others[:-1], replace(asked, when={"all": [more]}), approve]) is None
    assert knobs_of([*others, approve, asked]) is None


def test_what_is_asked_is_asked_before_a_person_looks_and_after_what_is_refused() -> None:
    assert [rule.action.value for rule in rules_of(FULL)] == [
        "reject", "reject", "reject", "ask", "ask", "review", "review", "approve",
    ]  # fmt: skip
    asked, always = (rule for rule in rules_of(FULL) if rule.action is Action.ASK)
    assert asked.when == {
        "all": [
            {"field": "reason", "op": "one_of", "value": ["damaged", "defective"]},
            {"field": "item_value", "op": "more_than", "value": {"minor": 5000, "currency": "EUR"}},
        ]
    }
    assert always.when == {"all": []}
