"""Orders go where the merchant's rules say; what other rules would have done is seen before they are switched on."""

from __future__ import annotations

import random
from datetime import time
from typing import Any

import pytest
from procrastinate.contrib.django import app as TASKS

from doorstep.base.refusals import Refused
from doorstep.flows import replay, route
from doorstep.flows.replay import Options
from doorstep.locations import dispatching
from doorstep.locations.working import EVERY_DAY, Dispatch
from doorstep.orders import queries as orders
from doorstep.routing import actions, queries, replays
from doorstep.routing.ruling import parsing
from doorstep.routing.ruling.kinds import Kind, Rule, RuleSet, Strength
from doorstep.worker.dispatch import drain
from tests.audit import assert_all_holds
from tests.factories import (
    Brand,
    draft,
    make_brand,
    make_ctx,
    make_location,
    make_variants,
    place,
    receive,
    signed_in,
)

pytestmark = pytest.mark.django_db
H, R, P = Strength.HARD, Strength.RANKED, Strength.PRICED


@pytest.fixture
def brand() -> Brand:
    return make_brand()


def switch_on(brand: Brand, *rules: Rule, most_over: int | None = None) -> int:
    draft_ = queries.find_draft(brand.ctx)
    form = parsing.as_json(RuleSet(rules, most_over))
    edition = actions.save_draft(brand.ctx, rules=form, edition=draft_.edition if draft_ else 0)
    return actions.publish(brand.ctx, edition=edition, note="a try")


def routed(brand: Brand, *lines: tuple[str, int], **more: Any) -> list[int | None]:
    [order_id] = place(brand.ctx, draft(list(lines), **more))
    route.route(brand.ctx, order_ids=[order_id])
    return [part.location_id for part in orders.fulfilment_orders_of(brand.ctx, order_ids=[order_id])]


def test_rules_decide_from_the_moment_that_they_are_switched_on(brand: Brand) -> None:
    assert routed(brand, ("A", 1)) == [brand.berlin]
    assert switch_on(brand, Rule("a", Kind.ONLY_LOCATIONS, H, locations=(brand.seoul,))) == 1
    assert routed(brand, ("A", 1)) == [brand.seoul]
    [order_id] = place(brand.ctx, draft([("A", 1)]))
    route.route(brand.ctx, order_ids=[order_id])
    [row] = queries.decisions_of(brand.ctx, order_id=order_id)
    assert (row.rules_version, row.plan["why"], row.level) == (1, "only_complete", "zones")
    assert row.plan["out"] == [[brand.berlin, "a"]]
    assert row.plan["nearest"] == {"location_id": brand.berlin, "why": "rule", "rule": "a"}
    assert {one["location_id"]: one.get("rule") for one in row.considered} == {brand.berlin: "a", brand.seoul: None}
    assert row.plan["paid"] > 0
    assert row.took_us > 0
    text = signed_in(brand.ctx).get(f"/orders/{order_id}/").content.decode()
    assert "Warehouse SEL is the only place that has everything. Warehouse BER is nearer, but the rule" in text
    assert "out by the rule “From these places”" in text


def test_the_sentence_says_what_the_nearest_place_lacks(brand: Brand) -> None:
    more = make_variants(brand.ctx, ["M", "N", "O", "P"])
    for variant in more.values():
        receive(brand.ctx, variant, brand.seoul, 5)
    receive(brand.ctx, more["M"], brand.berlin, 1)
    client = signed_in(brand.ctx)

    def said(*lines: tuple[str, int]) -> str:
        [order_id] = place(brand.ctx, draft(list(lines)))
        route.route(brand.ctx, order_ids=[order_id])
        return client.get(f"/orders/{order_id}/").content.decode()

    only = "Warehouse SEL is the only place that has everything."
    assert f"{only} Warehouse BER is nearer, but lacks N." in said(("A", 1), ("N", 1))
    assert f"{only} Warehouse BER is nearer, but lacks M." in said(("M", 2))  # one of two is not enough
    assert f"{only} Warehouse BER is nearer, but lacks N, O, P and 1 more." in said(("N", 1), ("O", 1), ("P", 1), ("M", 2))
    assert "is nearer, but" not in said(("A", 1))


