"""Every kind of rule in every way that it may count, against a slow and obvious twin that tries each way to send an order."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product

import pytest

from doorstep.routing.engine import exact
from doorstep.routing.engine.values import Candidate
from doorstep.routing.ruling import applying
from doorstep.routing.ruling.applying import Line, Spot, Wanted
from doorstep.routing.ruling.kinds import STRENGTHS, Kind, Rule, RuleSet, Strength

TODAY = date(2026, 11, 27)
EACH = [(kind, strength) for kind, strengths in STRENGTHS.items() for strength in strengths]
OF_ORDERS = {Kind.FEWEST_PARCELS, Kind.CHEAPEST, Kind.MOST_PARCELS, Kind.NEVER_SPLIT}  # about plans, not about places


def world(seed: int) -> tuple[list[Spot], Wanted]:
    dice = random.Random(seed)
    lines = tuple(
        Line(n, 10 + n, dice.choice((1, 1, 2)), dice.choice((200, 900)), f"S{n}", dice.choice(("Cup", "Pot")))
        for n in range(dice.choice((1, 2)))
    )
    spots = []
    for at in range(1, 4):
        leaves_in = dice.choice((None, 0, 1, 3))
        fee, per_kg = dice.randrange(100, 900), dice.randrange(0, 400)
        spots.append(
            Spot(
                at, dice.choice(("DE", "FR")), dice.random() < 0.4, dice.choice((None, float(dice.randrange(1, 900)))),
                {line.variant_id: dice.choice((0, 1, 2, 2)) for line in lines},
                lambda grams, fee=fee, per_kg=per_kg: fee + per_kg * grams / 1000,  # type: ignore[misc]
                float(dice.randrange(0, 50)), dice.choice((None, 1, 2, 5)), dice.choice((0, 10)), dice.choice((0, 7, 9, 10, 12)),
                None if leaves_in is None else TODAY + timedelta(days=leaves_in), leaves_in,
                None if leaves_in is None else TODAY + timedelta(days=leaves_in + dice.choice((1, 2, 5))),
                dice.choice(((), ("",), ("DHL",), ("UPS", "DHL"))),
            )
        )  # fmt: skip
    return spots, Wanted("DE", TODAY, lines, {})


def rule_of(kind: Kind, strength: Strength, dice: random.Random) -> Rule:
    return Rule(
        "r", kind, strength, price_minor=dice.choice((40, 300)) if strength is Strength.PRICED else 0,
        locations=tuple(dice.sample((1, 2, 3), dice.choice((1, 2)))), days=dice.choice((0, 1, 3)), km=dice.randrange(1, 900),
        parcels=dice.choice((1, 2)), skus=("S0",) if dice.random() < 0.5 else (), categories=(),
        carrier=dice.choice(("", "UPS")),
    )  # fmt: skip


def broken(rule: Rule, spot: Spot) -> float:
    """How much a parcel from a place breaks a rule, in the words of the rule's page."""
    kind = rule.kind
    if kind is Kind.SAME_COUNTRY:
        return spot.country != "DE"
    if kind is Kind.CLOSEST:
        km = 20_100.0 if spot.distance_km is None else spot.distance_km
        return km if rule.strength is not Strength.HARD else km > rule.km
    if kind is Kind.STOCK_PRIORITY:
        return (1_000 if spot.priority is None else spot.priority) - 1
    if kind is Kind.ONLY_LOCATIONS:
        return spot.location_id not in rule.locations
    if kind is Kind.NOT_LOCATIONS:
        return spot.location_id in rule.locations
    if kind is Kind.CAPACITY:
        return spot.capacity > 0 and spot.used >= spot.capacity
    if kind is Kind.ARRIVE_BY:
        days = rule.days + rule.days + 1 if spot.arrives is None else (spot.arrives - TODAY).days
        return max(days - rule.days, 0)
    if kind is Kind.LEAVE_BY:
        return 1 if spot.leaves_in is None else max(spot.leaves_in - rule.days, 0)
    if kind is Kind.SHIP_FROM_STORE:
        return spot.is_shop
    assert kind is Kind.CARRIER_PICKUP
    return not (spot.pickups if not rule.carrier else {"", rule.carrier} & set(spot.pickups))


