"""One LISTEN connection for all streams of a process."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Iterator

import psycopg
from django.conf import settings
from prometheus_client import Gauge

from doorstep.base.outbox import CHANNEL

log = logging.getLogger(__name__)
LONGEST_PAUSE_S = 10.0
open_streams = Gauge("doorstep_live_streams", "Live streams that are open.", multiprocess_mode="livesum")


class Hub:
    """Wakes the streams of an organisation when something was recorded for it.

    A wake is only a hint to read again: a lost connection loses no events, because streams read after their own cursor
    and everybody is woken once the connection is back. It listens only while somebody is there to be woken.
    """

    def __init__(self) -> None:
        self._streams: dict[int, set[asyncio.Event]] = defaultdict(set)
        self._listener: asyncio.Task[None] | None = None

    @contextlib.contextmanager
    def join(self, organisation_id: int) -> Iterator[asyncio.Event]:
        """An event that is set whenever the organisation has news, for as long as the block lasts."""
        wake = asyncio.Event()
        self._streams[organisation_id].add(wake)
        open_streams.inc()
        if self._listener is None or self._listener.done():
            self._listener = asyncio.get_running_loop().create_task(self._listen(), name="live-listener")
        try:
            yield wake
        finally:
            open_streams.dec()
            self._streams[organisation_id].discard(wake)
            if not self._streams[organisation_id]:
                del self._streams[organisation_id]
            if not self._streams:
                self._listener.cancel()

    async def _listen(self) -> None:
        pause_s = 0.2
        while True:
            try:
                async with await self._connect() as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    pause_s = 0.2
                    self._wake(list(self._streams))
                    async for notice in connection.notifies():
                        self._wake([int(notice.payload)])
            except psycopg.Error as trouble:
                log.warning("The live listener lost its connection and tries again in %.1f s: %s", pause_s, trouble)
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    async def _connect(self) -> psycopg.AsyncConnection[tuple[object, ...]]:
        return await psycopg.AsyncConnection.connect(
            settings.DIRECT_DATABASE_URL, autocommit=True, connect_timeout=5, keepalives_idle=30,
            application_name="doorstep live",
        )  # fmt: skip

    def _wake(self, organisations: list[int]) -> None:
        for organisation_id in organisations:
            for stream in self._streams.get(organisation_id, ()):
                stream.set()


hub = Hub()
