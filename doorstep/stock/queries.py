"""Reads of stock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.stock.locks import LEVEL, POOL
from doorstep.stock.values import LevelRow, MovementRow, PoolRow, Then

COUNTERS = ("on_hand", "committed", "reserved", "damaged", "quality_control", "safety_stock")


def pool_of(ctx: Ctx, *, variant_ids: Sequence[int]) -> dict[int, PoolRow]:
    """The pool row per variant; a variant that never had stock has zeros."""
    rows = db.rows(
        PoolRow,
        f"""SELECT {POOL} FROM stock_item
            WHERE organisation_id = %s AND variant_id = ANY(%s)""",
        [ctx.organisation_id, list(variant_ids)],
    )
    found = {row.variant_id: row for row in rows}
    return {v: found.get(v) or PoolRow(v, 0, 0, 0, 0, 0, 0) for v in variant_ids}


def levels_of(ctx: Ctx, *, variant_ids: Sequence[int]) -> list[LevelRow]:
    """Where these variants lie, by variant and location."""
    return db.rows(
        LevelRow,
        f"""SELECT {LEVEL} FROM stock_level
            WHERE organisation_id = %s AND variant_id = ANY(%s) ORDER BY variant_id, location_id""",
        [ctx.organisation_id, list(variant_ids)],
    )


def movements_of(
    ctx: Ctx, *, variant_id: int, before: int | None = None, limit: int = 50, location_id: int | None = None
) -> list[MovementRow]:
    """The ledger of one variant, newest first, keyset-paged by id."""
    return db.rows(
        MovementRow,
        """SELECT id, variant_id, location_id, in_pool, kind, on_hand, committed, reserved, damaged, quality_control,
                  safety_stock, reason, reference, actor_name, at FROM stock_movement
            WHERE organisation_id = %s AND variant_id = %s AND (%s::bigint IS NULL OR id < %s)
              AND (%s::bigint IS NULL OR location_id = %s)
            ORDER BY id DESC LIMIT %s""",
        [ctx.organisation_id, variant_id, before, before, location_id, location_id, limit],
    )


def as_of(ctx: Ctx, *, variant_ids: Sequence[int], at: datetime) -> Then:
    """The books at a past moment, as the ledger tells them; a level's safety stock is what it kept back then.

    What was booked later for an earlier time, such as a past sale that was imported, counts from that earlier time.
    Shapes: a pool row per variant asked for, and a level for each place in which it ever moved.
    """
    sums = db.dicts(
        """SELECT variant_id, location_id, in_pool, sum(on_hand)::int AS on_hand, sum(committed)::int AS committed,
                  sum(reserved)::int AS reserved, sum(damaged)::int AS damaged, sum(quality_control)::int AS quality_control,
                  sum(safety_stock)::int AS safety_stock
             FROM stock_movement WHERE organisation_id = %s AND variant_id = ANY(%s) AND at <= %s
            GROUP BY variant_id, location_id, in_pool""",
        [ctx.organisation_id, list(variant_ids), at],
    )
    pool: dict[int, Counter[str]] = {v: Counter() for v in variant_ids}
    levels: dict[tuple[int, int], Counter[str]] = {}
    for line in sums:
        counters = Counter({name: line[name] for name in COUNTERS})
        if line["in_pool"]:
            pool[line["variant_id"]].update(counters)
        if line["location_id"] is not None:
            levels.setdefault((line["variant_id"], line["location_id"]), Counter()).update(counters)
    return Then(
        {v: PoolRow(v, *(sums[name] for name in COUNTERS)) for v, sums in pool.items()},
        [
            LevelRow(v, place, sums["on_hand"], sums["committed"], sums["damaged"], sums["quality_control"], "",
                     safety_stock=sums["safety_stock"], kept=sums["safety_stock"])
            for (v, place), sums in sorted(levels.items())
        ],
    )  # fmt: skip


def list_pool(
    ctx: Ctx,
    *,
    only: str = "",
    location_id: int = 0,
    after: int = 0,
    limit: int = 50,
    variant_ids: Sequence[int] | None = None,
) -> list[PoolRow]:
    """Pool rows by variant id, keyset-paged.

    `only`: "" all, "low" at most five available, "out" none, "recount" those of which some place is to be counted again.
    `location_id`: only what lies there.
    """
    condition = {
        "": "TRUE",
        "low": "available <= 5",
        "out": "available <= 0",
        "recount": """variant_id IN (SELECT l.variant_id FROM stock_level l WHERE l.organisation_id = s.organisation_id
                                        AND l.recount_since IS NOT NULL)""",
    }[only]
    wanted = None if variant_ids is None else list(variant_ids)
    return db.rows(
        PoolRow,
        f"""SELECT {POOL} FROM (
              SELECT *, on_hand - committed - reserved - damaged - quality_control - safety_stock AS available
                FROM stock_item WHERE organisation_id = %s AND variant_id > %s
                 AND (%s::bigint[] IS NULL OR variant_id = ANY(%s))
                 AND (%s = 0 OR EXISTS (SELECT 1 FROM stock_level l WHERE l.organisation_id = stock_item.organisation_id
                       AND l.variant_id = stock_item.variant_id AND l.location_id = %s AND l.on_hand > 0))) s
             WHERE {condition} ORDER BY variant_id LIMIT %s""",
        [ctx.organisation_id, after, wanted, wanted, location_id, location_id, limit],
    )


def count_stocked(ctx: Ctx) -> int:
    """How many variants lie somewhere."""
    return int(
        db.scalar("SELECT count(*) FROM stock_item WHERE organisation_id = %s AND on_hand > 0", [ctx.organisation_id])
    )


def count_overpromised(ctx: Ctx) -> int:
    """How many units are promised that are not there: 0, unless something went wrong.  Units: whole units."""
    return int(
        db.scalar(
            """SELECT COALESCE(sum(committed + reserved + damaged + quality_control - on_hand), 0) FROM stock_item
                WHERE organisation_id = %s AND committed + reserved + damaged + quality_control > on_hand""",
            [ctx.organisation_id],
        )
    )


def count_low(ctx: Ctx, *, at_most: int = 5) -> int:
    """How many variants have so few available units."""
    return int(
        db.scalar(
            """SELECT count(*) FROM stock_item WHERE organisation_id = %s
                  AND on_hand - committed - reserved - damaged - quality_control - safety_stock <= %s""",
            [ctx.organisation_id, at_most],
        )
    )
