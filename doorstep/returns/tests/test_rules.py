"""Policies: read with a path to each fault; the first rule that applies decides, and says why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.base.refusals import Refused
from doorstep.returns import rules
from doorstep.returns.values import Action, Decision, Timing
from tests.factories import NOW


def rule(**more: Any) -> dict[str, Any]:
    return {"name": "One", "when": {"all": []}, "action": "approve"} | more


def test_the_ready_made_policy_takes_back_within_thirty_days() -> None:
    def says(**facts: Any) -> Action:
        return rules.decide(rules.ready(rules.DEFAULT_POLICY), facts, answered=False).action

    assert says(final_sale=False, days_since_delivery=30) is Action.APPROVE
    assert says(final_sale=False, days_since_delivery=31) is Action.REJECT
    assert says(final_sale=True, days_since_delivery=1) is Action.REJECT
    assert says(final_sale=False) is Action.REVIEW


def test_a_policy_comes_back_exactly_from_its_json_form() -> None:
    form = rules.policy_as_json(rules.DEFAULT_POLICY)

    assert rules.policy_as_json(rules.parse_policy(form)) == form
    assert rules.parse_policy(form) == rules.DEFAULT_POLICY


@pytest.mark.parametrize(
    ("form", "path"),
    [
        ([], "rules"),
        ([rule(), {"name": "x"}], "rules[1]"),
        ([rule(action="burn")], "rules[0].action"),
        ([rule(action="ask")], "rules[0].question"),
        ([rule(outcomes=["repair"])], "rules[0].outcomes"),
        ([rule(outcomes=["gift"])], "rules[0].outcomes[0]"),
        ([rule(timing="soon")], "rules[0].timing"),
        ([rule(free_label="yes")], "rules[0].free_label"),
        ([rule(colour="red")], "rules[0]"),
        ([rule(when={"field": "days_since_delivery", "op": "is", "value": "x"})], "rules[0].when condition.value"),
    ],
)
def test_what_is_no_policy_is_refused_with_its_path(form: object, path: str) -> None:
    with pytest.raises(Refused) as refused:
        rules.parse_policy(form)
    assert (refused.value.code, refused.value.facts["path"]) == ("bad_policy", path)


def test_every_rule_that_was_looked_at_stands_in_the_trace() -> None:
    decided = rules.decide(rules.ready(rules.DEFAULT_POLICY), {"final_sale": False, "days_since_delivery": 3}, answered=False)

    assert decided.rule.name == "Within 30 days of delivery"
    assert [(r["rule"], r["explained"]["held"]) for r in decided.trace["rules"]] == [
        ("Final sale", False),
        ("More than 30 days after delivery", False),
        ("Within 30 days of delivery", True),
    ]


def test_a_question_of_blanks_is_none() -> None:
    [korean] = rules.parse_policy([rule(action="ask", question=" \n", question_ko=" 왜입니까? ")])
    [english] = rules.parse_policy([rule(action="ask", question=" Why? ", question_ko="  ")])

    assert [(r.question, r.question_ko) for r in (korean, english)] == [("", "왜입니까?"), ("Why?", "")]
    with pytest.raises(Refused, match="bad_policy"):
        rules.parse_policy([rule(action="ask", question=" ", question_ko="  ")])


def test_a_rule_that_asks_is_passed_once_its_question_is_answered() -> None:
    policy = rules.ready(rules.parse_policy([rule(action="ask", question="Why?"), rule()]))

    assert rules.decide(policy, {}, answered=False).action is Action.ASK
    assert rules.decide(policy, {}, answered=True).action is Action.APPROVE


def test_of_several_questions_only_the_first_that_holds_is_asked_and_the_later_one_is_marked() -> None:
    small = {"field": "reason", "op": "is", "value": "too_small"}
    dear = {"field": "order_tags", "op": "has_any", "value": ["dear"]}
    why, how, other = (
        rule(action="ask", question=question, when=when)
        for question, when in (("Why?", small), ("How?", {"all": [small, dear]}), ("Which?", dear))
    )
    policy = rules.parse_policy([why, how, other, rule(when={"all": []})])

    assert rules.never_reached(policy) == [False, True, False, False]
    facts = {"reason": "too_small", "order_tags": frozenset({"dear"})}
    assert rules.decide(rules.ready(policy), facts, answered=False).rule.question == "Why?"
    assert rules.decide(rules.ready(policy), facts, answered=True).action is Action.APPROVE


def test_lines_that_are_rejected_do_not_hold_up_the_others() -> None:
    assert rules.overall([Action.REJECT, Action.APPROVE]) is Decision.APPROVED
    assert rules.overall([Action.REJECT, Action.REJECT]) is Decision.DECLINED
    assert rules.overall([Action.APPROVE, Action.REVIEW]) is Decision.NEEDS_REVIEW


def test_the_last_of_several_promised_moments_counts() -> None:
    assert rules.latest([Timing.ON_RECEIPT, Timing.ON_APPROVAL]) is Timing.ON_RECEIPT


def test_withdrawal_is_for_some_countries_and_fourteen_days() -> None:
    assert rules.withdrawal("DE", NOW - timedelta(days=14), NOW) == ""
    assert rules.withdrawal("DE", NOW - timedelta(days=14, seconds=1), NOW) == rules.WITHDRAWAL_OVER
    assert rules.withdrawal("KR", NOW, NOW) == rules.NOT_IN_THE_EU


def test_the_interval_is_that_of_wilson() -> None:
    """Source: E. B. Wilson 1927; 8 of 40 at 95 % as in Agresti and Coull 1998, rounded."""
    share = rules.wilson(8, 40)

    assert (round(share.rate, 3), round(share.low, 3), round(share.high, 3)) == (0.2, 0.105, 0.348)
    assert (rules.wilson(0, 0).low, rules.wilson(0, 0).high) == (0.0, 1.0)


@given(st.integers(0, 500), st.integers(1, 500))
def test_the_interval_holds_the_share(hits: int, of: int) -> None:
    share = rules.wilson(min(hits, of), of)

    assert 0 <= share.low <= share.rate + 1e-12
    assert share.rate <= share.high + 1e-12 <= 1 + 1e-11


def test_a_finding_needs_more_than_chance() -> None:
    category = rules.wilson(100, 1000)

    assert rules.is_finding(rules.wilson(30, 100), category)
    assert not rules.is_finding(rules.wilson(2, 10), category)
