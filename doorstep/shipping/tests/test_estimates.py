"""When a parcel comes: the days that are said hold, before and after the world changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bench.estimate import share, simulate
from doorstep.shipping import estimates, holidays
from doorstep.shipping.estimates import Calendar, Certainty, Lane

MONDAY = date(2026, 11, 23)
KEYS = estimates.keys(location_id=1, origin="US", country="US", region="ny", carrier_id=7, service="ground")
EMPTY = [Lane(key) for key in KEYS]


def taught(days: list[int], *, start: date = MONDAY, country: str = "US") -> list[Lane]:
    """Ways on which parcels took so many working days."""
    lanes = list(EMPTY)
    for n in days:
        came_on = estimates.calendar_of(country, lanes).after(start, n)
        lanes = estimates.learn(lanes, start=start, came_on=came_on, country=country, within=None)
    return lanes


@pytest.fixture(scope="module")
def year() -> object:
    return simulate(11, days=168, per_day=30, teaches=28)


def test_eight_parcels_of_ten_come_within_what_is_said_before_and_after_the_drift(year: object) -> None:
    within = year.within  # type: ignore[attr-defined]
    after = within["after"] + within["turn"]

    assert len(within["before"]) > 1500
    assert len(after) > 2000
    assert 0.75 <= share(within["before"]) <= 0.85
    assert 0.75 <= share(after) <= 0.85


def test_what_is_said_is_shorter_than_mean_and_deviation_would_be(year: object) -> None:
    widths, naive = year.widths, year.naive_widths  # type: ignore[attr-defined]

    assert sum(widths) / len(widths) < 0.85 * sum(naive) / len(naive)


def test_few_are_called_late(year: object) -> None:
    assert 0.02 <= share(year.late) <= 0.08  # type: ignore[attr-defined]


def test_without_history_nothing_is_said() -> None:
    assert estimates.expect(EMPTY, start=MONDAY, country="US") is None
    assert estimates.expect(taught([2] * 5), start=MONDAY, country="US") is None


def test_with_little_history_it_is_said_that_it_is_little() -> None:
    few = estimates.expect(taught([2] * 12), start=MONDAY, country="US")
    many = estimates.expect(taught([2] * 40), start=MONDAY, country="US")

    assert few is not None
    assert many is not None
    assert (few.certainty, many.certainty) == (Certainty.FEW, Certainty.USUAL)
    assert (few.on, many.on, many.seen) == (date(2026, 11, 25), date(2026, 11, 25), 40)


def test_a_way_of_which_nothing_is_known_borrows_from_the_coarser_one() -> None:
    known = taught([3] * 60)
    elsewhere = [Lane("new"), *known[1:]]

    said = estimates.expect(elsewhere, start=MONDAY, country="US")

    assert said is not None
    assert (said.level, said.on) == (1, date(2026, 11, 27))  # Thanksgiving is no day


def test_a_weekend_and_a_holiday_move_the_day() -> None:
    lanes = taught([2] * 40, country="FR")
    said = [estimates.expect(lanes, start=start, country="IT") for start in (MONDAY, date(2026, 11, 27), date(2026, 12, 23))]

    assert [s.on for s in said if s] == [date(2026, 11, 25), date(2026, 12, 1), date(2026, 12, 28)]


def test_days_and_back_again() -> None:
    for country in ("US", "KR", "IT", "SA"):
        calendar = Calendar(country, holidays.delivery_weekdays(country))
        for start in (MONDAY + timedelta(days=n) for n in range(45)):
            for days in range(9):
                assert calendar.between(start, calendar.after(start, days)) == days


def test_the_days_on_which_parcels_come_are_learnt() -> None:
    lanes = list(EMPTY)
    for n in range(80):
        start = MONDAY + timedelta(days=n)
        came_on = start + timedelta(days=1)
        lanes = estimates.learn(lanes, start=start, came_on=came_on, country="US", within=None)

    assert estimates.calendar_of("US", lanes).weekdays == frozenset(range(7))


def test_a_miss_widens_what_is_asked_and_a_hit_narrows_it_so_that_eight_in_ten_balance() -> None:
    [lane] = estimates.learn([Lane("x")], start=MONDAY, came_on=MONDAY, country="US", within=False)
    assert lane.asked > estimates.SAID
    for _ in range(4):
        [lane] = estimates.learn([lane], start=MONDAY, came_on=MONDAY, country="US", within=True)

    assert lane.asked == pytest.approx(estimates.SAID)


def test_old_parcels_are_forgotten() -> None:
    lanes = taught([2] * 100 + [5] * 60)

    said = estimates.expect(lanes, start=MONDAY, country="US")

    assert said is not None
    assert said.on == date(2026, 12, 1)  # five days on: Thanksgiving is none, nor are Saturdays, on which none came


def test_how_long_a_parcel_may_be_silent_is_learnt_of_its_way() -> None:
    assert estimates.most_silence(EMPTY) is None
    lanes = list(EMPTY)
    for n in range(60):
        silence = timedelta(hours=100 if n % 10 == 0 else 20)
        lanes = estimates.learn(lanes, start=MONDAY, came_on=MONDAY, country="US", within=None, silence=silence)

    assert estimates.most_silence(lanes) == timedelta(hours=108)
    assert estimates.most_silence([replace(lanes[0], gaps=(0.0,) * 41), *lanes[1:]]) == timedelta(hours=108)


def test_the_driver_who_came_already_takes_it_the_next_day() -> None:
    works = Calendar("US", holidays.MON_FRI).works
    friday = date(2026, 11, 20)

    assert estimates.handed_over_on(16, friday, cut_off_hour=20, works=works) == friday
    assert estimates.handed_over_on(21, friday, cut_off_hour=20, works=works) == MONDAY


@pytest.mark.parametrize(
    ("country", "on"),
    [("DE", date(2026, 4, 3)), ("DE", date(2026, 5, 14)), ("US", date(2026, 11, 26)), ("US", date(2026, 5, 25)),
     ("GB", date(2026, 8, 31)), ("KR", date(2026, 9, 25)), ("KR", date(2027, 2, 7)), ("CA", date(2026, 10, 12))],
)  # fmt: skip
def test_holidays_fall_where_the_law_puts_them(country: str, on: date) -> None:
    assert holidays.is_holiday(country, on)
    assert not holidays.is_holiday(country, on + timedelta(days=5 if country != "KR" else 9))
