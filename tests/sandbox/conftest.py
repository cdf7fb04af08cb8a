"""Real sandbox processes on free ports, and a listener that keeps what they push."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests import sandboxes
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


class Listener:
    """Verifies every push by Standard Webhooks before it keeps it; answers `status`."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, Any]]] = []
        self.status = 200
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["content-length"]))
                event = Webhook(SECRET).verify(raw, dict(self.headers))
                listener.got.append((self.headers["webhook-id"], event))
                self.send_response(listener.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hooks"

    def ids(self) -> list[str]:
        return [one for one, _ in self.got]

    def events(self) -> list[dict[str, Any]]:
        return [event for _, event in self.got]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


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
    """Wait until a condition holds; fails after ten seconds."""

    def until(condition: Callable[[], Any], *, what: str = "the condition") -> None:
        end = time.monotonic() + 10
        while not condition():
            assert time.monotonic() < end, f"waited ten seconds for {what}"
            time.sleep(0.02)

    return until