def price(rule: Rule, spot: Spot) -> float:
    """What a parcel from a place is charged by a priced rule."""
    if rule.kind is Kind.CAPACITY:
        full = spot.used / spot.capacity if spot.capacity else 0.0
        return rule.price_minor * max(full - 0.7, 0) / 0.3 * min(full, 1)
    return rule.price_minor * broken(rule, spot) / (100 if rule.kind is Kind.CLOSEST else 1)


def every_plan(spots: list[Spot], wanted: Wanted) -> Iterator[dict[int, dict[int, int]]]:
    """Each way to take the units from places that have them.  Shapes: by place, units of each line."""
    units = [line for line in wanted.lines for _ in range(line.qty)]
    for chosen in product(spots, repeat=len(units)):
        plan: dict[int, dict[int, int]] = {}
        for line, spot in zip(units, chosen, strict=True):
            of = plan.setdefault(spot.location_id, {})
            of[line.order_line_id] = of.get(line.order_line_id, 0) + 1
        variants = {line.order_line_id: line.variant_id for line in wanted.lines}
        there = {spot.location_id: spot.free for spot in spots}
        if all(there[at].get(variants[line], 0) >= qty for at, of in plan.items() for line, qty in of.items()):
            yield plan


def best(rule: Rule, spots: list[Spot], wanted: Wanted) -> tuple[float, float] | None:
    """(What the ranked rule holds against it, money) of the best plan that is allowed; None where none is."""
    by = {spot.location_id: spot for spot in spots}
    grams = {line.order_line_id: line.weight_g for line in wanted.lines}
    found = []
    for plan in every_plan(spots, wanted):
        money = sum(by[at].tariff(sum(grams[x] * n for x, n in of.items())) + by[at].handling for at, of in plan.items())
        rank = 0.0
        if rule.kind is Kind.MOST_PARCELS and len(plan) > rule.parcels:
            continue
        if rule.kind is Kind.NEVER_SPLIT:
            named = [line.order_line_id for line in wanted.lines if not rule.skus or line.sku in rule.skus]
            if any(sum(line in of for of in plan.values()) > 1 for line in named):
                continue
        if rule.kind is Kind.FEWEST_PARCELS:
            rank = len(plan) if rule.strength is Strength.RANKED else 0
            money += rule.price_minor * (len(plan) - 1)
        if rule.kind not in OF_ORDERS:
            if rule.strength is Strength.HARD and any(broken(rule, by[at]) for at in plan):
                continue
            rank = sum(broken(rule, by[at]) for at in plan) if rule.strength is Strength.RANKED else 0
            money += sum(price(rule, by[at]) for at in plan) if rule.strength is Strength.PRICED else 0
        found.append((rank, money))
    return min(found, default=None)


@pytest.mark.parametrize(("kind", "strength"), EACH)
def test_each_kind_in_each_strength_chooses_what_trying_everything_chooses(kind: Kind, strength: Strength) -> None:
    asked_for = served = 0
    for seed in range(120):
        spots, wanted = world(seed)
        rule = rule_of(kind, strength, random.Random(seed))
        asked = applying.ask(applying.ready(RuleSet((rule,))), wanted=wanted, spots=spots)
        choice = exact.plan(asked.needs, asked.sites, asked.terms)
        expected = best(rule, spots, wanted)
        asked_for += expected is not None
        assert (choice is None) == (expected is None), seed
        if choice is not None and expected is not None:
            served += 1
            assert paid(choice.best) == pytest.approx(expected[1]), seed
            if strength is Strength.RANKED and kind is not Kind.CHEAPEST:
                assert sum(choice.best.ranks) == pytest.approx(expected[0]), seed
    assert 20 < served == asked_for


def paid(plan: Candidate) -> float:
    return plan.paid
