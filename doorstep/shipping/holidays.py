"""The days on which nobody delivers, of the countries that most parcels go to.  Pure.

Others are learnt as slower days.  Source: the laws on public holidays of these countries; the lunar days of Korea: KASI, almanac.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache

MON_FRI, SATURDAY = frozenset(range(5)), 5
SUN_THU = frozenset({6, 0, 1, 2, 3})
# Parcels come on Saturdays too.
ON_SATURDAYS = frozenset({"US", "KR", "DE", "GB", "FR", "NL", "AT", "BE", "CH", "JP", "CN", "CA", "SG", "HK"})
FRIDAY_SATURDAY_OFF = frozenset({"SA", "EG", "KW", "QA", "BH", "OM", "JO", "IL"})
# Month and day.
FIXED: Mapping[str, tuple[tuple[int, int], ...]] = {
    "US": ((1, 1), (7, 4), (12, 25)),
    "CA": ((1, 1), (7, 1), (12, 25), (12, 26)),
    "GB": ((1, 1), (12, 25), (12, 26)),
    "DE": ((1, 1), (5, 1), (10, 3), (12, 25), (12, 26)),
    "FR": ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)),
    "KR": ((1, 1), (3, 1), (5, 5), (6, 6), (8, 15), (10, 3), (10, 9), (12, 25)),
    "JP": ((1, 1),),
    "NL": ((1, 1), (4, 27), (12, 25), (12, 26)),
    "AT": ((1, 1), (1, 6), (5, 1), (8, 15), (10, 26), (11, 1), (12, 8), (12, 25), (12, 26)),
    "ES": ((1, 1), (1, 6), (5, 1), (8, 15), (10, 12), (11, 1), (12, 6), (12, 8), (12, 25)),
    "IT": ((1, 1), (1, 6), (4, 25), (5, 1), (6, 2), (8, 15), (11, 1), (12, 8), (12, 25), (12, 26)),
    "PL": ((1, 1), (1, 6), (5, 1), (5, 3), (8, 15), (11, 1), (11, 11), (12, 25), (12, 26)),
}
# Days from Easter Sunday.
FROM_EASTER: Mapping[str, tuple[int, ...]] = {
    "GB": (-2, 1), "DE": (-2, 1, 39, 50), "FR": (1, 39, 50), "NL": (1, 39, 50), "AT": (1, 39, 50, 60), "ES": (-2,), "IT": (1,),
    "PL": (1, 60), "CA": (-2,),
}  # fmt: skip
# Month, weekday (Monday 0), which of the month; -1 the last.
NTH: Mapping[str, tuple[tuple[int, int, int], ...]] = {
    "US": ((5, 0, -1), (9, 0, 1), (11, 3, 4)),
    "CA": ((9, 0, 1), (10, 0, 2)),
    "GB": ((5, 0, 1), (5, 0, -1), (8, 0, -1)),
}
# Seollal and Chuseok, three days each, from the first.
LUNAR_KR = (
    date(2025, 1, 28), date(2025, 10, 5), date(2026, 2, 16), date(2026, 9, 24), date(2027, 2, 6), date(2027, 9, 14),
    date(2028, 1, 26), date(2028, 10, 2), date(2029, 2, 12), date(2029, 9, 21), date(2030, 2, 2), date(2030, 9, 11),
)  # fmt: skip


def delivery_weekdays(country: str) -> frozenset[int]:
    """The days of the week on which parcels usually come, Monday 0."""
    return weekdays(country) | ({SATURDAY} if country in ON_SATURDAYS else frozenset())


def weekdays(country: str) -> frozenset[int]:
    """The days of the week on which a country works, Monday 0."""
    return SUN_THU if country in FRIDAY_SATURDAY_OFF else MON_FRI


def is_holiday(country: str, on: date) -> bool:
    """Whether a day is one on which nobody delivers there; False for countries that are not listed."""
    return on in _holidays(country, on.year)


@cache
def _holidays(country: str, year: int) -> frozenset[date]:
    days = {date(year, month, day) for month, day in FIXED.get(country, ())}
    days |= {_easter(year) + timedelta(days=after) for after in FROM_EASTER.get(country, ())}
    days |= {_nth(year, *which) for which in NTH.get(country, ())}
    if country == "KR":
        days |= {first + timedelta(days=n) for first in LUNAR_KR if first.year == year for n in range(3)}
    return frozenset(days)


def _easter(year: int) -> date:
    """Source: Gauss's rule as completed by the anonymous computus of 1876."""
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    f = d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114
    return date(year, f // 31, f % 31 + 1)


def _nth(year: int, month: int, weekday: int, which: int) -> date:
    if which > 0:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (which - 1))
    last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - weekday) % 7)
