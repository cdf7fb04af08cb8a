"""The queue of who waits, as rows. Actions hide it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.stock import locks
from doorstep.stock.values import BackorderRow, BackorderState

Line = tuple[int, int, int, int, str, int, datetime, date | None]
ROW = "id, group_id, reference_id, variant_id, qty, kind, priority, since, promised_on, expected_on, slipped"
TURN = "priority DESC, since, group_id, id"
AVAILABLE = "i.on_hand - i.committed - i.reserved - i.damaged - i.quality_control - i.safety_stock"


def of_groups(ctx: Ctx, group_ids: Sequence[int]) -> list[BackorderRow]:
    """What waits in groups, in turn."""
    return db.rows(
        BackorderRow,
        f"""SELECT {ROW} FROM stock_backorder
             WHERE organisation_id = %s AND group_id = ANY(%s) AND state = 'open' ORDER BY {TURN}""",
        [ctx.organisation_id, list(group_ids)],
    )


def of_references(ctx: Ctx, references: Sequence[int]) -> list[BackorderRow]:
    """What waits for references, in turn."""
    return db.rows(
        BackorderRow,
        f"""SELECT {ROW} FROM stock_backorder
             WHERE organisation_id = %s AND reference_id = ANY(%s) AND state = 'open' ORDER BY {TURN}""",
        [ctx.organisation_id, list(references)],
    )


def of_variant(ctx: Ctx, variant_id: int, *, limit: int) -> list[BackorderRow]:
    """What waits for a variant, in turn."""
    return db.rows(
        BackorderRow,
        f"""SELECT {ROW} FROM stock_backorder
             WHERE organisation_id = %s AND variant_id = %s AND state = 'open' ORDER BY {TURN} LIMIT %s""",
        [ctx.organisation_id, variant_id, limit],
    )


def open(ctx: Ctx, lines: Sequence[Line]) -> None:
    """Adds to the queue.  Shapes: group, reference, variant, units, kind, priority, since, promised each.

    Needs: the pool rows locked.
    """
    if not lines:
        return
    db.execute(
        """INSERT INTO stock_backorder (organisation_id, group_id, reference_id, variant_id, qty, kind, state, priority, since,
                                        promised_on, expected_on, slipped, passed)
           SELECT %s, u.g, u.r, u.v, u.q, u.k, 'open', u.p, u.s, u.d, u.d, FALSE, FALSE
             FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::int[], %s::text[], %s::int[], %s::timestamptz[],
                         %s::date[]) u(g, r, v, q, k, p, s, d)""",
        [ctx.organisation_id, *db.columns(lines, 8)],
    )
    added: Counter[int] = Counter()
    for _, _, variant, qty, *_rest in lines:
        added[variant] += qty
    _count(ctx, added)


def end(ctx: Ctx, rows: Sequence[BackorderRow], state: BackorderState) -> int:
    """Ends what waits, as far as it still does once its pool rows are locked.  Returns: units."""
    still = _still(ctx, rows)
    db.execute(
        "UPDATE stock_backorder SET state = %s, ended_at = %s WHERE organisation_id = %s AND id = ANY(%s)",
        [state.value, ctx.now, ctx.organisation_id, [row.id for row in still]],
    )
    gone = Counter[int]()
    for row in still:
        gone[row.variant_id] -= row.qty
    _count(ctx, gone)
    return sum(row.qty for row in still)


def resize(ctx: Ctx, wanted: Sequence[tuple[BackorderRow, int]]) -> None:
    """Has rows wait for other units."""
    now = {row.id: qty for row, qty in wanted}
    changed = [(row, now[row.id]) for row in _still(ctx, [row for row, _ in wanted]) if now[row.id] != row.qty]
    if not changed:
        return
    db.execute(
        """UPDATE stock_backorder b SET qty = u.q FROM unnest(%s::bigint[], %s::int[]) u(i, q)
            WHERE b.organisation_id = %s AND b.id = u.i""",
        [*db.columns([(row.id, qty) for row, qty in changed], 2), ctx.organisation_id],
    )
    more: Counter[int] = Counter()
    for row, qty in changed:
        more[row.variant_id] += qty - row.qty
    _count(ctx, more)


def move(ctx: Ctx, moving: Sequence[tuple[BackorderRow, int]], target: int) -> int:
    """Has units wait in another group, with the same turn and promise.  Returns: units."""
    units = {row.id: qty for row, qty in moving}
    rows = _still(ctx, [row for row, _ in moving])
    whole = [row.id for row in rows if units[row.id] == row.qty]
    db.execute(
        "UPDATE stock_backorder SET group_id = %s, passed = FALSE WHERE organisation_id = %s AND id = ANY(%s)",
        [target, ctx.organisation_id, whole],
    )
    part = [(row.id, units[row.id]) for row in rows if row.id not in whole]
    db.execute(
        """WITH less AS (UPDATE stock_backorder b SET qty = b.qty - u.q FROM unnest(%s::bigint[], %s::int[]) u(i, q)
                          WHERE b.organisation_id = %s AND b.id = u.i RETURNING b.*, u.q AS moved)
           INSERT INTO stock_backorder (organisation_id, group_id, reference_id, variant_id, qty, kind, state, priority, since,
                                        promised_on, expected_on, slipped, passed)
           SELECT organisation_id, %s, reference_id, variant_id, moved, kind, 'open', priority, since, promised_on,
                  expected_on, slipped, FALSE FROM less""",
        [*db.columns(part, 2), ctx.organisation_id, target],
    )
    return sum(units[row.id] for row in rows)


def expect(ctx: Ctx, rows: Sequence[BackorderRow]) -> None:
    """Keeps what is promised, expected and slipped of rows.  Needs: the pool rows locked."""
    values = [(row.id, row.promised_on, row.expected_on, row.slipped) for row in rows]
    db.execute(
        """UPDATE stock_backorder b SET promised_on = u.p, expected_on = u.e, slipped = u.s
             FROM unnest(%s::bigint[], %s::date[], %s::date[], %s::bool[]) u(i, p, e, s)
            WHERE b.organisation_id = %s AND b.id = u.i AND b.state = 'open'""",
        [*db.columns(values, 4), ctx.organisation_id],
    )


def next_in_turn(ctx: Ctx, variant_ids: Sequence[int], limit: int) -> list[int]:
    """Groups for whom there is enough of all that they wait for, in turn, none of whom comes before another for a variant.

    Of each variant no more are read than there are units, so a long queue costs what can be served of it.  NOT EXISTS would be
    the same, but the planner may answer it for the whole queue at once.
    """
    found = db.dicts(
        f"""SELECT n.* FROM unnest(%s::bigint[]) v JOIN stock_item i ON i.organisation_id = %s AND i.variant_id = v
             CROSS JOIN LATERAL (
                  SELECT b.group_id, b.variant_id, b.priority, b.since,
                         ARRAY(SELECT DISTINCT o.variant_id FROM stock_backorder o WHERE o.organisation_id = b.organisation_id
                                  AND o.group_id = b.group_id AND o.state = 'open' AND o.variant_id = ANY(%s)) AS also
                    FROM stock_backorder b
                   WHERE b.organisation_id = i.organisation_id AND b.variant_id = v AND b.state = 'open' AND NOT b.passed
                     AND b.qty <= {AVAILABLE}
                     AND (SELECT TRUE FROM stock_backorder o
                           JOIN stock_item oi ON oi.organisation_id = o.organisation_id AND oi.variant_id = o.variant_id
                          WHERE o.organisation_id = b.organisation_id AND o.group_id = b.group_id AND o.state = 'open'
                            AND o.qty > {AVAILABLE.replace("i.", "oi.")} LIMIT 1) IS NULL
                   ORDER BY b.priority DESC, b.since, b.group_id
                   LIMIT LEAST(%s, GREATEST({AVAILABLE}, 0))) n""",
        [list(variant_ids), ctx.organisation_id, list(variant_ids), limit],
    )
    seen: dict[int, set[int]] = {}
    turn: dict[int, tuple[int, datetime, int]] = {}
    for line in found:
        seen.setdefault(line["group_id"], set()).add(line["variant_id"])
        turn[line["group_id"]] = (-line["priority"], line["since"], line["group_id"])
    first = {line["group_id"] for line in found if set(line["also"]) <= seen[line["group_id"]]}
    return sorted(first, key=turn.__getitem__)[:limit]


def _still(ctx: Ctx, rows: Sequence[BackorderRow]) -> list[BackorderRow]:
    """Those of these that wait once their pool rows are locked, as they are then."""
    if not rows:
        return []
    locks.pool_rows(ctx, {row.variant_id for row in rows})
    return db.rows(
        BackorderRow,
        f"SELECT {ROW} FROM stock_backorder WHERE organisation_id = %s AND id = ANY(%s) AND state = 'open' ORDER BY {TURN}",
        [ctx.organisation_id, [row.id for row in rows]],
    )


def _count(ctx: Ctx, more: Counter[int]) -> None:
    lines = [(v, qty) for v, qty in sorted(more.items()) if qty]
    if not lines:
        return
    db.execute(
        """UPDATE stock_item s SET waiting = s.waiting + u.q, to_serve = s.to_serve AND s.waiting + u.q > 0
             FROM unnest(%s::bigint[], %s::int[]) u(v, q) WHERE s.organisation_id = %s AND s.variant_id = u.v""",
        [*db.columns(lines, 2), ctx.organisation_id],
    )
