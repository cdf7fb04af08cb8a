"""Orders wait here for one another, a few milliseconds and a hundred of them at most, and are then taken in together."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from threading import local

from django.db import connection

from doorstep.api.lane.taking import Said, Waiting, take
from doorstep.api.limits import TOO_BUSY
from doorstep.base.refusals import Refused

MOST_WAITING = 512
MOST_AT_ONCE = 100
# In a crowd the next order comes within this, and larger groups take less work per order; who comes alone does not wait.
GATHERED_WITHIN_S, GATHERED_TIMES = 0.002, 5

RESTED_S = 1.0  # a connection that has rested so long is looked at before orders depend on it

Take = Callable[[Sequence[Waiting]], list[Said]]
Entry = tuple[Waiting, "asyncio.Future[Said]"]


class _Last(local):
    taken_at = 0.0


_last = _Last()


class Queue:
    """One per process, between its event loop and a thread with a database connection of its own.

    What was put is answered exactly once, also when something breaks that `take` has no answer to.
    """

    def __init__(self, take: Take | None = None, *, most: int = MOST_WAITING) -> None:
        self._take = take or _take_now
        self._most = most
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="orders-lane")
        self._loop: asyncio.AbstractEventLoop | None = None

    async def put(self, one: Waiting) -> Said:
        """The answer to an order, once it is committed.  Refuses: more orders than may wait; nothing of them is kept."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._open(loop)
        if self._inside >= self._most:
            raise Refused(TOO_BUSY)
        self._inside += 1
        answer: asyncio.Future[Said] = loop.create_future()
        self._entries.append((one, answer))
        if len(self._entries) >= self._wanted:
            self._came.set()
        return await answer

    def _open(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop, self._inside, self._wanted = loop, 0, 1
        self._entries: deque[Entry] = deque()
        self._came = asyncio.Event()
        self._work = loop.create_task(self._take_groups(loop))

    async def _take_groups(self, loop: asyncio.AbstractEventLoop) -> None:
        expected = 1
        while True:
            await self._came.wait()
            await self._gather(min(expected, MOST_AT_ONCE))
            group = [self._entries.popleft() for _ in range(min(len(self._entries), MOST_AT_ONCE))]
            if self._entries:
                self._came.set()
            else:
                self._came.clear()
            said: Sequence[Said | Exception]
            try:
                said = await loop.run_in_executor(self._thread, self._take, [one for one, _ in group])
                if len(said) != len(group):
                    raise RuntimeError(f"{len(said)} answers for {len(group)} orders")
            except Exception as trouble:  # noqa: BLE001  # without this task nobody would ever be answered again
                said = [trouble] * len(group)
            expected = len(group) + len(self._entries)  # who is answered now may send the next one soon
            self._tell(group, said)

    async def _gather(self, expected: int) -> None:
        """Waits for more, a moment at a time, as long as more come and fewer are here than are expected."""
        if expected == 1:
            await asyncio.sleep(0)
            return
        before, self._wanted = 0, expected
        for _ in range(GATHERED_TIMES):
            if not before < len(self._entries) < expected:
                break
            before = len(self._entries)
            self._came.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(GATHERED_WITHIN_S):
                    await self._came.wait()
        self._wanted = 1

    def _tell(self, group: Sequence[Entry], answers: Sequence[Said | Exception]) -> None:
        self._inside -= len(group)
        for (_, answer), said in zip(group, answers, strict=True):
            if answer.done():  # whoever asked has gone
                continue
            if isinstance(said, Exception):
                answer.set_exception(said)
            else:
                answer.set_result(said)


def _take_now(waiting: Sequence[Waiting]) -> list[Said]:
    if time.monotonic() - _last.taken_at > RESTED_S and connection.connection is not None and not connection.is_usable():
        connection.close()  # the database was away meanwhile, and is back perhaps
    try:
        return take(waiting, now=datetime.now(UTC))
    finally:
        _last.taken_at = time.monotonic()
        if connection.errors_occurred or connection.connection is None or connection.connection.broken:
            connection.close()
