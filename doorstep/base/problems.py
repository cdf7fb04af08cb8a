"""Every error as an RFC 9457 problem document, in the reader's language. Plain functions: no request object is needed.

Source: https://www.rfc-editor.org/rfc/rfc9457
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation.trans_real import parse_accept_lang_header

from doorstep.base.money import Money, show
from doorstep.base.refusals import INVALID, STATES, WORDS, Refusal, Refused
from doorstep.base.words import gettext_noop

CONTENT_TYPE = "application/problem+json"

# The title of a problem says its kind; the detail says what happened this time.
TITLES = {
    400: gettext_noop("The request cannot be read"),
    401: gettext_noop("No valid key or signature"),
    403: gettext_noop("Not allowed"),
    404: gettext_noop("Not found"),
    405: gettext_noop("Method not allowed"),
    408: gettext_noop("It took too long"),
    409: gettext_noop("Not possible now"),
    410: gettext_noop("No longer there"),
    413: gettext_noop("Too large"),
    415: gettext_noop("Wrong content type"),
    422: gettext_noop("The request is not valid"),
    429: gettext_noop("Too many requests"),
    500: gettext_noop("Our fault"),
    503: gettext_noop("Not available now"),
}
METHOD_NOT_ALLOWED = Refusal(
    "method_not_allowed",
    gettext_noop("This address does not take %(method)s."),
    gettext_noop("Use one of: %(allowed)s."),
    status=405,
)
TOO_LARGE = Refusal(
    "body_too_large",
    gettext_noop("The body is larger than %(most)s bytes."),
    gettext_noop("Send less at once; orders go in batches of up to 500."),
    status=413,
)
AWAY = Refusal(
    "not_available",
    gettext_noop("The database did not take this just now; nothing was changed."),
    gettext_noop("Send the same again in a moment, to the API best under an Idempotency-Key."),
    status=503,
)


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong with a request.  `pointer`: RFC 6901 into the body, or the name of a parameter."""

    pointer: str
    code: str
    says: str
    facts: Mapping[str, object] = field(default_factory=dict)


class Mistaken(Refused):
    """A request that is refused for what stands in it, every mistake named at once."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__(INVALID, {})
        self.mistakes = list(mistakes)


def language_of(accept_language: str) -> str:
    """The reader's language among ours.  Source: RFC 9110, 12.5.4."""
    for wanted, _ in parse_accept_lang_header(accept_language[:500].lower()):
        if wanted.split("-")[0] in ("ko", "en"):
            return wanted.split("-")[0]
    return "en"


def document(refused: Refused, *, language: str, trace: str) -> dict[str, Any]:
    """The problem document of a refusal."""
    with translation.override(language):
        mistakes = [_mistake(m) for m in refused.mistakes] if isinstance(refused, Mistaken) else []
        facts = in_words(refused.facts)
        if mistakes:
            facts = {"field": mistakes[0]["pointer"] or "/", "problem": mistakes[0]["detail"]}
        status = refused.refusal.status
        found: dict[str, Any] = {
            "type": f"urn:doorstep:problem:{refused.code}",
            "title": gettext(TITLES.get(status, TITLES[409])),
            "status": status,
            "code": refused.code,
            "detail": gettext(refused.refusal.says) % facts,
            "trace": trace,
        }
        if refused.refusal.next_step:
            found["next_step"] = gettext(refused.refusal.next_step) % facts
        if mistakes:
            found["errors"] = mistakes
        return found


def body_of(refused: Refused, *, language: str, trace: str) -> bytes:
    """The problem document as it goes over the wire."""
    return json.dumps(document(refused, language=language, trace=trace), ensure_ascii=False).encode()


def _mistake(mistake: Mistake) -> dict[str, str]:
    facts = in_words(mistake.facts)
    return {"pointer": mistake.pointer, "code": mistake.code, "detail": gettext(mistake.says) % facts}


def in_words(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a refusal as the reader is told them: our own words translated, states as pages show them, money with its
    sign; names stay as they are."""
    return {name: _said(facts, name, value) for name, value in facts.items()}


def _said(facts: Mapping[str, Any], name: str, value: Any) -> Any:
    if isinstance(value, Money):
        return show(value, translation.get_language() or "en")
    if name not in WORDS or not isinstance(value, str) or not value:
        return value
    word = states_are_called(str(facts.get("what", "")), str(value)) if name in STATES else ""
    return word or gettext(value)


def _nothing(_what: str, _state: str) -> str:
    return ""


# What pages call a state of something, in the reader's language; "" where they have no word.  `config.wiring` sets it.
states_are_called: Callable[[str, str], str] = _nothing
