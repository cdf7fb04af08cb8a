"""Documents lie where Amazon says, which is nowhere that could be read on the way, and are no larger than documents are."""

from __future__ import annotations

import http.server
import threading

import pytest

from doorstep.base.refusals import Refused
from doorstep.channels.pacing import Pacer
from doorstep.providers.amazon.calls import Calls
from doorstep.providers.amazon.tokens import Grant

CALLS = Calls(url="http://127.0.0.1:9", grant=Grant("http://127.0.0.1:9", "i", "s", "r"), pacer=Pacer(1, 1))


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/latest", "file:///etc/passwd", "ftp://127.0.0.1/", "/report", "https://", "http://["]
)
def test_an_address_in_the_open_or_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(Refused, match="unreadable"):
        CALLS.get(url, most=100)
    with pytest.raises(Refused, match="unreadable"):
        CALLS.put(url, b"{}", content_type="application/json")


class Large(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-length", "101")
        self.end_headers()
        self.wfile.write(b"x" * 101)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def test_a_document_is_read_as_far_as_it_may_be_large() -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), Large) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/"
        assert CALLS.get(url, most=101) == b"x" * 101
        with pytest.raises(Refused, match="unreadable"):
            CALLS.get(url, most=100)
        server.shutdown()
