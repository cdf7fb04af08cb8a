"""Reads of tasks."""

from __future__ import annotations

from collections.abc import Sequence

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.tasks.values import TaskRow

COLUMNS = "id, key, kind, subject, timeline, facts, state, owner_id, due_at, outcome, created_at, ended_at"


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
