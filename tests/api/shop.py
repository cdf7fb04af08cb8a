"""What the sandbox shop would send, signed."""

from __future__ import annotations

import itertools
import json
from datetime import datetime
from typing import Any

from django.test import Client

from doorstep.channels import actions as channels
from doorstep.channels import queries
from doorstep.channels.values import ConnectionRow
from tests.factories import Brand
from tests.signing import signed

_numbers = itertools.count(1)


def connect_shop(brand: Brand, name: str = "Shop") -> ConnectionRow:
    return channels.connect(brand.ctx, provider="sandbox_shop", name=name, url="http://127.0.0.1:9")


def shop_order(
    id: int = 5400000001001, *, lines: tuple[tuple[str, int], ...] = (("A", 1),), **changes: Any
) -> dict[str, Any]:
    """An order in the shop's own shape, in euros."""
    total = sum(qty * 1000 for _, qty in lines) + 490
    return {
        "id": id, "name": f"#{id % 10000}", "created_at": "2026-11-20T09:00:00.000Z", "updated_at": "2026-11-20T09:00:00.000Z",
        "cancelled_at": None, "cancel_reason": None, "financial_status": "paid", "fulfillment_status": None,
        "currency": "EUR", "taxes_included": True,
        "line_items": [
            {"id": id * 100 + n, "sku": sku, "title": f"Thing {sku}", "quantity": qty, "fulfillable_quantity": qty,
             "price": "10.00", "discount": "0.00", "order_discount_share": "0.00", "tax": "0.00"}
            for n, (sku, qty) in enumerate(lines)
        ],
        "order_discount": None, "shipping_lines": [{"title": "Post", "price": "4.90", "tax": "0.00"}],
        "total_tax": "0.00", "total_price": f"{total / 100:.2f}",
        "customer": {"id": 7300000000012, "first_name": "서연", "last_name": "김", "email": "seoyeon@example.com",
                     "phone": "010-1234-5678", "locale": "ko-KR", "accepts_marketing": False},
        "shipping_address": {"name": "김서연", "company": None, "address1": "Torstr. 1", "address2": None, "city": "Berlin",
                             "province": "Berlin", "zip": "10115", "country_code": "DE", "phone": "010-1234-5678"},
        "note": None, "fulfillments": [],
    } | changes  # fmt: skip


def envelope(topic: str, order: Any) -> bytes:
    return json.dumps({"type": topic, "timestamp": "2026-11-20T09:00:00Z", "data": order}).encode()


def send(
    brand: Brand, connection: ConnectionRow, body: bytes, *, id: str = "", secret: str = "", at: datetime | None = None
) -> Any:
    """One signed delivery, as it goes over HTTP."""
    name = id or f"msg_{next(_numbers)}"
    key = secret or queries.secret_of(brand.ctx, connection_id=connection.id)
    headers = signed(body, secret=key, id=name, at=at)
    return Client().generic(
        "POST", f"/hooks/sandbox_shop/{connection.slug}", body, content_type="application/json", headers=headers
    )


def tell(brand: Brand, connection: ConnectionRow, topic: str, order: dict[str, Any], **more: Any) -> dict[str, Any]:
    """One delivery that is kept; returns what the shop was answered."""
    answer = send(brand, connection, envelope(topic, order), **more)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())
