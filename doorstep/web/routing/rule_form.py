"""One rule as a form shows it and as it gives it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from doorstep.base import money
from doorstep.base.conditions import BAD_CONDITION
from doorstep.base.conditions import Kind as Asks
from doorstep.base.money import Money
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.routing.ruling import parsing
from doorstep.routing.ruling.kinds import FIELDS, STRENGTHS, Kind, Rule, Strength
from doorstep.web.parts.given import ids_of, text_of

MOST_TESTS, LONGEST, LONGEST_JSON = 20, 1000, 20_000
NOT_A_NUMBER = gettext_noop("Write a whole number.")
NOT_AN_AMOUNT = gettext_noop("Write an amount above zero.")
# How people ask, whatever the kind of the field; what each means for a kind that has other words.
OPS: Mapping[str, Promise] = {
    "is": _("is"), "is_not": _("is not"), "one_of": _("is one of"), "none_of": _("is none of"), "starts_with": _("begins with"),
    "at_least": _("is at least"), "at_most": _("is at most"), "more_than": _("is more than"), "less_than": _("is less than"),
}  # fmt: skip
MEANS: Mapping[Asks, Mapping[str, str]] = {
    Asks.WORDS: {"is": "has", "is_not": "has_not", "one_of": "has_any", "none_of": "has_none"},
    Asks.DATE: {"is": "on", "more_than": "after", "less_than": "before"},
}
LISTS = {"one_of", "none_of"}


@dataclass(frozen=True, slots=True)
class TestForm:
    """One test of the condition as it is typed."""

    field: str = "country"
    op: str = "is"
    value: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """Everything that the form holds, right or wrong.  `tests` None: the condition is written as JSON."""

    kind: Kind
    strength: str
    name: str = ""
    price: str = ""
    days: str = "0"
    km: str = ""
    parcels: str = "1"
    skus: str = ""
    categories: str = ""
    carrier: str = ""
    locations: tuple[int, ...] = ()
    join: str = "all"
    tests: tuple[TestForm, ...] | None = ()
    json: str = ""


def empty(kind: Kind) -> Form:
    """The form of a new rule."""
    return Form(kind, STRENGTHS[kind][0].value)


def shown(rule: Rule, *, currency: str) -> Form:
    """The form of a rule."""
    join, tests = _tests(rule.when, currency)
    return Form(
        rule.kind, rule.strength.value, rule.name, str(Money(rule.price_minor, currency).decimal) if rule.price_minor else "",
        str(rule.days), str(rule.km or ""), str(rule.parcels), "\n".join(rule.skus), "\n".join(rule.categories), rule.carrier,
        rule.locations, join, tests, _as_text(rule.when),
    )  # fmt: skip


def typed(post: QueryDict, kind: Kind) -> Form:
    """The form as somebody filled it in.  Shapes: a test's fields are `test-0-field`, … by what `test` names."""
    keys = list(dict.fromkeys(post.getlist("test")))[:MOST_TESTS]
    tests = tuple(
        TestForm(_text(post, f"test-{key}-field"), _text(post, f"test-{key}-op"), _text(post, f"test-{key}-value")) for key in keys
    )
    return Form(
        kind, _text(post, "strength"), _text(post, "name"), _text(post, "price"), _text(post, "days"), _text(post, "km"),
        _text(post, "parcels"), _text(post, "skus", LONGEST_JSON), _text(post, "categories", LONGEST_JSON), _text(post, "carrier"),
        tuple(ids_of(post.getlist("location"))), "any" if post.get("join") == "any" else "all",
        None if "json" in post else tests, _text(post, "json", LONGEST_JSON),
    )  # fmt: skip


def with_test(form: Form) -> Form:
    """The form with room for another test."""
    return replace(form, tests=(*(form.tests or ()), TestForm())[:MOST_TESTS])


def without_test(form: Form, n: int) -> Form:
    """The form without one of its tests."""
    tests = form.tests or ()
    return replace(form, tests=tests[:n] + tests[n + 1 :])


