"""What pages call a customer."""

from __future__ import annotations

from functools import cache

from django.utils import translation
from django.utils.translation import gettext

from doorstep.accounts.values import LANGUAGES
from doorstep.customers.values import WALK_IN


def called(name: str) -> str:
    """The name of a customer; that of who walks into a shop, which is a word of ours, in the reader's language."""
    return gettext(WALK_IN) if name in _walk_ins() else name


@cache
def _walk_ins() -> frozenset[str]:
    """What it is kept as, and what it was kept as before: the same in the language of the shop."""
    found = {WALK_IN}
    for language in LANGUAGES:
        with translation.override(language):
            found.add(gettext(WALK_IN))
    return frozenset(found)
