"""Files of orders that a person brings to a page: looked at first, then taken in by the worker."""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import transaction

from doorstep.accounts import bulk_jobs
from doorstep.accounts import queries as accounts
from doorstep.accounts.values import BulkJob
from doorstep.base import arrivals, jobs, sheets
from doorstep.base.ctx import Actor, Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.base.words import gettext_noop
from doorstep.channels import file_profiles, queries
from doorstep.channels.values import ConnectionRow
from doorstep.flows.moving_in import run as moving_in
from doorstep.flows.order_import import profiles
from doorstep.flows.order_import.run import Summary, Wish, run
from doorstep.flows.order_import.values import UNREADABLE, Profile, Reason, RowClass

TASK, VERB = "import_orders", "orders.import"
MOST_FAILURES, EXAMPLES = 5_000, 20
ZIP = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Refusing:
    """A row that is not taken in: its number, and why, as a sentence with its facts, to be translated when it is shown."""

    number: int
    says: str
    facts: dict[str, object]


@dataclass(frozen=True, slots=True)
class Look:
    """What a run would do.  `unmapped`: SKUs that are no product here; their orders would be taken, and held."""

    rows: int
    orders: int
    refused: int
    unmapped: tuple[str, ...]
    examples: tuple[Refusing, ...]


def look(ctx: Ctx, *, connection_id: int, arrival_id: int, document: Mapping[str, Any]) -> Look:
    """What taking a file in would do, nothing written.  Refuses: profiles that mean nothing, columns that are not there."""
    connection = file_profiles.get_connection(ctx, connection_id=connection_id)
    profile = profiles.of_document(document, name=connection.name)
    summary, refused = _run(ctx, connection, arrival_id, profile, dry_run=True)
    unmapped, examples = tuple(sorted(summary.unmapped)), tuple(refused[:EXAMPLES])
    return Look(summary.counted.rows, summary.orders_new, _refused(summary), unmapped, examples)


@transaction.atomic
def start(ctx: Ctx, *, connection_id: int, arrival_id: int, document: Mapping[str, Any]) -> int:
    """Keeps how the orders of a connection look, and has the worker take a file in.  Returns: the bulk job.

    Emits: FilesChanged, BulkStarted.  Refuses: as `look`.
    """
    connection = file_profiles.get_connection(ctx, connection_id=connection_id)
    profiles.of_document(document, name=connection.name)
    name, table = moving_in.table_of(ctx, arrival_id=arrival_id)
    file_profiles.keep(ctx, connection_id=connection_id, part="orders", profile=document)
    arguments: dict[str, Any] = {
        "connection_id": connection_id, "arrival_id": arrival_id, "document": dict(document), "name": name,
        "actor": [ctx.actor.kind, ctx.actor.id, ctx.actor.name],
    }  # fmt: skip
    total = sum(any(row) for row in table.rows)
    job = bulk_jobs.start_bulk_job(ctx, verb=VERB, arguments=arguments, total=total)
    jobs.defer(TASK, arguments={"organisation_id": ctx.organisation_id, "job_id": job.id}, lock=f"{TASK}:{connection_id}")
    return job.id


def work(ctx: Ctx, *, job_id: int) -> None:
    """Takes a file in; a run that was killed is begun anew and counts nothing twice.  Locks: as taking orders in, then the job."""
    job = get_job(ctx, job_id=job_id)
    if job.is_over:
        return
    kind, id, name = job.arguments["actor"]
    ctx = ctx.as_actor(Actor(kind, id, name))
    connection = queries.get(ctx, connection_id=job.arguments["connection_id"])
    profile = profiles.of_document(job.arguments["document"], name=connection.name)
    summary, refused = _run(ctx, connection, job.arguments["arrival_id"], profile, dry_run=False)
    failures = [{"key": str(one.number), "problem": one.says, "facts": one.facts} for one in refused[:MOST_FAILURES]]
    with transaction.atomic():
        job = bulk_jobs.take_bulk_job(ctx, id=job_id)
        if not job.is_over:
            failures = failures[: job.total]
            bulk_jobs.advance_bulk_job(
                ctx, id=job_id, done=max(min(summary.counted.rows, job.total) - len(failures), 0), failures=failures
            )
            bulk_jobs.finish_bulk_job(ctx, id=job_id)


def give_up(ctx: Ctx, *, job_id: int) -> None:
    """Ends a run that broke again and again; what it took in stays, and its page says so."""
    bulk_jobs.finish_bulk_job(ctx, id=job_id, gave_up=True)


def get_job(ctx: Ctx, *, job_id: int) -> BulkJob:
    """A job of ours.  Refuses: unknown ids, and jobs of another verb."""
    job = accounts.get_bulk_job(ctx, id=job_id)
    if job.verb != VERB:
        raise Refused(NOT_FOUND, {"what": "job", "key": job_id})
    return job


def _refused(summary: Summary) -> int:
    return summary.totals.classes[RowClass.REFUSED].rows


def _run(
    ctx: Ctx, connection: ConnectionRow, arrival_id: int, profile: Profile, *, dry_run: bool
) -> tuple[Summary, list[Refusing]]:
    with _on_disk(ctx, arrival_id) as path:
        report = path.with_name("refused.csv")
        wish = Wish(path, profile, report, dry_run=dry_run, source=connection.name)
        summary = run(ctx, wish, say=_untold, progress=_unseen)
        with report.open(encoding="utf-8", newline="") as file:
            refused = [Refusing(int(line[0]), *json.loads(line[2])) for line in islice(csv.reader(file), 1, MOST_FAILURES + 1)]
    return summary, refused


def _untold(reason: Reason) -> str:
    """A reason as it is kept, for readers of any language."""
    return json.dumps([reason.refusal.says, {name: str(fact)[:200] for name, fact in reason.facts.items()}])


def _unseen(_done: int, _total: int) -> None:
    """Nobody looks at how far a batch is: the page shows the whole."""


@contextmanager
def _on_disk(ctx: Ctx, arrival_id: int) -> Iterator[Path]:
    """A kept file as the import reads it: workbooks as they are, text as UTF-8, whatever it came in."""
    kept = arrivals.get(ctx, id=arrival_id)
    moving_in.table_of(ctx, arrival_id=arrival_id)  # refuses what is no such file, and what was forgotten
    data = bytes(kept.body)
    is_book = data[:4] == ZIP
    text = None if is_book else sheets.decoded(data)
    if not is_book and text is None:
        problem = gettext_noop("it is not text that can be read")
        raise Refused(UNREADABLE, {"file": str(kept.detail.get("name", "")), "problem": problem})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("orders.xlsx" if is_book else "orders.csv")
        path.write_bytes(data if text is None else text.encode())
        yield path
