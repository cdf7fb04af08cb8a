"""Real sandbox processes on free ports, and a listener that keeps what they push."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests import sandboxes
from tests.ear import Caught, Ear
from tests.sandboxes import Server

SECRET = "whsec_" + base64.b64encode(b"sandbox-secret-of-thirty-two-byt").decode()


@contextmanager
def running(name: str, home: Path, *options: str) -> Iterator[Server]:
    """A sandbox server with books of its own, in a process of its own, until the block ends; most do with a lent one."""
    server = Server(name, home / name, options)
    server.start()
    try:
        yield server
    finally:
        server.kill()
        server.http.close()


class Listener(Ear):
    """Verifies every push by Standard Webhooks before it keeps it; answers `status`."""

    def __init__(self) -> None:
        super().__init__("/hooks")
        self.got: list[tuple[str, dict[str, Any]]] = []

    def hear(self, caught: Caught) -> None:
        event = Webhook(SECRET).verify(caught.body, caught.headers)
        self.got.append((caught.headers["webhook-id"], event))

    def ids(self) -> list[str]:
        return [one for one, _ in self.got]

    def events(self) -> list[dict[str, Any]]:
        return [event for _, event in self.got]


@pytest.fixture
def run() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def run(name: str, *options: str) -> Server:
        servers.append(sandboxes.lend(name, "--retry-s", "0.05", *options))
        return servers[-1]

    yield run
    for server in servers:
        sandboxes.give_back(server)


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture
def secret() -> str:
    return SECRET


@pytest.fixture
def until() -> Callable[..., None]:
    """Wait until a condition holds; fails after a minute."""

    def until(condition: Callable[[], Any], *, what: str = "the condition") -> None:
        end = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < end, f"waited a minute for {what}"
            time.sleep(0.02)

    return until
