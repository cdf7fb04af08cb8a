"""What units are worth later is reckoned aside from the brand's own orders, and decisions read it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from doorstep.flows import price_stock, route
from doorstep.routing import prices
from doorstep.routing import queries as routing
from doorstep.routing.values import Worths
from tests.factories import Brand, draft, make_brand, make_variants, place, receive
from tests.short_picks import shape

pytestmark = pytest.mark.django_db


def scarce_in_berlin() -> Brand:
    """Germans buy what lies mostly in Seoul."""
    brand = make_brand(stock_each=0)
    receive(brand.ctx, brand.variants["A"], brand.seoul, 200)
    receive(brand.ctx, brand.variants["A"], brand.berlin, 100)
    for n in range(12):
        wish = draft([("A", 4)], country="DE" if n % 3 else "KR")
        place(brand.ctx, replace(wish, placed_at=brand.ctx.now - timedelta(days=n)))
    return brand


def test_a_unit_is_worth_more_where_it_is_wanted_and_scarce() -> None:
    brand = scarce_in_berlin()
    variant = brand.variants["A"]
    assert price_stock.refresh(brand.ctx) == 1
    worth = {row.location_id: row for row in prices.worths_of(brand.ctx, variant_ids=[variant])}
    assert worth[brand.seoul].worth == 0
    assert 0 < worth[brand.berlin].worth <= 1000  # never more than it is sold for
    assert (worth[brand.berlin].units, worth[brand.berlin].seen, worth[brand.berlin].version) == (300, 12, 1)
    assert routing.worths(brand.ctx, variant_ids=[variant]).by == {
        (variant, brand.berlin): worth[brand.berlin].worth, (variant, brand.seoul): 0.0
    }  # fmt: skip


def test_it_is_reckoned_anew_when_its_stock_moved_or_a_day_passed_and_not_before() -> None:
    brand = scarce_in_berlin()
    assert price_stock.refresh(brand.ctx) == 1
    assert price_stock.refresh(brand.ctx) == 0
    receive(brand.ctx, brand.variants["A"], brand.berlin, 14)
    assert price_stock.refresh(brand.ctx) == 0
    receive(brand.ctx, brand.variants["A"], brand.berlin, 2)
    assert price_stock.refresh(brand.ctx) == 1
    assert price_stock.refresh(replace(brand.ctx, now=brand.ctx.now + timedelta(hours=23))) == 0
    assert price_stock.refresh(replace(brand.ctx, now=brand.ctx.now + timedelta(hours=25))) == 1


def test_a_run_ends_in_time_and_the_next_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    brand = scarce_in_berlin()
    more = make_variants(brand.ctx, ["D", "E"])
    for variant in more.values():
        receive(brand.ctx, variant, brand.seoul, 5)
        receive(brand.ctx, variant, brand.berlin, 5)
    monkeypatch.setattr(price_stock, "AT_ONCE", 1)
    moments = iter([0.0, 1.0, 5.0])
    assert price_stock.refresh(brand.ctx, clock=lambda: next(moments), most_s=4) == 2
    assert price_stock.refresh(brand.ctx) == 1
    assert price_stock.refresh(brand.ctx) == 0


def test_nothing_breaks_before_the_first_order() -> None:
    brand = make_brand(stock_each=10)
    assert price_stock.refresh(brand.ctx) == 3
    assert routing.worths(brand.ctx, variant_ids=list(brand.variants.values())) == Worths()
    [order_id] = place(brand.ctx, draft([("A", 1)]))
    assert shape(brand, order_id) == [("open", None, {"A": 1})]


def test_what_nobody_bought_yet_is_dearer_where_less_of_it_lies_and_the_decision_says_what_it_rests_on() -> None:
    brand = scarce_in_berlin()
    new = make_variants(brand.ctx, ["N"], price="900.00")["N"]
    receive(brand.ctx, new, brand.berlin, 4)
    receive(brand.ctx, new, brand.seoul, 100)
    assert price_stock.refresh(brand.ctx) == 2
    found = routing.worths(brand.ctx, variant_ids=[new, brand.variants["A"]])
    assert found.balanced == {new}
    here, there = found.by[(new, brand.berlin)], found.by[(new, brand.seoul)]
    assert there > 0
    assert here == pytest.approx(5 * there)  # √(100 ÷ 4)
    [order_id] = place(brand.ctx, draft([("N", 1)]))
    route.route(brand.ctx, order_ids=[order_id])
    [row] = routing.decisions_of(brand.ctx, order_id=order_id)
    assert row.plan["parts"][0]["worth"] == pytest.approx(here, abs=0.01)
