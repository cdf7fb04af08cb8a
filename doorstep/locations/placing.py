"""Where bins lie: read from their codes by a pattern that a person sees, or from a table they paste.  Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.locations import rules
from doorstep.locations.values import BinPlace, FloorPlan, Misread, ReadTable, Side

MOST_AISLES, LONGEST_MM, MOST_LINES = 500, 1_000_000, 5_000
COLUMNS = ("code", "aisle", "along_m", "side", "level", "zone")
_TOKENS = {
    "zone": r"(?P<zone>[A-Za-z]{1,30})",
    "aisle": r"(?P<aisle>[A-Za-z]{1,2}|[0-9]{1,4})",
    "bay": r"(?P<bay>[0-9]{1,4})",
    "side": r"(?P<side>[LRlr])",
    "level": r"(?P<level>[A-Za-z]|[0-9]{1,3})",
    "*": r".*",
}
_TOKEN = re.compile(r"\{(zone|aisle|bay|side|level|\*)\}")
_SIDES = {"l": Side.LEFT, "left": Side.LEFT, "r": Side.RIGHT, "right": Side.RIGHT, "": ""}


def check_plan(plan: FloorPlan) -> FloorPlan:
    """The plan.  Refuses: no aisles or too many, lengths that no building has, a depot beside the block, a bad pattern."""
    if not 1 <= plan.aisles <= MOST_AISLES:
        raise _invalid(gettext_noop("Aisles"), gettext_noop("are 1 to 500"))
    for name, value in ((gettext_noop("Length of an aisle"), plan.length_mm), (gettext_noop("From aisle to aisle"), plan.apart_mm)):
        if not 100 <= value <= LONGEST_MM:
            raise _invalid(name, gettext_noop("is 0.1 to 1,000 metres"))
    if not 1 <= plan.depot_aisle <= plan.aisles:
        raise _invalid(gettext_noop("Start and end"), gettext_noop("lies at the end of one of the aisles"))
    if not 10 <= plan.bay_mm <= plan.length_mm:
        raise _invalid(gettext_noop("Width of a bay"), gettext_noop("is 1 cm up to the length of the aisle"))
    compiled(plan.pattern)
    return plan


def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern such as {aisle}-{bay}-{level} as what codes are matched with; {*} stands for anything.

    Refuses: one without {aisle} or {bay}, or with a part twice.
    """
    names = _TOKEN.findall(pattern)
    named = [name for name in names if name != "*"]
    if len(pattern) > 80 or "aisle" not in named or "bay" not in named or len(named) != len(set(named)):
        raise _invalid(
            gettext_noop("Pattern"), gettext_noop("names {aisle} and {bay} once each; {zone}, {side}, {level} and {*} may be there")
        )
    parts = _TOKEN.split(pattern)
    return re.compile("".join(_TOKENS[part] if n % 2 else re.escape(part) for n, part in enumerate(parts)))


def read_codes(codes: Iterable[str], *, plan: FloorPlan) -> list[BinPlace]:
    """The places that codes name by the plan's pattern; those that do not fit it, or lie outside the block, are left out.

    Bay n begins n - 1 bays from the front.  `odd_even`: odd bays are on the left and even ones on the right, two at a place.
    """
    form = compiled(plan.pattern)
    found = [_read(code, form.fullmatch(code), plan) for code in codes]
    return [place for place in found if place is not None]


def _read(code: str, match: re.Match[str] | None, plan: FloorPlan) -> BinPlace | None:
    if match is None:
        return None
    told: Mapping[str, str | None] = match.groupdict()
    aisle, bay = number_of(told["aisle"] or ""), int(told["bay"] or 0)
    side = _SIDES[(told.get("side") or "").lower()]
    at = bay
    if plan.odd_even:
        at = (bay + 1) // 2
        side = side or (Side.LEFT if bay % 2 else Side.RIGHT)
    along = (2 * at - 1) * plan.bay_mm // 2
    if not (1 <= aisle <= plan.aisles and bay and along <= plan.length_mm):
        return None
    level = told.get("level")
    return BinPlace(code, aisle, along, side, number_of(level) if level else None, (told.get("zone") or "").upper())


