"""The time zones there are, by their IANA names."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones


@cache
def timezones() -> tuple[str, ...]:
    """Every name, in order, for a form and for a check."""
    return tuple(sorted(available_timezones()))
