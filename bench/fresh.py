"""A fresh embedded database with fsync on, in a folder of its own, for one benchmark."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from doorstep.cli.postgres import Server, programs

ROOT = Path(__file__).resolve().parent.parent
FOUND = """
from datetime import UTC, datetime
from doorstep.accounts import actions
actions.create_organisation(now=datetime.now(UTC), trace="bench", name="Bench", slug="bench", currency="GBP")
"""


@dataclass(frozen=True)
class Fresh:
    """`home`: its DOORSTEP_HOME; `environment`: what a command needs to run on it."""

    home: Path
    server: Server
    environment: dict[str, str]

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs `bin/doorstep` with these arguments, its set-up left out.  Raises: where it fails."""
        done = subprocess.run(
            [sys.executable, "-m", "doorstep.cli.main", *arguments],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(arguments)} failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
        return done


@contextmanager
def fresh() -> Iterator[Fresh]:
    """A migrated database with one organisation; stopped and removed afterwards."""
    home = Path(tempfile.mkdtemp(prefix="doorstep-bench-"))
    home.chmod(0o755)
    server = Server(home / "pg")
    try:
        server.start()
        environment = {k: v for k, v in os.environ.items() if not k.startswith("DOORSTEP_")} | {
            "DOORSTEP_HOME": str(home),
            "DOORSTEP_DATABASE_URL": server.url(),
            "DOORSTEP_CWD": str(home),
        }
        made = Fresh(home, server, environment)
        made.command("migrate", "--verbosity", "0")
        made.command("shell", "--verbosity", "0", "-c", FOUND)
        yield made
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


def yardstick(server: Server, *, seconds: int = 10, clients: int = 4) -> float:
    """Transactions per second of pgbench's TPC-B-like load at scale 10, on this server and its disk.

    Raises: where pgbench is missing.
    """
    program = programs() / "pgbench"
    if not program.is_file():
        raise RuntimeError("pgbench is missing; it comes with PostgreSQL's own packages (Debian: postgresql-contrib).")
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE yardstick")
    target = ["-h", str(server.sockets), "-U", "postgres", "yardstick"]
    subprocess.run([str(program), "-i", "-q", "-s", "10", *target], check=True, capture_output=True)
    load = [str(program), "-c", str(clients), "-j", "2", "-T", str(seconds), *target]
    said = subprocess.run(load, check=True, capture_output=True, text=True).stdout
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE yardstick WITH (FORCE)")
    found = re.search(r"tps = ([\d.]+)", said)
    if found is None:
        raise RuntimeError(f"pgbench said no rate:\n{said}")
    return float(found.group(1))
