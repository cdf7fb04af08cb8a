"""Scans: each counts once, a wrong one is refused, the last one can be undone."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.catalog import queries as catalog
from doorstep.fulfilment import events, lists, queries
from doorstep.fulfilment.values import PICK_LISTS, PickListState, PickTaskRow, Scanned
from doorstep.orders import actions as orders


@transaction.atomic
def scan(ctx: Ctx, *, pick_list_id: int, client_id: str, code: str, typed: bool, at: datetime) -> Scanned:
    """Counts one unit of what was scanned; the same `client_id` again gets the same answer and counts nothing.

    Units: one unit per scan.  Locks: the pick list, then the fulfilment orders on it.
    Emits: PickingStarted, LinePicked, FulfilmentPicked.
    What was on the list until its order was cancelled is answered as such, though it may still be shown.
    The answer's `problem`: "", unknown_code, not_on_list, cancelled, already_complete, on_hold or list_closed.
    """
    code = code.replace("\x00", "")[:120]
    state = lists.lock(ctx, pick_list_id=pick_list_id)
    known = db.dicts(
        "SELECT id, problem, task_id FROM fulfilment_scan WHERE organisation_id = %s AND client_id = %s",
        [ctx.organisation_id, client_id],
    )
    if known:
        return _answer(ctx, pick_list_id, known[0]["id"], known[0]["problem"], known[0]["task_id"])
    lists.lock_orders(ctx, pick_list_id=pick_list_id)
    tasks = lists.still_wanted(ctx, queries.tasks_of(ctx, pick_list_id=pick_list_id))
    problem, task = _find(ctx, [] if PICK_LISTS.is_final(state) else tasks, code)
    if problem in ("not_on_list", "unknown_code"):
        problem = _why_not(ctx, pick_list_id, state, code, problem)
    scan_id = db.scalar(
        """INSERT INTO fulfilment_scan (organisation_id, client_id, pick_list_id, task_id, code, typed, accepted, problem, by, at)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id""",
        [
            ctx.organisation_id, client_id, pick_list_id, task.id if task else None, code, typed, not problem, problem,
            ctx.actor.name[:120], min(at, ctx.now),
        ],
    )  # fmt: skip
    if task and not problem:
        orders.start(ctx, fulfilment_order_ids=[task.fulfilment_order_id])
        lists.start(ctx, pick_list_id=pick_list_id)
        _count(ctx, task, +1)
    return _answer(ctx, pick_list_id, int(scan_id), problem, task.id if task else None)


def _find(ctx: Ctx, tasks: list[PickTaskRow], code: str) -> tuple[str, PickTaskRow | None]:
    """The task that a code counts for: the first on the walk that still needs a unit and is not held."""
    variant = catalog.find_by_code(ctx, code=code)
    if variant is None:
        return "unknown_code", None
    mine = [t for t in tasks if t.variant_id == variant.id]
    if not mine:
        return "not_on_list", None
    needed = [t for t in mine if t.picked < t.qty]
    if not needed:
        return "already_complete", mine[-1]
    free = [t for t in needed if not t.on_hold]
    return ("", free[0]) if free else ("on_hold", needed[0])


def _why_not(ctx: Ctx, pick_list_id: int, state: PickListState, code: str, problem: str) -> str:
    """Why a code is on no task: nobody is to blame for what was cancelled while it was being fetched."""
    variant = catalog.find_by_code(ctx, code=code)
    cancelled = queries.list_cancelled(ctx, pick_list_id=pick_list_id)
    if variant is not None and any(task.variant_id == variant.id for task in cancelled):
        return "cancelled"
    return "list_closed" if PICK_LISTS.is_final(state) else problem


def _count(ctx: Ctx, task: PickTaskRow, step: int) -> None:
    """Moves the counters of a task and of its fulfilment line, and the list's state with them."""
    picked = task.picked + step
    db.execute(
        "UPDATE fulfilment_picktask SET picked = picked + %s WHERE organisation_id = %s AND id = %s",
        [step, ctx.organisation_id, task.id],
    )
    orders.set_picked(ctx, picked=[(task.fulfilment_line_id, picked)])
    timeline = f"order:{task.order_id}"
    subject = f"fulfilment_order:{task.fulfilment_order_id}"
    if step < 0:
        outbox.record(ctx, [Happened(events.SCAN_UNDONE, subject, timeline, {"sku": task.sku})])
    elif picked == task.qty:
        data = {"sku": task.sku, "qty": task.qty, "bin": task.bin}
        outbox.record(ctx, [Happened(events.LINE_PICKED, subject, timeline, data)])
        lists.tell_if_picked(ctx, task=task)
    lists.settle(ctx, pick_list_ids=[task.pick_list_id])


def _answer(ctx: Ctx, pick_list_id: int, scan_id: int, problem: str, task_id: int | None) -> Scanned:
    picked, qty, done = lists.standing(ctx, pick_list_id=pick_list_id, task_id=task_id)
    return Scanned(scan_id, problem, task_id, picked, qty, done)


@transaction.atomic
def undo(ctx: Ctx, *, pick_list_id: int, client_id: str = "") -> Scanned | None:
    """Takes back one scan that counted, the last where none is named, of a unit that is not packed; None when there is none.

    A phone names the scan, so that an undo sent twice takes back one unit.

    Locks: the pick list, then the fulfilment orders on it, so that none is packed meanwhile.  Emits: ScanUndone.
    """
    lists.lock(ctx, pick_list_id=pick_list_id)
    lists.lock_orders(ctx, pick_list_id=pick_list_id)
    last = db.dicts(
        """SELECT s.id, s.task_id FROM fulfilment_scan s
             JOIN fulfilment_picktask t ON t.organisation_id = s.organisation_id AND t.id = s.task_id AND NOT t.removed
            WHERE s.organisation_id = %s AND s.pick_list_id = %s AND s.accepted AND s.undone_at IS NULL
              AND (%s = '' OR s.client_id = %s) AND t.picked > (
                  SELECT COALESCE(sum(i.qty), 0) FROM shipping_parcel p
                    JOIN shipping_parcelline i ON i.organisation_id = p.organisation_id AND i.parcel_id = p.id
                    JOIN orders_fulfilmentorderline l ON l.organisation_id = t.organisation_id AND l.id = t.fulfilment_line_id
                     AND l.order_line_id = i.order_line_id
                   WHERE p.organisation_id = t.organisation_id AND p.fulfilment_order_id = t.fulfilment_order_id
                     AND p.state <> 'cancelled')
            ORDER BY s.id DESC LIMIT 1""",
        [ctx.organisation_id, pick_list_id, client_id, client_id],
    )
    if not last:
        return None
    task = next(t for t in queries.tasks_of(ctx, pick_list_id=pick_list_id) if t.id == last[0]["task_id"])
    db.execute(
        "UPDATE fulfilment_scan SET undone_at = %s WHERE organisation_id = %s AND id = %s",
        [ctx.now, ctx.organisation_id, last[0]["id"]],
    )
    _count(ctx, task, -1)
    return _answer(ctx, pick_list_id, last[0]["id"], "", task.id)
