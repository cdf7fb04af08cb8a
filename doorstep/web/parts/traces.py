"""Why a rule decided as it did, in plain words: the tree that `base.conditions` keeps, ready to show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import get_language, gettext

from doorstep.base import money
from doorstep.base.money import Money


@dataclass(frozen=True, slots=True)
class Told:
    """One test or group of a condition.  `held` None: it could not be told."""

    held: bool | None
    sentence: str
    parts: Sequence[Told]


@dataclass(frozen=True, slots=True)
class ToldRule:
    """One rule that was looked at, and what became of its condition."""

    name: str
    action: str
    told: Told


# What a value of a field is called where it is a word of ours: field → value → sentence for gettext.
Words = Mapping[str, Mapping[str, str]]


def rules_of(trace: Mapping[str, Any], *, words: Words) -> list[ToldRule]:
    """The rules of a decision's trace, in the order in which they were asked."""
    return [
        ToldRule(gettext(looked["rule"]), looked["action"], tell(looked["explained"], words=words))
        for looked in trace.get("rules", [])
    ]


def tell(tree: Mapping[str, Any], *, words: Words) -> Told:
    """A kept explanation in the reader's language."""
    said = {name: value for name, value in tree.get("facts", {}).items() if name in ("field", "asked", "found")}
    field = tree.get("facts", {}).get("name", "")
    facts = {name: gettext(str(v)) if name == "field" else value_of(v, words.get(field, {})) for name, v in said.items()}
    sentence = gettext(tree["says"])
    return Told(tree["held"], sentence % facts if facts else sentence, [tell(p, words=words) for p in tree.get("parts", [])])


def value_of(value: Any, words: Mapping[str, str]) -> str:
    """A value as the reader writes it.  `words`: what it is called where it is a word of ours."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, Mapping) and set(value) == {"minor", "currency"}:
        return money.show(Money(value["minor"], value["currency"]), get_language() or "en")
    if isinstance(value, list):
        return ", ".join(value_of(one, words) for one in value) or "–"
    if isinstance(value, int | float):
        return number_format(value, force_grouping=True)
    if value in words:
        return gettext(words[value])
    return _day(str(value))


def _day(text: str) -> str:
    try:
        return date_format(date.fromisoformat(text), "DATE_FORMAT") if len(text) == 10 else text
    except ValueError:
        return text
