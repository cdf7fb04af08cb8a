"""A line to the web process that can be cut: what is emulated in a browser does not hold for the workers of its pages."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit


class Line:
    """Passes bytes on between a browser and the server.  `url` stays the same over every cut."""

    def __init__(self, to: str) -> None:
        found = urlsplit(to)
        self._to = (str(found.hostname), int(found.port or 80))
        self._open: set[socket.socket] = set()
        self._up = True
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def cut(self) -> None:
        """Ends every connection, and each that is made from now on."""
        self._up = False
        for one in list(self._open):
            _end(one)

    def mend(self) -> None:
        self._up = True

    def close(self) -> None:
        self.cut()
        _end(self._door)

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._door.accept()
            except OSError:
                return
            if not self._up:
                _end(near)
                continue
            far = socket.create_connection(self._to)
            self._open |= {near, far}
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):  # the other side went, or the line was cut
            while self._up and (some := source.recv(65536)):
                sink.sendall(some)
        _end(source)
        _end(sink)
        self._open -= {source, sink}


def _end(one: socket.socket) -> None:
    with suppress(OSError):  # it may be over already
        one.shutdown(socket.SHUT_RDWR)
    one.close()


@contextmanager
def line(to: str) -> Iterator[Line]:
    made = Line(to)
    try:
        yield made
    finally:
        made.close()
