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


def fill(text: str, facts: Mapping[str, str]) -> tuple[str, str]:
    """The text with what is known filled, and the first variable that still stands in it; "" where none does."""
    filled = VARIABLE.sub(lambda found: facts[found[1]] if facts.get(found[1], "").strip() else found[0], text)
    left = VARIABLE.search(filled)
    return filled, left[0] if left else ""


def require_filled(text: str) -> None:
    """Refuses a text in which a variable still stands."""
    left = VARIABLE.search(text)
    if left:
        raise Refused(EMPTY_VARIABLE, {"variable": left[1]})
