"""Reads single cells: numbers, dates, countries.  Pure; answers are remembered, since files repeat themselves."""

from __future__ import annotations

import fnmatch
import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.core import Locale

from doorstep.base import money
from doorstep.base.refusals import Refused
from doorstep.base.texts import one_line

_ISO = re.compile(r"\d{4}-\d\d-\d\d([ T].*)?")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?")
# What people write that CLDR says otherwise.
_ALSO = {
    "czech republic": "CZ", "england": "GB", "great britain": "GB", "hong kong": "HK", "korea": "KR", "macao": "MO",
    "macau": "MO", "republic of korea": "KR", "the netherlands": "NL", "u.k.": "GB", "u.s.a.": "US", "uk": "GB",
    "united states of america": "US", "usa": "US", "한국": "KR", "홍콩": "HK",
}  # fmt: skip
_FLOATED = re.compile(r"\d+\.0+")


@lru_cache(maxsize=65536)
def number(text: str, decimal: str, thousands: str) -> Decimal | None:
    """A number as the profile writes it; None where it is none.  Currency signs and spaces around it are let pass.

    Thousands signs must part groups of three, so that 0.99 is never read as 99.
    """
    bare = text.strip().lstrip("€$£¥₩￦").rstrip("€$£¥₩￦").strip().replace("−", "-")
    whole, sign, fraction = bare.partition(decimal)
    if thousands and thousands in whole:
        groups = whole.lstrip("+-").split(thousands)
        if not 1 <= len(groups[0]) <= 3 or any(len(group) != 3 for group in groups[1:]):
            return None
        whole = whole.replace(thousands, "")
    bare = f"{whole}.{fraction}" if sign else whole
    if "." in whole or not bare.isascii() or not _NUMBER.fullmatch(bare):
        return None
    try:
        return Decimal(bare)
    except InvalidOperation:
        return None


@lru_cache(maxsize=65536)
def minor(text: str, currency: str, decimal: str, thousands: str) -> int | None:
    """An amount in minor units; None where it is none in that currency."""
    value = number(text, decimal, thousands)
    if value is None:
        return None
    try:
        return money.parse(value, currency).minor
    except Refused:
        return None


@lru_cache(maxsize=512)
def digits(currency: str) -> int | None:
    """How many decimals a currency has; None where it is none."""
    try:
        return money.digits_of(currency)
    except Refused:
        return None


@lru_cache(maxsize=65536)
def sku(text: str, *, fold: bool) -> str:
    """A SKU as the catalogue keeps it; too long a one stays too long."""
    tidy = one_line(text, 1000)
    return tidy.upper() if fold else tidy


@lru_cache(maxsize=65536)
def matches(patterns: tuple[str, ...], sku: str, *, fold: bool) -> bool:
    """Whether a SKU is one of those named, in which * stands for anything.  `fold`: whatever its case."""
    flags = re.IGNORECASE if fold else 0
    return any(re.fullmatch(fnmatch.translate(pattern), sku, flags) for pattern in patterns)


@lru_cache(maxsize=65536)
def moment(text: str, form: str, time_zone: str) -> datetime | None:
    """A date and time in UTC; one without an offset is meant in the time zone.  None where it is no date."""
    text = text.strip()
    try:
        found = None if form == "iso" else datetime.strptime(text, form)  # noqa: DTZ007  # the time zone is the profile's
    except ValueError:
        found = None
    if found is None and _ISO.fullmatch(text):
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            return None
    if found is None or not 1900 <= found.year <= 2200:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(time_zone))).astimezone(UTC)


@lru_cache(maxsize=1)
def _territories() -> dict[str, str]:
    """Folded country name -> ISO 3166 code; where two languages mean different ones, the first does.  Source: CLDR."""
    names: dict[str, str] = {}
    for language in ("en", "ko", "de", "fr", "es", "ja"):
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha() and code not in ("EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"):
                names.setdefault(name.casefold(), code)
                names[code.casefold()] = code
    return names | _ALSO


def country(text: str) -> str | None:
    """The ISO 3166 code of a code, or of a name in one of the larger languages of trade; None where it is neither."""
    return _territories().get(text.strip().casefold())


def identifier(text: str) -> str:
    """An id without the “.0” that spreadsheets and data frames add to numbers."""
    text = text.strip()
    return text.partition(".")[0] if _FLOATED.fullmatch(text) else text
