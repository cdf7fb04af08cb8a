"""Transfers between locations: drafted, shipped, received in goes; what is on its way is in no level and in no pool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.stock import actions, bulk, events, locks
from doorstep.stock.bulk import Move
from doorstep.stock.inbound import checks, reads, receipts, rules
from doorstep.stock.inbound.receipts import Taken
from doorstep.stock.inbound.values import (
    ALL_ARRIVED,
    MORE_THAN_WANTED,
    NEEDS_REASON,
    NOT_CHANGED_NOW,
    NOTHING_SHIPPED,
    TRANSFERS,
    UNDER_WAY,
    Answer,
    Arrived,
    Condition,
    LineDraft,
    TransferDraft,
    TransferLineRow,
    TransferRow,
    TransferState,
)
from doorstep.stock.tracked import reads as lots
from doorstep.stock.tracked import rows as tracked
from doorstep.stock.tracked.rules import Step
from doorstep.stock.tracked.values import LotKind
from doorstep.stock.values import NOT_ENOUGH, Change, MovementKind


@transaction.atomic
def draft(ctx: Ctx, *, transfer: TransferDraft) -> int:
    """Plans to move units; nothing is taken until it ships.  Returns: its id.

    Emits: TransferDrafted.  Refuses: no lines, a variant twice, from a place to itself.
    """
    checks.place(ctx, transfer.origin_id)
    checks.place(ctx, transfer.destination_id)
    checks.lines(ctx, transfer.lines)
    if transfer.origin_id == transfer.destination_id:
        raise Refused(INVALID, {"field": gettext_noop("To"), "problem": gettext_noop("Choose another location.")})
    id: int = db.scalar(
        """INSERT INTO stock_transfer (organisation_id, origin_id, destination_id, state, due_on, note, reason, created_at,
                                       updated_at) VALUES (%s, %s, %s, 'draft', %s, %s, '', %s, %s) RETURNING id""",
        [
            ctx.organisation_id, transfer.origin_id, transfer.destination_id, transfer.due_on, transfer.note, ctx.now, ctx.now,
        ],
    )  # fmt: skip
    _add_lines(ctx, id, transfer.lines)
    _tell(ctx, events.TRANSFER_DRAFTED, id, {"units": sum(line.qty for line in transfer.lines)})
    return id


def _add_lines(ctx: Ctx, transfer_id: int, lines: Sequence[LineDraft]) -> None:
    rows = [(line.variant_id, n, line.qty) for n, line in enumerate(lines)]
    db.execute(
        """INSERT INTO stock_transferline (organisation_id, transfer_id, variant_id, position, qty, shipped, received, lost)
           SELECT %s, %s, u.v, u.p, u.q, 0, 0, 0 FROM unnest(%s::bigint[], %s::int[], %s::int[]) u(v, p, q) ORDER BY u.p""",
        [ctx.organisation_id, transfer_id, *db.columns(rows, 3)],
    )


def _lock(ctx: Ctx, transfer_id: int) -> TransferRow:
    """The transfer, locked before any stock."""
    db.execute(
        "SELECT 1 FROM stock_transfer WHERE organisation_id = %s AND id = %s FOR NO KEY UPDATE",
        [ctx.organisation_id, transfer_id],
    )
    return reads.get_transfer(ctx, transfer_id=transfer_id)


@transaction.atomic
def change(
    ctx: Ctx, *, transfer_id: int, due_on: date | None, note: str, lines: Sequence[LineDraft] | None = None
) -> None:
    """Changes when a transfer is due and, while it is a draft, what it brings.  Locks: the transfer.

    Emits: TransferChanged, and IncomingChanged per variant on its way.  Refuses: other items once it has left, transfers
    that are over.
    """
    row = _lock(ctx, transfer_id)
    if row.state not in (TransferState.DRAFT, *UNDER_WAY) or (lines is not None and row.state != TransferState.DRAFT):
        raise Refused(NOT_CHANGED_NOW, {"what": "transfer", "state": row.state})
    if lines is not None:
        checks.lines(ctx, lines)
        db.execute(
            "DELETE FROM stock_transferline WHERE organisation_id = %s AND transfer_id = %s",
            [ctx.organisation_id, transfer_id],
        )
        _add_lines(ctx, transfer_id, lines)
    db.execute(
        "UPDATE stock_transfer SET due_on = %s, note = %s, updated_at = %s WHERE organisation_id = %s AND id = %s",
        [due_on, note, ctx.now, ctx.organisation_id, transfer_id],
    )
    _tell(ctx, events.TRANSFER_CHANGED, transfer_id, {"due_on": due_on.isoformat() if due_on else ""})
    if row.state in UNDER_WAY and due_on != row.due_on:
        on_way = {
            line.variant_id for line in reads.lines_of_transfers(ctx, transfer_ids=[transfer_id]) if line.in_transit
        }
        checks.tell_incoming(ctx, on_way, f"transfer:{transfer_id}")


@transaction.atomic
def ship(ctx: Ctx, *, transfer_id: int, units: Mapping[int, int] | None = None) -> int:
    """Takes units that nobody was promised out of the origin; they are incoming at the destination.  Returns: how many left.

    `units`: how many of each line leave, by variant; all that are wanted unless given.  What is left off stays where it is.
    Locks: the transfer, then stock.  Emits: TransferShipped, StockChanged and IncomingChanged per variant.
    Refuses: transfers that are no drafts, more than is free at the origin, more than is on the transfer, nothing at all.
    """
    row = _lock(ctx, transfer_id)
    TRANSFERS.require(TransferState(row.state), TransferState.IN_TRANSIT)
    lines = reads.lines_of_transfers(ctx, transfer_ids=[transfer_id])
    leaving = {line.variant_id: line.qty if units is None else units.get(line.variant_id, 0) for line in lines}
    for line in lines:
        if not 0 <= leaving[line.variant_id] <= line.qty:
            facts = {"sku": line.sku, "qty": line.qty, "wanted": leaving[line.variant_id]}
            raise Refused(MORE_THAN_WANTED, facts)
    if not any(leaving.values()):
        raise Refused(NOTHING_SHIPPED)
    _take(ctx, row, lines, leaving)
    db.execute(
        """UPDATE stock_transferline l SET shipped = u.q FROM unnest(%s::bigint[], %s::int[]) u(i, q)
            WHERE l.organisation_id = %s AND l.id = u.i""",
        [*db.columns([(line.id, leaving[line.variant_id]) for line in lines], 2), ctx.organisation_id],
    )
    db.execute(
        """UPDATE stock_transfer SET state = 'in_transit', shipped_at = %s, updated_at = %s
            WHERE organisation_id = %s AND id = %s""",
        [ctx.now, ctx.now, ctx.organisation_id, transfer_id],
    )
    gone = sum(leaving.values())
    _tell(ctx, events.TRANSFER_SHIPPED, transfer_id, {"units": gone, "left_off": row.qty - gone})
    checks.tell_incoming(ctx, {v for v, qty in leaving.items() if qty}, f"transfer:{transfer_id}")
    return gone


def _take(ctx: Ctx, row: TransferRow, lines: Sequence[TransferLineRow], leaving: Mapping[int, int]) -> None:
    changes = [Change(v, row.origin_id, on_hand=-qty) for v, qty in sorted(leaving.items()) if qty]
    try:
        actions.change(ctx, changes=changes, kind=MovementKind.TRANSFER, reason="sent", reference=f"transfer:{row.id}")
    except Refused as refused:
        if refused.refusal is not NOT_ENOUGH:
            raise
        skus = {line.variant_id: line.sku for line in lines}
        sku = skus.get(int(str(refused.facts["sku"])), "")
        raise Refused(NOT_ENOUGH, {**refused.facts, "sku": sku}) from None


@transaction.atomic
def receive(ctx: Ctx, *, transfer_id: int, arrived: Sequence[Arrived]) -> list[Answer]:
    """Books what arrived at the destination; what was sent before gets the same answer and books nothing.

    More than was shipped is not taken here: it is a surplus of the place, which a count or an adjustment books.
    Returns: one answer each, in order; its `problem` is "", unknown_code, not_in_transfer, over or closed.
    Locks: the transfer, then stock.  Emits: TransferReceived, StockArrived where units became free.
    """
    row = _lock(ctx, transfer_id)
    answers = receipts.known(ctx, arrived, transfer_id=transfer_id)
    lines = {line.variant_id: line for line in reads.lines_of_transfers(ctx, transfer_ids=[transfer_id])}
    fresh = receipts.fresh(ctx, arrived, answers)
    taken: list[Taken] = []
    for one in arrived:
        if one.client_id in answers:
            continue
        answer = _judge(row, lines, one, fresh[one.client_id])
        answers[one.client_id] = answer
        taken.append(Taken(one, answer))
    receipts.keep(ctx, taken, transfer_id=transfer_id)
    booked = [t for t in taken if not t.answer.problem]
    if booked:
        _book(ctx, row, lines, booked)
    return [answers[one.client_id] for one in arrived]


def _judge(row: TransferRow, lines: dict[int, TransferLineRow], one: Arrived, variant_id: int | None) -> Answer:
    if row.state not in UNDER_WAY:
        return Answer(one.client_id, "closed", variant_id, one.qty)
    if variant_id is None:
        return Answer(one.client_id, "unknown_code", None, one.qty)
    line = lines.get(variant_id)
    if line is None or not line.shipped:
        return Answer(one.client_id, "not_in_transfer", variant_id, one.qty)
    if one.qty > line.in_transit:
        return Answer(one.client_id, "over", variant_id, one.qty, one.qty - line.in_transit)
    lines[variant_id] = replace(line, received=line.received + one.qty)
    return Answer(one.client_id, "", variant_id, one.qty)


def _book(ctx: Ctx, row: TransferRow, lines: dict[int, TransferLineRow], booked: Sequence[Taken]) -> None:
    reference, changes = f"transfer:{row.id}", receipts.changes(booked, row.destination_id)
    on_way = lots.in_transit(ctx, reference=reference)
    actions.change(ctx, changes=changes, kind=MovementKind.TRANSFER, reason="arrived", reference=reference)
    for t in booked:
        on_way = _label(ctx, row, t, on_way)
    db.execute(
        """UPDATE stock_transferline l SET received = u.r FROM unnest(%s::bigint[], %s::int[]) u(v, r)
            WHERE l.organisation_id = %s AND l.transfer_id = %s AND l.variant_id = u.v""",
        [
            *db.columns([(c.variant_id, lines[c.variant_id].received) for c in changes], 2), ctx.organisation_id, row.id,
        ],
    )  # fmt: skip
    state = rules.transfer_state([(x.shipped, x.received + x.lost) for x in lines.values()])
    _move(ctx, row, state)
    told = [{"sku": lines[c.variant_id].sku, "qty": c.on_hand} for c in changes]
    data = {"units": sum(c.on_hand for c in changes), "state": state.value, "lines": told[:50]}
    _tell(ctx, events.TRANSFER_RECEIVED, row.id, data)
    checks.tell_incoming(ctx, receipts.not_for_sale(changes), reference)


def _label(
    ctx: Ctx, row: TransferRow, taken: Taken, on_way: Sequence[tuple[int, str, int]]
) -> list[tuple[int, str, int]]:
    """Lets lots that left with a transfer arrive with its units: the one that was named, else the first to expire."""
    known = lots.lots_by_id(ctx, ids=[lot for lot, _, _ in on_way])
    mine = [(lot, kind) for lot, kind, _ in on_way if known[lot].variant_id == taken.answer.variant_id]
    mine.sort(key=lambda one: known[one[0]].code not in (taken.arrived.lot, *taken.arrived.serials))
    left = {lot: qty for lot, _, qty in on_way}
    is_aside = taken.arrived.condition is not Condition.GOOD
    steps = []
    for kind in LotKind:
        qty = taken.arrived.qty
        for lot in [lot for lot, of in mine if of == kind]:
            come = min(left[lot], qty)
            if come:
                named = known[lot].code in (taken.arrived.lot, *taken.arrived.serials)
                steps.append(Step(lot, row.destination_id, come, come if is_aside else 0, assumed=not named))
                left[lot] -= come
                qty -= come
    tracked.write(ctx, steps, kind=MovementKind.TRANSFER, reason="arrived", reference=f"transfer:{row.id}")
    return [(lot, kind, left[lot]) for lot, kind, _ in on_way if left[lot]]


def _move(ctx: Ctx, row: TransferRow, to: TransferState, *, reason: str = "") -> None:
    if to != row.state:
        TRANSFERS.require(TransferState(row.state), to)
    db.execute(
        """UPDATE stock_transfer SET state = %s, reason = %s, updated_at = %s, ended_at = CASE WHEN %s THEN %s::timestamptz END
            WHERE organisation_id = %s AND id = %s""",
        [to.value, reason, ctx.now, to not in UNDER_WAY, ctx.now, ctx.organisation_id, row.id],
    )


@transaction.atomic
def take_back(ctx: Ctx, *, transfer_id: int, client_id: str) -> bool:
    """Unbooks one receipt that was a mistake: its units are on their way again.  Returns: whether it was unbooked now.

    Locks: the transfer, then stock.  Emits: TransferTakenBack, IncomingChanged.  Refuses: units that are promised already,
    receipts that no transfer knows, transfers that lost units.
    """
    row = _lock(ctx, transfer_id)
    if row.lost or row.state not in (*UNDER_WAY, TransferState.RECEIVED):
        raise Refused(NOT_CHANGED_NOW, {"what": "transfer", "state": row.state})
    receipt_id, taken = receipts.find(ctx, client_id=client_id, transfer_id=transfer_id)
    if taken.answer.problem:
        return False
    [change] = receipts.changes([taken], row.destination_id, sign=-1)
    reference, qty = f"transfer:{row.id}", -change.on_hand
    actions.change(ctx, changes=[change], kind=MovementKind.TRANSFER, reason="taken_back", reference=reference)
    db.execute(
        """UPDATE stock_transferline SET received = received - %s
            WHERE organisation_id = %s AND transfer_id = %s AND variant_id = %s""",
        [qty, ctx.organisation_id, transfer_id, change.variant_id],
    )
    receipts.cross_out(ctx, receipt_id)
    _move(ctx, row, TransferState.PARTIALLY_RECEIVED)
    [line] = [x for x in reads.lines_of_transfers(ctx, transfer_ids=[row.id]) if x.variant_id == change.variant_id]
    _tell(ctx, events.TRANSFER_TAKEN_BACK, transfer_id, {"sku": line.sku, "qty": qty})
    checks.tell_incoming(ctx, {change.variant_id}, reference)
    return True


@transaction.atomic
def close_short(ctx: Ctx, *, transfer_id: int, reason: str) -> int:
    """Says that nothing more will arrive: the rest is written off as lost on the way.  Returns: how many units were lost.

    The ledger of the destination tells both: that they were sent there, and that they were written off; no counter moves.
    Locks: the transfer, then stock.  Emits: TransferLost, IncomingChanged per variant.
    Refuses: without a reason, transfers that are not on their way.
    """
    row = _lock(ctx, transfer_id)
    if row.state not in UNDER_WAY:
        TRANSFERS.require(TransferState(row.state), TransferState.RECEIVED)
    if not reason.strip():
        raise Refused(NEEDS_REASON)
    if not row.in_transit:
        raise Refused(ALL_ARRIVED, {"what": "transfer"})
    lost = {
        line.variant_id: line.in_transit
        for line in reads.lines_of_transfers(ctx, transfer_ids=[transfer_id])
        if line.in_transit
    }
    _lose(ctx, row, lost, reason.strip()[:60])
    _move(ctx, row, TransferState.RECEIVED, reason=reason.strip()[:200])
    _tell(ctx, events.TRANSFER_LOST, transfer_id, {"units": row.in_transit, "reason": reason.strip()[:200]})
    checks.tell_incoming(ctx, lost.keys(), f"transfer:{transfer_id}")
    return row.in_transit


def _lose(ctx: Ctx, row: TransferRow, lost: Mapping[int, int], reason: str) -> None:
    locks.pool_rows(ctx, lost)
    locks.level_rows(ctx, [(v, row.destination_id) for v in lost])
    reference = f"transfer:{row.id}"
    arriving = [
        Move(v, row.destination_id, MovementKind.TRANSFER, "lost_in_transit", reference, on_hand=qty)
        for v, qty in sorted(lost.items())
    ]
    leaving = [
        Move(v, row.destination_id, MovementKind.WRITE_OFF, reason, reference, on_hand=-qty)
        for v, qty in sorted(lost.items())
    ]
    bulk.apply(ctx, [*arriving, *leaving])
    db.execute(
        "UPDATE stock_transferline SET lost = shipped - received WHERE organisation_id = %s AND transfer_id = %s",
        [ctx.organisation_id, row.id],
    )


@transaction.atomic
def cancel(ctx: Ctx, *, transfer_id: int) -> None:
    """Drops a draft.  Locks: the transfer.  Emits: TransferCancelled.  Refuses: transfers that have left."""
    row = _lock(ctx, transfer_id)
    TRANSFERS.require(TransferState(row.state), TransferState.CANCELLED)
    _move(ctx, row, TransferState.CANCELLED)
    _tell(ctx, events.TRANSFER_CANCELLED, transfer_id, {})


def _tell(ctx: Ctx, type: str, transfer_id: int, data: dict[str, Any]) -> None:
    subject = f"transfer:{transfer_id}"
    outbox.record(ctx, [Happened(type, subject, subject, {"number": f"T-{transfer_id}", **data})])
