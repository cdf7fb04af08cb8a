"""The last net under the order of locks: whom PostgreSQL chose in a deadlock does its transaction once more, and it is counted."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError
from prometheus_client import Counter
from psycopg.errors import DeadlockDetected

log = logging.getLogger("doorstep.deadlocks")
met = Counter("doorstep_deadlocks", "Transactions that PostgreSQL ended for a deadlock, and that were done once more.", ["work"])
Answer = TypeVar("Answer")
AFTER_S = 0.05  # whoever got through has its locks by then; at once, the second try met it again on a busy machine


def once_more(work: Callable[[], Answer], *, name: str) -> Answer:
    """Does a transaction, and once more where it met a deadlock: each such case is a fault in an order of locks.

    `work` is all of the transaction, from its beginning to its commit; inside of another one it undoes its own part.
    Raises: OperationalError, where it meets a second one.
    """
    try:
        return work()
    except OperationalError as trouble:
        if not isinstance(trouble.__cause__, DeadlockDetected):
            raise
        met.labels(name).inc()
        log.warning("%s met a deadlock, and is done once more: %s", name, trouble)
    time.sleep(AFTER_S)
    return work()
