"""The one language in which merchants say when a rule applies: tests of typed fields, joined by all, any and not."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from doorstep.base.money import Money, digits_of
from doorstep.base.refusals import Refusal, Refused
from doorstep.base.words import gettext_noop

DEEPEST, MOST_TESTS, LONGEST_TEXT, MOST_WORDS = 8, 100, 200, 100
_UNKEEPABLE = re.compile(r"[\x00\ud800-\udfff]")
BAD_CONDITION = Refusal(
    "bad_condition",
    gettext_noop("%(path)s: %(problem)s"),
    gettext_noop("Correct this part of the condition and save it again."),
    status=422,
)
NOT_A_CONDITION = gettext_noop("This is not a test, nor a group of tests.")
NO_SUCH_FIELD = gettext_noop("Nobody knows this field.")
NO_SUCH_OPERATOR = gettext_noop("This field cannot be asked in this way.")
WRONG_VALUE = gettext_noop("This value does not fit the field.")
TOO_DEEP = gettext_noop("These groups lie too deep in each other.")
TOO_MANY = gettext_noop("These are too many tests for one condition.")


class Kind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    BOOLEAN = "boolean"
    DATE = "date"
    DAYS = "days"
    CHOICE = "choice"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Field:
    """What can be asked about.  `says`: its name for people.  `choices`: what a choice may be; empty lets every word in."""

    name: str
    kind: Kind
    says: str
    choices: tuple[str, ...] = ()


Value = str | int | float | bool | date | Money | tuple[str, ...] | tuple[int | float, ...]
Fact = str | int | float | bool | Decimal | date | Money | frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Asked:
    field: str
    op: str
    value: Value


@dataclass(frozen=True, slots=True)
class Every:
    """Holds when each part holds; so it does without any."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """Holds when a part holds; without any it never does."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Condition


Condition = Asked | Every | Some | Not
ALWAYS = Every(())


