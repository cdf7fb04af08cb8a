"""Conditions: read with a path to each fault, kept without loss, answered by what is known, and explained."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.base import conditions
from doorstep.base.conditions import Asked, Condition, Every, Explained, Fact, Field, Kind, Not, Some
from doorstep.base.money import Money
from doorstep.base.refusals import Refused

FIELDS = conditions.fields_of(
    [
        Field("name", Kind.TEXT, "Name"),
        Field("count", Kind.NUMBER, "Count"),
        Field("value", Kind.MONEY, "Value"),
        Field("gift", Kind.BOOLEAN, "Gift"),
        Field("on", Kind.DATE, "Day"),
        Field("age", Kind.DAYS, "Age"),
        Field("reason", Kind.CHOICE, "Reason", ("too_small", "damaged")),
        Field("tags", Kind.WORDS, "Tags"),
    ]
)
WORDS = st.sampled_from(["a", "ab", "abc", "문앞"])
NUMBERS = st.integers(-3, 3) | st.sampled_from([0.5, -1.5])
MONEY = st.builds(Money, st.integers(-2, 2), st.sampled_from(["EUR", "KRW"]))
DAYS = st.dates(date(2026, 1, 1), date(2026, 1, 4))
REASONS = st.sampled_from(["too_small", "damaged"])
SINGLE: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.TEXT: WORDS, Kind.NUMBER: NUMBERS, Kind.MONEY: MONEY, Kind.BOOLEAN: st.booleans(), Kind.DATE: DAYS,
    Kind.DAYS: NUMBERS, Kind.CHOICE: REASONS, Kind.WORDS: WORDS,
}  # fmt: skip
FACTS: dict[Kind, st.SearchStrategy[Any]] = SINGLE | {
    Kind.WORDS: st.frozensets(WORDS),
    Kind.NUMBER: NUMBERS | st.sampled_from([Decimal("0.5"), Decimal(2)]),
}


@st.composite
def questions(draw: st.DrawFn) -> Asked:
    known = draw(st.sampled_from(list(FIELDS.values())))
    op = draw(st.sampled_from(sorted(conditions.OPERATORS[known.kind])))
    if op in ("one_of", "none_of", "has_any", "has_all", "has_none"):
        return Asked(known.name, op, tuple(draw(st.lists(SINGLE[known.kind], min_size=1, max_size=3))))
    if op == "between":
        low, high = sorted([draw(NUMBERS), draw(NUMBERS)])
        return Asked(known.name, op, (low, high))
    return Asked(known.name, op, draw(SINGLE[known.kind]))


CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    questions(),
    lambda inner: (
        st.builds(Every, st.lists(inner, max_size=3).map(tuple))
        | st.builds(Some, st.lists(inner, max_size=3).map(tuple))
        | st.builds(Not, inner)
    ),
    max_leaves=8,
)
KNOWN = st.fixed_dictionaries({}, optional={f.name: FACTS[f.kind] | st.none() for f in FIELDS.values()})


def slow(condition: Condition, facts: dict[str, Fact]) -> bool | None:
    """The same answer, word by word: a test of what is not known is unknown, and a group lists all its answers."""
    if isinstance(condition, Not):
        return {True: False, False: True, None: None}[slow(condition.part, facts)]
    if isinstance(condition, Every):
        answers = [slow(part, facts) for part in condition.parts]
        return False if False in answers else None if None in answers else True
    if isinstance(condition, Some):
        answers = [slow(part, facts) for part in condition.parts]
        return True if True in answers else None if None in answers else False
    found: Any = facts.get(condition.field)
    asked: Any = condition.value
    if found is None:
        return None
    if isinstance(asked, Money):
        if found.currency != asked.currency:
            return None
        found, asked = found.minor, asked.minor
    match condition.op:
        case "is" | "on":
            return bool(found == asked)
        case "is_not":
            return bool(found != asked)
        case "less_than" | "before":
            return bool(found < asked)
        case "more_than" | "after":
            return bool(found > asked)
        case "at_most":
            return bool(found < asked or found == asked)
        case "at_least":
            return bool(found > asked or found == asked)
        case "between":
            return bool(asked[0] <= found and found <= asked[1])
        case "one_of":
            return any(found == word for word in asked)
        case "none_of":
            return not any(found == word for word in asked)
        case "contains":
            return any(found[i : i + len(asked)] == asked for i in range(len(found)))
        case "starts_with":
            return bool(found[: len(asked)] == asked)
        case "has":
            return any(word == asked for word in found)
        case "has_not":
            return all(word != asked for word in found)
        case "has_any":
            return any(word in found for word in asked)
        case "has_all":
            return all(word in found for word in asked)
        case _:
            return all(word not in found for word in asked)


@given(CONDITIONS, KNOWN)
def test_the_answer_is_that_of_a_slow_and_obvious_twin(condition: Condition, facts: dict[str, Fact]) -> None:
    assert conditions.evaluate(condition, fields=FIELDS, facts=facts) is slow(condition, facts)


@given(CONDITIONS)
def test_the_json_form_comes_back_exactly(condition: Condition) -> None:
    text = json.dumps(conditions.as_json(condition))

    assert conditions.parse(json.loads(text), fields=FIELDS) == condition


@given(CONDITIONS, KNOWN)
def test_the_explanation_agrees_with_the_answer_at_every_branch(condition: Condition, facts: dict[str, Fact]) -> None:
    told = conditions.explain(condition, fields=FIELDS, facts=facts)

    _agree(condition, told, facts)
    assert json.loads(json.dumps(told.as_json())) == told.as_json()


def _agree(condition: Condition, told: Explained, facts: dict[str, Fact]) -> None:
    assert told.held is conditions.evaluate(condition, fields=FIELDS, facts=facts)
    if isinstance(condition, Asked):
        assert told.facts["name"] == condition.field
        assert told.says % told.facts
        return
    parts = (condition.part,) if isinstance(condition, Not) else condition.parts
    for part, said in zip(parts, told.parts, strict=True):
        _agree(part, said, facts)


def test_a_missing_fact_is_never_taken_for_true() -> None:
    gift = Asked("gift", "is", True)

    assert conditions.evaluate(gift, fields=FIELDS, facts={}) is None
    assert conditions.evaluate(Not(gift), fields=FIELDS, facts={}) is None
    assert conditions.evaluate(Every((gift, Asked("count", "is", 1))), fields=FIELDS, facts={"count": 2}) is False
    assert conditions.evaluate(Some((gift, Asked("count", "is", 1))), fields=FIELDS, facts={"count": 1}) is True


def test_money_of_another_currency_is_not_compared() -> None:
    rich = Asked("value", "at_least", Money(100, "EUR"))

    assert conditions.evaluate(rich, fields=FIELDS, facts={"value": Money(90000, "KRW")}) is None
    assert conditions.evaluate(rich, fields=FIELDS, facts={"value": Money(100, "EUR")}) is True


def test_an_explanation_says_what_was_asked_and_what_was_found() -> None:
    told = conditions.explain(Asked("age", "at_most", 30), fields=FIELDS, facts={"age": 31})

    assert (told.held, told.says % told.facts) == (False, "Age must be at most 30; it is 31.")
    unknown = conditions.explain(Asked("age", "at_most", 30), fields=FIELDS, facts={})
    assert (unknown.held, unknown.says % unknown.facts) == (None, "Age is not known; asked for 30.")


@pytest.mark.parametrize(
    ("form", "path"),
    [
        (None, "condition"),
        ({"all": {}}, "condition.all"),
        ({"all": [{"any": [{"field": "nobody", "op": "is", "value": 1}]}]}, "condition.all[0].any[0].field"),
        ({"field": "age", "op": "contains", "value": 1}, "condition.op"),
        ({"field": "age", "op": "is", "value": True}, "condition.value"),
        ({"field": "age", "op": "is", "value": float("nan")}, "condition.value"),
        ({"field": "age", "op": "between", "value": [3, 1]}, "condition.value"),
        ({"field": "reason", "op": "one_of", "value": ["too_small", "bored"]}, "condition.value"),
        ({"field": "reason", "op": "one_of", "value": []}, "condition.value"),
        ({"field": "value", "op": "is", "value": {"minor": 1, "currency": "EURO"}}, "condition.value"),
        ({"field": "value", "op": "is", "value": {"minor": True, "currency": "EUR"}}, "condition.value"),
        ({"field": "on", "op": "on", "value": "2026-02-30"}, "condition.value"),
        ({"field": ["age"], "op": "is", "value": 1}, "condition.field"),
        ({"field": "age", "op": "is", "value": 1, "more": 2}, "condition"),
        ({"not": {"not": {"not": [1]}}}, "condition.not.not.not"),
        ({"all": [{"all": [{"all": [{"all": [{"all": [{"all": [{"all": [{"all": [{"all": []}]}]}]}]}]}]}]}]},
         "condition" + ".all[0]" * 9),
        ({"any": [{"any": [{"field": "age", "op": "is", "value": 1}] * 60}] * 2}, "condition"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_its_path(form: object, path: str) -> None:
    if path.endswith(".all[0]" * 9):
        form = {"all": [form]}
    with pytest.raises(Refused) as refused:
        conditions.parse(form, fields=FIELDS)
    assert refused.value.code == "bad_condition"
    assert refused.value.facts["path"] == path
