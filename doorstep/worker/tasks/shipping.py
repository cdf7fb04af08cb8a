"""Calling carriers and printers."""

from __future__ import annotations

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from doorstep.flows import printing, ship
from doorstep.worker.ctx import system_ctx

PATIENT = RetryStrategy(max_attempts=60, linear_wait=1)  # an earlier run that waits long would hold up its lane


@app.task(name="settle_label", retry=PATIENT, queue="shipping")
def settle_label(organisation_id: int, label_id: int) -> None:
    """Buys one label, or gives it back."""
    ship.settle_label(system_ctx(organisation_id), label_id=label_id)


@app.task(name="print_document", retry=PATIENT, queue="printing")
def print_document(organisation_id: int, print_job_id: int) -> None:
    """Prints one document."""
    printing.print_now(system_ctx(organisation_id), print_job_id=print_job_id)
