"""Count sheets: blind counting, and the differences booked against what the books said at the moment of counting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import INVALID, LOST_RACE, NOT_FOUND, Refused
from doorstep.base.words import gettext_noop
from doorstep.catalog import queries as catalog
from doorstep.stock import actions, bundles, count_queries, events, locks, names
from doorstep.stock.counting import (
    COUNT_LINES,
    COUNT_SHEETS,
    NOTHING_TO_COUNT,
    PROMISED_FROM_THERE,
    SHEET_OVER,
    Choice,
    Chosen,
    Entry,
    Kept,
    Limits,
    LineRow,
    LineState,
    SheetRow,
    SheetState,
)
from doorstep.stock.values import NOT_ENOUGH, Change, MovementKind

MOST_LINES = 5000
LIVE = (SheetState.OPEN, SheetState.REVIEW)


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
    _add_lines(ctx, id, lines)
    _tell(ctx, events.COUNT_OPENED, id, {"lines": len(lines), "location_id": location_id})
    return int(id)


def _choose(ctx: Ctx, location_id: int, chosen: Chosen) -> list[tuple[int, str]]:
    """Variants and shelves that fit a choice.  Units that lie there or should, by variant."""
    if chosen.how is Choice.VARIANTS:
        known = catalog.variants_by_id(ctx, ids=list(chosen.variant_ids))
        bundles.refuse(ctx, list(known))
        shelves = _shelves(ctx, location_id, "l.variant_id = ANY(%s)", [list(known)])
        return [(id, dict(shelves).get(id, "")) for id in sorted(known)][:MOST_LINES]
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
    return _shelves(ctx, location_id, *conditions[chosen.how])


def _shelves(ctx: Ctx, location_id: int, condition: str, values: Sequence[object]) -> list[tuple[int, str]]:
    found = db.dicts(
        f"""SELECT l.variant_id, l.bin FROM stock_level l WHERE l.organisation_id = %s AND l.location_id = %s AND {condition}
             ORDER BY l.variant_id LIMIT {MOST_LINES}""",
        [ctx.organisation_id, location_id, *values],
    )
    return [(line["variant_id"], line["bin"]) for line in found]


def _add_lines(ctx: Ctx, sheet_id: int, lines: Sequence[tuple[int, str]]) -> None:
    db.execute(
        """INSERT INTO stock_countline (organisation_id, sheet_id, variant_id, bin, state, away, counted_by, booked, decided_by,
                                        recounts)
           SELECT %s, %s, u.v, u.b, 'to_count', 0, '', 0, '', 0 FROM unnest(%s::bigint[], %s::text[]) u(v, b) ORDER BY u.v
           ON CONFLICT (organisation_id, sheet_id, variant_id) DO NOTHING""",
        [ctx.organisation_id, sheet_id, *db.columns(lines, 2)],
    )


@transaction.atomic
def want_recount(ctx: Ctx, *, location_id: int) -> int | None:
    """Has every shelf of a place that is marked for a recount on one sheet that is still counted.

    Returns: the sheet; None where nothing is marked.  Locks: the sheet.  Emits: CountOpened for a new one, else RecountAsked.
    """
    marked = _shelves(ctx, location_id, "l.recount_since IS NOT NULL", [])
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
    known = {line.variant_id: line for line in _lines(ctx, sheet_id, "TRUE", [])}
    again = [known[v].id for v, _ in marked if v in known and known[v].state == LineState.BOOKED]
    new = [line for line in marked if line[0] not in known]
    _add_lines(ctx, sheet_id, new)
    db.execute(
        """UPDATE stock_countline SET state = 'to_count', counted = NULL, away = 0, expected = NULL, ledger_id = NULL,
                  counted_at = NULL, counted_by = '', recounts = recounts + 1 WHERE organisation_id = %s AND id = ANY(%s)""",
        [ctx.organisation_id, again],
    )
    if new or again:
        _tell(ctx, events.RECOUNT_ASKED, sheet_id, {"lines": len(new) + len(again)})
    return int(sheet_id)


@transaction.atomic
def enter(ctx: Ctx, *, sheet_id: int, entries: Sequence[Entry]) -> list[Kept]:
    """Keeps what was counted, line by line, and books a difference that is small enough; a larger one waits for a person.

    The difference is against what the books said at the moment of counting: what moved since, and what moves until somebody
    decides, does not distort it.  A variant that is not on the sheet is added to it.  Two people who count differently
    wait for a person too.  The answers tell nothing of the books.
    Shapes: one answer per entry, in order.  Units: whole units.  Locks: the sheet, then pool rows and levels.
    Emits: Counted; StockArrived or StockChanged where something was booked.  Refuses: unknown sheets.
    """
    sheet = lock(ctx, sheet_id=sheet_id)
    known = _known(ctx, sheet_id, [entry.client_id for entry in entries])
    if sheet.state not in LIVE:
        return [known.get(e.client_id) or Kept(e.client_id, "sheet_over", None, e.counted) for e in entries]
    fresh: dict[str, Entry] = {}
    for entry in entries:
        if entry.client_id not in known:
            fresh.setdefault(entry.client_id, entry)
    variants = sorted({entry.variant_id for entry in fresh.values()})
    _add_lines(ctx, sheet_id, _added(ctx, sheet, variants))
    locks.pool_rows(ctx, variants)
    locks.level_rows(ctx, [(variant, sheet.location_id) for variant in variants])
    limits = count_queries.limits(ctx)
    for entry in fresh.values():
        known[entry.client_id] = _keep(ctx, sheet, entry, limits)
    if fresh:
        _tell(ctx, events.COUNTED, sheet_id, {"lines": len(variants)})
    if sheet.state == SheetState.REVIEW:
        _close_if_done(ctx, sheet_id)
    return [known[entry.client_id] for entry in entries]


def _known(ctx: Ctx, sheet_id: int, client_ids: Sequence[str]) -> dict[str, Kept]:
    """What was sent before, by client id.  Locks: the client ids.  Refuses: one of another sheet."""
    names.take(ctx, client_ids)
    rows = db.dicts(
        """SELECT e.client_id, e.line_id, e.counted, l.sheet_id FROM stock_countentry e
             JOIN stock_countline l ON l.organisation_id = e.organisation_id AND l.id = e.line_id
            WHERE e.organisation_id = %s AND e.client_id = ANY(%s)""",
        [ctx.organisation_id, list(client_ids)],
    )
    for row in rows:
        if row["sheet_id"] != sheet_id:
            raise Refused(names.TAKEN, {"client_id": row["client_id"]})
    return {row["client_id"]: Kept(row["client_id"], "", row["line_id"], row["counted"]) for row in rows}


def _added(ctx: Ctx, sheet: SheetRow, variants: Sequence[int]) -> list[tuple[int, str]]:
    shelves = dict(_shelves(ctx, sheet.location_id, "l.variant_id = ANY(%s)", [list(variants)]))
    return [(variant, shelves.get(variant, "")) for variant in variants]


def _keep(ctx: Ctx, sheet: SheetRow, entry: Entry, limits: Limits) -> Kept:
    [line] = _lines(ctx, sheet.id, "l.variant_id = %s", [entry.variant_id])
    ledger_id = _ledger_at(ctx, entry.variant_id, entry.at)
    books = _books_at(ctx, entry.variant_id, sheet.location_id, ledger_id)
    difference = entry.counted + entry.away - books
    db.execute(
        """INSERT INTO stock_countentry (organisation_id, client_id, line_id, counted, expected, by, at)
           VALUES (%s, %s, %s, %s, %s, %s, %s)""",
        [ctx.organisation_id, entry.client_id, line.id, entry.counted, books - entry.away, ctx.actor.name[:120], entry.at],
    )
    again = line.state in (LineState.WAITING, LineState.BOOKED)
    disagrees = again and line.counted_by != ctx.actor.name[:120] and difference != line.difference
    if not (again and line.counted_at is not None and entry.at < line.counted_at):
        db.execute(
            """UPDATE stock_countline SET counted = %s, away = %s, expected = %s, ledger_id = %s, counted_at = %s,
                      counted_by = %s, decided_by = '' WHERE organisation_id = %s AND id = %s""",
            [entry.counted, entry.away, books - entry.away, ledger_id, entry.at, ctx.actor.name[:120], ctx.organisation_id,
             line.id],
        )  # fmt: skip
    elif not disagrees:
        return Kept(entry.client_id, "", line.id, entry.counted)
    variant = catalog.variants_by_id(ctx, ids=[entry.variant_id])[entry.variant_id]
    small = limits.allow(
        difference, expected=books, price_minor=variant.price_minor, currency=variant.currency
    )
    to = LineState.BOOKED
    if disagrees or not small or not _book(ctx, sheet, line, difference, entry.at):
        to = LineState.WAITING
    _move(ctx, line, to)
    return Kept(entry.client_id, "", line.id, entry.counted)


def _ledger_at(ctx: Ctx, variant_id: int, at: datetime) -> int:
    """The last movement of a variant before a moment; those that were booked for an earlier time since count as later."""
    return int(
        db.scalar(
            """SELECT COALESCE(
                 (SELECT min(id) - 1 FROM stock_movement WHERE organisation_id = %(org)s AND variant_id = %(v)s AND at > %(at)s),
                 (SELECT max(id) FROM stock_movement WHERE organisation_id = %(org)s AND variant_id = %(v)s), 0)""",
            {"org": ctx.organisation_id, "v": variant_id, "at": at},
        )
    )


def _books_at(ctx: Ctx, variant_id: int, location_id: int, ledger_id: int) -> int:
    """What the books hold of a place without what moved there since; what other counts found since stays."""
    return int(
        db.scalar(
            """SELECT l.on_hand - (SELECT COALESCE(sum(m.on_hand), 0) FROM stock_movement m
                                    WHERE m.organisation_id = l.organisation_id AND m.variant_id = l.variant_id
                                      AND m.location_id = l.location_id AND m.id > %s AND m.kind <> 'count')
                 FROM stock_level l WHERE l.organisation_id = %s AND l.variant_id = %s AND l.location_id = %s""",
            [ledger_id, ctx.organisation_id, variant_id, location_id],
        )
    )


def _book(ctx: Ctx, sheet: SheetRow, line: LineRow, difference: int, at: datetime) -> bool:
    """Whether a difference could be booked; not where promised units would have to go."""
    try:
        actions.change(
            ctx, changes=[Change(line.variant_id, sheet.location_id, on_hand=difference)], kind=MovementKind.COUNT,
            reason="counted", reference=f"count_sheet:{sheet.id}",
        )  # fmt: skip
    except Refused as refused:
        if refused.refusal is not NOT_ENOUGH:
            raise
        return False
    db.execute(
        """UPDATE stock_level SET recount_since = NULL, counted_at = GREATEST(counted_at, %s)
            WHERE organisation_id = %s AND variant_id = %s AND location_id = %s""",
        [at, ctx.organisation_id, line.variant_id, sheet.location_id],
    )
    db.execute(
        "UPDATE stock_countline SET booked = booked + %s WHERE organisation_id = %s AND id = %s",
        [difference, ctx.organisation_id, line.id],
    )
    return True


@transaction.atomic
def approve(ctx: Ctx, *, sheet_id: int, line_ids: Sequence[int]) -> None:
    """Books the differences of lines that wait; a sheet that waited for nothing else is closed.

    Units: what each count differed by when it was taken, whatever moved since.  Locks: the sheet, then pool rows and levels.
    Emits: CountDecided, StockArrived or StockChanged, CountEnded.  Refuses: lines that do not wait, fewer than are
    promised from there.
    """
    sheet = lock(ctx, sheet_id=sheet_id)
    _require_live(sheet)
    lines = _of_sheet(ctx, sheet_id, line_ids)
    pool = locks.pool_rows(ctx, [line.variant_id for line in lines])
    levels = locks.level_rows(ctx, [(line.variant_id, sheet.location_id) for line in lines])
    for line in _of_sheet(ctx, sheet_id, line_ids):
        _require_waiting(line)
        if not _book(ctx, sheet, line, line.difference, line.counted_at or ctx.now):
            row, level = pool[line.variant_id], levels[line.variant_id, sheet.location_id]
            promised = level.committed if level.free <= row.spare else row.committed + row.reserved
            raise Refused(PROMISED_FROM_THERE, {"sku": line.variant_id, "counted": line.counted, "promised": promised})
        _move(ctx, line, LineState.BOOKED, decided_by=ctx.actor.name)
    _tell(ctx, events.COUNT_DECIDED, sheet_id, {"lines": len(lines)})
    _close_if_done(ctx, sheet_id)


@transaction.atomic
def ask_again(ctx: Ctx, *, sheet_id: int, line_ids: Sequence[int]) -> list[LineRow]:
    """Wants lines counted once more; their earlier counts stay in the history.  Returns: the lines as they are now.

    Locks: the sheet.  Emits: RecountAsked.  Refuses: lines that do not wait.
    """
    sheet = lock(ctx, sheet_id=sheet_id)
    _require_live(sheet)
    for line in _of_sheet(ctx, sheet_id, line_ids):
        _require_waiting(line)
        _move(ctx, line, LineState.TO_COUNT)
    db.execute(
        """UPDATE stock_countline SET counted = NULL, away = 0, expected = NULL, ledger_id = NULL, counted_at = NULL,
                  counted_by = '', recounts = recounts + 1 WHERE organisation_id = %s AND id = ANY(%s)""",
        [ctx.organisation_id, list(line_ids)],
    )
    if sheet.state == SheetState.REVIEW:
        _set_state(ctx, sheet, SheetState.OPEN)
    _tell(ctx, events.RECOUNT_ASKED, sheet_id, {"lines": len(line_ids)})
    return _of_sheet(ctx, sheet_id, line_ids)


@transaction.atomic
def finish(ctx: Ctx, *, sheet_id: int) -> None:
    """Ends the counting: what was not counted is left as the books say, what waits is decided by a person.

    Locks: the sheet.  Emits: CountEnded where nothing waits.  Refuses: sheets that are not open.
    """
    sheet = lock(ctx, sheet_id=sheet_id)
    COUNT_SHEETS.require(SheetState(sheet.state), SheetState.REVIEW)
    for line in _lines(ctx, sheet_id, "l.state = 'to_count'", []):
        _move(ctx, line, LineState.SKIPPED)
    _set_state(ctx, sheet, SheetState.REVIEW if sheet.waiting else SheetState.CLOSED)


@transaction.atomic
def cancel(ctx: Ctx, *, sheet_id: int) -> None:
    """Calls a sheet off; what was booked stays booked, everything else is left as the books say.

    Locks: the sheet.  Emits: CountEnded.  Refuses: sheets that are over.
    """
    sheet = lock(ctx, sheet_id=sheet_id)
    COUNT_SHEETS.require(SheetState(sheet.state), SheetState.CANCELLED)
    for line in _lines(ctx, sheet_id, "l.state IN ('to_count', 'waiting')", []):
        _move(ctx, line, LineState.SKIPPED)
    _set_state(ctx, sheet, SheetState.CANCELLED)


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


def lock(ctx: Ctx, *, sheet_id: int) -> SheetRow:
    """Locks a sheet, before anything else that a count touches.  Refuses: unknown sheets."""
    db.execute(
        "SELECT 1 FROM stock_countsheet WHERE organisation_id = %s AND id = %s FOR NO KEY UPDATE",
        [ctx.organisation_id, sheet_id],
    )
    return count_queries.get_sheet(ctx, sheet_id=sheet_id)


def require_waiting(ctx: Ctx, *, sheet_id: int, line_ids: Sequence[int]) -> list[LineRow]:
    """These lines of a sheet that is not over.  Refuses: lines that do not wait for a decision."""
    _require_live(count_queries.get_sheet(ctx, sheet_id=sheet_id))
    lines = _of_sheet(ctx, sheet_id, line_ids)
    for line in lines:
        _require_waiting(line)
    return lines


def _require_live(sheet: SheetRow) -> None:
    if sheet.state not in LIVE:
        raise Refused(SHEET_OVER)


def _require_waiting(line: LineRow) -> None:
    """A line that somebody else decided a moment ago is not decided twice."""
    if line.state != LineState.WAITING:
        raise Refused(LOST_RACE, {"what": gettext_noop("count line")})


def _lines(ctx: Ctx, sheet_id: int, condition: str, values: Sequence[object]) -> list[LineRow]:
    return db.rows(
        LineRow,
        f"{count_queries.LINE} WHERE l.organisation_id = %s AND l.sheet_id = %s AND {condition} ORDER BY l.variant_id",
        [ctx.organisation_id, sheet_id, *values],
    )


def _of_sheet(ctx: Ctx, sheet_id: int, line_ids: Sequence[int]) -> list[LineRow]:
    """Lines of a sheet.  Refuses: ids of none of its lines."""
    found = _lines(ctx, sheet_id, "l.id = ANY(%s)", [list(line_ids)])
    missing = sorted(set(line_ids) - {line.id for line in found})
    if missing or not line_ids:
        raise Refused(NOT_FOUND, {"what": "count line", "key": missing[0] if missing else 0})
    return found


def _move(ctx: Ctx, line: LineRow, to: LineState, *, decided_by: str = "") -> None:
    COUNT_LINES.require(LineState(line.state), to)
    db.execute(
        "UPDATE stock_countline SET state = %s, decided_by = %s WHERE organisation_id = %s AND id = %s",
        [to.value, decided_by[:120], ctx.organisation_id, line.id],
    )


def _set_state(ctx: Ctx, sheet: SheetRow, to: SheetState) -> None:
    COUNT_SHEETS.require(SheetState(sheet.state), to)
    ended = None if to in LIVE else ctx.now
    db.execute(
        "UPDATE stock_countsheet SET state = %s, ended_at = %s WHERE organisation_id = %s AND id = %s",
        [to.value, ended, ctx.organisation_id, sheet.id],
    )
    if ended:
        _tell(ctx, events.COUNT_ENDED, sheet.id, {"state": to.value})


def _close_if_done(ctx: Ctx, sheet_id: int) -> None:
    sheet = count_queries.get_sheet(ctx, sheet_id=sheet_id)
    if not sheet.waiting and not sheet.to_count:
        _set_state(ctx, sheet, SheetState.CLOSED)


def _tell(ctx: Ctx, type: str, sheet_id: int, data: dict[str, object]) -> None:
    outbox.record(ctx, [Happened(type, f"count_sheet:{sheet_id}", f"count_sheet:{sheet_id}", data)])
