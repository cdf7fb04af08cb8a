"""A demo house that was seeded once; tests that only live in one start from a copy of its data folder."""

from __future__ import annotations

import fcntl
import os
import subprocess
from pathlib import Path

from doorstep.cli.postgres import Server
from tests.serving import free_port
from tests.setup.starting import Start


def copy_to(home: Path) -> None:
    """Fills a folder with a demo house that stands still.  The first who asks, in whichever process, has it seeded."""
    shared = Path(os.environ["DOORSTEP_TEST_HOME"])
    made = shared / "seeded"
    with (shared / "seeded.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            _seed(shared / "seeding").rename(made)
    subprocess.run(["cp", "-a", f"{made}/.", str(home)], check=True)  # owners and modes too: PostgreSQL asks for them
    (home / "sandbox" / "ports.json").unlink()  # two copies run at once


def _seed(home: Path) -> Path:
    start = Start(home, free_port())
    try:
        start.until_ready().stop()
    finally:
        if start.process.poll() is None:
            start.kill()
        Server(home / "pg").stop()
    return home
