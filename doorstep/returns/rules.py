"""Decisions about returns that need no database."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from doorstep.base import conditions
from doorstep.base.conditions import Condition, Fact, Field, Kind, is_keepable
from doorstep.base.refusals import Refused
from doorstep.base.words import gettext_noop
from doorstep.returns.policies import PolicyRule
from doorstep.returns.reasons import Reason
from doorstep.returns.refusals import BAD_POLICY, NOT_IN_THE_EU, WITHDRAWAL_OVER
from doorstep.returns.values import (
    DECISIONS,
    OFFERED,
    ON_THE_WAY,
    Action,
    Decision,
    Disposition,
    Goods,
    LineRow,
    MoneyState,
    Outcome,
    ReturnRow,
    Stated,
    Timing,
)
from doorstep.shipping.values import WITH_LABEL, ParcelRow

WITHDRAWAL_DAYS = 14
WITHDRAWAL_RULE = gettext_noop("Right of withdrawal")
EXCHANGE_RULE = gettext_noop("Came in exchange")
APPROVED_THERE_RULE = gettext_noop("Approved in the shop")
NO_RULE = gettext_noop("No rule applies")
BY_HAND = gettext_noop("Decided by a person")
# EU, EEA and the United Kingdom.  Source: Directive 2011/83/EU, art. 9; Consumer Contracts Regulations 2013, reg. 29.
WITHDRAWAL_COUNTRIES = frozenset(
    {
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT",
        "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "IS", "LI", "NO", "GB",
    }
)  # fmt: skip
FIELDS: Mapping[str, Field] = conditions.fields_of(
    [
        Field("days_since_delivery", Kind.DAYS, gettext_noop("Days since delivery")),
        Field("final_sale", Kind.BOOLEAN, gettext_noop("Final sale")),
        Field("category", Kind.TEXT, gettext_noop("Category")),
        Field("sku", Kind.TEXT, gettext_noop("SKU")),
        Field("country", Kind.TEXT, gettext_noop("Country")),
        Field("item_value", Kind.MONEY, gettext_noop("Value of the items")),
        Field("order_value", Kind.MONEY, gettext_noop("Value of the order")),
        Field("order_tags", Kind.WORDS, gettext_noop("Tags of the order")),
        Field("reason", Kind.CHOICE, gettext_noop("Reason"), tuple(r.value for r in Reason if r is not Reason.WITHDRAWAL)),
        Field("stated", Kind.CHOICE, gettext_noop("Condition stated"), tuple(s.value for s in Stated)),
        Field("customer_orders", Kind.NUMBER, gettext_noop("Orders of the customer")),
        Field("customer_return_rate", Kind.NUMBER, gettext_noop("Return rate of the customer")),
    ]
)
MOST_RULES = 50
MOST_QUESTION = 500
NOT_A_RULE = gettext_noop("This is not a rule with a name, a condition and an action.")
NOT_A_LIST = gettext_noop("A policy is a list of one to fifty rules.")
WRONG_VALUE = gettext_noop("This value is not allowed here.")
NEEDS_QUESTION = gettext_noop("A rule that asks needs a question.")
DEFAULT_POLICY: tuple[PolicyRule, ...] = (
    PolicyRule(
        gettext_noop("Final sale"), {"field": "final_sale", "op": "is", "value": True}, Action.REJECT
    ),
    PolicyRule(
        gettext_noop("More than 30 days after delivery"),
        {"field": "days_since_delivery", "op": "more_than", "value": 30},
        Action.REJECT,
    ),
    PolicyRule(
        gettext_noop("Within 30 days of delivery"),
        {"field": "days_since_delivery", "op": "at_most", "value": 30},
        Action.APPROVE,
    ),
)  # fmt: skip


def policy_as_json(rules: Sequence[PolicyRule]) -> list[dict[str, Any]]:
    """The rules as a version keeps them."""
    return [
        {
            "name": rule.name, "when": rule.when, "action": rule.action.value, "question": rule.question,
            "outcomes": [o.value for o in rule.outcomes], "timing": rule.timing.value,
            "free_label": rule.free_label, "keep_item": rule.keep_item,
            **({"question_ko": rule.question_ko} if rule.question_ko else {}),
        }
        for rule in rules
    ]  # fmt: skip


def parse_policy(form: object) -> tuple[PolicyRule, ...]:
    """Reads a policy.  Refuses: what is no rule, unknown words and bad conditions, each with its path."""
    if not isinstance(form, list) or not 0 < len(form) <= MOST_RULES:
        raise Refused(BAD_POLICY, {"path": "rules", "problem": NOT_A_LIST})
    return tuple(_rule(item, f"rules[{i}]") for i, item in enumerate(form))


_OPTIONAL = {"question", "question_ko", "outcomes", "timing", "free_label", "keep_item"}


def _rule(form: object, path: str) -> PolicyRule:
    if (
        not isinstance(form, dict)
        or not {"name", "when", "action"} <= set(form) <= {"name", "when", "action"} | _OPTIONAL
    ):
        raise Refused(BAD_POLICY, {"path": path, "problem": NOT_A_RULE})
    try:
        when = conditions.as_json(conditions.parse(form["when"], fields=FIELDS))
    except Refused as refused:
        told = refused.facts | {"path": f"{path}.when {refused.facts['path']}"}
        raise Refused(BAD_POLICY, told) from None
    name = form["name"]
    _require(isinstance(name, str) and 0 < len(name) <= 120 and is_keepable(name), f"{path}.name", WRONG_VALUE)
    question, question_ko = (_question(form, key, path) for key in ("question", "question_ko"))
    for flag in ("free_label", "keep_item"):
        _require(isinstance(form.get(flag, True), bool), f"{path}.{flag}", WRONG_VALUE)
    action = _word(Action, form["action"], f"{path}.action")
    _require(action is not Action.ASK or bool(question or question_ko), f"{path}.question", NEEDS_QUESTION)
    offered = form.get("outcomes", [o.value for o in OFFERED])
    _require(isinstance(offered, list) and len(offered) > 0, f"{path}.outcomes", WRONG_VALUE)
    outcomes = tuple(_word(Outcome, word, f"{path}.outcomes[{i}]") for i, word in enumerate(offered))
    _require(set(outcomes) <= set(OFFERED), f"{path}.outcomes", WRONG_VALUE)
    timing = _word(Timing, form.get("timing", Timing.ON_INSPECTION.value), f"{path}.timing")
    free_label, keep_item = bool(form.get("free_label", True)), bool(form.get("keep_item", False))
    return PolicyRule(name, when, action, question, outcomes, timing, free_label, keep_item, question_ko)


def _question(form: Mapping[str, Any], key: str, path: str) -> str:
    found = form.get(key, "")
    _require(isinstance(found, str) and len(found) <= MOST_QUESTION and is_keepable(found), f"{path}.{key}", WRONG_VALUE)
    return str(found).strip()


def never_reached(rules: Sequence[PolicyRule]) -> list[bool]:
    """Whether each rule always comes after one that decides where it would: which always applies, or asks the very same.

    Of rules that ask a question the first that holds is the only one that does.
    """
    return [any(_covers(earlier, rule) for earlier in rules[:n]) for n, rule in enumerate(rules)]


def _covers(earlier: PolicyRule, rule: PolicyRule) -> bool:
    comes_first = earlier.action is not Action.ASK or rule.action is Action.ASK
    return comes_first and (earlier.when in ({"all": []}, rule.when) or earlier.when in rule.when.get("all", []))


W = TypeVar("W", Action, Outcome, Timing)


def _word(words: type[W], raw: object, path: str) -> W:
    _require(raw in [w.value for w in words], path, WRONG_VALUE)
    return words(str(raw))


def _require(holds: bool, path: str, problem: str) -> None:
    if not holds:
        raise Refused(BAD_POLICY, {"path": path, "problem": problem})


@dataclass(frozen=True, slots=True)
class Decided:
    """What a policy says of one wish, and every rule that was looked at on the way."""

    action: Action
    rule: PolicyRule
    trace: dict[str, Any]


_LAST = PolicyRule(NO_RULE, {"all": []}, Action.REVIEW)


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules whose conditions are read, ready to decide any number of wishes."""

    rules: tuple[tuple[PolicyRule, Condition], ...]


