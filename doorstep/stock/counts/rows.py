"""Count sheets and their lines as they are kept."""

from __future__ import annotations

from collections.abc import Sequence

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import LOST_RACE, NOT_FOUND, Refused
from doorstep.base.words import gettext_noop
from doorstep.stock import count_queries, events
from doorstep.stock.counting import (
    COUNT_LINES,
    COUNT_SHEETS,
    SHEET_OVER,
    LineRow,
    LineState,
    SheetRow,
    SheetState,
)

MOST_LINES = 5000
LIVE = (SheetState.OPEN, SheetState.REVIEW)


def lock(ctx: Ctx, *, sheet_id: int) -> SheetRow:
    """Locks a sheet, before anything else that a count touches.  Refuses: unknown sheets."""
    db.execute(
        "SELECT 1 FROM stock_countsheet WHERE organisation_id = %s AND id = %s FOR NO KEY UPDATE",
        [ctx.organisation_id, sheet_id],
    )
    return count_queries.get_sheet(ctx, sheet_id=sheet_id)


def shelves(ctx: Ctx, location_id: int, condition: str, values: Sequence[object]) -> list[tuple[int, str]]:
    found = db.dicts(
        f"""SELECT l.variant_id, l.bin FROM stock_level l WHERE l.organisation_id = %s AND l.location_id = %s AND {condition}
             ORDER BY l.variant_id LIMIT {MOST_LINES}""",
        [ctx.organisation_id, location_id, *values],
    )
    return [(line["variant_id"], line["bin"]) for line in found]


def add_lines(ctx: Ctx, sheet_id: int, lines: Sequence[tuple[int, str]]) -> None:
    db.execute(
        """INSERT INTO stock_countline (organisation_id, sheet_id, variant_id, bin, state, away, counted_by, booked, decided_by,
                                        recounts)
           SELECT %s, %s, u.v, u.b, 'to_count', 0, '', 0, '', 0 FROM unnest(%s::bigint[], %s::text[]) u(v, b) ORDER BY u.v
           ON CONFLICT (organisation_id, sheet_id, variant_id) DO NOTHING""",
        [ctx.organisation_id, sheet_id, *db.columns(lines, 2)],
    )


def lines(ctx: Ctx, sheet_id: int, condition: str, values: Sequence[object]) -> list[LineRow]:
    return db.rows(
        LineRow,
        f"{count_queries.LINE} WHERE l.organisation_id = %s AND l.sheet_id = %s AND {condition} ORDER BY l.variant_id",
        [ctx.organisation_id, sheet_id, *values],
    )


def of_sheet(ctx: Ctx, sheet_id: int, line_ids: Sequence[int]) -> list[LineRow]:
    """Lines of a sheet.  Refuses: ids of none of its lines."""
    found = lines(ctx, sheet_id, "l.id = ANY(%s)", [list(line_ids)])
    missing = sorted(set(line_ids) - {line.id for line in found})
    if missing or not line_ids:
        raise Refused(NOT_FOUND, {"what": "count line", "key": missing[0] if missing else 0})
    return found


def require_live(sheet: SheetRow) -> None:
    if sheet.state not in LIVE:
        raise Refused(SHEET_OVER)


def require_waiting(line: LineRow) -> None:
    """A line that somebody else decided a moment ago is not decided twice."""
    if line.state != LineState.WAITING:
        raise Refused(LOST_RACE, {"what": gettext_noop("count line")})


def reset(ctx: Ctx, line_ids: Sequence[int]) -> None:
    """Lines are to be counted once more; what was counted of them stays in their entries."""
    db.execute(
        """UPDATE stock_countline SET state = 'to_count', counted = NULL, away = 0, expected = NULL, ledger_id = NULL,
                  counted_at = NULL, counted_by = '', decided_by = '', recounts = recounts + 1
            WHERE organisation_id = %s AND id = ANY(%s)""",
        [ctx.organisation_id, list(line_ids)],
    )


def move(ctx: Ctx, line: LineRow, to: LineState, *, decided_by: str = "") -> None:
    COUNT_LINES.require(LineState(line.state), to)
    db.execute(
        "UPDATE stock_countline SET state = %s, decided_by = %s WHERE organisation_id = %s AND id = %s",
        [to.value, decided_by[:120], ctx.organisation_id, line.id],
    )


def set_state(ctx: Ctx, sheet: SheetRow, to: SheetState) -> None:
    COUNT_SHEETS.require(SheetState(sheet.state), to)
    ended = None if to in LIVE else ctx.now
    db.execute(
        "UPDATE stock_countsheet SET state = %s, ended_at = %s WHERE organisation_id = %s AND id = %s",
        [to.value, ended, ctx.organisation_id, sheet.id],
    )
    if ended:
        tell(ctx, events.COUNT_ENDED, sheet.id, {"state": to.value})


def close_if_done(ctx: Ctx, sheet_id: int) -> None:
    sheet = count_queries.get_sheet(ctx, sheet_id=sheet_id)
    if not sheet.waiting and not sheet.to_count:
        set_state(ctx, sheet, SheetState.CLOSED)


def tell(ctx: Ctx, type: str, sheet_id: int, data: dict[str, object]) -> None:
    outbox.record(ctx, [Happened(type, f"count_sheet:{sheet_id}", f"count_sheet:{sheet_id}", data)])
