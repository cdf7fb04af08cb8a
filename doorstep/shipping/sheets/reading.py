"""Rate sheets as people paste them from a spreadsheet.

One line says one thing; its first cell says what:

    currency, KRW
    origin, KR
    divisor, 6000                       cubic centimetres to a kilogram; "139 in3/lb" is understood too
    fuel %, 12.5
    zone, Seoul, KR, 01-09              name, country, beginnings of postal codes (empty: all others)
    zone, Near, KR, km 0-100            or a distance
    remote, KR, 63 40200-40240, 3000, 1      country, codes, surcharge, more days
    service, Standard, Seoul, Near      a service and its zones; what follows is of this service
    days, , 1, 2
    up to 2 kg, , 4000, 4500
    +1 kg, , 500, 600                   each further kilogram begun
    heaviest, 20 kg
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from doorstep.base import money, sheets, texts
from doorstep.base.refusals import Refused
from doorstep.base.words import gettext_noop
from doorstep.shipping.sheets.values import (
    ANYWHERE,
    SHEET_EMPTY,
    Break,
    Preview,
    Problem,
    Remote,
    Service,
    Sheet,
    Zone,
)

MOST_LINES = 5000
MOST_DAYS = 365
LONGEST_CELL = 20_000
LONGEST_WORD = 60  # what a weight, a distance or a price is written in; longer ones are none
# Exact by definition: the pound and the inch of 1959 (NIST SP 811, appendix B.8).
GRAMS = {"g": Decimal(1), "kg": Decimal(1000), "lb": Decimal("453.59237"), "oz": Decimal("28.349523125")}
INCH_MM = Decimal("25.4")
_WEIGHT = re.compile(r"\s*(?:up to\s*)?(\+?)\s*([0-9]+(?:[.,][0-9]+)?)\s*(kg|g|lb|oz)\s*(?:까지)?\s*", re.IGNORECASE)
_RANGE = re.compile(r"([0-9A-Z]+)(?:[-~]([0-9A-Z]+))?", re.IGNORECASE)
_KM = re.compile(r"km\s*([0-9]+)?\s*-\s*([0-9]+)?", re.IGNORECASE)
_INCHES = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*in3\s*/\s*lb", re.IGNORECASE)
NOT_A_CODE = gettext_noop("this is no beginning of a postal code, nor a range of them: %(text)s")
NOT_A_NUMBER = gettext_noop("this is no number: %(text)s")
NOT_A_PRICE = gettext_noop("this is no price in %(currency)s: %(text)s")
NOT_A_LINE = gettext_noop("nobody knows what “%(text)s” is")
NOT_A_COUNTRY = gettext_noop("a country has two letters, such as KR: %(text)s")
NO_SERVICE_YET = gettext_noop("a “service” line must come first")
NO_SUCH_ZONE = gettext_noop("no zone line names %(text)s")
TOO_LONG = gettext_noop("a sheet has at most %(text)s lines, each of cells that a person can read")
NO_CURRENCY = gettext_noop("a “currency” line is missing")
NO_ORIGIN = gettext_noop("an “origin” line with the country of departure is missing")
NOT_RISING = gettext_noop("weights must rise from line to line")
KM_BACKWARDS = gettext_noop("the shorter distance comes first: %(text)s")
TWICE = gettext_noop("%(text)s is there twice")


class _Bad(Exception):
    def __init__(self, problem: str, text: object = "", **more: str) -> None:
        super().__init__(problem)
        self.problem, self.facts = problem, {"text": str(text)[:60], **more} if "%(" in problem else {}


@dataclass
class _Draft:
    is_kept: bool = False
    currency: str = ""
    origin: str = ""
    divisor: int = 0
    fuel_bp: int = 0
    zones: list[Zone] = field(default_factory=list)
    named: set[str] = field(default_factory=set)  # zones that a line names, be they read or not
    remote: list[Remote] = field(default_factory=list)
    services: list[Service] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)


def read(text: str, *, is_kept: bool = False) -> Preview:
    """A sheet from pasted text: commas, semicolons or tabs, whatever its first line has most of.

    `is_kept`: one that counts already keeps its prices, also where it has what is refused of new ones: columns or services of one
    name, of which the last counts, and distances that run backwards, which nobody lives at.
    """
    draft, problems = _Draft(is_kept), list[Problem]()
    try:
        lines = _lines(text)
    except csv.Error:
        lines = None
    if lines is None or len(lines) > MOST_LINES or any(len(cell) > LONGEST_CELL for line in lines for cell in line):
        return Preview(None, (Problem(0, TOO_LONG, {"text": str(MOST_LINES)}),))
    for number, cells in enumerate(lines, start=1):
        if not any(cells) or cells[0].startswith("#"):
            continue
        try:
            _read_line(draft, cells)
        except _Bad as bad:
            problems.append(Problem(number, bad.problem, bad.facts))
        except Refused as refused:
            problems.append(Problem(number, refused.refusal.says, {k: str(v) for k, v in refused.facts.items()}))
    if not problems:
        missing = [NO_CURRENCY] * (not draft.currency) + [NO_ORIGIN] * (not draft.origin)
        empty = not any(service.breaks for service in draft.services)
        problems = [Problem(0, one) for one in missing + [SHEET_EMPTY] * empty]
    return Preview(None if problems else _sheet(draft), tuple(problems))


def _sheet(draft: _Draft) -> Sheet:
    services = tuple(service for service in draft.services if service.breaks)
    return Sheet(
        draft.currency, draft.origin, tuple(draft.zones), services, draft.divisor, draft.fuel_bp, tuple(draft.remote)
    )


def _lines(text: str) -> list[list[str]]:
    plain = text.replace("\ufeff", "").replace("\r\n", "\n").replace("\r", "\n")
    first = next((line for line in plain.split("\n") if line.strip()), "")
    delimiter = max("\t,;", key=first.count)
    found = csv.reader(io.StringIO(plain), delimiter=delimiter, skipinitialspace=True)
    some = (line for _, line in zip(range(MOST_LINES + 1), found, strict=False))
    return [[texts.one_line(sheets.plain(cell.strip())) for cell in line] for line in some]


def _read_line(draft: _Draft, cells: Sequence[str]) -> None:
    word = cells[0].lower()
    rest = [*cells[1:], "", "", "", ""]
    reader = _READERS.get(word)
    if reader is not None:
        reader(draft, rest)
    elif len(word) <= LONGEST_WORD and _WEIGHT.fullmatch(word):
        _read_break(draft, word, rest)
    else:
        raise _Bad(NOT_A_LINE, cells[0])


def _read_currency(draft: _Draft, cells: Sequence[str]) -> None:
    money.digits_of(cells[0].upper())
    if draft.currency not in ("", cells[0].upper()):  # the prices above were read in another one
        raise _Bad(TWICE, cells[0])
    draft.currency = cells[0].upper()


def _read_origin(draft: _Draft, cells: Sequence[str]) -> None:
    draft.origin = _country(cells[0])


def _read_divisor(draft: _Draft, cells: Sequence[str]) -> None:
    inches = _INCHES.fullmatch(cells[0]) if len(cells[0]) <= LONGEST_WORD else None
    if inches:  # cubic inches to a pound
        draft.divisor = round(Decimal(inches[1]) * INCH_MM**3 / GRAMS["lb"])
        return
    draft.divisor = int(_number(cells[0]))


def _read_fuel(draft: _Draft, cells: Sequence[str]) -> None:
    draft.fuel_bp = int(_number(cells[0].rstrip("% ")) * 100)


def _read_zone(draft: _Draft, cells: Sequence[str]) -> None:
    name, country, codes = cells[0], cells[1], " ".join(cells[2:]).strip()
    if any(zone.name == name for zone in draft.zones) or not name:
        raise _Bad(TWICE, name)
    draft.named.add(name)  # that its codes are wrong is said once, not of every service too
    land = ANYWHERE if country == ANYWHERE else _country(country)
    km = _KM.fullmatch(codes) if len(codes) <= LONGEST_WORD else None
    if km:
        if km[2] and int(km[1] or 0) > int(km[2]) and not draft.is_kept:
            raise _Bad(KM_BACKWARDS, codes)
        draft.zones.append(Zone(name, land, (), int(km[1] or 0), int(km[2]) if km[2] else None))
        return
    draft.zones.append(Zone(name, land, _codes(codes)))


def _read_remote(draft: _Draft, cells: Sequence[str]) -> None:
    days = _days(cells[3]) if cells[3] else 0
    draft.remote.append(Remote(_country(cells[0]), _codes(cells[1]), _price(draft, cells[2]), days))


def _read_service(draft: _Draft, cells: Sequence[str]) -> None:
    called = texts.one_line(cells[0], 40)
    is_there = any(service.name == called for service in draft.services)
    # The lines below are of this service even where its own line is wrong: what is wrong in them is said too.
    draft.columns = columns = [cell for cell in cells[1:] if cell]
    draft.services.append(Service(called, (), {}))
    if not called or (is_there and not draft.is_kept):
        raise _Bad(TWICE, called)
    for name in columns:
        if name not in draft.named:
            raise _Bad(NO_SUCH_ZONE, name)
    if len(set(columns)) < len(columns) and not draft.is_kept:
        raise _Bad(TWICE, next(name for name in columns if columns.count(name) > 1))


def _read_days(draft: _Draft, cells: Sequence[str]) -> None:
    service = _last(draft)
    days = {zone: _days(cell) for zone, cell in zip(draft.columns, cells[1:], strict=False) if cell}
    draft.services[-1] = Service(service.name, service.breaks, days, service.more, service.heaviest_g)


def _read_heaviest(draft: _Draft, cells: Sequence[str]) -> None:
    service = _last(draft)
    draft.services[-1] = Service(service.name, service.breaks, service.days, service.more, _weight(cells[0])[0])


def _read_break(draft: _Draft, word: str, cells: Sequence[str]) -> None:
    service = _last(draft)
    grams, is_more = _weight(word)
    prices = {zone: _price(draft, cell) for zone, cell in zip(draft.columns, cells[1:], strict=False) if cell}
    one = Break(grams, prices)
    if is_more:
        draft.services[-1] = Service(service.name, service.breaks, service.days, one, service.heaviest_g)
        return
    if service.breaks and grams <= service.breaks[-1].up_to_g:
        raise _Bad(NOT_RISING)
    draft.services[-1] = Service(service.name, (*service.breaks, one), service.days, service.more, service.heaviest_g)


def _last(draft: _Draft) -> Service:
    if not draft.services:
        raise _Bad(NO_SERVICE_YET)
    return draft.services[-1]


def _weight(text: str) -> tuple[int, bool]:
    found = _WEIGHT.fullmatch(text) if len(text) <= LONGEST_WORD else None
    if not found:
        raise _Bad(NOT_A_NUMBER, text)
    number, unit = found[2], found[3].lower()
    if re.fullmatch(r"[1-9][0-9]{0,2},[0-9]{3}", number):  # 1,000 g are thousand; 1,500 kg may be either
        if unit != "g":
            raise _Bad(NOT_A_NUMBER, text)
        number = number.replace(",", "")
    grams = Decimal(number.replace(",", ".")) * GRAMS[unit]
    if not 0 < grams < 10**7:
        raise _Bad(NOT_A_NUMBER, text)
    return max(1, int(grams)), bool(found[1])


def _codes(text: str) -> tuple[tuple[str, str], ...]:
    pairs = []
    for part in text.upper().split():
        found = _RANGE.fullmatch(part)
        low = found[1] if found else ""
        high = (found[2] or low) if found else ""
        if not found or len(low) != len(high) or low > high:
            raise _Bad(NOT_A_CODE, part)
        pairs.append((low, high))
    return tuple(pairs)


def _country(text: str) -> str:
    if len(text) != 2 or not text.isascii() or not text.isalpha():
        raise _Bad(NOT_A_COUNTRY, text)
    return text.upper()


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text.replace(" ", ""))
    except InvalidOperation:
        raise _Bad(NOT_A_NUMBER, text) from None
    if not number.is_finite() or not 0 <= number < 10**6:
        raise _Bad(NOT_A_NUMBER, text)
    return number


def _days(text: str) -> int:
    days = int(_number(text))
    if days > MOST_DAYS:
        raise _Bad(NOT_A_NUMBER, text)
    return days


def _price(draft: _Draft, text: str) -> int:
    if not draft.currency:
        raise _Bad(NO_CURRENCY)
    try:
        price = money.typed(text, draft.currency)
    except Refused:
        raise _Bad(NOT_A_PRICE, text, currency=draft.currency) from None
    if price.minor < 0:
        raise _Bad(NOT_A_PRICE, text, currency=draft.currency)
    return price.minor


_READERS: dict[str, Callable[[_Draft, Sequence[str]], None]] = {
    "currency": _read_currency, "origin": _read_origin, "divisor": _read_divisor, "fuel": _read_fuel, "fuel %": _read_fuel,
    "zone": _read_zone, "remote": _read_remote, "service": _read_service, "days": _read_days, "heaviest": _read_heaviest,
    "통화": _read_currency, "출발국": _read_origin, "부피계수": _read_divisor, "유류할증": _read_fuel, "유류할증 %": _read_fuel,
    "권역": _read_zone, "도서산간": _read_remote, "서비스": _read_service, "배송일": _read_days, "최대무게": _read_heaviest,
}  # fmt: skip
