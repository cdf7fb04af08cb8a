"""A program at the brand that is told of events, and counts what it was told."""

from __future__ import annotations

import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Listener:
    """Counts webhooks by their id."""

    def __init__(self) -> None:
        self.heard: Counter[str] = Counter()
        self.since = 0
        heard = self.heard

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                heard[self.headers["webhook-id"]] += 1
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # named so by its base
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def subscribe(self, ctx: Any) -> None:
        """Asks to be told of every event from now on."""
        from doorstep.base import outbox
        from doorstep.channels import webhooks
        from doorstep.flows.webhooks import catalogue
        from doorstep.flows.webhooks.send import reach

        url = f"http://127.0.0.1:{self._server.server_port}/hook"
        _, self.since = outbox.head(ctx.organisation_id)
        webhooks.add(ctx, url=url, types=["*"], known=catalogue.TYPES, reach=reach())

    def close(self) -> None:
        """Hears no more."""
        self._server.shutdown()
