"""Work on many rows whose run in the worker is over without having closed it: the database was away at the last attempt."""

from __future__ import annotations

from datetime import datetime

from doorstep.accounts import bulk_jobs
from doorstep.accounts import queries as accounts
from doorstep.base import alone, jobs
from doorstep.base.ctx import Ctx
from doorstep.flows import bulk
from doorstep.flows.moving_in import run as moving_in
from doorstep.flows.moving_in.values import VERB


def sweep(now: datetime) -> int:
    """Closes, as given up, bulk actions and files that no run in the queue works on any more; what they did stays.

    Returns: how many.  A run is asked for in the transaction that starts its work, so there is none too early.
    """
    lock_of = {
        (organisation_id, job_id): moving_in.lock_of(job_id) if verb == VERB else bulk.lock_of(job_id)
        for organisation_id, job_id, verb in accounts.find_unfinished_bulk_jobs()
        if verb == VERB or verb in bulk.VERBS
    }
    live = jobs.live_locks(list(lock_of.values())) if lock_of else set()
    left = [key for key, lock in lock_of.items() if lock not in live]
    return alone.each_of(left, _give_up, now=now, what="bulk action")


def _give_up(ctx: Ctx, job_id: int) -> int:
    bulk_jobs.finish_bulk_job(ctx, id=job_id, gave_up=True)
    return 1
