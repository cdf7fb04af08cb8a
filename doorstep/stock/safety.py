"""Units that are kept back from every channel: everywhere, and in single places."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.stock import bulk, bundles, events, locks, turns
from doorstep.stock.bulk import Move
from doorstep.stock.rules import kept_of
from doorstep.stock.values import Keep, LevelRow, MovementKind, PoolRow

REASON = "safety_stock"


@transaction.atomic
def keep_back(ctx: Ctx, *, keeps: Sequence[Keep]) -> None:
    """Sets how many units are kept back; the last word counts where a variant and place are named twice.

    A place keeps no more than lies there unharmed, so that its lack takes nothing from another; it keeps more by itself as
    units come.  What was promised before stays promised.
    Units: whole units, zero or more.  Locks: pool rows, then levels.  Emits: StockArrived where fewer are kept back, else
    StockChanged.  Refuses: bundles, which have no stock of their own.
    """
    bundles.refuse(ctx, [keep.variant_id for keep in keeps])
    wishes = {(keep.variant_id, keep.location_id): keep.qty for keep in keeps}
    pool = locks.pool_rows(ctx, [v for v, _ in wishes])
    levels = locks.level_rows(ctx, [(v, at) for v, at in wishes if at is not None])
    ordered = sorted(wishes.items(), key=lambda wish: (wish[0][0], wish[0][1] or 0))
    moves = [move for key, qty in ordered if (move := _move(key, qty, pool, levels))]
    _wish(ctx, wishes)
    bulk.apply(ctx, moves)
    fewer = {move.variant_id for move in moves if move.safety_stock < 0}
    turns.tell(ctx, type=events.STOCK_ARRIVED, variants=fewer, reason=REASON)
    turns.tell(ctx, type=events.STOCK_CHANGED, variants={move.variant_id for move in moves} - fewer, reason=REASON)


def _move(
    key: tuple[int, int | None], qty: int, pool: dict[int, PoolRow], levels: dict[tuple[int, int], LevelRow]
) -> Move | None:
    """The ledger line of one wish; one that changes nothing yet is told too, for it will when units come."""
    variant_id, location_id = key
    if location_id is None:
        was, step = pool[variant_id].kept_everywhere, qty - pool[variant_id].kept_everywhere
    else:
        level = levels[variant_id, location_id]
        sound = level.on_hand - level.damaged - level.quality_control
        was, step = level.safety_stock, kept_of(qty, sound) - level.kept
    if was == qty:
        return None
    return Move(variant_id, location_id, MovementKind.ADJUSTMENT, REASON, f"{REASON}:{qty}", safety_stock=step)


def _wish(ctx: Ctx, wishes: dict[tuple[int, int | None], int]) -> None:
    everywhere = [(v, qty) for (v, at), qty in wishes.items() if at is None]
    db.execute(
        """UPDATE stock_item s SET kept_everywhere = u.q FROM unnest(%s::bigint[], %s::int[]) u(v, q)
            WHERE s.organisation_id = %s AND s.variant_id = u.v""",
        [*db.columns(everywhere, 2), ctx.organisation_id],
    )
    places = [(v, at, qty) for (v, at), qty in wishes.items() if at is not None]
    db.execute(
        """UPDATE stock_level s SET safety_stock = u.q FROM unnest(%s::bigint[], %s::bigint[], %s::int[]) u(v, l, q)
            WHERE s.organisation_id = %s AND s.variant_id = u.v AND s.location_id = u.l""",
        [*db.columns(places, 3), ctx.organisation_id],
    )
