"""JSON as it is meant to be: UTF-8, finite, each key once, nothing that a database cannot hold.  Source: RFC 8259."""

from __future__ import annotations

import json
import math
from typing import Any

from doorstep.base.refusals import Refusal, Refused
from doorstep.base.words import gettext_noop

DEEPEST = 20
MALFORMED_JSON = Refusal(
    "malformed_json",
    gettext_noop("The body is not JSON that can be read: %(problem)s"),
    gettext_noop("Send one JSON document in UTF-8."),
    status=400,
)


def read(body: bytes) -> Any:
    """The decoded document.

    Refuses: anything but UTF-8, NaN and infinities, a key given twice, more than 20 levels, NUL and lone surrogates.
    """
    try:
        found = json.loads(body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_finite, parse_float=_finite)
    except UnicodeDecodeError:
        raise _malformed(gettext_noop("it is not UTF-8.")) from None
    except RecursionError:
        raise _malformed(gettext_noop("it is nested too deeply.")) from None
    except json.JSONDecodeError as trouble:
        raise Refused(MALFORMED_JSON, {"problem": f"line {trouble.lineno}, column {trouble.colno}"}) from None
    except ValueError:
        raise _malformed(gettext_noop("a number is too long.")) from None
    _check(found)
    return found


def _malformed(problem: str) -> Refused:
    return Refused(MALFORMED_JSON, {"problem": problem})


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _malformed(gettext_noop("an object has the same key twice."))
    return found


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _malformed(gettext_noop("a number is not finite."))
    return number


def _check(document: Any) -> None:
    """Walks level by level, so that no nesting can exhaust the stack."""
    level = [document]
    for depth in range(DEEPEST + 2):
        if not level:
            return
        if depth > DEEPEST:
            raise _malformed(gettext_noop("it is nested too deeply."))
        below: list[Any] = []
        for value in level:
            if isinstance(value, str):
                _check_text(value)
            elif isinstance(value, dict):
                for key in value:
                    _check_text(key)
                below.extend(value.values())
            elif isinstance(value, list):
                below.extend(value)
        level = below


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise _malformed(gettext_noop("a text holds a NUL character."))
    if not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text):
        raise _malformed(gettext_noop("a text holds half a surrogate pair."))
