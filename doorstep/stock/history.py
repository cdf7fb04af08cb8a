"""What happened before Doorstep: past sales and cancellations, booked at the time they happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.stock import bulk, events, locks, turns
from doorstep.stock.bulk import Move
from doorstep.stock.values import MovementKind


@dataclass(frozen=True, slots=True)
class PastSale:
    """Units of a variant that left before its stock was counted here.  Units: whole units, positive."""

    variant_id: int
    location_id: int
    qty: int
    at: datetime
    reference: str


@dataclass(frozen=True, slots=True)
class PastReturn:
    """Units that came back.  Units: whole units, positive."""

    variant_id: int
    location_id: int
    qty: int
    at: datetime
    reference: str


@transaction.atomic
def book_history(ctx: Ctx, *, sales: Sequence[PastSale]) -> None:
    """Writes past sales into the ledger, each against an opening balance of as many units, so that on_hand stays.

    Counters do not change, so no row of theirs is locked.
    """
    lines = [(s.variant_id, s.location_id, s.qty, s.at, s.reference) for s in sales]
    db.execute(
        """INSERT INTO stock_movement (organisation_id, variant_id, location_id, in_pool, kind, on_hand, committed, reserved,
                                       damaged, quality_control, reason, reference, actor_name, at)
           SELECT %s, u.v, u.l, TRUE, way.kind, way.sign * u.q, 0, 0, 0, 0, way.reason, u.ref, %s, u.at
             FROM unnest(%s::bigint[], %s::bigint[], %s::int[], %s::timestamptz[], %s::text[])
                  WITH ORDINALITY u(v, l, q, at, ref, n)
            CROSS JOIN (VALUES (1, %s, 1, 'opening_balance'), (2, %s, -1, 'past_sale')) way(n, kind, sign, reason)
            ORDER BY u.n, way.n""",
        [
            ctx.organisation_id, ctx.actor.name[:120], *db.columns(lines, 5), MovementKind.RECEIPT.value,
            MovementKind.SALE.value,
        ],
    )  # fmt: skip


@transaction.atomic
def take_back(ctx: Ctx, *, returns: Sequence[PastReturn], reason: str) -> None:
    """Puts units that came back on hand, each with its own time and reference document.

    Locks: pool rows, then levels.  Emits: StockArrived per variant.
    """
    locks.pool_rows(ctx, [r.variant_id for r in returns])
    locks.level_rows(ctx, [(r.variant_id, r.location_id) for r in returns])
    bulk.apply(
        ctx,
        [Move(r.variant_id, r.location_id, MovementKind.RETURN, reason, r.reference, on_hand=r.qty) for r in returns],
        at=[r.at for r in returns],
    )
    turns.tell(ctx, type=events.STOCK_ARRIVED, variants={r.variant_id for r in returns}, reason=reason)
