from dataclasses import replace
from datetime import date

import pytest

from doorstep.base.money import Money
from doorstep.base.refusals import Refused
from doorstep.routing.engine import exact
from doorstep.routing.ruling import applying, editing, parsing
from doorstep.routing.ruling.applying import Asked, Line, Spot, Wanted
from doorstep.routing.ruling.kinds import STRENGTHS, Kind, Rule, RuleSet, Strength, default_rules

TODAY = date(2026, 11, 27)
H, R, P = Strength.HARD, Strength.RANKED, Strength.PRICED
WANTED = Wanted(
    "DE", TODAY, (Line(1, 10, 2, 500, "MUG", "Kitchen"), Line(2, 11, 1, 500, "LAMP", "Light")),
    {"country": "DE", "order_value": Money(5000, "EUR"), "order_tags": frozenset({"vip"}), "weight_g": 1500},
)  # fmt: skip
ALL = {10: 9, 11: 9}
BERLIN = Spot(1, "DE", False, 10.0, ALL, lambda _: 900.0, priority=2, leaves=TODAY, leaves_in=0, arrives=date(2026, 11, 28),
              pickups=("DHL",))  # fmt: skip
SEOUL = Spot(2, "KR", False, 8000.0, ALL, lambda _: 500.0, priority=1, leaves=TODAY, leaves_in=0, arrives=date(2026, 12, 4))
SHOP = Spot(3, "DE", True, 5.0, ALL, lambda _: 800.0, capacity=10, used=10)
SPOTS = (BERLIN, SEOUL, SHOP)


def ask(*rules: Rule, wanted: Wanted = WANTED, most_over: int | None = None) -> Asked:
    return applying.ask(applying.ready(RuleSet(rules, most_over)), wanted=wanted, spots=SPOTS)


def chosen(*rules: Rule, most_over: int | None = None) -> list[int]:
    asked = ask(*rules, most_over=most_over)
    choice = exact.plan(asked.needs, asked.sites, asked.terms)
    return [parcel.location_id for parcel in choice.best.parcels] if choice else []


@pytest.mark.parametrize(
    ("rule", "out"),
    [
        (Rule("r", Kind.SAME_COUNTRY, H), [2]),
        (Rule("r", Kind.CLOSEST, H, km=100), [2]),
        (Rule("r", Kind.ONLY_LOCATIONS, H, locations=(1,)), [2, 3]),
        (Rule("r", Kind.NOT_LOCATIONS, H, locations=(1,)), [1]),
        (Rule("r", Kind.CAPACITY, H), [3]),
        (Rule("r", Kind.ARRIVE_BY, H, days=3), [2, 3]),
        (Rule("r", Kind.LEAVE_BY, H, days=0), [3]),
        (Rule("r", Kind.SHIP_FROM_STORE, H), [3]),
        (Rule("r", Kind.CARRIER_PICKUP, H), [2, 3]),
        (Rule("r", Kind.CARRIER_PICKUP, H, carrier="UPS"), [1, 2, 3]),
    ],
)
def test_a_rule_that_must_hold_leaves_out_what_breaks_it_and_says_which_rule(rule: Rule, out: list[int]) -> None:
    asked = ask(rule)
    assert asked.out == tuple((id, "r") for id in out)
    assert [site.location_id for site in asked.sites] == [spot.location_id for spot in SPOTS if spot.location_id not in out]


@pytest.mark.parametrize(
    ("kind", "ranks"),
    [
        (Kind.SAME_COUNTRY, (0, 1, 0)),
        (Kind.FEWEST_PARCELS, (1, 1, 1)),
        (Kind.CLOSEST, (10, 8000, 5)),
        (Kind.STOCK_PRIORITY, (1, 0, 999)),
        (Kind.CAPACITY, (0, 0, 1)),
        (Kind.SHIP_FROM_STORE, (0, 0, 1)),
    ],
)
def test_a_ranked_rule_holds_against_each_place_what_it_breaks(kind: Kind, ranks: tuple[float, ...]) -> None:
    assert tuple(site.ranks for site in ask(Rule("r", kind, R)).sites) == tuple((rank,) for rank in ranks)


def test_ranked_rules_decide_in_their_order_and_the_cost_below_them() -> None:
    assert chosen() == [2]
    assert chosen(Rule("a", Kind.CLOSEST, R)) == [3]
    assert chosen(Rule("a", Kind.SHIP_FROM_STORE, R), Rule("b", Kind.CLOSEST, R)) == [1]
    assert chosen(Rule("c", Kind.CHEAPEST, R), Rule("a", Kind.CLOSEST, R)) == [2]
    assert applying.unheard(RuleSet((Rule("c", Kind.CHEAPEST, R), Rule("a", Kind.CLOSEST, R)))) == {"a"}


def test_a_priced_rule_is_weighed_against_what_else_costs() -> None:
    assert chosen(Rule("a", Kind.SAME_COUNTRY, P, price_minor=299)) == [2]
    assert chosen(Rule("a", Kind.SAME_COUNTRY, P, price_minor=301)) == [3]
    assert chosen(Rule("a", Kind.SAME_COUNTRY, P, price_minor=500), Rule("b", Kind.CAPACITY, P, price_minor=200)) == [1]
    late = next(site for site in ask(Rule("a", Kind.ARRIVE_BY, P, days=3, price_minor=100)).sites if site.location_id == 2)
    assert late.late == 400.0


