"""What a browser sent, read so that whatever it holds can be kept and asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from django.http import QueryDict

from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop

LONGEST_ID = 18  # every number of so many digits fits into a bigint
_UNKEEPABLE = re.compile(r"[\x00\ud800-\udfff]")
_WISH = re.compile(r"[0-9a-f-]{1,36}")


def keepable(text: str) -> str:
    """A text without NUL and half surrogates, which no column holds."""
    return _UNKEEPABLE.sub("", text)


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


def unknown(given: QueryDict, known: Mapping[str, Iterable[str]]) -> list[str]:
    """What an address asks to filter by and no list knows.  Shapes: `known` are the values by parameter."""
    return [value[:40] for name, values in known.items() if (value := given.get(name, "")) and value not in set(values)]


def id_of(text: str) -> int:
    """The id that a text says; 0, which nothing has, for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_ID else 0


def ids_of(texts: Iterable[str]) -> list[int]:
    """The ids among texts, in their order; what is none is left out."""
    return [id for text in texts if (id := id_of(text))]


def wish_of(post: QueryDict) -> str:
    """The key of one click, as our forms carry it.  Refuses: anything that no form of ours holds."""
    wish = post.get("wish", "")
    if not _WISH.fullmatch(wish):
        raise Refused(INVALID, {"field": "wish", "problem": gettext_noop("This page is out of date: open it again.")})
    return wish
