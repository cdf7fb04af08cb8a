"""Changes to a list of rules."""

from __future__ import annotations

from dataclasses import replace

from doorstep.routing.ruling.kinds import Kind, Rule, RuleSet


def with_rule(rules: RuleSet, rule: Rule) -> RuleSet:
    """The list with a rule in its place; a new one stands last, but before what lets the cost decide for every order."""
    if any(one.id == rule.id for one in rules.rules):
        return replace(rules, rules=tuple(rule if one.id == rule.id else one for one in rules.rules))
    last = rules.rules[-1] if rules.rules else None
    if last is not None and last.kind is Kind.CHEAPEST and last.is_always:
        return replace(rules, rules=(*rules.rules[:-1], rule, last))
    return replace(rules, rules=(*rules.rules, rule))


def moved(rules: RuleSet, id: str, *, by: int) -> RuleSet:
    """The list with one rule so many ranks further down; up where it is negative.  At an end it stays there."""
    at = next((n for n, one in enumerate(rules.rules) if one.id == id), None)
    if at is None:
        return rules
    rest = [one for one in rules.rules if one.id != id]
    rest.insert(min(max(at + by, 0), len(rest)), rules.rules[at])
    return replace(rules, rules=tuple(rest))


def switched(rules: RuleSet, id: str, *, on: bool) -> RuleSet:
    """The list with one rule in use, or not."""
    return replace(rules, rules=tuple(replace(one, on=on) if one.id == id else one for one in rules.rules))


def new_id(rules: RuleSet, kind: Kind) -> str:
    """An id that no rule of the list has."""
    taken = {one.id for one in rules.rules}
    n = 1
    while f"{kind.value}-{n}" in taken:
        n += 1
    return f"{kind.value}-{n}"


def find(rules: RuleSet, id: str) -> Rule | None:
    """The rule with an id."""
    return next((one for one in rules.rules if one.id == id), None)
