"""What units are worth later, as it was last reckoned: kept by place, read by decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx

MOVED = 0.05  # of a variant's stock: from here on its prices are reckoned anew
OLD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WorthRow:
    """Units: `worth` money in minor units for each unit; `units` whole units."""

    variant_id: int
    location_id: int
    worth: float
    units: int
    seen: int
    version: int
    made_at: datetime


def worths_of(ctx: Ctx, *, variant_ids: Sequence[int]) -> list[WorthRow]:
    """What is kept of variants, by variant and location."""
    return db.rows(
        WorthRow,
        """SELECT variant_id, location_id, worth, units, seen, version, made_at FROM routing_worth
            WHERE organisation_id = %s AND variant_id = ANY(%s::bigint[]) ORDER BY variant_id, location_id""",
        [ctx.organisation_id, list(variant_ids)],
    )


def due(ctx: Ctx, *, limit: int) -> list[int]:
    """Variants that lie in several places and have no price, an old one, or one of another stock; those without come first."""
    return db.column(
        """WITH lying AS (
             SELECT l.variant_id, sum(l.on_hand - l.committed - l.damaged - l.quality_control) AS units
               FROM stock_level l JOIN locations_location at ON at.organisation_id = l.organisation_id AND at.id = l.location_id
                AND at.active AND at.fulfils_online
              WHERE l.organisation_id = %s AND l.on_hand - l.committed - l.damaged - l.quality_control > 0
              GROUP BY 1 HAVING count(*) > 1),
                priced AS (SELECT variant_id, min(made_at) AS made_at, min(units) AS units FROM routing_worth
                            WHERE organisation_id = %s GROUP BY 1)
           SELECT lying.variant_id FROM lying LEFT JOIN priced USING (variant_id)
            WHERE priced.made_at IS NULL OR priced.made_at <= %s OR abs(lying.units - priced.units) > %s * priced.units
            ORDER BY priced.made_at NULLS FIRST, variant_id LIMIT %s""",
        [ctx.organisation_id, ctx.organisation_id, ctx.now - OLD, MOVED, limit],
    )


@transaction.atomic
def keep(
    ctx: Ctx, *, worths: Mapping[int, Mapping[int, float]], units: Mapping[int, int], seen: Mapping[int, int], version: int
) -> None:
    """Keeps what was reckoned; what a variant had before is replaced.  Shapes: worths by variant, then location."""
    variants = sorted(worths)
    lines = [
        (variant, at, max(value, 0.0), units[variant], seen.get(variant, 0))
        for variant in variants
        for at, value in sorted(worths[variant].items())
    ]
    db.execute(
        """DELETE FROM routing_worth w WHERE w.organisation_id = %s AND w.variant_id = ANY(%s::bigint[])
              AND (w.variant_id, w.location_id) NOT IN (SELECT * FROM unnest(%s::bigint[], %s::bigint[]))""",
        [ctx.organisation_id, variants, *db.columns([line[:2] for line in lines], 2)],
    )
    db.execute(
        """INSERT INTO routing_worth (organisation_id, variant_id, location_id, worth, units, seen, version, made_at)
           SELECT %s, u.v, u.at, u.w, u.n, u.s, %s, %s
             FROM unnest(%s::bigint[], %s::bigint[], %s::float8[], %s::int[], %s::int[]) u(v, at, w, n, s) ORDER BY u.v, u.at
           ON CONFLICT (organisation_id, variant_id, location_id) DO UPDATE SET worth = EXCLUDED.worth, units = EXCLUDED.units,
                  seen = EXCLUDED.seen, version = EXCLUDED.version, made_at = EXCLUDED.made_at""",
        [ctx.organisation_id, version, ctx.now, *db.columns(lines, 5)],
    )


def next_version(ctx: Ctx) -> int:
    """The version of prices that are reckoned now."""
    last = db.scalar("SELECT COALESCE(max(version), 0) FROM routing_worth WHERE organisation_id = %s", [ctx.organisation_id])
    return int(last) + 1
