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


@dataclass(frozen=True, slots=True)
class OfKinds:
    """Open tasks of some kinds; empty fields do not filter.

    `what`, `carrier_id`: as their facts say.  `waits`: only those that a person waits with, or only the others.
    """

    kinds: tuple[str, ...]
    what: str = ""
    carrier_id: int = 0
    text: str = ""
    waits: bool | None = None


_OF_KINDS = """organisation_id = %(org)s AND state = 'open' AND kind = ANY(%(kinds)s)
   AND (%(what)s = '' OR COALESCE(facts->>'what', '') = %(what)s) AND (%(carrier)s = '' OR facts->>'carrier_id' = %(carrier)s)
   AND (%(text)s = ''
        OR strpos(lower(COALESCE(facts->>'order', '') || ' ' || COALESCE(facts->>'number', '')), lower(%(text)s)) > 0)
   AND (%(waits)s::boolean IS NULL
        OR %(waits)s = (COALESCE((facts->>'wait_until')::timestamptz, '-infinity') > %(now)s))"""


def list_of_kinds(ctx: Ctx, *, where: OfKinds, before: int | None = None, limit: int = 50) -> list[TaskRow]:
    """Open tasks of some kinds, newest first.  Shapes: `before` is the id of the last row shown."""
    return db.rows(
        TaskRow,
        f"""SELECT {COLUMNS} FROM tasks_task WHERE {_OF_KINDS} AND (%(before)s::bigint IS NULL OR id < %(before)s)
             ORDER BY id DESC LIMIT %(limit)s""",
        _of_kinds(ctx, where) | {"before": before, "limit": limit},
    )


def count_of_kinds(ctx: Ctx, *, where: OfKinds) -> dict[str, int]:
    """How many open tasks of some kinds there are, by what their facts say."""
    found = db.dicts(
        f"SELECT COALESCE(facts->>'what', '') AS what, count(*)::int AS n FROM tasks_task WHERE {_OF_KINDS} GROUP BY 1",
        _of_kinds(ctx, where),
    )
    return {line["what"]: line["n"] for line in found}


def _of_kinds(ctx: Ctx, where: OfKinds) -> dict[str, object]:
    return {
        "org": ctx.organisation_id, "now": ctx.now, "kinds": list(where.kinds), "what": where.what,
        "carrier": str(where.carrier_id or ""), "text": where.text, "waits": where.waits,
    }  # fmt: skip


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


def tasks_by_id(ctx: Ctx, *, ids: Sequence[int]) -> list[TaskRow]:
    """Tasks by their ids, in the order given; those of another organisation are not among them."""
    rows = db.rows(
        TaskRow,
        f"SELECT {COLUMNS} FROM tasks_task WHERE organisation_id = %s AND id = ANY(%s)",
        [ctx.organisation_id, list(ids)],
    )
    known = {row.id: row for row in rows}
    return [known[id] for id in ids if id in known]


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
