"""Writes to stock. Every change appends to the ledger and moves the counters in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.stock import bulk, events, locks, queries, rules
from doorstep.stock.bulk import Move
from doorstep.stock.values import (
    NOT_ENOUGH,
    Change,
    Count,
    Group,
    LevelRow,
    MovementKind,
    Pin,
    Short,
)


@transaction.atomic
def take(ctx: Ctx, *, groups: Sequence[Group]) -> list[tuple[Short, ...]]:
    """Promises units to whole groups, first come first served; a group gets all it wants or nothing.

    Shapes: one answer per group, in order; empty means promised.  Units: whole units.
    Locks: the pool rows of the variants, ascending.
    """
    variants = {want.variant_id for group in groups for want in group.wants}
    pool = locks.pool_rows(ctx, variants)
    free: dict[tuple[int, int], int] = {}
    if any(group.places is not None for group in groups):
        free = _free_in_places(ctx, sorted(variants))
    answers = rules.share_out(groups, {v: row.available for v, row in pool.items()}, free)
    served = [w for group, shorts in zip(groups, answers, strict=True) if not shorts for w in group.wants]
    bulk.reserve(ctx, [(w.reference_id, w.variant_id, w.qty, None) for w in served])
    bulk.apply(
        ctx,
        [
            Move(w.variant_id, None, MovementKind.SALE, "order", f"order_line:{w.reference_id}", committed=w.qty)
            for w in served
        ],
    )
    return answers


def _free_in_places(ctx: Ctx, variants: list[int]) -> dict[tuple[int, int], int]:
    """Units per (variant, location) that nothing is pinned to; promises still without a place count against each."""
    waiting = bulk.unpinned(ctx, variants)
    levels = queries.levels_of(ctx, variant_ids=variants)
    free = {(row.variant_id, row.location_id): row.free for row in levels}
    for variant, qty in waiting.items():
        for key in [k for k in sorted(free) if k[0] == variant]:
            taken = min(free[key], qty)
            free[key] -= taken
            qty -= taken
    return free


@transaction.atomic
def release(ctx: Ctx, *, references: Sequence[int], reason: str) -> int:
    """Gives promised units back; what was given back or shipped before is left alone.  Returns: units given back.

    Locks: reservations by id, pool rows and levels ascending.  Emits: StockArrived, so that waiting orders get them.
    """
    held = bulk.open_of(ctx, references)
    if not held:
        return 0
    locks.pool_rows(ctx, [r.variant_id for r in held])
    locks.level_rows(ctx, [(r.variant_id, r.location_id) for r in held if r.location_id is not None])
    bulk.close(ctx, [r.id for r in held], state="released")
    bulk.apply(
        ctx,
        [
            Move(
                r.variant_id, r.location_id, MovementKind.SALE, reason, f"order_line:{r.reference_id}", committed=-r.qty
            )
            for r in held
        ],
    )
    _tell(ctx, events.STOCK_ARRIVED, {r.variant_id for r in held}, reason)
    return sum(r.qty for r in held)


@transaction.atomic
def pin(ctx: Ctx, *, pins: Sequence[Pin]) -> None:
    """Says from which place promised units shall come; an earlier pin of the same reference is undone.

    Shapes: the pins of one reference sum to what it was promised.  Locks: reservations, pool, levels.
    Refuses: a place that has too few free units.
    """
    references = sorted({p.reference_id for p in pins})
    held = bulk.open_of(ctx, references)
    promised: dict[int, int] = {}
    for row in held:
        promised[row.reference_id] = promised.get(row.reference_id, 0) + row.qty
    for reference in references:
        wanted = sum(p.qty for p in pins if p.reference_id == reference)
        if promised.get(reference, 0) != wanted:
            raise ValueError(f"order line {reference} was promised {promised.get(reference, 0)}, not {wanted}")
    locks.pool_rows(ctx, [p.variant_id for p in pins])
    old = [r for r in held if r.location_id is not None]
    places = [(p.variant_id, p.location_id) for p in pins] + [(r.variant_id, r.location_id or 0) for r in old]
    levels = locks.level_rows(ctx, places)
    moves = [
        Move(r.variant_id, r.location_id, MovementKind.ALLOCATION, "unpinned", f"order_line:{r.reference_id}",
             in_pool=False, committed=-r.qty)
        for r in old
    ]  # fmt: skip
    for row in old:
        key = (row.variant_id, row.location_id or 0)
        levels[key] = replace(levels[key], committed=levels[key].committed - row.qty)
    for p in pins:
        level = levels[(p.variant_id, p.location_id)]
        _require_free(level, p.qty)
        levels[(p.variant_id, p.location_id)] = replace(level, committed=level.committed + p.qty)
        moves.append(
            Move(p.variant_id, p.location_id, MovementKind.ALLOCATION, "routed", f"order_line:{p.reference_id}",
                 in_pool=False, committed=p.qty)
        )  # fmt: skip
    bulk.close(ctx, [r.id for r in held], state="released")
    bulk.reserve(ctx, [(p.reference_id, p.variant_id, p.qty, p.location_id) for p in pins])
    bulk.apply(ctx, moves)


def _require_free(level: LevelRow, qty: int) -> None:
    if level.free < qty:
        raise Refused(NOT_ENOUGH, {"sku": level.variant_id, "available": level.free, "wanted": qty})


@transaction.atomic
def ship(ctx: Ctx, *, references: Sequence[int], location_id: int) -> int:
    """Takes promised units out of the building; what left before is left alone.  Returns: units shipped.

    Locks: reservations by id, pool rows and levels ascending.  Emits: StockChanged per variant.
    """
    held = [r for r in bulk.open_of(ctx, references) if r.location_id == location_id]
    if not held:
        return 0
    locks.pool_rows(ctx, [r.variant_id for r in held])
    locks.level_rows(ctx, [(r.variant_id, location_id) for r in held])
    bulk.close(ctx, [r.id for r in held], state="fulfilled")
    bulk.apply(
        ctx,
        [
            Move(r.variant_id, location_id, MovementKind.SALE, "shipped", f"order_line:{r.reference_id}",
                 on_hand=-r.qty, committed=-r.qty)
            for r in held
        ],
    )  # fmt: skip
    _tell(ctx, events.STOCK_CHANGED, {r.variant_id for r in held}, "shipped")
    return sum(r.qty for r in held)


@transaction.atomic
def change(ctx: Ctx, *, changes: Sequence[Change], kind: MovementKind, reason: str, reference: str) -> None:
    """Books what physically changed: receipts, adjustments, damage, write-offs.

    Units: signed whole units.  Locks: pool rows, then levels.  Emits: StockArrived where units became free, else
    StockChanged.  Refuses: taking units that are not there or are promised.
    """
    changes = [c for c in changes if c.on_hand or c.damaged or c.quality_control]
    if not changes:
        return
    pool = locks.pool_rows(ctx, [c.variant_id for c in changes])
    levels = locks.level_rows(ctx, [(c.variant_id, c.location_id) for c in changes])
    freed: set[int] = set()
    for c in changes:
        row, level = pool[c.variant_id], levels[(c.variant_id, c.location_id)]
        gain = c.on_hand - c.damaged - c.quality_control
        spare = row.on_hand - row.committed - row.reserved - row.damaged - row.quality_control
        if gain < 0 and min(level.free, spare) + gain < 0:
            raise Refused(NOT_ENOUGH, {"sku": c.variant_id, "available": min(level.free, spare), "wanted": -gain})
        if level.damaged + c.damaged < 0 or level.quality_control + c.quality_control < 0:
            raise Refused(NOT_ENOUGH, {"sku": c.variant_id, "available": level.damaged, "wanted": -c.damaged})
        pool[c.variant_id] = replace(
            row, on_hand=row.on_hand + c.on_hand, damaged=row.damaged + c.damaged,
            quality_control=row.quality_control + c.quality_control,
        )  # fmt: skip
        levels[(c.variant_id, c.location_id)] = replace(
            level, on_hand=level.on_hand + c.on_hand, damaged=level.damaged + c.damaged,
            quality_control=level.quality_control + c.quality_control,
        )  # fmt: skip
        if gain > 0:
            freed.add(c.variant_id)
    bulk.apply(
        ctx,
        [
            Move(c.variant_id, c.location_id, kind, reason, reference, on_hand=c.on_hand, damaged=c.damaged,
                 quality_control=c.quality_control)
            for c in changes
        ],
    )  # fmt: skip
    _tell(ctx, events.STOCK_ARRIVED, freed, reason)
    _tell(ctx, events.STOCK_CHANGED, {c.variant_id for c in changes} - freed, reason)


@transaction.atomic
def count(ctx: Ctx, *, counts: Sequence[Count], reference: str) -> None:
    """Sets what lies in a place to what was counted; the difference is a movement.

    Units: whole units.  Locks: pool rows, then levels.  Refuses: fewer than are promised from there.
    """
    locks.pool_rows(ctx, [c.variant_id for c in counts])
    levels = locks.level_rows(ctx, [(c.variant_id, c.location_id) for c in counts])
    change(
        ctx,
        changes=[
            Change(c.variant_id, c.location_id, on_hand=c.on_hand - levels[(c.variant_id, c.location_id)].on_hand)
            for c in counts
        ],
        kind=MovementKind.COUNT,
        reason="counted",
        reference=reference,
    )


@transaction.atomic
def set_safety_stock(ctx: Ctx, *, variant_id: int, qty: int) -> None:
    """Sets how many units are kept back from every channel.  Emits: StockArrived, since units may have become free."""
    locks.pool_rows(ctx, [variant_id])
    db.execute(
        "UPDATE stock_item SET safety_stock = %s WHERE organisation_id = %s AND variant_id = %s",
        [qty, ctx.organisation_id, variant_id],
    )
    _tell(ctx, events.STOCK_ARRIVED, {variant_id}, "safety_stock")


@transaction.atomic
def set_bin(ctx: Ctx, *, variant_id: int, location_id: int, bin: str) -> None:
    """Says on which shelf a variant lies in a location."""
    locks.pool_rows(ctx, [variant_id])
    locks.level_rows(ctx, [(variant_id, location_id)])
    db.execute(
        "UPDATE stock_level SET bin = %s WHERE organisation_id = %s AND variant_id = %s AND location_id = %s",
        [bin, ctx.organisation_id, variant_id, location_id],
    )


def _tell(ctx: Ctx, type: str, variants: set[int], reason: str) -> None:
    outbox.record(
        ctx, [outbox.Happened(type, f"variant:{v}", f"variant:{v}", {"reason": reason}) for v in sorted(variants)]
    )
