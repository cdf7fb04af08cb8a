"""Webhooks over HTTP: signed, to no address that may not be reached, and never for longer than one may wait.

Source: Standard Webhooks, "Signature scheme", "Server side request forgery", "Failure handling".
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import httpcore
from standardwebhooks import Webhook

from doorstep.base import tls
from doorstep.base.reach import Reach, may_reach
from doorstep.base.registry import Settings
from doorstep.channels.port import Answered, Unheard

CONNECT_S, DEADLINE_S = 5.0, 15.0
MOST_READ = 4096
KEPT = 1000
SocketOption = Any


class _Stream(httpcore.NetworkStream):
    """A connection that ends at its deadline, however slowly the other side speaks."""

    def __init__(self, inner: httpcore.NetworkStream, left: Callable[[], float]) -> None:
        self._inner = inner
        self._left = left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._left())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, self._left()), self._left)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Guarded(httpcore.NetworkBackend):
    """Connects only to addresses that may be reached, and to the very address that was looked at."""

    def __init__(self, reach: Reach, deadline_s: float) -> None:
        self._reach = reach
        self._inner = httpcore.SyncBackend()
        self._until = time.monotonic() + deadline_s

    def _left(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the answer took too long")
        return left

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.NetworkStream:
        trouble: Exception = httpcore.ConnectError("its name leads nowhere")
        for address in self._addresses(host, port):
            if not may_reach(address, reach=self._reach):
                trouble = Unheard("it leads to an address of our own network")
                continue
            try:
                wait_s = min(CONNECT_S, self._left())
                stream = self._inner.connect_tcp(address, port, wait_s, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as problem:
                trouble = problem
            else:
                return _Stream(stream, self._left)
        raise trouble

    @staticmethod
    def _addresses(host: str, port: int) -> list[str]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as problem:
            raise httpcore.ConnectError(f"its name leads nowhere: {problem}") from None
        return list(dict.fromkeys(str(one[4][0]) for one in found))[:4]


class HttpSender:
    """The way out; `settings`: reach, and deadline_s where it is another than 15."""

    def __init__(self, settings: Settings) -> None:
        self._reach = Reach(settings["reach"])
        self._deadline_s = float(settings.get("deadline_s", DEADLINE_S))

    def post(self, url: str, *, id: str, secrets: Sequence[str], body: str) -> Answered:
        """A redirect is an answer like any other; of an answer only the beginning is read."""
        now = datetime.now(UTC)
        headers: dict[bytes | str, bytes | str] = {
            "Content-Type": "application/json", "User-Agent": "Doorstep-Webhooks/1", "Accept-Encoding": "identity",
            "webhook-id": id, "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(Webhook(secret).sign(id, now, body) for secret in secrets),
        }  # fmt: skip
        guard = _Guarded(self._reach, self._deadline_s)
        try:
            with httpcore.ConnectionPool(ssl_context=tls.trusted(), network_backend=guard) as pool:
                with pool.stream("POST", url, headers=headers, content=body.encode()) as answer:
                    return Answered(answer.status, _beginning(answer.iter_stream()))
        except httpcore.TimeoutException:
            raise Unheard("no answer in time") from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, OSError) as trouble:
            raise Unheard(f"{type(trouble).__name__}: {trouble}"[:300]) from trouble


def _beginning(chunks: Iterable[bytes]) -> str:
    """The first characters of an answer; one that breaks off or drips has said enough with its status."""
    read = b""
    try:
        for chunk in chunks:
            read += chunk
            if len(read) >= MOST_READ:
                break
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError):
        pass
    return read[:MOST_READ].decode("utf-8", errors="replace").replace("\x00", "")[:KEPT]
