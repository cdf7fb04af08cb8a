"""Business time: minutes that count only while somebody is there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from doorstep.inbox.values import Hours

DAY_MIN = 24 * 60
LONGEST_DAYS = 3660


@dataclass(frozen=True, slots=True)
class Calendar:
    """Shapes: `week` as in `Hours`; `holidays` are days of the zone."""

    zone: ZoneInfo
    week: tuple[tuple[tuple[int, int], ...], ...]
    holidays: frozenset[date]


def calendar_of(hours: Hours) -> Calendar:
    """The calendar that an organisation's hours mean."""
    return Calendar(ZoneInfo(hours.timezone), hours.week, frozenset(date.fromisoformat(day) for day in hours.holidays))


def add_minutes(calendar: Calendar, start: datetime, minutes: int) -> datetime:
    """The moment at which so many minutes of business time have passed since `start`.

    Units: real minutes; a clock that is put back gives a longer day, one that is put forward a shorter one.
    Raises: ValueError where the calendar is never open.
    """
    left = timedelta(minutes=minutes)
    at = start
    for opens, closes in _windows(calendar, start):
        at = max(opens, start)
        if closes - at >= left:
            return at + left
        left -= closes - at
    raise ValueError("this calendar is never open")


def minutes_between(calendar: Calendar, start: datetime, end: datetime) -> int:
    """How many minutes of business time lie between two moments; 0 where the second is not later."""
    return int(between(calendar, start, end).total_seconds() // 60)


def between(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """How much business time lies between two moments; none where the second is not later."""
    passed = timedelta()
    for opens, closes in _windows(calendar, start):
        if opens >= end:
            break
        passed += min(closes, end) - max(opens, start)
    return passed


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Whether somebody is there."""
    opens, _ = next(_windows(calendar, at), (None, None))
    return opens is not None and opens <= at


def _windows(calendar: Calendar, start: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The opening times that end after a moment, in UTC, in order."""
    first = start.astimezone(calendar.zone).date()
    for n in range(LONGEST_DAYS):
        day = first + timedelta(days=n)
        if day in calendar.holidays:
            continue
        for opens, closes in calendar.week[day.weekday()]:
            begin, end = _moment(calendar.zone, day, opens), _moment(calendar.zone, day, closes)
            if end > start and end > begin:
                yield begin, end


def _moment(zone: ZoneInfo, day: date, minute: int) -> datetime:
    """When the clock on the wall first shows this minute of a day, or passes it because it is put forward."""
    if minute >= DAY_MIN:
        return _moment(zone, day + timedelta(days=1), 0)
    wall = datetime.combine(day, time(minute // 60, minute % 60))
    early, late = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (1, 0))
    if late.astimezone(zone).replace(tzinfo=None) == wall:
        return late
    while early < late and early.astimezone(zone).replace(tzinfo=None) < wall:
        early += timedelta(minutes=1)
    return early
