"""Every timer in one place."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import close_old_connections

from doorstep.base import db
from doorstep.worker import upkeep

log = logging.getLogger("doorstep.schedule")
LOCK_SPACE = 0x74696D65  # "time": advisory locks of the timers, one per timer


@dataclass(frozen=True, slots=True)
class Timer:
    name: str
    every_s: float
    run: Callable[[], None]


TIMERS: tuple[Timer, ...] = (
    Timer("retry_stalled_jobs", 2, upkeep.retry_stalled_jobs),
    Timer("read_unread_arrivals", 5, upkeep.read_unread_arrivals),
    Timer("settle_labels", 5, upkeep.settle_labels),
    Timer("tell_carriers", 3, upkeep.tell_carriers),
    Timer("track_parcels", 10, upkeep.track_parcels),
    Timer("subscribe_carriers_again", 60, upkeep.subscribe_carriers_again),
    Timer("reconcile_channels", 30, upkeep.reconcile_channels),
    Timer("tell_shops_again", 60, upkeep.tell_shops_again),
    Timer("close_abandoned_work", 30, upkeep.close_abandoned_work),
    Timer("forget_old_answers", 3600, upkeep.forget_old_answers),
)


def run(stop: threading.Event) -> None:
    """Runs each timer when it is due; several workers never run the same one at once."""
    due = {timer.name: time.monotonic() for timer in TIMERS}
    while not stop.wait(0.5):
        for number, timer in enumerate(TIMERS):
            if time.monotonic() >= due[timer.name]:
                _run_once(number, timer)
                due[timer.name] = time.monotonic() + timer.every_s


def _run_once(number: int, timer: Timer) -> None:
    try:
        close_old_connections()
        if not db.scalar("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_SPACE, number]):
            return
        try:
            timer.run()
        finally:
            db.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_SPACE, number])
    except Exception:
        log.exception("timer %s stumbled", timer.name)
