"""The feed of availability as a stream: one look at the database serves all who follow an organisation."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ParamSpec, TypeVar

import msgspec
from asgiref.sync import sync_to_async
from django.db import Error, connection

from doorstep.api import keys
from doorstep.api.v1.availability_shapes import cursor_of
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refusal, Refused
from doorstep.base.threads import STREAMS
from doorstep.base.words import gettext_noop
from doorstep.stock import feed
from doorstep.stock.availability import Availability
from doorstep.stock.feed import Place

P = ParamSpec("P")
T = TypeVar("T")
log = logging.getLogger(__name__)
LOOKS_EVERY_S = 0.5
# A look that takes long is taken more seldom: those that tell something new take half of the time at most, others a tenth.
NEWS_REST, REST = 1, 9
HEARTBEAT_S = 15.0
LIFETIME_S = 600.0
SHARED = 5000
PER_EVENT = 200
MOST_OF_ONE, MOST_IN_ALL = 50, 500
COME_AGAIN_MS = 30_000
TOO_MANY_FOLLOW = Refusal(
    "too_many_follow",
    gettext_noop("%(most)s programs follow availability here already."),
    gettext_noop("Follow it once and share what it tells, or ask for the changes every few seconds."),
    status=429,
)


@dataclass(frozen=True, slots=True)
class Look:
    """What was written since a place, as it is now.  `rows`: None where it is too much to be shared."""

    number: int
    began: float
    since: Place
    rows: list[Availability] | None
    until: Place


@dataclass(frozen=True, slots=True)
class Listener:
    """Who follows, and the key as it was sent."""

    ctx: Ctx
    authorization: str

    def may_listen(self) -> bool:
        """Whether the key is still good."""
        try:
            keys.require(keys.authenticate(self.authorization, now=datetime.now(UTC)), "stock:read")
        except Refused:
            return False
        return True


class Line:
    """Looks again and again at what changed for one organisation, for as long as somebody follows it."""

    def __init__(self, ctx: Ctx) -> None:
        self._ctx = ctx
        self._news = asyncio.Event()
        self.followers = 0
        self.last: Look | None = None
        self.task = asyncio.get_running_loop().create_task(self._look(), name="availability-line")

    async def next(self, number: int, wait_s: float) -> Look | None:
        """The newest look, where it is newer than that number; None where none came in time, or none will come."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                while not self.task.done() and (self.last is None or self.last.number <= number):
                    await self._news.wait()
        return self.last if self.last is not None and self.last.number > number else None

    async def _look(self) -> None:
        try:
            place, seen = await _apart(feed.now, self._ctx), ""
            while True:
                began, rest = time.monotonic(), REST
                pulse, found = await _apart(_look, self._ctx, place, seen)
                if found is not None:
                    until = found.place if found.place.at_rest else Place(place.mark, found.place.until)
                    rows = found.rows if found.place.at_rest else None
                    if rows is None or (rows and (self.last is None or rows != self.last.rows)):
                        rest = NEWS_REST
                    self._tell(Look(self.last.number + 1 if self.last else 1, began, place, rows, until))
                    place = until
                seen = pulse
                await asyncio.sleep(max(LOOKS_EVERY_S, rest * (time.monotonic() - began)))
        except (Error, Refused) as trouble:
            log.warning("Who follows availability has to come again: %s", trouble)
        finally:
            asyncio.get_running_loop().call_soon(self._news.set)

    def _tell(self, look: Look) -> None:
        self.last = look
        self._news.set()
        self._news = asyncio.Event()


class Hub:
    """The lines of a process, one per organisation that somebody follows."""

    def __init__(self) -> None:
        self._lines: dict[int, Line] = {}

    def require_room(self, organisation_id: int) -> None:
        """Refuses more than 50 who follow an organisation, and more than 500 in this process."""
        line = self._lines.get(organisation_id)
        if line and line.followers >= MOST_OF_ONE:
            raise Refused(TOO_MANY_FOLLOW, {"most": MOST_OF_ONE})
        if sum(line.followers for line in list(self._lines.values())) >= MOST_IN_ALL:
            raise Refused(TOO_MANY_FOLLOW, {"most": MOST_IN_ALL})

    @contextlib.contextmanager
    def join(self, ctx: Ctx) -> Iterator[Line]:
        """The line of an organisation, for as long as the block lasts."""
        line = self._lines.get(ctx.organisation_id)
        if line is None or line.task.done():
            line = self._lines[ctx.organisation_id] = Line(ctx)
        line.followers += 1
        try:
            yield line
        finally:
            line.followers -= 1
            if not line.followers:
                line.task.cancel()
                if self._lines.get(ctx.organisation_id) is line:
                    del self._lines[ctx.organisation_id]


