"""The bytes of one live stream: everything after a cursor, then everything as it happens."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from asgiref.sync import sync_to_async
from django.db import connection

from doorstep.accounts import events as people
from doorstep.base import db, outbox
from doorstep.base.outbox import Event
from doorstep.base.threads import STREAMS
from doorstep.web.live.hub import hub

BATCH = 200
# A tab that slept through more than this reloads its lists instead of replaying a day.
MOST_MISSED = 1000
HEARTBEAT_S = 15.0
# A fact becomes readable only when every older transaction is over, so after a wake we look again a few times.
LOOK_AGAIN_S = (0.25, 0.75, 2.0, 5.0)
# After this the browser comes back and shows its session again: who was signed out or removed hears no more.
LIFETIME_S = 600.0
GATHER_S = 0.05
# What changes who somebody is here: their stream ends, so that the browser shows its session at once.
CHANGES_OF_PLACE = (people.STAFF_ROLE_CHANGED, people.STAFF_REMOVED, people.STAFF_PASSWORD_RESET)
# What a till shows: its things, how many lie there and what they cost.
SHOWN_AT_A_TILL = ("stock.", "product.", "till.")
HINT = "till.changed"
CURSOR = re.compile(r"(\d{1,19})-(\d{1,19})")


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the stream, as Last-Event-ID carries it."""

    tx: int
    id: int

    def __str__(self) -> str:
        return f"{self.tx}-{self.id}"


def read_cursor(text: str) -> Cursor | None:
    """What Last-Event-ID said; None for anything that we never wrote."""
    found = CURSOR.fullmatch(text)
    cursor = Cursor(int(found[1]), int(found[2])) if found else None
    return cursor if cursor and cursor.tx < 2**63 and cursor.id < 2**63 else None


def head(organisation_id: int) -> Cursor:
    """The newest place that can be read now."""
    return Cursor(*outbox.head(organisation_id))


async def stream(
    organisation_id: int, after: Cursor, *, staff_id: int = 0, is_bound: bool = False, lifetime_s: float = LIFETIME_S
) -> AsyncIterator[bytes]:
    """Server-sent events of one organisation after a cursor, in an order in which nothing is skipped.

    It ends with the event that changes the place of its listener, and after `lifetime_s`.  Who `is_bound` to shops hears only
    that something is otherwise which a till shows: not what happened, nor to whom.
    Shapes: `hello` with the cursor, one message per event, comments every 15 s, `reset` in place of too long a past.
    """
    me = f"staff:{staff_id}"
    ends = time.monotonic() + lifetime_s
    missed = 0
    with hub.join(organisation_id) as wake:
        yield b"retry: 1000\n" + _frame(after, '{"type":"hello"}', kind="hello")
        looks = iter(LOOK_AGAIN_S)
        while time.monotonic() < ends:
            wake.clear()
            events = await _read(organisation_id, after)
            turn = next((n for n, e in enumerate(events, 1) if e.subject == me and e.type in CHANGES_OF_PLACE), None)
            events = events[:turn]
            if events:
                after = Cursor(events[-1].tx, events[-1].id)
                yield _hints(events) if is_bound else b"".join(_told(event) for event in events)
            if turn is not None:
                return
            missed = missed + len(events) if len(events) == BATCH else 0
            if missed >= MOST_MISSED:
                after, missed = await sync_to_async(_head_now, thread_sensitive=False, executor=STREAMS)(organisation_id), 0
                yield _frame(after, '{"type":"reset","subject":"","timeline":"","at":""}')
            if len(events) == BATCH:
                continue
            pause_s = next(looks, HEARTBEAT_S)
            if await _woken(wake, pause_s):
                looks = iter(LOOK_AGAIN_S)
            elif pause_s == HEARTBEAT_S:
                yield b":\n\n"


async def _woken(wake: asyncio.Event, pause_s: float) -> bool:
    """Whether there was news within the time; a burst is gathered for a moment."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(pause_s):
            await wake.wait()
    if wake.is_set():
        await asyncio.sleep(GATHER_S)
        return True
    return False


async def _read(organisation_id: int, after: Cursor) -> list[Event]:
    return await sync_to_async(_read_now, thread_sensitive=False, executor=STREAMS)(organisation_id, after)


def _read_now(organisation_id: int, after: Cursor) -> list[Event]:
    """Reads in a thread of its own and gives the connection back to the pool at once."""
    try:
        return outbox.since(organisation_id, tx=after.tx, id=after.id, limit=BATCH)
    finally:
        connection.close()


def _head_now(organisation_id: int) -> Cursor:
    try:
        return head(organisation_id)
    finally:
        connection.close()


def _told(event: Event) -> bytes:
    facts = {"type": event.type, "subject": event.subject, "timeline": event.timeline, "at": event.at.isoformat()}
    return _frame(Cursor(event.tx, event.id), db.as_json(facts))


def _hints(events: list[Event]) -> bytes:
    """One message for all of these that a till shows, without what they were; a comment where there are none."""
    shown = [event for event in events if event.type.startswith(SHOWN_AT_A_TILL)]
    if not shown:
        return b":\n\n"
    facts = {"type": HINT, "subject": "", "timeline": "", "at": shown[-1].at.isoformat()}
    return _frame(Cursor(shown[-1].tx, shown[-1].id), db.as_json(facts))


def _frame(cursor: Cursor, data: str, *, kind: str = "") -> bytes:
    line = f"event: {kind}\n" if kind else ""
    return f"id: {cursor}\n{line}data: {data}\n\n".encode()
