"""A house is backed up while it works, and comes back whole or not at all."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from doorstep.cli.backup import files, marker
from doorstep.cli.backup.archive import Archive, Manifest, Writer
from doorstep.cli.backup.marker import Unfinished
from doorstep.cli.demo.brand import shelves
from doorstep.cli.postgres import Server, Trouble
from tests.serving import free_port
from tests.setup import seeded
from tests.setup.house import api, command, figures, post_order, said, url_of
from tests.setup.starting import ROOT, Start, environment, sign_in, until

pytestmark = [pytest.mark.xdist_group("backup"), pytest.mark.timeout(900)]
SKU, OTHER = shelves()[0].variants[0].sku, shelves()[9].variants[0].sku
HOLDS = "SELECT count(*) FROM accounts_organisation"
LISTED = """SELECT count(*) FROM fulfilment_picktask t
              JOIN orders_fulfilmentorder f ON f.id = t.fulfilment_order_id WHERE f.order_id = {}"""
OTHERS = """SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND usename IS NOT NULL AND pid <> pg_backend_pid()"""
ORDERS = "SELECT count(*) FROM orders_order WHERE NOT historical"


@dataclass
class Living:
    """A demo house that was backed up while orders came in: known before the backup began, and after it ended."""

    home: Path
    backup: Path
    words: tuple[str, str]
    before: int
    after: int
    stood: frozenset[str]  # in the data folder before the backup began
    replaced: subprocess.CompletedProcess[str]  # what was said to a restore over it while it lived


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="doorstep-backup-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="module")
def living(folder: Path) -> Living:
    (folder / "living").mkdir(mode=0o755)
    seeded.copy_to(folder / "living")
    start = Start(folder / "living", free_port())
    try:
        start.until_ready()
        key = said(start.home, "apikey", "create", "--name", "Till").strip()
        stop = threading.Event()

        def keep_ordering() -> None:
            with api(start.url, key) as client:
                while not stop.wait(0.1):
                    post_order(client, SKU)

        threads = [threading.Thread(target=keep_ordering) for _ in range(2)]
        for thread in threads:
            thread.start()
        time.sleep(1)
        [before] = figures(url_of(start.home), ORDERS)
        stood = frozenset(path.name for path in start.home.iterdir())
        told = said(start.home, "backup", str(folder / "house.zip"))
        [after] = figures(url_of(start.home), ORDERS)
        stop.set()
        for thread in threads:
            thread.join()
        assert told.startswith("backup: ")
        assert after - before >= 5
        replaced = command(start.home, "restore", "--replace", str(folder / "house.zip"))
    finally:
        start.kill() if start.process.poll() is not None else start.stop()
        Server(start.home / "pg").stop()
    return Living(start.home, folder / "house.zip", start.sign_in_words(), before, after, stood, replaced)


@pytest.fixture(scope="module")
def told_and_restored(living: Living, folder: Path) -> tuple[str, Path]:
    """What the command said that restored the backup elsewhere, and the data folder: it stands still, and is copied."""
    home = folder / "restored"
    home.mkdir(mode=0o755)
    told = said(home, "restore", str(living.backup))
    Server(home / "pg").stop()
    return told, home


@pytest.fixture
def new(folder: Path) -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="new-", dir=folder))
    path.chmod(0o755)
    yield path
    Server(path / "pg").stop()
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def restored(told_and_restored: tuple[str, Path], new: Path) -> Path:
    """A house of its own that came out of the backup."""
    subprocess.run(["cp", "-a", f"{told_and_restored[1]}/.", str(new)], check=True)
    return new


@pytest.fixture
def running(new: Path) -> Path:
    """The database of a new house runs for the whole test, so that commands need not start it each time."""
    Server(new / "pg").start()
    return new


def contents(home: Path, name: str) -> dict[str, bytes]:
    """Whole files by name: what a process was writing when it was ended is none."""
    root = home / name
    whole = [path for path in sorted(root.rglob("*")) if path.is_file() and path.suffix != ".tmp"]
    return {str(path.relative_to(root)): path.read_bytes() for path in whole}


def test_a_living_house_comes_back_whole_elsewhere_and_works_on(
    living: Living, told_and_restored: tuple[str, Path], restored: Path
) -> None:
    new = restored
    assert told_and_restored[0].startswith("restored: ")
    assert "audit: all" in said(new, "audit")
    assert (new / "secret-key").read_text() == (living.home / "secret-key").read_text()
    assert contents(new, "media") == contents(living.home, "media") != {}
    start = Start(new, free_port())
    try:
        start.until_ready()
        [orders] = figures(url_of(new), ORDERS)
        assert living.before <= orders <= living.after
        assert start.sign_in_words() == living.words
        assert sign_in(start).get("/orders/").status_code == 200
        key = said(new, "apikey", "create", "--name", "Till 2").strip()
        with api(start.url, key) as client:
            placed = post_order(client, OTHER)
        until(lambda: figures(url_of(new), LISTED.format(placed)) == [1], "the order on a pick list", within_s=120, every_s=0.2)
        with psycopg.connect(url_of(new)) as db:
            told = db.execute(
                """SELECT max(id) FILTER (WHERE tx = 0) < min(id) FILTER (WHERE tx > 0),
                          max(tx) < pg_snapshot_xmax(pg_current_snapshot())::text::bigint FROM base_event"""
            )
            # What happens now comes after what was restored, and nothing lies in the future, where no stream would see it.
            assert told.fetchone() == (True, True)
    finally:
        start.stop()


def test_a_house_is_not_replaced_unasked_and_a_restore_killed_between_tables_and_files_is_repeated_first(
    living: Living, restored: Path
) -> None:
    new = restored
    assert living.replaced.returncode == 1
    assert f"Doorstep runs already in {living.home}" in living.replaced.stderr
    Server(new / "pg").start()
    with psycopg.connect(url_of(new), autocommit=True) as db:
        db.execute("UPDATE accounts_organisation SET name = 'Mine'")
        busy = command(new, "restore", "--replace", str(living.backup))
    assert busy.returncode == 1
    assert "Others work in this database (1 connections)" in busy.stderr
    (new / "mine.txt").write_text("not of a backup")
    asked = command(new, "restore", str(living.backup))
    assert asked.returncode == 1
    assert "A house lives here already (Mine). Say --replace" in asked.stderr
    kill_while_it_builds(new, living.backup, 0.7, "--replace")
    assert figures(url_of(new), f"{HOLDS} WHERE name = 'Mine'") == [1]
    # As it would stand that much later: the tables are moving in, and the files are gone.
    shutil.rmtree(new / "media")
    marker.put(new, Unfinished(str(living.backup), "2026-11-23T09:00:00+00:00", moving=True))
    start = Start(new, free_port())
    assert start.process.wait(timeout=120) == 1
    until(lambda: start.complained, "the reason", within_s=60)
    assert start.complained[-1] == f"A restore was interrupted. Repeat it first: bin/doorstep restore {living.backup}\n"
    said(new, "restore", str(living.backup))
    assert figures(url_of(new), f"{HOLDS} WHERE name = 'Mine'") == [0]
    assert contents(new, "media") == contents(living.home, "media")
    assert (new / "mine.txt").exists()
    assert "audit: all" in said(new, "audit")


def kill_while_it_builds(home: Path, backup: Path, wait_s: float, *more: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "doorstep.cli.main", "restore", *more, str(backup)],
        cwd=ROOT, env=environment(home), stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    while "Building" not in process.stderr.readline():
        assert process.poll() is None
    time.sleep(wait_s)
    assert process.poll() is None
    process.kill()
    process.wait()
    assert marker.find(home) is not None
    until(lambda: figures(url_of(home), OTHERS) == [0], "the database to notice", within_s=60)


def test_a_restore_that_is_killed_says_so_and_can_be_repeated(living: Living, running: Path) -> None:
    for wait_s in (0.3, 0.9):
        kill_while_it_builds(running, living.backup, wait_s)
    done = command(running, "restore", str(living.backup))
    assert done.returncode == 0, done.stderr
    assert f"The restore of {living.backup}, begun at " in done.stderr
    assert marker.find(running) is None
    assert "audit: all" in said(running, "audit")


def test_a_backup_that_was_cut_or_changed_is_refused_before_anything_is_touched(living: Living, running: Path) -> None:
    whole = living.backup.read_bytes()
    with zipfile.ZipFile(living.backup) as opened:
        at = opened.getinfo("tables/orders_order").header_offset + 5000
    broken = {
        "cut.zip": whole[: len(whole) // 2],
        "one-byte.zip": whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :],
        "empty.zip": b"",
        "text.zip": b"not a backup",
    }
    for name, data in broken.items():
        path = living.backup.with_name(name)
        path.write_bytes(data)
        refused = command(running, "restore", str(path))
        assert refused.returncode == 1, name
        assert "damaged" in refused.stderr, refused.stderr
        assert "Traceback" not in refused.stderr
    missing = command(running, "restore", "no-such-file.zip")
    assert "There is no file" in missing.stderr
    assert figures(url_of(running), "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [0]
    assert not (running / "restoring").exists()


def test_a_backup_of_an_older_version_is_brought_up_and_one_of_a_newer_is_refused(
    living: Living, restored: Path
) -> None:
    running = restored
    Server(running / "pg").start()
    with psycopg.connect(url_of(running), autocommit=True) as db:  # as the way back of that migration leaves it
        db.execute("DROP TABLE routing_lanecost, routing_asked")
        db.execute("DELETE FROM django_migrations WHERE (app, name) = ('routing', '0007_lanes')")
    old = living.backup.with_name("old.zip")
    said(running, "backup", str(old))
    with zipfile.ZipFile(old) as opened:
        assert not any("routing_asked" in name for name in opened.namelist())
    said(running, "restore", "--replace", str(old))
    assert figures(url_of(running), "SELECT count(*) FROM routing_asked") == [0]
    assert "audit: all" in said(running, "audit")
    newer = living.backup.with_name("newer.zip")
    writer = Writer(newer)
    with zipfile.ZipFile(living.backup) as source:
        known = json.loads(source.read("manifest.json"))["migrations"]
    writer.finish(Manifest("2026-11-23T09:00:00+00:00", "18", "", [*known, ["orders", "0999_of_tomorrow"]]))
    refused = command(running, "restore", "--replace", str(newer))
    assert refused.returncode == 1
    assert "This backup is of a newer Doorstep (it knows orders.0999_of_tomorrow)." in refused.stderr


def test_a_member_that_is_not_what_was_written_is_named(tmp_path: Path) -> None:
    written(tmp_path / "whole.zip")
    with zipfile.ZipFile(tmp_path / "whole.zip") as source, zipfile.ZipFile(tmp_path / "swapped.zip", "w") as target:
        for info in source.infolist():  # each checksum of the zip itself is right
            target.writestr(info, b"" if info.filename == "tables/stock_item" else source.read(info))
    Archive(tmp_path / "whole.zip").verify()
    with pytest.raises(Trouble, match="tables/stock_item is not what was written"):
        Archive(tmp_path / "swapped.zip").verify()


def written(path: Path) -> bytes:
    """A small backup."""
    writer = Writer(path)
    for name in ("tables/stock_item", "files/media/picture.png"):
        with writer.member(name) as out:
            out.write(bytes(range(256)) * 64)
    writer.finish(Manifest("2026-11-23T09:00:00+00:00", "18", "", []))
    return path.read_bytes()


def test_a_broken_file_leaves_nothing_where_nothing_was(tmp_path: Path) -> None:
    data = written(tmp_path / "whole.zip")
    at = data.index(b"picture.png") + 60
    broken = {
        "cut.zip": data[: len(data) // 2],
        "one-byte.zip": data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :],
        "text.zip": b"not a backup",
    }
    home = tmp_path / "new"
    for name, content in broken.items():
        (tmp_path / name).write_bytes(content)
        refused = command(home, "restore", str(tmp_path / name))
        assert refused.returncode == 1
        assert refused.stderr.startswith(str(tmp_path / name)), refused.stderr
        assert not home.exists(), name
    assert command(home, "restore", str(tmp_path / "nowhere.zip")).returncode == 1
    assert not home.exists()


def test_a_database_that_holds_something_else_is_left_alone(living: Living, running: Path) -> None:
    with psycopg.connect(url_of(running), autocommit=True) as db:
        db.execute("CREATE TABLE somebody_elses (id int)")
    refused = command(running, "restore", "--replace", str(living.backup))
    assert refused.returncode == 1
    assert "holds tables that are not of this backup (somebody_elses)" in refused.stderr
    assert figures(url_of(running), "SELECT count(*) FROM somebody_elses") == [0]


def test_a_backup_is_written_beside_nothing_and_over_nothing(living: Living, new: Path) -> None:
    over = command(living.home, "backup", str(living.backup))
    assert (over.returncode, "exists already" in over.stderr) == (1, True)
    inside = command(living.home, "backup", str(living.home / "b.zip"))
    assert (inside.returncode, "lies in the data folder" in inside.stderr) == (1, True)
    nothing = command(new, "backup", str(living.backup.with_name("nothing.zip")))
    assert (nothing.returncode, "holds no Doorstep yet" in nothing.stderr) == (1, True)
    assert list(living.backup.parent.glob("nothing*")) == []
    assert living.backup.stat().st_mode & 0o777 == 0o600


def test_every_file_of_the_data_folder_travels_but_the_database_and_what_one_start_needs(living: Living) -> None:
    with zipfile.ZipFile(living.backup) as opened:
        held = {name.split("/")[1] for name in opened.namelist() if name.startswith("files/")}
    now = {path.name for path in living.home.iterdir()}  # the house lives on: it may have printed since
    assert living.stood - files.LEFT_OUT <= held <= now - files.LEFT_OUT
    assert {"secret-key", "media", "addresses.json"} <= held
