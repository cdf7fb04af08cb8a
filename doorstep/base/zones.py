"""The time zones there are, by their IANA names, and those of countries.  Source: CLDR."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from babel.core import get_global
from babel.dates import get_timezone_name


@cache
def timezones() -> tuple[str, ...]:
    """Every name, in order, for a form and for a check."""
    return tuple(sorted(available_timezones()))


def zone_of_country(country: str, *, at: datetime) -> str:
    """The zone whose clocks the whole country goes by at that time of the year; "" where clocks differ within it."""
    zones = [name for name in get_global("territory_zones").get(country, ()) if name in timezones()]
    clocks = {
        tuple(at.replace(month=month, day=1, hour=12).astimezone(ZoneInfo(name)).utcoffset() for month in (1, 7))
        for name in zones
    }
    return zones[0] if len(clocks) == 1 else ""


def zone_name(zone: str, language: str) -> str:
    """What people call the time of a zone: Korean Time, 중부유럽 시간."""
    return "UTC" if zone == "UTC" else str(get_timezone_name(ZoneInfo(zone), locale=language))
