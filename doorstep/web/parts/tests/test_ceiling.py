"""What a request may bring is known before it is read."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from doorstep.web.parts.ceiling import KB, MB, Ceiling, most_of


def ask(path: str, *, length: int | None, chunks: list[bytes]) -> tuple[list[int], int]:
    """The statuses that were answered, and how many bytes the application was given."""
    given, statuses, left = 0, [], list(chunks)

    async def inner(_scope: Any, receive: Any, send: Any) -> None:
        nonlocal given
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            given += len(message["body"])
            if not message["more_body"]:
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> Any:
        return {"type": "http.request", "body": left.pop(0) if left else b"", "more_body": bool(left)}

    async def send(message: Any) -> None:
        statuses.append(message.get("status", 0))

    headers = [] if length is None else [(b"content-length", str(length).encode())]
    scope: Any = {"type": "http", "path": path, "headers": headers}
    asyncio.run(Ceiling(inner)(scope, receive, send))
    return [status for status in statuses if status], given


def test_two_hundred_megabytes_to_the_portals_door_were_kept_and_answered_200() -> None:
    assert ask("/r/moru/", length=200 * MB, chunks=[b"x"]) == ([413], 0)


def test_who_does_not_say_how_much_comes_is_cut_off() -> None:
    assert ask("/r/moru/", length=None, chunks=[b"x" * 200 * KB] * 9) == ([413], 200 * KB)
    assert ask("/r/moru/", length=None, chunks=[b"x" * 100 * KB] * 2) == ([200], 200 * KB)


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/r/moru/", 256 * KB), ("/r/moru/o/token/send/", 60 * MB), ("/chat/say", 256 * KB), ("/sign-in/", 8 * MB),
        ("/setup/files/", 40 * MB), ("/api/v1/orders", 40 * MB), ("/hooks/mail/x", 52 * MB),
    ],
)  # fmt: skip
def test_each_door_has_its_ceiling(path: str, most: int) -> None:
    assert most_of(path) == most
