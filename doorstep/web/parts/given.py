"""What a browser sent, read so that whatever it holds can be kept and asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from typing import Any

from django.http import QueryDict

from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop

Known = Collection[str] | Callable[[str], bool]  # the values that a filter knows, or how one is told

LONGEST_ID = 18  # every number of so many digits fits into a bigint
_UNKEEPABLE = re.compile(r"[\x00\ud800-\udfff]")
_COUNTRY = re.compile(r"[A-Za-z]{2}")
_WISH = re.compile(r"[0-9a-f-]{1,36}")


def keepable(text: str) -> str:
    """A text without NUL and half surrogates, which no column holds."""
    return _UNKEEPABLE.sub("", text)


def text_of(post: QueryDict, name: str, most: int) -> str:
    """What was written into a field: no margins, at most so many characters; "" for nothing."""
    return keepable(post.get(name, "")).replace("\r\n", "\n").strip()[:most].strip()


def find_object(body: bytes) -> dict[str, Any] | None:
    """The JSON object that a script of ours sent; None for anything else."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def object_of(body: bytes) -> dict[str, Any]:
    """The JSON object that a script of ours sent; an empty one for anything else."""
    return find_object(body) or {}


def keepable_query(given: QueryDict) -> QueryDict:
    """An address's query with names and values that can be asked for; the same object where nothing is to be taken out."""
    if not any(_UNKEEPABLE.search(text) for name, values in given.lists() for text in (name, *values)):
        return given
    kept = QueryDict(mutable=True)
    for name, values in given.lists():
        for value in values:
            kept.appendlist(keepable(name), keepable(value))
    kept._mutable = False
    return kept


def unknown(given: QueryDict, filters: Mapping[str, Known]) -> list[str]:
    """What an address asks to filter by and no list knows.  Shapes: `filters` are what is known, by parameter."""
    asked = ((value.strip(), known) for name, known in filters.items() for value in given.getlist(name)[-1:])
    return [value[:40] for value, known in asked if value and not knows(known, value)]


def knows(known: Known, value: str) -> bool:
    """Whether a filter knows a value."""
    return known(value) if callable(known) else value in known


def anything(_text: str) -> bool:
    """Every text: that of a search, of a tag."""
    return True


def is_id(text: str) -> bool:
    """Whether a text can be the id of something."""
    return id_of(text) > 0


def day_of(text: str) -> date | None:
    """The day that a text says, as browsers send days; None for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def is_day(text: str) -> bool:
    """Whether a text says a day."""
    return day_of(text) is not None


def country_of(text: str) -> str:
    """The code of a country, in capitals; empty for anything that is none."""
    return text.upper() if _COUNTRY.fullmatch(text) else ""


def is_country(text: str) -> bool:
    """Whether a text has the form of a country's code."""
    return bool(country_of(text))


def id_of(text: str) -> int:
    """The id that a text says; 0, which nothing has, for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_ID else 0


def whole(text: str) -> int | None:
    """A whole number from zero up that somebody typed; None for anything else."""
    plain = text.strip()
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 16 else None


def ids_of(texts: Iterable[str]) -> list[int]:
    """The ids among texts, in their order; what is none is left out."""
    return [id for text in texts if (id := id_of(text))]


def wish_of(post: QueryDict) -> str:
    """The key of one click, as our forms carry it.  Refuses: anything that no form of ours holds."""
    wish = post.get("wish", "")
    if not _WISH.fullmatch(wish):
        raise Refused(INVALID, {"field": "wish", "problem": gettext_noop("This page is out of date: open it again.")})
    return wish
