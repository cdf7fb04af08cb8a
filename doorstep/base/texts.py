"""Texts as our columns hold them, whoever wrote them."""

from __future__ import annotations

import re

MOST_DIGITS = 15
_UNKEEPABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\s]+")


def one_line(text: str, most: int | None = None) -> str:
    """One line: no control characters, no halves of characters, single spaces, at most `most` characters."""
    if not text.isprintable() or "  " in text:  # few are
        text = _UNKEEPABLE.sub(" ", text)
    return text.strip()[:most].rstrip()


def whole(text: str) -> int | None:
    """The whole number from zero up that a vendor wrote; None for anything else, and for one of more digits than any has."""
    plain = text.strip()
    return int(plain) if plain.isascii() and plain.isdecimal() and len(plain) <= MOST_DIGITS else None
