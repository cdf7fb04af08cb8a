"""The figures of the bench `channels` find what they are there to find."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest

from bench._channels import reckoning
from bench._channels.readers import waits_ms
from bench._channels.reckoning import Books
from bench._channels.sale import Taking
from bench._channels.synced import BURST, KEPT, RATE, One, feeds, waits_of_feeds
from doorstep.providers.amazon import paces
from doorstep.providers.amazon.client import LEFT_FOR_SOLD_OUT


def told(number: int, sent: float, *, due: float, listing: int = 1) -> One:
    return One(listing, 1, listing, number, sent, due, sent + 5, "taken", due)


def test_the_bench_reckons_with_the_documented_rate_and_what_is_kept_of_it() -> None:
    assert (paces.CREATE_FEED.rate, paces.CREATE_FEED.burst, LEFT_FOR_SOLD_OUT) == (RATE, BURST, KEPT)


def test_a_feed_that_waits_for_nothing_is_found() -> None:
    assert waits_of_feeds([told(5, 100.0, due=100.0), told(5, 112.0, due=102.0)]) == [0, 10_000]


def test_a_feed_waits_for_a_call_and_what_goes_to_zero_has_some_kept() -> None:
    burst = [told(5, 100.0 + n / 1000, due=100.0) for n in range(12)]
    assert waits_of_feeds([*burst, told(0, 101.0, due=101.0)])[-1] == 0
    late = waits_of_feeds([*burst, told(0, 131.0, due=101.0)])[-1]
    assert late == pytest.approx(30_000)
    assert waits_of_feeds([*burst, told(5, 131.0, due=101.0)])[-1] == 0  # of the three that are left none is for this


def test_what_goes_to_zero_and_is_overtaken_is_found() -> None:
    first, later = told(5, 103.0, due=101.0), told(0, 104.0, due=100.0, listing=2)
    assert feeds([first, later], since=0)["sync.amazon_zero_later"] == 1
    assert feeds([told(5, 100.5, due=100.0), later], since=0)["sync.amazon_zero_later"] == 0  # it was not known by then
    assert feeds([told(5, 104.0, due=101.0), later], since=0)["sync.amazon_zero_later"] == 0


def test_a_reader_hears_of_a_change_by_any_later_number_and_what_it_never_hears_is_counted() -> None:
    booked = [(1.0, 7), (2.0, 8), (3.0, 5)]
    assert waits_ms([(2.5, 8)], booked) == ([1500, 500], 1)
    assert waits_ms([(1.5, 7), (3.25, 5)], booked) == ([500, 1250, 250], 0)


def sale(channel: str, number: str, at: float, qty: int = 1, **more: Any) -> Taking:
    return Taking(channel, number, "A", qty, at, at, **more)


def in_lag(told: list[tuple[float, float]], *sales: Taking, came: dict[str, float]) -> int:
    books = Books(came={(one.channel, one.number): came[one.number] for one in sales if one.number in came})
    shop: Any = SimpleNamespace(kind="shopify", connection_id=1)
    return reckoning.sold_in_lag([shop], sales, books, numbers={(1, "A"): told})["A"]


def test_a_sale_counts_as_in_the_lag_only_until_the_shop_knows_what_was_sold_elsewhere() -> None:
    elsewhere, here = sale("store", "W", 10.0), sale("shopify", "S", 12.0, qty=2)
    came = {"W": 10.5, "S": 12.5}
    assert in_lag([(11.0, 13.0)], elsewhere, here, came=came) == 2
    assert in_lag([(11.0, 11.5)], elsewhere, here, came=came) == 0
    assert in_lag([(9.0, 9.5)], elsewhere, here, came=came) == 0  # nothing had to be told any more
    assert in_lag([(9.0, 14.0)], elsewhere, here, came=came) == 2
    assert in_lag([(11.0, 11.5)], here, came=came) == 0  # what it sold itself it knows
    assert in_lag([], sale("store", "LOST", 10.0), here, came=came) == 2


def test_units_promised_beyond_what_there_was_are_found_in_the_answers() -> None:
    key = ("store", "W")
    books = Books()
    assert reckoning.beyond_answers({key: Counter(A=reckoning.EACH + 2)}, books) == 2
    books.held[key]["A"] = 2
    assert reckoning.beyond_answers({key: Counter(A=reckoning.EACH + 2)}, books) == 0
