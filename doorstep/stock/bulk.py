"""Set-based statements of stock; actions hide them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.stock import bundles, events, turns
from doorstep.stock.reach import Places
from doorstep.stock.rules import kept_of
from doorstep.stock.tracked import rows as tracked
from doorstep.stock.values import MovementKind, ReservationRow

Deltas = tuple[int, int, int, int, int, int]  # on_hand, committed, reserved, damaged, quality_control, safety_stock


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
    safety_stock: int = 0

    @property
    def sound(self) -> int:
        """How many more units can be sold here afterwards, were none promised."""
        return self.on_hand - self.damaged - self.quality_control


def apply(ctx: Ctx, moves: Sequence[Move], *, at: Sequence[datetime] | None = None) -> None:
    """Writes ledger lines and brings pool and levels to their sums.  Needs: the rows locked by `locks`.

    A level that keeps units back keeps as many as it can afterwards.  Emits: StockArrived where fewer are kept back, and
    some of them may be promised.  Refuses: units of a bundle.
    """
    if not moves:
        return
    bundles.refuse(ctx, [m.variant_id for m in moves if m.on_hand > 0 or m.damaged > 0 or m.quality_control > 0])
    moves, at = _with_kept(ctx, moves, at)
    _append(ctx, moves, at)
    pool: dict[int, Deltas] = {}
    levels: dict[tuple[int, int], Deltas] = {}
    for move in moves:
        deltas = (
            move.on_hand, move.committed, move.reserved, move.damaged, move.quality_control, move.safety_stock,
        )  # fmt: skip
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
    if was is None:
        return deltas
    (a, b, c, d, e, f), (u, v, w, x, y, z) = was, deltas
    return a + u, b + v, c + w, d + x, e + y, f + z


def _with_kept(
    ctx: Ctx, moves: Sequence[Move], at: Sequence[datetime] | None
) -> tuple[Sequence[Move], Sequence[datetime] | None]:
    """The moves, with what changes in the units that their levels keep back; a sale touches no level, so it asks nothing."""
    last = {(m.variant_id, m.location_id): n for n, m in enumerate(moves) if m.location_id is not None and m.sound}
    if not last:
        return moves, at
    keeping = db.dicts(
        """SELECT variant_id, location_id, on_hand - damaged - quality_control AS sound, safety_stock, kept FROM stock_level
            WHERE organisation_id = %s AND safety_stock > 0
              AND (variant_id, location_id) IN (SELECT * FROM unnest(%s::bigint[], %s::bigint[]))""",
        [ctx.organisation_id, *db.columns(last, 2)],
    )
    told, times = list(moves), None if at is None else list(at)
    for row in keeping:
        key = row["variant_id"], row["location_id"]
        sound = row["sound"] + sum(m.sound for m in moves if (m.variant_id, m.location_id) == key)
        step = kept_of(row["safety_stock"], sound) - row["kept"]
        move = told[last[key]]
        if step and move.in_pool:
            told[last[key]] = replace(move, safety_stock=step)
        elif step:
            told.append(Move(*key, move.kind, move.reason, move.reference, safety_stock=step))
            if times is not None:
                times.append(times[last[key]])
    _tell_let_go(ctx, told)
    return told, times


def _tell_let_go(ctx: Ctx, moves: Sequence[Move]) -> None:
    """Tells who waits where units that were kept back may be promised now."""
    gain: Counter[int] = Counter()
    for m in moves:
        if m.in_pool:
            gain[m.variant_id] += m.sound - m.committed - m.reserved - m.safety_stock
    let_go = {m.variant_id: m.reason for m in moves if m.safety_stock < 0 and gain[m.variant_id] > 0}
    for variant, reason in sorted(let_go.items()):
        turns.tell(ctx, type=events.STOCK_ARRIVED, variants={variant}, reason=reason)


def _append(ctx: Ctx, moves: Sequence[Move], at: Sequence[datetime] | None) -> None:
    times = at or [ctx.now] * len(moves)
    lines = [
        (m.variant_id, m.location_id, m.in_pool, m.kind.value, m.on_hand, m.committed, m.reserved, m.damaged,
         m.quality_control, m.safety_stock, m.reason, m.reference, when)
        for m, when in zip(moves, times, strict=True)
    ]  # fmt: skip
    db.send(
        """INSERT INTO stock_movement (organisation_id, variant_id, location_id, in_pool, kind, on_hand, committed, reserved,
                                       damaged, quality_control, safety_stock, reason, reference, actor_name, at)
           SELECT %s, u.v, u.l, u.p, u.k, u.oh, u.co, u.re, u.da, u.qc, u.ss, u.why, u.ref, %s, u.at
             FROM unnest(%s::bigint[], %s::bigint[], %s::bool[], %s::text[], %s::int[], %s::int[], %s::int[], %s::int[],
                         %s::int[], %s::int[], %s::text[], %s::text[], %s::timestamptz[])
                  WITH ORDINALITY u(v, l, p, k, oh, co, re, da, qc, ss, why, ref, at, n) ORDER BY u.n""",
        [ctx.organisation_id, ctx.actor.name[:120], *db.columns(lines, 13)],
    )


def _add_to_pool(ctx: Ctx, deltas: Mapping[int, Deltas]) -> None:
    lines = [(v, *d) for v, d in deltas.items() if any(d)]
    if not lines:
        return
    db.send(
        """UPDATE stock_item s SET on_hand = s.on_hand + u.oh, committed = s.committed + u.co, reserved = s.reserved + u.re,
                  damaged = s.damaged + u.da, quality_control = s.quality_control + u.qc,
                  safety_stock = s.safety_stock + u.ss
             FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[])
                  u(v, oh, co, re, da, qc, ss)
            WHERE s.organisation_id = %s AND s.variant_id = u.v""",
        [*db.columns(lines, 7), ctx.organisation_id],
    )


def _add_to_levels(ctx: Ctx, deltas: Mapping[tuple[int, int], Deltas]) -> None:
    lines = [(v, at, d[0], d[1], d[3], d[4], d[5]) for (v, at), d in deltas.items() if any(d)]
    if not lines:
        return
    db.execute(
        """UPDATE stock_level s SET on_hand = s.on_hand + u.oh, committed = s.committed + u.co, damaged = s.damaged + u.da,
                  quality_control = s.quality_control + u.qc, kept = s.kept + u.ss
             FROM unnest(%s::bigint[], %s::bigint[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[])
                  u(v, l, oh, co, da, qc, ss)
            WHERE s.organisation_id = %s AND s.variant_id = u.v AND s.location_id = u.l""",
        [*db.columns(lines, 7), ctx.organisation_id],
    )


def reserve(
    ctx: Ctx, lines: Sequence[tuple[int, int, int, int | None]], places: Mapping[int, Collection[int] | None] | None = None
) -> None:
    """Opens reservations; what is open for a reference in that place grows.

    Shapes: (reference id, variant, qty, location or None) each; `places`: where it may come from, by reference id.
    """
    near = {reference: sorted(at) for reference, at in (places or {}).items() if at is not None}
    wanted: Counter[tuple[int, int, int | None]] = Counter()
    for reference, variant, qty, location in lines:
        wanted[reference, variant, location] += qty
    if not wanted:
        return
    db.send(
        """INSERT INTO stock_reservation (organisation_id, reference_kind, reference_id, variant_id, qty, location_id, state,
                                          made_at, places)
           SELECT %s, 'order_line', u.r, u.v, u.q, u.l, 'open', %s, u.p::bigint[]
             FROM unnest(%s::bigint[], %s::bigint[], %s::int[], %s::bigint[], %s::text[]) u(r, v, q, l, p)
           ON CONFLICT (organisation_id, reference_kind, reference_id, location_id) WHERE state = 'open'
           DO UPDATE SET qty = stock_reservation.qty + EXCLUDED.qty""",
        [
            ctx.organisation_id, ctx.now,
            *db.columns([(r, v, n, at, db.array(near[r]) if r in near else None) for (r, v, at), n in wanted.items()], 5),
        ],
    )  # fmt: skip


def open_of(ctx: Ctx, references: Sequence[int]) -> list[ReservationRow]:
    """Open reservations of these references, locked, by id."""
    return db.rows(
        ReservationRow,
        """SELECT id, variant_id, reference_id, qty, location_id, places FROM stock_reservation
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
        {row.reference_id: row.places for row, _ in ending},
    )


def unpinned(ctx: Ctx, variants: Sequence[int]) -> dict[int, Counter[Places]]:
    """Units promised but not yet pinned to a place, per variant, by the places that they may come from."""
    found = db.dicts(
        """SELECT variant_id, places, sum(qty)::int AS qty FROM stock_reservation
            WHERE organisation_id = %s AND variant_id = ANY(%s) AND state = 'open' AND location_id IS NULL
            GROUP BY variant_id, places""",
        [ctx.organisation_id, list(variants)],
    )
    units: dict[int, Counter[Places]] = {}
    for line in found:
        near = None if line["places"] is None else frozenset(line["places"])
        units.setdefault(line["variant_id"], Counter())[near] += line["qty"]
    return units
