"""Single values out of Shopify's JSON, each read or refused. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from doorstep.base import money
from doorstep.base.money import Money
from doorstep.base.refusals import Refused
from doorstep.providers.plain import text, unreadable

_AMOUNT = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")
_GID = re.compile(r"gid://shopify/\w+/([0-9]{1,19})(\?.*)?")


def amount(value: object, currency: str) -> Money:
    """A decimal text in a currency, exact.  Refuses: another type, and more digits than the currency has."""
    if not isinstance(value, str) or not _AMOUNT.fullmatch(value):
        raise unreadable("an amount is not a decimal text")
    try:
        return money.parse(value, currency)
    except Refused as refused:
        raise unreadable(f"{text(value, 40)} {text(currency, 20)} is no amount ({refused.code})") from None


def in_shop_money(bag: object, currency: str) -> Money:
    """What a bag of both currencies says in that of the shop; nothing for null."""
    if bag is None:
        return money.zero(currency)
    said = object_of(object_of(bag)["shop_money"])
    if said["currency_code"] != currency:
        raise unreadable("an amount is not in the currency of the order")
    return amount(said["amount"], currency)


def id_of(value: object) -> str:
    """The number of an id, as a number, or at the end of a global id."""
    if isinstance(value, str) and (found := _GID.fullmatch(value)):
        value = int(found[1])
    if type(value) is not int or not 0 < value < 2**63:
        raise unreadable("an id is not a positive whole number")
    return str(value)


def whole(value: object, most: int) -> int:
    """A whole number from 0 to `most`."""
    if type(value) is not int or not 0 <= value <= most:
        raise unreadable(f"a number is not from 0 to {most}")
    return value


def object_of(value: object) -> Mapping[str, Any]:
    """A JSON object."""
    if not isinstance(value, dict):
        raise unreadable("an object is of another type")
    return value


def objects_of(value: object) -> list[Mapping[str, Any]]:
    """A list of JSON objects; none for null."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise unreadable("a list is of another type")
    return [object_of(one) for one in value]
