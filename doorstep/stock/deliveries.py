"""Deliveries of suppliers: announced, received in goes, closed. What is still open of them is incoming."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import Refused
from doorstep.catalog import components
from doorstep.stock import actions, events, lots
from doorstep.stock.inbound import checks, reads, receipts, rules
from doorstep.stock.inbound.receipts import Taken
from doorstep.stock.inbound.values import (
    ALL_ARRIVED,
    DELIVERIES,
    DOCUMENT_TAKEN,
    FEWER_THAN_CAME,
    NEEDS_REASON,
    NOT_CHANGED_NOW,
    OPEN_DELIVERIES,
    TAKING,
    Answer,
    Arrived,
    DeliveryDraft,
    DeliveryLineRow,
    DeliveryRow,
    DeliveryState,
    LineDraft,
)
from doorstep.stock.tracked import rows as tracked
from doorstep.stock.tracked.values import TrackingRow
from doorstep.stock.values import MovementKind


@transaction.atomic
def expect(ctx: Ctx, *, draft: DeliveryDraft) -> int:
    """Announces a delivery; its units are incoming from now on.  Returns: its id.

    Emits: DeliveryExpected, IncomingChanged per variant.  Refuses: no lines, a variant twice, a document that the supplier
    has used already.
    """
    checks.place(ctx, draft.location_id)
    checks.lines(ctx, draft.lines)
    found: int | None = db.scalar(
        """INSERT INTO stock_expecteddelivery (organisation_id, supplier, document, location_id, state, expected_on, note, blind,
                                               reason, created_at, updated_at)
           VALUES (%s, %s, %s, %s, 'expected', %s, %s, %s, '', %s, %s)
           ON CONFLICT (organisation_id, supplier, document) DO NOTHING RETURNING id""",
        [
            ctx.organisation_id, draft.supplier, draft.document, draft.location_id, draft.expected_on, draft.note, draft.blind,
            ctx.now, ctx.now,
        ],
    )  # fmt: skip
    if found is None:
        raise Refused(DOCUMENT_TAKEN, {"supplier": draft.supplier, "document": draft.document})
    _add_lines(ctx, found, draft.lines, first=0)
    data = {"document": draft.document, "supplier": draft.supplier, "units": sum(line.qty for line in draft.lines)}
    _tell(ctx, events.DELIVERY_EXPECTED, found, data | {"expected_on": _said(draft.expected_on)})
    checks.tell_incoming(ctx, {line.variant_id for line in draft.lines}, f"delivery:{found}")
    return found


def _said(on: date | None) -> str:
    return on.isoformat() if on else ""


def _add_lines(ctx: Ctx, delivery_id: int, lines: Sequence[LineDraft], *, first: int) -> None:
    rows = [
        (
            line.variant_id,
            first + n,
            line.qty,
            line.cost.minor if line.cost else None,
            line.cost.currency if line.cost else "",
        )
        for n, line in enumerate(lines)
    ]
    db.execute(
        """INSERT INTO stock_expectedline (organisation_id, delivery_id, variant_id, position, expected, received, damaged,
                                           quality_control, cost_minor, currency)
           SELECT %s, %s, u.v, u.p, u.q, 0, 0, 0, u.m, u.c
             FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::bigint[], %s::text[]) u(v, p, q, m, c) ORDER BY u.p""",
        [ctx.organisation_id, delivery_id, *db.columns(rows, 5)],
    )


def _lock(ctx: Ctx, delivery_id: int) -> DeliveryRow:
    """The delivery, locked before any stock."""
    db.execute(
        "SELECT 1 FROM stock_expecteddelivery WHERE organisation_id = %s AND id = %s FOR NO KEY UPDATE",
        [ctx.organisation_id, delivery_id],
    )
    return reads.get_delivery(ctx, delivery_id=delivery_id)


@transaction.atomic
def change(
    ctx: Ctx, *, delivery_id: int, expected_on: date | None, note: str, blind: bool, supplier: str, document: str
) -> None:
    """Changes what a delivery says of itself: when it comes, by which number.  Locks: the delivery.

    Emits: DeliveryChanged, and IncomingChanged per variant where the day is another.  Refuses: a document that the supplier
    has used already, deliveries that are over.
    """
    row = _lock(ctx, delivery_id)
    if not row.is_open:
        raise Refused(NOT_CHANGED_NOW, {"what": "expected delivery", "state": row.state})
    taken = db.scalar(
        """SELECT 1 FROM stock_expecteddelivery
            WHERE organisation_id = %s AND supplier = %s AND document = %s AND id <> %s""",
        [ctx.organisation_id, supplier, document, delivery_id],
    )
    if taken:
        raise Refused(DOCUMENT_TAKEN, {"supplier": supplier, "document": document})
    db.execute(
        """UPDATE stock_expecteddelivery SET expected_on = %s, note = %s, blind = %s, supplier = %s, document = %s, updated_at = %s
            WHERE organisation_id = %s AND id = %s""",
        [expected_on, note, blind, supplier, document, ctx.now, ctx.organisation_id, delivery_id],
    )
    data = {"document": document, "was": _said(row.expected_on), "expected_on": _said(expected_on)}
    _tell(ctx, events.DELIVERY_CHANGED, delivery_id, data)
    if expected_on != row.expected_on:
        lines = reads.lines_of_deliveries(ctx, delivery_ids=[delivery_id])
        checks.tell_incoming(ctx, {line.variant_id for line in lines if line.missing}, f"delivery:{delivery_id}")


@transaction.atomic
def set_lines(ctx: Ctx, *, delivery_id: int, lines: Sequence[LineDraft]) -> None:
    """Says anew what is expected; what came stays received.  Locks: the delivery.

    A variant that is not named any more is expected no longer; where units of it came, they came unannounced.
    Emits: DeliveryChanged, IncomingChanged per variant.  Refuses: deliveries that are over, fewer units than came.
    """
    row = _lock(ctx, delivery_id)
    if not row.is_open:
        raise Refused(NOT_CHANGED_NOW, {"what": "expected delivery", "state": row.state})
    checks.lines(ctx, lines)
    was = {line.variant_id: line for line in reads.lines_of_deliveries(ctx, delivery_ids=[delivery_id])}
    for line in lines:
        known = was.get(line.variant_id)
        if known is not None and line.qty < known.received and not known.is_extra:
            raise Refused(FEWER_THAN_CAME, {"sku": known.sku, "came": known.received})
    named = {line.variant_id: line for line in lines}
    for known in was.values():
        _set_line(ctx, known, named.get(known.variant_id))
    _add_lines(ctx, delivery_id, [line for line in lines if line.variant_id not in was], first=len(was))
    data = {"document": row.document, "units": sum(line.qty for line in lines)}
    _tell(ctx, events.DELIVERY_CHANGED, delivery_id, data)
    _settle(ctx, row)
    checks.tell_incoming(ctx, named.keys() | was.keys(), f"delivery:{delivery_id}")


def _set_line(ctx: Ctx, known: DeliveryLineRow, to: LineDraft | None) -> None:
    if to is None and not known.received:
        db.execute(
            "DELETE FROM stock_expectedline WHERE organisation_id = %s AND id = %s", [ctx.organisation_id, known.id]
        )
        return
    cost = to.cost if to else known.cost
    db.execute(
        "UPDATE stock_expectedline SET expected = %s, cost_minor = %s, currency = %s WHERE organisation_id = %s AND id = %s",
        [
            to.qty if to else 0,
            cost.minor if cost else None,
            cost.currency if cost else "",
            ctx.organisation_id,
            known.id,
        ],
    )


@transaction.atomic
def receive(ctx: Ctx, *, delivery_id: int, arrived: Sequence[Arrived]) -> list[Answer]:
    """Books what somebody found; what was sent before gets the same answer and books nothing.

    More than was expected is taken and marked; above the tolerance it needs a reason.  What nobody announced becomes a line
    of its own.  Returns: one answer each, in order; its `problem` is one of `values.PROBLEMS`.
    Locks: the delivery, then stock.  Emits: DeliveryReceived, StockArrived where units became free, IncomingChanged where
    units came that are not for sale.
    """
    row = _lock(ctx, delivery_id)
    answers = receipts.known(ctx, arrived, delivery_id=delivery_id)
    lines = {line.variant_id: line for line in reads.lines_of_deliveries(ctx, delivery_ids=[delivery_id])}
    fresh = receipts.fresh(ctx, arrived, answers)
    named = sorted({id for id in fresh.values() if id is not None})
    judge = Judge(
        reads.over_tolerance(ctx), tracked.tracking_of(ctx, named), frozenset(components.lock_bundles(ctx, variant_ids=named))
    )
    taken = []
    for one in arrived:
        if one.client_id in answers:
            continue
        answer = _judge(ctx, row, lines, one, fresh[one.client_id], judge)
        answers[one.client_id] = answer
        taken.append(Taken(one, answer))
    receipts.keep(ctx, taken, delivery_id=delivery_id)
    booked = [t for t in taken if not t.answer.problem]
    if booked:
        _book(ctx, row, lines, booked)
    return [answers[one.client_id] for one in arrived]


@dataclass(frozen=True, slots=True)
class Judge:
    """What receipts are judged by.  `serials`: those that this request has named so far."""

    tolerance: int
    tracking: Mapping[int, TrackingRow]
    bundles: frozenset[int]
    serials: set[str] = field(default_factory=set)


def _judge(
    ctx: Ctx, row: DeliveryRow, lines: dict[int, DeliveryLineRow], one: Arrived, variant_id: int | None, judge: Judge
) -> Answer:
    """Whether units are taken; those that are count at once, so that the next are judged after them."""
    if row.state not in TAKING:
        return Answer(one.client_id, "closed", variant_id, one.qty)
    if variant_id is None:
        return Answer(one.client_id, "unknown_code", None, one.qty)
    if variant_id in judge.bundles:
        return Answer(one.client_id, "is_a_bundle", variant_id, one.qty)
    line = lines.get(variant_id)
    expected, received = (line.expected, line.received) if line else (0, 0)
    over = rules.surplus(expected=expected, received=received, qty=one.qty)
    if not one.reason.strip() and rules.needs_reason(
        expected=expected, received=received, qty=one.qty, tolerance_percent=judge.tolerance
    ):
        return Answer(one.client_id, "over", variant_id, one.qty, over)
    problem = receipts.label_problem(ctx, one, variant_id, judge.tracking.get(variant_id), judge.serials)
    if problem:
        return Answer(one.client_id, problem, variant_id, one.qty, over)
    if line is None:
        _add_lines(ctx, row.id, [LineDraft(variant_id, 0)], first=len(lines))
        line = next(x for x in reads.lines_of_deliveries(ctx, delivery_ids=[row.id]) if x.variant_id == variant_id)
    effect = rules.EFFECTS[one.condition]
    lines[variant_id] = replace(
        line, received=received + one.qty, damaged=line.damaged + effect.damaged * one.qty,
        quality_control=line.quality_control + effect.quality_control * one.qty,
    )  # fmt: skip
    return Answer(one.client_id, "", variant_id, one.qty, over)


def _book(ctx: Ctx, row: DeliveryRow, lines: dict[int, DeliveryLineRow], booked: Sequence[Taken]) -> None:
    reference, changes = f"delivery:{row.id}", receipts.changes(booked, row.location_id)
    actions.change(ctx, changes=changes, kind=MovementKind.RECEIPT, reason="supplier_delivery", reference=reference)
    lots.label(
        ctx,
        units=receipts.labels(booked, row.location_id),
        kind=MovementKind.RECEIPT,
        reason="supplier_delivery",
        reference=reference,
    )
    _keep_lines(ctx, [lines[change.variant_id] for change in changes])
    told = [{"sku": lines[c.variant_id].sku, "qty": c.on_hand, "title": lines[c.variant_id].title} for c in changes]
    state = _settle(ctx, row)
    units, over = sum(c.on_hand for c in changes), sum(t.answer.over for t in booked)
    reasons = ", ".join(dict.fromkeys(t.arrived.reason.strip() for t in booked if t.arrived.reason.strip()))
    _tell(
        ctx,
        events.DELIVERY_RECEIVED,
        row.id,
        {
            "document": row.document,
            "units": units,
            "over": over,
            "state": state.value,
            "reason": reasons[:200],
            "lines": told[:50],
        },
    )
    checks.tell_incoming(ctx, receipts.not_for_sale(changes), reference)


def _keep_lines(ctx: Ctx, lines: Sequence[DeliveryLineRow]) -> None:
    db.execute(
        """UPDATE stock_expectedline l SET received = u.r, damaged = u.d, quality_control = u.q
             FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::int[]) u(i, r, d, q)
            WHERE l.organisation_id = %s AND l.id = u.i""",
        [*db.columns([(x.id, x.received, x.damaged, x.quality_control) for x in lines], 4), ctx.organisation_id],
    )


def _settle(ctx: Ctx, row: DeliveryRow) -> DeliveryState:
    """Brings the state of a delivery to what its lines say."""
    lines = reads.lines_of_deliveries(ctx, delivery_ids=[row.id])
    to = rules.delivery_state([(line.expected, line.received) for line in lines])
    if to == DeliveryState.EXPECTED and row.state != DeliveryState.EXPECTED:
        to = DeliveryState.PARTIALLY_RECEIVED
    _move(ctx, row, to, reason="")
    return to


def _move(ctx: Ctx, row: DeliveryRow, to: DeliveryState, *, reason: str) -> None:
    if to != row.state:
        DELIVERIES.require(DeliveryState(row.state), to)
    is_over = to not in OPEN_DELIVERIES
    db.execute(
        """UPDATE stock_expecteddelivery SET state = %s, reason = CASE WHEN %s = '' THEN reason ELSE %s END, updated_at = %s,
                  ended_at = CASE WHEN %s THEN COALESCE(ended_at, %s) END WHERE organisation_id = %s AND id = %s""",
        [to.value, reason, reason, ctx.now, is_over, ctx.now, ctx.organisation_id, row.id],
    )


@transaction.atomic
def take_back(ctx: Ctx, *, delivery_id: int, client_id: str) -> bool:
    """Unbooks one receipt that was a mistake; doing it again changes nothing.  Returns: whether it was unbooked now.

    Locks: the delivery, then stock.  Emits: DeliveryTakenBack.  Refuses: units that are promised already, receipts that no
    delivery knows, deliveries that are closed.
    """
    row = _lock(ctx, delivery_id)
    if row.state not in TAKING:
        raise Refused(NOT_CHANGED_NOW, {"what": "expected delivery", "state": row.state})
    receipt_id, taken = receipts.find(ctx, client_id=client_id, delivery_id=delivery_id)
    if taken.answer.problem:
        return False
    _unbook(ctx, row, taken)
    receipts.cross_out(ctx, receipt_id)
    _settle(ctx, row)
    return True


def _unbook(ctx: Ctx, row: DeliveryRow, taken: Taken) -> None:
    reference, one = f"delivery:{row.id}", taken.arrived
    labelled = receipts.labels([taken], row.location_id)
    lots.unlabel(ctx, units=labelled, kind=MovementKind.RECEIPT, reason="taken_back", reference=reference)
    changes = receipts.changes([taken], row.location_id, sign=-1)
    actions.change(ctx, changes=changes, kind=MovementKind.RECEIPT, reason="taken_back", reference=reference)
    [line] = [x for x in reads.lines_of_deliveries(ctx, delivery_ids=[row.id]) if x.variant_id == one.variant_id]
    effect = rules.EFFECTS[one.condition]
    left = replace(
        line, received=line.received - one.qty, damaged=line.damaged - effect.damaged * one.qty,
        quality_control=line.quality_control - effect.quality_control * one.qty,
    )  # fmt: skip
    _keep_lines(ctx, [left])
    _tell(ctx, events.DELIVERY_TAKEN_BACK, row.id, {"document": row.document, "sku": line.sku, "qty": one.qty})
    checks.tell_incoming(ctx, {line.variant_id}, reference)


@transaction.atomic
def close_short(ctx: Ctx, *, delivery_id: int, reason: str) -> int:
    """Says that nothing more will come: the rest is incoming no longer.  Returns: how many units are missing.

    Locks: the delivery.  Emits: DeliveryClosedShort, IncomingChanged per variant.
    Refuses: without a reason, where nothing is missing, deliveries that are over.
    """
    row = _lock(ctx, delivery_id)
    DELIVERIES.require(DeliveryState(row.state), DeliveryState.CLOSED_SHORT)
    if not reason.strip():
        raise Refused(NEEDS_REASON)
    if not row.missing:
        raise Refused(ALL_ARRIVED, {"what": "expected delivery"})
    _move(ctx, row, DeliveryState.CLOSED_SHORT, reason=reason.strip()[:200])
    data = {"document": row.document, "units": row.missing, "reason": reason.strip()[:200]}
    _tell(ctx, events.DELIVERY_CLOSED_SHORT, delivery_id, data)
    lines = reads.lines_of_deliveries(ctx, delivery_ids=[delivery_id])
    checks.tell_incoming(ctx, {line.variant_id for line in lines if line.missing}, f"delivery:{delivery_id}")
    return row.missing


@transaction.atomic
def cancel(ctx: Ctx, *, delivery_id: int, reason: str) -> None:
    """Calls off a delivery of which nothing came.  Locks: the delivery.

    Emits: DeliveryCancelled, IncomingChanged per variant.  Refuses: without a reason, deliveries of which something came.
    """
    row = _lock(ctx, delivery_id)
    DELIVERIES.require(DeliveryState(row.state), DeliveryState.CANCELLED)
    if not reason.strip():
        raise Refused(NEEDS_REASON)
    _move(ctx, row, DeliveryState.CANCELLED, reason=reason.strip()[:200])
    _tell(ctx, events.DELIVERY_CANCELLED, delivery_id, {"document": row.document, "reason": reason.strip()[:200]})
    lines = reads.lines_of_deliveries(ctx, delivery_ids=[delivery_id])
    checks.tell_incoming(ctx, {line.variant_id for line in lines}, f"delivery:{delivery_id}")


@transaction.atomic
def set_tolerance(ctx: Ctx, *, percent: int) -> None:
    """Sets how much more than expected a delivery may bring without a word.  Units: per cent, 0 to 1000."""
    db.execute(
        """INSERT INTO stock_inboundsettings (organisation_id, over_tolerance_percent) VALUES (%s, %s)
           ON CONFLICT (organisation_id) DO UPDATE SET over_tolerance_percent = EXCLUDED.over_tolerance_percent""",
        [ctx.organisation_id, percent],
    )


def _tell(ctx: Ctx, type: str, delivery_id: int, data: dict[str, Any]) -> None:
    outbox.record(ctx, [Happened(type, f"delivery:{delivery_id}", f"delivery:{delivery_id}", data)])