def test_what_no_place_may_send_waits_and_says_which_rule_left_none(brand: Brand) -> None:
    vip = {"field": "order_tags", "op": "has", "value": "vip"}
    switch_on(brand, Rule("a", Kind.ONLY_LOCATIONS, H, name="VIPs from nowhere", locations=(999,), when=vip))
    [order_id] = place(brand.ctx, draft([("A", 1)], tags=("vip",)))
    assert route.route(brand.ctx, order_ids=[order_id]) == 0
    [part] = orders.fulfilment_orders_of(brand.ctx, order_ids=[order_id])
    assert (part.state, part.location_id) == ("on_hold", None)
    [row] = queries.decisions_of(brand.ctx, order_id=order_id)
    assert (row.plan["why"], row.plan["parts"], [rule for _, rule in row.plan["out"]]) == ("nobody", [], ["a", "a"])
    text = signed_in(brand.ctx).get(f"/orders/{order_id}/").content.decode()
    assert "No place may send it: the rule “VIPs from nowhere” leaves none that has it." in text
    assert "The routing rules leave no place that may send it" in text
    assert routed(brand, ("A", 1)) == [brand.berlin]
    assert_all_holds()


def test_a_full_day_sends_the_next_order_elsewhere_within_one_batch(brand: Brand) -> None:
    dispatching.set_dispatch(brand.ctx, location_id=brand.berlin, dispatch=Dispatch(capacity_per_day=2))
    switch_on(brand, Rule("full", Kind.CAPACITY, H))
    ids = place(brand.ctx, *[draft([("A", 1)]) for _ in range(3)])
    assert route.route(brand.ctx, order_ids=ids) == 3
    places = [part.location_id for part in orders.fulfilment_orders_of(brand.ctx, order_ids=ids)]
    assert sorted(places, key=str) == sorted([brand.berlin, brand.berlin, brand.seoul], key=str)
    assert_all_holds()


def test_a_cut_off_that_has_passed_counts_where_a_promise_stands(brand: Brand) -> None:
    """It is 09:00 UTC on a Monday: Berlin's cut-off at 08:00 UTC has passed, Leipzig's has not."""
    near = make_location(brand.ctx, "LEJ", "DE", postal_code="04109", latitude=51.34, longitude=12.37)
    receive(brand.ctx, brand.variants["A"], near, 5)
    for at, hour in ((brand.berlin, 8), (near, 20)):
        how = Dispatch(weekdays=EVERY_DAY, cut_off=time(hour))
        assert dispatching.set_dispatch(brand.ctx, location_id=at, dispatch=how)
        assert not dispatching.set_dispatch(brand.ctx, location_id=at, dispatch=how)
    assert routed(brand, ("A", 1)) == [brand.berlin]
    switch_on(brand, Rule("today", Kind.LEAVE_BY, P, days=0, price_minor=10_000))
    assert routed(brand, ("A", 1)) == [near]


def test_replaying_the_rules_in_force_flips_nothing_and_other_rules_what_they_flip(brand: Brand) -> None:
    ids = place(brand.ctx, *[draft([("A", 3), ("B", 1)]) for _ in range(5)], draft([("C", 12)]))
    route.route(brand.ctx, order_ids=ids)
    live = parsing.parse(queries.rules_in_force(brand.ctx).rules)
    same = replay.replayed(brand.ctx, rules=live, options=Options(days=7))
    assert (same["orders"], same["flips"], same["done"]) == (6, 0, same["new"])
    assert same["done"]["parcels"] > 6  # A runs out in Berlin
    assert {one["id"]: one["weekly_minor"] for one in same["rules"]} == {"fewest": 0, "capacity": 0}
    only = RuleSet((Rule("a", Kind.ONLY_LOCATIONS, H, locations=(brand.seoul,)),))
    other = replay.replayed(brand.ctx, rules=only, options=Options(days=7))
    # Seoul has ten of each: three orders fit whole, the fourth and fifth have too few A, and nobody has twelve C there.
    assert (other["new"]["unserved"], other["done"]["unserved"]) == (3, 0)
    assert other["flips"] >= 3
    assert other["rules"][0]["weekly_minor"] != 0
    closed = replay.replayed(brand.ctx, rules=live, options=Options(days=7, without=(brand.berlin,)))
    assert closed["new"]["unserved"] == 3
    stocked = replay.replayed(brand.ctx, rules=live, options=Options(days=7, stocked=(brand.berlin,)))
    assert (stocked["new"]["parcels"], stocked["new"]["unserved"]) == (6, 0)


