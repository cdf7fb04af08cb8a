"""Count sheets are opened, ended and called off, and say how large a difference is booked without asking."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.catalog import queries as catalog
from doorstep.stock import bundles, events
from doorstep.stock.counting import (
    COUNT_SHEETS,
    NOTHING_TO_COUNT,
    Choice,
    Chosen,
    Limits,
    LineState,
    SheetState,
)
from doorstep.stock.counts import rows


@transaction.atomic
def open_sheet(ctx: Ctx, *, location_id: int, chosen: Chosen, note: str = "") -> int:
    """Starts a count sheet of one place.  Returns: its id.

    Shapes: at most 5000 lines; `bins` are whole codes, or their beginning with a star behind it.
    Emits: CountOpened.  Refuses: a choice that nothing fits, bundles.
    """
    lines = _choose(ctx, location_id, chosen)
    if not lines:
        raise Refused(NOTHING_TO_COUNT)
    id = db.scalar(
        """INSERT INTO stock_countsheet (organisation_id, location_id, state, chosen, note, made_by, made_at)
           VALUES (%s, %s, 'open', %s, %s, %s, %s) RETURNING id""",
        [ctx.organisation_id, location_id, chosen.how.value, note[:120], ctx.actor.name[:120], ctx.now],
    )
    rows.add_lines(ctx, id, lines)
    rows.tell(ctx, events.COUNT_OPENED, id, {"lines": len(lines), "location_id": location_id})
    return int(id)


def _choose(ctx: Ctx, location_id: int, chosen: Chosen) -> list[tuple[int, str]]:
    """Variants and shelves that fit a choice.  Units that lie there or should, by variant."""
    if chosen.how is Choice.VARIANTS:
        known = catalog.variants_by_id(ctx, ids=list(chosen.variant_ids))
        bundles.refuse(ctx, list(known))
        shelves = rows.shelves(ctx, location_id, "l.variant_id = ANY(%s)", [list(known)])
        return [(id, dict(shelves).get(id, "")) for id in sorted(known)][: rows.MOST_LINES]
    here = "(l.on_hand > 0 OR l.bin <> '')"
    whole = [code for code in chosen.bins if not code.endswith("*")]
    begin = [code[:-1] for code in chosen.bins if code.endswith("*")]
    conditions: dict[Choice, tuple[str, list[object]]] = {
        Choice.ALL: (here, []),
        Choice.BINS: (
            "(l.bin = ANY(%s) OR EXISTS (SELECT 1 FROM unnest(%s::text[]) u(b) WHERE l.bin <> '' AND starts_with(l.bin, u.b)))",
            [whole, begin],
        ),
        Choice.NOT_COUNTED: (
            f"{here} AND (l.counted_at IS NULL OR l.counted_at < %s)", [ctx.now - timedelta(days=chosen.days)]
        ),
        Choice.RECOUNT: ("l.recount_since IS NOT NULL", []),
    }  # fmt: skip
    return rows.shelves(ctx, location_id, *conditions[chosen.how])


@transaction.atomic
def want_recount(ctx: Ctx, *, location_id: int) -> int | None:
    """Has every shelf of a place that is marked for a recount on one sheet that is still counted.

    Returns: the sheet; None where nothing is marked.  Locks: the sheet.  Emits: CountOpened for a new one, else RecountAsked.
    """
    marked = rows.shelves(ctx, location_id, "l.recount_since IS NOT NULL", [])
    if not marked:
        return None
    key = [ctx.organisation_id, location_id, Choice.RECOUNT.value]
    found = db.column(
        """SELECT id FROM stock_countsheet WHERE organisation_id = %s AND location_id = %s AND chosen = %s AND state = 'open'
            ORDER BY id DESC LIMIT 1 FOR NO KEY UPDATE""",
        key,
    )
    if not found:
        return open_sheet(ctx, location_id=location_id, chosen=Chosen(Choice.RECOUNT))
    [sheet_id] = found
    known = {line.variant_id: line for line in rows.lines(ctx, sheet_id, "TRUE", [])}
    again = [known[v].id for v, _ in marked if v in known and known[v].state == LineState.BOOKED]
    new = [line for line in marked if line[0] not in known]
    rows.add_lines(ctx, sheet_id, new)
    rows.reset(ctx, again)
    if new or again:
        rows.tell(ctx, events.RECOUNT_ASKED, sheet_id, {"lines": len(new) + len(again)})
    return int(sheet_id)


@transaction.atomic
def finish(ctx: Ctx, *, sheet_id: int) -> None:
    """Ends the counting: what was not counted is left as the books say, what waits is decided by a person.

    Locks: the sheet.  Emits: CountEnded where nothing waits.  Refuses: sheets that are not open.
    """
    sheet = rows.lock(ctx, sheet_id=sheet_id)
    COUNT_SHEETS.require(SheetState(sheet.state), SheetState.REVIEW)
    for line in rows.lines(ctx, sheet_id, "l.state = 'to_count'", []):
        rows.move(ctx, line, LineState.SKIPPED)
    rows.set_state(ctx, sheet, SheetState.REVIEW if sheet.waiting else SheetState.CLOSED)


@transaction.atomic
def cancel(ctx: Ctx, *, sheet_id: int) -> None:
    """Calls a sheet off; what was booked stays booked, everything else is left as the books say.

    Locks: the sheet.  Emits: CountEnded.  Refuses: sheets that are over.
    """
    sheet = rows.lock(ctx, sheet_id=sheet_id)
    COUNT_SHEETS.require(SheetState(sheet.state), SheetState.CANCELLED)
    for line in rows.lines(ctx, sheet_id, "l.state IN ('to_count', 'waiting')", []):
        rows.move(ctx, line, LineState.SKIPPED)
    rows.set_state(ctx, sheet, SheetState.CANCELLED)


@transaction.atomic
def set_limits(ctx: Ctx, *, limits: Limits) -> None:
    """Says how large a difference may be that is booked without asking.  Refuses: numbers below zero."""
    for number in (limits.units, limits.percent, limits.value_minor):
        if number is not None and number < 0:
            raise Refused(INVALID, {"field": gettext_noop("Limits"), "problem": gettext_noop("Write zero or more.")})
    db.execute(
        """INSERT INTO stock_countlimits (organisation_id, units, percent, value_minor, currency) VALUES (%s, %s, %s, %s, %s)
           ON CONFLICT (organisation_id) DO UPDATE SET units = EXCLUDED.units, percent = EXCLUDED.percent,
                  value_minor = EXCLUDED.value_minor, currency = EXCLUDED.currency""",
        [ctx.organisation_id, limits.units, limits.percent, limits.value_minor, limits.currency],
    )
