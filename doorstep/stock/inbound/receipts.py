"""What somebody received, each thing once: shared by deliveries and transfers; verbs hide it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.catalog import queries as catalog
from doorstep.stock import locks, names
from doorstep.stock.inbound import rules
from doorstep.stock.inbound.values import Answer, Arrived, Condition
from doorstep.stock.tracked import rows
from doorstep.stock.tracked.values import EXPIRY_DIFFERS, Labelled, LotKind, TrackingRow
from doorstep.stock.values import Change


@dataclass(frozen=True, slots=True)
class Taken:
    """One receipt with its answer; it is booked where the answer has no problem."""

    arrived: Arrived
    answer: Answer


def known(
    ctx: Ctx, arrived: Sequence[Arrived], *, delivery_id: int | None = None, transfer_id: int | None = None
) -> dict[str, Answer]:
    """The answers to what was sent before, by client id.  Locks: the client ids.  Refuses: one of another document."""
    names.take(ctx, [one.client_id for one in arrived])
    found = db.dicts(
        """SELECT client_id, problem, variant_id, qty, over, delivery_id, transfer_id FROM stock_receipt
            WHERE organisation_id = %s AND client_id = ANY(%s)""",
        [ctx.organisation_id, [one.client_id for one in arrived]],
    )
    for row in found:
        if (row.pop("delivery_id"), row.pop("transfer_id")) != (delivery_id, transfer_id):
            raise Refused(names.TAKEN, {"client_id": row["client_id"]})
    return {row["client_id"]: Answer(**row) for row in found}


def fresh(ctx: Ctx, arrived: Sequence[Arrived], known: Collection[str]) -> dict[str, int | None]:
    """The variants that receipts mean which were not sent before, by client id; None where nobody knows the code.

    Of two under one name the first counts.
    Locks: the pool rows of all of them, before any lot is looked up, so that lots come last for everybody.
    """
    found: dict[str, int | None] = {}
    codes: dict[str, int | None] = {}
    for one in arrived:
        if one.client_id in known or one.client_id in found:
            continue
        if one.variant_id is None and one.code not in codes:
            variant = catalog.find_by_code(ctx, code=one.code) if one.code else None
            codes[one.code] = variant.id if variant else None
        found[one.client_id] = one.variant_id if one.variant_id is not None else codes[one.code]
    locks.pool_rows(ctx, [id for id in found.values() if id is not None])
    return found


def label_problem(ctx: Ctx, one: Arrived, variant_id: int, tracking: TrackingRow | None, seen: set[str]) -> str:
    """What is wrong with lot and serial numbers of tracked units; "" where nothing is.  `seen`: serials of this request."""
    if tracking is None or not tracking.is_on:
        return ""
    if tracking.by_lot and not one.lot.strip():
        return "needs_lot"
    if tracking.by_serial:
        serials = [code.strip() for code in one.serials if code.strip()]
        if len(set(serials)) != one.qty or len(serials) != one.qty:
            return "needs_serials"
        if seen & set(serials) or _lying(ctx, variant_id, serials):
            return "serial_known"
        seen.update(serials)
    if tracking.by_lot:
        try:
            rows.ensure(ctx, variant_id=variant_id, kind=LotKind.LOT, code=one.lot, expires_on=one.expires_on)
        except Refused as refused:
            return "lot_expiry_differs" if refused.refusal is EXPIRY_DIFFERS else "needs_lot"
    return ""


def _lying(ctx: Ctx, variant_id: int, serials: Sequence[str]) -> bool:
    return bool(
        db.scalar(
            """SELECT 1 FROM stock_lot t JOIN stock_lotlevel l ON l.organisation_id = t.organisation_id AND l.lot_id = t.id
                WHERE t.organisation_id = %s AND t.variant_id = %s AND t.kind = 'serial' AND t.code = ANY(%s)
                  AND l.on_hand > 0 LIMIT 1""",
            [ctx.organisation_id, variant_id, list(serials)],
        )
    )


def not_for_sale(changes: Sequence[Change]) -> set[int]:
    """The variants of which units came that nobody can be promised, so that who waits for them gets them later."""
    return {c.variant_id for c in changes if c.damaged or c.quality_control}


def keep(ctx: Ctx, taken: Sequence[Taken], *, delivery_id: int | None = None, transfer_id: int | None = None) -> None:
    """Keeps receipts, refused ones too, so that one sent again is answered alike."""
    lines = [
        (t.arrived.client_id, t.answer.variant_id, t.arrived.code[:120], t.arrived.qty, t.arrived.condition.value,
         t.arrived.lot.strip()[:60], db.as_json(list(t.arrived.serials)), t.answer.over, t.arrived.reason[:200], t.answer.problem)
        for t in taken
    ]  # fmt: skip
    db.execute(
        """INSERT INTO stock_receipt (organisation_id, delivery_id, transfer_id, client_id, variant_id, code, qty, condition,
                                      lot, serials, over, reason, problem, by, at)
           SELECT %s, %s, %s, u.c, u.v, u.code, u.q, u.con, u.lot, u.s::jsonb, u.o, u.why, u.p, %s, %s
             FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::int[], %s::text[], %s::text[], %s::text[], %s::int[],
                         %s::text[], %s::text[]) WITH ORDINALITY u(c, v, code, q, con, lot, s, o, why, p, n) ORDER BY u.n""",
        [ctx.organisation_id, delivery_id, transfer_id, ctx.actor.name[:120], ctx.now, *db.columns(lines, 10)],
    )


def find(
    ctx: Ctx, *, client_id: str, delivery_id: int | None = None, transfer_id: int | None = None
) -> tuple[int, Taken]:
    """A receipt of a delivery or a transfer, by the name that its sender gave it, with its id.  Refuses: unknown names."""
    found = db.dicts(
        """SELECT id, variant_id, qty, condition, lot, serials, problem FROM stock_receipt
            WHERE organisation_id = %s AND client_id = %s AND (delivery_id = %s OR transfer_id = %s)""",
        [ctx.organisation_id, client_id, delivery_id, transfer_id],
    )
    if not found:
        raise Refused(NOT_FOUND, {"what": "receipt", "key": client_id[:60]})
    line = found[0]
    one = Arrived(
        client_id, line["qty"], variant_id=line["variant_id"], condition=Condition(line["condition"]), lot=line["lot"],
        serials=tuple(line["serials"]),
    )  # fmt: skip
    return line["id"], Taken(one, Answer(client_id, line["problem"], line["variant_id"], one.qty))


def cross_out(ctx: Ctx, receipt_id: int) -> None:
    """Marks a receipt as taken back."""
    db.execute(
        "UPDATE stock_receipt SET problem = 'taken_back' WHERE organisation_id = %s AND id = %s",
        [ctx.organisation_id, receipt_id],
    )


def changes(taken: Sequence[Taken], location_id: int, *, sign: int = 1) -> list[Change]:
    """What booked receipts add to the counters of their place, one change per variant."""
    found: dict[int, Change] = {}
    for t in taken:
        if t.answer.problem or t.answer.variant_id is None:
            continue
        effect, qty = rules.EFFECTS[t.arrived.condition], sign * t.arrived.qty
        was = found.get(t.answer.variant_id, Change(t.answer.variant_id, location_id))
        found[was.variant_id] = Change(
            was.variant_id, location_id, was.on_hand + qty, was.damaged + effect.damaged * qty,
            was.quality_control + effect.quality_control * qty,
        )  # fmt: skip
    return [found[variant] for variant in sorted(found)]


def labels(taken: Sequence[Taken], location_id: int) -> list[Labelled]:
    """What stood on booked units that have a lot or serial numbers."""
    return [
        Labelled(
            t.answer.variant_id, location_id, t.arrived.qty, t.arrived.lot.strip(), t.arrived.expires_on,
            tuple(code.strip() for code in t.arrived.serials), t.arrived.condition is not Condition.GOOD,
        )
        for t in taken
        if not t.answer.problem and t.answer.variant_id is not None and (t.arrived.lot or t.arrived.serials)
    ]  # fmt: skip
