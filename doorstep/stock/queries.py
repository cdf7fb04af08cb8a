"""Reads of stock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.stock.inbound.values import IncomingRow
from doorstep.stock.locks import LEVEL, POOL
from doorstep.stock.rules import id_of_reference
from doorstep.stock.values import DocumentRow, LedgerFilter, LevelRow, MovementRow, Paper, PoolRow, ReservationRow, Then

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


def list_movements(
    ctx: Ctx, *, where: LedgerFilter, before: int | None = None, limit: int = 50
) -> list[MovementRow]:
    """The ledger of the whole house, newest first, keyset-paged by id.  `reason` also finds it with words behind it."""
    wanted = None if where.variant_ids is None else list(where.variant_ids)
    by_hand = "kind NOT IN ('sale', 'allocation', 'reservation')" if where.by_hand else "TRUE"
    return db.rows(
        MovementRow,
        f"""SELECT id, variant_id, location_id, in_pool, kind, on_hand, committed, reserved, damaged, quality_control,
                  safety_stock, reason, reference, actor_name, at FROM stock_movement
             WHERE organisation_id = %(org)s AND {by_hand} AND (%(before)s::bigint IS NULL OR id < %(before)s)
               AND (%(variants)s::bigint[] IS NULL OR variant_id = ANY(%(variants)s))
               AND (%(kind)s = '' OR kind = %(kind)s) AND (%(place)s = 0 OR location_id = %(place)s)
               AND (%(reason)s = '' OR reason = %(reason)s OR starts_with(reason, %(reason)s || ': '))
               AND (%(since)s::timestamptz IS NULL OR at >= %(since)s) AND (%(until)s::timestamptz IS NULL OR at < %(until)s)
             ORDER BY id DESC LIMIT %(limit)s""",
        {"org": ctx.organisation_id, "before": before, "variants": wanted, "kind": where.kind, "place": where.location_id,
         "reason": where.reason, "since": where.since, "until": where.until, "limit": limit},
    )  # fmt: skip


def sold_since(ctx: Ctx, *, variant_ids: Sequence[int], since: datetime) -> dict[int, int]:
    """Units that orders took since then, by variant; those that nobody bought are left out."""
    found = db.dicts(
        """SELECT variant_id, sum(committed)::bigint AS units FROM stock_movement
            WHERE organisation_id = %s AND variant_id = ANY(%s) AND at >= %s AND kind = 'sale' AND reason = 'order'
            GROUP BY 1""",
        [ctx.organisation_id, list(variant_ids), since],
    )
    return {line["variant_id"]: line["units"] for line in found}


def documents_by_reference(ctx: Ctx, *, references: Sequence[str]) -> dict[str, DocumentRow]:
    """The documents that movements name, by reference."""
    ids = {r: id for r in references if (id := id_of_reference(r)) is not None}
    rows = db.rows(
        DocumentRow,
        "SELECT id, number, name, size, by, at FROM stock_document WHERE organisation_id = %s AND id = ANY(%s)",
        [ctx.organisation_id, sorted(set(ids.values()))],
    )
    found = {row.id: row for row in rows}
    return {reference: found[id] for reference, id in ids.items() if id in found}


def get_paper(ctx: Ctx, *, document_id: int) -> Paper:
    """The file of a document.  Refuses: unknown documents, and those without a file."""
    found = db.one(
        Paper,
        """SELECT number, name, content_type, content FROM stock_document
            WHERE organisation_id = %s AND id = %s AND content IS NOT NULL""",
        [ctx.organisation_id, document_id],
    )
    if found is None:
        raise Refused(NOT_FOUND, {"what": "file", "key": document_id})
    return found


def as_of(ctx: Ctx, *, variant_ids: Sequence[int], at: datetime) -> Then:
    """The books at a past moment, as the ledger tells them; a level's safety stock is what it kept back then.

    What was booked later for an earlier time, such as a past sale that was imported, counts from that earlier time. Whichever is
    shorter is summed: what moved up to then, or what moved since, which is taken off what the books say now.
    Shapes: a pool row per variant asked for, and a level for each place in which it moved by then, or lies now.
    """
    pool: dict[int, Counter[str]] = {v: Counter() for v in variant_ids}
    levels: dict[tuple[int, int], Counter[str]] = {}
    since = _is_late(ctx, variant_ids, at)
    if since:
        for row in pool_of(ctx, variant_ids=variant_ids).values():
            pool[row.variant_id].update({name: getattr(row, name) for name in COUNTERS})
        for level in levels_of(ctx, variant_ids=variant_ids):
            now = {name: getattr(level, name, 0) for name in COUNTERS} | {"safety_stock": level.kept}
            levels[level.variant_id, level.location_id] = Counter(now)
    for line in _moved(ctx, variant_ids, at, since=since):
        counters = {name: -line[name] if since else line[name] for name in COUNTERS}
        if line["in_pool"]:
            pool[line["variant_id"]].update(counters)
        if line["location_id"] is not None:
            levels.setdefault((line["variant_id"], line["location_id"]), Counter()).update(counters)
    return Then(
        {
            v: PoolRow(v, sums["on_hand"], sums["committed"], sums["reserved"], sums["damaged"], sums["quality_control"],
                       sums["safety_stock"])
            for v, sums in pool.items()
        },
        [
            LevelRow(v, place, sums["on_hand"], sums["committed"], sums["damaged"], sums["quality_control"], "",
                     safety_stock=sums["safety_stock"], kept=sums["safety_stock"])
            for (v, place), sums in sorted(levels.items())
        ],
    )  # fmt: skip


def _is_late(ctx: Ctx, variant_ids: Sequence[int], at: datetime) -> bool:
    """Whether a moment is nearer to now than to the first movement of these variants."""
    first: datetime | None = db.scalar(
        """SELECT min(m.at) FROM unnest(%s::bigint[]) v CROSS JOIN LATERAL (
                  SELECT at FROM stock_movement WHERE organisation_id = %s AND variant_id = v ORDER BY id LIMIT 1) m""",
        [list(variant_ids), ctx.organisation_id],
    )
    return first is not None and at - first > ctx.now - at


def _moved(ctx: Ctx, variant_ids: Sequence[int], at: datetime, *, since: bool) -> list[dict[str, Any]]:
    """The sums of what moved after a moment, or up to it, per variant and place."""
    with db.by_page():
        return db.dicts(
            f"""SELECT variant_id, location_id, in_pool, sum(on_hand)::int AS on_hand, sum(committed)::int AS committed,
                       sum(reserved)::int AS reserved, sum(damaged)::int AS damaged,
                       sum(quality_control)::int AS quality_control, sum(safety_stock)::int AS safety_stock
                  FROM stock_movement WHERE organisation_id = %s AND variant_id = ANY(%s) AND at {">" if since else "<="} %s
                 GROUP BY variant_id, location_id, in_pool""",
            [ctx.organisation_id, list(variant_ids), at],
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


def promises_at(ctx: Ctx, *, variant_id: int, location_id: int) -> list[ReservationRow]:
    """Units that order lines were promised from one place, and those promised from no place yet; the newest first."""
    return db.rows(
        ReservationRow,
        """SELECT id, variant_id, reference_id, qty, location_id FROM stock_reservation
            WHERE organisation_id = %s AND variant_id = %s AND state = 'open' AND reference_kind = 'order_line'
              AND (location_id = %s OR location_id IS NULL) ORDER BY id DESC""",
        [ctx.organisation_id, variant_id, location_id],
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


def waited_for(ctx: Ctx, *, after: int = 0, limit: int = 500) -> list[int]:
    """Variants for which somebody waits, ascending, keyset-paged."""
    return db.column(
        """SELECT variant_id FROM stock_item WHERE organisation_id = %s AND variant_id > %s AND waiting > 0
            ORDER BY variant_id LIMIT %s""",
        [ctx.organisation_id, after, limit],
    )
