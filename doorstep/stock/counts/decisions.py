"""What waits is decided by a person: approved, or counted again."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.stock import count_queries, events, locks
from doorstep.stock.counting import (
    PROMISED_FROM_THERE,
    LineRow,
    LineState,
    SheetState,
)
from doorstep.stock.counts import rows
from doorstep.stock.counts.entries import book


def require_waiting(ctx: Ctx, *, sheet_id: int, line_ids: Sequence[int]) -> list[LineRow]:
    """These lines of a sheet that is not over.  Refuses: lines that do not wait for a decision."""
    rows.require_live(count_queries.get_sheet(ctx, sheet_id=sheet_id))
    lines = rows.of_sheet(ctx, sheet_id, line_ids)
    for line in lines:
        rows.require_waiting(line)
    return lines


@transaction.atomic
def approve(ctx: Ctx, *, sheet_id: int, line_ids: Sequence[int]) -> None:
    """Books the differences of lines that wait; a sheet that waited for nothing else is closed.

    Units: what each count differed by when it was taken, whatever moved since.  Locks: the sheet, then pool rows and levels.
    Emits: CountDecided, StockArrived or StockChanged, CountEnded.  Refuses: lines that do not wait, fewer than are
    promised from there.
    """
    sheet = rows.lock(ctx, sheet_id=sheet_id)
    rows.require_live(sheet)
    lines = rows.of_sheet(ctx, sheet_id, line_ids)
    pool = locks.pool_rows(ctx, [line.variant_id for line in lines])
    levels = locks.level_rows(ctx, [(line.variant_id, sheet.location_id) for line in lines])
    for line in rows.of_sheet(ctx, sheet_id, line_ids):
        rows.require_waiting(line)
        if not book(ctx, sheet, line, line.difference, line.counted_at or ctx.now):
            row, level = pool[line.variant_id], levels[line.variant_id, sheet.location_id]
            promised = level.committed if level.free <= row.spare else row.committed + row.reserved
            raise Refused(PROMISED_FROM_THERE, {"sku": line.variant_id, "counted": line.counted, "promised": promised})
        rows.move(ctx, line, LineState.BOOKED, decided_by=ctx.actor.name)
    rows.tell(ctx, events.COUNT_DECIDED, sheet_id, {"lines": len(lines)})
    rows.close_if_done(ctx, sheet_id)


@transaction.atomic
def ask_again(ctx: Ctx, *, sheet_id: int, line_ids: Sequence[int]) -> list[LineRow]:
    """Wants lines counted once more; their earlier counts stay in the history.  Returns: the lines as they are now.

    Locks: the sheet.  Emits: RecountAsked.  Refuses: lines that do not wait.
    """
    sheet = rows.lock(ctx, sheet_id=sheet_id)
    rows.require_live(sheet)
    for line in rows.of_sheet(ctx, sheet_id, line_ids):
        rows.require_waiting(line)
    rows.reset(ctx, line_ids)
    if sheet.state == SheetState.REVIEW:
        rows.set_state(ctx, sheet, SheetState.OPEN)
    rows.tell(ctx, events.RECOUNT_ASKED, sheet_id, {"lines": len(line_ids)})
    return rows.of_sheet(ctx, sheet_id, line_ids)
