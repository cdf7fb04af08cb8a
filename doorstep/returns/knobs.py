"""The common knobs of a policy, and the rules that they stand for, both ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from doorstep.base.money import Money
from doorstep.base.words import gettext_noop
from doorstep.returns.rules import FIELDS
from doorstep.returns.values import OFFERED, Action, Outcome, PolicyRule, Timing

FINAL_SALE = gettext_noop("Final sale")
CATEGORY = gettext_noop("Not taken back in this category")
OVER = gettext_noop("The return window is over")
DEAR = gettext_noop("Items of high value")
OFTEN = gettext_noop("A customer who returns much")
WITHIN = gettext_noop("Within the return window")
DAYS, RATE, VALUE = "days_since_delivery", "customer_return_rate", "item_value"


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


def rules_of(knobs: Knobs) -> list[PolicyRule]:
    """The rules in the order that they need: what is refused, what a person looks at, what is approved."""
    found = []
    if knobs.final_sale:
        found.append(PolicyRule(FINAL_SALE, _test("final_sale", "is", True), Action.REJECT))
    if knobs.categories:
        found.append(PolicyRule(CATEGORY, _test("category", "one_of", list(knobs.categories)), Action.REJECT))
    found.append(PolicyRule(OVER, _test(DAYS, "more_than", knobs.days), Action.REJECT))
    value, rate = knobs.review_value, knobs.review_rate
    if value is not None:
        wanted = {"minor": value.minor, "currency": value.currency}
        found.append(_rule(knobs, DEAR, _test(VALUE, "more_than", wanted), Action.REVIEW))
    if rate is not None:
        found.append(_rule(knobs, OFTEN, _test(RATE, "more_than", float(rate / 100)), Action.REVIEW))
    return [*found, _rule(knobs, WITHIN, _test(DAYS, "at_most", knobs.days), Action.APPROVE)]


def _test(name: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": FIELDS[name].name, "op": op, "value": value}


def _rule(knobs: Knobs, name: str, when: dict[str, Any], action: Action) -> PolicyRule:
    return PolicyRule(
        name, when, action, outcomes=knobs.outcomes, timing=knobs.timing, free_label=knobs.free_label
    )  # fmt: skip


def knobs_of(policy: Sequence[PolicyRule]) -> Knobs | None:
    """The knobs that stand for a policy; None where they would say anything else, be it only in another order."""
    asked = {(rule.when.get("field"), rule.when.get("op")): rule for rule in policy}
    last = asked.get((DAYS, "at_most"))
    if last is None or len(asked) != len(policy) or not isinstance(last.when["value"], int):
        return None
    value, rate, category = (
        asked.get((VALUE, "more_than")),
        asked.get((RATE, "more_than")),
        asked.get(("category", "one_of")),
    )
    knobs = Knobs(
        days=last.when["value"], free_label=last.free_label, timing=last.timing, final_sale=("final_sale", "is") in asked,
        review_value=Money(**value.when["value"]) if value else None,
        review_rate=Decimal(str(rate.when["value"])) * 100 if rate else None,
        categories=tuple(category.when["value"]) if category else (), outcomes=last.outcomes,
    )  # fmt: skip
    return knobs if _means(rules_of(knobs)) == _means(policy) else None


def _means(policy: Sequence[PolicyRule]) -> list[tuple[Any, ...]]:
    """What rules do one after the other, whatever they are called; what is refused does not ask about outcomes."""
    return [
        (rule.when, rule.action.value, *(() if rule.action is Action.REJECT else _gives(rule))) for rule in policy
    ]


def _gives(rule: PolicyRule) -> tuple[Any, ...]:
    return (
        rule.timing.value, rule.free_label, rule.keep_item,
        ",".join(sorted(outcome.value for outcome in rule.outcomes)),
    )  # fmt: skip
