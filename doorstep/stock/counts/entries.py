"""What was counted is kept, and the difference booked against what the books said at the moment of counting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.catalog import queries as catalog
from doorstep.stock import actions, count_queries, events, locks, names
from doorstep.stock.counting import (
    Entry,
    Kept,
    Limits,
    LineRow,
    LineState,
    SheetRow,
    SheetState,
)
from doorstep.stock.counts import rows
from doorstep.stock.values import NOT_ENOUGH, Change, MovementKind


@transaction.atomic
def enter(ctx: Ctx, *, sheet_id: int, entries: Sequence[Entry]) -> list[Kept]:
    """Keeps what was counted, line by line, and books a difference that is small enough; a larger one waits for a person.

    The difference is against what the books said at the moment of counting: what moved since, and what moves until somebody
    decides, does not distort it.  A variant that is not on the sheet is added to it.  Two people who count differently
    wait for a person too.  The answers tell nothing of the books.
    Shapes: one answer per entry, in order.  Units: whole units.  Locks: the sheet, then pool rows and levels.
    Emits: Counted; StockArrived or StockChanged where something was booked.  Refuses: unknown sheets.
    """
    sheet = rows.lock(ctx, sheet_id=sheet_id)
    known = _known(ctx, sheet_id, [entry.client_id for entry in entries])
    if sheet.state not in rows.LIVE:
        return [known.get(e.client_id) or Kept(e.client_id, "sheet_over", None, e.counted) for e in entries]
    fresh: dict[str, Entry] = {}
    for entry in entries:
        if entry.client_id not in known:
            fresh.setdefault(entry.client_id, entry)
    variants = sorted({entry.variant_id for entry in fresh.values()})
    rows.add_lines(ctx, sheet_id, _added(ctx, sheet, variants))
    locks.pool_rows(ctx, variants)
    locks.level_rows(ctx, [(variant, sheet.location_id) for variant in variants])
    limits = count_queries.limits(ctx)
    for entry in fresh.values():
        known[entry.client_id] = _keep(ctx, sheet, entry, limits)
    if fresh:
        rows.tell(ctx, events.COUNTED, sheet_id, {"lines": len(variants)})
    if sheet.state == SheetState.REVIEW:
        rows.close_if_done(ctx, sheet_id)
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
    shelves = dict(rows.shelves(ctx, sheet.location_id, "l.variant_id = ANY(%s)", [list(variants)]))
    return [(variant, shelves.get(variant, "")) for variant in variants]


def _keep(ctx: Ctx, sheet: SheetRow, entry: Entry, limits: Limits) -> Kept:
    [line] = rows.lines(ctx, sheet.id, "l.variant_id = %s", [entry.variant_id])
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
    if disagrees or not small or not book(ctx, sheet, line, difference, entry.at):
        to = LineState.WAITING
    rows.move(ctx, line, to)
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


def book(ctx: Ctx, sheet: SheetRow, line: LineRow, difference: int, at: datetime) -> bool:
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