def ready(rules: Sequence[PolicyRule]) -> Policy:
    """Reads the conditions of a policy once.  Refuses: bad conditions."""
    return Policy(tuple((rule, conditions.parse(rule.when, fields=FIELDS)) for rule in rules))


def decide(policy: Policy, facts: Mapping[str, Fact], *, answered: bool) -> Decided:
    """The first rule that applies decides; one that asks is passed once its question is answered; without any a person does.

    A rule whose condition cannot be told does not apply.  The trace holds each rule looked at, with its explanation.
    """
    looked: list[dict[str, Any]] = []
    asked = False
    for rule, condition in policy.rules:
        told = conditions.explain(condition, fields=FIELDS, facts=facts)
        looked.append({"rule": rule.name, "action": rule.action.value, "explained": told.as_json()})
        if told.held is not True:
            continue
        if rule.action is Action.ASK and answered:
            asked = True
            continue
        return Decided(rule.action, rule, {"rules": looked, "answered": asked})
    return Decided(Action.REVIEW, _LAST, {"rules": looked, "answered": asked})


def withdrawal(country: str, delivered_at: datetime | None, now: datetime) -> str:
    """Why the right to withdraw does not apply; "" when it does."""
    if country not in WITHDRAWAL_COUNTRIES:
        return NOT_IN_THE_EU
    if delivered_at is not None and now - delivered_at > timedelta(days=WITHDRAWAL_DAYS):
        return WITHDRAWAL_OVER
    return ""


