"""The one way in which stock rows are locked: pool rows by variant, then levels by variant and location."""

from __future__ import annotations

from collections.abc import Iterable

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.stock.values import LevelRow, PoolRow

POOL = """variant_id, on_hand, committed, reserved, damaged, quality_control, safety_stock, kept_everywhere, waiting,
          to_serve"""
LEVEL = """variant_id, location_id, on_hand, committed, damaged, quality_control, bin, recount_since, safety_stock, kept,
            counted_at"""


def pool_rows(ctx: Ctx, variants: Iterable[int]) -> dict[int, PoolRow]:
    """Locks the pool rows of these variants, making those that are missing.  Locks: ascending by variant."""
    wanted = sorted(set(variants))
    if not wanted:
        return {}
    found = _lock_pool(ctx, wanted)
    if len(found) < len(wanted):
        db.execute(
            """INSERT INTO stock_item (organisation_id, variant_id, on_hand, committed, reserved, damaged, quality_control,
                                       safety_stock)
               SELECT %s, v, 0, 0, 0, 0, 0, 0 FROM unnest(%s::bigint[]) v ORDER BY v
               ON CONFLICT (organisation_id, variant_id) DO NOTHING""",
            [ctx.organisation_id, [v for v in wanted if v not in found]],
        )
        found = _lock_pool(ctx, wanted)
    return found


def _lock_pool(ctx: Ctx, variants: list[int]) -> dict[int, PoolRow]:
    rows = db.rows(
        PoolRow,
        f"""SELECT {POOL} FROM stock_item WHERE organisation_id = %s AND variant_id = ANY(%s::bigint[])
             ORDER BY variant_id FOR NO KEY UPDATE""",
        [ctx.organisation_id, db.array(variants)],
        kept=True,
    )
    return {row.variant_id: row for row in rows}


def carts(ctx: Ctx, tokens: Iterable[str]) -> list[int]:
    """Locks the carts of these tokens that are here.  Locks: before the pool rows, ascending by id."""
    return db.column(
        """SELECT id FROM stock_cart WHERE organisation_id = %s AND token = ANY(%s) ORDER BY id FOR NO KEY UPDATE""",
        [ctx.organisation_id, sorted(set(tokens))],
    )


def level_rows(ctx: Ctx, places: Iterable[tuple[int, int]]) -> dict[tuple[int, int], LevelRow]:
    """Locks the levels at (variant, location), making those that are missing.  Locks: after the pool rows, ascending."""
    wanted = sorted(set(places))
    if not wanted:
        return {}
    variants, locations = [v for v, _ in wanted], [at for _, at in wanted]
    found = _lock_levels(ctx, variants, locations)
    if len(found) < len(wanted):
        db.execute(
            """INSERT INTO stock_level (organisation_id, variant_id, location_id, on_hand, committed, damaged,
                                        quality_control, bin)
               SELECT %s, u.v, u.l, 0, 0, 0, 0, '' FROM unnest(%s::bigint[], %s::bigint[]) u(v, l) ORDER BY u.v, u.l
               ON CONFLICT (organisation_id, variant_id, location_id) DO NOTHING""",
            [ctx.organisation_id, variants, locations],
        )
        found = _lock_levels(ctx, variants, locations)
    return found


def _lock_levels(ctx: Ctx, variants: list[int], locations: list[int]) -> dict[tuple[int, int], LevelRow]:
    rows = db.rows(
        LevelRow,
        f"""SELECT {LEVEL} FROM stock_level
             WHERE organisation_id = %s AND (variant_id, location_id) IN (SELECT * FROM unnest(%s::bigint[], %s::bigint[]))
             ORDER BY variant_id, location_id FOR NO KEY UPDATE""",
        [ctx.organisation_id, variants, locations],
    )
    return {(row.variant_id, row.location_id): row for row in rows}
