"""Calling carriers, warehouses and printers."""

from __future__ import annotations

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from doorstep.base import arrivals
from doorstep.flows import check_addresses, label_files, manifests, printing, ship, subscriptions, warehouses
from doorstep.worker.ctx import system_ctx

PATIENT = RetryStrategy(max_attempts=60, linear_wait=1)  # an earlier run that waits long would hold up its lane


@app.task(name="settle_label", retry=PATIENT, queue="shipping")
def settle_label(organisation_id: int, label_id: int) -> None:
    """Buys one label, or gives it back."""
    ship.settle_label(system_ctx(organisation_id), label_id=label_id)


@app.task(name="fetch_label_file", retry=PATIENT, queue="shipping")
def fetch_label_file(organisation_id: int, file_id: int) -> None:
    """Fetches a carrier's own label."""
    label_files.fetch(system_ctx(organisation_id), file_id=file_id)


@app.task(name="print_document", retry=PATIENT, queue="printing")
def print_document(organisation_id: int, print_job_id: int) -> None:
    """Prints one document."""
    printing.print_now(system_ctx(organisation_id), print_job_id=print_job_id)


@app.task(name="subscribe_carrier", retry=PATIENT, queue="shipping")
def subscribe_carrier(organisation_id: int, carrier_id: int) -> None:
    """Tells a carrier where its webhooks go."""
    subscriptions.subscribe(system_ctx(organisation_id), source=arrivals.CARRIER, id=carrier_id)


@app.task(name="close_manifest", retry=PATIENT, queue="shipping")
def close_manifest(organisation_id: int, manifest_id: int) -> None:
    """Makes one manifest at its carrier."""
    manifests.close(system_ctx(organisation_id), manifest_id=manifest_id)


@app.task(name="verify_address", retry=PATIENT, queue="shipping")
def verify_address(organisation_id: int, order_id: int) -> None:
    """Asks a carrier whether an address can be delivered to."""
    check_addresses.verify(system_ctx(organisation_id), order_id=order_id)
@app.task(name="settle_warehouse_request", retry=PATIENT, queue="shipping")
def settle_warehouse_request(organisation_id: int, request_id: int) -> None:
    """Asks a warehouse to send one fulfilment order, or calls it back."""
    warehouses.settle(system_ctx(organisation_id), request_id=request_id)


@app.task(name="subscribe_warehouse", retry=PATIENT, queue="shipping")
def subscribe_warehouse(organisation_id: int, warehouse_id: int) -> None:
    """Tells a warehouse where its webhooks go."""
    subscriptions.subscribe(system_ctx(organisation_id), source=arrivals.WAREHOUSE, id=warehouse_id)
