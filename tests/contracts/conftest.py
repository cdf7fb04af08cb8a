"""A real shop process, and a brand whose catalogue it sells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.conftest import Server

CATALOG = [
    {"sku": "A", "title": "티셔츠", "price": "29000", "currency": "KRW"},
    {"sku": "B", "title": "Mug", "price": "24.90", "currency": "USD"},
    {"sku": "C", "title": "Becher", "price": "22.50", "currency": "EUR"},
    {"sku": "D", "title": "Tea", "price": "18.75", "currency": "GBP"},
]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Server]:
    server = Server("shop", tmp_path / "shop", ("--retry-s", "0.1"))
    server.start()
    assert server.http.put("/admin/catalog", json=CATALOG).status_code == 200
    yield server
    server.kill()
    server.http.close()


@pytest.fixture
def amazon(tmp_path: Path) -> Iterator[Server]:
    server = Server("amazon", tmp_path / "amazon", ("--retry-s", "0.1", "--feed-s", "0.4", "--hold-s", "0.1"))
    server.start()
    offered = [{"sku": sku, "title": f"Item {sku}", "quantity": 50} for sku in "ABCD"]
    assert server.http.put("/admin/listings", json=offered).status_code == 200
    yield server
    server.kill()
    server.http.close()
