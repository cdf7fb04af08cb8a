"""Writes to bulk actions: how far they are, and what failed and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from doorstep.accounts import events, models, queries
from doorstep.accounts.values import NOT_FINISHED, BulkJob
from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import Refused


@transaction.atomic
def start_bulk_job(ctx: Ctx, *, verb: str, arguments: Mapping[str, Any], total: int) -> BulkJob:
    """Notes that a person asked for work on many rows; the caller defers the job that does it.

    Units: `total` in rows.  Emits: BulkStarted.
    """
    row = models.BulkJob.objects.create(
        organisation_id=ctx.organisation_id, verb=verb, arguments=dict(arguments), total=total,
        started_by=ctx.actor.name[:120], created_at=ctx.now,
    )  # fmt: skip
    _record(ctx, events.BULK_STARTED, row.id, {"verb": verb, "total": total})
    return queries.get_bulk_job(ctx, id=row.id)


def take_bulk_job(ctx: Ctx, *, id: int) -> BulkJob:
    """A job as it stands, held until the caller's transaction ends, so that two workers never do the same row.

    A worker that only seemed dead goes on beside the one that took its job over.
    Locks: the job.  Refuses: unknown ids.
    """
    db.execute(
        "SELECT 1 FROM accounts_bulkjob WHERE organisation_id = %s AND id = %s FOR NO KEY UPDATE",
        [ctx.organisation_id, id],
    )
    return queries.get_bulk_job(ctx, id=id)


@transaction.atomic
def advance_bulk_job(
    ctx: Ctx, *, id: int, done: int, failures: Sequence[Mapping[str, Any]] = (), idle: int = 0, tell: bool = True
) -> BulkJob:
    """Adds a batch's outcome; each failure is a line of the report: {"key": which row, "problem": the sentence}.

    Units: `done` in rows of this batch, `idle` of them with nothing left to do.
    Emits: BulkAdvanced, unless `tell` is off.  Refuses: a job that is over.
    """
    lines = [db.as_json(dict(f)) for f in failures]
    moved = db.execute(
        """UPDATE accounts_bulkjob SET state = 'running', done = done + %s, failed = failed + %s, idle = idle + %s
            WHERE organisation_id = %s AND id = %s AND state IN ('queued', 'running')""",
        [done, len(lines), idle, ctx.organisation_id, id],
    )
    job = queries.get_bulk_job(ctx, id=id)
    if not moved:
        raise Refused(NOT_FINISHED)
    if lines:
        db.execute(
            """INSERT INTO accounts_bulkfailure (organisation_id, job_id, line)
               SELECT %s, %s, u.line::jsonb FROM unnest(%s::text[]) WITH ORDINALITY u(line, n) ORDER BY u.n""",
            [ctx.organisation_id, id, lines],
        )
    if tell:
        facts = {"verb": job.verb, "done": job.done, "failed": job.failed, "total": job.total}
        _record(ctx, events.BULK_ADVANCED, id, facts)
    return job


@transaction.atomic
def finish_bulk_job(ctx: Ctx, *, id: int, gave_up: bool = False) -> BulkJob:
    """Closes a bulk action, as done or, where the worker `gave_up`, as failed; doing it twice changes nothing.

    Emits: BulkFinished.
    """
    moved = db.execute(
        """UPDATE accounts_bulkjob SET state = %s, finished_at = %s
            WHERE organisation_id = %s AND id = %s AND state IN ('queued', 'running')""",
        ["failed" if gave_up else "done", ctx.now, ctx.organisation_id, id],
    )
    job = queries.get_bulk_job(ctx, id=id)
    if moved:
        facts = {"verb": job.verb, "done": job.done, "failed": job.failed, "total": job.total, "state": job.state}
        _record(ctx, events.BULK_FINISHED, id, facts)
    return job


def _record(ctx: Ctx, type: str, id: int, data: dict[str, Any]) -> None:
    outbox.record(ctx, [Happened(type, f"bulk_job:{id}", f"bulk_job:{id}", data)])
