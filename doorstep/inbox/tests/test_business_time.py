"""Business time, held against a slow twin that looks at every minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorstep.inbox.rules import calendar as business
from doorstep.inbox.rules.calendar import Calendar

SEOUL, BERLIN = ZoneInfo("Asia/Seoul"), ZoneInfo("Europe/Berlin")
NINE_TO_SIX = ((9 * 60, 18 * 60),)
WEEKDAYS = (NINE_TO_SIX,) * 5 + ((), ())
MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def slow_open_minutes(calendar: Calendar, start: datetime, end: datetime) -> list[datetime]:
    """Every minute that counts: the clock on the wall, which never goes back, is inside an opening time of that day."""
    found = []
    local = start.astimezone(calendar.zone)
    minute = datetime.combine(local.date(), datetime.min.time(), calendar.zone).astimezone(UTC)
    day, furthest = local.date(), -1
    while minute < end:
        wall = minute.astimezone(calendar.zone)
        if wall.date() != day:
            day, furthest = wall.date(), -1
        furthest = max(furthest, wall.hour * 60 + wall.minute)
        opens = day not in calendar.holidays and any(a <= furthest < b for a, b in calendar.week[day.weekday()])
        if opens and minute >= start:
            found.append(minute)
        minute += MINUTE
    return found


days = st.lists(st.integers(0, 24 * 60), min_size=0, max_size=4, unique=True).map(
    lambda marks: tuple((a, b) for a, b in zip(*[iter(sorted(marks))] * 2, strict=False))
)
calendars = st.builds(
    Calendar,
    zone=st.sampled_from(
        [SEOUL, BERLIN, ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("UTC")]
    ),
    week=st.tuples(*[days] * 7),
    holidays=st.frozensets(st.dates(date(2026, 10, 20), date(2026, 11, 5)), max_size=3),
)
# Around the days on which clocks change: Berlin 25 October and 29 March, New York 1 November, Lord Howe 4 October, by half an hour.
moments = st.one_of(
    st.integers(0, 10 * 24 * 60).map(lambda n: at("2026-10-22T00:00:00") + n * MINUTE),
    st.integers(0, 4 * 24 * 60).map(lambda n: at("2026-03-27T00:00:00") + n * MINUTE),
    st.integers(0, 4 * 24 * 60).map(lambda n: at("2026-10-02T00:00:00") + n * MINUTE),
)


@settings(max_examples=60, deadline=None)
@given(calendars, moments, st.integers(0, 3 * 24 * 60))
def test_minutes_between_are_those_that_a_slow_walk_counts(calendar: Calendar, start: datetime, span: int) -> None:
    end = start + span * MINUTE

    assert business.minutes_between(calendar, start, end) == len(slow_open_minutes(calendar, start, end))


@settings(max_examples=60, deadline=None)
@given(calendars, moments, st.integers(1, 600))
def test_a_deadline_is_one_minute_after_the_last_that_counts(calendar: Calendar, start: datetime, minutes: int) -> None:
    walked = slow_open_minutes(calendar, start, start + timedelta(days=8))
    if len(walked) < minutes:
        return

    assert business.add_minutes(calendar, start, minutes) == walked[minutes - 1] + MINUTE


def test_business_hours_ignored_chatwoot_pr_13392() -> None:
    friday_evening = at("2026-11-20T08:30:00")  # 17:30 in Seoul

    due = business.add_minutes(Calendar(SEOUL, WEEKDAYS, frozenset()), friday_evening, 240)

    assert due == at("2026-11-23T03:30:00")  # Monday 12:30 in Seoul


def test_a_holiday_does_not_count() -> None:
    due = business.add_minutes(
        Calendar(SEOUL, WEEKDAYS, frozenset({date(2026, 11, 23)})), at("2026-11-20T08:30:00"), 240
    )

    assert due == at("2026-11-24T03:30:00")


def test_a_night_shift_is_an_hour_longer_when_clocks_go_back() -> None:
    night = Calendar(BERLIN, (((0, 6 * 60),),) * 7, frozenset())

    assert business.minutes_between(night, at("2026-10-24T20:00:00"), at("2026-10-25T12:00:00")) == 7 * 60
    assert business.minutes_between(night, at("2026-03-28T20:00:00"), at("2026-03-29T12:00:00")) == 5 * 60


def test_nothing_is_due_where_nobody_ever_is() -> None:
    with pytest.raises(ValueError, match="never open"):
        business.add_minutes(Calendar(SEOUL, ((),) * 7, frozenset()), at("2026-11-20T08:30:00"), 1)
