"""What labels cost beside the zone table, as it was last learnt: kept by level, read by the planner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx

LEARNT_FROM = timedelta(days=90)
OLD = timedelta(days=1)
MOST_LABELS = 5_000
BRAND = ""  # the key of the brand itself


@dataclass(frozen=True, slots=True)
class LabelRow:
    """A label that was bought for a parcel that left.  Units: `cost_minor` in the currency that was asked for."""

    location_id: int
    country: str
    postal_code: str
    weight_g: int
    cost_minor: int


def is_due(ctx: Ctx) -> bool:
    """Whether it was not learnt today."""
    made: datetime | None = db.scalar(
        "SELECT max(made_at) FROM routing_lanecost WHERE organisation_id = %s AND key = %s", [ctx.organisation_id, BRAND]
    )
    return made is None or made <= ctx.now - OLD


def bought(ctx: Ctx, *, currency: str) -> list[LabelRow]:
    """The newest labels of the last ninety days, oldest first; in `currency` alone, as others cannot be compared."""
    return db.rows(
        LabelRow,
        """SELECT location_id, country, postal_code, weight_g, cost_minor FROM (
             SELECT l.id, p.location_id, p.ship_to->>'country' AS country, COALESCE(p.ship_to->>'postal_code', '') AS postal_code,
                    p.weight_g, l.cost_minor
               FROM shipping_label l JOIN shipping_parcel p ON p.organisation_id = l.organisation_id AND p.id = l.parcel_id
              WHERE l.organisation_id = %s AND l.state = 'bought' AND l.cost_currency = %s AND l.cost_minor > 0
                AND l.settled_at >= %s AND p.direction = 'out' AND p.ship_to ? 'country'
              ORDER BY l.id DESC LIMIT %s) newest ORDER BY id""",
        [ctx.organisation_id, currency, ctx.now - LEARNT_FROM, MOST_LABELS],
    )


@transaction.atomic
def keep(ctx: Ctx, *, learnt: Mapping[str, float], labels: int) -> None:
    """Keeps what was learnt in place of what was; nothing learnt is kept as that the table holds."""
    told = learnt or {BRAND: 0.0}
    db.execute("DELETE FROM routing_lanecost WHERE organisation_id = %s", [ctx.organisation_id])
    db.execute(
        """INSERT INTO routing_lanecost (organisation_id, key, shift, labels, learnt, made_at)
           SELECT %s, u.k, u.s, %s, %s, %s FROM unnest(%s::text[], %s::float8[]) u(k, s) ORDER BY u.k""",
        [ctx.organisation_id, labels, bool(learnt), ctx.now, *db.columns(sorted(told.items()), 2)],
    )


def known(ctx: Ctx) -> dict[str, float]:
    """What was learnt, by level; empty where nothing was."""
    rows = db.dicts("SELECT key, shift FROM routing_lanecost WHERE organisation_id = %s AND learnt", [ctx.organisation_id])
    return {row["key"]: row["shift"] for row in rows}
