"""A running house as programs see it: its commands and its API."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import httpx
import psycopg

from doorstep.base import tls
from doorstep.cli.postgres import Server
from tests.api.conftest import order
from tests.setup.starting import ROOT, environment

_numbers = itertools.count(1)


def command(home: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """`bin/doorstep` on a data folder."""
    return subprocess.run(
        [sys.executable, "-m", "doorstep.cli.main", *arguments],
        cwd=ROOT, env=environment(home) | more, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip


def said(home: Path, *arguments: str, **more: str) -> str:
    """What a command printed; one that failed fails the test."""
    done = command(home, *arguments, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def api(url: str, key: str) -> httpx.Client:
    """A program with a key."""
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.Client(base_url=f"{url}/api/v1", headers=headers, trust_env=False, timeout=60, verify=tls.trusted())


def post_order(client: httpx.Client, sku: str) -> int:
    """Places an order for one unit; gives its id."""
    number = f"W-{next(_numbers)}"
    lines = [{"sku": sku, "qty": 1, "unit_price": {"amount": "10.00", "currency": "EUR"}}]
    answer = client.post("/orders", json=order(external_id=number, lines=lines))
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def figures(url: str, *queries: str) -> list[int]:
    """One number per query, from the database itself."""
    with psycopg.connect(url) as db:
        return [int((db.execute(query.encode()).fetchone() or [0])[0]) for query in queries]


def url_of(home: Path) -> str:
    """The embedded database of a data folder."""
    return Server(home / "pg").url()
