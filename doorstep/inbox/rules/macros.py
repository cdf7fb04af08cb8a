"""Texts with variables that are filled from the order beside them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from doorstep.base.refusals import Refused
from doorstep.inbox.values import EMPTY_VARIABLE

VARIABLE = re.compile(r"\{\{\s*([a-z_]+(?:\.[a-z_]+)*)\s*\}\}")
KNOWN = (
    "customer.name", "customer.email", "order.name", "order.total", "tracking.link", "tracking.number",
    "tracking.carrier", "tracking.estimated", "brand.name", "agent.name",
)  # fmt: skip


def fill(text: str, facts: Mapping[str, str]) -> str:
    """The text with every variable filled.  Refuses: a variable that is empty or unknown, and names it."""

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if not facts.get(name, "").strip():
            raise Refused(EMPTY_VARIABLE, {"variable": name})
        return facts[name]

    return VARIABLE.sub(value, text)


def require_filled(text: str) -> None:
    """Refuses a text in which a variable still stands."""
    left = VARIABLE.search(text)
    if left:
        raise Refused(EMPTY_VARIABLE, {"variable": left[1]})
