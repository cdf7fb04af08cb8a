"""The way to a shop's API, which can be shut: whoever calls is refused, as by a host that is down; the shop sells on."""

from __future__ import annotations

import contextlib
import socket
import threading

LARGEST = 65_536


class Gate:
    """Passes connections on to a port of this machine while it is open."""

    def __init__(self, port: int, *, to: int) -> None:
        self.port, self._to = port, to
        self._listener: socket.socket | None = None
        self._pairs: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.open()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open(self) -> None:
        """Lets callers in again."""
        listener = socket.create_server(("127.0.0.1", self.port), reuse_port=False)
        self._listener = listener
        threading.Thread(target=self._accept, args=[listener], daemon=True).start()

    def shut(self) -> None:
        """Hangs up on everybody and refuses connections."""
        listener, self._listener = self._listener, None
        if listener is not None:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # wakes whoever waits in accept
            listener.close()
        with self._lock:
            pairs, self._pairs = self._pairs, set()
        for one in pairs:
            _hang_up(one)

    def _accept(self, listener: socket.socket) -> None:
        while self._listener is listener:
            try:
                caller, _ = listener.accept()
                shop = socket.create_connection(("127.0.0.1", self._to))
            except OSError:
                continue
            with self._lock:
                self._pairs |= {caller, shop}
            for one, other in ((caller, shop), (shop, caller)):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._pass, args=[one, other], daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while got := one.recv(LARGEST):
                other.sendall(got)
        with self._lock:
            self._pairs -= {one, other}
        _hang_up(one)
        _hang_up(other)


def _hang_up(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
