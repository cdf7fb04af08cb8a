"""Doorstep on a PostgreSQL that is somebody else's, as a role that owns its database and nothing more."""

from __future__ import annotations

import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from doorstep.cli.demo.brand import shelves
from doorstep.cli.postgres import OLDEST, Server
from tests.serving import free_port
from tests.setup import seeded
from tests.setup.external import External, external, installed
from tests.setup.house import api, command, figures, post_order, said
from tests.setup.starting import ROOT, Start, environment, left_over, sign_in, until

pytestmark = [pytest.mark.xdist_group("external"), pytest.mark.timeout(900)]
SKU = shelves()[9].variants[0].sku
LISTED = """SELECT count(*) FROM fulfilment_picktask t
              JOIN orders_fulfilmentorder f ON f.id = t.fulfilment_order_id WHERE f.order_id = {}"""


@pytest.fixture(scope="module", params=sorted(installed().items()), ids=lambda found: str(found[0]))
def server(request: pytest.FixtureRequest) -> Iterator[External]:
    with external(request.param[1]) as running:
        yield running


@pytest.fixture
def homes() -> Iterator[list[Path]]:
    made = [Path(tempfile.mkdtemp(prefix="doorstep-external-home-")) for _ in range(2)]
    for home in made:
        home.chmod(0o755)
    yield made
    for home in made:
        Server(home / "pg").stop()
        shutil.rmtree(home, ignore_errors=True)


def test_a_house_on_an_external_server_works_is_backed_up_and_moves_both_ways(
    server: External, homes: list[Path]
) -> None:
    home, new = homes
    url = server.make_database("house")
    here = {"DOORSTEP_DATABASE_URL": url}
    with psycopg.connect(url) as db:
        assert db.info.server_version // 10000 >= OLDEST
        may = db.execute("SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user")
        assert may.fetchone() == (False, False, False)
    assert "Sign in as " in said(home, "prepare", "--empty", **here)  # a house that `up` has made, for the backup to replace
    seeded.copy_to(new)
    backup = new.parent / f"{new.name}.zip"
    said(new, "backup", str(backup))
    said(home, "restore", "--replace", str(backup), **here)
    start = Start(home, free_port(), more=here)
    try:
        start.until_ready()
        assert sign_in(start).get("/orders/").status_code == 200
        key = said(home, "apikey", "create", "--name", "Store", **here).strip()
        with api(start.url, key) as client:
            placed = post_order(client, SKU)
            until(lambda: figures(url, LISTED.format(placed)) == [1], "the order on a pick list", within_s=120, every_s=0.2)
            assert client.get(f"/orders/{placed}").json()["state"] == "open"
        assert "audit: all" in said(home, "audit", **here)
        back = home.parent / f"{home.name}.zip"
        said(home, "backup", str(back), **here)
    finally:
        assert start.stop()[0] == 0
    assert left_over(home) == []
    assert not (home / "pg").exists()

    assert_left_alone(home, back, server.make_database("shared"))
    said(new, "restore", "--replace", str(back))
    assert "audit: all" in said(new, "audit")
    assert figures_of(new, LISTED.format(placed)) == [1]
    for path in (backup, back):
        path.unlink()


def figures_of(home: Path, query: str) -> list[int]:
    """A number from an embedded database that stands still meanwhile."""
    server = Server(home / "pg")
    server.start()
    try:
        return figures(server.url(), query)
    finally:
        server.stop()


def assert_left_alone(home: Path, backup: Path, url: str) -> None:
    """What lives in a database that is not a house's stays, whatever is asked."""
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("CREATE TABLE theirs (id int)")
    for arguments in (["restore", "--replace", str(backup)], ["backup", f"{backup}.second"]):
        refused = command(home, *arguments, DOORSTEP_DATABASE_URL=url)
        assert refused.returncode == 1
        assert "not of this backup (theirs)" in refused.stderr or "holds no Doorstep yet" in refused.stderr
    assert figures(url, "SELECT count(*) FROM theirs") == [0]


def test_a_database_whose_letters_do_not_fold_is_refused_in_words(server: External, homes: list[Path]) -> None:
    done = command(homes[0], "audit", DOORSTEP_DATABASE_URL=server.make_database("ascii_letters", letters="C"))
    assert done.returncode == 1
    assert "know capitals beyond A to Z" in done.stderr
    assert "--lc-ctype=C.UTF-8" in done.stderr


@pytest.fixture
def old_server() -> Iterator[str]:
    """Something that says of itself what PostgreSQL 14 says to whoever connects.

    Source: https://www.postgresql.org/docs/current/protocol-flow.html (start-up, AuthenticationOk, ParameterStatus).
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def message(kind: bytes, body: bytes) -> bytes:
            return kind + struct.pack("!i", len(body) + 4) + body

        hello = message(b"R", struct.pack("!i", 0)) + message(b"S", b"server_version\0" + b"14.11\0")
        hello += message(b"S", b"client_encoding\0UTF8\0") + message(b"Z", b"I")

        def answer() -> None:
            while True:
                try:
                    peer, _ = listening.accept()
                except OSError:
                    return
                with peer:
                    while (first := peer.recv(4096)) and first[4:8] in (b"\x04\xd2\x16\x2f", b"\x04\xd2\x16\x30"):
                        peer.sendall(b"N")  # neither TLS nor GSS
                    peer.sendall(hello)
                    peer.recv(4096)

        threading.Thread(target=answer, daemon=True).start()
        yield f"postgresql://brand@127.0.0.1:{listening.getsockname()[1]}/brand"


@pytest.mark.parametrize("how", ["up", "main"])
def test_a_server_older_than_fifteen_is_refused_in_words(old_server: str, homes: list[Path], how: str) -> None:
    arguments = ["--port", str(free_port())] if how == "up" else ["migrate"]
    done = subprocess.run(
        [sys.executable, "-m", f"doorstep.cli.{how}", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120,
        env=environment(homes[0]) | {"DOORSTEP_DATABASE_URL": old_server}, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "The database runs PostgreSQL 14, and Doorstep needs 15 or newer." in done.stderr
    assert "Traceback" not in done.stderr
