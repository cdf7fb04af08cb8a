"""The common knobs of a policy, and the rules that they stand for, both ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from doorstep.base.money import Money
from doorstep.base.words import gettext_noop
from doorstep.returns.policies import PolicyRule
from doorstep.returns.reasons import NOT_CHOSEN, Reason
from doorstep.returns.rules import FIELDS
from doorstep.returns.values import OFFERED, Action, Outcome, Timing

FINAL_SALE = gettext_noop("Final sale")
CATEGORY = gettext_noop("Not taken back in this category")
OVER = gettext_noop("The return window is over")
ASKED = gettext_noop("A question comes first")
DEAR = gettext_noop("Items of high value")
OFTEN = gettext_noop("A customer who returns much")
WITHIN = gettext_noop("Within the return window")
DAYS, RATE, VALUE = "days_since_delivery", "customer_return_rate", "item_value"
MOST_ASKS = 10
TO_CHOOSE = tuple(reason for reason in Reason if reason not in NOT_CHOSEN)
Test = Mapping[str, Any]
Tests = Mapping[tuple[Any, Any], Any]


@dataclass(frozen=True, slots=True)
class Ask:
    """A question, in one language or in both, and when it is asked: where everything named here holds; with nothing, always.

    Units: `days` since delivery and `rate` in per cent, both to be exceeded.
    """

    question: str = ""
    question_ko: str = ""
    reasons: tuple[Reason, ...] = ()
    categories: tuple[str, ...] = ()
    final_sale: bool = False
    days: int | None = None
    value: Money | None = None
    rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Knobs:
    """What most brands want to say.  Units: `review_rate` in per cent; None leaves a rule out."""

    days: int = 30
    free_label: bool = True
    timing: Timing = Timing.ON_INSPECTION
    final_sale: bool = True
    review_value: Money | None = None
    review_rate: Decimal | None = None
    categories: tuple[str, ...] = ()
    outcomes: tuple[Outcome, ...] = field(default=OFFERED)
    asks: tuple[Ask, ...] = ()

    @property
    def currencies(self) -> set[str]:
        """Those in which it names amounts."""
        amounts = [self.review_value, *(ask.value for ask in self.asks)]
        return {amount.currency for amount in amounts if amount is not None}


def rules_of(knobs: Knobs) -> list[PolicyRule]:
    """The rules in the order that they need: what is refused, what is asked, what a person looks at, what is approved."""
    found = []
    if knobs.final_sale:
        found.append(PolicyRule(FINAL_SALE, _test("final_sale", "is", True), Action.REJECT))
    if knobs.categories:
        found.append(PolicyRule(CATEGORY, _test("category", "one_of", list(knobs.categories)), Action.REJECT))
    found.append(PolicyRule(OVER, _test(DAYS, "more_than", knobs.days), Action.REJECT))
    found += [_asking(knobs, ask) for ask in knobs.asks]
    if knobs.review_value is not None:
        found.append(_rule(knobs, DEAR, _dearer_than(knobs.review_value), Action.REVIEW))
    if knobs.review_rate is not None:
        found.append(_rule(knobs, OFTEN, _more_often_than(knobs.review_rate), Action.REVIEW))
    return [*found, _rule(knobs, WITHIN, _test(DAYS, "at_most", knobs.days), Action.APPROVE)]


def _asking(knobs: Knobs, ask: Ask) -> PolicyRule:
    tests = []
    if ask.reasons:
        tests.append(_test("reason", "one_of", [reason.value for reason in ask.reasons]))
    if ask.categories:
        tests.append(_test("category", "one_of", list(ask.categories)))
    if ask.final_sale:
        tests.append(_test("final_sale", "is", True))
    if ask.days is not None:
        tests.append(_test(DAYS, "more_than", ask.days))
    if ask.value is not None:
        tests.append(_dearer_than(ask.value))
    if ask.rate is not None:
        tests.append(_more_often_than(ask.rate))
    when = tests[0] if len(tests) == 1 else {"all": tests}
    return _rule(knobs, ASKED, when, Action.ASK, question=ask.question, question_ko=ask.question_ko)


def _test(name: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": FIELDS[name].name, "op": op, "value": value}


def _dearer_than(amount: Money) -> dict[str, Any]:
    return _test(VALUE, "more_than", {"minor": amount.minor, "currency": amount.currency})


def _more_often_than(rate: Decimal) -> dict[str, Any]:
    return _test(RATE, "more_than", float(rate / 100))


def _rule(
    knobs: Knobs, name: str, when: dict[str, Any], action: Action, *, question: str = "", question_ko: str = ""
) -> PolicyRule:
    return PolicyRule(
        name, when, action, question, knobs.outcomes, knobs.timing, knobs.free_label, question_ko=question_ko
    )  # fmt: skip


def knobs_of(policy: Sequence[PolicyRule]) -> Knobs | None:
    """The knobs that stand for a policy; None where they would say anything else, be it only in another order."""
    asks = [_ask_of(rule) for rule in policy if rule.action is Action.ASK]
    decide = [rule for rule in policy if rule.action is not Action.ASK]
    tests: Tests = {(rule.when.get("field"), rule.when.get("op")): rule.when.get("value") for rule in decide}
    if (DAYS, "at_most") not in tests or len(tests) != len(decide) or len(asks) > MOST_ASKS:
        return None
    days, last = _days_of(tests, "at_most"), decide[-1]
    if days is None:
        return None
    knobs = Knobs(
        days=days, free_label=last.free_label, timing=last.timing, final_sale=("final_sale", "is") in tests,
        review_value=_value_of(tests), review_rate=_rate_of(tests), categories=tuple(tests.get(("category", "one_of"), ())),
        outcomes=last.outcomes, asks=tuple(asks),
    )  # fmt: skip
    return knobs if _means(rules_of(knobs)) == _means(policy) else None


def _ask_of(rule: PolicyRule) -> Ask:
    """What of a rule that asks a form can say; whatever more it says is not in it."""
    parts = rule.when.get("all", [rule.when])
    tests: Tests = {(part.get("field"), part.get("op")): part.get("value") for part in parts}
    asked = tests.get(("reason", "one_of"), ())
    return Ask(
        rule.question, rule.question_ko, tuple(reason for reason in TO_CHOOSE if reason.value in asked),
        tuple(tests.get(("category", "one_of"), ())), tests.get(("final_sale", "is"), False), _days_of(tests, "more_than"),
        _value_of(tests), _rate_of(tests),
    )  # fmt: skip


def _days_of(tests: Tests, op: str) -> int | None:
    found = tests.get((DAYS, op))
    return found if isinstance(found, int) else None


def _value_of(tests: Tests) -> Money | None:
    found = tests.get((VALUE, "more_than"))
    return Money(**found) if found else None


def _rate_of(tests: Tests) -> Decimal | None:
    found = tests.get((RATE, "more_than"))
    return None if found is None else Decimal(str(found)) * 100


def _means(policy: Sequence[PolicyRule]) -> list[tuple[Any, ...]]:
    """What rules do one after the other, whatever they are called; what is refused does not ask about outcomes."""
    return [
        (_plain(rule.when), rule.action.value, *(() if rule.action is Action.REJECT else _gives(rule))) for rule in policy
    ]


def _plain(when: Test) -> Test:
    """A condition with the reasons of a list in one order, which means the same."""
    if "all" in when:
        return {"all": [_plain(part) for part in when["all"]]}
    if when.get("field") == "reason" and isinstance(when["value"], list):
        return {**when, "value": sorted(when["value"])}
    return when


def _gives(rule: PolicyRule) -> tuple[Any, ...]:
    asked = (rule.question, rule.question_ko) if rule.action is Action.ASK else ()
    return (
        rule.timing.value, rule.free_label, rule.keep_item, *asked,
        ",".join(sorted(outcome.value for outcome in rule.outcomes)),
    )  # fmt: skip
