"""What prices of stock say, in the smallest worlds."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

from doorstep.routing.engine import balance, exact, prices
from doorstep.routing.engine.prices import Ahead, Lane, Sampling, Seen, Shelf
from doorstep.routing.engine.values import Need, Site, Terms

EAST, WEST = 1, 2
AHEAD = Ahead(left=1.0, seen=1.0)


def lanes(destination: object) -> list[Lane]:
    """Two coasts: what comes from the other costs 3 more."""
    return [Lane(at, lambda _, near=at == destination: 5.0 if near else 8.0) for at in (EAST, WEST)]


def seen(destination: int, *variants: int) -> Seen:
    return Seen(destination, tuple((variant, 1, 500) for variant in variants))


def test_what_is_scarce_is_dear_and_what_is_plenty_is_free() -> None:
    shelves = {7: Shelf(500, {EAST: 2, WEST: 40})}
    priced = prices.price(shelves, [seen(EAST, 7)] * 10 + [seen(WEST, 7)] * 10, lanes, AHEAD, split=1.0)
    assert priced.worth[7][WEST] == 0
    assert 2.0 < priced.worth[7][EAST] <= 3.0


def test_the_last_unit_near_those_who_want_it_is_kept_for_them() -> None:
    """An order from the west takes its own coast's unit even where that is dearer by a little for it."""
    shelves = {7: Shelf(500, {EAST: 1, WEST: 9})}
    worth = prices.price(shelves, [seen(EAST, 7)] * 4, lanes, AHEAD, split=1.0).worth[7]
    sites = [
        Site(EAST, lambda _: 6.0, {7: 1}, worth={7: worth[EAST]}),
        Site(WEST, lambda _: 7.0, {7: 9}, worth={7: worth[WEST]}),
    ]
    choice = exact.plan([Need(1, 7, 1, 500)], sites, Terms())
    assert choice is not None
    assert choice.best.parcels[0].location_id == WEST


def test_no_price_where_one_location_has_it_all() -> None:
    assert prices.price({7: Shelf(500, {EAST: 5})}, [seen(EAST, 7)], lanes, AHEAD, split=1.0).worth == {}


def test_without_history_demand_is_what_stock_was_bought_for() -> None:
    """Nobody bought 7 yet; what others bought says from where."""
    shelves = {7: Shelf(500, {EAST: 4, WEST: 20}), 8: Shelf(500, {EAST: 9})}
    worth = prices.price(shelves, [seen(EAST, 8)] * 30, lanes, AHEAD, split=1.0).worth[7]
    assert worth[EAST] > 1.0
    assert worth[WEST] == 0


def test_a_partner_makes_the_place_where_it_lies_cheap() -> None:
    """7 goes with 8, which only the west has: for an eastern order the east's own 7 would mean a second parcel."""
    shelves = {7: Shelf(500, {EAST: 3, WEST: 30}), 8: Shelf(500, {WEST: 30})}
    orders = [seen(EAST, 7, 8)] * 12
    apart = prices.price(shelves, orders, lanes, AHEAD, split=1.0, how=Sampling(context=False)).worth[7]
    together = prices.price(shelves, orders, lanes, AHEAD, split=1.0).worth[7]
    assert apart[EAST] > 2.0
    assert together[EAST] == 0


def test_alike_prices_have_alike_versions() -> None:
    shelves = {7: Shelf(500, {EAST: 2, WEST: 40})}
    first, again = (prices.price(shelves, [seen(EAST, 7)] * 9, lanes, AHEAD, split=1.0) for _ in range(2))
    less = prices.price({7: replace(shelves[7], free={EAST: 1, WEST: 40})}, [seen(EAST, 7)] * 4, lanes, AHEAD, split=1.0)
    assert first == again
    assert less.version != first.version


def test_prices_are_due_when_a_twentieth_has_moved() -> None:
    assert [prices.has_moved(100, now) for now in (96, 95, 105)] == [False, True, True]
    assert [prices.has_moved(3, now) for now in (3, 2)] == [False, True]


def test_a_balancing_price_rises_as_a_location_empties() -> None:
    assert balance.prices({EAST: 9, WEST: 1}, 3.0) == {EAST: 1.0, WEST: 3.0}
    assert balance.prices({EAST: 4, WEST: 0}, 3.0) == {}
    assert balance.spread_of([[5.0, 8.0, 6.0], [], [4.0, 5.0]]) == 2.0
    assert balance.spread_of([]) == 0.0


def test_a_decision_needs_neither_numpy_nor_a_solver() -> None:
    code = "import sys; from doorstep.routing.engine import ladder; print({'numpy', 'highspy'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"
