"""Set-based statements of stock; actions hide them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.stock import bundles
from doorstep.stock.tracked import rows as tracked
from doorstep.stock.values import MovementKind, ReservationRow

Deltas = tuple[int, int, int, int, int]  # on_hand, committed, reserved, damaged, quality_control


@dataclass(frozen=True, slots=True)
class Move:
    """One ledger line to write.  Units: signed whole units."""

    variant_id: int
    location_id: int | None
    kind: MovementKind
    reason: str
    reference: str
    in_pool: bool = True
    on_hand: int = 0
    committed: int = 0
    reserved: int = 0
    damaged: int = 0
    quality_control: int = 0


def apply(ctx: Ctx, moves: Sequence[Move], *, at: Sequence[datetime] | None = None) -> None:
    """Writes ledger lines and brings pool and levels to their sums.  Needs: the rows locked by `locks`.

    Refuses: units of a bundle.
    """
    if not moves:
        return
    bundles.refuse(ctx, [m.variant_id for m in moves if m.on_hand > 0 or m.damaged > 0 or m.quality_control > 0])
    _append(ctx, moves, at)
    pool: dict[int, Deltas] = {}
    levels: dict[tuple[int, int], Deltas] = {}
    for move in moves:
        deltas = (move.on_hand, move.committed, move.reserved, move.damaged, move.quality_control)
        if move.in_pool:
            pool[move.variant_id] = _sum(pool.get(move.variant_id), deltas)
        if move.location_id is not None:
            key = move.variant_id, move.location_id
            levels[key] = _sum(levels.get(key), deltas)
    _add_to_pool(ctx, pool)
    _add_to_levels(ctx, levels)
    gone = [
        tracked.Gone(m.variant_id, m.location_id, m.kind, m.reason, m.reference, min(m.on_hand, 0))
        for m in moves
        if m.location_id is not None and min(m.on_hand, m.damaged, m.quality_control) < 0
    ]
    if gone:
        tracked.follow(ctx, gone)


def _sum(was: Deltas | None, deltas: Deltas) -> Deltas:
    return (
        deltas
        if was is None
        else (was[0] + deltas[0], was[1] + deltas[1], was[2] + deltas[2], was[3] + deltas[3], was[4] + deltas[4])
    )


def _append(ctx: Ctx, moves: Sequence[Move], at: Sequence[datetime] | None) -> None:
    times = at or [ctx.now] * len(moves)
    lines = [
        (m.variant_id, m.location_id, m.in_pool, m.kind.value, m.on_hand, m.committed, m.reserved, m.damaged,
         m.quality_control, m.reason, m.reference, when)
        for m, when in zip(moves, times, strict=True)
    ]  # fmt: skip
    db.execute(
        """INSERT INTO stock_movement (organisation_id, variant_id, location_id, in_pool, kind, on_hand, committed, reserved,
                                       damaged, quality_control, reason, reference, actor_name, at)
           SELECT %s, u.v, u.l, u.p, u.k, u.oh, u.co, u.re, u.da, u.qc, u.why, u.ref, %s, u.at
             FROM unnest(%s::bigint[], %s::bigint[], %s::bool[], %s::text[], %s::int[], %s::int[], %s::int[], %s::int[],
                         %s::int[], %s::text[], %s::text[], %s::timestamptz[])
                  WITH ORDINALITY u(v, l, p, k, oh, co, re, da, qc, why, ref, at, n) ORDER BY u.n""",
        [ctx.organisation_id, ctx.actor.name[:120], *db.columns(lines, 12)],
        prepared=True,
    )


def _add_to_pool(ctx: Ctx, deltas: Mapping[int, Deltas]) -> None:
    lines = [(v, *d) for v, d in deltas.items() if any(d)]
    if not lines:
        return
    db.execute(
        """UPDATE stock_item s SET on_hand = s.on_hand + u.oh, committed = s.committed + u.co, reserved = s.reserved + u.re,
                  damaged = s.damaged + u.da, quality_control = s.quality_control + u.qc
             FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[]) u(v, oh, co, re, da, qc)
            WHERE s.organisation_id = %s AND s.variant_id = u.v""",
        [*db.columns(lines, 6), ctx.organisation_id],
    )


def _add_to_levels(ctx: Ctx, deltas: Mapping[tuple[int, int], Deltas]) -> None:
    lines = [(v, at, d[0], d[1], d[3], d[4]) for (v, at), d in deltas.items() if any(d)]
    if not lines:
        return
    db.execute(
        """UPDATE stock_level s SET on_hand = s.on_hand + u.oh, committed = s.committed + u.co, damaged = s.damaged + u.da,
                  quality_control = s.quality_control + u.qc
             FROM unnest(%s::bigint[], %s::bigint[], %s::int[], %s::int[], %s::int[], %s::int[]) u(v, l, oh, co, da, qc)
            WHERE s.organisation_id = %s AND s.variant_id = u.v AND s.location_id = u.l""",
        [*db.columns(lines, 6), ctx.organisation_id],
    )


def reserve(ctx: Ctx, lines: Sequence[tuple[int, int, int, int | None]]) -> None:
    """Opens reservations; what is open for a reference in that place grows.  Shapes: (reference id, variant, qty, location
    or None) each."""
    wanted: Counter[tuple[int, int, int | None]] = Counter()
    for reference, variant, qty, location in lines:
        wanted[reference, variant, location] += qty
    if not wanted:
        return
    db.execute(
        """INSERT INTO stock_reservation (organisation_id, reference_kind, reference_id, variant_id, qty, location_id, state,
                                          made_at)
           SELECT %s, 'order_line', u.r, u.v, u.q, u.l, 'open', %s
             FROM unnest(%s::bigint[], %s::bigint[], %s::int[], %s::bigint[]) u(r, v, q, l)
           ON CONFLICT (organisation_id, reference_kind, reference_id, location_id) WHERE state = 'open'
           DO UPDATE SET qty = stock_reservation.qty + EXCLUDED.qty""",
        [ctx.organisation_id, ctx.now, *db.columns([(r, v, qty, at) for (r, v, at), qty in wanted.items()], 4)],
        prepared=True,
    )


def open_of(ctx: Ctx, references: Sequence[int]) -> list[ReservationRow]:
    """Open reservations of these references, locked, by id."""
    return db.rows(
        ReservationRow,
        """SELECT id, variant_id, reference_id, qty, location_id FROM stock_reservation
            WHERE organisation_id = %s AND reference_kind = 'order_line' AND reference_id = ANY(%s) AND state = 'open'
            ORDER BY id FOR UPDATE""",
        [ctx.organisation_id, list(references)],
    )


def close(ctx: Ctx, ending: Sequence[tuple[ReservationRow, int]], *, state: str) -> None:
    """Ends promises as fulfilled or released, so many units of each; the rest of one stays open.  Needs: the rows locked."""
    db.execute(
        """UPDATE stock_reservation r SET state = %s, qty = u.q FROM unnest(%s::bigint[], %s::int[]) u(i, q)
            WHERE r.organisation_id = %s AND r.id = u.i""",
        [state, *db.columns([(row.id, qty) for row, qty in ending], 2), ctx.organisation_id],
    )
    reserve(
        ctx,
        [(row.reference_id, row.variant_id, row.qty - qty, row.location_id) for row, qty in ending if row.qty > qty],
    )


def unpinned(ctx: Ctx, variants: Sequence[int]) -> dict[int, int]:
    """Units promised but not yet pinned to a place, per variant."""
    found = db.dicts(
        """SELECT variant_id, sum(qty)::int AS qty FROM stock_reservation
            WHERE organisation_id = %s AND variant_id = ANY(%s) AND state = 'open' AND location_id IS NULL
            GROUP BY variant_id""",
        [ctx.organisation_id, list(variants)],
    )
    return {line["variant_id"]: line["qty"] for line in found}
