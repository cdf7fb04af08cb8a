"""What a request may bring is known before it is read."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from django.conf import settings

from doorstep.web.parts.ceiling import KB, MB, Ceiling, Most, most_of
from tests.factories import make_ctx, signed_in


def ask(path: str, *, length: int | None, chunks: list[bytes], cookie: str = "") -> tuple[list[int], int]:
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

    headers = [(b"cookie", cookie.encode())] + ([] if length is None else [(b"content-length", str(length).encode())])
    scope: Any = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers}
    asyncio.run(Ceiling(inner)(scope, receive, send))
    return [status for status in statuses if status], given


def test_two_hundred_megabytes_to_the_portals_door_were_kept_and_answered_200() -> None:
    assert ask("/r/moru/", length=200 * MB, chunks=[b"x"]) == ([413], 0)


def test_who_does_not_say_how_much_comes_is_cut_off() -> None:
    assert ask("/r/moru/", length=None, chunks=[b"x" * 200 * KB] * 9) == ([413], 200 * KB)
    assert ask("/r/moru/", length=None, chunks=[b"x" * 100 * KB] * 2) == ([200], 200 * KB)


def told(path: str = "/r/moru/", **headers: str) -> str:
    """What is said to who brings too much."""
    said: list[Any] = []

    async def send(message: Any) -> None:
        said.append(message)

    async def never(*_given: Any) -> Any:
        raise AssertionError("nobody behind the ceiling reads it")

    async def gone() -> Any:
        assert said, "nothing is read before the answer"
        return {"type": "http.disconnect"}

    headers = {"content_length": "9999999"} | headers
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope: Any = {
        "type": "http", "method": "POST", "path": path, "query_string": b"",
        "headers": [(b"host", b"shop.example"), *named],
    }  # fmt: skip
    asyncio.run(Ceiling(never)(scope, gone, send))
    return b"".join(message.get("body", b"") for message in said).decode()


def test_who_brings_too_much_is_told_so_in_their_language_with_a_way_back() -> None:
    assert "한 번에 받을 수 있는 크기를 넘었습니다." in told(accept_language="ko")
    page = told(referer="https://shop.example/r/moru/?language=en")
    assert ("This is more than we take at once." in page, 'href="/r/moru/?language=en"' in page) == (True, True)
    assert "elsewhere" not in told(referer="https://elsewhere.example/trap")
    assert told(hx_request="true").lstrip().startswith('<div class="notice notice-refused"')


@pytest.mark.parametrize("path", ["/api/v1/orders", "/hooks/mail/x"])
def test_a_program_that_brings_too_much_gets_a_problem_document(path: str) -> None:
    problem = json.loads(told(path, content_length=str(60 * MB), accept_language="en"))
    assert (problem["status"], problem["code"]) == (413, "body_too_large")
    assert problem["detail"].startswith("The body is larger than ")


@pytest.mark.django_db(transaction=True)
def test_who_is_not_signed_in_uploads_nothing_to_a_door_of_staff() -> None:
    """Forty megabytes of anybody lay on the disk before the page asked who sends them."""
    for cookie in ("", f"{settings.SESSION_COOKIE_NAME}=made-up"):
        assert ask("/inbox/1/files/", length=30 * MB, chunks=[b"x" * KB], cookie=cookie) == ([302], 0)
        assert ask("/inbox/1/files/", length=None, chunks=[b"x" * 200 * KB] * 9, cookie=cookie) == ([302], 200 * KB)
        assert ask("/sign-in/", length=2 * KB, chunks=[b"x" * 2 * KB], cookie=cookie) == ([200], 2 * KB)


@pytest.mark.django_db(transaction=True)
def test_who_is_signed_in_uploads_as_much_as_the_door_takes() -> None:
    client = signed_in(make_ctx())
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    chunks = [b"x" * 200 * KB] * 9

    assert ask("/inbox/1/files/", length=1800 * KB, chunks=chunks, cookie=cookie) == ([200], 1800 * KB)
    assert ask("/inbox/1/files/", length=None, chunks=chunks, cookie=cookie) == ([200], 1800 * KB)
    assert ask("/inbox/1/files/", length=41 * MB, chunks=[b"x"], cookie=cookie) == ([413], 0)


@pytest.mark.parametrize(
    ("path", "staff", "anybody"),
    [
        ("/r/moru/", 256 * KB, 256 * KB), ("/r/moru/o/token/send/", 60 * MB, 60 * MB), ("/chat/say", 256 * KB, 256 * KB),
        ("/sign-in/", 8 * MB, 256 * KB), ("/setup/files/", 40 * MB, 256 * KB), ("/products/", 40 * MB, 256 * KB),
        ("/channels/3/files/orders/", 40 * MB, 256 * KB),
        ("/settings/", 8 * MB, 256 * KB), ("/api/v1/orders", 15 * MB, 15 * MB), ("/hooks/mail/x", 52 * MB, 52 * MB),
    ],
)  # fmt: skip
def test_each_door_has_its_ceiling(path: str, staff: int, anybody: int) -> None:
    assert most_of(path) == Most(staff, anybody)
