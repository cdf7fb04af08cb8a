"""Set-based statements of lots; verbs hide them. Lots are locked after the levels, by lot and location."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.stock.tracked import rules
from doorstep.stock.tracked.rules import Step
from doorstep.stock.tracked.values import BAD_CODE, EXPIRY_DIFFERS, LotKind, LotLevelRow, TrackingRow
from doorstep.stock.values import MovementKind

LEVEL = """
SELECT l.lot_id, l.variant_id, l.location_id, t.kind, t.code, t.expires_on, l.on_hand, l.set_aside
  FROM stock_lotlevel l JOIN stock_lot t ON t.organisation_id = l.organisation_id AND t.id = l.lot_id
"""
LEAVING = (MovementKind.SALE, MovementKind.TRANSFER)


@dataclass(frozen=True, slots=True)
class Gone:
    """Units that left the books of a place, or its set aside ones.  Units: negative whole units."""

    variant_id: int
    location_id: int
    kind: MovementKind
    reason: str
    reference: str
    on_hand: int


def tracking_of(ctx: Ctx, variants: Sequence[int]) -> dict[int, TrackingRow]:
    """Which of these variants are tracked, and how."""
    found = db.rows(
        TrackingRow,
        """SELECT variant_id, by_lot, by_serial, warn_days FROM stock_tracking
            WHERE organisation_id = %s AND variant_id = ANY(%s)""",
        [ctx.organisation_id, list(variants)],
    )
    return {row.variant_id: row for row in found}


def levels_at(ctx: Ctx, places: Sequence[tuple[int, int]]) -> list[LotLevelRow]:
    """The lots at (variant, location), locked.  Locks: after the levels, by lot and location."""
    return db.rows(
        LotLevelRow,
        LEVEL
        + """ WHERE l.organisation_id = %s AND l.on_hand > 0
                AND (l.variant_id, l.location_id) IN (SELECT * FROM unnest(%s::bigint[], %s::bigint[]))
              ORDER BY l.lot_id, l.location_id FOR NO KEY UPDATE OF l""",
        [ctx.organisation_id, *db.columns(places, 2)],
    )


def write(ctx: Ctx, steps: Sequence[Step], *, kind: MovementKind, reason: str, reference: str) -> None:
    """Appends to the ledger of lots and brings their counters to its sums."""
    steps = [step for step in steps if step.on_hand or step.set_aside]
    if not steps:
        return
    lines = [(s.lot_id, s.location_id, s.on_hand, s.set_aside, s.assumed) for s in steps]
    db.execute(
        """INSERT INTO stock_lotmovement (organisation_id, lot_id, location_id, kind, on_hand, set_aside, assumed, reason,
                                          reference, actor_name, at)
           SELECT %s, u.l, u.p, %s, u.oh, u.sa, u.a, %s, %s, %s, %s
             FROM unnest(%s::bigint[], %s::bigint[], %s::int[], %s::int[], %s::bool[])
                  WITH ORDINALITY u(l, p, oh, sa, a, n) ORDER BY u.n""",
        [
            ctx.organisation_id,
            kind.value,
            reason[:60],
            reference[:80],
            ctx.actor.name[:120],
            ctx.now,
            *db.columns(lines, 5),
        ],
    )
    db.execute(
        """INSERT INTO stock_lotlevel AS l (organisation_id, lot_id, variant_id, location_id, on_hand, set_aside)
           SELECT %s, t.id, t.variant_id, u.p, 0, 0
             FROM (SELECT DISTINCT l, p FROM unnest(%s::bigint[], %s::bigint[]) x(l, p)) u
             JOIN stock_lot t ON t.organisation_id = %s AND t.id = u.l ORDER BY t.id, u.p
           ON CONFLICT (organisation_id, lot_id, location_id) DO NOTHING""",
        [ctx.organisation_id, *db.columns([line[:2] for line in lines], 2), ctx.organisation_id],
    )
    db.execute(
        """UPDATE stock_lotlevel l SET on_hand = l.on_hand + u.oh, set_aside = l.set_aside + u.sa
             FROM (SELECT x.l, x.p, sum(x.oh)::int AS oh, sum(x.sa)::int AS sa
                     FROM unnest(%s::bigint[], %s::bigint[], %s::int[], %s::int[]) x(l, p, oh, sa) GROUP BY 1, 2) u
            WHERE l.organisation_id = %s AND l.lot_id = u.l AND l.location_id = u.p""",
        [*db.columns([line[:4] for line in lines], 4), ctx.organisation_id],
    )


def ensure(
    ctx: Ctx, *, variant_id: int, kind: LotKind, code: str, expires_on: date | None = None, parent_id: int | None = None
) -> int:
    """The lot of this code, made where it is new; a date that was not known yet is filled in.  Returns: its id.

    Refuses: codes that are none, another date than the lot is known by.
    """
    code = code.strip()
    if not code or len(code) > 60 or any(ord(c) < 32 for c in code):
        raise Refused(BAD_CODE)
    found = db.dicts(
        """INSERT INTO stock_lot AS l (organisation_id, variant_id, kind, code, expires_on, parent_id, created_at)
           VALUES (%s, %s, %s, %s, %s, %s, %s)
           ON CONFLICT (organisation_id, variant_id, kind, code) DO UPDATE
              SET expires_on = COALESCE(l.expires_on, EXCLUDED.expires_on),
                  parent_id = COALESCE(EXCLUDED.parent_id, l.parent_id)
           RETURNING id, expires_on""",
        [ctx.organisation_id, variant_id, kind.value, code, expires_on, parent_id, ctx.now],
    )[0]
    if expires_on is not None and found["expires_on"] != expires_on:
        raise Refused(EXPIRY_DIFFERS, {"code": code, "known": found["expires_on"].isoformat()})
    return int(found["id"])


def follow(ctx: Ctx, gone: Sequence[Gone]) -> None:
    """Lets the lots of tracked variants follow what left their place; nothing is asked for variants that are not tracked.

    Units that were sold or sent elsewhere are those that somebody named, else first expired first out; of everything else
    lots only give up what no longer lies there.  Needs: the levels locked and brought to their sums.
    """
    tracked = tracking_of(ctx, sorted({one.variant_id for one in gone}))
    gone = [one for one in gone if one.variant_id in tracked]
    if not gone:
        return
    places = sorted({(one.variant_id, one.location_id) for one in gone})
    levels = levels_at(ctx, places)
    for one in gone:
        if one.kind in LEAVING and one.on_hand < 0:
            levels = _leave(ctx, levels, one)
    for variant, location, on_hand, set_aside in _standing(ctx, places):
        for kind in LotKind:
            here = _of(levels, variant, location, kind)
            steps = rules.fit(here, on_hand=on_hand, set_aside=set_aside, today=ctx.now.date())
            why = next(one for one in gone if (one.variant_id, one.location_id) == (variant, location))
            write(ctx, steps, kind=why.kind, reason=why.reason, reference=why.reference)


def _of(levels: Sequence[LotLevelRow], variant: int, location: int, kind: LotKind) -> list[LotLevelRow]:
    return [at for at in levels if (at.variant_id, at.location_id, at.kind) == (variant, location, kind)]


def _leave(ctx: Ctx, levels: list[LotLevelRow], one: Gone) -> list[LotLevelRow]:
    """Takes units that leave from the lots that somebody named; lots, unlike serial numbers, are guessed where nobody did."""
    lots_here = {at.lot_id for at in levels if (at.variant_id, at.location_id) == (one.variant_id, one.location_id)}
    named = _take_named(ctx, one.reference, sorted(lots_here))
    steps: list[Step] = []
    for kind in LotKind:
        here = _of(levels, one.variant_id, one.location_id, kind)
        qty = -one.on_hand if kind is LotKind.LOT else min(-one.on_hand, sum(named.get(at.lot_id, 0) for at in here))
        steps += rules.go(here, qty=qty, named=named, today=ctx.now.date())
    write(ctx, steps, kind=one.kind, reason=one.reason, reference=one.reference)
    taken = {(s.lot_id, s.location_id): 0 for s in steps}
    for step in steps:
        taken[step.lot_id, step.location_id] += step.on_hand
    return [replace(at, on_hand=at.on_hand + taken.get((at.lot_id, at.location_id), 0)) for at in levels]


def _take_named(ctx: Ctx, reference: str, lots: Sequence[int]) -> dict[int, int]:
    """Which of these lots somebody took for an order line; what was said is used up with it."""
    kind, _, id = reference.partition(":")
    if kind != "order_line" or not id.isdecimal():
        return {}
    found = db.dicts(
        """DELETE FROM stock_lotpick WHERE organisation_id = %s AND order_line_id = %s AND lot_id = ANY(%s)
           RETURNING lot_id, qty""",
        [ctx.organisation_id, int(id), list(lots)],
    )
    return {line["lot_id"]: line["qty"] for line in found}


def _standing(ctx: Ctx, places: Sequence[tuple[int, int]]) -> list[tuple[int, int, int, int]]:
    found = db.dicts(
        """SELECT variant_id, location_id, on_hand, damaged + quality_control AS aside FROM stock_level
            WHERE organisation_id = %s AND (variant_id, location_id) IN (SELECT * FROM unnest(%s::bigint[], %s::bigint[]))
            ORDER BY variant_id, location_id""",
        [ctx.organisation_id, *db.columns(places, 2)],
    )
    return [(line["variant_id"], line["location_id"], line["on_hand"], line["aside"]) for line in found]
