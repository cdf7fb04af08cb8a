"""A server at a loopback address that keeps whatever is sent to it, as it came, and answers everybody the same."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

OF_THE_WAY = ("host", "content-length", "connection", "accept-encoding")  # of one connection, not of what is sent


@dataclass(frozen=True)
class Caught:
    """What was sent: where it was to go, its headers in small letters, and its raw bytes."""

    path: str
    headers: dict[str, str]
    body: bytes

    def with_body(self, body: bytes) -> Caught:
        """The same, with what somebody made of it on the way."""
        return replace(self, body=body)

    def without(self, header: str) -> Caught:
        """The same, without one of its headers."""
        return replace(self, headers={name: value for name, value in self.headers.items() if name != header})


class Ear:
    """`status`, `body`, `headers`: what everybody is answered from now on."""

    def __init__(self, path: str = "", *, status: int = 200, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        self.caught: list[Caught] = []
        self.status, self.body, self.headers = status, body, dict(headers or {})
        ear = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers.get("content-length", 0)))
                told = {name.lower(): value for name, value in self.headers.items() if name.lower() not in OF_THE_WAY}
                ear.hear(Caught(self.path, told, raw))
                self.send_response(ear.status)
                for name, value in {"content-length": str(len(ear.body)), **ear.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(ear.body)

            do_GET = do_POST

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}{path}"

    def hear(self, caught: Caught) -> None:
        """Keeps it.  Whatever this raises leaves the sender without an answer."""
        self.caught.append(caught)

    def wait_for(self, is_sent: Callable[[], bool]) -> None:
        """Until whoever sends has sent what it has to send; at most a minute."""
        end = time.monotonic() + 60
        while not is_sent():
            assert time.monotonic() < end, "waited a minute for somebody to send"
            time.sleep(0.02)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def listening(path: str = "", *, status: int = 200, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Iterator[Ear]:
    """An ear, until the block ends."""
    ear = Ear(path, status=status, body=body, headers=headers)
    try:
        yield ear
    finally:
        ear.close()
