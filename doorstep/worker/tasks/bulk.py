"""One verb on many rows."""

from __future__ import annotations

from procrastinate import JobContext
from procrastinate.contrib.django import app

from doorstep.flows import bulk
from doorstep.worker.ctx import system_ctx
from doorstep.worker.tasks.patience import STUBBORN, until_given_up


@app.task(name="bulk_orders", retry=STUBBORN, queue="bulk", pass_context=True)
def bulk_orders(context: JobContext, organisation_id: int, job_id: int) -> None:
    """Works through one bulk job."""
    ctx = system_ctx(organisation_id)
    until_given_up(context, lambda: bulk.work(ctx, job_id=job_id), lambda: bulk.give_up(ctx, job_id=job_id))
