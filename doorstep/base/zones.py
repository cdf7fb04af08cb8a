"""The time zones there are, by their IANA names, and those of countries.  Source: CLDR."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from babel.core import get_global
from babel.dates import get_timezone_name

# Countries with several zones, by state or province; where one has two, the one in which most of its people live.
# Source: IANA time zone data, file zone1970.tab, and the official lists of ISO 3166-2.
ZONES_OF_REGIONS: Mapping[str, Mapping[str, str]] = {
    "US": {
        "America/New_York": "CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC VA VT WV",
        "America/Chicago": "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI",
        "America/Denver": "CO ID MT NM UT WY", "America/Phoenix": "AZ", "America/Los_Angeles": "CA NV OR WA",
        "America/Anchorage": "AK", "Pacific/Honolulu": "HI", "America/Puerto_Rico": "PR VI", "Pacific/Guam": "GU MP",
    },
    "CA": {
        "America/Toronto": "ON QC NU", "America/Winnipeg": "MB", "America/Regina": "SK", "America/Edmonton": "AB NT",
        "America/Vancouver": "BC", "America/Whitehorse": "YT", "America/Halifax": "NS NB PE", "America/St_Johns": "NL",
    },
    "AU": {
        "Australia/Sydney": "NSW ACT", "Australia/Melbourne": "VIC", "Australia/Brisbane": "QLD", "Australia/Adelaide": "SA",
        "Australia/Perth": "WA", "Australia/Hobart": "TAS", "Australia/Darwin": "NT",
    },
}  # fmt: skip
# Where nobody says the state: the zone in which the largest share of the country lives.
ZONE_OTHERWISE = {
    "US": "America/New_York", "CA": "America/Toronto", "AU": "Australia/Sydney", "BR": "America/Sao_Paulo",
    "MX": "America/Mexico_City", "RU": "Europe/Moscow", "ID": "Asia/Jakarta", "ES": "Europe/Madrid", "PT": "Europe/Lisbon",
    "CL": "America/Santiago", "NZ": "Pacific/Auckland", "KZ": "Asia/Almaty", "MN": "Asia/Ulaanbaatar", "CN": "Asia/Shanghai",
    "EC": "America/Guayaquil", "DE": "Europe/Berlin", "FR": "Europe/Paris", "AR": "America/Argentina/Buenos_Aires",
    "UA": "Europe/Kyiv", "MY": "Asia/Kuala_Lumpur", "CY": "Asia/Nicosia",
}  # fmt: skip


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


def zone_of_place(country: str, region: str, *, at: datetime) -> str:
    """The zone of a state or a country, for most who live there; "" where nothing is known of it."""
    country, region = country.upper(), region.upper()
    for zone, regions in ZONES_OF_REGIONS.get(country, {}).items():
        if region in regions.split():
            return zone
    return zone_of_country(country, at=at) or ZONE_OTHERWISE.get(country, "")


def zone_name(zone: str, language: str) -> str:
    """What people call the time of a zone: Korean Time, 중부유럽 시간."""
    return "UTC" if zone == "UTC" else str(get_timezone_name(ZoneInfo(zone), locale=language))
