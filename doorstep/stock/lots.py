"""Lots and serial numbers: which units they are, beside how many; no promise of stock ever waits for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.catalog import queries as catalog
from doorstep.stock import actions, bundles, events, locks
from doorstep.stock.inbound.values import NEEDS_REASON
from doorstep.stock.tracked import reads, rows
from doorstep.stock.tracked.rules import Step
from doorstep.stock.tracked.values import (
    NOT_TRACKED,
    PICKED_ENOUGH,
    SERIAL_KNOWN,
    STILL_LOTS,
    TOO_FEW_IN_LOT,
    TOO_FEW_WITHOUT,
    Labelled,
    LotKind,
    LotRow,
)
from doorstep.stock.values import Change, MovementKind


@transaction.atomic
def set_tracking(ctx: Ctx, *, variant_id: int, by_lot: bool, by_serial: bool, warn_days: int = 30) -> None:
    """Says whether it is kept which lot and which single units of a variant lie where.

    What lies here already has no lot until somebody assigns one.  Locks: the pool row.  Emits: TrackingChanged.
    Refuses: to end the tracking of units that still lie here, bundles.
    """
    bundles.refuse(ctx, [variant_id])
    locks.pool_rows(ctx, [variant_id])
    for kind, stays in ((LotKind.LOT, by_lot), (LotKind.SERIAL, by_serial)):
        if not stays and _lying(ctx, variant_id, kind):
            raise Refused(STILL_LOTS, {"sku": _sku(ctx, variant_id)})
    db.execute(
        """INSERT INTO stock_tracking (organisation_id, variant_id, by_lot, by_serial, warn_days) VALUES (%s, %s, %s, %s, %s)
           ON CONFLICT (organisation_id, variant_id) DO UPDATE
              SET by_lot = EXCLUDED.by_lot, by_serial = EXCLUDED.by_serial, warn_days = EXCLUDED.warn_days""",
        [ctx.organisation_id, variant_id, by_lot, by_serial, warn_days],
    )
    data = {"by_lot": by_lot, "by_serial": by_serial, "warn_days": warn_days}
    outbox.record(ctx, [Happened(events.TRACKING_CHANGED, f"variant:{variant_id}", f"variant:{variant_id}", data)])


def _lying(ctx: Ctx, variant_id: int, kind: LotKind) -> bool:
    return bool(
        db.scalar(
            """SELECT 1 FROM stock_lotlevel l JOIN stock_lot t ON t.organisation_id = l.organisation_id AND t.id = l.lot_id
                WHERE l.organisation_id = %s AND l.variant_id = %s AND t.kind = %s AND l.on_hand > 0 LIMIT 1""",
            [ctx.organisation_id, variant_id, kind.value],
        )
    )


def _sku(ctx: Ctx, variant_id: int) -> str:
    found = catalog.variants_by_id(ctx, ids=[variant_id]).get(variant_id)
    return found.sku if found else str(variant_id)


@transaction.atomic
def label(ctx: Ctx, *, units: Sequence[Labelled], kind: MovementKind, reason: str, reference: str) -> None:
    """Notes which lots and serial numbers units that were booked just now have.

    Needs: the units on hand, so that lots never hold more than lies there.  Refuses: serial numbers that lie here already,
    other expiry dates than their lots are known by.
    """
    for one in units:
        rows.write(ctx, _steps(ctx, one), kind=kind, reason=reason, reference=reference)


def _steps(ctx: Ctx, one: Labelled, *, sign: int = 1) -> list[Step]:
    """What the lots of labelled units gain, or with a negative sign lose."""
    steps, parent = [], None
    if one.lot:
        parent = rows.ensure(ctx, variant_id=one.variant_id, kind=LotKind.LOT, code=one.lot, expires_on=one.expires_on)
        steps.append(Step(parent, one.location_id, sign * one.qty, sign * one.qty if one.set_aside else 0))
    for code in one.serials:
        serial = rows.ensure(ctx, variant_id=one.variant_id, kind=LotKind.SERIAL, code=code, parent_id=parent)
        if sign > 0 and reads.get_lot(ctx, lot_id=serial).on_hand:
            raise Refused(SERIAL_KNOWN, {"code": code})
        steps.append(Step(serial, one.location_id, sign, sign if one.set_aside else 0))
    return steps


@transaction.atomic
def unlabel(ctx: Ctx, *, units: Sequence[Labelled], kind: MovementKind, reason: str, reference: str) -> None:
    """Takes back what `label` noted, before the units leave the books.  Refuses: units that left their lot meanwhile."""
    for one in units:
        locks.pool_rows(ctx, [one.variant_id])
        levels = {at.lot_id: at for at in rows.levels_at(ctx, [(one.variant_id, one.location_id)])}
        steps = _steps(ctx, one, sign=-1)
        for step in steps:
            at = levels.get(step.lot_id)
            here = (at.set_aside if one.set_aside else at.free) if at else 0
            if here < -step.on_hand:
                code = reads.get_lot(ctx, lot_id=step.lot_id).code
                raise Refused(TOO_FEW_IN_LOT, {"lot": code, "available": here, "wanted": -step.on_hand})
        rows.write(ctx, steps, kind=kind, reason=reason, reference=reference)


@transaction.atomic
def receive(ctx: Ctx, *, changes: Sequence[Change], units: Sequence[Labelled], reference: str) -> None:
    """Books units that arrived, and of those that are tracked which lots and serial numbers they are.

    Shapes: one change per variant and place; `units` are among them.  Locks, emits, refuses: what `actions.change` and `assign`
    do, all or nothing.
    """
    kind = MovementKind.RECEIPT
    actions.change(ctx, changes=changes, kind=kind, reason="received", reference=reference)
    for unit in units:
        _assign(ctx, unit, kind=kind, reason="received", reference=reference)


@transaction.atomic
def assign(ctx: Ctx, *, unit: Labelled) -> None:
    """Says of units without a lot, or without serial numbers, which they are.

    Locks: stock, then lots.  Emits: LotAssigned per lot.  Refuses: variants that are not tracked so, more units than are
    without, serial numbers that lie here already.
    """
    _assign(ctx, unit, kind=MovementKind.ADJUSTMENT, reason="assigned", reference=f"variant:{unit.variant_id}")


def _assign(ctx: Ctx, unit: Labelled, *, kind: MovementKind, reason: str, reference: str) -> None:
    key = (unit.variant_id, unit.location_id)
    locks.pool_rows(ctx, [unit.variant_id])
    locks.level_rows(ctx, [key])
    tracking = reads.tracking_of(ctx, variant_ids=[unit.variant_id])[unit.variant_id]
    if (
        (unit.lot and not tracking.by_lot)
        or (unit.serials and not tracking.by_serial)
        or not (unit.lot or unit.serials)
    ):
        raise Refused(NOT_TRACKED, {"sku": _sku(ctx, unit.variant_id)})
    without = [w for w in reads.without_lot(ctx, variant_ids=[unit.variant_id]) if w.location_id == unit.location_id]
    for qty, here in (
        (unit.qty if unit.lot else 0, [w.lot for w in without]),
        (len(unit.serials), [w.serial for w in without]),
    ):
        if qty > sum(here):
            raise Refused(TOO_FEW_WITHOUT, {"available": sum(here), "wanted": qty})
    steps = _steps(ctx, unit)
    rows.write(ctx, steps, kind=kind, reason=reason, reference=reference)
    _tell(ctx, events.LOT_ASSIGNED, {step.lot_id: step.on_hand for step in steps}, "")


@transaction.atomic
def correct(ctx: Ctx, *, lot_id: int, expires_on: date | None) -> None:
    """Puts the expiry date of a lot right.  Emits: LotCorrected.  Refuses: unknown ids."""
    row = reads.get_lot(ctx, lot_id=lot_id)
    db.execute(
        "UPDATE stock_lot SET expires_on = %s WHERE organisation_id = %s AND id = %s",
        [expires_on, ctx.organisation_id, lot_id],
    )
    said = {name: on.isoformat() if on else "" for name, on in (("was", row.expires_on), ("expires_on", expires_on))}
    outbox.record(ctx, [Happened(events.LOT_CORRECTED, f"lot:{lot_id}", f"lot:{lot_id}", {"code": row.code, **said})])


@transaction.atomic
def set_aside(ctx: Ctx, *, lot_id: int, location_id: int, qty: int, reason: str) -> None:
    """Moves units of a lot to quality control, so that nobody is promised them.

    Locks: stock, then lots.  Emits: LotSetAside, StockChanged.  Refuses: without a reason, more than lies there free,
    units that are promised.
    """
    row, free, _ = _here(ctx, lot_id, location_id)
    if not reason.strip():
        raise Refused(NEEDS_REASON)
    if not 0 < qty <= free:
        raise Refused(TOO_FEW_IN_LOT, {"lot": row.code, "available": free, "wanted": qty})
    reference = f"lot:{lot_id}"
    actions.change(
        ctx, changes=[Change(row.variant_id, location_id, quality_control=qty)], kind=MovementKind.ADJUSTMENT,
        reason=reason.strip()[:60], reference=reference,
    )  # fmt: skip
    step = Step(lot_id, location_id, 0, qty)
    rows.write(ctx, [step], kind=MovementKind.ADJUSTMENT, reason=reason.strip(), reference=reference)
    _tell(ctx, events.LOT_SET_ASIDE, {lot_id: qty}, reason.strip())


@transaction.atomic
def write_off(ctx: Ctx, *, lot_id: int, location_id: int, qty: int, reason: str) -> None:
    """Takes units of a lot out of the books: what is set aside first, then what is free.

    Locks: stock, then lots.  Emits: LotWrittenOff, StockChanged.  Refuses: without a reason, more than lies there, units
    that are promised.
    """
    row, free, aside = _here(ctx, lot_id, location_id)
    if not reason.strip():
        raise Refused(NEEDS_REASON)
    if not 0 < qty <= free + aside:
        raise Refused(TOO_FEW_IN_LOT, {"lot": row.code, "available": free + aside, "wanted": qty})
    key, reference = (row.variant_id, location_id), f"lot:{lot_id}"
    level = locks.level_rows(ctx, [key])[key]
    held = min(aside, qty)
    checked = min(held, level.quality_control)
    step = Step(lot_id, location_id, -qty, -held)
    rows.write(ctx, [step], kind=MovementKind.WRITE_OFF, reason=reason.strip(), reference=reference)
    actions.change(
        ctx, changes=[Change(*key, on_hand=-qty, quality_control=-checked, damaged=checked - held)],
        kind=MovementKind.WRITE_OFF, reason=reason.strip()[:60], reference=reference,
    )  # fmt: skip
    _tell(ctx, events.LOT_WRITTEN_OFF, {lot_id: qty}, reason.strip())


def _here(ctx: Ctx, lot_id: int, location_id: int) -> tuple[LotRow, int, int]:
    """A lot with what of it is free and set aside in a place.  Locks: stock, then the lot."""
    row = reads.get_lot(ctx, lot_id=lot_id)
    locks.pool_rows(ctx, [row.variant_id])
    locks.level_rows(ctx, [(row.variant_id, location_id)])
    levels = [at for at in rows.levels_at(ctx, [(row.variant_id, location_id)]) if at.lot_id == lot_id]
    return row, sum(at.free for at in levels), sum(at.set_aside for at in levels)


@transaction.atomic
def take(ctx: Ctx, *, order_line_id: int, location_id: int, variant_id: int, code: str, qty: int, most: int) -> None:
    """Notes which lot or serial number goes out for an order line, so that nobody has to assume it when it ships.

    Units: `most` is how many units the line has.  Locks: the lot in its place.  Refuses: codes that do not lie there, more
    than lies there free, more units than the line has.
    """
    levels = rows.levels_at(ctx, [(variant_id, location_id)])
    found = next((at for at in levels if at.code.casefold() == code.strip().casefold()), None)
    if found is None:
        raise Refused(NOT_FOUND, {"what": "lot", "key": code.strip()[:60]})
    picked = [p for p in reads.picked_for(ctx, order_line_ids=[order_line_id]) if p.kind == found.kind]
    left = most - sum(p.qty for p in picked)
    if qty > left:
        raise Refused(PICKED_ENOUGH, {"left": left})
    if qty > found.free - _taken(ctx, found.lot_id):
        raise Refused(
            TOO_FEW_IN_LOT, {"lot": found.code, "available": found.free - _taken(ctx, found.lot_id), "wanted": qty}
        )
    db.execute(
        """INSERT INTO stock_lotpick AS k (organisation_id, order_line_id, lot_id, qty, by, at) VALUES (%s, %s, %s, %s, %s, %s)
           ON CONFLICT (organisation_id, order_line_id, lot_id) DO UPDATE SET qty = k.qty + EXCLUDED.qty""",
        [ctx.organisation_id, order_line_id, found.lot_id, qty, ctx.actor.name[:120], ctx.now],
    )


def _taken(ctx: Ctx, lot_id: int) -> int:
    """Units of a lot that others have taken and not shipped; what an order gave back counts no more."""
    return int(
        db.scalar(
            """SELECT COALESCE(sum(k.qty), 0)::int FROM stock_lotpick k
                WHERE k.organisation_id = %s AND k.lot_id = %s AND EXISTS (
                      SELECT 1 FROM stock_reservation r WHERE r.organisation_id = k.organisation_id AND r.state = 'open'
                         AND r.reference_kind = 'order_line' AND r.reference_id = k.order_line_id)""",
            [ctx.organisation_id, lot_id],
        )
    )


@transaction.atomic
def put_back(ctx: Ctx, *, order_line_id: int) -> None:
    """Forgets which lots were taken for an order line that has not left yet."""
    db.execute(
        "DELETE FROM stock_lotpick WHERE organisation_id = %s AND order_line_id = %s",
        [ctx.organisation_id, order_line_id],
    )


def _tell(ctx: Ctx, type: str, units: dict[int, int], reason: str) -> None:
    known = reads.lots_by_id(ctx, ids=sorted(units))
    outbox.record(
        ctx,
        [
            Happened(type, f"lot:{id}", f"lot:{id}", {"code": known[id].code, "qty": qty, "reason": reason[:200]})
            for id, qty in sorted(units.items())
        ],
    )