def test_a_replay_of_the_rules_in_force_decides_as_they_did_and_without_each_rule_as_a_replay_of_the_rest() -> None:
    """Days that fill, stock that runs out and rules that hold for some: what is not reckoned twice is what it would be."""
    dice = random.Random(8)
    brand = make_brand(stock_each=9, skus=("A", "B", "C", "D"))
    paris = make_location(brand.ctx, "PAR", "FR", city="Paris", postal_code="75001")
    for sku in "ABC":
        receive(brand.ctx, brand.variants[sku], paris, 6)
    for at, most in ((brand.berlin, 6), (paris, 4)):
        dispatching.set_dispatch(brand.ctx, location_id=at, dispatch=Dispatch(capacity_per_day=most, weekdays=EVERY_DAY))
    vip = {"field": "order_tags", "op": "has", "value": "vip"}
    rules = RuleSet(
        (
            Rule("full", Kind.CAPACITY, H, when=vip), Rule("crowd", Kind.CAPACITY, P, price_minor=400),
            Rule("few", Kind.FEWEST_PARCELS, P, price_minor=300), Rule("near", Kind.CLOSEST, R, when=vip),
            Rule("whole", Kind.NEVER_SPLIT, H, skus=("B",)),
        )
    )  # fmt: skip
    switch_on(brand, *rules.rules)
    for _ in range(3):
        some = [
            draft(
                [(sku, dice.choice((1, 1, 2))) for sku in dice.sample("ABCD", dice.choice((1, 1, 2)))],
                country=dice.choice(("DE", "FR", "KR")), tags=("vip",) if dice.random() < 0.4 else (),
            )
            for _ in range(6)
        ]  # fmt: skip
        route.route(brand.ctx, order_ids=place(brand.ctx, *some))
    options = Options(days=7)
    same = replay.replayed(brand.ctx, rules=rules, options=options)
    assert (same["orders"], same["flips"], same["done"]) == (18, 0, same["new"])
    for told in same["rules"]:
        less = replay.replayed(brand.ctx, rules=rules.without(told["id"]), options=options)["new"]
        assert told == {
            "id": told["id"], "weekly_minor": told["weekly_minor"],
            **{name: same["new"][name] - less[name] for name in ("late", "parcels", "unserved")},
        }
        assert told["weekly_minor"] == pytest.approx(same["new"]["cost_minor"] - less["cost_minor"], abs=1)
    assert any(told["weekly_minor"] for told in same["rules"])


@pytest.mark.usefixtures("those_days")  # its orders are of the last week
def test_a_draft_is_replayed_on_its_page_before_it_is_switched_on(brand: Brand) -> None:
    ids = place(brand.ctx, draft([("A", 1)]), draft([("B", 2)]))
    route.route(brand.ctx, order_ids=ids)
    client = signed_in(brand.ctx)
    assert "The rules that every brand begins with" in client.get("/settings/routing/").content.decode()
    form = {"edition": "0", "strength": "hard", "location": str(brand.seoul), "test": "0", "test-0-field": "country",
            "test-0-op": "one_of", "test-0-value": "DE, FR", "do": "save"}  # fmt: skip
    assert client.post("/settings/routing/rules/new/?kind=only_locations", form).status_code == 302
    made = queries.find_draft(brand.ctx)
    assert made is not None
    added = next(rule for rule in parsing.parse(made.rules).rules if rule.kind is Kind.ONLY_LOCATIONS)
    assert dict(added.when) == {"all": [{"field": "country", "op": "one_of", "value": ["DE", "FR"]}]}
    text = client.get("/settings/routing/").content.decode()
    assert "1 difference from version 0" in text
    assert "They were not tried on past orders yet." in text
    answer = client.post("/settings/routing/replays/", {"days": "7"})
    shown = client.get(answer["Location"]).content.decode()
    assert "Orders that change" in shown
    assert "Warehouse BER · " in shown
    assert "Tried on past orders" in client.get("/settings/routing/").content.decode()
    assert routed(brand, ("A", 1)) == [brand.berlin]
    assert client.post("/settings/routing/publish/", {"edition": str(made.edition), "note": "Seoul first"}).status_code == 302
    assert routed(brand, ("A", 1)) == [brand.seoul]
    assert client.post("/settings/routing/publish/", {"edition": str(made.edition)}).status_code == 404
    assert "Seoul first" in client.get("/settings/routing/").content.decode()
    assert client.get("/settings/routing/versions/1/").status_code == 200


