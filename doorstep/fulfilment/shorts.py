"""Short picks as the floor sees them: each report counts once, and its task shrinks to what was found."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.fulfilment import events, lists, queries
from doorstep.fulfilment.values import PICK_LISTS, PickListState, PickTaskRow, Reported
from doorstep.orders import actions as orders


@transaction.atomic
def shorten(
    ctx: Ctx, *, pick_list_id: int, task_id: int, client_id: str, found: int, at: datetime
) -> tuple[Reported, PickTaskRow | None]:
    """Takes what was not found off its pick list; the same `client_id` again gets the same answer and changes nothing.

    A unit that was scanned was found, whoever scanned it; a wrong scan is undone first.
    Units: `found` counts every unit of the task, scanned or not.
    Shapes: beside the answer the task as it was, when units left it just now: the caller settles them in stock and
    orders, in this transaction.
    Locks: the pick list, then the fulfilment order.  Emits: PickingStarted, FulfilmentShort, FulfilmentPicked.
    The answer's `problem`: "", not_on_list, cancelled, already_complete, on_hold or list_closed.
    """
    state = lists.lock(ctx, pick_list_id=pick_list_id)
    known = db.dicts(
        "SELECT problem, task_id, missing FROM fulfilment_short WHERE organisation_id = %s AND client_id = %s",
        [ctx.organisation_id, client_id],
    )
    if known:
        return _answer(ctx, pick_list_id, known[0]["problem"], known[0]["task_id"], known[0]["missing"]), None
    problem, task, missing = _judge(ctx, pick_list_id, state, task_id, found)
    db.execute(
        """INSERT INTO fulfilment_short (organisation_id, client_id, pick_list_id, task_id, wanted, found, missing, problem, by,
                                         at)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        [
            ctx.organisation_id, client_id, pick_list_id, task.id if task else None, task.qty if task else 0, found,
            missing, problem, ctx.actor.name[:120], min(at, ctx.now),
        ],
    )  # fmt: skip
    if task is None or problem:
        return _answer(ctx, pick_list_id, problem, task.id if task else None, 0), None
    lists.start(ctx, pick_list_id=pick_list_id)
    _shrink(ctx, task, missing)
    return _answer(ctx, pick_list_id, "", task.id, missing), task


def _judge(
    ctx: Ctx, pick_list_id: int, state: PickListState, task_id: int, found: int
) -> tuple[str, PickTaskRow | None, int]:
    """What is wrong with a report, its task, and how many units are missing."""
    if PICK_LISTS.is_final(state):
        return _gone(ctx, pick_list_id, task_id, "list_closed"), None, 0
    tasks = {t.id: t for t in queries.tasks_of(ctx, pick_list_id=pick_list_id)}
    if task_id not in tasks:
        return _gone(ctx, pick_list_id, task_id, "not_on_list"), None, 0
    orders.lock(ctx, fulfilment_order_ids=[tasks[task_id].fulfilment_order_id])
    mine = [task for task in queries.tasks_of(ctx, pick_list_id=pick_list_id) if task.id == task_id]
    tasks = {task.id: task for task in lists.still_wanted(ctx, mine)}
    if task_id not in tasks:
        return _gone(ctx, pick_list_id, task_id, "not_on_list"), None, 0
    task = tasks[task_id]
    missing = task.qty - max(found, task.picked)
    if missing <= 0:
        return "already_complete", task, 0
    return ("on_hold", task, 0) if task.on_hold else ("", task, missing)


def _gone(ctx: Ctx, pick_list_id: int, task_id: int, problem: str) -> str:
    """What to say of a task that is not there: that its order was cancelled where it was, else `problem`."""
    cancelled = queries.list_cancelled(ctx, pick_list_id=pick_list_id)
    return "cancelled" if any(task.id == task_id for task in cancelled) else problem


def _shrink(ctx: Ctx, task: PickTaskRow, missing: int) -> None:
    """The task keeps what was found; one of which nothing was found goes."""
    kept = task.qty - missing
    db.execute(
        """UPDATE fulfilment_picktask SET qty = CASE WHEN %s > 0 THEN %s ELSE qty END, removed = %s
            WHERE organisation_id = %s AND id = %s""",
        [kept, kept, kept == 0, ctx.organisation_id, task.id],
    )
    subject, timeline = f"fulfilment_order:{task.fulfilment_order_id}", f"order:{task.order_id}"
    data = {"sku": task.sku, "found": kept, "wanted": task.qty, "bin": task.bin, "pick_list_id": task.pick_list_id}
    outbox.record(ctx, [Happened(events.SHORT, subject, timeline, data)])
    lists.tell_if_picked(ctx, task=task)
    lists.settle(ctx, pick_list_ids=[task.pick_list_id])


def _answer(ctx: Ctx, pick_list_id: int, problem: str, task_id: int | None, missing: int) -> Reported:
    picked, qty, done = lists.standing(ctx, pick_list_id=pick_list_id, task_id=task_id)
    return Reported(problem, task_id, picked, qty, missing, done)
