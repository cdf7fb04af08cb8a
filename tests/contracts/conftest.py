"""A real shop process, and a brand whose catalogue it sells."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandboxes import Server, borrowed

CATALOG = [
    {"sku": "A", "title": "티셔츠", "price": "29000", "currency": "KRW"},
    {"sku": "B", "title": "Mug", "price": "24.90", "currency": "USD"},
    {"sku": "C", "title": "Becher", "price": "22.50", "currency": "EUR"},
    {"sku": "D", "title": "Tea", "price": "18.75", "currency": "GBP"},
]


@pytest.fixture
def shop() -> Iterator[Server]:
    with borrowed("shop", "--retry-s", "0.1") as server:
        assert server.http.put("/admin/catalog", json=CATALOG).status_code == 200
        yield server


@pytest.fixture
def amazon() -> Iterator[Server]:
    with borrowed("amazon", "--retry-s", "0.1", "--feed-s", "0.4", "--hold-s", "0.1") as server:
        offered = [{"sku": sku, "title": f"Item {sku}", "quantity": 50} for sku in "ABCD"]
        assert server.http.put("/admin/listings", json=offered).status_code == 200
        yield server
