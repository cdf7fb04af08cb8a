"""A benchmark in a process of its own: it sets Django up for a database of its own."""

from __future__ import annotations

import json
import subprocess
import sys


def run(module: str) -> dict[str, float]:
    """Runs a module that prints its figures, as JSON, last; what it prints before is passed on."""
    done = subprocess.run([sys.executable, "-m", module], stdout=subprocess.PIPE, text=True, check=True)
    *told, last = done.stdout.splitlines()
    print("\n".join(f"   {line}" for line in told))
    figures: dict[str, float] = json.loads(last)
    return figures
