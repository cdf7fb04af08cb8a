"""By which carrier and service a parcel will probably go, before it is packed and without a call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.shipping import policy, queries, tariffs
from doorstep.shipping.port import sells
from doorstep.shipping.tariffs import Lane

LEARNT_FROM = timedelta(days=90)
LIGHTEST_G = 1


@dataclass(frozen=True, slots=True)
class Expected:
    """`service` is empty where only the carrier is foreseen."""

    carrier_id: int
    carrier: str
    service: str = ""


def expected(ctx: Ctx, *, lanes: Sequence[tuple[Lane, int]], currency: str) -> list[Expected | None]:
    """What each parcel will probably go by; its label decides once it is packed.

    The cheapest service of your own price lists, else what most labels of the last ninety days on that lane were bought of, else
    the carrier that labels are bought from; where one is preferred, only what is its.
    Shapes: lanes with the weight of what goes there; one answer per lane, in order.  Units: grams.
    """
    known = {row.id: row for row in queries.list_carriers(ctx) if row.active}
    wishes = policy.wishes(ctx)
    priced = tariffs.tariffs(ctx, lanes=[lane for lane, _ in lanes], currency=currency)
    bought = _most_bought(ctx, [wishes.preferred_id] if wishes.preferred_id in known else list(known))
    first = next((row.id for row in known.values() if sells(row.provider)), None)
    found: list[Expected | None] = []
    for (lane, weight_g), by_sheet in zip(lanes, priced, strict=True):
        offer = by_sheet(max(weight_g, LIGHTEST_G)) if by_sheet else None
        liked = offer is not None and wishes.preferred_id in (None, offer.carrier_id)
        if offer is not None and liked and (offer.carrier_id, offer.service) not in wishes.never:
            found.append(Expected(offer.carrier_id, known[offer.carrier_id].name, offer.service))
            continue
        id, service = bought.get((lane.location_id, lane.country), (first, ""))
        found.append(Expected(id, known[id].name, service) if id is not None else None)
    return found


def _most_bought(ctx: Ctx, carrier_ids: Sequence[int | None]) -> dict[tuple[int, str], tuple[int | None, str]]:
    """The carrier and service of most labels that were bought lately, by location and country."""
    lines = db.dicts(
        """SELECT DISTINCT ON (p.location_id, p.ship_to->>'country') p.location_id, p.ship_to->>'country' AS country,
                  l.carrier_id, l.service, count(*) AS times
             FROM shipping_label l JOIN shipping_parcel p ON p.organisation_id = l.organisation_id AND p.id = l.parcel_id
            WHERE l.organisation_id = %s AND l.state = 'bought' AND l.settled_at >= %s AND p.direction = 'out'
              AND l.carrier_id = ANY(%s)
            GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, times DESC, l.carrier_id, l.service""",
        [ctx.organisation_id, ctx.now - LEARNT_FROM, list(carrier_ids)],
    )
    return {(line["location_id"], line["country"]): (line["carrier_id"], line["service"]) for line in lines}
