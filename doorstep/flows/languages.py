"""In which language customers are written to who named none."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from babel.languages import get_official_languages

from doorstep.accounts import queries as accounts
from doorstep.accounts.values import LANGUAGES
from doorstep.base.ctx import Ctx


def by_country(ctx: Ctx, *, countries: Iterable[str]) -> dict[str, str]:
    """The language for each country: its own where that is one of ours, else the brand's."""
    found = {country: _language_of(country) for country in countries}
    if all(found.values()):
        return found
    brand = accounts.organisation(ctx).default_language
    return {country: language or brand for country, language in found.items()}


@cache
def _language_of(country: str) -> str:
    """Our language that a country speaks; "" where it speaks none.  Source: CLDR, official languages."""
    spoken = get_official_languages(country, de_facto=True)
    return next((language for language in spoken if language in LANGUAGES), "")
