"""Where something goes, as its own country writes it, for every page that shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

from doorstep.shipping.labels.addresses import format_address
from doorstep.shipping.labels.values import LabelAddress

register = template.Library()


@register.simple_tag
def address_lines(to: Mapping[str, Any], streets: bool = True) -> list[str]:
    """`{% address_lines to as written %}`: the lines that a label has, without the name above them and the country below.

    `streets=False`: only the town, where no more may be seen.
    """
    part = {name: str(to.get(name) or "") for name in ("postal_code", "city", "region", "country")}
    lines = tuple(str(line) for line in to.get("lines") or ()) if streets else ()
    printed = format_address(LabelAddress(lines=lines, **part), home=part["country"])
    return [*printed.street, *printed.locality]
