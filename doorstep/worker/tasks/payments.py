"""Calling payment providers."""

from __future__ import annotations

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from doorstep.base import arrivals
from doorstep.flows import pay, subscriptions
from doorstep.worker.ctx import system_ctx

PATIENT = RetryStrategy(max_attempts=60, linear_wait=1)  # an earlier run that waits long would hold up its lane


@app.task(name="settle_payment_call", retry=PATIENT, queue="payments")
def settle_payment_call(organisation_id: int, call_id: int) -> None:
    """Asks a provider for one wish, or how it stands."""
    pay.settle(system_ctx(organisation_id), call_id=call_id)


@app.task(name="subscribe_payment_account", retry=PATIENT, queue="payments")
def subscribe_payment_account(organisation_id: int, account_id: int) -> None:
    """Tells a provider where its webhooks go."""
    subscriptions.subscribe(system_ctx(organisation_id), source=arrivals.PAYMENT, id=account_id)
