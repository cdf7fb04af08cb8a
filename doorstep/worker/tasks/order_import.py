"""Files of orders that a person brought to a page."""

from __future__ import annotations

from procrastinate import JobContext
from procrastinate.contrib.django import app

from doorstep.flows.order_import import uploads
from doorstep.worker.ctx import system_ctx
from doorstep.worker.tasks.patience import STUBBORN, until_given_up


@app.task(name=uploads.TASK, retry=STUBBORN, queue="bulk", pass_context=True)
def import_orders(context: JobContext, organisation_id: int, job_id: int) -> None:
    """Takes one file in."""
    ctx = system_ctx(organisation_id)
    until_given_up(context, lambda: uploads.work(ctx, job_id=job_id), lambda: uploads.give_up(ctx, job_id=job_id))
