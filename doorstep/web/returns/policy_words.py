"""A policy in plain words: each rule's condition as sentences, what it does, and which rule is never reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from doorstep.returns import rules
from doorstep.returns.policies import PolicyRule
from doorstep.returns.values import Action, Outcome, Timing
from doorstep.web.parts import traces
from doorstep.web.returns import words


@dataclass(frozen=True, slots=True)
class ToldPolicyRule:
    """A rule of a policy, ready to show.  `is_never`: an earlier rule always applies where this one would."""

    name: str
    when: traces.Sentence
    state: str
    details: Sequence[str]
    is_never: bool


def told(policy: Sequence[PolicyRule]) -> list[ToldPolicyRule]:
    """A policy's rules in the order in which they are asked."""
    return [
        ToldPolicyRule(
            gettext(rule.name), traces.sentence(rule.when, _leaf), rule.action.value, _details(rule),
            is_never,
        )
        for rule, is_never in zip(policy, rules.never_reached(policy), strict=True)
    ]  # fmt: skip


def _leaf(when: Mapping[str, Any]) -> tuple[str, str]:
    return gettext(rules.FIELDS[when["field"]].says), _asked(when)


def _asked(when: Mapping[str, Any]) -> str:
    value = when["value"]
    if when["field"] == "customer_return_rate" and isinstance(value, int | float):
        return f"{value * 100:g} %"
    return traces.value_of(value, words.FIELD_WORDS.get(when["field"], {}))


def _details(rule: PolicyRule) -> list[str]:
    if rule.action is Action.ASK:
        asked = dict.fromkeys(filter(None, (gettext(rule.question) if rule.question else "", rule.question_ko)))
        return [gettext("Question: %(question)s") % {"question": question} for question in asked]
    if rule.action is Action.REJECT:
        return []
    timing = gettext("Money due %(timing)s") % {"timing": words.TIMINGS[Timing(rule.timing)]}
    label = gettext("Free label") if rule.free_label else gettext("The customer pays the way back")
    kept = gettext("The customer keeps the goods") if rule.keep_item else label
    offers = ", ".join(str(words.OUTCOMES[Outcome(outcome)]) for outcome in rule.outcomes)
    return [kept, timing, gettext("Offered: %(outcomes)s") % {"outcomes": offers}]
