"""A program at the brand that is told of events: a real server that keeps what came and answers as it is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

from doorstep.base import outbox
from doorstep.base.reach import Reach
from doorstep.channels import deliveries, webhooks
from doorstep.channels.values import DeliveryRow, DeliveryWish
from doorstep.channels.webhooks import Added
from doorstep.flows.webhooks import catalogue
from tests.factories import Brand


@dataclass
class Receiver:
    """`answer`: what it says to a body; a status, or a text that drips so many seconds."""

    url: str = ""
    answer: Callable[[dict[str, Any]], int | float] = lambda body: 204
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    def ids(self) -> list[str]:
        return [one["webhook-id"] for one in self.headers]

    def read(self, secret: str) -> list[dict[str, Any]]:
        """What came, each checked as a receiver checks it."""
        return [dict(Webhook(secret).verify(body, head)) for body, head in zip(self.bodies, self.headers, strict=True)]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a port of its own."""
    kept = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            import json

            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.bodies.append(body)
            kept.headers.append({name.lower(): value for name, value in self.headers.items()})
            kept.paths.append(self.path)
            said = kept.answer(json.loads(body))
            if isinstance(said, float):
                self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                for n in range(int(said * 20)):
                    self.wfile.write(f"X-Drip-{n}: 1\r\n".encode())
                    self.wfile.flush()
                    time.sleep(0.05)
                return
            self.send_response(said)
            if said in (301, 302, 307, 308):
                self.send_header("Location", "/elsewhere")
            text = b"" if said == 204 else b"x" * 100_000 if said == 299 else f"It says {said}.".encode()
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: Any) -> None:
            return

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            return

    server = Quiet(("127.0.0.1", 0), Handler)
    kept.url = f"http://127.0.0.1:{server.server_address[1]}/hooks"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()


def subscribe(brand: Brand, url: str, *types: str) -> Added:
    """An address that is told of these types, or of all."""
    return webhooks.add(brand.ctx, url=url, types=types or ("*",), known=catalogue.TYPES, reach=Reach.LOOPBACK)


def make_delivery(brand: Brand) -> DeliveryRow:
    """A subscription for which one event waits."""
    added = subscribe(brand, "https://hooks.example.com/doorstep")
    wish = DeliveryWish(1, "order.placed", "order:1", "{}")
    webhooks.queue(brand.ctx, id=added.subscription.id, wishes=[wish], until=outbox.head(brand.ctx.organisation_id))
    return deliveries.list_deliveries(brand.ctx, subscription_id=added.subscription.id)[0]
