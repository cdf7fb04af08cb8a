"""Writes to tasks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.tasks import events
from doorstep.tasks.values import NOT_OPEN, WAIT_FOR_WHAT, TaskDraft, TaskState


@transaction.atomic
def create(ctx: Ctx, *, tasks: Sequence[TaskDraft]) -> list[int]:
    """Asks a person for work; a task whose key is here already, open or over, is not made again.

    Returns: ids of the new tasks.  Emits: TaskCreated per new task.
    """
    lines = [(t.key, t.kind, t.subject, t.timeline, db.as_json(t.facts), t.due_at, t.owner_id) for t in tasks]
    made = db.dicts(
        """INSERT INTO tasks_task (organisation_id, key, kind, subject, timeline, facts, due_at, owner_id, state, outcome,
                                   created_at)
           SELECT %s, u.k, u.kind, u.s, u.t, u.f::jsonb, u.d, u.o, 'open', '', %s
             FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::bigint[])
                  u(k, kind, s, t, f, d, o)
           ON CONFLICT (organisation_id, key) DO NOTHING RETURNING id, kind, subject, timeline, facts""",
        [ctx.organisation_id, ctx.now, *db.columns(lines, 7)],
    )
    outbox.record(
        ctx,
        [
            Happened(events.TASK_CREATED, f"task:{m['id']}", m["timeline"],
                     {"kind": m["kind"], "about": m["subject"], "facts": m["facts"]})
            for m in made
        ],
    )  # fmt: skip
    return [m["id"] for m in made]


@transaction.atomic
def assign(ctx: Ctx, *, task_id: int, owner_id: int | None) -> None:
    """Gives an open task to a person of the staff, or to nobody.  Emits: TaskAssigned.  Refuses: tasks that are over."""
    changed = db.dicts(
        """UPDATE tasks_task SET owner_id = %s WHERE organisation_id = %s AND id = %s AND state = 'open'
           RETURNING timeline, kind""",
        [owner_id, ctx.organisation_id, task_id],
    )
    _require(ctx, task_id, bool(changed))
    fact = {"owner_id": owner_id, "kind": changed[0]["kind"]}
    outbox.record(ctx, [Happened(events.TASK_ASSIGNED, f"task:{task_id}", changed[0]["timeline"], fact)])


@transaction.atomic
def end(ctx: Ctx, *, task_id: int, outcome: str, dropped: bool = False) -> None:
    """Says that a task is done, or dropped as not worth doing, and what came of it.

    Emits: TaskDone or TaskDropped.  Refuses: tasks that are over.
    """
    to = TaskState.DROPPED if dropped else TaskState.DONE
    ended = _end(ctx, "id = %s", [task_id], to, outcome)
    _require(ctx, task_id, ended > 0)


@transaction.atomic
def put_off(ctx: Ctx, *, task_id: int, until: datetime) -> None:
    """Says that a person waits with an open task until then; it is due again at that time.

    Emits: TaskPutOff.  Refuses: tasks that are over, and moments that have passed.
    """
    if until <= ctx.now:
        raise Refused(WAIT_FOR_WHAT, {"field": "until"})
    changed = db.dicts(
        """UPDATE tasks_task SET due_at = %s, facts = facts || jsonb_build_object('wait_until', %s::text)
            WHERE organisation_id = %s AND id = %s AND state = 'open' RETURNING timeline, kind""",
        [until, until.isoformat(), ctx.organisation_id, task_id],
    )
    _require(ctx, task_id, bool(changed))
    fact = {"until": until.isoformat(), "kind": changed[0]["kind"]}
    outbox.record(ctx, [Happened(events.TASK_PUT_OFF, f"task:{task_id}", changed[0]["timeline"], fact)])


@transaction.atomic
def settle(ctx: Ctx, *, subject: str, kind: str, outcome: str) -> int:
    """Ends the open tasks of one kind about a subject, because what they asked for has happened.

    `outcome`: a sentence of ours, which faces say in the reader's language.
    Returns: how many.  Emits: TaskDone per task.
    """
    return _end(ctx, "kind = %s AND subject = %s", [kind, subject], TaskState.DONE, outcome, by_itself=True)


@transaction.atomic
def forget(ctx: Ctx, *, subjects: Sequence[str], names: Sequence[str]) -> int:
    """Takes what these names stand for out of the facts of tasks about these subjects, open or over.  Returns: how many tasks."""
    return db.execute(
        """UPDATE tasks_task SET facts = facts - %s::text[]
            WHERE organisation_id = %s AND subject = ANY(%s) AND facts ?| %s::text[]""",
        [list(names), ctx.organisation_id, list(subjects), list(names)],
    )


def _end(
    ctx: Ctx, condition: str, values: Sequence[int | str], to: TaskState, outcome: str, *, by_itself: bool = False
) -> int:
    ended = db.dicts(
        f"""UPDATE tasks_task SET state = %s, outcome = %s, ended_at = %s
             WHERE organisation_id = %s AND state = 'open' AND {condition} RETURNING id, kind, timeline""",
        [to.value, outcome[:2000], ctx.now, ctx.organisation_id, *values],
    )
    type = events.TASK_DROPPED if to == TaskState.DROPPED else events.TASK_DONE
    said = {"outcome": outcome[:200]} | ({"by_itself": True} if by_itself else {})
    outbox.record(ctx, [Happened(type, f"task:{e['id']}", e["timeline"], {"kind": e["kind"], **said}) for e in ended])
    return len(ended)


def _require(ctx: Ctx, task_id: int, changed: bool) -> None:
    if changed:
        return
    known = db.scalar("SELECT 1 FROM tasks_task WHERE organisation_id = %s AND id = %s", [ctx.organisation_id, task_id])
    raise Refused(NOT_OPEN) if known else Refused(NOT_FOUND, {"what": "task", "key": task_id})
