"""Which of our languages a text is in."""

from __future__ import annotations

import re


def guess(text: str) -> str:
    """ "ko" where Hangul carries the text, "en" where English words do, else ""."""
    sample = " ".join(word for word in text[:20_000].split() if "@" not in word and "://" not in word)
    hangul = sum("가" <= letter <= "힣" or "ㄱ" <= letter <= "ㆎ" for letter in sample)
    latin = sum(letter.isascii() and letter.isalpha() for letter in sample)
    other = sum(letter.isalpha() for letter in sample) - hangul - latin
    if hangul and hangul * 4 >= latin and hangul >= other:
        return "ko"
    known = len(_ENGLISH.findall(sample.lower()))
    return "en" if latin > other and known and known * 12 >= len(sample.split()) else ""


_ENGLISH = re.compile(
    r"\b(?:the|and|is|are|was|to|of|in|for|you|your|my|me|we|it|this|that|have|has|not|please|thanks?|thank|hi|hello|can|"
    r"i|when|where|order|with|on|what|still|yes|no|but|do|did|will|would)\b"
)
