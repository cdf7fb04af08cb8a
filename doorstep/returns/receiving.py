"""Goods come back: what a person finds is counted, what a person judges moves the stock, each once."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.returns import actions, events, locks, queries, rules
from doorstep.returns.locks import LockedReturn
from doorstep.returns.refusals import NOT_THERE, TOO_MANY_CAME
from doorstep.returns.values import GOODS, Arrived, Came, Decision, Disposition, Goods, Grade, LineRow
from doorstep.stock import actions as stock
from doorstep.stock.values import Change, MovementKind

_OPEN_DOORS = (Goods.NONE, Goods.LABEL_ISSUED, Goods.IN_TRANSIT, Goods.PARTIALLY_RECEIVED)


@transaction.atomic
def take_in_at(ctx: Ctx, *, return_id: int, location_id: int) -> None:
    """Says that the goods of a return come in at this place, such as a shop, and not where they were to be sent.

    Locks: the return.  Refuses: returns of which something is here already, or that are over.
    """
    locked = locks.one(ctx, return_id)
    if locked.decision != Decision.APPROVED or locked.goods not in (Goods.NONE, Goods.LABEL_ISSUED, Goods.IN_TRANSIT):
        raise locked.not_now()
    db.execute(
        "UPDATE returns_return SET location_id = %s, updated_at = %s WHERE organisation_id = %s AND id = %s",
        [location_id, ctx.now, ctx.organisation_id, return_id],
    )


@transaction.atomic
def receive(ctx: Ctx, *, return_id: int, arrived: Sequence[Arrived], key: str) -> Goods:
    """Notes what a person found; the same key again notes nothing.

    Wrong and extra items are noted beside what was announced, and count for no line.  Returns: where the goods are now.
    Locks: the return.  Emits: ReturnReceived.
    Refuses: returns that are not approved or whose goods are all here, more units than are awaited.
    """
    locked = locks.one(ctx, return_id)
    if _is_known(ctx, "returns_receipt", f"{key}#0"):
        return Goods(locked.goods)
    if locked.decision != Decision.APPROVED or locked.goods not in _OPEN_DOORS or locked.keep_item:
        raise locked.not_now()
    lines = {row.id: row for row in queries.lines_of(ctx, return_ids=[return_id])}
    for n, found in enumerate(arrived):
        _note(ctx, locked, lines, found, f"{key}#{n}")
        lines = {row.id: row for row in queries.lines_of(ctx, return_ids=[return_id])}
    awaited = [row for row in lines.values() if row.decision == Decision.APPROVED]
    complete = all(row.received == row.qty for row in awaited)
    to = Goods.RECEIVED if complete else Goods.PARTIALLY_RECEIVED
    if not any(row.received for row in awaited):
        to = Goods(locked.goods)
    _move(ctx, locked, to, first=True)
    told = [{"sku": lines[a.line_id].sku if a.line_id else "", "qty": a.qty, "came": str(a.came)} for a in arrived]
    facts = {"number": locked.name, "complete": complete, "lines": told[:50]}
    actions.tell(ctx, type=events.RETURN_RECEIVED, return_id=locked.id, order_id=locked.order_id, data=facts)
    return to


def _note(ctx: Ctx, locked: LockedReturn, lines: dict[int, LineRow], found: Arrived, key: str) -> None:
    line = lines.get(found.line_id) if found.line_id is not None else None
    if found.came == Came.EXPECTED and line is None:
        raise Refused(NOT_FOUND, {"what": "return", "key": found.line_id})
    if found.came == Came.EXPECTED and line is not None:
        left = line.qty - line.received if line.decision == Decision.APPROVED else 0
        if found.qty > left:
            raise Refused(TOO_MANY_CAME, {"title": line.title, "left": left, "wanted": found.qty})
        db.execute(
            "UPDATE returns_line SET received = received + %s WHERE organisation_id = %s AND id = %s",
            [found.qty, ctx.organisation_id, line.id],
        )
    db.execute(
        """INSERT INTO returns_receipt (organisation_id, return_id, line_id, variant_id, key, came, qty, note, by, at)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        [
            ctx.organisation_id, locked.id, found.line_id, line.variant_id if line and found.came == Came.EXPECTED else
            found.variant_id, key[:80], found.came, found.qty, found.note[:2000], ctx.actor.name[:120], ctx.now,
        ],
    )  # fmt: skip


