"""Reads of stock."""

from __future__ import annotations

from collections.abc import Sequence

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.stock.inbound.values import IncomingRow
from doorstep.stock.locks import LEVEL, POOL
from doorstep.stock.values import LevelRow, MovementRow, PoolRow


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
        """SELECT id, variant_id, location_id, in_pool, kind, on_hand, committed, reserved, damaged, quality_control, reason,
                  reference, actor_name, at FROM stock_movement
            WHERE organisation_id = %s AND variant_id = %s AND (%s::bigint IS NULL OR id < %s)
              AND (%s::bigint IS NULL OR location_id = %s)
            ORDER BY id DESC LIMIT %s""",
        [ctx.organisation_id, variant_id, before, before, location_id, location_id, limit],
    )


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


def incoming_of(
    ctx: Ctx, *, variant_ids: Sequence[int] | None, location_ids: Sequence[int] | None = None
) -> list[IncomingRow]:
    """What shall come of these variants, the first due first: open units of deliveries, and transfers in transit.

    `variant_ids` None: of every variant; `location_ids` None: to every location.  Units: whole units, more than zero.
    """
    wanted = None if variant_ids is None else list(variant_ids)
    places = None if location_ids is None else list(location_ids)
    return db.rows(
        IncomingRow,
        """SELECT * FROM (
             SELECT l.variant_id, d.location_id, l.expected - l.received AS qty, d.expected_on AS due_on,
                    'delivery:' || d.id AS reference, d.document AS name
               FROM stock_expecteddelivery d
               JOIN stock_expectedline l ON l.organisation_id = d.organisation_id AND l.delivery_id = d.id
              WHERE d.organisation_id = %(org)s AND d.state IN ('expected', 'partially_received') AND l.expected > l.received
             UNION ALL
             SELECT l.variant_id, t.destination_id, l.shipped - l.received - l.lost, t.due_on, 'transfer:' || t.id,
                    'T-' || t.id
               FROM stock_transfer t
               JOIN stock_transferline l ON l.organisation_id = t.organisation_id AND l.transfer_id = t.id
              WHERE t.organisation_id = %(org)s AND t.state IN ('in_transit', 'partially_received')
                AND l.shipped > l.received + l.lost) incoming
            WHERE (%(variants)s::bigint[] IS NULL OR variant_id = ANY(%(variants)s))
              AND (%(places)s::bigint[] IS NULL OR location_id = ANY(%(places)s))
            ORDER BY variant_id, due_on NULLS LAST, reference""",
        {"org": ctx.organisation_id, "variants": wanted, "places": places},
    )
