"""What a restore under way leaves beside the data, so that a crash in its middle is known afterwards."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A restore that began.  `moving`: the house may be half the old one and half the new."""

    archive: str
    began_at: str
    moving: bool = False


def find(home: Path) -> Unfinished | None:
    """The restore that did not end, or None."""
    try:
        return Unfinished(**json.loads((home / "restore.json").read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def put(home: Path, state: Unfinished) -> None:
    """Notes how far it came; on the disk before it goes on."""
    draft = home / "restore.json.new"
    with draft.open("w") as out:
        json.dump(asdict(state), out)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(home / "restore.json")


def remove(home: Path) -> None:
    """Notes that it ended."""
    (home / "restore.json").unlink(missing_ok=True)
