"""Counting between rooms: what pickers hold, which orders a count would leave without units, and recounts as tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.base.words import gettext_noop
from doorstep.catalog import queries as catalog
from doorstep.flows import day_capacity, short_pick
from doorstep.flows.reject import miss
from doorstep.flows.route import route
from doorstep.fulfilment import actions as lists
from doorstep.fulfilment import queries as floor
from doorstep.fulfilment import wave_queries
from doorstep.fulfilment.values import PickTaskRow
from doorstep.orders import queries as orders
from doorstep.orders.values import FOLineRow, FOState, OrderRow
from doorstep.stock import counts
from doorstep.stock import queries as stock
from doorstep.stock.counting import Entry, Kept, LineRow, SheetRow
from doorstep.stock.values import LevelRow
from doorstep.tasks import actions as tasks
from doorstep.tasks.values import TaskDraft

KIND = "stock_recount"
COUNTED_AGAIN = gettext_noop("It was counted again.")
UNKNOWN_CODE = "unknown_code"


@dataclass(frozen=True, slots=True)
class Typed:
    """What a phone kept: a barcode or SKU, and how many lie there.  `client_id`: what is sent twice counts once."""

    client_id: str
    code: str
    counted: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Promised:
    """Units of an order that are promised from a place.

    `task`: where they are to be picked, while they are.  `line`: of its part that is on no list, as while it waits for a wave.
    """

    order: OrderRow
    qty: int
    task: PickTaskRow | None
    line: FOLineRow | None = None


@transaction.atomic
def enter(ctx: Ctx, *, sheet_id: int, typed: Sequence[Typed]) -> list[Kept]:
    """Keeps counts as somebody typed them; one that nobody knows the code of stops no other.

    Units that pickers hold are of the books and not of the shelf, so they are added to what was counted.  A recount that
    was asked for is done with it.
    Shapes: one answer per entry, in order; `problem`: "", unknown_code or sheet_over.  Locks: as `counts.enter`.
    """
    sheet = counts.lock(ctx, sheet_id=sheet_id)
    variants = {one.code: catalog.find_by_code(ctx, code=one.code) for one in typed}
    known = [(one, variant) for one in typed if (variant := variants[one.code])]
    moments = {variant.id: min(one.at, ctx.now) for one, variant in known}
    away = floor.away_from_shelf(ctx, location_id=sheet.location_id, at=moments)
    entries = [
        Entry(one.client_id, variant.id, one.counted, min(one.at, ctx.now), away.get(variant.id, 0)) for one, variant in known
    ]
    answers = {kept.client_id: kept for kept in counts.enter(ctx, sheet_id=sheet_id, entries=entries)}
    for kept in answers.values():
        if kept.line_id:
            tasks.settle(ctx, subject=f"count_line:{kept.line_id}", kind=KIND, outcome=COUNTED_AGAIN)
    return [answers.get(o.client_id) or Kept(o.client_id, UNKNOWN_CODE, None, o.counted) for o in typed]


def levels_at(ctx: Ctx, *, lines: Sequence[LineRow], location_id: int) -> list[LevelRow]:
    """The levels of these lines in one place."""
    levels = stock.levels_of(ctx, variant_ids=sorted({line.variant_id for line in lines}))
    return [level for level in levels if level.location_id == location_id]


def takeable(ctx: Ctx, *, lines: Sequence[LineRow], location_id: int) -> dict[int, int]:
    """How many units of each variant could leave the books of a place with no promise broken."""
    pool = stock.pool_of(ctx, variant_ids=sorted({line.variant_id for line in lines}))
    free = {level.variant_id: level.free for level in levels_at(ctx, lines=lines, location_id=location_id)}
    return {id: min(free.get(id, 0), row.spare) for id, row in pool.items()}


def promised_from(ctx: Ctx, *, line: LineRow, location_id: int) -> list[Promised]:
    """The orders whose units a count would take, the newest promise first."""
    held = stock.promises_at(ctx, variant_id=line.variant_id, location_id=location_id)
    owners = orders.orders_of_lines(ctx, line_ids=[row.reference_id for row in held])
    parts = orders.fulfilment_orders_of(ctx, order_ids=sorted({order.id for order in owners.values()}))
    here = {part.id: part for part in parts if part.location_id == location_id}
    lines = {line.id: line for line in orders.fulfilment_lines_of(ctx, fulfilment_order_ids=list(here))}
    listed = {task.fulfilment_line_id: task for task in floor.tasks_of_orders(ctx, fulfilment_order_ids=list(here))}
    by_line = {lines[id].order_line_id: task for id, task in listed.items() if id in lines}
    free = {part.id for part in here.values() if part.state in (FOState.OPEN, FOState.IN_PROGRESS)}
    unlisted = {x.order_line_id: x for x in lines.values() if x.id not in listed and x.fulfilment_order_id in free and not x.picked}
    return [
        Promised(owners[row.reference_id], row.qty, by_line.get(row.reference_id), unlisted.get(row.reference_id))
        if row.location_id
        else Promised(owners[row.reference_id], row.qty, None)
        for row in held
        if row.reference_id in owners
    ]


def approve(ctx: Ctx, *, sheet_id: int, line_ids: Sequence[int], reroute: bool = False) -> None:
    """Books the differences of lines that wait.

    `reroute`: where fewer lie there than are promised, the newest promises that nobody has picked go on from elsewhere, or
    wait for new stock, as after a short pick. Each goes in a transaction of its own before the lines are booked together:
    dozens of them in one would have everybody who buys the same thing wait for seconds.
    Locks: days that may be full, the sheet, then pick lists, orders, pool rows and levels.
    Emits: as `counts.approve` and `short_pick.report`.
    Refuses: lines that do not wait; fewer than are promised from there, where they are not to go on from elsewhere.
    """
    if reroute:
        counts.require_waiting(ctx, sheet_id=sheet_id, line_ids=line_ids)
        for line_id in line_ids:
            _route_here(ctx, sheet_id, line_id)
            while _send_one_on(ctx, sheet_id, line_id):
                pass
    counts.approve(ctx, sheet_id=sheet_id, line_ids=line_ids)


@transaction.atomic(durable=True)
def _route_here(ctx: Ctx, sheet_id: int, line_id: int) -> None:
    """Gives a place to what is promised and has none, as far as it is in the way of a line."""
    day_capacity.lock(ctx)
    sheet, line = _waiting(ctx, sheet_id, line_id)
    promised = promised_from(ctx, line=line, location_id=sheet.location_id)
    route(ctx, order_ids=sorted({one.order.id for one in promised if one.task is None}))


@transaction.atomic(durable=True)
def _send_one_on(ctx: Ctx, sheet_id: int, line_id: int) -> bool:
    """Sends the newest promise on that is in the way of a line.  Returns: whether there was one."""
    day_capacity.lock(ctx)
    sheet, line = _waiting(ctx, sheet_id, line_id)
    lacking = -line.difference - takeable(ctx, lines=[line], location_id=sheet.location_id)[line.variant_id]
    if lacking <= 0:
        return False
    for one in promised_from(ctx, line=line, location_id=sheet.location_id):
        task = one.task
        if one.line is not None and _miss_unlisted(ctx, sheet, one.line, lacking):
            return True
        found = max(task.qty - lacking, task.picked) if task else 0
        if task is None or found >= task.qty:
            continue
        told = short_pick.report(
            ctx, pick_list_id=task.pick_list_id, task_id=task.id,
            client_id=f"count-{line.id}-{line.recounts}-{task.id}-{found}", found=found, at=ctx.now,
        )  # fmt: skip
        if told.missing:
            return True
    return False


def _miss_unlisted(ctx: Ctx, sheet: SheetRow, line: FOLineRow, lacking: int) -> bool:
    """Sends units on that wait for a wave, so that no picker can report them.  Returns: whether they still waited here."""
    lists.lock(ctx, fulfilment_order_ids=[line.fulfilment_order_id])
    part = orders.fulfilment_orders_by_id(ctx, ids=[line.fulfilment_order_id])[line.fulfilment_order_id]
    same = [x for x in orders.fulfilment_lines_of(ctx, fulfilment_order_ids=[part.id]) if x.id == line.id]
    is_free = part.location_id == sheet.location_id and part.state in (FOState.OPEN, FOState.IN_PROGRESS)
    listed = {task.fulfilment_line_id for task in floor.tasks_of_orders(ctx, fulfilment_order_ids=[part.id])}
    by_wave = wave_queries.rules_of(ctx, location_ids=[sheet.location_id])[sheet.location_id].planned
    if not (is_free and by_wave and same) or same[0].picked or line.id in listed:
        return False
    miss(ctx, part=part, line=same[0], missing=min(same[0].qty, lacking), reference=f"fulfilment_order:{part.id}", said={})
    return True


def _waiting(ctx: Ctx, sheet_id: int, line_id: int) -> tuple[SheetRow, LineRow]:
    sheet = counts.lock(ctx, sheet_id=sheet_id)
    [line] = counts.require_waiting(ctx, sheet_id=sheet_id, line_ids=[line_id])
    return sheet, line


@transaction.atomic
def ask_again(
    ctx: Ctx, *, sheet_id: int, line_ids: Sequence[int], owner_id: int | None = None, words: str = ""
) -> list[int]:
    """Wants lines counted once more, and asks a person to do it.  Returns: ids of the tasks.

    Locks: the sheet.  Emits: RecountAsked, TaskCreated per line.  Refuses: lines that do not wait.
    """
    sheet = counts.lock(ctx, sheet_id=sheet_id)
    lines = counts.ask_again(ctx, sheet_id=sheet_id, line_ids=line_ids)
    variants = catalog.variants_by_id(ctx, ids=[line.variant_id for line in lines])
    drafts = [
        TaskDraft(
            f"{KIND}:{line.id}:{line.recounts}", KIND, f"count_line:{line.id}", f"count_sheet:{sheet.id}",
            {"sku": variants[line.variant_id].sku, "title": variants[line.variant_id].title, "bin": line.bin or "–",
             "sheet_id": sheet.id, "words": words[:200]},
            owner_id=owner_id,
        )
        for line in lines
    ]  # fmt: skip
    return tasks.create(ctx, tasks=drafts)