def test_rules_are_changed_on_the_page_and_nobody_overwrites_what_they_did_not_see(brand: Brand) -> None:
    client = signed_in(brand.ctx)
    assert client.post("/settings/routing/rules/capacity/move/", {"edition": "0", "to": "up"}).status_code == 302
    first = queries.find_draft(brand.ctx)
    assert first is not None
    assert [rule["id"] for rule in first.rules["rules"]] == ["capacity", "fewest", "cheapest"]
    assert client.post("/settings/routing/rules/fewest/switch/", {"edition": "0", "on": "0"}).status_code == 409
    edition = {"edition": str(first.edition)}
    assert client.post("/settings/routing/rules/fewest/switch/", {**edition, "on": "0"}).status_code == 302
    with pytest.raises(Refused):
        actions.save_draft(brand.ctx, rules=first.rules, edition=first.edition)
    second = queries.find_draft(brand.ctx)
    assert second is not None
    assert client.post("/settings/routing/rules/capacity/remove/", {"edition": str(second.edition)}).status_code == 302
    assert [(rule["id"], rule["on"]) for rule in queries.find_draft(brand.ctx).rules["rules"]] == [  # type: ignore[union-attr]
        ("fewest", False), ("cheapest", True),
    ]  # fmt: skip
    page = client.get("/settings/routing/rules/fewest/").content.decode()
    assert "Few parcels" in page
    free = {"strength": "priced", "price": "", "days": "2", "do": "save"}
    wrong = client.post("/settings/routing/rules/new/?kind=arrive_by", free)
    assert (wrong.status_code, "Write an amount above zero." in wrong.content.decode()) == (422, True)
    more = client.post("/settings/routing/rules/new/?kind=arrive_by", {"strength": "hard", "days": "2", "do": "another"})
    assert 'name="test-0-field"' in more.content.decode()
    assert client.post("/settings/routing/drop/").status_code == 302
    assert queries.find_draft(brand.ctx) is None


def test_a_long_replay_is_the_workers_and_that_of_another_brand_is_nobodys_business(
    brand: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = parsing.parse(queries.rules_in_force(brand.ctx).rules)
    id = replay.start(brand.ctx, rules=live, options=Options(days=7))
    assert replays.get(brand.ctx, replay_id=id).state == "done"
    with pytest.raises(Refused):
        replays.get(make_ctx(), replay_id=id)
    place(brand.ctx, draft([("A", 1)]))
    monkeypatch.setattr(replay, "AT_ONCE", 0)  # more than can be waited for: the worker does it
    id = replay.start(brand.ctx, rules=live, options=Options(days=7))
    assert (replays.get(brand.ctx, replay_id=id).state, TASKS.tasks[replay.TASK].name) == ("queued", "replay_routing")
    replay.work(brand.ctx, replay_id=id)
    assert replays.get(brand.ctx, replay_id=id).state == "done"
    for wrong in (Options(days=0), Options(days=91), Options(without=(brand.seoul, brand.berlin)), Options(stocked=(10**9,))):
        with pytest.raises(Refused):
            replay.start(brand.ctx, rules=live, options=wrong)


def test_how_a_location_sends_is_set_on_its_page(brand: Brand) -> None:
    client = signed_in(brand.ctx)
    form = {"weekday": ["0", "1", "2", "3", "4", "5"], "cut_off": "14:00", "pickups": "16:30 UPS\n19:00", "capacity": "120",
            "handling": "1.50", "priority": "1", "holidays": "2026-12-25"}  # fmt: skip
    assert client.post(f"/settings/locations/{brand.berlin}/dispatch/", form).status_code == 302
    how = dispatching.dispatch_of(brand.ctx, location_id=brand.berlin)
    assert (how.handling_minor, how.capacity_per_day, how.weekdays, how.priority, len(how.pickups)) == (150, 120, 63, 1, 2)
    page = client.get(f"/settings/locations/{brand.berlin}/").content.decode()
    assert "16:30 UPS, 19:00" in page
    assert "120 parcels a day" in page
    assert "0 / 120" in page
    wrong = client.post(f"/settings/locations/{brand.berlin}/dispatch/", {**form, "cut_off": "25:00"})
    assert wrong.status_code == 422
    assert dispatching.dispatch_of(brand.ctx, location_id=brand.berlin) == how


def test_an_order_that_rules_keep_from_every_place_is_held_once_and_not_again_and_again(brand: Brand) -> None:
    switch_on(brand, Rule("a", Kind.ONLY_LOCATIONS, H, locations=(999,)))
    [order_id] = place(brand.ctx, draft([("A", 1)]))
    for _ in range(4):
        drain()
    assert len(queries.decisions_of(brand.ctx, order_id=order_id)) == 1
    receive(brand.ctx, brand.variants["A"], brand.seoul, 5)
    for _ in range(4):
        drain()
    assert len(queries.decisions_of(brand.ctx, order_id=order_id)) == 2
    assert orders.fulfilment_orders_of(brand.ctx, order_ids=[order_id])[0].state == "on_hold"
    assert_all_holds()
    switch_on(brand)
    for _ in range(4):
        drain()
    [part] = orders.fulfilment_orders_of(brand.ctx, order_ids=[order_id])
    assert (part.state, part.location_id) == ("open", brand.berlin)
