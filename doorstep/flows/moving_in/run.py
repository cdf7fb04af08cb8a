"""Keep a file, check it, run it in the worker, tell what failed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import transaction

from doorstep.accounts import bulk_jobs
from doorstep.accounts import queries as accounts
from doorstep.accounts.values import BulkJob
from doorstep.base import arrivals, jobs
from doorstep.base.arrivals import Incoming
from doorstep.base.ctx import Actor, Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.flows.moving_in import apply, columns, reading, rows
from doorstep.flows.moving_in.values import (
    NOT_MAPPED,
    TASK,
    TOPIC,
    VERB,
    Bad,
    Check,
    Kind,
    Problem,
    Read,
    Table,
    Wish,
    wish_of,
)

BATCH = 500
EXAMPLES = 20


@transaction.atomic
def keep(ctx: Ctx, *, name: str, data: bytes) -> int:
    """Keeps a file raw and returns its id; the same bytes again are the same file.  Refuses: what cannot be read."""
    reading.read(data, name=name)
    key = f"file:{hashlib.sha256(data).hexdigest()}"
    incoming = Incoming(0, key, TOPIC, data, "application/octet-stream", source=arrivals.FILE)
    (kept,) = arrivals.keep(ctx, [incoming])
    arrivals.settle(ctx, [(kept.id, "processed", {"name": name[:200]})])
    return kept.id


def table_of(ctx: Ctx, *, arrival_id: int) -> tuple[str, Table]:
    """The name of a file that was kept, and its table.  Refuses: unknown ids, and what was forgotten for its age."""
    kept = arrivals.get(ctx, id=arrival_id)
    if kept.topic != TOPIC:
        raise Refused(NOT_FOUND, {"what": "file", "key": arrival_id})
    if kept.forgotten_at is not None:
        raise Refused(arrivals.FORGOTTEN)
    name = str(kept.detail.get("name", ""))
    return name, reading.read(kept.body, name=name)


def guess(ctx: Ctx, *, kind: Kind, table: Table) -> dict[str, int]:
    """Which column is what: as the last file with these heads was mapped, else by the names of the columns."""
    for job in accounts.list_bulk_jobs(ctx, limit=100):
        if job.verb == VERB and job.arguments.get("kind") == kind and job.arguments.get("heads") == table.heads:
            return dict(job.arguments["mapping"])
    return columns.guess(kind, table.heads)


def check(ctx: Ctx, *, wish: Wish) -> Check:
    """What a run would do, nothing written.  Refuses: a required column that is not mapped."""
    _require_columns(wish)
    _name, table = table_of(ctx, arrival_id=wish.arrival_id)
    answers = rows.read(ctx, table=table, wish=wish)
    bad = [answer for answer in answers if isinstance(answer, Bad)]
    known = sum(isinstance(answer, Read) and answer.is_known for answer in answers)
    examples = [(answer, table.rows[answer.number - 2]) for answer in bad[:EXAMPLES]]
    return Check(len(answers), len(answers) - len(bad) - known, known, len(bad), examples)


@transaction.atomic
def start(ctx: Ctx, *, wish: Wish) -> int:
    """Starts a run in the worker and returns the bulk job that tells how far it is.  Refuses: as `check`."""
    _require_columns(wish)
    name, table = table_of(ctx, arrival_id=wish.arrival_id)
    total = sum(any(row) for row in table.rows)
    arguments: dict[str, Any] = {
        **wish.as_dict(), "name": name, "heads": table.heads, "actor": [ctx.actor.kind, ctx.actor.id, ctx.actor.name],
    }  # fmt: skip
    job = bulk_jobs.start_bulk_job(ctx, verb=VERB, arguments=arguments, total=total)
    jobs.defer(TASK, arguments={"organisation_id": ctx.organisation_id, "job_id": job.id}, lock=lock_of(job.id))
    return job.id


def lock_of(job_id: int) -> str:
    """What runs of one file share in the queue, so that they never overlap."""
    return f"{VERB}:{job_id}"


def work(ctx: Ctx, *, job_id: int) -> None:
    """Runs a job from where it stands to its end: after a crash it goes on with the batch that was not committed.

    Workers that run the same job at once take turns: each batch is written by one of them.
    Locks: per batch, the job, then those of the domain that is written.
    """
    job = get_job(ctx, job_id=job_id)
    if job.is_over:
        return
    kind, id, name = job.arguments["actor"]
    ctx = ctx.as_actor(Actor(kind, id, name))
    wish = wish_of(job.arguments)
    _name, table = table_of(ctx, arrival_id=wish.arrival_id)
    answers = rows.read(ctx, table=table, wish=wish)
    while True:
        with transaction.atomic():
            job = bulk_jobs.take_bulk_job(ctx, id=job_id)
            at = job.done + job.failed
            if job.is_over or at >= len(answers):
                break
            _write(ctx, answers[at : at + BATCH], job_id=job_id, wish=wish)
    bulk_jobs.finish_bulk_job(ctx, id=job.id)


def _write(ctx: Ctx, batch: Sequence[Read | Bad], *, job_id: int, wish: Wish) -> None:
    """Writes one batch and notes what became of it."""
    bad = [answer for answer in batch if isinstance(answer, Bad)]
    reads = [answer for answer in batch if isinstance(answer, Read)]
    bad += apply.write(ctx, reads=reads, wish=wish) if reads else []
    failures = [
        {"key": str(b.number), "problem": b.problem.says, "facts": dict(b.problem.facts)}
        for b in sorted(bad, key=lambda b: b.number)
    ]
    bulk_jobs.advance_bulk_job(ctx, id=job_id, done=len(batch) - len(bad), failures=failures)


def give_up(ctx: Ctx, *, job_id: int) -> None:
    """Ends a run that broke again and again; what it wrote stays, and its page says so."""
    bulk_jobs.finish_bulk_job(ctx, id=job_id, gave_up=True)


def get_job(ctx: Ctx, *, job_id: int) -> BulkJob:
    """A job of ours.  Refuses: unknown ids, and jobs of another verb."""
    job = accounts.get_bulk_job(ctx, id=job_id)
    if job.verb != VERB:
        raise Refused(NOT_FOUND, {"what": "job", "key": job_id})
    return job


@dataclass(frozen=True, slots=True)
class Refusals:
    """Every row that a run refused, in batches: its number, the problem, and the row as it came."""

    heads: list[str]
    batches: Iterator[list[tuple[int, Problem, list[str]]]]


def report(ctx: Ctx, *, job_id: int) -> Refusals:
    """The refused rows of a run, all of them, ready to be mended and sent again.  Refuses: unknown jobs."""
    job = get_job(ctx, job_id=job_id)
    _name, table = table_of(ctx, arrival_id=job.arguments["arrival_id"])
    return Refusals(table.heads, _batches(ctx, job, table))


def _batches(ctx: Ctx, job: BulkJob, table: Table) -> Iterator[list[tuple[int, Problem, list[str]]]]:
    failures = accounts.failures_of_bulk_job(ctx, job_id=job.id)
    while lines := [failure.line for failure in islice(failures, BATCH)]:
        yield [
            (int(line["key"]), Problem(line["problem"], line.get("facts", {})), table.rows[int(line["key"]) - 2])
            for line in lines
        ]


def _require_columns(wish: Wish) -> None:
    for column in columns.COLUMNS[wish.kind]:
        if column.required and column.name not in wish.mapping:
            raise Refused(NOT_MAPPED, {"field": column.label})
