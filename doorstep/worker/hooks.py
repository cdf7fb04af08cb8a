"""Webhooks leave in lanes of their own: a receiver that is slow holds up no other, and nothing else of the worker."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime

from django.db import close_old_connections

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.channels import deliveries
from doorstep.flows.webhooks import send
from doorstep.worker.ctx import system_ctx

log = logging.getLogger("doorstep.hooks")
LOCK_SPACE = 0x686F6F6B  # "hook": advisory locks of the lanes, one per subscription
LANES = 4
TURN_S = 10


def serve(organisation_id: int, subscription_id: int, *, go_on: Callable[[], bool]) -> int:
    """Reads on for one subscription and sends what is due.  Returns: how many deliveries were tried.

    Locks: one advisory lock per subscription; who does not get it leaves the subscription to its holder.
    """
    if not db.scalar("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_SPACE, subscription_id % 2**31]):
        return 0
    try:

        def ctx_now() -> Ctx:
            return system_ctx(organisation_id)

        while go_on() and send.collect(ctx_now(), subscription_id=subscription_id) == send.READ_AT_ONCE:
            pass
        return send.send_due(ctx_now, subscription_id=subscription_id, go_on=go_on)
    finally:
        db.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_SPACE, subscription_id % 2**31])


def serve_all() -> int:
    """Serves every subscription once, one after the other.  Returns: how many deliveries were tried."""
    return sum(serve(owner, id, go_on=lambda: True) for owner, id in deliveries.find_with_work(now=datetime.now(UTC)))


def _lane(organisation_id: int, subscription_id: int, stop: threading.Event) -> None:
    until = time.monotonic() + TURN_S
    try:
        close_old_connections()
        serve(organisation_id, subscription_id, go_on=lambda: not stop.is_set() and time.monotonic() < until)
    except Exception:
        log.exception("the webhooks of subscription %s stumbled", subscription_id)


def run(stop: threading.Event) -> None:
    """Looks for webhooks to send twice a second; a subscription is served by one lane at a time."""
    served: dict[int, Future[None]] = {}
    with ThreadPoolExecutor(LANES, thread_name_prefix="hooks") as lanes:
        while not stop.wait(0.5):
            try:
                close_old_connections()
                for owner, id in deliveries.find_with_work(now=datetime.now(UTC)):
                    if id not in served or served[id].done():
                        served[id] = lanes.submit(_lane, owner, id, stop)
            except Exception:
                log.exception("the webhooks stumbled")
                stop.wait(1)
