"""What a unit is worth later, as a sentence under the places of a variant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language, gettext, ngettext

from doorstep.accounts import queries as accounts
from doorstep.base.ctx import Ctx
from doorstep.base.money import Money, show
from doorstep.locations.values import LocationRow
from doorstep.routing import prices
from doorstep.routing.prices import WorthRow

MOST_PLACES = 4  # more would not be read


def facts_of(ctx: Ctx, *, variant_id: int, places: Mapping[int, LocationRow]) -> dict[str, Any]:
    """What the page of a variant says of what its units are worth later.  Shapes: None where nothing was reckoned."""
    rows = [row for row in prices.worths_of(ctx, variant_ids=[variant_id]) if row.location_id in places]
    if len(rows) < 2:
        return {"worth": None}
    currency = accounts.organisation(ctx).default_currency
    return {"worth": {"sentence": sentence(rows, places, currency), "made_at": rows[0].made_at, "seen": _seen(rows[0].seen)}}


def sentence(rows: list[WorthRow], places: Mapping[int, LocationRow], currency: str) -> str:
    """Where a unit is worth most to the orders that come, and by how much more than where it is worth least."""
    ordered = sorted(rows, key=lambda row: (-row.worth, row.location_id))
    least, language = ordered[-1], get_language() or "en"
    dearer = [row for row in ordered if round(row.worth - least.worth) > 0]
    if not dearer:
        return gettext("Wherever a unit lies, it is worth the same to later orders.")
    said = ", ".join(
        f"{places[row.location_id].name} {show(Money(round(row.worth - least.worth), currency), language)}"
        for row in dearer[:MOST_PLACES]
    )
    facts = {"place": places[least.location_id].name, "said": said}
    return gettext("What a unit is worth to later orders, beside one at %(place)s: %(said)s more.") % facts


def _seen(orders: int) -> str:
    if not orders:
        return gettext("nobody has bought it yet, so by how few lie where")
    return ngettext("from %(n)s order of the last 90 days", "from %(n)s orders of the last 90 days", orders) % {"n": orders}
