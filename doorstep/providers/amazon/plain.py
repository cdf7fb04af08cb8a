"""Plain values out of Amazon's documents: texts, moments, money. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from doorstep.base import money
from doorstep.base.refusals import Refused
from doorstep.providers.plain import text, unreadable

_DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,10})?")
MOST_UNITS = 1_000_000
_ORDER_ID = re.compile(r"[A-Za-z0-9-]{1,60}")


def group(value: object) -> Mapping[str, Any]:
    """An object; an empty one where Amazon leaves it out."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise unreadable("an object is of another type")
    return value


def groups(value: object) -> list[Mapping[str, Any]]:
    """A list of objects; none where Amazon leaves it out."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise unreadable("a list is of another type")
    return [group(one) for one in value]


def order_id(value: object) -> str:
    """An order's id, which is safe in a path as it is."""
    if not isinstance(value, str) or not _ORDER_ID.fullmatch(value):
        raise unreadable("an order id is missing, or no such id")
    return value


def units(value: object) -> int:
    """A number of units, none included."""
    if type(value) is not int or not 0 <= value <= MOST_UNITS:
        raise unreadable("a number of units is not from 0 to 1,000,000")
    return value


def shown(value: object) -> int | None:
    """A number that a listing shows, as the most that we count where it is more; None where it is none."""
    return min(value, MOST_UNITS) if type(value) is int and value >= 0 else None


def minor(value: object, currency: str, *, amount: str, code: str) -> int:
    """An amount in minor units; 0 where Amazon leaves it out.  `amount`, `code`: what its parts are called there.

    Refuses: an amount in another currency, and one with more digits than the currency has.
    """
    said = group(value)
    if not said:
        return 0
    told, told_in = said.get(amount), said.get(code)
    if not isinstance(told, str) or not _DECIMAL.fullmatch(told):
        raise unreadable("an amount is not a decimal text")
    if told_in != currency:
        raise unreadable(f"an amount is in {text(str(told_in), 20)}, the order in {currency}")
    try:
        return money.parse(told, currency).minor
    except Refused as refused:
        raise unreadable(f"{told} {currency} is no amount ({refused.code})") from None


def currency_of(value: object, *, code: str) -> str:
    """The currency that an amount names; "" where there is none."""
    return text(group(value).get(code), 3)
