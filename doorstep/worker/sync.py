"""Channels are told their numbers in lanes of their own: a shop that is slow holds up no other."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime

import httpx
from django.db import close_old_connections

from doorstep.base import alone, db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.channels import exposures, following
from doorstep.channels.port import Throttled
from doorstep.flows import expose
from doorstep.stock import feed
from doorstep.worker.ctx import system_ctx

log = logging.getLogger("doorstep.sync")
LOCK_SPACE = 0x73796E63  # "sync": advisory locks of the lanes, one per connection
LANES = 6
TURN_S = 10
EVERY_S = 0.1
# A look reads every row (docs/adr/0027), so looks that find nothing take a tenth of the time at most; those that find take half.
IDLE, BUSY, LONGEST_S = 0.1, 0.5, 2.0
REST_S = 5.0


def follow_all() -> int:
    """Says for every organisation what its listings are to show.  Returns: how many numbers changed."""
    return alone.each(
        following.find_organisations(),
        lambda id: expose.follow(system_ctx(id)),
        named=lambda id: f"the stock of organisation {id}",
    )


def serve(organisation_id: int, connection_id: int, *, go_on: Callable[[], bool] = lambda: True) -> int:
    """Tells one connection what is due.  Returns: how many numbers were told.  Raises: as `expose.push`.

    Locks: one advisory lock per connection; who does not get it leaves the connection to its holder.
    """
    if not db.scalar("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_SPACE, connection_id % 2**31]):
        return 0
    try:

        def ctx_now() -> Ctx:
            return system_ctx(organisation_id)

        return expose.push(ctx_now, connection_id=connection_id, go_on=go_on)
    finally:
        db.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_SPACE, connection_id % 2**31])


def serve_all() -> int:
    """Follows stock and tells every connection once, one after the other.  Returns: how many numbers were told."""
    follow_all()
    return sum(serve(owner, id) for owner, id, _ in exposures.find_due(now=datetime.now(UTC)))


class Lanes:
    """Who is served now, who is left alone for a while after something went wrong, and for whom no call was free.

    What goes to zero does not wait with the others for a free call: some are kept for it.
    """

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._served: dict[int, Future[None]] = {}
        self._rest_until: dict[int, float] = {}
        self._paced_until: dict[int, float] = {}

    def look(self, lanes: ThreadPoolExecutor) -> None:
        """Serves whatever is due and not served."""
        now = time.monotonic()
        for owner, id, is_urgent in exposures.find_due(now=datetime.now(UTC)):
            free = id not in self._served or self._served[id].done()
            if free and now >= self._rest_until.get(id, 0.0) and (is_urgent or now >= self._paced_until.get(id, 0.0)):
                self._served[id] = lanes.submit(self._lane, owner, id)

    def _lane(self, organisation_id: int, connection_id: int) -> None:
        until = time.monotonic() + TURN_S
        rest = 0.0
        try:
            close_old_connections()
            serve(organisation_id, connection_id, go_on=lambda: not self._stop.is_set() and time.monotonic() < until)
        except Throttled as wait:
            self._paced_until[connection_id] = time.monotonic() + wait.wait_s
        except (httpx.HTTPError, Refused) as trouble:
            log.warning("connection %s: %s", connection_id, trouble)
            rest = REST_S
        except Exception:
            log.exception("the numbers of connection %s stumbled", connection_id)
            rest = REST_S
        self._rest_until[connection_id] = time.monotonic() + rest


def run(stop: threading.Event) -> None:
    """Follows stock ten times a second, whenever anything was written, and tells channels their numbers."""
    pulse, next_look = "", 0.0
    with ThreadPoolExecutor(LANES, thread_name_prefix="sync") as pool:
        lanes = Lanes(stop)
        while not stop.wait(EVERY_S):
            try:
                close_old_connections()
                if time.monotonic() >= next_look and (beat := feed.pulse()) != pulse:
                    pulse, began = beat, time.monotonic()
                    share = BUSY if follow_all() else IDLE
                    took = time.monotonic() - began
                    next_look = time.monotonic() + min(took / share - took, LONGEST_S)
                lanes.look(pool)
            except Exception:
                log.exception("following stock stumbled")
                stop.wait(1)