@transaction.atomic
def inspect(ctx: Ctx, *, line_id: int, qty: int, grade: str, disposition: str, key: str, note: str = "") -> Goods:
    """Judges received units, and moves the stock with the same breath; the same key again counts nothing.

    What is fit for sale is on hand again; what needs work is in quality control; what leaves the shelves is damaged or
    not taken in.  Orders from before Doorstep took no unit, yet one that is here can be sold: it is counted all the same.
    Returns: where the goods are now.  Locks: the return, then stock.  Emits: UnitsJudged; ReturnInspected once all is judged.
    Refuses: more than lies here unjudged, returns that are over.
    """
    line = queries.get_line(ctx, line_id=line_id)
    locked = locks.one(ctx, line.return_id)
    if _is_known(ctx, "returns_inspection", key):
        return Goods(locked.goods)
    line = queries.get_line(ctx, line_id=line_id)
    if locked.decision != Decision.APPROVED or locked.goods not in (Goods.PARTIALLY_RECEIVED, Goods.RECEIVED):
        raise locked.not_now()
    left = line.received - line.inspected
    if not 0 < qty <= left:
        raise Refused(NOT_THERE, {"title": line.title, "left": left, "wanted": qty})
    judged, location_id = Disposition(disposition), locked.location_id or 0
    inspection_id = _judge(ctx, line, location_id, qty=qty, grade=Grade(grade), judged=judged, key=key, note=note)
    effect = rules.EFFECTS[judged]
    stock.change(
        ctx,
        changes=[
            Change(
                line.variant_id, location_id, on_hand=effect.on_hand * qty, damaged=effect.damaged * qty,
                quality_control=effect.quality_control * qty,
            )
        ],
        kind=MovementKind.RETURN,
        reason=judged.value,
        reference=f"return_inspection:{inspection_id}",
    )  # fmt: skip
    facts = {"number": locked.name, "sku": line.sku, "qty": qty, "grade": grade, "disposition": judged.value}
    actions.tell(ctx, type=events.UNITS_JUDGED, return_id=locked.id, order_id=locked.order_id, data=facts)
    return _settle(ctx, locked)


def _judge(
    ctx: Ctx, line: LineRow, location_id: int, *, qty: int, grade: Grade, judged: Disposition, key: str, note: str
) -> int:
    """Keeps a judgement, and counts it with its line.  Returns: its id."""
    inspection_id: int = db.scalar(
        """INSERT INTO returns_inspection (organisation_id, line_id, location_id, key, qty, grade, disposition, note, by, at)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id""",
        [
            ctx.organisation_id, line.id, location_id, key[:80], qty, grade.value, judged.value, note[:2000],
            ctx.actor.name[:120], ctx.now,
        ],
    )  # fmt: skip
    missing = qty if judged is Disposition.MISSING else 0
    db.execute(
        """UPDATE returns_line SET inspected = inspected + %s, missing = missing + %s
            WHERE organisation_id = %s AND id = %s""",
        [qty, missing, ctx.organisation_id, line.id],
    )
    return inspection_id


@transaction.atomic
def close_short(ctx: Ctx, *, return_id: int) -> Goods:
    """Says that nothing more will come of a return of which a part is here: what came counts, the rest stays sold.

    Returns: where the goods are now.  Locks: the return.  Emits: ReturnInspected once all that came is judged.
    Refuses: returns that are not partly here.
    """
    locked = locks.one(ctx, return_id)
    if locked.goods != Goods.PARTIALLY_RECEIVED:
        raise locked.not_now()
    _move(ctx, locked, Goods.RECEIVED, first=False)
    return _settle(ctx, locks.one(ctx, return_id))


def _settle(ctx: Ctx, locked: LockedReturn) -> Goods:
    """All that came is judged: the return is inspected; while a part is awaited it is not."""
    lines = [r for r in queries.lines_of(ctx, return_ids=[locked.id]) if r.decision == Decision.APPROVED]
    if locked.goods != Goods.RECEIVED or any(row.inspected < row.received for row in lines):
        return Goods(locked.goods)
    _move(ctx, locked, Goods.INSPECTED, first=False)
    actions.tell(
        ctx, type=events.RETURN_INSPECTED, return_id=locked.id, order_id=locked.order_id, data={"number": locked.name}
    )
    return Goods.INSPECTED


def _move(ctx: Ctx, locked: LockedReturn, to: Goods, *, first: bool) -> None:
    if to != locked.goods:
        GOODS.require(Goods(locked.goods), to)
    db.execute(
        """UPDATE returns_return SET goods = %s, updated_at = %s, received_at = COALESCE(received_at, CASE WHEN %s
                  THEN %s::timestamptz END) WHERE organisation_id = %s AND id = %s""",
        [to, ctx.now, first, ctx.now, ctx.organisation_id, locked.id],
    )


def _is_known(ctx: Ctx, table: str, key: str) -> bool:
    return bool(
        db.scalar(f"SELECT 1 FROM {table} WHERE organisation_id = %s AND key = %s", [ctx.organisation_id, key[:80]])
    )
