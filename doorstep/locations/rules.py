"""Distances, postal codes and bin codes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from math import asin, cos, radians, sin, sqrt

from doorstep.base.refusals import INVALID, Refused
from doorstep.base.texts import one_line
from doorstep.base.words import gettext_noop
from doorstep.base.zones import timezones
from doorstep.locations.values import LocationDraft, LocationKind

EARTH_KM = 6371.0088
MAX_BINS = 5000
LONGEST_BIN = 30
LONGEST_RANGE = 2 * LONGEST_BIN + 2
_COUNTRY = re.compile(r"[A-Z]{2}")
_RANGE = re.compile(r"^(.*?)([0-9]+)\s*(?:\.\.|~)\s*(.*?)([0-9]+)$")
_UNREADABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")


def distance_km(a: Sequence[float], b: Sequence[float]) -> float:
    """Great-circle distance between two (latitude, longitude, …).  Source: the haversine formula, mean Earth radius."""
    lat_a, lon_a, lat_b, lon_b = radians(a[0]), radians(a[1]), radians(b[0]), radians(b[1])
    h = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(h)))


def normalise_postal_code(text: str) -> str:
    """The code as it is compared: upper case, letters and digits only."""
    return "".join(c for c in text.upper() if c.isascii() and c.isalnum())[:20]


def postal_candidates(country: str, postal_code: str) -> list[str]:
    """The codes that GeoNames may know a postal code by, most exact first.

    GB is listed by outward code (SW1A 1AA → SW1A), US by five digits (ZIP+4 → ZIP), NL by four, CA and IE by three;
    BR by CEP, of which a town's ends in 000.
    """
    code = normalise_postal_code(postal_code)
    cuts: list[str] = [code]
    if country == "GB" and len(code) > 4:
        cuts.append(code[:-3])
        cuts.append(code[:-3].rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    elif country == "BR" and len(code) == 8:
        cuts.append(code[:5] + "000")
    elif country in _LISTED_BY:
        cuts.append(code[: _LISTED_BY[country]])
    return [cut for cut in dict.fromkeys(cuts) if cut]


_LISTED_BY = {"US": 5, "PR": 5, "NL": 4, "CA": 3, "IE": 3, "MT": 3, "PT": 4}


def postal_prefixes(postal_code: str) -> list[str]:
    """Shorter and shorter beginnings of a code, down to two characters: the area around it."""
    code = normalise_postal_code(postal_code)
    return [code[:n] for n in range(min(len(code) - 1, 5), 1, -1)]


def natural_key(code: str) -> list[tuple[int, int, str]]:
    """Sorts A-2 before A-10."""
    return [
        (0, int(part), "") if part.isascii() and part.isdecimal() else (1, 0, part)
        for part in re.findall(r"[0-9]+|[^0-9]+", code)
    ]


def tidy_bin(code: str) -> str:
    """A bin code as it is kept: no control characters, nothing around it, at most 30 characters."""
    return _UNREADABLE.sub("", code).strip()[:LONGEST_BIN].rstrip()


def expand_bins(text: str) -> list[str]:
    """Bin codes as a person types them: separated by commas, spaces or lines, a range as A-01..A-20.

    Refuses: ranges over different beginnings or running backwards, and more than 5000 codes.
    """
    codes: dict[str, None] = {}
    joined = re.sub(r"(?<!\s)\s*(\.\.|~)\s*", r"\1", text)
    for part in re.split(r"[,;\s]+", joined):
        for code in _expand(part):
            codes[code] = None
            if len(codes) > MAX_BINS:
                raise _invalid(gettext_noop("Bins"), gettext_noop("at most 5,000 at once"))
    return list(codes)


def _expand(part: str) -> list[str]:
    found = _RANGE.match(part) if len(part) <= LONGEST_RANGE else None
    if not found:
        return [code] if (code := tidy_bin(part)) else []
    before, first, other, last = found.groups()
    if (other and other != before) or int(last) < int(first) or int(last) - int(first) > MAX_BINS:
        raise _invalid(gettext_noop("Bins"), gettext_noop("a range looks like A-01..A-20"))
    return [tidy_bin(f"{before}{number:0{len(first)}d}") for number in range(int(first), int(last) + 1)]


def check_location(draft: LocationDraft) -> LocationDraft:
    """The draft, tidied.  Refuses: no code or name, unknown country, time zone or kind, impossible coordinates."""
    code = draft.code.strip().upper()
    if not re.fullmatch(r"[\w-]{1,20}", code):
        raise _invalid(gettext_noop("Code"), gettext_noop("needs 1 to 20 letters, digits or hyphens"))
    name = one_line(draft.name, 120)
    if not name:
        raise _invalid(gettext_noop("Name"), gettext_noop("must not be empty"))
    country = draft.country.strip().upper()
    serves = tuple(dict.fromkeys(c.strip().upper() for c in draft.serves if c.strip()))
    if not all(_COUNTRY.fullmatch(c) for c in (country, *serves)):
        raise _invalid(gettext_noop("Country"), gettext_noop("is a code of two letters"))
    if draft.kind not in set(LocationKind):
        raise _invalid(gettext_noop("Kind"), gettext_noop("is warehouse or shop"))
    if draft.timezone not in timezones():
        raise _invalid(gettext_noop("Time zone"), gettext_noop("is not known; an example is Asia/Seoul"))
    if not (-90 <= (draft.latitude or 0) <= 90 and -180 <= (draft.longitude or 0) <= 180):
        raise _invalid(gettext_noop("Coordinates"), gettext_noop("are degrees, such as 37.56 and 126.97"))
    both = draft.latitude is not None and draft.longitude is not None
    return replace(
        draft,
        code=code,
        name=name,
        country=country,
        serves=serves,
        company=one_line(draft.company, 120),
        lines=tuple(line for line in (one_line(line, 120) for line in draft.lines) if line)[:4],
        postal_code=one_line(draft.postal_code, 20),
        city=one_line(draft.city, 80),
        region=one_line(draft.region, 80),
        phone=one_line(draft.phone, 40),
        latitude=draft.latitude if both else None,
        longitude=draft.longitude if both else None,
    )


def _invalid(name: str, problem: str) -> Refused:
    return Refused(INVALID, {"field": name, "problem": problem})
