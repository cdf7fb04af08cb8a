"""Moving in: files that a brand sent up."""

from __future__ import annotations

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from doorstep.flows.moving_in import run
from doorstep.worker.ctx import system_ctx


@app.task(name="moving_in", retry=RetryStrategy(max_attempts=5, exponential_wait=3), queue="bulk")
def moving_in(organisation_id: int, job_id: int) -> None:
    """Works through one file."""
    run.work(system_ctx(organisation_id), job_id=job_id)
