"""Conditions in plain words, ready to show: what a rule asks, and from the tree that `base.conditions` keeps why it decided so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from doorstep.base import money
from doorstep.base.money import Money

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


def sentence(when: Mapping[str, Any], leaf: Callable[[Mapping[str, Any]], tuple[str, str]]) -> Sentence:
    """A condition in the reader's language.  `leaf`: what the field of one test is called, and what it is held against."""
    if "all" in when:
        parts = [sentence(part, leaf) for part in when["all"]]
        if len(parts) == 1:
            return parts[0]
        return Sentence(gettext("Each of these holds"), parts) if parts else Sentence(gettext("Always"))
    if "any" in when:
        return Sentence(gettext("One of these holds"), [sentence(part, leaf) for part in when["any"]])
    if "not" in when:
        return Sentence(gettext("This does not hold"), [sentence(when["not"], leaf)])
    field, asked = leaf(when)
    return Sentence(str(SAYS[when["op"]]) % {"field": field, "asked": asked})


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
    says = gettext(tree["says"])
    return Told(tree["held"], says % facts if facts else says, [tell(p, words=words) for p in tree.get("parts", [])])


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
