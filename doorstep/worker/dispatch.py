"""Events drain from the outbox into flows, in batches and in order."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import psycopg
from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, transaction

from doorstep.base import db, deadlocks, outbox
from doorstep.base.outbox import Event
from doorstep.base.stuck import MOST_ATTEMPTS
from doorstep.flows.reactions import REACTIONS, Reaction
from doorstep.worker.ctx import system_ctx

log = logging.getLogger("doorstep.dispatch")
BATCH = 500
LOCK_SPACE = 0x646F6F72  # "door": advisory locks of the dispatcher, one per organisation


def drain(*, reactions: Mapping[str, tuple[Reaction, ...]] = REACTIONS) -> int:
    """Handles every event that is due, of every organisation.  Returns: how many were handled.

    Locks: one advisory lock per organisation, so that several workers share organisations but never one's order.
    """
    handled = 0
    due = "SELECT DISTINCT organisation_id FROM base_event WHERE pending AND (retry_at IS NULL OR retry_at <= now())"
    for organisation_id in db.column(due):
        while done := _drain_one(organisation_id, reactions):
            handled += done
    return handled


def _drain_one(organisation_id: int, reactions: Mapping[str, tuple[Reaction, ...]]) -> int:
    """One batch of one organisation."""
    if not db.scalar("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_SPACE, organisation_id % 2**31]):
        return 0
    try:
        events = db.rows(
            Event,
            f"""SELECT {outbox.COLUMNS} FROM base_event
                 WHERE pending AND organisation_id = %s AND (retry_at IS NULL OR retry_at <= now())
                 ORDER BY id LIMIT %s""",
            [organisation_id, BATCH],
        )
        for type_, batch in _in_runs(events):
            _handle(type_, batch, reactions.get(type_, ()))
        return len(events)
    finally:
        db.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_SPACE, organisation_id % 2**31])


def _in_runs(events: Sequence[Event]) -> list[tuple[str, list[Event]]]:
    """Events of one type together, types in the order of their first event: flows re-check state, so that suffices."""
    runs: dict[str, list[Event]] = {}
    for event in events:
        runs.setdefault(event.type, []).append(event)
    return list(runs.items())


def _handle(type_: str, events: Sequence[Event], reactions: Sequence[Reaction]) -> None:
    """Runs the reactions on all events at once; when that fails, on each alone, so that one cannot stop the others."""
    if _attempt(events, reactions) is None:
        return
    for event in events:
        problem = _attempt([event], reactions)
        if problem is not None:
            log.error("%s %s: %r", type_, event.subject, problem, exc_info=problem)
            _put_off(event, problem)


def _attempt(events: Sequence[Event], reactions: Sequence[Reaction]) -> Exception | None:
    """Runs the reactions in one transaction.  Returns: the problem that kept events pending.

    Raises: OperationalError, InterfaceError where the database is away, or chose it in two deadlocks: the events stay pending.
    """
    first = events[0]
    ctx = system_ctx(first.organisation_id, trace=first.trace)

    @transaction.atomic
    def react() -> None:
        for reaction in reactions:
            reaction(ctx, events)
        db.execute("UPDATE base_event SET pending = FALSE WHERE id = ANY(%s)", [[e.id for e in events]])

    try:
        deadlocks.once_more(react, name=first.type)
    except (OperationalError, InterfaceError):
        raise
    except Exception as problem:  # noqa: BLE001  # kept with the event, shown, and tried again later
        return problem
    return None


def _put_off(event: Event, problem: Exception) -> None:
    """Tries again later, ever more seldom; after many attempts the event waits for a person."""
    attempts = int(db.scalar("SELECT attempts FROM base_event WHERE id = %s", [event.id])) + 1
    later = datetime.now(UTC) + timedelta(seconds=min(2**attempts, 300))
    db.execute(
        "UPDATE base_event SET attempts = %s, problem = %s, retry_at = %s, pending = %s WHERE id = %s",
        [attempts, f"{type(problem).__name__}: {problem}"[:2000], later, attempts < MOST_ATTEMPTS, event.id],
    )


def run(stop: threading.Event) -> None:
    """Drains whenever somebody records something, and once a second in case a wake-up was missed."""
    while not stop.is_set():
        try:
            with psycopg.connect(settings.DIRECT_DATABASE_URL, autocommit=True) as listener:
                listener.execute(f"LISTEN {outbox.CHANNEL}")
                while not stop.is_set():
                    close_old_connections()
                    drain()
                    for _ in listener.notifies(timeout=1, stop_after=1):
                        pass
        except (psycopg.OperationalError, OperationalError, InterfaceError, OSError) as trouble:
            log.warning("the database does not answer as it should, all is tried again in a second: %s", trouble)
            stop.wait(1)
        except Exception:
            log.exception("the dispatcher stumbled")
            stop.wait(1)
