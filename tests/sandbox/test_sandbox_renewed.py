"""A server that is lent from test to test begins anew in between, and one of the demo never does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.serving import RENEW
from tests import sandboxes
from tests.sandbox.conftest import Listener, running

KINDS = ("shop", "shopify", "woocommerce", "amazon", "carrier", "payment", "mailbox", "warehouse", "phone")


def catalogue(shop: Any) -> None:
    item = {"sku": "A", "title": "Mug", "price": "9.90", "currency": "EUR"}
    assert shop.http.put("/admin/catalog", json=[item]).status_code == 200


def test_nothing_of_an_earlier_life_is_left_or_goes_on(run: Any, listener: Listener, secret: str) -> None:
    shop = run("shop")
    catalogue(shop)
    shop.post("/admin/connect", {"webhook_url": listener.url, "secret": secret})
    shop.post("/admin/faults", {"delay_s": 0.2})
    shop.post("/admin/live", {"on": True, "every_s": 0.05})
    first = shop.post("/orders", status=201)
    assert shop.post(RENEW) == {"renewed": True}
    assert (shop.get("/orders")["orders"], shop.get("/admin/deliveries")["deliveries"]) == ([], [])
    assert (shop.get("/admin/connect"), shop.get("/admin/live")["on"]) == ({"webhook_url": None}, False)
    assert shop.get("/admin/faults")["delay_s"] == 0
    assert shop.get("/admin/catalog") == {"items": []}
    catalogue(shop)
    assert shop.post("/orders", status=201)["id"] == first["id"]
    assert listener.got == []


@pytest.mark.parametrize("kind", KINDS)
def test_whoever_borrows_after_another_gets_the_same_process_anew(kind: str) -> None:
    with sandboxes.borrowed(kind, "--retry-s", "0.05") as one:
        one.post("/admin/faults", {"error_5xx": 1})
        process = one.process.pid
    with sandboxes.borrowed(kind, "--retry-s", "0.05") as other:
        assert (other.process.pid, other.get("/admin/faults")["error_5xx"]) == (process, 0)


def test_one_that_a_test_ended_is_not_lent_again() -> None:
    with sandboxes.borrowed("shop", "--retry-s", "0.05") as one:
        assert one.stop() == 0
    with sandboxes.borrowed("shop", "--retry-s", "0.05") as other:
        assert other.process.pid != one.process.pid
        assert other.get("/healthz") == {"status": "ok", "server": "shop"}


def test_who_was_not_started_so_keeps_his_books(tmp_path: Path) -> None:
    with running("shop", tmp_path) as shop:
        catalogue(shop)
        assert shop.http.post(RENEW).status_code == 404
        assert len(shop.get("/admin/catalog")["items"]) == 1
