"""Finding by any part of a word, Hangul included: bigrams in a GIN index narrow, LIKE decides."""

from __future__ import annotations

import re
import unicodedata

# Both functions live in the database (migration base.0002): `base_searchable` folds case and width, `base_grams` cuts
# each word into pairs of characters, and into single ones where they are not ASCII.
TEXT = "base_searchable"
GRAMS = "base_grams"


def grams(query: str) -> list[str]:
    """What a text must contain in its index to be worth a look; empty where the index cannot help.

    Units: pairs of characters per word; a word of one non-ASCII character is itself.
    """
    found: dict[str, None] = {}
    for word in words(query):
        if len(word) == 1 and not word.isascii():
            found[word] = None
        for i in range(len(word) - 1):
            found[word[i : i + 2]] = None
    return list(found)


def words(query: str) -> list[str]:
    """The words of a query, folded as the database folds them; at most eight, each cut at 60 characters."""
    folded = unicodedata.normalize("NFKC", query.replace("\x00", " ")).lower()
    return [word[:60] for word in folded.split()][:8]


def matches(column: str, query: str) -> tuple[str, list[object]]:
    """SQL (and its parameters) that holds where `column`, kept by `base_searchable`, has every word of the query.

    `column` is a name of ours, never input.  The GIN index on `base_grams(column)` serves it.
    """
    if not words(query):
        return "true", []
    parts: list[str] = []
    parameters: list[object] = []
    wanted = grams(query)
    if wanted:
        parts.append(f"{GRAMS}({column}) @> %s::text[]")
        parameters.append(wanted)
    for word in words(query):
        parts.append(f"{column} LIKE %s")
        parameters.append("%" + re.sub(r"([\\%_])", r"\\\1", word) + "%")
    return "(" + " AND ".join(parts) + ")", parameters
