"""What people write into cells: amounts, whole numbers, weights, countries, yes and no."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import cache

from babel import Locale

from doorstep.base import money
from doorstep.base.money import Money
from doorstep.base.words import gettext_noop
from doorstep.catalog.values import Handling
from doorstep.flows.moving_in.values import Problem

YES = frozenset(
    ["y", "yes", "true", "t", "1", "o", "ok", "on", "예", "네", "동의", "동의함", "수신", "수신함", "수신동의", "agree",
     "agreed", "accepted", "subscribed", "optin", "optedin"]
)  # fmt: skip
NO = frozenset(
    ["n", "no", "false", "f", "0", "x", "off", "아니오", "아니요", "미동의", "동의안함", "거부", "미수신", "수신안함", "수신거부",
     "disagree", "declined", "unsubscribed", "notsubscribed", "optout", "optedout", "never"]
)  # fmt: skip
_AMOUNT = re.compile(r"-?[\d.,]+")
_UNITS: dict[str, int | Decimal] = {
    "kg": 1000,
    "g": 1,
    "그램": 1,
    "킬로그램": 1000,
    "lb": Decimal("453.59237"),
    "oz": Decimal("28.349523125"),
}

_LENGTHS: dict[str, int | Decimal] = {
    "mm": 1, "밀리": 1, "cm": 10, "센티": 10, "m": 1000, "in": Decimal("25.4"), '"': Decimal("25.4"),
}  # fmt: skip


class Unreadable(Exception):
    """A cell that cannot be read; carries the problem to the row."""

    def __init__(self, says: str, **facts: object) -> None:
        self.problem = Problem(says, facts)
        super().__init__(says)


def amount(text: str, currency: str) -> Money:
    """A price as written: 29,000원, ₩29000, $12.50, 12,50 €.  Raises: Unreadable."""
    found = _AMOUNT.findall(text.replace(" ", "").replace("'", ""))
    if len(found) != 1:
        raise Unreadable(gettext_noop("“%(value)s” is not a price."), value=text[:40])
    digits = money.digits_of(currency)
    value = decimal(found[0], text, is_whole=digits == 0)
    minor = value.scaleb(digits)
    if minor != minor.to_integral_value() or not 0 <= minor <= money.MAX_MINOR:
        raise Unreadable(
            gettext_noop("“%(value)s” is not a price in %(currency)s."), value=text[:40], currency=currency
        )
    return Money(int(minor), currency)


def decimal(digits: str, text: str, *, is_whole: bool) -> Decimal:
    """Digits with separators as a number: where both signs stand, the last one is the decimal; a lone comma before three
    digits separates thousands, and so does a lone point where the currency has no decimals."""
    last = max(digits.rfind("."), digits.rfind(","))
    if last >= 0:
        sign, other = digits[last], "," if digits[last] == "." else "."
        groups = re.fullmatch(rf"-?\d{{1,3}}(\{sign}\d{{3}})+", digits)
        if groups and (sign == "," or is_whole or digits.count(sign) > 1):
            digits = digits.replace(sign, "")
        else:
            digits = digits.replace(other, "").replace(sign, ".")
    try:
        return Decimal(digits)
    except InvalidOperation:
        raise Unreadable(gettext_noop("“%(value)s” is not a number."), value=text[:40]) from None


def whole(text: str, *, most: int) -> int:
    """A whole number that is not negative: 1,200 or 1200 or 1200.0.  Raises: Unreadable."""
    found = re.fullmatch(r"(\d{1,3}(?:,\d{3})+|\d{1,12})(?:\.0+)?\s*(?:개|ea|pcs)?", text.strip(), re.IGNORECASE)
    number = int(found[1].replace(",", "")) if found else -1
    if not 0 <= number <= most:
        raise Unreadable(
            gettext_noop("“%(value)s” is not a whole number from 0 to %(most)s."), value=text[:40], most=most
        )
    return number


def weight_g(text: str, *, head: str) -> int:
    """A weight in grams; its unit stands in the cell, else in the column's name, else it is grams.  Raises: Unreadable."""
    found = re.fullmatch(r"([\d.,]+)\s*([a-z가-힣]*)\.?", text.strip().lower())
    unit = found[2] if found and found[2] else ("kg" if re.search(r"kg|킬로", head.lower()) else "g")
    if not found or unit not in _UNITS:
        raise Unreadable(gettext_noop("“%(value)s” is not a weight."), value=text[:40])
    return int((decimal(found[1], text, is_whole=False) * _UNITS[unit]).to_integral_value())


def side_mm(text: str) -> int:
    """A length in millimetres; its unit stands in the cell, else it is millimetres.  Raises: Unreadable."""
    found = re.fullmatch(r"([\d.,]+)\s*(mm|cm|m|in|\"|밀리|센티)?\.?", text.strip().lower())
    if not found:
        raise Unreadable(gettext_noop("“%(value)s” is not a length."), value=text[:40])
    return int((decimal(found[1], text, is_whole=False) * _LENGTHS[found[2] or "mm"]).to_integral_value())


def handling(row: Mapping[str, str]) -> Handling:
    """How a row says that it is packed; sides that are not all there are a mistake.  Raises: Unreadable."""
    sides = [row.get(name, "") for name in ("length_mm", "width_mm", "height_mm")]
    if any(sides) and not all(sides):
        raise Unreadable(gettext_noop("Length, width and height belong together: fill in all three or none."))
    dims = (side_mm(sides[0]), side_mm(sides[1]), side_mm(sides[2])) if all(sides) else None
    return Handling(
        dims, bool(consent(row.get("own_box", ""))), bool(consent(row.get("fragile", ""))), row.get("hazmat", "")
    )


def barcode(text: str) -> str:
    """The barcode as written.  Raises: Unreadable, for one that a spreadsheet has turned into 4.00638E+12."""
    if re.fullmatch(r"\d+([.,]\d+)?[eE]\+?\d+", text):
        raise Unreadable(
            gettext_noop("The barcode “%(value)s” lost its digits in a spreadsheet. Format the column as text."),
            value=text,
        )
    return text


def consent(text: str) -> bool | None:
    """Whether a cell says yes or no; None where it is silent.  Raises: Unreadable, for what is neither."""
    said = re.sub(r"[\s_-]+", "", text).lower()
    if said in YES or said in NO:
        return said in YES
    if text.strip():
        raise Unreadable(gettext_noop("“%(value)s” is neither yes nor no."), value=text[:40])
    return None


@cache
def _countries() -> dict[str, str]:
    names: dict[str, str] = {}
    for language in ("ko", "en"):
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha():
                names[name.lower()] = code
    return names | {"korea": "KR", "south korea": "KR", "한국": "KR", "usa": "US", "uk": "GB", "england": "GB"}


def country(text: str) -> str:
    """A country by its code or its name in Korean or English.  Raises: Unreadable."""
    if not text:
        return ""
    if len(text) == 2 and text.isascii() and text.isalpha():
        return text.upper()
    found = _countries().get(text.strip().lower())
    if not found:
        raise Unreadable(gettext_noop("“%(value)s” is not a country."), value=text[:40])
    return found
