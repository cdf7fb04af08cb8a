"""When a location works, when its parcels leave, and when they arrive."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop

WEEK = 7
EVERY_DAY, WORKING_WEEK = 0b1111111, 0b0011111  # Monday is the lowest bit
MOST_HOLIDAYS, MOST_PICKUPS, LONGEST_CARRIER = 200, 12, 40
MOST_ORDERS, MOST_HANDLING, MOST_PRIORITY = 1_000_000, 10**9, 999
FARTHEST_DAYS = 400  # a location that does not work within so many days never does
_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
NOT_A_TIME = gettext_noop("is a time of the day, such as 14:30")


@dataclass(frozen=True, slots=True)
class Pickup:
    """A carrier that comes for parcels each working day.  `at`: local time.  `carrier` empty: whichever."""

    at: time
    carrier: str = ""


@dataclass(frozen=True, slots=True)
class Dispatch:
    """How a location sends: what a parcel costs it, how many it can do, and when.

    Units: `handling_minor` per parcel in the brand's currency; `capacity_per_day` parcels, 0: no limit; `cut_off` local time, None:
    whoever orders before the last pick-up.  Shapes: `weekdays` bits, Monday the lowest; `priority` 1 first, None: after the rest.
    """

    handling_minor: int = 0
    capacity_per_day: int = 0
    weekdays: int = WORKING_WEEK
    holidays: tuple[date, ...] = ()
    cut_off: time | None = None
    pickups: tuple[Pickup, ...] = ()
    priority: int | None = None

    def works_on(self, day: date) -> bool:
        """Whether parcels are made that day."""
        return bool(self.weekdays >> day.weekday() & 1) and day not in self.holidays


@dataclass(frozen=True, slots=True)
class Leaving:
    """When an order leaves.  `at`: the moment, UTC; `on`: the location's own day.  `waits`: "" for today, else why not:
    "cut_off", "closed" or "pickup"."""

    at: datetime
    on: date
    waits: str = ""


def leaves(dispatch: Dispatch, *, zone: ZoneInfo, at: datetime, carrier: str = "") -> Leaving | None:
    """When an order that comes at a moment leaves this location; None where it never does.

    Up to the cut-off it leaves that day, later the next working day. It goes with the first pick-up at or after the cut-off,
    else with the day's last; on a later day with the first of that day.  `carrier`: only with a pick-up of theirs; "": with
    whichever comes.
    """
    here = at.astimezone(zone)
    pickups = sorted(one.at for one in dispatch.pickups if not carrier or one.carrier in ("", carrier))
    if carrier and dispatch.pickups and not pickups:
        return None
    waits = ""
    for day in _days(dispatch, here.date()):
        if day == here.date():
            moment, waits = _today(dispatch, pickups, zone, day, at)
            if moment is not None:
                return Leaving(moment, day)
            continue
        first = pickups[0] if pickups else dispatch.cut_off or time(23, 59)
        return Leaving(_moment(zone, day, first), day, waits or "closed")
    return None


def day_ends(dispatch: Dispatch, *, zone: ZoneInfo, day: date) -> datetime:
    """The second from which what comes leaves later than on this working day: past its cut-off, its last pick-up, or its end."""
    clocks = [max(one.at for one in dispatch.pickups)] if dispatch.pickups else []
    if dispatch.cut_off is not None:
        clocks.append(dispatch.cut_off)
    if not clocks:
        return _moment(zone, day + timedelta(days=1), time())
    return min(_moment(zone, day, clock) for clock in clocks) + timedelta(seconds=1)


def _days(dispatch: Dispatch, first: date) -> Iterator[date]:
    for n in range(FARTHEST_DAYS):
        day = first + timedelta(days=n)
        if dispatch.works_on(day):
            yield day


def _today(
    dispatch: Dispatch, pickups: Sequence[time], zone: ZoneInfo, day: date, at: datetime
) -> tuple[datetime | None, str]:
    """When it still leaves today, else why it does not."""
    if dispatch.cut_off is not None and at > _moment(zone, day, dispatch.cut_off):
        return None, "cut_off"
    if not pickups:
        return max(at, _moment(zone, day, dispatch.cut_off or time(23, 59))), ""
    left = [moment for moment in (_moment(zone, day, one) for one in pickups) if moment >= at]
    if not left:
        return None, "pickup"
    after = [moment for moment in left if dispatch.cut_off is None or moment >= _moment(zone, day, dispatch.cut_off)]
    return (after or left[-1:])[0], ""


def _moment(zone: ZoneInfo, day: date, clock: time) -> datetime:
    """A local time as a moment.  An hour that a clock skips is read by the offset before it; one that it repeats is the first."""
    return datetime.combine(day, clock, zone).astimezone(UTC)


@lru_cache(maxsize=4096)
def arrives_on(left_on: date, *, transit_days: int, weekdays: int = EVERY_DAY) -> date:
    """The day on which a parcel arrives.  `weekdays`: bits of the days on which the carrier moves and delivers."""
    day, left = left_on, transit_days
    while left > 0:
        day += timedelta(days=1)
        left -= bool((weekdays or EVERY_DAY) >> day.weekday() & 1)
    return day


def working_days_until(dispatch: Dispatch, first: date, last: date) -> int:
    """How many days on which the location works lie after the first, up to the last."""
    span = (last - first).days
    return sum(dispatch.works_on(first + timedelta(days=n)) for n in range(1, span + 1))


def check(dispatch: Dispatch) -> Dispatch:
    """The settings, in order.  Refuses: a week without a day, numbers out of bounds, too many holidays or pick-ups."""
    if not 0 < dispatch.weekdays <= EVERY_DAY:
        raise _invalid(gettext_noop("Working days"), gettext_noop("need at least one day of the week"))
    if not 0 <= dispatch.handling_minor <= MOST_HANDLING:
        raise _invalid(gettext_noop("Handling"), gettext_noop("is an amount from zero up"))
    if not 0 <= dispatch.capacity_per_day <= MOST_ORDERS:
        raise _invalid(gettext_noop("Capacity"), gettext_noop("is a number from 0 to 1,000,000; 0 is no limit"))
    if dispatch.priority is not None and not 1 <= dispatch.priority <= MOST_PRIORITY:
        raise _invalid(gettext_noop("Stock priority"), gettext_noop("is a number from 1 to 999, or empty"))
    if len(dispatch.holidays) > MOST_HOLIDAYS or len(dispatch.pickups) > MOST_PICKUPS:
        raise _invalid(gettext_noop("Calendar"), gettext_noop("holds at most 200 holidays and 12 pick-ups"))
    pickups = {Pickup(one.at, one.carrier.strip()[:LONGEST_CARRIER]) for one in dispatch.pickups}
    ordered = tuple(sorted(pickups, key=lambda one: (one.at, one.carrier)))
    return replace(dispatch, holidays=tuple(sorted(set(dispatch.holidays))), pickups=ordered)


def clock_of(text: str) -> time | None:
    """A time of the day as people type it; None for nothing.  Refuses: what is none."""
    if not text.strip():
        return None
    found = _TIME.fullmatch(text.strip())
    if not found:
        raise _invalid(gettext_noop("Time"), NOT_A_TIME)
    return time(int(found[1]), int(found[2]))


def pickups_of(lines: Collection[str]) -> tuple[Pickup, ...]:
    """Pick-ups as people type them: a time and, after it, who comes.  Refuses: lines that begin with no time."""
    found = []
    for line in lines:
        clock, _, carrier = line.strip().partition(" ")
        at = clock_of(clock)
        if at is not None:
            found.append(Pickup(at, carrier.strip()[:LONGEST_CARRIER]))
    return tuple(found)


def holidays_of(texts: Collection[str]) -> tuple[date, ...]:
    """Days as people type them.  Refuses: what is no day."""
    found = []
    for text in filter(None, (text.strip() for text in texts)):
        try:
            found.append(date.fromisoformat(text))
        except ValueError:
            raise _invalid(gettext_noop("Holidays"), gettext_noop("are days such as 2026-12-25")) from None
    return tuple(found)


def as_json(dispatch: Dispatch) -> dict[str, Any]:
    """The settings as events and programs tell them."""
    return {
        "handling_minor": dispatch.handling_minor, "capacity_per_day": dispatch.capacity_per_day,
        "weekdays": [n + 1 for n in range(WEEK) if dispatch.weekdays >> n & 1],
        "holidays": [day.isoformat() for day in dispatch.holidays],
        "cut_off": dispatch.cut_off and dispatch.cut_off.strftime("%H:%M"),
        "pickups": [{"at": one.at.strftime("%H:%M"), "carrier": one.carrier} for one in dispatch.pickups],
        "priority": dispatch.priority,
    }  # fmt: skip


def of_row(row: Mapping[str, Any]) -> Dispatch:
    """The settings as a row of the table holds them."""
    return Dispatch(
        row["handling_minor"], row["capacity_per_day"], row["weekdays"],
        tuple(date.fromisoformat(day) for day in row["holidays"] or ()), row["cut_off"],
        tuple(Pickup(time.fromisoformat(one["at"]), one["carrier"]) for one in row["pickups"] or ()), row["priority"],
    )  # fmt: skip


def _invalid(name: str, problem: str) -> Refused:
    return Refused(INVALID, {"field": name, "problem": problem})
