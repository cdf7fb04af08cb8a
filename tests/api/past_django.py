"""The lane as a program sees it, in the thread and the transaction of the test."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from unittest.mock import patch

from django.db import connections
from django.http import HttpResponse

from doorstep.accounts.values import ApiKey
from doorstep.api import keys
from doorstep.api.lane.lane import PATH, Lane, Message, Receive, Scope, Send
from doorstep.api.lane.queue import Queue
from doorstep.api.lane.taking import Said, Waiting, take


class Alone(Queue):
    """Takes each order in by itself, at once."""

    async def put(self, one: Waiting) -> Said:
        (said,) = take([one], now=datetime.now(UTC))
        return said


async def authenticate(authorization: str, now: datetime) -> ApiKey:
    return keys.authenticate(authorization, now=now)


async def nowhere(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError(f"{scope['path']} went past the lane")


def through_the_lane(body: bytes, headers: Mapping[str, str]) -> HttpResponse:
    """One request and its answer, as Django's client would give it."""
    sent: list[Message] = []
    given = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    scope = {
        "type": "http", "method": "POST", "path": PATH, "query_string": b"",
        "headers": [(b"host", b"testserver"), (b"content-length", str(len(body)).encode()), *given],
    }  # fmt: skip

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    async def ask() -> None:
        connections["default"] = of_the_test  # a task has connections of its own
        await lane(scope, receive, send)

    of_the_test = connections["default"]
    lane = Lane(nowhere, observe=lambda _status, _seconds: None, queue=Alone(), authenticate=authenticate)
    with patch.dict("os.environ", {"DJANGO_ALLOW_ASYNC_UNSAFE": "1"}):
        asyncio.run(ask())
    return _as_django(sent)


def _as_django(sent: list[Message]) -> HttpResponse:

    start, end = sent
    answer = HttpResponse(end["body"], status=start["status"])
    for name, value in start["headers"]:
        answer.headers[name.decode().title()] = value.decode("latin-1")
    answer.json = lambda: json.loads(end["body"])  # type: ignore[attr-defined]
    return answer
