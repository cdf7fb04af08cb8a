"""What a customer wants, as far as their own words leave no doubt: rules, no guesses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from doorstep.inbox import phrases_en, phrases_ko

ORDER_STATUS = "order/status"
# Longer letters hardly ever have a single wish.
SHORT = 500
# What somebody wants stands in front; whatever follows costs time only.
MOST_READ = 4000
_HANGUL = re.compile(r"[가-힣ㄱ-ㅎㅏ-ㅣ]")
_LATIN = re.compile(r"[A-Za-z]")
_SENTENCE = re.compile(r"(?<=[.!?。？！])\s+|[\r\n]+")
_GREETING = re.compile(
    r"^(?:안녕하세요|안녕하십니까|수고하십니다|수고하세요|수고 ?많으십니다|hi|hello|hey|dear \w+)[,.!~ ]*"
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """An intent of product.md, or None where the words leave doubt.

    `why`: the rule that fired, or what kept it from being sure: a word of `phrases_en` or `phrases_ko`, "no_rule", "long",
    "language" or "another_wish".
    """

    intent: str | None
    why: str


@dataclass(frozen=True, slots=True)
class _Speech:
    rules: Sequence[tuple[str, re.Pattern[str]]]
    elsewhere: Sequence[tuple[str, re.Pattern[str]]]
    besides: Sequence[tuple[str, re.Pattern[str]]]
    signs: Sequence[re.Pattern[str]]
    courtesy: re.Pattern[str]
    wishes: re.Pattern[str]
    came: re.Pattern[str]
    denied: re.Pattern[str]


def intent_of(text: str, *, language: str = "") -> Verdict:
    """The single wish of a message; no verdict where there may be another wish, or none.

    `language`: "ko", "en" or "" where it is not known; letters count for more.
    """
    spoken = _spoken(text[:MOST_READ], language)
    if spoken is None:
        return Verdict(None, "language")
    if len(text) > SHORT:
        return Verdict(None, "long")
    speech, sentences = _SPEECH[spoken], _sentences(text, spoken)
    whole = " ".join(sentences)
    fired = _first(speech.rules, sentences)
    if not fired:
        return Verdict(None, "no_rule")
    doubt = _first([*speech.elsewhere, *speech.besides], [whole])
    if doubt:
        return Verdict(None, doubt)
    if _came(speech, whole):
        return Verdict(None, "came")
    for sentence in sentences:
        if (
            speech.wishes.search(sentence)
            and not _first(speech.rules, [sentence])
            and not speech.courtesy.search(sentence)
        ):
            return Verdict(None, "another_wish")
    return Verdict(ORDER_STATUS, fired)


def classify_contact(text: str, *, language: str = "") -> bool:
    """Whether a message is a WISMO contact, for the meter: other wishes beside the question do not matter here."""
    text = text[:MOST_READ]
    spoken = _spoken(text, language)
    if spoken is None:
        return False
    speech, sentences = _SPEECH[spoken], _sentences(text, spoken)
    whole = " ".join(sentences)
    if _first(speech.elsewhere, [whole]):
        return False
    return bool(_first(speech.rules, sentences)) or any(sign.search(whole) for sign in speech.signs)


def _first(named: Sequence[tuple[str, re.Pattern[str]]], sentences: Sequence[str]) -> str:
    return next((name for name, pattern in named for sentence in sentences if pattern.search(sentence)), "")


def _came(speech: _Speech, whole: str) -> bool:
    return bool(speech.came.search(speech.denied.sub(" ", whole)))


def _spoken(text: str, language: str) -> str | None:
    hangul, latin = len(_HANGUL.findall(text)), len(_LATIN.findall(text))
    if hangul * 2 >= latin and hangul:
        return "ko"
    return "en" if latin and language in ("", "en", "ko") else None


def _sentences(text: str, spoken: str) -> list[str]:
    plain = text.replace("’", "'").replace("`", "'").strip().lower()
    found = [_GREETING.sub("", part.strip()) for part in _SENTENCE.split(plain)]
    return [part for part in map(_closed_up if spoken == "ko" else _single_spaced, found) if part]


def _single_spaced(sentence: str) -> str:
    return re.sub(r"\s+", " ", sentence)


def _closed_up(sentence: str) -> str:
    """Korean without spaces, laughter and tears, and with the commonest slips mended."""
    closed = re.sub(r"[\sㄱ-ㅎㅏ-ㅣ~^;,…]+", "", sentence)
    for slip, word in phrases_ko.TYPOS:
        closed = closed.replace(slip, word)
    return re.sub(r"[.!]+$", "", closed)


def _compiled(named: phrases_en.Named) -> list[tuple[str, re.Pattern[str]]]:
    return [(name, re.compile("|".join(patterns))) for name, *patterns in named]


_SPEECH = {
    spoken: _Speech(
        _compiled(phrases.RULES),
        _compiled(phrases.ELSEWHERE),
        _compiled(phrases.BESIDES),
        [re.compile(sign) for sign in phrases.SIGNS],
        re.compile(phrases.COURTESY),
        re.compile(phrases.WISHES),
        re.compile(phrases.CAME),
        re.compile(phrases.DENIED),
    )
    for spoken, phrases in (("en", phrases_en), ("ko", phrases_ko))
}
