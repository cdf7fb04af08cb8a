"""Count sheets: blind for who counts, whole for who approves."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Literal

from ninja import Router, Status

from doorstep.api.v1 import paging, show, translate
from doorstep.api.v1.count_shapes import (
    ApproveIn,
    AskAgainIn,
    BlindSheetOut,
    EntriesIn,
    EntriesOut,
    LimitsIn,
    LimitsOut,
    SheetIn,
    SheetOut,
    SheetsOut,
    VariancesOut,
)
from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.shapes import Cursor, Id, Limit
from doorstep.api.v1.stock import ids_at
from doorstep.api.v1.stock_ledger import Place
from doorstep.api.v1.translate import Mistakes
from doorstep.base.ctx import Ctx
from doorstep.catalog import queries as catalog
from doorstep.flows import count_stock
from doorstep.flows.count_stock import Typed
from doorstep.stock import count_queries, counts
from doorstep.stock.counting import Choice, Chosen, Limits, LineRow, LineState, SheetRow

router = Router(tags=["Counts"])
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


@operation(router, "POST", "/stock/count-sheets", scope="stock:write", answers={201: BlindSheetOut})
def open_count_sheet(request: Asked, sheet: SheetIn) -> Status[dict[str, Any]]:
    """Starts a count of a location: all of it, some variants or bins, what was long not counted, what is to be recounted."""
    ids = ids_at(request.ctx, sheet.location_id, sheet.skus)
    wrong = Mistakes()
    note = wrong.text("/note", sheet.note, longest=120)
    bins = tuple(wrong.text(f"/bins/{n}", code, longest=31) for n, code in enumerate(sheet.bins))
    wrong.refuse()
    chosen = Chosen(Choice(sheet.choose), tuple(ids.values()), bins, sheet.days)
    made = counts.open_sheet(request.ctx, location_id=sheet.location_id, chosen=chosen, note=note)
    return Status(201, _blind(request.ctx, made))


@operation(router, "GET", "/stock/count-sheets", scope="stock:write", answers={200: SheetsOut})
def list_count_sheets(
    request: Asked,
    state: Literal["", "open", "review", "closed", "cancelled"] = "",
    location_id: Place = 0,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    """Count sheets, newest first, for who counts: a key that may not read stock can count without seeing the books."""
    before = paging.by_id(cursor, "count_sheets")
    rows = count_queries.list_sheets(request.ctx, state=state, location_id=location_id, before=before, limit=limit + 1)
    shown, following = paging.cut(rows, limit=limit, kind="count_sheets", key=lambda row: (row.id,))
    return {"sheets": [_sheet(row) for row in shown], "next": following}


@operation(router, "GET", "/stock/count-sheets/{sheet_id}", scope="stock:write", answers={200: BlindSheetOut})
def get_count_sheet(request: Asked, sheet_id: Id) -> dict[str, Any]:
    """A sheet as who counts sees it: in the order of the walk, blind."""
    return _blind(request.ctx, sheet_id)


@operation(router, "POST", "/stock/count-sheets/{sheet_id}/entries", scope="stock:write", answers={200: EntriesOut})
def enter_counts(request: Asked, sheet_id: Id, given: EntriesIn) -> dict[str, Any]:
    """Keeps what was counted. The answers tell nothing of the books; a variant that is not on the sheet is added to it."""
    ctx, wrong = request.ctx, Mistakes()
    typed = [
        Typed(
            one.client_id, wrong.text(f"/entries/{n}/code", one.code, longest=120, required=True), one.counted,
            wrong.moment(f"/entries/{n}/counted_at", one.counted_at, earliest=EARLIEST, latest=ctx.now + translate.LATEST)
            if one.counted_at else ctx.now,
        )
        for n, one in enumerate(given.entries)
    ]  # fmt: skip
    wrong.refuse()
    answers = count_stock.enter(ctx, sheet_id=sheet_id, typed=typed)
    left = count_queries.get_sheet(ctx, sheet_id=sheet_id).to_count
    return {"answers": [asdict(answer) for answer in answers], "to_count": left}


@operation(router, "POST", "/stock/count-sheets/{sheet_id}/finish", scope="stock:write", answers={200: SheetOut})
def finish_count_sheet(request: Asked, sheet_id: Id) -> dict[str, Any]:
    """Ends the counting. What was not counted stays as the books say; what differs too much waits for approval."""
    counts.finish(request.ctx, sheet_id=sheet_id)
    return _sheet(count_queries.get_sheet(request.ctx, sheet_id=sheet_id))


@operation(router, "POST", "/stock/count-sheets/{sheet_id}/cancel", scope="stock:write", answers={200: SheetOut})
def cancel_count_sheet(request: Asked, sheet_id: Id) -> dict[str, Any]:
    """Calls a sheet off; what was booked stays booked."""
    counts.cancel(request.ctx, sheet_id=sheet_id)
    return _sheet(count_queries.get_sheet(request.ctx, sheet_id=sheet_id))


@operation(router, "GET", "/stock/count-sheets/{sheet_id}/variances", scope="stock:approve", answers={200: VariancesOut})
def list_count_variances(request: Asked, sheet_id: Id) -> dict[str, Any]:
    """What the counts of a sheet differ by, those that wait for approval first."""
    return _variances(request.ctx, sheet_id)


@operation(router, "POST", "/stock/count-sheets/{sheet_id}/approve", scope="stock:approve", answers={200: VariancesOut})
def approve_counts(request: Asked, sheet_id: Id, given: ApproveIn) -> dict[str, Any]:
    """Books the differences of lines that wait: those of the moment of counting, whatever moved since."""
    count_stock.approve(request.ctx, sheet_id=sheet_id, line_ids=given.line_ids, reroute=given.reroute)
    return _variances(request.ctx, sheet_id)


@operation(router, "POST", "/stock/count-sheets/{sheet_id}/recount", scope="stock:approve", answers={200: VariancesOut})
def ask_for_recount(request: Asked, sheet_id: Id, given: AskAgainIn) -> dict[str, Any]:
    """Wants lines counted once more, and makes a task of each."""
    wrong = Mistakes()
    words = wrong.text("/note", given.note, longest=200)
    wrong.refuse()
    count_stock.ask_again(request.ctx, sheet_id=sheet_id, line_ids=given.line_ids, words=words)
    return _variances(request.ctx, sheet_id)


@operation(router, "GET", "/stock/count-limits", scope="stock:read", answers={200: LimitsOut})
def get_count_limits(request: Asked) -> dict[str, Any]:
    """How large a difference is booked without asking."""
    return _limits(count_queries.limits(request.ctx))


@operation(router, "PUT", "/stock/count-limits", scope="stock:approve", answers={200: LimitsOut})
def set_count_limits(request: Asked, given: LimitsIn) -> dict[str, Any]:
    """Sets how large a difference is booked without asking."""
    wrong = Mistakes()
    value = wrong.money("/value", given.value, given.value.currency) if given.value else None
    wrong.refuse()
    currency = value.currency if value else count_queries.limits(request.ctx).currency
    limits = Limits(given.units, given.percent, value.minor if value else None, currency)
    counts.set_limits(request.ctx, limits=limits)
    return _limits(limits)


def _limits(limits: Limits) -> dict[str, Any]:
    value = None if limits.value_minor is None else show.money(limits.value_minor, limits.currency)
    return {"units": limits.units, "percent": limits.percent, "value": value}


def _sheet(row: SheetRow) -> dict[str, Any]:
    return {
        "id": row.id, "location_id": row.location_id, "state": row.state, "choose": row.chosen, "note": row.note,
        "made_by": row.made_by, "made_at": row.made_at, "ended_at": row.ended_at, "lines": row.lines,
        "to_count": row.to_count,
    }  # fmt: skip


def _blind(ctx: Ctx, sheet_id: int) -> dict[str, Any]:
    sheet, lines = count_queries.get_sheet(ctx, sheet_id=sheet_id), count_queries.blind_lines(ctx, sheet_id=sheet_id)
    variants = catalog.variants_by_id(ctx, ids=[line.variant_id for line in lines])
    told = [
        {
            "id": line.id, "sku": variants[line.variant_id].sku, "barcode": variants[line.variant_id].barcode,
            "title": variants[line.variant_id].title, "bin": line.bin, "to_count": line.is_to_count, "counted": line.counted,
            "counted_by": line.counted_by, "counted_at": line.counted_at,
        }
        for line in lines
    ]  # fmt: skip
    return {**_sheet(sheet), "count_lines": told}


def _variances(ctx: Ctx, sheet_id: int) -> dict[str, Any]:
    sheet, lines = count_queries.get_sheet(ctx, sheet_id=sheet_id), count_queries.lines_of(ctx, sheet_id=sheet_id)
    variants = catalog.variants_by_id(ctx, ids=[line.variant_id for line in lines])
    entries = count_queries.entries_of(ctx, line_ids=[line.id for line in lines])
    can = count_stock.takeable(ctx, lines=lines, location_id=sheet.location_id)
    told = []
    for line in lines:
        variant = variants[line.variant_id]
        row = asdict(line)
        del row["id"], row["sheet_id"], row["variant_id"]
        told.append({
            **row, "line_id": line.id, "sku": variant.sku, "title": variant.title,
            "value": show.money(line.difference * variant.price_minor, variant.currency),
            "entries": [asdict(entry) for entry in entries[line.id]],
            "promised_from_there": _promised(ctx, line, sheet, can[line.variant_id]),
        })  # fmt: skip
    return {"sheet": _sheet(sheet), "waiting": sheet.waiting, "variances": told}


def _promised(ctx: Ctx, line: LineRow, sheet: SheetRow, can: int) -> list[dict[str, Any]]:
    """The orders that stand in the way of a difference; none where it can be booked."""
    if line.state != LineState.WAITING or line.difference >= 0 or can + line.difference >= 0:
        return []
    return [
        {"order_id": one.order.id, "order_name": one.order.name, "qty": one.qty,
         "pick_list_id": one.task.pick_list_id if one.task else None}
        for one in count_stock.promised_from(ctx, line=line, location_id=sheet.location_id)
    ]  # fmt: skip
