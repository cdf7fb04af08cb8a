"""pgbench beside our own figures: the same machine, the same minute, the same server and tables."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import _cpu
from doorstep.cli.postgres import DATABASE, Server, programs


@dataclass(frozen=True)
class Ran:
    """Transactions, their rate, and the CPU seconds that PostgreSQL took for all of them (pgbench's own left out)."""

    count: int
    per_s: float
    cpu_s: float


def run(server: Server, statement: str, *, clients: int, seconds: float) -> Ran:
    """Runs one statement, prepared, over and over, its plans kept as ours are.

    Raises: RuntimeError with what pgbench said where one failed.
    """
    pid = server.pid()
    assert pid is not None
    with TemporaryDirectory() as folder:
        script = Path(folder) / "script.sql"
        script.write_text(statement)
        before = _cpu.taken_by(pid)
        done = subprocess.run(
            [
                str(programs() / "pgbench"), "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(round(seconds)),
                "-f", str(script), "-h", str(server.sockets), "-U", "postgres", DATABASE,
            ],
            capture_output=True, text=True, check=False, env=os.environ | {"PGOPTIONS": "-c plan_cache_mode=force_generic_plan"},
        )  # fmt: skip
        cpu_s = _cpu.taken_by(pid) - before
    rate = re.search(r"tps = ([0-9.]+)", done.stdout)
    count = re.search(r"transactions actually processed: (\d+)", done.stdout)
    if done.returncode or rate is None or count is None:
        raise RuntimeError(f"pgbench: {done.stderr[-2000:]}")
    return Ran(int(count[1]), float(rate[1]), cpu_s)
