"""What labels cost is learnt aside, and the planner's table is set right by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from math import log

import pytest

from doorstep.flows import route, tariffs
from doorstep.flows.tariffs import Lane
from doorstep.locations import queries as locations
from doorstep.routing import lane_costs
from doorstep.routing import queries as routing
from doorstep.routing.engine import lane_costs as levels
from tests.factories import draft, make_brand, packed, place
from tests.floor import buy_label

EXPECTED = 537.5  # by the table, from Berlin to Berlin, half a kilogram
pytestmark = pytest.mark.django_db


def test_labels_are_read_with_their_ways_and_looked_at_once_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    brand = make_brand()
    [parcel_id] = packed(brand.ctx, draft([("A", 1)]))
    buy_label(brand, parcel_id)
    [row] = lane_costs.bought(brand.ctx, currency="EUR")
    assert (row.location_id, row.country, row.cost_minor > 0, row.weight_g > 0) == (brand.berlin, "DE", True, True)
    assert lane_costs.bought(brand.ctx, currency="USD") == []
    assert tariffs.learn(brand.ctx) == 1
    assert lane_costs.known(brand.ctx) == {}  # one label teaches nothing
    assert tariffs.learn(brand.ctx) == 0
    monkeypatch.setattr(levels, "ENOUGH", 1)
    monkeypatch.setattr(levels, "learn", levels._fit)
    assert tariffs.learn(replace(brand.ctx, now=brand.ctx.now + timedelta(hours=25))) == 1
    assert lane_costs.known(brand.ctx) == {"": pytest.approx(log(row.cost_minor / EXPECTED))}


def test_what_was_learnt_prices_lanes_and_the_decision_rests_on_costs() -> None:
    brand = make_brand()
    at = {row.id: row for row in locations.list_locations(brand.ctx)}
    lanes = [Lane(at[brand.berlin], "DE", "10115", 5.0), Lane(at[brand.seoul], "DE", "10115", 8_000.0)]
    before = tariffs.tariffs_for(brand.ctx, lanes=lanes, currency="EUR")
    lane_costs.keep(brand.ctx, learnt={"": log(0.5), str(brand.seoul): log(2)}, labels=40)
    after = tariffs.tariffs_for(brand.ctx, lanes=lanes, currency="EUR")
    assert [one.is_guess for one in (*before, *after)] == [True, True, False, False]
    assert [new.tariff(900) / old.tariff(900) for new, old in zip(after, before, strict=True)] == pytest.approx([0.5, 2.0])
    [order_id] = place(brand.ctx, draft([("A", 1)]))
    route.route(brand.ctx, order_ids=[order_id])
    assert routing.decisions_of(brand.ctx, order_id=order_id)[0].level == "cost"
