"""One verb on many rows: each row by itself, so that one that refuses spoils no other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from doorstep.accounts import bulk_jobs
from doorstep.accounts import queries as accounts
from doorstep.accounts.values import BulkJob
from doorstep.base import jobs
from doorstep.base.ctx import Actor, Ctx
from doorstep.base.refusals import INVALID, NOT_FOUND, Refused
from doorstep.flows.bulk import arrivals, catalog, conversations, exceptions, inbound, orders, people, shipments
from doorstep.flows.bulk.values import NOTHING_CHOSEN, Effect, Verb, Wished

TASK = "bulk_orders"
BATCH = 25
VERBS: Mapping[str, Verb] = {
    verb.name: verb
    for room in (orders, shipments, exceptions, catalog, inbound, people, arrivals, conversations)
    for verb in room.VERBS
}


def get_verb(name: str) -> Verb:
    """A verb by its name, `orders.hold`.  Refuses: unknown names."""
    if name not in VERBS:
        raise Refused(INVALID, {"field": "verb", "problem": name[:40]})
    return VERBS[name]


def preview(ctx: Ctx, *, verb: str, ids: Sequence[int]) -> Effect:
    """What a verb would do to these rows, nothing written.  Refuses: no rows, unknown verbs."""
    wanted = get_verb(verb)
    if not ids:
        raise Refused(NOTHING_CHOSEN)
    known = list(wanted.names(ctx, ids))
    able, units = wanted.able(ctx, known)
    return Effect(verb, len(known), able, units)


@transaction.atomic
def start(ctx: Ctx, *, verb: str, ids: Sequence[int], note: str = "") -> int:
    """Starts a verb on rows in the worker; returns the bulk job that tells how far it is.

    Refuses: no rows, unknown verbs.  Rows of another organisation are left out.
    """
    wanted = get_verb(verb)
    known = wanted.names(ctx, ids) if ids else {}
    kept = [id for id in dict.fromkeys(ids) if id in known]
    if wanted.oldest_first:
        kept.sort()
    if not kept:
        raise Refused(NOTHING_CHOSEN)
    arguments = {"ids": kept, "note": note[:500], "actor": [ctx.actor.kind, ctx.actor.id, ctx.actor.name]}
    job = bulk_jobs.start_bulk_job(ctx, verb=verb, arguments=arguments, total=len(kept))
    jobs.defer(TASK, arguments={"organisation_id": ctx.organisation_id, "job_id": job.id}, lock=lock_of(job.id))
    return job.id


def lock_of(job_id: int) -> str:
    """What runs of one bulk job share in the queue, so that they never overlap."""
    return f"bulk:{job_id}"


def get_job(ctx: Ctx, *, job_id: int) -> BulkJob:
    """A bulk job of these verbs.  Refuses: unknown ids, and jobs of another kind."""
    job = accounts.get_bulk_job(ctx, id=job_id)
    if job.verb not in VERBS:
        raise Refused(NOT_FOUND, {"what": "job", "key": job_id})
    return job


def work(ctx: Ctx, *, job_id: int) -> None:
    """Runs a job from where it stands to its end: after a crash it goes on with the row that was not committed.

    Workers that run the same job at once take turns: each row is done by one of them.
    Locks: per row, the job, then those of its verb, in a transaction of its own, so that no row is held while another is
    waited for.
    """
    job = get_job(ctx, job_id=job_id)
    if job.is_over:
        return
    kind, id, name = job.arguments["actor"]
    ctx = ctx.as_actor(Actor(kind, id, name))
    names: Mapping[int, str] = {}
    while True:
        with transaction.atomic():
            job = bulk_jobs.take_bulk_job(ctx, id=job_id)
            ids: list[int] = job.arguments["ids"]
            at = job.done + job.failed
            if job.is_over or at >= len(ids):
                break
            if ids[at] not in names:
                names = VERBS[job.verb].names(ctx, ids[at : at + BATCH])
            is_idle, failures = _try(ctx, VERBS[job.verb], Wished(job.id, job.arguments), ids[at], names)
            tell = (at + 1) % BATCH == 0 or at + 1 == len(ids)
            done = 1 - len(failures)
            bulk_jobs.advance_bulk_job(ctx, id=job.id, done=done, failures=failures, idle=int(is_idle), tell=tell)
    bulk_jobs.finish_bulk_job(ctx, id=job.id)


def give_up(ctx: Ctx, *, job_id: int) -> None:
    """Ends a job that broke again and again; what it did stays, and its page says so."""
    bulk_jobs.finish_bulk_job(ctx, id=job_id, gave_up=True)


def _try(ctx: Ctx, verb: Verb, wished: Wished, id: int, names: Mapping[int, str]) -> tuple[bool, list[dict[str, Any]]]:
    """Does one row; a refusal undoes that row alone and becomes a line of the report.

    Returns: whether nothing was left to do, and the line, if any.
    """
    try:
        with transaction.atomic():
            return verb.act(ctx, wished, id) is False, []
    except Refused as refused:
        line = {
            "key": names.get(id, str(id)), "id": id, "problem": refused.refusal.says,
            "next_step": refused.refusal.next_step, "facts": dict(refused.facts),
        }  # fmt: skip
    return False, [line]
