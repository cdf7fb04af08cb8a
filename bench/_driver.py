"""Sends prepared HTTP requests over many connections and notes what came back, in one thread that takes little itself."""

from __future__ import annotations

import select
import socket
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Sent:
    """What became of the requests.  `latencies_s`: sorted; `next`: the first request that was not sent."""

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    latencies_s: list[float] = field(default_factory=list)
    next: int = 0
    bodies: list[bytes] = field(default_factory=list)

    @property
    def per_s(self) -> float:
        """Answers per second, refusals included."""
        return len(self.latencies_s) / self.seconds

    def quantile_ms(self, part: float) -> float:
        """So many milliseconds or fewer took that part of the requests."""
        return self.latencies_s[min(int(len(self.latencies_s) * part), len(self.latencies_s) - 1)] * 1000


def post(path: str, secret: str, body: bytes) -> bytes:
    """A request as it goes over the wire."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {secret}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Driver:
    """`connections` that each send the next request when they were answered, or at its moment where there is a `rate_per_s`."""

    def __init__(self, port: int, requests: Sequence[bytes], *, connections: int = 64, keep_bodies: bool = False) -> None:
        self._requests, self._keep = requests, keep_bodies
        self._poll = select.epoll()
        self._sockets: dict[int, socket.socket] = {}
        for _ in range(connections):
            sock = socket.create_connection(("127.0.0.1", port))
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sockets[sock.fileno()] = sock
            self._poll.register(sock.fileno(), select.EPOLLIN)

    def run(self, *, first: int = 0, seconds: float = 1e9, most: int = 10**9, rate_per_s: float = 0.0) -> Sent:
        """Sends until the time or the requests are over, and waits for what is under way.

        Those who waited longest send next, so that every web process gets its share also when there is little to do.
        With a rate a request counts from the moment at which it should have been sent, so that a queue in front of the
        connections is not left out.
        """
        sent = Sent(next=first)
        last = min(first + most, len(self._requests))
        began = time.perf_counter()
        idle = deque(self._sockets)
        since: dict[int, float] = {}
        parts: dict[int, bytes] = {}
        while True:
            now = time.perf_counter()
            while idle and sent.next < last and now - began < seconds:
                due = began + (sent.next - first) / rate_per_s if rate_per_s else now
                if due > now:
                    break
                fd = idle.popleft()
                since[fd] = due
                self._sockets[fd].sendall(self._requests[sent.next])
                sent.next += 1
            if not since and (sent.next >= last or now - began >= seconds):
                break
            for fd, _ in self._poll.poll(0.0005 if rate_per_s else 1):
                whole = self._read(fd, parts)
                if whole is None:
                    continue
                sent.latencies_s.append(time.perf_counter() - since.pop(fd))
                sent.statuses[int(whole[9:12])] += 1
                if self._keep:
                    sent.bodies.append(whole.partition(b"\r\n\r\n")[2])
                idle.append(fd)
        sent.seconds = time.perf_counter() - began
        sent.latencies_s.sort()
        return sent

    def _read(self, fd: int, parts: dict[int, bytes]) -> bytes | None:
        """The whole answer, or None while some of it is under way."""
        got = self._sockets[fd].recv(65536)
        if not got:
            raise ConnectionError("a web process hung up")
        found = parts.pop(fd, b"") + got
        head, _, body = found.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or -1)
        if len(body) < length or length < 0:
            parts[fd] = found
            return None
        return found

    def close(self) -> None:
        """Hangs up."""
        for sock in self._sockets.values():
            sock.close()
        self._poll.close()
