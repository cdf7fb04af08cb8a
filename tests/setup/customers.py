"""The customers of a live demo, in a real house: they use the doors that people use."""

from __future__ import annotations

import json

import httpx

from doorstep.base import tls
from tests.setup.house import figures, url_of
from tests.setup.starting import Start, until

BY_PORTAL = "SELECT count(*) FROM returns_return WHERE key LIKE 'portal:%'"
ANSWERED = "SELECT count(*) FROM inbox_message WHERE direction = 'out' AND author_kind = 'system'"
COMING = "SELECT count(*) FROM returns_return WHERE goods = 'in_transit'"


def customers_are_answered_hand_over_their_returns_and_walk_the_portal(start: Start) -> None:
    """In a demo house that has just become ready."""
    assert start.said[-1].startswith("As a customer: shop with chat http://127.0.0.1:")
    assert start.said[-1].endswith(f"send something back {start.url}/r/moru/\n")
    url = url_of(start.home)
    until(lambda: figures(url, ANSWERED)[0] >= 3, "answers to those who ask where their order is", within_s=120, every_s=0.3)
    until(lambda: figures(url, COMING)[0] >= 2, "the first scan of the returns under way", within_s=120, every_s=0.3)
    ports = json.loads((start.home / "sandbox" / "ports.json").read_text())
    mailbox = f"http://127.0.0.1:{ports['mailbox']}"
    told = {
        "on": True, "every_s": 0.3, "house": "help@moru.example", "web": start.url, "slug": "moru",
        "carrier": f"http://127.0.0.1:{ports['carrier']}", "carrier_token": "sandbox",
    }  # fmt: skip
    headers = {"authorization": "Bearer sandbox"}
    with httpx.Client(base_url=mailbox, headers=headers, trust_env=False, timeout=60, verify=tls.trusted()) as http:
        http.post("/admin/live", json=told).raise_for_status()
        until(lambda: figures(url, COMING)[0] >= 5, "parcels that customers hand over", within_s=150, every_s=0.3)
        until(lambda: figures(url, BY_PORTAL)[0] == 1, "a return through the portal", within_s=120, every_s=0.3)
        assert http.post("/admin/live", json={"on": False}).json()["on"] is False
