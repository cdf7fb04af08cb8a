"""Shelves of which the books are doubted: marked for a recount, and sure again once somebody counted or brought units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.stock import locks


@dataclass(frozen=True, slots=True)
class Doubt:
    """What lies in a place was doubted at a moment.  `ledger_id`: the last movement of the variant then."""

    variant_id: int
    location_id: int
    ledger_id: int
    at: datetime


@transaction.atomic
def doubt(ctx: Ctx, *, variant_ids: Sequence[int], location_id: int) -> None:
    """Marks what lies in a place for a recount, until somebody counts it.  Locks: pool rows, then levels."""
    locks.pool_rows(ctx, variant_ids)
    locks.level_rows(ctx, [(variant, location_id) for variant in variant_ids])
    db.execute(
        """UPDATE stock_level SET recount_since = COALESCE(recount_since, %s)
            WHERE organisation_id = %s AND variant_id = ANY(%s) AND location_id = %s""",
        [ctx.now, ctx.organisation_id, sorted(set(variant_ids)), location_id],
    )


def last_movements(ctx: Ctx, *, variant_ids: Sequence[int]) -> dict[int, int]:
    """The last movement of each variant that ever moved."""
    found = db.dicts(
        """SELECT v.id AS variant_id, m.id FROM unnest(%s::bigint[]) v(id) CROSS JOIN LATERAL (
                  SELECT id FROM stock_movement WHERE organisation_id = %s AND variant_id = v.id ORDER BY id DESC LIMIT 1) m""",
        [list(variant_ids), ctx.organisation_id],
    )
    return {row["variant_id"]: row["id"] for row in found}


def sure_since(ctx: Ctx, *, doubts: Sequence[Doubt]) -> list[bool]:
    """Whether a place that was doubted was counted since, or got units.  Shapes: one answer per doubt, in order."""
    if not doubts:
        return []
    lines = [(n, d.variant_id, d.location_id, d.ledger_id, d.at) for n, d in enumerate(doubts)]
    sure = db.column(
        """SELECT u.n FROM unnest(%s::int[], %s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[]) u(n, v, l, m, at)
            WHERE EXISTS (SELECT 1 FROM stock_level s WHERE s.organisation_id = %s AND s.variant_id = u.v
                             AND s.location_id = u.l AND s.counted_at > u.at)
               OR EXISTS (SELECT 1 FROM stock_movement m WHERE m.organisation_id = %s AND m.variant_id = u.v AND m.id > u.m
                             AND m.location_id = u.l AND (m.on_hand > 0 OR m.reason = 'counted'))""",
        [*db.columns(lines, 5), ctx.organisation_id, ctx.organisation_id],
    )
    return [n in set(sure) for n in range(len(doubts))]
