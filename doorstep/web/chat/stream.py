"""The bytes of one visitor's stream: what was said after a line, then everything as it is said."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator

from asgiref.sync import sync_to_async
from django.db import connection
from django.utils import timezone

from doorstep.base import db
from doorstep.base.ctx import SYSTEM, Ctx, new_trace
from doorstep.base.threads import STREAMS
from doorstep.flows import chat
from doorstep.flows.chat import Line, Visitor
from doorstep.web.live.hub import hub

HEARTBEAT_S = 15.0
# A fact becomes readable only when every older transaction is over, so after a wake we look again a few times.
LOOK_AGAIN_S = (0.25, 0.75, 2.0)
LIFETIME_S = 600.0
# Every event of the organisation wakes every stream: one that is busy reads four times a second at most.
LEAST_PAUSE_S = 0.25


async def stream(visitor: Visitor, after: int, *, lifetime_s: float = LIFETIME_S) -> AsyncIterator[bytes]:
    """Server-sent events of one conversation after a line.

    Shapes: one message per line, its number as the event's id; comments every 15 s; the end after `lifetime_s`.
    """
    ends = time.monotonic() + lifetime_s
    with hub.join(visitor.organisation_id) as wake:
        yield b"retry: 1000\n\n"
        looks, looked_at = iter(LOOK_AGAIN_S), -math.inf
        while (began := time.monotonic()) < ends:
            wake.clear()
            is_due = began - looked_at >= HEARTBEAT_S - 1
            looked_at = began if is_due else looked_at
            lines = await sync_to_async(_read, thread_sensitive=False, executor=STREAMS)(visitor, after, is_due)
            for line in lines:
                after = max(after, line.n)
                yield told(line)
            if any(not line.is_mine for line in lines):
                await sync_to_async(_shown, thread_sensitive=False, executor=STREAMS)(visitor, after)
            pause_s = next(looks, HEARTBEAT_S)
            if await _woken(wake, min(pause_s, max(0.0, ends - time.monotonic()))):
                looks = iter(LOOK_AGAIN_S)
                await asyncio.sleep(max(0.0, began + LEAST_PAUSE_S - time.monotonic()))
            elif pause_s == HEARTBEAT_S:
                yield b":\n\n"


async def _woken(wake: asyncio.Event, pause_s: float) -> bool:
    try:
        async with asyncio.timeout(pause_s):
            await wake.wait()
    except TimeoutError:
        return False
    return True


def _read(visitor: Visitor, after: int, is_due: bool) -> list[Line]:
    """Reads in a thread of its own and gives the connection back to the pool at once; says that somebody looks where it is due."""
    try:
        if is_due:
            chat.look(visitor.organisation_id, visitor.conversation_id)
        ctx = Ctx(visitor.organisation_id, SYSTEM, timezone.now(), new_trace())
        return chat.lines_after(ctx, visitor=visitor, after=after)
    finally:
        connection.close()


def _shown(visitor: Visitor, until: int) -> None:
    try:
        chat.note_shown(Ctx(visitor.organisation_id, SYSTEM, timezone.now(), new_trace()), visitor=visitor, until=until)
    finally:
        connection.close()


def told(line: Line) -> bytes:
    """One line as an event."""
    facts = {
        "n": line.n, "id": line.client_id, "mine": line.is_mine, "name": line.name, "text": line.text,
        "at": line.at.isoformat(),
    }  # fmt: skip
    return f"id: {line.n}\ndata: {db.as_json(facts)}\n\n".encode()
