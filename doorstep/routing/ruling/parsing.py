"""Rules from their JSON form and back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from doorstep.base import conditions
from doorstep.base.refusals import Refusal, Refused
from doorstep.base.words import gettext_noop
from doorstep.routing.ruling.kinds import FIELDS, MOST_RULES, PARAMS, STRENGTHS, Kind, Needs, Rule, RuleSet, Strength

BAD_RULES = Refusal(
    "bad_routing_rules",
    gettext_noop("%(path)s: %(problem)s"),
    gettext_noop("Correct this rule and save it again."),
    status=422,
)
NOT_A_SET = gettext_noop("These are no rules: a list of rules under the name rules.")
NOT_A_RULE = gettext_noop("This is no rule.")
TOO_MANY = gettext_noop("At most 50 rules can be kept.")
TWICE = gettext_noop("Two rules have the same id.")
NO_SUCH_KIND = gettext_noop("Nobody knows this kind of rule.")
NO_SUCH_STRENGTH = gettext_noop("A rule of this kind cannot count in this way.")
NO_PRICE = gettext_noop("A priced rule needs an amount above zero.")
NO_PLACES = gettext_noop("Choose at least one location.")
NO_NUMBER = gettext_noop("This number is out of bounds.")
NOT_A_TEXT = gettext_noop("This text does not fit.")
NEEDS_KM = gettext_noop("Say within how many kilometres.")
MOST_PRICE, MOST_DAYS, MOST_KM, MOST_PARCELS, MOST_NAMED, LONGEST_NAME = 10**12, 365, 20_100, 20, 200, 120
_ID = re.compile(r"[a-z0-9_-]{1,40}")
_KEYS = {
    "id", "kind", "strength", "name", "on", "when", "price_minor", "locations", "days", "km", "parcels", "skus", "categories",
    "carrier",
}  # fmt: skip
Word = TypeVar("Word", Kind, Strength)


def parse(form: object) -> RuleSet:
    """Reads rules from their JSON form.  Refuses: what makes no sense, with the path of the fault."""
    if not isinstance(form, Mapping) or not set(form) <= {"rules", "most_over_minor"} or not isinstance(form.get("rules"), list):
        raise _bad("rules", NOT_A_SET)
    if len(form["rules"]) > MOST_RULES:
        raise _bad("rules", TOO_MANY)
    rules = tuple(parse_rule(one, path=f"rules[{n}]") for n, one in enumerate(form["rules"]))
    if len({rule.id for rule in rules}) < len(rules):
        raise _bad("rules", TWICE)
    over = form.get("most_over_minor")
    if over is not None and not _is_whole(over, 0, MOST_PRICE):
        raise _bad("most_over_minor", NO_NUMBER)
    return RuleSet(rules, over)


def parse_rule(form: object, *, path: str = "rule") -> Rule:
    """Reads one rule; what its kind does not ask for is forgotten.  Refuses: what makes no sense, with its path."""
    if not isinstance(form, Mapping) or not set(form) <= _KEYS:
        raise _bad(path, NOT_A_RULE)
    kind, strength = _word(form, "kind", Kind, NO_SUCH_KIND, path), _word(form, "strength", Strength, NO_SUCH_STRENGTH, path)
    if strength not in STRENGTHS[kind]:
        raise _bad(f"{path}.strength", NO_SUCH_STRENGTH)
    id, name, on = form.get("id", ""), form.get("name", ""), form.get("on", True)
    if not isinstance(id, str) or not _ID.fullmatch(id) or not isinstance(on, bool):
        raise _bad(f"{path}.id", NOT_A_TEXT)
    if not _is_text(name, LONGEST_NAME):
        raise _bad(f"{path}.name", NOT_A_TEXT)
    price = form.get("price_minor", 0) if strength is Strength.PRICED else 0
    if strength is Strength.PRICED and not _is_whole(price, 1, MOST_PRICE):
        raise _bad(f"{path}.price_minor", NO_PRICE)
    when = conditions.as_json(conditions.parse(form.get("when", {"all": []}), fields=FIELDS))
    return Rule(id, kind, strength, name.strip(), on, when, price, **_params(form, kind, strength, path))


def _params(form: Mapping[str, Any], kind: Kind, strength: Strength, path: str) -> dict[str, Any]:
    """What a kind of rule is told besides."""
    needs = PARAMS.get(kind)
    if needs is Needs.LOCATIONS:
        ids = form.get("locations", ())
        if not isinstance(ids, Sequence) or not 0 < len(ids) <= MOST_NAMED or not all(_is_whole(id, 1, 2**62) for id in ids):
            raise _bad(f"{path}.locations", NO_PLACES)
        return {"locations": tuple(sorted(set(ids)))}
    if needs is Needs.DAYS:
        return {"days": _number(form, "days", 0, MOST_DAYS, 0, path)}
    if needs is Needs.KM:
        if strength is not Strength.HARD:
            return {}
        if not form.get("km"):
            raise _bad(f"{path}.km", NEEDS_KM)
        return {"km": _number(form, "km", 1, MOST_KM, 0, path)}
    if needs is Needs.PARCELS:
        return {"parcels": _number(form, "parcels", 1, MOST_PARCELS, 1, path)}
    if needs is Needs.PRODUCTS:
        return {name: _texts(form, name, path) for name in ("skus", "categories")}
    if needs is Needs.CARRIER:
        carrier = form.get("carrier", "")
        if not _is_text(carrier, 40):
            raise _bad(f"{path}.carrier", NOT_A_TEXT)
        return {"carrier": carrier.strip()}
    return {}


def _word(form: Mapping[str, Any], name: str, words: type[Word], problem: str, path: str) -> Word:
    given = form.get(name)
    if not isinstance(given, str) or given not in {word.value for word in words}:
        raise _bad(f"{path}.{name}", problem)
    return words(given)


def _number(form: Mapping[str, Any], name: str, least: int, most: int, otherwise: int, path: str) -> int:
    given = form.get(name, otherwise)
    if not _is_whole(given, least, most):
        raise _bad(f"{path}.{name}", NO_NUMBER)
    return int(given)


def _texts(form: Mapping[str, Any], name: str, path: str) -> tuple[str, ...]:
    given = form.get(name, ())
    if not isinstance(given, list | tuple) or len(given) > MOST_NAMED or not all(_is_text(text, 200) and text for text in given):
        raise _bad(f"{path}.{name}", NOT_A_TEXT)
    return tuple(dict.fromkeys(given))


def _is_whole(given: object, least: int, most: int) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and least <= given <= most


def _is_text(given: object, longest: int) -> bool:
    return isinstance(given, str) and len(given) <= longest and conditions.is_keepable(given)


def _bad(path: str, problem: str) -> Refused:
    return Refused(BAD_RULES, {"path": path, "problem": problem})


def as_json(rules: RuleSet) -> dict[str, Any]:
    """The JSON form that `parse` reads back to the very same rules."""
    return {"rules": [rule_as_json(rule) for rule in rules.rules], "most_over_minor": rules.most_over_minor}


def rule_as_json(rule: Rule) -> dict[str, Any]:
    """One rule with what its kind asks for."""
    form: dict[str, Any] = {
        "id": rule.id, "kind": rule.kind.value, "strength": rule.strength.value, "name": rule.name, "on": rule.on,
        "when": dict(rule.when),
    }  # fmt: skip
    if rule.strength is Strength.PRICED:
        form["price_minor"] = rule.price_minor
    needs = PARAMS.get(rule.kind)
    if needs is Needs.PRODUCTS:
        return form | {"skus": list(rule.skus), "categories": list(rule.categories)}
    if needs is Needs.KM and rule.strength is not Strength.HARD:
        return form
    if needs is not None:
        value = getattr(rule, needs.value)
        form[needs.value] = list(value) if isinstance(value, tuple) else value
    return form


def differences(live: RuleSet, draft: RuleSet) -> dict[str, str]:
    """How a draft differs from what is in force.  Shapes: rule id → "added", "changed", "moved" or "removed"; the key "" where the
    most that may be paid differs."""
    were, are = {rule.id: rule for rule in live.rules}, {rule.id: rule for rule in draft.rules}
    found = {id: "removed" for id in were if id not in are}
    found |= {id: "added" for id in are if id not in were}
    found |= {id: "changed" for id, rule in are.items() if id in were and rule != were[id]}
    kept = [rule.id for rule in live.rules if rule.id in are]
    now = [rule.id for rule in draft.rules if rule.id in were]
    for id in _out_of_order(kept, now):
        found.setdefault(id, "moved")
    if live.most_over_minor != draft.most_over_minor:
        found[""] = "changed"
    return found


def _out_of_order(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """The fewest things that were moved, to get from one order to the other: those outside a longest common run."""
    at = {id: n for n, id in enumerate(before)}
    best: list[tuple[int, list[str]]] = []
    for n, id in enumerate(after):
        length, run = max((best[m] for m in range(n) if at[after[m]] < at[id]), default=(0, []))
        best.append((length + 1, [*run, id]))
    stay = set(max(best, default=(0, []))[1])
    return [id for id in after if id not in stay]
