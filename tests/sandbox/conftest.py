"""Real sandbox processes on free ports, and a listener that keeps what they push."""

from __future__ import annotations

import base64
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from doorstep.base import tls

ROOT = Path(__file__).resolve().parents[2]
SECRET = "whsec_" + base64.b64encode(b"sandbox-secret-of-thirty-two-byt").decode()


@dataclass
class Server:
    name: str
    home: Path
    options: tuple[str, ...]
    process: subprocess.Popen[str] = field(init=False)
    http: httpx.Client = field(init=False)

    def start(self) -> None:
        command = [sys.executable, "-m", f"sandbox.{self.name}", "--home", str(self.home), "--port", "0", *self.options]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        ready = self.process.stdout.readline().strip()
        assert ready.startswith("ready: "), ready
        headers = {"authorization": "Bearer sandbox"} if self.name != "shop" else {}
        self.http = httpx.Client(
            base_url=ready.removeprefix("ready: "), headers=headers, timeout=10, trust_env=False, verify=tls.trusted()
        )

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(timeout=10)

    def post(self, path: str, body: Any = None, *, status: int = 200, **more: Any) -> Any:
        answer = self.http.post(path, json={} if body is None else body, **more)
        assert answer.status_code == status, answer.text
        return answer.json()

    def get(self, path: str, *, status: int = 200) -> Any:
        answer = self.http.get(path)
        assert answer.status_code == status, answer.text
        return answer.json()


@contextmanager
def running(name: str, home: Path, *options: str) -> Iterator[Server]:
    """A sandbox server with books of its own, until the block ends."""
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
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hooks"

    def ids(self) -> list[str]:
        return [one for one, _ in self.got]

    def events(self) -> list[dict[str, Any]]:
        return [event for _, event in self.got]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def run(name: str, *options: str) -> Server:
        server = Server(name, tmp_path / name, ("--retry-s", "0.05", *options))
        server.start()
        servers.append(server)
        return server

    yield run
    for server in servers:
        server.kill()
        server.http.close()


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
