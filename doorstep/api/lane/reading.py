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


def order_draft(body: bytes, *, now: datetime) -> OrderDraft:
    """The draft of an order.  Refuses: every mistake at once, each with its pointer."""
    try:
        found = _decode(body)
        if _keys(found) == len(_END_OF_KEY.findall(body)):  # else a key may have come twice
            return translate.order_draft(msgspec.convert(found, OrderGiven), now=now)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, Refused):
        pass
    return _slowly(body, now)


def _keys(found: Any) -> int:
    """How many keys a document has, each once per object."""
    if type(found) is dict:
        return len(found) + sum(
            [_keys(value) for value in found.values() if type(value) is dict or type(value) is list]
        )
    if type(found) is list:
        return sum([_keys(value) for value in found])
    return 0


def _slowly(body: bytes, now: datetime) -> OrderDraft:
    document = strict_json.read(body) if body else None
    try:
        order = OrderIn.model_validate(document)
    except ValidationError as wrong:
        raise Mistaken(errors.mistakes(wrong.errors(include_url=False, include_input=False))) from None
    return translate.order_draft(order, now=now)
