"""Why a channel shows a number, in sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from doorstep.channels.exposure import Shown, Step, Taken
from doorstep.channels.values import ExposureRow

WORDS = {
    Step.AVAILABLE: _("can be sold in the whole house"),
    Step.OFF_SALE: _("the product is not on sale"),
    Step.EXCLUDED: _("it is kept off this channel"),
    Step.NOTHING_LEFT: _("nothing is left for this channel"),
    Step.OTHER_PLACES: _("another place of this shop shows the rest: a shop adds its places up"),
    Step.SET_ASIDE: _("more is not set aside for it yet: other channels are being told to show less"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """One step on the way to a number.  `change`: what it took off, none at the beginning."""

    number: int
    change: int | None
    says: str


def steps(why: Shown, exposure: ExposureRow | None) -> list[Said]:
    """The way from what can be sold to what the channel is told."""
    found: list[Said] = []
    for step in why.steps:
        found.append(Said(step.number, step.number - found[-1].number if found else None, _sentence(step)))
    if exposure is not None and exposure.unseen:
        left = max(why.number - exposure.unseen, 0)
        says = gettext(
            "it showed %(n)s fewer than it was told: sold there, or changed by hand; until its orders tell, they count as sold"
        ) % {"n": exposure.unseen}
        found.append(Said(left, left - why.number, says))
    return found


def _sentence(step: Taken) -> str:
    facts: dict[str, Any] = dict(step.facts)
    match step.step:
        case Step.PLACES:
            return ngettext("lie in the %(n)s location that counts for it", "lie in the %(n)s locations that count for it",
                            int(facts["places"])) % {"n": facts["places"]}  # fmt: skip
        case Step.BUFFER:
            return ngettext("%(n)s unit is kept back", "%(n)s units are kept back", int(facts["units"])) % {"n": facts["units"]}
        case Step.SALES_BUFFER:
            return gettext(
                "%(n)s kept back: %(sold)s a day are sold, and a number takes up to %(lag)s seconds to reach the channel"
            ) % {"n": facts["units"], "sold": round(facts["sold_a_day"], 1), "lag": round(facts["lag_s"], 1)}
        case Step.SHARE:
            return gettext("its share is %(pct)s %%") % {"pct": facts["pct"]}
        case Step.MOST:
            return gettext("never more than %(most)s are shown") % {"most": facts["most"]}
        case _:
            return str(WORDS[step.step])
