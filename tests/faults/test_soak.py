"""Half a minute of everything that moves stock and orders, with kills; the bench `soak` goes on for ten, in more of a hurry."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest

from bench.soak import wrong


@pytest.mark.xdist_group("faults")
def test_whatever_everybody_does_while_processes_are_killed_the_books_agree() -> None:
    seed = os.environ.get("DOORSTEP_SOAK_SEED", str(int(time.time())))
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DOORSTEP_", "PYTEST_"))}
    done = subprocess.run(
        [sys.executable, "-m", "bench.soak"],
        env=environment | {"DOORSTEP_SOAK_SECONDS": "30", "DOORSTEP_SOAK_PAUSE_S": "0.5", "DOORSTEP_SOAK_SEED": seed},
        capture_output=True,
        text=True,
        timeout=560,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    figures = json.loads(done.stdout.splitlines()[-1])
    assert wrong(figures) == {}, f"seed {seed}: {figures}\n{done.stderr[-4000:]}"
    busy = ("orders", "kills", "did.receive_delivery", "did.reserve", "did.cancel", "did.enter_count")
    assert [name for name in busy if not figures.get(f"soak.{name}")] == []
