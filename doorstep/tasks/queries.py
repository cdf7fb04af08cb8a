"""Reads of tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.tasks.values import TaskRow

COLUMNS = "id, key, kind, subject, timeline, facts, state, owner_id, due_at, outcome, created_at, ended_at"


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Typed filters of tasks; empty fields do not filter."""

    state: str = ""
    kind: str = ""
    owner_id: int = 0


def list_open(ctx: Ctx, *, kind: str = "", owner_id: int | None = None, limit: int = 100) -> list[TaskRow]:
    """Open tasks, those due first at the top.  `kind` and `owner_id` narrow where given."""
    return db.rows(
        TaskRow,
        f"""SELECT {COLUMNS} FROM tasks_task
             WHERE organisation_id = %s AND state = 'open' AND (%s = '' OR kind = %s)
               AND (%s::bigint IS NULL OR owner_id = %s)
             ORDER BY due_at NULLS LAST, id LIMIT %s""",
        [ctx.organisation_id, kind, kind, owner_id, owner_id, limit],
    )


def list_tasks(ctx: Ctx, *, where: TaskFilter, before: int | None = None, limit: int = 50) -> list[TaskRow]:
    """Tasks, open or over, newest first.  Shapes: `before` is the id of the last row shown."""
    return db.rows(
        TaskRow,
        f"""SELECT {COLUMNS} FROM tasks_task
             WHERE organisation_id = %(org)s AND (%(before)s::bigint IS NULL OR id < %(before)s)
               AND (%(state)s = '' OR state = %(state)s) AND (%(kind)s = '' OR kind = %(kind)s)
               AND (%(owner)s = 0 OR owner_id = %(owner)s)
             ORDER BY id DESC LIMIT %(limit)s""",
        {"org": ctx.organisation_id, "before": before, "state": where.state, "kind": where.kind, "owner": where.owner_id,
         "limit": limit},
    )  # fmt: skip


def get(ctx: Ctx, *, task_id: int) -> TaskRow:
    """One task.  Refuses: unknown ids."""
    found = db.one(
        TaskRow,
        f"SELECT {COLUMNS} FROM tasks_task WHERE organisation_id = %s AND id = %s",
        [ctx.organisation_id, task_id],
    )
    if found is None:
        raise Refused(NOT_FOUND, {"what": "task", "key": task_id})
    return found


def tasks_about(ctx: Ctx, *, subjects: Sequence[str]) -> list[TaskRow]:
    """Every task about these subjects, newest first."""
    return db.rows(
        TaskRow,
        f"SELECT {COLUMNS} FROM tasks_task WHERE organisation_id = %s AND subject = ANY(%s) ORDER BY id DESC",
        [ctx.organisation_id, list(subjects)],
    )


def count_open(ctx: Ctx) -> int:
    """How many tasks wait for a person."""
    return int(
        db.scalar(
            "SELECT count(*) FROM tasks_task WHERE organisation_id = %s AND state = 'open'", [ctx.organisation_id]
        )
    )
