"""Bytes → OrderDraft, as quickly as they can be read; whatever is not plainly right is read again by the ordinary way.

So the ordinary way alone says what is wrong with an order, and in the same words.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import msgspec
from pydantic import ValidationError

from doorstep.api import strict_json
from doorstep.api.lane.shapes import OrderGiven
from doorstep.api.v1 import errors, translate
from doorstep.api.v1.shapes import OrderIn
from doorstep.base.problems import Mistaken
from doorstep.base.refusals import Refused
from doorstep.orders.values import OrderDraft

_decode = msgspec.json.Decoder().decode
# Every key ends so; a text that begins with a colon looks like one, and is read the ordinary way.
_END_OF_KEY = re.compile(rb'"[ \t\n\r]*:')
_PARTS = ("ship_to", "customer", "payment", "shipping", "tax", "discount")


def order_draft(body: bytes, *, now: datetime) -> OrderDraft:
    """The draft of an order.  Refuses: every mistake at once, each with its pointer."""
    try:
        found = _decode(body)
        order = msgspec.convert(found, OrderGiven)
        if _keys(found) == _ends_of_keys(body):  # else a key may have come twice
            return translate.order_draft(order, now=now)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, Refused):
        pass
    return _slowly(body, now)


def _keys(found: dict[str, Any]) -> int:
    """How many keys the document of an order has, each once per object.  Needs: its shape to be right."""
    count = len(found)
    for name in _PARTS:
        count += len(found.get(name) or ())
    for line in found["lines"]:
        count += len(line) + len(line["unit_price"]) + len(line.get("discount") or ())
    return count


def _ends_of_keys(body: bytes) -> int:
    """How often something ends in the bytes as keys do."""
    for space in (b'" ', b'"\n', b'"\r', b'"\t'):
        if space in body:
            return len(_END_OF_KEY.findall(body))
    return body.count(b'":')


def _slowly(body: bytes, now: datetime) -> OrderDraft:
    document = strict_json.read(body) if body else None
    try:
        order = OrderIn.model_validate(document)
    except ValidationError as wrong:
        raise Mistaken(errors.mistakes(wrong.errors(include_url=False, include_input=False))) from None
    return translate.order_draft(order, now=now)
