"""A real shop process, and a brand whose catalogue it sells."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import stamina

from doorstep.providers.amazon import tokens
from tests.contracts.shopify import selling as selling_at_shopify
from tests.sandboxes import Server, borrowed

CATALOG = [
    {"sku": "A", "title": "티셔츠", "price": "29000", "currency": "KRW"},
    {"sku": "B", "title": "Mug", "price": "24.90", "currency": "USD"},
    {"sku": "C", "title": "Becher", "price": "22.50", "currency": "EUR"},
    {"sku": "D", "title": "Tea", "price": "18.75", "currency": "GBP"},
]


@pytest.fixture(autouse=True)
def no_pauses() -> Iterator[None]:
    """Calls are repeated as often as ever, but at once."""
    with stamina.set_testing(True, attempts=100, cap=True):
        yield


@contextmanager
def selling_by_itself() -> Iterator[Server]:
    """A shop of the sandbox's own kind that sells the catalogue."""
    with borrowed("shop", "--retry-s", "0.1") as server:
        assert server.http.put("/admin/catalog", json=CATALOG).status_code == 200
        yield server


@contextmanager
def selling_at_amazon() -> Iterator[Server]:
    """A marketplace where a brand offers A to D."""
    tokens.forget()  # the server may be one that gave tokens in another life
    with borrowed("amazon", "--retry-s", "0.1", "--feed-s", "0.4", "--hold-s", "0.1") as server:
        offered = [{"sku": sku, "title": f"Item {sku}", "quantity": 50} for sku in "ABCD"]
        assert server.http.put("/admin/listings", json=offered).status_code == 200
        yield server


@pytest.fixture
def shop() -> Iterator[Server]:
    with selling_by_itself() as server:
        yield server


@pytest.fixture
def shopify() -> Iterator[Server]:
    """A shop at Shopify whose books nobody has touched."""
    with selling_at_shopify() as server:
        yield server


@pytest.fixture(scope="module")
def lasting_shopify() -> Iterator[Server]:
    """A shop at Shopify for all tests of a file, none of which minds what the others left there."""
    with selling_at_shopify() as server:
        yield server


@pytest.fixture
def amazon() -> Iterator[Server]:
    with selling_at_amazon() as server:
        yield server
