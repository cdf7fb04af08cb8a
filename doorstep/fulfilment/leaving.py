"""By which carrier parts that nobody has begun will probably go, and when they are to leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from doorstep.accounts import queries as accounts
from doorstep.base.ctx import Ctx
from doorstep.fulfilment import planning, wave_queries
from doorstep.fulfilment.planning import OpenPart
from doorstep.fulfilment.values import Takes
from doorstep.locations import dispatching, working
from doorstep.locations.values import LocationRow
from doorstep.shipping import expecting
from doorstep.shipping.tariffs import Lane


def taken(ctx: Ctx, *, at: LocationRow, takes: Takes, among: Sequence[int] | None = None) -> list[OpenPart]:
    """What is open at a location and a wave takes, the most urgent first.  `among`: only these parts."""
    parts = wave_queries.open_parts(ctx, location_id=at.id, among=among)
    if takes.carrier_id is None and not takes.leaves_by:
        return planning.taken(parts, takes)
    by = planning.next_clock(takes.leaves_by, zone=at.timezone, now=ctx.now)
    return planning.taken(known(ctx, at=at, parts=parts), takes, leaving_by=by)


def known(ctx: Ctx, *, at: LocationRow, parts: Sequence[OpenPart]) -> list[OpenPart]:
    """The same parts with the carrier that is expected of each, and the moment when it is to leave."""
    lanes = [
        (Lane(at.id, at.country, part.country, part.postal_code), sum(line.qty * line.weight_g for line in part.lines))
        for part in parts
    ]
    expected = expecting.expected(ctx, lanes=lanes, currency=accounts.organisation(ctx).default_currency)
    how, zone, leaves = dispatching.dispatch_of(ctx, location_id=at.id), ZoneInfo(at.timezone), {}

    def leaving(placed_at: datetime, carrier: str) -> datetime | None:
        key = (placed_at, carrier)
        if key not in leaves:
            left = working.leaves(how, zone=zone, at=placed_at, carrier=carrier)
            leaves[key] = left.at if left else None
        return leaves[key]

    return [
        replace(
            part, carrier_id=one.carrier_id if one else None, carrier=one.carrier if one else "",
            service=one.service if one else "", leaves_at=leaving(part.placed_at, one.carrier if one else ""),
        )
        for part, one in zip(parts, expected, strict=True)
    ]  # fmt: skip


def by_carrier(parts: Sequence[OpenPart]) -> Mapping[tuple[int, str, str], int]:
    """How many parts are expected to go by what.  Shapes: by (carrier id, its name, service), the most first."""
    counted = Counter((part.carrier_id, part.carrier, part.service) for part in parts if part.carrier_id is not None)
    return {(id or 0, name, service): n for (id, name, service), n in counted.most_common()}
