"""Calling shops."""

from __future__ import annotations

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from doorstep.flows import connect_shop, expose, recipients, reconcile, tell_shops
from doorstep.worker.ctx import system_ctx

PATIENT = RetryStrategy(max_attempts=60, linear_wait=1)  # an earlier run that waits long would hold up its lane


@app.task(name="tell_channel", retry=PATIENT, queue="channels")
def tell_channel(organisation_id: int, notice_id: int) -> None:
    """Tells a shop one thing."""
    tell_shops.tell(system_ctx(organisation_id), notice_id=notice_id)


@app.task(name="introduce_connection", retry=PATIENT, queue="channels")
def introduce_connection(organisation_id: int, connection_id: int) -> None:
    """Tells a shop where its webhooks go."""
    connect_shop.introduce(system_ctx(organisation_id), connection_id=connection_id)


@app.task(name="read_order", retry=PATIENT, queue="channels")
def read_order(organisation_id: int, connection_id: int, external_id: str) -> None:
    """Fetches an order of which a shop told nothing but that something happened to it."""
    reconcile.read_one(system_ctx(organisation_id), connection_id=connection_id, external_id=external_id)


@app.task(name="fetch_recipient", retry=PATIENT, queue="channels")
def fetch_recipient(organisation_id: int, order_id: int) -> None:
    """Asks a shop who gets an order."""
    recipients.fetch(system_ctx(organisation_id), order_id=order_id)


@app.task(name="read_listings", retry=PATIENT, queue="channels")
def read_listings(organisation_id: int, connection_id: int) -> None:
    """Reads what a shop offers."""
    expose.read_listings(lambda: system_ctx(organisation_id), connection_id=connection_id)
