"""A policy in plain words: each rule's condition as sentences, what it does, and which rule is never reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.returns import rules
from doorstep.returns.policies import PolicyRule
from doorstep.returns.values import Action, Outcome, Timing
from doorstep.web.parts import traces
from doorstep.web.returns import words

SAYS: Mapping[str, str | Promise] = {
    "is": _("%(field)s: %(asked)s"),
    "is_not": _("%(field)s: anything but %(asked)s"),
    "less_than": _("%(field)s: less than %(asked)s"),
    "at_most": _("%(field)s: at most %(asked)s"),
    "more_than": _("%(field)s: more than %(asked)s"),
    "at_least": _("%(field)s: at least %(asked)s"),
    "between": _("%(field)s: between %(asked)s"),
    "one_of": _("%(field)s: one of %(asked)s"),
    "none_of": _("%(field)s: none of %(asked)s"),
    "contains": _("%(field)s: contains %(asked)s"),
    "starts_with": _("%(field)s: begins with %(asked)s"),
    "on": _("%(field)s: %(asked)s"),
    "before": _("%(field)s: before %(asked)s"),
    "after": _("%(field)s: after %(asked)s"),
    "has": _("%(field)s: has %(asked)s"),
    "has_not": _("%(field)s: has not %(asked)s"),
    "has_any": _("%(field)s: has any of %(asked)s"),
    "has_all": _("%(field)s: has all of %(asked)s"),
    "has_none": _("%(field)s: has none of %(asked)s"),
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """One test, or a group with its parts."""

    says: str
    parts: Sequence[Sentence] = ()


@dataclass(frozen=True, slots=True)
class ToldPolicyRule:
    """A rule of a policy, ready to show.  `is_never`: an earlier rule always applies where this one would."""

    name: str
    when: Sentence
    state: str
    details: Sequence[str]
    is_never: bool


def told(policy: Sequence[PolicyRule]) -> list[ToldPolicyRule]:
    """A policy's rules in the order in which they are asked."""
    return [
        ToldPolicyRule(
            gettext(rule.name), sentence(rule.when), rule.action.value, _details(rule),
            is_never,
        )
        for rule, is_never in zip(policy, rules.never_reached(policy), strict=True)
    ]  # fmt: skip


def sentence(when: Mapping[str, Any]) -> Sentence:
    """A condition in the reader's language."""
    if "all" in when:
        parts = [sentence(part) for part in when["all"]]
        if len(parts) == 1:
            return parts[0]
        return Sentence(gettext("Each of these holds"), parts) if parts else Sentence(gettext("Always"))
    if "any" in when:
        return Sentence(gettext("One of these holds"), [sentence(part) for part in when["any"]])
    if "not" in when:
        return Sentence(gettext("This does not hold"), [sentence(when["not"])])
    return Sentence(str(SAYS[when["op"]]) % {"field": _field(when["field"]), "asked": _asked(when)})


def _field(name: str) -> str:
    return gettext(rules.FIELDS[name].says)


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
