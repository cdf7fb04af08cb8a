"""Lists as files, and which there are."""

from __future__ import annotations

import csv
import io
from typing import Any

from asgiref.sync import async_to_sync
from django.test import Client

NAMES = [
    "arrivals", "conversations", "customers", "deliveries", "drift", "exceptions", "ledger", "listings", "lots", "orders",
    "products", "returns", "shipments", "stock", "transfers",
]  # fmt: skip


def body(answer: Any) -> bytes:
    """A streamed answer, whole."""

    async def read() -> bytes:
        return b"".join([piece async for piece in answer.streaming_content])

    return async_to_sync(read)()


def table(client: Client, path: str) -> list[list[str]]:
    answer = client.get(path)
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(body(answer).decode("utf-8-sig"))))
