"""Orders wait here for one another, a few milliseconds and a few hundred of them at most, and are then taken in together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from threading import Thread

from django.db import connection

from doorstep.api.lane.taking import Said, Waiting, take
from doorstep.api.limits import TOO_BUSY
from doorstep.base.refusals import Refused

MOST_WAITING = 512
MOST_AT_ONCE = 100
# Whoever was answered in one go sends again within this; who takes what comes first takes them one by one.
GATHERED_WITHIN_S = 0.002

Take = Callable[[Sequence[Waiting]], list[Said]]
Entry = tuple[Waiting, "asyncio.Future[Said]"]


class Queue:
    """One per process, between its event loop and a thread with a database connection of its own.

    What was put is answered exactly once, also when something breaks that `take` has no answer to.
    """

    def __init__(self, take: Take | None = None, *, most: int = MOST_WAITING) -> None:
        self._take = take or _take_now
        self._most = most
        self._inside = 0  # touched by the event loop alone
        self._entries: SimpleQueue[Entry] = SimpleQueue()  # of this loop and its thread
        self._loop: asyncio.AbstractEventLoop | None = None

    async def put(self, one: Waiting) -> Said:
        """The answer to an order, once it is committed.  Refuses: more orders than may wait; nothing of them is kept."""
        if self._inside >= self._most:
            raise Refused(TOO_BUSY)
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._open(loop)
        self._inside += 1
        answer: asyncio.Future[Said] = loop.create_future()
        self._entries.put((one, answer))
        return await answer

    def _open(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop, self._entries = loop, SimpleQueue()
        Thread(target=self._work, args=[loop, self._entries], name="orders-lane", daemon=True).start()

    def _work(self, loop: asyncio.AbstractEventLoop, entries: SimpleQueue[Entry]) -> None:
        while True:
            group = _gather(entries)
            said: Sequence[Said | Exception]
            try:
                said = self._take([one for one, _ in group])
            except Exception as trouble:  # noqa: BLE001  # without this thread nobody would ever be answered again
                said = [trouble] * len(group)
            loop.call_soon_threadsafe(self._tell, [(answer, s) for (_, answer), s in zip(group, said, strict=True)])

    def _tell(self, answers: Sequence[tuple[asyncio.Future[Said], Said | Exception]]) -> None:
        self._inside -= len(answers)
        for answer, said in answers:
            if answer.done():  # whoever asked has gone
                continue
            if isinstance(said, Exception):
                answer.set_exception(said)
            else:
                answer.set_result(said)


def _gather(entries: SimpleQueue[Entry]) -> list[Entry]:
    """The next orders that came together; waits for the first."""
    group = [entries.get()]
    deadline = time.monotonic() + GATHERED_WITHIN_S
    while len(group) < MOST_AT_ONCE:
        try:
            group.append(entries.get(timeout=max(deadline - time.monotonic(), 0)))
        except Empty:
            break
    return group


def _take_now(waiting: Sequence[Waiting]) -> list[Said]:
    try:
        return take(waiting, now=datetime.now(UTC))
    finally:
        if connection.errors_occurred or connection.connection is None or connection.connection.broken:
            connection.close()
