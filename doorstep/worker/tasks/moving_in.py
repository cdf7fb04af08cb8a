"""Moving in: files that a brand sent up."""

from __future__ import annotations

from procrastinate import JobContext
from procrastinate.contrib.django import app

from doorstep.flows.moving_in import run
from doorstep.worker.ctx import system_ctx
from doorstep.worker.tasks.patience import STUBBORN, until_given_up


@app.task(name="moving_in", retry=STUBBORN, queue="bulk", pass_context=True)
def moving_in(context: JobContext, organisation_id: int, job_id: int) -> None:
    """Works through one file."""
    ctx = system_ctx(organisation_id)
    until_given_up(context, lambda: run.work(ctx, job_id=job_id), lambda: run.give_up(ctx, job_id=job_id))
