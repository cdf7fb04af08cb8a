"""How WooCommerce writes ids, texts, moments and money. Pure.

Source: https://woocommerce.github.io/woocommerce-rest-api-docs/ (amounts are decimal texts, `_gmt` moments have no zone).
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from doorstep.base import money
from doorstep.base.refusals import Refused
from doorstep.providers import plain
from doorstep.providers.plain import unreadable

_AMOUNT = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,12})?")


def decoded(body: bytes) -> Mapping[str, Any]:
    """The JSON object of a body.  Refuses: anything else."""
    try:
        return an_object(json.loads(body))
    except (ValueError, RecursionError):
        raise unreadable("it is not JSON") from None


def text(value: object, longest: int) -> str:
    """A text as our columns hold it, without markup's entities."""
    return plain.text(html.unescape(value) if isinstance(value, str) else value, longest)


def moment(value: object) -> datetime:
    """A `_gmt` moment; it has no zone and is UTC."""
    try:
        found = datetime.fromisoformat(str(value))
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise unreadable(f"{text(str(value), 40)} is not a moment") from None


def find_moment(value: object) -> datetime | None:
    """A moment, None where there is none."""
    return moment(value) if value else None


def minor(value: object, currency: str) -> int:
    """Minor units of a decimal text, half up: a shop may be set to more decimals than its currency has.

    Refuses: what is no decimal text, unknown currencies, absurd sizes.
    """
    if not isinstance(value, str) or not _AMOUNT.fullmatch(value):
        raise unreadable("an amount is not a decimal text")
    try:
        exact = Decimal(value).quantize(Decimal(1).scaleb(-money.digits_of(currency)), rounding=ROUND_HALF_UP)
        return money.parse(exact, currency).minor
    except Refused as refused:
        raise unreadable(f"{text(value, 40)} {text(currency, 20)} is no amount ({refused.code})") from None


def an_id(value: object) -> str:
    """A positive whole number; hooks of WordPress pass some as text."""
    if isinstance(value, str) and re.fullmatch(r"[1-9][0-9]{0,17}", value):
        return value
    if type(value) is not int or not 0 < value < 2**63:
        raise unreadable("an id is not a positive whole number")
    return str(value)


def whole(value: object) -> int:
    """A whole number, also where it is written with a fraction of zero."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if type(value) is not int:
        raise unreadable("a number is not whole")
    return value


def item_of(product_id: object, variation_id: object) -> str:
    """What a line is of: a product, or a variation of one; "" where the product is gone."""
    if not product_id:
        return ""
    return f"{an_id(product_id)}:{an_id(variation_id)}" if variation_id else an_id(product_id)


def an_object(value: object) -> Mapping[str, Any]:
    """A JSON object."""
    if not isinstance(value, dict):
        raise unreadable("an object is of another type")
    return value


def a_list(value: object) -> list[Any]:
    """A JSON list."""
    if not isinstance(value, list):
        raise unreadable("a list is of another type")
    return value