def test_the_most_that_is_paid_over_the_cheapest_holds_ranked_rules_back() -> None:
    closest = Rule("a", Kind.CLOSEST, R)
    assert chosen(closest, most_over=299) == [2]
    assert chosen(closest, most_over=300) == [3]


def test_a_rule_counts_only_for_the_orders_that_its_condition_names() -> None:
    vip = Rule("a", Kind.ONLY_LOCATIONS, H, locations=(1,), when={"field": "order_tags", "op": "has", "value": "vip"})
    assert (ask(vip).applied, len(ask(vip).sites)) == (("a",), 1)
    plain = replace(WANTED, facts={**WANTED.facts, "order_tags": frozenset()})
    assert (ask(vip, wanted=plain).applied, len(ask(vip, wanted=plain).sites)) == ((), 3)
    assert len(ask(replace(vip, on=False)).sites) == 3


def test_parcels_are_limited_and_lines_stay_whole_as_the_rules_say() -> None:
    asked = ask(
        Rule("a", Kind.MOST_PARCELS, H, parcels=2), Rule("b", Kind.NEVER_SPLIT, H, skus=("MUG",)),
        Rule("c", Kind.FEWEST_PARCELS, P, price_minor=150),
    )  # fmt: skip
    assert (asked.terms.most_parcels, asked.terms.split) == (2, 150.0)
    assert [need.whole for need in asked.needs] == [True, False]
    assert [need.whole for need in ask(Rule("b", Kind.NEVER_SPLIT, H, categories=("Light",))).needs] == [False, True]
    assert [need.whole for need in ask(Rule("b", Kind.NEVER_SPLIT, H)).needs] == [True, True]


def test_the_days_capacity_costs_nothing_while_there_is_room_and_more_the_fuller_it_is() -> None:
    rule = Rule("a", Kind.CAPACITY, P, price_minor=100)
    prices = []
    for used in (0, 70, 85, 100, 130):
        spot = replace(SHOP, capacity=100, used=used)
        [site] = applying.ask(applying.ready(RuleSet((rule,))), wanted=WANTED, spots=(spot,)).sites
        prices.append(round(site.capacity, 6))
    assert prices == [0.0, 0.0, 42.5, 100.0, 200.0]


def test_every_kind_of_rule_is_read_back_as_it_was_written() -> None:
    rules = []
    for kind, strengths in STRENGTHS.items():
        for strength in strengths:
            given = {"id": f"{kind}-{strength}", "kind": kind.value, "strength": strength.value, "price_minor": 100, "km": 50}
            rules.append(parsing.parse_rule({**given, "locations": [3, 1], "days": 2, "parcels": 2, "skus": ["A"]}))
    kept = RuleSet(tuple(rules), 500)
    assert parsing.parse(parsing.as_json(kept)) == kept
    assert parsing.parse(parsing.as_json(default_rules("KRW"))) == default_rules("KRW")


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"kind": "nearest"}, "rule.kind"),
        ({"strength": "priced"}, "rule.price_minor"),
        ({"kind": "most_parcels", "strength": "ranked"}, "rule.strength"),
        ({"kind": "only_locations", "locations": []}, "rule.locations"),
        ({"kind": "closest"}, "rule.km"),
        ({"kind": "arrive_by", "days": -1}, "rule.days"),
        ({"id": "No spaces"}, "rule.id"),
        ({"when": {"field": "moon", "op": "is", "value": "full"}}, "condition.field"),
        ({"surprise": 1}, "rule"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_with_the_path_of_the_fault(given: dict[str, object], path: str) -> None:
    with pytest.raises(Refused) as refused:
        parsing.parse_rule({"id": "r", "kind": "same_country", "strength": "hard"} | given)
    assert refused.value.facts["path"] == path


def test_a_list_is_changed_by_moving_adding_and_taking_out_and_says_how_it_differs() -> None:
    live = default_rules("EUR")
    near = Rule("closest-1", Kind.CLOSEST, R)
    draft = editing.with_rule(live, near)
    assert [rule.id for rule in draft.rules] == ["fewest", "capacity", "closest-1", "cheapest"]
    assert editing.new_id(draft, Kind.CLOSEST) == "closest-2"
    draft = editing.moved(draft, "closest-1", by=-9)
    assert [rule.id for rule in draft.rules] == ["closest-1", "fewest", "capacity", "cheapest"]
    draft = editing.switched(editing.moved(draft, "capacity", by=-1), "fewest", on=False)
    assert parsing.differences(live, draft) == {"closest-1": "added", "fewest": "changed", "capacity": "moved"}
    assert parsing.differences(live, live.without("capacity")) == {"capacity": "removed"}
    assert parsing.differences(live, replace(live, most_over_minor=100)) == {"": "changed"}
    assert parsing.differences(live, live) == {}
