"""Finding by any part of a word, Hangul included: bigrams in a GIN index narrow, LIKE decides."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

# Two functions live in the database (migration base.0002): `base_searchable` folds case and width, `base_grams` cuts each
# word into pairs of characters, and into single ones where they are not ASCII.
GRAMS = "base_grams"


# How a sigma is written depends on its place in the word: capitals fold into the first, what people type may be the second.
_SIGMA = re.compile("[σς]")
# What str.lower makes of these is longer or depends on the place; the database lowers one character at a time.
_CAPITALS = str.maketrans({"Σ": "σ", "İ": "i"})
_PHONE = re.compile(r"\+?[\d\s().-]+")
_BETWEEN_DIGITS = re.compile(r"[\s().-]")


def grams(query: str) -> list[str]:
    """What a text must contain in its index to be worth a look; empty where the index cannot help.

    Units: pairs of characters per word; a word of one non-ASCII character is itself.  A sigma is either of its forms,
    so no pair with one is asked for.
    """
    found: dict[str, None] = {}
    for word in words(query):
        if len(word) == 1 and not word.isascii():
            found[word] = None
        for i in range(len(word) - 1):
            found[word[i : i + 2]] = None
    return [gram for gram in found if not _SIGMA.search(gram)]


def dialled(query: str) -> str:
    """A phone number without what parts its digits; "" for what is none, or is written so already."""
    text = fold(query).strip()
    digits = _BETWEEN_DIGITS.sub("", text)
    return digits if digits != text and len(digits) >= 4 and _PHONE.fullmatch(text) else ""


def words(query: str) -> list[str]:
    """The words of a query, folded as the database folds them; at most eight, each cut at 60 characters."""
    return [word[:60] for word in fold(query).split()][:8]


def grams_of(text: str) -> list[str]:
    """What `base_grams` makes of a folded text, cut here: a hot path spares the database the work.

    Shapes: each once, in no promised order.
    """
    found: set[str] = set()
    for word in text.split():
        found.update(map("".join, pairwise(word)))
        if not word.isascii():
            found.update(char for char in word if not char.isascii())
    return list(found)


def fold(text: str) -> str:
    """A text as `base_searchable` folds it."""
    return unicodedata.normalize("NFKC", text.replace("\x00", " ")).translate(_CAPITALS).lower()


def matches(column: str, query: str) -> tuple[str, list[object]]:
    """SQL (and its parameters) that holds where `column`, kept by `base_searchable`, has every word of the query.

    `column` is a name of ours, never input.  The GIN index on `base_grams(column)` serves it.
    """
    wanted = grams(query)
    sql, parameters = like(column, query)
    if wanted:
        return f"({GRAMS}({column}) @> %s::text[] AND {sql})", [wanted, *parameters]
    return sql, parameters


def like(column: str, query: str) -> tuple[str, list[object]]:
    """As `matches`, by looking at every row: for what is asked beside an index of its own."""
    wanted = words(query)
    if not wanted:
        return "true", []
    patterns: list[object] = ["%" + _SIGMA.sub("_", re.sub(r"([\\%_])", r"\\\1", word)) + "%" for word in wanted]
    return "(" + " AND ".join(f"{column} LIKE %s" for _ in wanted) + ")", patterns


def like_named(column: str, query: str, *, prefix: str = "word") -> tuple[str, dict[str, object]]:
    """As `like`, for statements whose parameters have names."""
    sql, patterns = like(column, query)
    named = {f"{prefix}{n}": pattern for n, pattern in enumerate(patterns)}
    for name in named:
        sql = sql.replace("%s", f"%({name})s", 1)
    return sql, named
