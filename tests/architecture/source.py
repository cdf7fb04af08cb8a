"""What the architecture tests read: the tracked files, the rooms, and how a tool is run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DOMAINS = (
    "accounts", "catalog", "customers", "locations", "stock", "messaging", "tasks", "orders", "shipping", "payments",
    "routing", "fulfilment", "returns", "inbox", "channels", "analytics",
)  # fmt: skip


def tracked_files() -> list[Path]:
    """Every file that git keeps and that is there; outside a git checkout, none."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    return [ROOT / name for name in done.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def text_of(path: Path) -> str | None:
    """The file's text, or None where it is not text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def run_tool(name: str, *arguments: str, cwd: Path = ROOT, timeout_s: float = 300) -> subprocess.CompletedProcess[str]:
    """Runs a program of the virtual environment; its output comes back as one text."""
    return subprocess.run(
        [str(Path(sys.executable).parent / name), *arguments],
        cwd=cwd, env=os.environ | {"PYTHONPATH": str(cwd)}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, timeout=timeout_s, check=False,
    )  # fmt: skip
