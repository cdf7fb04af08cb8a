"""The common knobs of a policy, and the rules that they stand for, both ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import QueryDict

from doorstep.base import money
from doorstep.base.money import Money
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.returns.policies import PolicyRule
from doorstep.returns.rules import FIELDS
from doorstep.returns.values import OFFERED, Action, Outcome, Timing

FINAL_SALE = gettext_noop("Final sale")
CATEGORY = gettext_noop("Not taken back in this category")
OVER = gettext_noop("The return window is over")
DEAR = gettext_noop("Items of high value")
OFTEN = gettext_noop("A customer who returns much")
WITHIN = gettext_noop("Within the return window")
MOST_DAYS = 3650
NOT_DAYS = gettext_noop("Write whole days between 1 and 3650.")
NOT_AMOUNT = gettext_noop("Write an amount above zero, or leave it empty.")
NOT_SHARE = gettext_noop("Write a share between 1 and 100 %, or leave it empty.")
NO_OUTCOME = gettext_noop("Offer at least one outcome.")
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
    """The knobs that stand for a policy; None where it says more than they can.

    The policy that every brand begins with says the same in another order.
    """
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
    """What rules do, whatever they are called; what is refused does not ask about outcomes."""
    return sorted(
        (str(rule.when), rule.action.value, *(() if rule.action is Action.REJECT else _gives(rule))) for rule in policy
    )


def _gives(rule: PolicyRule) -> tuple[Any, ...]:
    return (
        rule.timing.value, rule.free_label, rule.keep_item,
        ",".join(sorted(outcome.value for outcome in rule.outcomes)),
    )  # fmt: skip


def read(post: QueryDict, *, currency: str) -> Knobs:
    """The knobs of a form.  Refuses: what is no number of days, no amount, no share, and a policy that offers nothing."""
    outcomes = tuple(outcome for outcome in OFFERED if outcome.value in post.getlist("outcome"))
    if not outcomes:
        raise _bad("outcome", NO_OUTCOME)
    days = post.get("days", "").strip()
    if not (days.isascii() and days.isdecimal() and 0 < int(days[:9]) <= MOST_DAYS):
        raise _bad("days", NOT_DAYS)
    timing = post.get("timing", "")
    return Knobs(
        days=int(days), free_label=bool(post.get("free_label")),
        timing=Timing(timing) if timing in set(Timing) else Timing.ON_INSPECTION, final_sale=bool(post.get("final_sale")),
        review_value=_amount(post.get("review_value", "").strip(), currency),
        review_rate=_share(post.get("review_rate", "").strip()),
        categories=tuple(dict.fromkeys(c.strip()[:200] for c in post.getlist("category") if c.strip()))[:100], outcomes=outcomes,
    )  # fmt: skip


def _amount(text: str, currency: str) -> Money | None:
    if not text:
        return None
    try:
        found = money.parse(text.replace(",", ""), currency)
    except Refused:
        raise _bad("review_value", NOT_AMOUNT) from None
    if found.minor <= 0:
        raise _bad("review_value", NOT_AMOUNT)
    return found


def _share(text: str) -> Decimal | None:
    if not text:
        return None
    try:
        found = Decimal(text.rstrip("% "))
    except InvalidOperation:
        raise _bad("review_rate", NOT_SHARE) from None
    if not (found.is_finite() and 1 <= found <= 100):
        raise _bad("review_rate", NOT_SHARE)
    return found


def _bad(name: str, problem: str) -> Refused:
    return Refused(INVALID, {"field": name, "problem": problem})