def number_of(text: str) -> int:
    """A number as it is written, or letters counted as columns are: A is 1, Z 26, AA 27."""
    if text.isascii() and text.isdecimal():
        return int(text)
    found = 0
    for letter in text.upper():
        found = found * 26 + ord(letter) - 64
    return found


def read_table(text: str) -> ReadTable:
    """Bins as pasted from a sheet or a CSV file: code, aisle, along_m, side, level, zone; a head line may name the columns.

    Shapes: what could be read, and each line that could not with why; nothing is guessed.
    """
    lines = [line for line in text.replace("\ufeff", "").splitlines() if line.strip()][: MOST_LINES + 1]
    if not lines:
        return ReadTable((), ())
    between = max("\t;,", key=lines[0].count)
    rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=between))
    head = [cell.strip().lower() for cell in rows[0]]
    names: Sequence[str] = head if "code" in head else COLUMNS
    begins = 1 if "code" in head else 0
    places: dict[str, BinPlace] = {}
    wrong: list[Misread] = []
    for n, row in enumerate(rows[begins:], start=begins + 1):
        told = {name: cell.strip() for name, cell in zip(names, row, strict=False)}
        try:
            place = read_place(told)
        except Refused as refused:
            wrong.append(Misread(n, str(refused.facts["problem"]), ",".join(row)[:60]))
        else:
            places[place.code] = place
    return ReadTable(tuple(places.values()), tuple(wrong))


def read_place(told: Mapping[str, str]) -> BinPlace:
    """One bin, by the names of the table's columns.  Refuses: what cannot be read."""
    code = rules.tidy_bin(told.get("code", ""))
    if not code:
        raise _invalid("code", gettext_noop("has no code"))
    aisle, along, level = told.get("aisle", ""), told.get("along_m", ""), told.get("level", "")
    if bool(aisle) != bool(along):
        raise _invalid("aisle", gettext_noop("needs both the aisle and how far along it"))
    if aisle and not re.fullmatch(r"[A-Za-z]{1,2}|[0-9]{1,4}", aisle):
        raise _invalid("aisle", gettext_noop("has an aisle that is neither a number nor letters"))
    if level and not re.fullmatch(r"[A-Za-z]|[0-9]{1,3}", level):
        raise _invalid("level", gettext_noop("has a level that is neither a number nor a letter"))
    side = _SIDES.get(told.get("side", "").lower())
    if side is None:
        raise _invalid("side", gettext_noop("has a side that is neither left nor right"))
    return check_place(
        BinPlace(
            code, number_of(aisle) if aisle else None, _mm(along) if along else None, side,
            number_of(level) if level else None, told.get("zone", ""),
        )
    )  # fmt: skip


def check_place(place: BinPlace) -> BinPlace:
    """The place, tidied.  Refuses: an aisle without how far along it, numbers that no building has, unknown sides."""
    if (place.aisle is None) != (place.along_mm is None):
        raise _invalid("aisle", gettext_noop("needs both the aisle and how far along it"))
    if not 1 <= (place.aisle or 1) <= MOST_AISLES or not 0 <= (place.along_mm or 0) <= LONGEST_MM:
        raise _invalid("along_m", gettext_noop("lies in no building"))
    if place.side not in ("", *Side) or not 0 <= (place.level or 0) <= 999:
        raise _invalid("side", gettext_noop("has a side that is neither left nor right"))
    return replace(place, code=rules.tidy_bin(place.code), zone=rules.tidy_bin(place.zone))


def _mm(metres: str) -> int:
    try:
        found = Decimal(metres.replace(",", "."))
    except InvalidOperation:
        raise _invalid("along_m", gettext_noop("has no number of metres")) from None
    if not found.is_finite() or not 0 <= found <= LONGEST_MM // 1000:
        raise _invalid("along_m", gettext_noop("lies in no building"))
    return int(found * 1000)


def as_table(places: Iterable[BinPlace]) -> str:
    """Bins as the CSV that `read_table` reads."""
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n")
    write.writerow(COLUMNS)
    for place in places:
        along = "" if place.along_mm is None else f"{Decimal(place.along_mm) / 1000:f}"
        write.writerow([place.code, place.aisle or "", along, place.side, "" if place.level is None else place.level, place.zone])
    return out.getvalue()


def _invalid(name: str, problem: str) -> Refused:
    return Refused(INVALID, {"field": name, "problem": problem})
