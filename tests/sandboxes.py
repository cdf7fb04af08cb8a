"""Sandbox servers as processes of their own, lent to one test after the other: each finds empty books.

Starting a process takes a test longer than most of what it does there, so a worker of the suite keeps those that it started, and
throws away what a test left in them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from doorstep.base import tls

ROOT = Path(__file__).resolve().parents[1]
RENEWABLE = "--renewable"
MOST_IDLE = 12  # processes that wait for a test, so that a worker does not fill the memory


@dataclass(eq=False)
class Server:
    name: str
    home: Path
    options: tuple[str, ...]
    process: subprocess.Popen[str] = field(init=False)
    http: httpx.Client = field(init=False)

    def start(self) -> None:
        command = [sys.executable, "-m", f"sandbox.{self.name}", "--home", str(self.home), "--port", "0", *self.options]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        ready = self.process.stdout.readline().strip()
        assert ready.startswith("ready: "), ready
        self.meet(ready.removeprefix("ready: "))

    def meet(self, url: str) -> None:
        """Speaks to the server as somebody who was never there."""
        headers = {"authorization": "Bearer sandbox"} if self.name != "shop" else {}
        self.http = httpx.Client(base_url=url, headers=headers, timeout=60, trust_env=False, verify=tls.trusted())

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(timeout=60)

    def post(self, path: str, body: Any = None, *, status: int = 200, **more: Any) -> Any:
        answer = self.http.post(path, json={} if body is None else body, **more)
        assert answer.status_code == status, answer.text
        return answer.json()

    def get(self, path: str, *, status: int = 200) -> Any:
        answer = self.http.get(path)
        assert answer.status_code == status, answer.text
        return answer.json()


_idle: list[Server] = []  # who has waited longest first


def lend(name: str, *options: str) -> Server:
    """A server with empty books, for one test."""
    wanted = (name, (*options, RENEWABLE))
    for server in reversed(_idle):
        if (server.name, server.options) == wanted:
            _idle.remove(server)
            return server
    home = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=os.environ.get("DOORSTEP_TEST_HOME")))
    server = Server(name, home, wanted[1])
    server.start()
    return server


def give_back(server: Server) -> None:
    """Ends what a test left there, now: nothing of it is sent on, sold or moved while others test.

    One that the test ended, or started otherwise, is not lent again.
    """
    server.http.close()
    if server.process.poll() is not None or RENEWABLE not in server.options:
        server.kill()
        return
    url = str(server.http.base_url).rstrip("/")
    renewed = httpx.post(f"{url}/admin/renew", timeout=60, trust_env=False, verify=tls.trusted())
    assert renewed.status_code == 200, renewed.text
    server.meet(url)
    _idle.append(server)
    if len(_idle) > MOST_IDLE:
        _end(_idle.pop(0))


def _end(server: Server) -> None:
    server.http.close()
    server.kill()


@contextmanager
def borrowed(name: str, *options: str) -> Iterator[Server]:
    """A sandbox server with books of its own, until the block ends."""
    server = lend(name, *options)
    try:
        yield server
    finally:
        give_back(server)


def pytest_unconfigure(config: pytest.Config) -> None:
    """A worker that is done ends its processes."""
    while _idle:
        _end(_idle.pop())
