"""Three kills at random moments of all walks; the bench `fault` does fifty."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest

from bench.fault import wrong


@pytest.mark.xdist_group("faults")
def test_three_kills_lose_nothing_and_double_nothing() -> None:
    seed = os.environ.get("DOORSTEP_FAULT_SEED", str(int(time.time())))
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DOORSTEP_", "PYTEST_"))}
    done = subprocess.run(
        [sys.executable, "-m", "bench.fault"],
        env=environment | {"DOORSTEP_FAULT_KILLS": "3", "DOORSTEP_FAULT_SEED": seed},
        capture_output=True,
        text=True,
        timeout=560,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    figures = json.loads(done.stdout.splitlines()[-1])
    assert wrong(figures) == {}, f"seed {seed}: {figures}\n{done.stderr[-2000:]}"
    assert figures["fault.audit_passed"] == 1.0, f"seed {seed}\n{done.stderr[-3000:]}"
    busy = ("orders", "mails", "mails_in", "mail_out", "payments", "hooks")
    assert [name for name in busy if not figures[f"fault.{name}"]] == []
