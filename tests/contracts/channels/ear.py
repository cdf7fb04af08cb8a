"""Who listens where a shop believes our door to be, and keeps whatever comes, as it came."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

OF_THE_WAY = ("host", "content-length", "connection", "accept-encoding")  # of one connection, not of what is sent


@dataclass(frozen=True)
class Caught:
    """A delivery: where it was to go, and its raw bytes."""

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
    def __init__(self) -> None:
        self.caught: list[Caught] = []
        ear = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items() if name.lower() not in OF_THE_WAY}
                ear.caught.append(Caught(self.path, headers, body))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def wait_for(self, is_sent: Callable[[], bool]) -> None:
        """Until the shop has sent what it has to send; at most twenty seconds."""
        end = time.monotonic() + 20
        while not is_sent():
            assert time.monotonic() < end, "waited twenty seconds for a shop to send"
            time.sleep(0.02)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