def read(form: Form, *, id: str, on: bool, currency: str) -> Rule:
    """The rule that a form says.  Refuses: what makes no sense."""
    given: dict[str, Any] = {
        "id": id, "kind": form.kind.value, "strength": form.strength, "name": form.name, "on": on, "when": _when(form, currency),
        "locations": list(form.locations), "skus": _many(form.skus), "categories": _many(form.categories), "carrier": form.carrier,
    }  # fmt: skip
    if form.strength == Strength.PRICED.value:
        given["price_minor"] = amount_of(form.price, currency).minor
    for name in ("days", "km", "parcels"):
        text = getattr(form, name)
        if text:
            given[name] = _whole(text, name)
    return parsing.parse_rule(given)


def _when(form: Form, currency: str) -> Any:
    if form.tests is None:
        try:
            return json.loads(form.json or '{"all": []}')
        except (ValueError, RecursionError):
            raise Refused(BAD_CONDITION, {"path": "condition", "problem": gettext_noop("This is no JSON.")}) from None
    return {form.join: [_test(one, currency) for one in form.tests]} if form.tests else {"all": []}


def _test(one: TestForm, currency: str) -> dict[str, Any]:
    known = FIELDS.get(one.field)
    if known is None:
        return {"field": one.field, "op": one.op, "value": one.value}
    op = MEANS.get(known.kind, {}).get(one.op, one.op)
    if one.op in LISTS:
        return {"field": one.field, "op": op, "value": [_value(word, known.kind, currency) for word in _many(one.value, ",")]}
    return {"field": one.field, "op": op, "value": _value(one.value, known.kind, currency)}


def _value(text: str, kind: Asks, currency: str) -> Any:
    if kind is Asks.MONEY:
        return {"minor": amount_of(text, currency, least=0).minor, "currency": currency}
    if kind in (Asks.NUMBER, Asks.DAYS):
        return _whole(text, "value")
    return text


def _tests(when: Mapping[str, Any], currency: str) -> tuple[str, tuple[TestForm, ...] | None]:
    """A condition as tests in a row; None where it says more than that."""
    parts = [when] if "field" in when else when.get("all", when.get("any"))
    join = "any" if "any" in when else "all"
    if parts is None or any("field" not in part for part in parts) or ("any" in when and not parts):
        return "all", None
    tests = [_shown_test(part, currency) for part in parts]
    return join, None if None in tests else tuple(one for one in tests if one is not None)


def _shown_test(part: Mapping[str, Any], currency: str) -> TestForm | None:
    kind, value = FIELDS[part["field"]].kind, part["value"]
    said = {meant: op for op, meant in MEANS.get(kind, {}).items()}.get(part["op"], part["op"])
    if said not in OPS:
        return None
    if isinstance(value, Mapping):
        told = str(Money(value["minor"], currency).decimal)
        return TestForm(part["field"], said, told) if value["currency"] == currency else None
    if isinstance(value, list):
        return None if any("," in str(word) for word in value) else TestForm(part["field"], said, ", ".join(map(str, value)))
    return TestForm(part["field"], said, str(value))


def _as_text(when: Mapping[str, Any]) -> str:
    return json.dumps(dict(when), ensure_ascii=False, indent=2)


def _text(post: QueryDict, name: str, most: int = LONGEST) -> str:
    return text_of(post, name, most)


def _many(text: str, apart: str = "\n") -> list[str]:
    return list(dict.fromkeys(word for word in (part.strip() for part in text.replace("\n", apart).split(apart)) if word))


def _whole(text: str, name: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise Refused(INVALID, {"field": name, "problem": NOT_A_NUMBER})
    return int(text)


def amount_of(text: str, currency: str, *, least: int = 1) -> Money:
    """An amount as it is typed.  Refuses: what is none, or less than `least` in minor units."""
    try:
        found = money.typed(text, currency)
    except Refused:
        raise Refused(INVALID, {"field": gettext_noop("Price"), "problem": NOT_AN_AMOUNT}) from None
    if found.minor < least:
        raise Refused(INVALID, {"field": gettext_noop("Price"), "problem": NOT_AN_AMOUNT})
    return found