# What an exchange brought was paid for by the goods that went back: a person says what it is worth.
EXCHANGED = PolicyRule(EXCHANGE_RULE, {"all": []}, Action.REVIEW)
WITHDRAWN = PolicyRule(WITHDRAWAL_RULE, {"all": []}, Action.APPROVE, timing=Timing.ON_RECEIPT)
# Who approved it there told the customer how to send it.
APPROVED_THERE = PolicyRule(APPROVED_THERE_RULE, {"all": []}, Action.APPROVE, free_label=False)


def overall(actions: Sequence[Action]) -> Decision:
    """What becomes of a request by what is said of its lines: those that are rejected do not hold up the others."""
    if all(action is Action.REJECT for action in actions):
        return Decision.DECLINED
    if any(action in (Action.REVIEW, Action.ASK) for action in actions):
        return Decision.NEEDS_REVIEW
    return Decision.APPROVED


def decision_of(action: Action) -> Decision:
    """What a rule's action makes of a line."""
    return {Action.APPROVE: Decision.APPROVED, Action.REJECT: Decision.DECLINED}.get(action, Decision.NEEDS_REVIEW)


def can_end(*, decision: str, goods: str, money: str, to: Decision = Decision.CANCELLED) -> bool:
    """Whether a return may be called off or expire: it stands, nothing was sent, and no money moved."""
    is_waiting = goods in (Goods.NONE, Goods.LABEL_ISSUED) and money == MoneyState.NONE
    return is_waiting and DECISIONS.can(Decision(decision), to)


def wants_label(row: ReturnRow, *, again: bool = False) -> bool:
    """Whether a return gets a label from us that is not there yet; `again`: even if one was there and is no more."""
    is_due = row.decision == Decision.APPROVED and row.goods in (Goods.NONE, *([Goods.LABEL_ISSUED] if again else []))
    return is_due and row.free_label and not row.keep_item and not row.historical


def has_label(row: ReturnRow, parcel: ParcelRow | None) -> bool:
    """Whether there is a label to print, and the goods are not here yet."""
    return parcel is not None and parcel.state in WITH_LABEL and row.goods in ON_THE_WAY


def latest(timings: Sequence[Timing]) -> Timing:
    """When several rules promise the money at different moments, the last of them."""
    return max(timings, key=list(Timing).index, default=Timing.ON_INSPECTION)


def days_between(then: datetime | None, now: datetime) -> int | None:
    """Whole days since then, begun ones not counted; None where the moment is not known."""
    return None if then is None else max(0, (now - then).days)


@dataclass(frozen=True, slots=True)
class Effect:
    """What an inspected unit does to stock.  Units: per unit."""

    on_hand: int = 0
    damaged: int = 0
    quality_control: int = 0


EFFECTS: Mapping[Disposition, Effect] = {
    Disposition.RESTOCKED: Effect(on_hand=1),
    Disposition.REFURBISH: Effect(on_hand=1, quality_control=1),
    Disposition.PROCESSING_REQUIRED: Effect(on_hand=1, quality_control=1),
    Disposition.LIQUIDATE: Effect(on_hand=1, damaged=1),
    Disposition.SUPPLIER_RETURN: Effect(on_hand=1, damaged=1),
    Disposition.DONATE: Effect(),
    Disposition.RECYCLE: Effect(),
    Disposition.MISSING: Effect(),
}


def due(timing: Timing, line: LineRow, *, approved: bool, scanned: bool, keep_item: bool) -> int:
    """Units of a line whose money is due by now; units that were not there are never due.

    Units of a line that was declined are never due.
    """
    if not approved or line.decision != Decision.APPROVED:
        return 0
    present = line.qty - line.missing
    if keep_item or timing is Timing.ON_APPROVAL:
        return present
    if timing is Timing.ON_FIRST_SCAN:
        return present if scanned else line.received - line.missing
    return (line.received if timing is Timing.ON_RECEIPT else line.inspected) - line.missing


Z_95 = 1.959963984540054
FEWEST_FOUND = 3


@dataclass(frozen=True, slots=True)
class Share:
    """A share with the interval in which it lies with 95 % confidence."""

    hits: int
    of: int
    rate: float
    low: float
    high: float


def wilson(hits: int, of: int) -> Share:
    """Source: E. B. Wilson, JASA 22 (1927), 209–212: the score interval, which stays sensible for few and for none."""
    if of <= 0:
        return Share(0, 0, 0.0, 0.0, 1.0)
    p, zz = hits / of, Z_95 * Z_95
    middle = (p + zz / (2 * of)) / (1 + zz / of)
    half = Z_95 / (1 + zz / of) * math.sqrt(p * (1 - p) / of + zz / (4 * of * of))
    return Share(hits, of, p, max(0.0, middle - half), min(1.0, middle + half))


def is_finding(product: Share, category: Share) -> bool:
    """Whether a product comes back more often than its category does, beyond what chance explains; a few units are chance."""
    return product.hits >= FEWEST_FOUND and product.low > category.rate
