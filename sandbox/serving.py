"""What all servers share: reading a request, refusing it, starting, and stopping without a trace."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import math
import os
import signal
import socket
import sys
import traceback
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

RENEW = "/admin/renew"


class Refusal(Exception):
    """A request that is answered with `status` and {"error": code, "message": ...}; nothing was written."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


async def answer_refusal(_request: Request, refusal: Exception) -> Response:
    """The one shape of every refusal."""
    assert isinstance(refusal, Refusal)
    return JSONResponse({"error": refusal.code, "message": refusal.message}, status_code=refusal.status)


class Fields:
    """A JSON object read by type; a field of another type refuses the request with 422 `invalid`."""

    def __init__(self, values: Any, *, where: str = "body") -> None:
        if not isinstance(values, dict):
            raise Refusal(422, "invalid", f"{where} must be a JSON object")
        self.values: dict[str, Any] = values
        self._where = where

    def has(self, name: str) -> bool:
        """Whether the field is given and not null."""
        return self.values.get(name) is not None

    def text(self, name: str, default: str | None = None) -> str:
        """A non-empty string."""
        value = self.values.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or not value.strip():
            raise self._wrong(name, "a non-empty string")
        return value

    def one_of(self, name: str, choices: Sequence[str]) -> str:
        """One of the choices."""
        value = self.values.get(name)
        if value not in choices:
            raise self._wrong(name, f"one of {', '.join(choices)}")
        return str(value)

    def currency(self, name: str) -> str:
        """Three capital letters."""
        value = self.text(name)
        if not (len(value) == 3 and value.isascii() and value.isalpha() and value.isupper()):
            raise self._wrong(name, "an ISO 4217 code")
        return value

    def number(self, name: str, default: float | None = None, *, low: float = 0, high: float = 1e12) -> float:
        """A finite number within the bounds."""
        value = self.values.get(name, default)
        if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
            raise self._wrong(name, f"a number of at least {low}" + (f", at most {high}" if high < 1e12 else ""))
        return float(value)

    def whole(self, name: str, default: int | None = None, *, low: int = 0, high: int = 2**53) -> int:
        """A whole number within the bounds."""
        value = self.values.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self._wrong(name, f"a whole number from {low} to {high}")
        return value

    def flag(self, name: str, default: bool | None = None) -> bool:
        """true or false."""
        value = self.values.get(name, default)
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false")
        return value

    def group(self, name: str) -> Fields:
        """A nested object."""
        return Fields(self.values.get(name), where=f"{self._where}.{name}")

    def groups(self, name: str) -> list[Fields]:
        """A list of nested objects, at least one."""
        values = self.values.get(name)
        if not isinstance(values, list) or not values:
            raise self._wrong(name, "a list with at least one entry")
        return [Fields(value, where=f"{self._where}.{name}[{i}]") for i, value in enumerate(values)]

    def details(self, name: str) -> dict[str, Any]:
        """A nested object of plain values (text, flag, whole number or null); empty where it is not given."""
        values = self.group(name).values if self.has(name) else {}
        if not all(value is None or isinstance(value, str | int) for value in values.values()):
            raise self._wrong(name, "an object of plain values")
        return values

    def texts(self, name: str) -> list[str]:
        """A list of non-empty strings, at least one."""
        values = self.values.get(name)
        if not isinstance(values, list) or not values or not all(isinstance(one, str) and one for one in values):
            raise self._wrong(name, "a list of non-empty strings")
        return list(values)

    def _wrong(self, name: str, wanted: str) -> Refusal:
        return Refusal(422, "invalid", f"{self._where}.{name} must be {wanted}")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is no JSON number")
    return number


async def read_json(request: Request) -> Any:
    """The decoded body; an empty body is an empty object. Refuses 400 `not_json`."""
    raw = await request.body()
    if not raw:
        return {}
    try:
        return json.loads(raw, parse_constant=_finite, parse_float=_finite)
    except ValueError as error:
        raise Refusal(400, "not_json", f"the body is not JSON: {error}") from None


async def read_fields(request: Request) -> Fields:
    """The body as an object of fields."""
    return Fields(await read_json(request))


def query_whole(query: Mapping[str, str], name: str, default: int, *, high: int = 2**53) -> int:
    """A whole number of the query string."""
    text = query.get(name, str(default))
    if not text.isascii() or not text.isdigit() or int(text) > high:
        raise Refusal(422, "invalid", f"query {name} must be a whole number up to {high}")
    return int(text)


class NoAnswer(Response):
    """Holds the request for `hold_s`, or until the client leaves, then cuts the connection without a byte of answer."""

    def __init__(self, *, hold_s: float) -> None:
        super().__init__()
        self._hold_s = hold_s

    async def __call__(self, scope: Scope, receive: Receive, _send: Send) -> None:
        with contextlib.suppress(TimeoutError, asyncio.CancelledError):  # cancelled: the server stops
            async with asyncio.timeout(self._hold_s):
                while (await receive())["type"] != "http.disconnect":
                    pass
        scope["sandbox.transport"].abort()
        await asyncio.sleep(0.01)


