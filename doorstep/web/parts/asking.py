"""What a form asks a person for to reach a vendor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from babel import Locale
from django.http import HttpRequest
from django.utils.translation import get_language, gettext

from doorstep.base.needs import Need
from doorstep.web.parts.given import keepable


@dataclass(frozen=True, slots=True)
class Field:
    """What a person gives.  `value`: as it was given or is kept; a secret is never shown again.  `options`: all that it may be."""

    name: str
    label: str
    help: str
    kind: str
    value: str
    error: str
    required: bool
    options: tuple[tuple[str, str], ...] = ()


def field_of(
    need: Need, request: HttpRequest, usual: Mapping[str, str], errors: Mapping[str, str], *, kept: bool = False
) -> Field:
    """A need as a form asks for it.  `usual`: what stands there where nothing was given; `kept`: a secret is there already."""
    value = "" if need.secret else request.POST.get(need.name, usual.get(need.name, ""))
    kind = "password" if need.secret else "url" if need.name.endswith("url") else "text"
    stays = gettext("Left empty, the one that is kept stays.") if kept and need.secret else ""
    help = " ".join(text for text in (gettext(need.help) if need.help else "", stays) if text)
    required = not (need.optional or (kept and need.secret))
    return Field(need.name, gettext(need.label), help, kind, value, errors.get(need.name, ""), required, _options(need))


def _options(need: Need) -> tuple[tuple[str, str], ...]:
    """What a need may be, in words: countries by their names in the reader's language, those that nobody chose yet before."""
    if not need.choices:
        return ()
    names = Locale("ko" if get_language() == "ko" else "en").territories
    words = [(one.value, str(names.get(one.country, one.country)) if one.country else gettext(one.label)) for one in need.choices]
    if all(one.country for one in need.choices):
        words.sort(key=lambda pair: pair[1])
    return (("", gettext("Choose") if not need.optional else gettext("As usual")), *words)


def given(request: HttpRequest, needs: Iterable[Need], *, kept: bool = False) -> dict[str, str]:
    """What a person gave of what was asked.  `kept`: a secret that was left empty is not among it, so that the one there stays."""
    found = {need.name: keepable(request.POST[need.name]).strip() for need in needs if need.name in request.POST}
    secret = {need.name for need in needs if need.secret}
    return {name: value for name, value in found.items() if value or not (kept and name in secret)}
