"""A key that may do everything, and a client that speaks JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from django.test import Client

from doorstep.accounts import actions as accounts
from doorstep.accounts.values import PERMISSIONS
from doorstep.api.limits import meter
from doorstep.base import db
from tests.api.past_django import through_the_lane
from tests.factories import Brand, make_brand


@dataclass
class Api:
    """The API as a program sees it."""

    brand: Brand
    secret: str
    lane: bool = False  # single orders go past Django

    def __post_init__(self) -> None:
        self.http = Client()

    def ask(self, method: str, path: str, body: Any = None, *, raw: bytes | None = None, **headers: str) -> Any:
        given = {"authorization": f"Bearer {self.secret}"} | {k.replace("_", "-"): v for k, v in headers.items()}
        kind = given.pop("content-type", "application/json")
        data = raw if raw is not None else (b"" if body is None else json.dumps(body).encode())
        if self.lane and (method, path) == ("POST", "/orders"):
            return through_the_lane(data, {"content-type": kind, **given})
        return self.http.generic(method, f"/api/v1{path}", data, content_type=kind, headers=given)

    def get(self, path: str, **headers: str) -> Any:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any = None, **more: Any) -> Any:
        return self.ask("POST", path, body, **more)

    def patch(self, path: str, body: Any = None, **more: Any) -> Any:
        return self.ask("PATCH", path, body, **more)


def make_key(brand: Brand, *scopes: str) -> str:
    return accounts.make_key(brand.ctx, name="Web store", scopes=scopes or PERMISSIONS).secret


@pytest.fixture(autouse=True)
def _fresh_meter() -> None:
    meter._counts.clear()


@pytest.fixture
def lane() -> bool:
    """Whether single orders go through the lane; modules that hold both ways to the same words have a fixture of their own."""
    return False


@pytest.fixture
def api(db: None, lane: bool) -> Api:
    brand = make_brand()
    return Api(brand, make_key(brand), lane)


@pytest.fixture
def as_key(lane: bool) -> Callable[..., Api]:
    def as_key(brand: Brand, *scopes: str) -> Api:
        return Api(brand, make_key(brand, *scopes), lane)

    return as_key


def order(**changes: Any) -> dict[str, Any]:
    """An order that is accepted as it is."""
    return {
        "external_id": "W-1001",
        "placed_at": datetime.now(UTC).isoformat(),
        "currency": "EUR",
        "customer": {"name": "김민서", "email": "minseo@example.com", "language": "ko"},
        "ship_to": {
            "name": "김민서",
            "lines": ["Torstr. 1"],
            "city": "Berlin",
            "postal_code": "10115",
            "country": "DE",
        },
        "lines": [{"sku": "A", "qty": 2, "unit_price": {"amount": "12.30", "currency": "EUR"}}],
        "shipping": {"amount": "4.90", "currency": "EUR"},
    } | changes


def rows_everywhere() -> dict[str, int]:
    """How many rows each table holds."""
    return {row["name"]: int(row["n"]) for row in db.dicts(_counts())}


@cache
def _counts() -> str:
    """One query for every table: one each would take most of a test's time."""
    tables = db.column("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    return " UNION ALL ".join(f"SELECT '{name}' AS name, count(*) AS n FROM \"{name}\"" for name in tables)


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    """Asserts a problem document and returns it."""
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem.get("code")) == (status, code), answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert set(problem) >= {"type", "title", "status", "code", "detail", "trace", "next_step"}
    assert problem["trace"] == answer.headers["Trace"]
    return problem