@dataclass(frozen=True, slots=True)
class Explained:
    """What was asked, what was found and whether it held; `held` None: what it takes to tell is not known.

    Shapes: `says` is a sentence for a face to translate, `facts` what it names; groups have parts instead of facts.
    """

    held: bool | None
    says: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    parts: tuple[Explained, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The tree as it is kept beside a decision."""
        tree: dict[str, Any] = {"held": self.held, "says": self.says}
        if self.facts:
            tree["facts"] = dict(self.facts)
        if self.parts:
            tree["parts"] = [part.as_json() for part in self.parts]
        return tree


Compare = Callable[[Any, Any], bool]
_ORDERED: dict[str, Compare] = {
    "is": lambda found, asked: found == asked,
    "is_not": lambda found, asked: found != asked,
    "less_than": lambda found, asked: found < asked,
    "at_most": lambda found, asked: found <= asked,
    "more_than": lambda found, asked: found > asked,
    "at_least": lambda found, asked: found >= asked,
}
_BETWEEN: dict[str, Compare] = {"between": lambda found, asked: asked[0] <= found <= asked[1]}
_ONE_OF: dict[str, Compare] = {
    "is": lambda found, asked: found == asked,
    "is_not": lambda found, asked: found != asked,
    "one_of": lambda found, asked: found in asked,
    "none_of": lambda found, asked: found not in asked,
}
OPERATORS: Mapping[Kind, Mapping[str, Compare]] = {
    Kind.TEXT: _ONE_OF
    | {
        "contains": lambda found, asked: asked in found,
        "starts_with": lambda found, asked: found.startswith(asked),
    },
    Kind.NUMBER: _ORDERED | _BETWEEN,
    Kind.DAYS: _ORDERED | _BETWEEN,
    Kind.MONEY: _ORDERED,
    Kind.BOOLEAN: {"is": lambda found, asked: found == asked},
    Kind.DATE: {
        "on": lambda found, asked: found == asked,
        "before": lambda found, asked: found < asked,
        "after": lambda found, asked: found > asked,
    },
    Kind.CHOICE: _ONE_OF,
    Kind.WORDS: {
        "has": lambda found, asked: asked in found,
        "has_not": lambda found, asked: asked not in found,
        "has_any": lambda found, asked: bool(found & set(asked)),
        "has_all": lambda found, asked: found >= set(asked),
        "has_none": lambda found, asked: not found & set(asked),
    },
}
_LISTS = {"one_of", "none_of", "has_any", "has_all", "has_none"}
SAYS: Mapping[str, str] = {
    "is": gettext_noop("%(field)s must be %(asked)s; it is %(found)s."),
    "is_not": gettext_noop("%(field)s must not be %(asked)s; it is %(found)s."),
    "less_than": gettext_noop("%(field)s must be less than %(asked)s; it is %(found)s."),
    "at_most": gettext_noop("%(field)s must be at most %(asked)s; it is %(found)s."),
    "more_than": gettext_noop("%(field)s must be more than %(asked)s; it is %(found)s."),
    "at_least": gettext_noop("%(field)s must be at least %(asked)s; it is %(found)s."),
    "between": gettext_noop("%(field)s must lie between %(asked)s; it is %(found)s."),
    "one_of": gettext_noop("%(field)s must be one of %(asked)s; it is %(found)s."),
    "none_of": gettext_noop("%(field)s must be none of %(asked)s; it is %(found)s."),
    "contains": gettext_noop("%(field)s must contain %(asked)s; it is %(found)s."),
    "starts_with": gettext_noop("%(field)s must begin with %(asked)s; it is %(found)s."),
    "on": gettext_noop("%(field)s must be %(asked)s; it is %(found)s."),
    "before": gettext_noop("%(field)s must lie before %(asked)s; it is %(found)s."),
    "after": gettext_noop("%(field)s must lie after %(asked)s; it is %(found)s."),
    "has": gettext_noop("%(field)s must have %(asked)s; there is %(found)s."),
    "has_not": gettext_noop("%(field)s must not have %(asked)s; there is %(found)s."),
    "has_any": gettext_noop("%(field)s must have any of %(asked)s; there is %(found)s."),
    "has_all": gettext_noop("%(field)s must have all of %(asked)s; there is %(found)s."),
    "has_none": gettext_noop("%(field)s must have none of %(asked)s; there is %(found)s."),
}
NOT_KNOWN = gettext_noop("%(field)s is not known; asked for %(asked)s.")
ALL_OF = gettext_noop("Each of these must hold.")
ANY_OF = gettext_noop("One of these must hold.")
NONE_OF = gettext_noop("This must not hold.")


def parse(form: object, *, fields: Mapping[str, Field]) -> Condition:
    """Reads a condition from its JSON form.

    Shapes: {"field", "op", "value"}, {"all": […]}, {"any": […]} or {"not": …}; money is {"minor", "currency"}, a date ISO.
    Refuses: unknown fields and operators, values of another type, too much of it; each with the path of the fault.
    """
    condition = _parse(form, fields, "condition", 0)
    if count_tests(condition) > MOST_TESTS:
        raise _bad("condition", TOO_MANY)
    return condition


def count_tests(condition: Condition) -> int:
    """How many tests a condition has."""
    if isinstance(condition, Asked):
        return 1
    if isinstance(condition, Not):
        return count_tests(condition.part)
    return sum(count_tests(part) for part in condition.parts)


def _parse(form: object, fields: Mapping[str, Field], path: str, depth: int) -> Condition:
    if depth > DEEPEST:
        raise _bad(path, TOO_DEEP)
    if not isinstance(form, dict):
        raise _bad(path, NOT_A_CONDITION)
    if set(form) in ({"all"}, {"any"}):
        [(word, parts)] = form.items()
        if not isinstance(parts, list):
            raise _bad(f"{path}.{word}", NOT_A_CONDITION)
        if len(parts) > MOST_TESTS:
            raise _bad(f"{path}.{word}", TOO_MANY)
        read = tuple(_parse(part, fields, f"{path}.{word}[{i}]", depth + 1) for i, part in enumerate(parts))
        return Every(read) if word == "all" else Some(read)
    if set(form) == {"not"}:
        return Not(_parse(form["not"], fields, f"{path}.not", depth + 1))
    if set(form) != {"field", "op", "value"}:
        raise _bad(path, NOT_A_CONDITION)
    return _test(form, fields, path)


def _test(form: Mapping[str, Any], fields: Mapping[str, Field], path: str) -> Asked:
    name, op = form["field"], form["op"]
    known = fields.get(name) if isinstance(name, str) else None
    if known is None:
        raise _bad(f"{path}.field", NO_SUCH_FIELD)
    if not isinstance(op, str) or op not in OPERATORS[known.kind]:
        raise _bad(f"{path}.op", NO_SUCH_OPERATOR)
    value = _value(form["value"], known, op)
    if value is None:
        raise _bad(f"{path}.value", WRONG_VALUE)
    return Asked(known.name, op, value)


def _value(raw: object, known: Field, op: str) -> Value | None:
    """A value of the type that this operator asks of this field; None where it is of another."""
    if op in _LISTS:
        if not isinstance(raw, list) or not 0 < len(raw) <= MOST_WORDS:
            return None
        words = tuple(word for word in raw if _is_word(word, known))
        return words if len(words) == len(raw) else None
    if op == "between":
        if not isinstance(raw, list) or len(raw) != 2 or not all(_is_number(bound) for bound in raw):
            return None
        return (raw[0], raw[1]) if raw[0] <= raw[1] else None
    return _single(raw, known)


def _single(raw: object, known: Field) -> Value | None:
    if known.kind in (Kind.TEXT, Kind.CHOICE, Kind.WORDS):
        return str(raw) if _is_word(raw, known) else None
    if known.kind is Kind.BOOLEAN:
        return raw if isinstance(raw, bool) else None
    if known.kind is Kind.MONEY:
        return _money(raw)
    if known.kind is Kind.DATE:
        return _date(raw)
    return raw if isinstance(raw, (int, float)) and _is_number(raw) else None


def _is_word(raw: object, known: Field) -> bool:
    is_text = isinstance(raw, str) and 0 < len(raw) <= LONGEST_TEXT and is_keepable(raw)
    return is_text and (not known.choices or raw in known.choices)


def is_keepable(text: str) -> bool:
    """Whether a column can hold a text: no NUL, no half of a surrogate pair."""
    return not _UNKEEPABLE.search(text)


def _is_number(raw: object) -> bool:
    return isinstance(raw, (int, float)) and not isinstance(raw, bool) and math.isfinite(raw) and abs(raw) < 10**15


def _money(raw: object) -> Money | None:
    if not isinstance(raw, dict) or set(raw) != {"minor", "currency"}:
        return None
    minor, currency = raw["minor"], raw["currency"]
    if not isinstance(minor, int) or not _is_number(minor) or not isinstance(currency, str):
        return None
    try:
        digits_of(currency)
    except Refused:
        return None
    return Money(minor, currency)


def _date(raw: object) -> date | None:
    try:
        return date.fromisoformat(raw) if isinstance(raw, str) and len(raw) == 10 else None
    except ValueError:
        return None


def _bad(path: str, problem: str) -> Refused:
    return Refused(BAD_CONDITION, {"path": path, "problem": problem})


def as_json(condition: Condition) -> dict[str, Any]:
    """The JSON form that `parse` reads back to the very same condition."""
    if isinstance(condition, Asked):
        return {"field": condition.field, "op": condition.op, "value": _plain(condition.value)}
    if isinstance(condition, Not):
        return {"not": as_json(condition.part)}
    return {"all" if isinstance(condition, Every) else "any": [as_json(part) for part in condition.parts]}


def _plain(value: object) -> Any:
    if isinstance(value, Money):
        return {"minor": value.minor, "currency": value.currency}
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, Decimal) else value


def evaluate(condition: Condition, *, fields: Mapping[str, Field], facts: Mapping[str, Fact]) -> bool | None:
    """Whether a condition holds; None where a missing fact leaves it open.

    A missing fact makes a test unknown, never true: a group is decided as soon as its known parts decide it.
    """
    if isinstance(condition, Asked):
        return _ask(condition, fields, facts.get(condition.field))
    if isinstance(condition, Not):
        inner = evaluate(condition.part, fields=fields, facts=facts)
        return None if inner is None else not inner
    deciding = isinstance(condition, Some)
    answer: bool | None = not deciding
    for part in condition.parts:
        held = evaluate(part, fields=fields, facts=facts)
        if held is deciding:
            return deciding
        if held is None:
            answer = None
    return answer


def _ask(test: Asked, fields: Mapping[str, Field], found: Fact) -> bool | None:
    if found is None or test.field not in fields:
        return None
    if isinstance(test.value, Money) and (not isinstance(found, Money) or found.currency != test.value.currency):
        return None
    return OPERATORS[fields[test.field].kind][test.op](found, test.value)


def explain(condition: Condition, *, fields: Mapping[str, Field], facts: Mapping[str, Fact]) -> Explained:
    """What was asked, what was found and whether it held, for every test; its `held` is what `evaluate` answers."""
    if isinstance(condition, Asked):
        return _explain_test(condition, fields, facts.get(condition.field))
    held = evaluate(condition, fields=fields, facts=facts)
    if isinstance(condition, Not):
        return Explained(held, NONE_OF, parts=(explain(condition.part, fields=fields, facts=facts),))
    parts = tuple(explain(part, fields=fields, facts=facts) for part in condition.parts)
    return Explained(held, ALL_OF if isinstance(condition, Every) else ANY_OF, parts=parts)


def _explain_test(test: Asked, fields: Mapping[str, Field], found: Fact) -> Explained:
    held = _ask(test, fields, found)
    name = fields[test.field].says if test.field in fields else test.field
    told = {"name": test.field, "field": name, "op": test.op, "asked": _plain(test.value), "found": _plain(found)}
    return Explained(held, NOT_KNOWN if held is None else SAYS[test.op], told)


def fields_of(fields: Sequence[Field]) -> dict[str, Field]:
    """Fields by name."""
    return {known.name: known for known in fields}
