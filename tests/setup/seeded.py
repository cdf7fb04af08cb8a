"""A demo house that was seeded once; tests that only live in one start from a copy of its data folder."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import time
from pathlib import Path

from doorstep.cli.postgres import Server
from tests.serving import free_port
from tests.setup.starting import Start, until


def copy_to(home: Path) -> None:
    """Fills a folder with a demo house that stands still.  The first who asks, in whichever process, has it seeded."""
    shared = Path(os.environ["DOORSTEP_TEST_HOME"])
    made = shared / "seeded"
    with (shared / "seeded.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            _seed(shared / "seeding").rename(made)
    subprocess.run(["cp", "-a", f"{made}/.", str(home)], check=True)  # owners and modes too: PostgreSQL asks for them
    # Two copies run at once, so each finds ports of its own; the vendors' shops are tried by other tests and stay away.
    (home / "sandbox" / "ports.json").write_text(json.dumps({"shop": 0}))


def _seed(home: Path) -> Path:
    """A house that was killed while it was seeded, and began again: `test_up` holds what came of it against the books."""
    killed = Start(home, free_port())
    until(lambda: any("Seeding" in line for line in killed.complained), "the seeding", within_s=120)
    time.sleep(1)
    killed.kill()
    start = Start(home, killed.port)
    try:
        start.until_ready().stop()
    finally:
        if start.process.poll() is None:
            start.kill()
        Server(home / "pg").stop()
    return home
