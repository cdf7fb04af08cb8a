"""Reads of count sheets: blind for who counts, whole for who decides."""

from __future__ import annotations

from collections.abc import Sequence

from doorstep.accounts import queries as accounts
from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.stock.counting import USUAL_PERCENT, USUAL_UNITS, BlindLine, EntryRow, Limits, LineRow, SheetRow

SHEET = """
SELECT s.id, s.location_id, s.state, s.chosen, s.note, s.made_by, s.made_at, s.ended_at, t.lines::int, t.to_count::int,
       t.waiting::int
  FROM stock_countsheet s CROSS JOIN LATERAL (
       SELECT count(*) AS lines, count(*) FILTER (WHERE l.state = 'to_count') AS to_count,
              count(*) FILTER (WHERE l.state = 'waiting') AS waiting
         FROM stock_countline l WHERE l.organisation_id = s.organisation_id AND l.sheet_id = s.id) t
"""
# What the books would have held at the moment of counting, had every count since been known then: movements that came later
# are taken away again, but for other counts, which told of the same shelf.
LINE = """
SELECT l.id, l.sheet_id, l.variant_id, l.bin, l.state, l.counted, l.away, l.expected, l.counted_at, l.counted_by, l.booked,
       l.decided_by, l.recounts,
       CASE WHEN l.state = 'waiting' THEN l.counted + l.away - COALESCE(at.on_hand, 0) + later.units ELSE 0 END::int
         AS difference
  FROM stock_countline l
  JOIN stock_countsheet s ON s.organisation_id = l.organisation_id AND s.id = l.sheet_id
  LEFT JOIN stock_level at ON at.organisation_id = l.organisation_id AND at.variant_id = l.variant_id
                          AND at.location_id = s.location_id
  CROSS JOIN LATERAL (
       SELECT COALESCE(sum(m.on_hand), 0) AS units FROM stock_movement m
        WHERE l.state = 'waiting' AND m.organisation_id = l.organisation_id AND m.variant_id = l.variant_id
          AND m.location_id = s.location_id AND m.id > l.ledger_id AND m.kind <> 'count') later
"""
WALK = """LEFT JOIN locations_bin b ON b.organisation_id = l.organisation_id AND b.location_id = s.location_id
                             AND b.code = l.bin"""


def list_sheets(
    ctx: Ctx, *, state: str = "", location_id: int = 0, before: int | None = None, limit: int = 50
) -> list[SheetRow]:
    """Count sheets, newest first.  Shapes: `before` is the id of the last row shown."""
    return db.rows(
        SheetRow,
        f"""{SHEET} WHERE s.organisation_id = %s AND (%s = '' OR s.state = %s) AND (%s = 0 OR s.location_id = %s)
              AND (%s::bigint IS NULL OR s.id < %s) ORDER BY s.id DESC LIMIT %s""",
        [ctx.organisation_id, state, state, location_id, location_id, before, before, limit],
    )


def get_sheet(ctx: Ctx, *, sheet_id: int) -> SheetRow:
    """One count sheet.  Refuses: unknown ids."""
    found = db.one(SheetRow, f"{SHEET} WHERE s.organisation_id = %s AND s.id = %s", [ctx.organisation_id, sheet_id])
    if found is None:
        raise Refused(NOT_FOUND, {"what": "count sheet", "key": sheet_id})
    return found


def count_open(ctx: Ctx) -> int:
    """How many count sheets are to be counted or decided."""
    return int(
        db.scalar(
            "SELECT count(*) FROM stock_countsheet WHERE organisation_id = %s AND state IN ('open', 'review')",
            [ctx.organisation_id],
        )
    )


def blind_lines(ctx: Ctx, *, sheet_id: int) -> list[BlindLine]:
    """The lines of a sheet in the order of the walk, with nothing of the books, nor of what became of a count."""
    return db.rows(
        BlindLine,
        f"""SELECT l.id, l.variant_id, l.bin, l.counted, l.counted_by, l.counted_at, l.state = 'to_count' AS is_to_count
              FROM stock_countline l
              JOIN stock_countsheet s ON s.organisation_id = l.organisation_id AND s.id = l.sheet_id {WALK}
             WHERE l.organisation_id = %s AND l.sheet_id = %s ORDER BY b.position NULLS LAST, l.bin, l.id""",
        [ctx.organisation_id, sheet_id],
    )


def lines_of(ctx: Ctx, *, sheet_id: int) -> list[LineRow]:
    """The lines of a sheet with what their counts differ by now: those that wait first, then in the order of the walk."""
    return db.rows(
        LineRow,
        f"""{LINE} {WALK} WHERE l.organisation_id = %s AND l.sheet_id = %s
            ORDER BY l.state <> 'waiting', b.position NULLS LAST, l.bin, l.id""",
        [ctx.organisation_id, sheet_id],
    )


def entries_of(ctx: Ctx, *, line_ids: Sequence[int]) -> dict[int, list[EntryRow]]:
    """Every number that was entered for these lines, oldest first."""
    rows = db.rows(
        EntryRow,
        """SELECT line_id, counted, expected, by, at FROM stock_countentry
            WHERE organisation_id = %s AND line_id = ANY(%s) ORDER BY id""",
        [ctx.organisation_id, list(line_ids)],
    )
    return {id: [row for row in rows if row.line_id == id] for id in line_ids}


def limits(ctx: Ctx) -> Limits:
    """How large a difference may be that is booked without asking."""
    found = db.one(
        Limits,
        "SELECT units, percent, value_minor, currency FROM stock_countlimits WHERE organisation_id = %s",
        [ctx.organisation_id],
    )
    return found or Limits(USUAL_UNITS, USUAL_PERCENT, None, accounts.organisation(ctx).default_currency)
