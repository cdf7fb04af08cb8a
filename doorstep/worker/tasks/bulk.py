"""One verb on many orders."""

from __future__ import annotations

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from doorstep.flows import bulk
from doorstep.worker.ctx import system_ctx


@app.task(name="bulk_orders", retry=RetryStrategy(max_attempts=5, exponential_wait=3), queue="bulk")
def bulk_orders(organisation_id: int, job_id: int) -> None:
    """Works through one bulk job."""
    bulk.work(system_ctx(organisation_id), job_id=job_id)
