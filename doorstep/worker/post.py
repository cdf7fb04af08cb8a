"""Mail and texts leave one by one: a single worker holds the post, so what was interrupted is recognised as such at once."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime

from django.db import InterfaceError, OperationalError, close_old_connections

from doorstep.base import db
from doorstep.flows import send
from doorstep.messaging import queries
from doorstep.worker.ctx import system_ctx

log = logging.getLogger("doorstep.post")
# A vendor of text messages that is slow holds up no mail.
LOCKS = {"mail": (0x6D61696C, 0), "sms": (0x6D61696C, 1)}  # "mail"


def empty(stop: threading.Event | None = None, *, way: str = "mail") -> int:
    """Hands over everything that waits for a way, oldest first.  Returns: how many were tried.

    Locks: one advisory lock for each way over all workers; who does not get it leaves the post to its holder.
    """
    tried = 0
    if not db.scalar("SELECT pg_try_advisory_lock(%s, %s)", list(LOCKS[way])):
        return 0
    try:
        for organisation_id, message_id in queries.find_waiting(now=datetime.now(UTC), way=way):
            if stop is not None and stop.is_set():
                break
            _hand_over(organisation_id, message_id)
            tried += 1
    finally:
        db.execute("SELECT pg_advisory_unlock(%s, %s)", list(LOCKS[way]))
    return tried


def _hand_over(organisation_id: int, message_id: int) -> None:
    """One mail that breaks on the way stays as it is, is tried again a few times, and stops no other."""
    try:
        send.send(system_ctx(organisation_id), message_id=message_id)
    except (OperationalError, InterfaceError):
        raise  # the database is away: so it would be for the next
    except Exception:
        log.exception("mail %s broke", message_id)


def run(stop: threading.Event, way: str = "mail") -> None:
    """Looks twice a second for what waits for a way."""
    while not stop.wait(0.5):
        try:
            close_old_connections()
            while empty(stop, way=way):
                pass
        except Exception:
            log.exception("the post stumbled")
            stop.wait(1)
