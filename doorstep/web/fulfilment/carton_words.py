"""Why something does not go into a box, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from doorstep.fulfilment.cartons import Plan, Why, WhyNot

SIDES = 3


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence of why: about one article, or about all together."""

    box: str
    says: str


def told(plan: Plan, *, boxes: Mapping[int, str], skus: Mapping[int, str]) -> list[Told]:
    """Every reason of a plan.  Shapes: names of boxes by id, SKUs by order line."""
    alone = [
        Told(boxes.get(why.box_id, ""), _alone(why, skus.get(why.key or 0, "")))
        for why in plan.whys
        if why.why != WhyNot.NO_DIMS
    ]
    unmeasured = sorted({skus.get(why.key or 0, "") for why in plan.whys if why.why == WhyNot.NO_DIMS})
    words = gettext("Nobody measured %(sku)s, so whether it fits is for you to see.")
    return [
        *(Told(boxes.get(why.box_id, ""), _together(why)) for why in plan.together),
        *alone,
        *(Told("", words % {"sku": sku}) for sku in unmeasured),
    ]


def _alone(why: Why, sku: str) -> str:
    facts = {"sku": sku, "has": _size(why.has), "most": _size(why.most)}
    if why.why == WhyNot.WEIGHT:
        return gettext("%(sku)s is too heavy: %(has)s g, and it carries %(most)s g.") % facts
    sides: Sequence[str] = (
        gettext("%(sku)s is too long: its longest side is %(has)s mm, and there is room for %(most)s mm."),
        gettext("%(sku)s is too wide: its middle side is %(has)s mm, and there is room for %(most)s mm."),
        gettext("%(sku)s is too thick: its shortest side is %(has)s mm, and there is room for %(most)s mm."),
    )
    return sides[why.side % SIDES] % facts


def _together(why: Why) -> str:
    if why.why == WhyNot.WEIGHT:
        facts = {"has": _size(why.has), "most": _size(why.most)}
        return gettext("All together are too heavy: %(has)s g, and it carries %(most)s g.") % facts
    if why.why == WhyNot.VOLUME:
        litres = {"has": f"{why.has / 1e6:.1f}", "most": f"{why.most / 1e6:.1f}"}
        return gettext("All together are too much: %(has)s litres, and it holds %(most)s.") % litres
    return gettext("No way was found to lay everything into it at once.")


def _size(number: int) -> str:
    return f"{number:,}"
