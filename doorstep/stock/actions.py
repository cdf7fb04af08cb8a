"""Writes to stock. Every change appends to the ledger and moves the counters in the same transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.stock import bulk, bundles, events, holding, locks, lying, rules, turns
from doorstep.stock.bulk import Move
from doorstep.stock.values import (
    NOT_ENOUGH,
    Change,
    Count,
    Group,
    LevelRow,
    MovementKind,
    Pin,
    ReservationRow,
    Short,
    Want,
)


@transaction.atomic(savepoint=False)
def take(ctx: Ctx, *, groups: Sequence[Group], in_turn: bool = False) -> list[tuple[Short, ...]]:
    """Promises units to whole groups, first come first served; a group gets all it wants or nothing.

    A group that names a cart gets what the cart holds, even where that has expired, and ends it: what it needs no more is
    free again.  Expired carts of others end where their units are needed.  Where units came that those who wait were not
    offered yet, a new group gets only what these leave; `in_turn`: these are those who wait, in their turn.
    Shapes: one answer per group, in order; empty means promised.  Units: whole units.
    Locks: the carts by id, then the pool rows of the variants, ascending.  Emits: StockArrived where a cart gave units back.
    """
    named = holding.lock(ctx, [group.cart for group in groups if group.cart])
    variants = {want.variant_id for group in groups for want in group.wants}
    pool = locks.pool_rows(ctx, variants | {line.variant_id for line in named})
    near_only = any(group.places is not None for group in groups)
    where = lying.of(ctx, sorted(variants), pool=pool) if near_only else {}
    carts = holding.concerned(ctx, sorted({line.cart_id for line in named}), groups, pool)
    shares = rules.share_out(groups, pool, where, carts, now=ctx.now, in_turn=in_turn)
    served = [w for group, shorts in zip(groups, shares.answers, strict=True) if not shorts for w in group.wants]
    near = {w.reference_id: group.places for group in groups if group.places is not None for w in group.wants}
    bulk.reserve(ctx, [(w.reference_id, w.variant_id, w.qty, None) for w in served], near)
    bulk.apply(
        ctx,
        holding.settle(ctx, carts, shares)
        + [
            Move(w.variant_id, None, MovementKind.SALE, "order", f"order_line:{w.reference_id}", committed=w.qty)
            for w in served
        ],
    )
    turns.tell(ctx, type=events.STOCK_ARRIVED, variants=shares.freed, reason="reservation_ended")
    return shares.answers


@transaction.atomic
def release(ctx: Ctx, *, references: Sequence[int], reason: str) -> int:
    """Gives promised units back; what was given back or shipped before is left alone.  Returns: units given back.

    Locks: reservations by id, pool rows and levels ascending.  Emits: StockArrived, so that waiting orders get them.
    """
    return _give_back(ctx, [(row, row.qty) for row in bulk.open_of(ctx, references)], reason)


@transaction.atomic
def release_unpinned(ctx: Ctx, *, wants: Sequence[Want], reason: str) -> int:
    """Gives promised units back that have no place yet; what the same references were promised elsewhere stays theirs.

    Returns: units given back.  Locks: reservations by id, pool rows ascending.  Emits: StockArrived, so that waiting
    orders get them.
    """
    held = bulk.open_of(ctx, sorted({w.reference_id for w in wants}))
    return _give_back(ctx, _of_place(held, wants, None), reason)


@transaction.atomic
def release_from(ctx: Ctx, *, wants: Sequence[Want], location_id: int | None, reason: str) -> int:
    """Gives promised units back that are pinned to one place, or to none; what is pinned elsewhere stays promised.

    Returns: units given back.  Locks: reservations by id, pool rows and levels ascending.  Emits: StockArrived.
    """
    held = bulk.open_of(ctx, sorted({w.reference_id for w in wants}))
    return _give_back(ctx, _of_place(held, wants, location_id), reason)


@transaction.atomic
def unpin(ctx: Ctx, *, wants: Sequence[Want], location_id: int) -> int:
    """Leaves open from which place promised units come; they stay promised.  Returns: units without a place now.

    Locks: reservations by id, pool rows and levels ascending.
    """
    held = bulk.open_of(ctx, sorted({w.reference_id for w in wants}))
    moving = _of_place(held, wants, location_id)
    locks.pool_rows(ctx, [r.variant_id for r, _ in moving])
    locks.level_rows(ctx, [(r.variant_id, location_id) for r, _ in moving])
    bulk.close(ctx, moving, state="released")
    near = {r.reference_id: r.places for r, _ in moving}
    bulk.reserve(ctx, [(r.reference_id, r.variant_id, qty, None) for r, qty in moving], near)
    bulk.apply(
        ctx,
        [
            Move(r.variant_id, location_id, MovementKind.ALLOCATION, "unpinned", f"order_line:{r.reference_id}",
                 in_pool=False, committed=-qty)
            for r, qty in moving
        ],
    )  # fmt: skip
    return sum(qty for _, qty in moving)


def _of_place(
    held: Sequence[ReservationRow], wants: Sequence[Want], location_id: int | None
) -> list[tuple[ReservationRow, int]]:
    """What of these wants is promised from one place: reservations, and how many units of each."""
    wanted: Counter[int] = Counter()
    for want in wants:
        wanted[want.reference_id] += want.qty
    found = []
    for row in held:
        qty = min(row.qty, wanted[row.reference_id]) if row.location_id == location_id else 0
        if qty:  # a promise may stand in several rows, of which together no more are taken than wanted
            wanted[row.reference_id] -= qty
            found.append((row, qty))
    return found


def _give_back(ctx: Ctx, ending: Sequence[tuple[ReservationRow, int]], reason: str) -> int:
    if not ending:
        return 0
    locks.pool_rows(ctx, [r.variant_id for r, _ in ending])
    locks.level_rows(ctx, [(r.variant_id, r.location_id) for r, _ in ending if r.location_id is not None])
    bulk.close(ctx, ending, state="released")
    bulk.apply(
        ctx,
        [
            Move(r.variant_id, r.location_id, MovementKind.SALE, reason, f"order_line:{r.reference_id}", committed=-qty)
            for r, qty in ending
        ],
    )
    turns.tell(ctx, type=events.STOCK_ARRIVED, variants={r.variant_id for r, _ in ending}, reason=reason)
    return sum(qty for _, qty in ending)


@transaction.atomic
def pin(ctx: Ctx, *, pins: Sequence[Pin]) -> None:
    """Says from which place promised units shall come.

    They are units of a reference's promise that have no place yet; where too few are without a place, the pins are all
    that the reference was promised, and an earlier pin is undone.
    Shapes: the pins of one reference sum to no more than it was promised.  Locks: reservations, pool, levels.
    Refuses: a place that has too few free units.
    """
    moving = _to_pin(bulk.open_of(ctx, sorted({p.reference_id for p in pins})), pins)
    locks.pool_rows(ctx, [p.variant_id for p in pins])
    old = [r for r, _ in moving if r.location_id is not None]
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
    bulk.close(ctx, moving, state="released")
    near = {r.reference_id: r.places for r, _ in moving}
    bulk.reserve(ctx, [(p.reference_id, p.variant_id, p.qty, p.location_id) for p in pins], near)
    bulk.apply(ctx, moves)


def _to_pin(held: Sequence[ReservationRow], pins: Sequence[Pin]) -> list[tuple[ReservationRow, int]]:
    """The promises that pins take their units from, and how many of each."""
    moving: list[tuple[ReservationRow, int]] = []
    needs: Counter[int] = Counter()
    for pin in pins:
        needs[pin.reference_id] += pin.qty
    of: dict[int, list[ReservationRow]] = {}
    for row in held:
        of.setdefault(row.reference_id, []).append(row)
    for reference, wanted in sorted(needs.items()):
        mine = of.get(reference, [])
        placeless = [r for r in mine if r.location_id is None and r.qty >= wanted]
        promised = sum(r.qty for r in mine)
        if not placeless and promised != wanted:
            raise ValueError(f"order line {reference} was promised {promised}, not {wanted}")
        moving += [(r, wanted) for r in placeless] or [(r, r.qty) for r in mine]
    return moving


def _require_free(level: LevelRow, qty: int) -> None:
    if level.free < qty:
        raise Refused(NOT_ENOUGH, {"sku": level.variant_id, "available": level.free, "wanted": qty})


@transaction.atomic
def ship(ctx: Ctx, *, units: Sequence[Want], location_id: int) -> int:
    """Takes promised units out of the building, no more than are promised from there.  Returns: units shipped.

    Locks: reservations by id, pool rows and levels ascending.  Emits: StockChanged per variant.
    """
    leaving = _of_place(bulk.open_of(ctx, sorted({u.reference_id for u in units})), units, location_id)
    if not leaving:
        return 0
    locks.pool_rows(ctx, [r.variant_id for r, _ in leaving])
    locks.level_rows(ctx, [(r.variant_id, location_id) for r, _ in leaving])
    bulk.close(ctx, leaving, state="fulfilled")
    bulk.apply(
        ctx,
        [
            Move(r.variant_id, location_id, MovementKind.SALE, "shipped", f"order_line:{r.reference_id}",
                 on_hand=-qty, committed=-qty)
            for r, qty in leaving
        ],
    )  # fmt: skip
    turns.tell(ctx, type=events.STOCK_CHANGED, variants={r.variant_id for r, _ in leaving}, reason="shipped")
    return sum(qty for _, qty in leaving)


@transaction.atomic
def lose(ctx: Ctx, *, missing: Pin, reference: str, reason: str = "short_pick") -> int:
    """Takes units out of the books that somebody did not find where they were promised from.  Returns: units taken out.

    Their promise ends.  The shelf is bare then, so what nobody was promised from it leaves the books with them, as far as
    the pool can spare it; else the next order would be sent to the same bare shelf.  What other orders were promised from
    it stays theirs: units that they have picked are real, and for the rest their own picker looks.  The place is marked
    for a recount until `count` says how many lie there.

    Units: whole units.  Locks: reservations by id, pool row, level.  Emits: StockChanged.  Refuses: more than is promised
    to that reference from there.
    """
    want = Want(missing.reference_id, missing.variant_id, missing.qty)
    ending = _of_place(bulk.open_of(ctx, [missing.reference_id]), [want], missing.location_id)
    promised = sum(qty for _, qty in ending)
    if promised < missing.qty:
        raise Refused(NOT_ENOUGH, {"sku": missing.variant_id, "available": promised, "wanted": missing.qty})
    key = (missing.variant_id, missing.location_id)
    pool = locks.pool_rows(ctx, [missing.variant_id])[missing.variant_id]
    level = locks.level_rows(ctx, [key])[key]
    gone = missing.qty + max(0, min(level.free, pool.spare))
    bulk.close(ctx, ending, state="released")
    bulk.apply(
        ctx,
        [
            Move(*key, MovementKind.SALE, reason, f"order_line:{missing.reference_id}", committed=-missing.qty),
            Move(*key, MovementKind.COUNT, reason, reference, on_hand=-gone),
        ],
    )
    db.execute(
        """UPDATE stock_level SET recount_since = COALESCE(recount_since, %s)
            WHERE organisation_id = %s AND variant_id = %s AND location_id = %s""",
        [ctx.now, ctx.organisation_id, *key],
    )
    turns.tell(ctx, type=events.STOCK_CHANGED, variants={missing.variant_id}, reason=reason)
    return gone


@transaction.atomic
def change(ctx: Ctx, *, changes: Sequence[Change], kind: MovementKind, reason: str, reference: str) -> None:
    """Books what physically changed: receipts, adjustments, damage, write-offs.

    Units: signed whole units.  Locks: pool rows, then levels.  Emits: StockArrived where units became free, else
    StockChanged.  Refuses: taking units that are not there or are promised, units of a bundle.
    """
    changes = [c for c in changes if c.on_hand or c.damaged or c.quality_control]
    if not changes:
        return
    pool = locks.pool_rows(ctx, [c.variant_id for c in changes])
    levels = locks.level_rows(ctx, [(c.variant_id, c.location_id) for c in changes])
    where = lying.of(ctx, sorted({c.variant_id for c in changes if c.gain < 0}), pool=pool, kept_back=True)
    freed: set[int] = set()
    for c in changes:
        row, level = pool[c.variant_id], levels[(c.variant_id, c.location_id)]
        gain = c.gain
        if gain < 0:
            reached = where[c.variant_id].reach(frozenset({c.location_id}), in_carts=row.reserved)
            can = min(level.free, row.spare, reached)
            if can + gain < 0:
                raise Refused(NOT_ENOUGH, {"sku": c.variant_id, "available": can, "wanted": -gain})
        for has, step in ((level.damaged, c.damaged), (level.quality_control, c.quality_control)):
            if has + step < 0:
                raise Refused(NOT_ENOUGH, {"sku": c.variant_id, "available": has, "wanted": -step})
        pool[c.variant_id] = replace(
            row, on_hand=row.on_hand + c.on_hand, damaged=row.damaged + c.damaged,
            quality_control=row.quality_control + c.quality_control,
        )  # fmt: skip
        levels[(c.variant_id, c.location_id)] = replace(
            level, on_hand=level.on_hand + c.on_hand, damaged=level.damaged + c.damaged,
            quality_control=level.quality_control + c.quality_control,
        )  # fmt: skip
        if c.variant_id in where:
            free = where[c.variant_id].free
            free[c.location_id] = free.get(c.location_id, 0) + gain
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
    turns.tell(ctx, type=events.STOCK_ARRIVED, variants=freed, reason=reason)
    turns.tell(ctx, type=events.STOCK_CHANGED, variants={c.variant_id for c in changes} - freed, reason=reason)


@transaction.atomic
def count(ctx: Ctx, *, counts: Sequence[Count], reference: str) -> None:
    """Sets what lies in a place to what was counted; the difference is a movement, and the place needs no recount now.

    Units: whole units.  Locks: pool rows, then levels.  Refuses: fewer than are promised from there, bundles.
    """
    bundles.refuse(ctx, [c.variant_id for c in counts])
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
    db.execute(
        """UPDATE stock_level l SET recount_since = NULL, counted_at = %s FROM unnest(%s::bigint[], %s::bigint[]) u(v, at)
            WHERE l.organisation_id = %s AND l.variant_id = u.v AND l.location_id = u.at""",
        [ctx.now, *db.columns([(c.variant_id, c.location_id) for c in counts], 2), ctx.organisation_id],
    )


@transaction.atomic
def set_bin(ctx: Ctx, *, variant_id: int, location_id: int, bin: str) -> None:
    """Says on which shelf a variant lies in a location."""
    set_bins(ctx, location_id=location_id, bins={variant_id: bin})


@transaction.atomic
def set_bins(ctx: Ctx, *, location_id: int, bins: Mapping[int, str]) -> None:
    """Says on which shelves variants lie in a location.  Shapes: shelves by variant.  Locks: stock, by variant.

    Refuses: bundles, which lie nowhere.
    """
    bundles.refuse(ctx, sorted(bins))
    locks.pool_rows(ctx, sorted(bins))
    locks.level_rows(ctx, [(variant_id, location_id) for variant_id in sorted(bins)])
    db.execute(
        """UPDATE stock_level l SET bin = u.b FROM unnest(%s::bigint[], %s::text[]) u(v, b)
            WHERE l.organisation_id = %s AND l.variant_id = u.v AND l.location_id = %s""",
        [*db.columns(sorted(bins.items()), 2), ctx.organisation_id, location_id],
    )
