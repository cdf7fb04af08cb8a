"""`bin/up` starts, keeps running what dies, stops, and never needs a hand."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest

from doorstep.base import tls
from doorstep.cli.postgres import Server
from tests.setup.customers import customers_are_answered_hand_over_their_returns_and_walk_the_portal
from tests.setup.house import said, url_of
from tests.setup.starting import ROOT, Start, environment, left_over, postmaster, sign_in, until

pytestmark = [pytest.mark.xdist_group("up"), pytest.mark.timeout(900)]
Up = Callable[..., Start]


def listening(start: Start) -> int:
    """How many processes of a house answer at its port."""
    found = 0
    for child in start.children().values():
        with suppress(psutil.Error):
            found += any(c.laddr.port == start.port and c.status == psutil.CONN_LISTEN for c in child.net_connections("tcp"))
    return found


COUNTED = """SELECT (SELECT count(*) FROM accounts_organisation), (SELECT count(*) FROM catalog_product),
                    (SELECT count(*) FROM locations_location WHERE kind = 'warehouse'),
                    (SELECT count(*) FROM locations_location WHERE kind = 'shop'),
                    (SELECT count(*) FROM orders_order WHERE historical),
                    (SELECT count(*) FROM orders_order WHERE NOT historical AND connection_id NOT IN (
                        SELECT id FROM channels_connection WHERE provider IN ('shopify', 'woocommerce', 'amazon'))),
                    (SELECT count(*) FROM returns_return WHERE historical),
                    (SELECT count(*) FROM returns_return WHERE NOT historical),
                    (SELECT count(*) FROM inbox_conversation c WHERE NOT EXISTS (
                        SELECT 1 FROM inbox_message m WHERE m.conversation_id = c.id AND m.message_id LIKE '<demo.%')),
                    (SELECT count(*) FROM inbox_macro), (SELECT count(*) FROM accounts_staff),
                    (SELECT count(*) FROM payments_tillpaper WHERE rates ? '')"""


def test_the_demo_brand_survives_a_kill_while_it_is_seeded_then_signs_in_lives_audits_and_stops(
    up: Up, seeded: Path, home: Path
) -> None:
    start = up().until_ready()
    assert start.said[0] == f"ready: {start.url}\n"
    with psycopg.connect(url_of(home)) as reader:
        counted = reader.execute(COUNTED).fetchone()
    assert counted == (1, 201, 4, 2, 2000, 48, 40, 38, 309, 5, 5, 2)
    browser = sign_in(start)
    products = browser.get("/products/")
    assert products.status_code == 200
    style = re.search(r'href="(/static/[^"]+\.css[^"]*)"', products.text)
    assert style
    assert browser.get(style[1]).status_code == 200
    seller = sign_in(start, "as shop staff:")
    shops = re.findall(r'href="(/till/\d+/)"', seller.get("/till/").text)
    assert len(shops) == 1  # the one where this person works
    assert {one["rate"] for one in seller.get(f"{shops[0]}items/").json()["items"]} - {None} == {1000}
    assert (seller.get("/orders/").status_code, seller.get("/").headers["location"]) == (403, "/till/")
    customers_are_answered_hand_over_their_returns_and_walk_the_portal(start)
    assert "audit: all" in said(home, "audit")
    code, took_s = start.stop()
    assert (code, left_over(home)) == (0, [])
    assert took_s < 20


def test_what_is_killed_comes_back_and_a_killed_starter_with_a_stale_pid_file_needs_no_hand(up: Up, home: Path) -> None:
    start = up("--empty", DOORSTEP_WEB_PROCESSES="2").until_ready()
    words = start.sign_in_words()
    until(lambda: listening(start) == 2, "both web processes", within_s=120)
    for _ in range(8):  # each by a connection of its own, so that both processes answer some
        assert httpx.get(f"{start.url}/healthz", verify=tls.trusted(), timeout=60).status_code == 200
    figures = httpx.get(f"{start.url}/metrics", verify=tls.trusted(), timeout=60).text
    assert 'route="healthz",status="200"} 8.0' in figures
    database = postmaster(home)
    os.kill(database, signal.SIGKILL)
    until(lambda: Server(home / "pg").pid() not in (None, database) and start.is_ready(), "the database", within_s=120)
    before = start.children()
    for child in before.values():
        child.kill()
    until(
        lambda: len(start.children()) == len(before) and not before.keys() & start.children().keys() and start.is_ready(),
        "web, worker and sandbox",
        within_s=120,
    )
    until(lambda: listening(start) == 2, "both web processes again", within_s=120)
    second = Start(home, start.port)
    assert second.process.wait(timeout=120) == 1
    until(lambda: second.complained, "the reason", within_s=60)
    assert second.complained[0].startswith(f"Doorstep runs already in {home.resolve()} (process {start.process.pid}).")
    children = start.children()
    start.kill()
    until(
        lambda: not any(c.is_running() and c.status() != "zombie" for c in children.values()), "their end", within_s=60
    )
    os.kill(postmaster(home), signal.SIGKILL)
    (home / "pg" / "postmaster.pid").write_text(f"{os.getpid()}\n{home}/pg\n1\n5432\n")
    again = up("--empty").until_ready()
    assert again.sign_in_words() == words
    assert sign_in(again).get("/setup/").status_code == 200
    assert again.stop()[0] == 0
    assert left_over(home) == []


def test_a_busy_port_is_told(up: Up) -> None:
    with socket.socket() as taken:
        start = up()
        start.kill()
        taken.bind(("127.0.0.1", start.port))
        taken.listen()
        refused = up()
        assert refused.process.wait(timeout=120) == 1
        until(lambda: refused.complained, "the reason", within_s=60)
    assert refused.complained[0].startswith(f"Port {refused.port} is in use by another program.")


@pytest.mark.parametrize("number", ["0", "65", "many"])
def test_a_number_of_web_processes_that_is_none_is_told(home: Path, number: str) -> None:
    more = {"DOORSTEP_WEB_PROCESSES": number, "DOORSTEP_DATABASE_URL": "", "DOORSTEP_ENV": ""}
    done = subprocess.run(
        [sys.executable, "-m", "doorstep.cli.up"], cwd=ROOT, env=environment(home) | more, capture_output=True, text=True,
        timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert f"DOORSTEP_WEB_PROCESSES is {number}; it must be a number from 1 to 64." in done.stderr


def test_production_refuses_the_embedded_database(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "doorstep.cli.up"], cwd=ROOT, env=environment(home) | {"DOORSTEP_ENV": "production"},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert "In production set DOORSTEP_DATABASE_URL" in done.stderr