async def nowhere(_message: Message) -> None:
    """What was answered gets lost."""


def cut(send: Send) -> Send:
    """Half of the body of an answer, as of a program that ran out of memory."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [(k, v) for k, v in message["headers"] if k != b"content-length"]
        elif message["type"] == "http.response.body":
            message["body"] = message["body"][: len(message["body"]) // 2]
        await send(message)

    return sent


class _WithTransport:
    """Gives `NoAnswer` the connection: ASGI has no message for hanging up, uvicorn's `send` knows its transport."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["sandbox.transport"] = getattr(getattr(send, "__self__", None), "transport", None)
        await self._app(scope, receive, send)


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Uvicorn raises the signal again after its shutdown; here a wished end is exit code 0."""
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self.handle_exit, name, None)
        yield


@contextlib.asynccontextmanager
async def running(*loops: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run endless loops beside the requests; one that breaks ends the process loudly, for the books are safe."""

    def check(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()):
            traceback.print_exception(error)
            os._exit(1)

    tasks = [asyncio.create_task(loop) for loop in loops]
    for task in tasks:
        task.add_done_callback(check)
    yield
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def parser(name: str, *, bearer_in: str = "") -> argparse.ArgumentParser:
    """The options of every sandbox server; with `bearer_in`, an environment variable, those of one with a bearer token."""
    options = argparse.ArgumentParser(prog=f"python -m sandbox.{name}")
    options.add_argument("--home", type=Path, required=True, help="folder of the books, made if missing")
    options.add_argument("--port", type=int, required=True, help="port on 127.0.0.1; 0 takes a free one")
    options.add_argument("--seed", type=int, default=1, help="seed of everything that looks like chance")
    options.add_argument("--retry-s", type=float, default=1.0, help="first wait before a webhook is tried again")
    options.add_argument("--only-to", default="", help="at the start, send webhooks to no saved address outside of this URL")
    options.add_argument("--renewable", action="store_true", help=f"for tests: POST {RENEW} throws the books away and begins anew")
    if bearer_in:
        options.add_argument("--token", default=os.environ.get(bearer_in, "sandbox"), help="bearer token")
        options.add_argument("--hold-s", type=float, default=30.0, help="how long timeout_after_success holds a request")
    return options


def main(build: Callable[..., Starlette], options: argparse.ArgumentParser) -> None:
    """Start the server that the command line asks for; `build` takes every option but those of the process, by name."""
    given = options.parse_args()
    told = {name: value for name, value in vars(given).items() if name not in ("port", "renewable")}
    serve(partial(build, **told), given=given)


class Renewable:
    """A server that begins anew when it is told to: empty books, full buckets, nothing under way; only its process stays.

    What a process keeps in its memory goes with the app that kept it, so nothing has to be remembered to be forgotten.
    """

    def __init__(self, build: Callable[[], Starlette], *, home: Path) -> None:
        self._build, self._home = build, home
        self._app, self._life = build(), contextlib.AsyncExitStack()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http" and (scope["method"], scope["path"]) == ("POST", RENEW):
            await self._renew()
            await JSONResponse({"renewed": True})(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await self._life.enter_async_context(self._app.router.lifespan_context(self._app))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._life.aclose()
        await send({"type": "lifespan.shutdown.complete"})

    async def _renew(self) -> None:
        await self._life.aclose()
        for file in self._home.glob("*.sqlite3*"):
            file.unlink()
        self._app = self._build()
        await self._life.enter_async_context(self._app.router.lifespan_context(self._app))


def serve(build: Callable[[], Starlette], *, given: argparse.Namespace, dates: bool = True) -> None:
    """Serve on 127.0.0.1 until SIGTERM or SIGINT; prints `ready: http://127.0.0.1:N` when requests are answered.

    `given`: the options of `parser`.
    `dates`: uvicorn writes the Date header; it renews it every ten ticks of its loop, so it may be seconds late.  Without, the app
    writes its own.
    """
    app = Renewable(build, home=given.home) if given.renewable else build()
    # the protocol is named because asyncio sets TCP_NODELAY only where it is: else 40 ms an answer
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", given.port))
        listener.listen(128)
        for name in (signal.SIGTERM, signal.SIGINT):  # until the server has handlers of its own
            signal.signal(name, lambda *_: sys.exit(0))
        sys.stdout.write(f"ready: http://127.0.0.1:{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        config = uvicorn.Config(
            _WithTransport(app), http="h11", ws="none", lifespan="on", log_level="warning", timeout_graceful_shutdown=2,
            date_header=dates,
        )  # fmt: skip
        asyncio.run(_Server(config).serve(sockets=[listener]))
