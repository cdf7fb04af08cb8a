"""Sending mail."""

from __future__ import annotations

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from doorstep.flows import send
from doorstep.worker.ctx import system_ctx

PATIENT = RetryStrategy(max_attempts=12, exponential_wait=3)


@app.task(name="send_message", retry=PATIENT, queue="mail")
def send_message(organisation_id: int, message_id: int) -> None:
    """Hands one mail over."""
    send.send(system_ctx(organisation_id), message_id=message_id)