hub = Hub()


async def stream(
    listener: Listener, after: Place, *, heartbeat_s: float = HEARTBEAT_S, lifetime_s: float = LIFETIME_S
) -> AsyncIterator[bytes]:
    """Server-sent events of what changed since a place; each id is the cursor from which to come again.

    It ends after `lifetime_s`, when its key is revoked, and when the database was away or restored.
    Shapes: `hello` with the cursor, events `availability` of up to 200 rows, the cursor alone every 15 s of silence; where many
    came in the same moment and it is one too many, nothing but an event that says so, and to come again later.
    """
    try:
        hub.require_room(listener.ctx.organisation_id)
    except Refused as full:
        yield b"retry: %d\n" % COME_AGAIN_MS + _event(after, full.refusal.code, full.facts)
        return
    spoke = checked = time.monotonic()
    ends = spoke + lifetime_s
    with hub.join(listener.ctx) as line, contextlib.suppress(Error, Refused):
        follower = Follower(listener.ctx, after)
        yield b"retry: 1000\n" + _event(after, "hello", {})
        async for told in follower.catch_up():
            yield told
        number = 0
        while time.monotonic() < ends and not line.task.done():
            look = await line.next(number, heartbeat_s)
            if time.monotonic() >= checked + heartbeat_s:
                checked = time.monotonic()
                if not await _apart(listener.may_listen):
                    return
            if look is not None:
                number = look.number
                async for told in follower.hear(look):
                    spoke = time.monotonic()
                    yield told
            if time.monotonic() >= spoke + heartbeat_s:
                spoke = time.monotonic()
                yield f":\nid: {cursor_of(follower.place)}\n\n".encode()


class Follower:
    """How far one listener is, and what it was told last."""

    def __init__(self, ctx: Ctx, place: Place) -> None:
        self.ctx, self.place = ctx, place
        self._read_at = 0.0
        self._told: dict[int, Availability] = {}

    async def hear(self, look: Look) -> AsyncIterator[bytes]:
        """The events of a look.  Rows that a long transaction brings again and again are told when they differ.

        What a look does not hold, this listener reads by itself; a look that began before it did so knows nothing newer.
        """
        if look.began < self._read_at:
            return
        if look.rows is None or look.since.since > self.place.since:
            async for told in self.catch_up():
                yield told
            return
        fresh = [row for row in look.rows if self._told.get(row.variant_id) != row]
        self._told = {row.variant_id: row for row in look.rows}
        self.place = look.until
        if fresh:
            yield _events(fresh, look.since, look.until)

    async def catch_up(self) -> AsyncIterator[bytes]:
        """Reads by itself what changed since its place, page by page."""
        self._read_at = time.monotonic()
        while True:
            found, since = await _apart(_changes, self.ctx, self.place), self.place
            self.place, self._told = found.place, {row.variant_id: row for row in found.rows}
            if found.rows:
                yield _events(found.rows, since, found.place)
            if found.place.at_rest:
                return


async def _apart(ask: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Asks in a thread of its own and gives the connection back to the pool at once."""

    def asked() -> T:
        try:
            return ask(*args, **kwargs)
        finally:
            connection.close()

    return await sync_to_async(asked, thread_sensitive=False, executor=STREAMS)()


def _changes(ctx: Ctx, after: Place) -> feed.Changes:
    return feed.changes(ctx, after=after, limit=SHARED)


def _look(ctx: Ctx, after: Place, seen: str) -> tuple[str, feed.Changes | None]:
    """What changed, and the pulse from before; nothing is looked at where nobody committed anything meanwhile."""
    pulse = feed.pulse()
    return pulse, None if pulse == seen else _changes(ctx, after)


def _events(rows: Sequence[Availability], since: Place, until: Place) -> bytes:
    """Events of up to 200 rows; the cursor of each but the last goes on within the round."""
    told = []
    for first in range(0, len(rows), PER_EVENT):
        part = rows[first : first + PER_EVENT]
        ends_round = first + PER_EVENT >= len(rows)
        horizon = until.until or until.since
        place = until if ends_round else Place(until.mark, since.since, horizon, part[-1].variant_id)
        told.append(_event(place, "availability", {"availability": part}))
    return b"".join(told)


def _event(place: Place, kind: str, data: object) -> bytes:
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (cursor_of(place).encode(), kind.encode(), msgspec.json.encode(data))
