"""The books of a sandbox server: one SQLite file that is consistent after a kill -9.

Source: https://www.sqlite.org/wal.html (WAL with synchronous=FULL: a commit that was answered is on the disk).
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_SETTINGS = "CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL)"


class Books:
    """One connection, used by one event loop; nothing awaits inside `write`, so writers never interleave."""

    def __init__(self, *, home: Path, name: str, schema: Sequence[str]) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(home / f"{name}.sqlite3", isolation_level=None)
        self._db.row_factory = sqlite3.Row
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000", "foreign_keys=ON"):
            self._db.execute(f"PRAGMA {pragma}")
        with self.write():
            for statement in (_SETTINGS, *schema):
                self._db.execute(statement)

    @contextmanager
    def write(self) -> Iterator[None]:
        """All of the block or none of it, on the disk before the block is left."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def run(self, sql: str, *values: object) -> int:
        """Execute one statement and return the number of rows it touched."""
        return self._db.execute(sql, values).rowcount

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """All rows of a query."""
        return self._db.execute(sql, values).fetchall()

    def find_row(self, sql: str, *values: object) -> sqlite3.Row | None:
        """The first row of a query, if there is one."""
        found: sqlite3.Row | None = self._db.execute(sql, values).fetchone()
        return found

    def number(self, sql: str, *values: object) -> int:
        """The single integer a query answers; 0 where it answers NULL."""
        row = self.find_row(sql, *values)
        return int(row[0] or 0) if row else 0

    def find_setting(self, name: str) -> dict[str, Any] | None:
        """A persisted setting, or None before it was first set."""
        row = self.find_row("SELECT value FROM setting WHERE name = ?", name)
        return dict(json.loads(row["value"])) if row else None

    def set_setting(self, name: str, value: dict[str, Any]) -> None:
        """Persist a setting, in the caller's transaction where there is one."""
        self.run(
            "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            name,
            json.dumps(value),
        )

    def close(self) -> None:
        """Close the file; the books stay readable by the next process."""
        self._db.close()


def now() -> float:
    """Seconds since the epoch, as the books keep them."""
    return time.time()


def iso(at: float | None) -> str | None:
    """A moment as RFC 3339 in UTC with milliseconds, e.g. 2026-11-23T09:18:54.120Z."""
    return None if at is None else utc(at)


def utc(at: float) -> str:
    """As `iso`, where the moment is known."""
    return datetime.fromtimestamp(at, tz=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_iso(text: str) -> float:
    """Seconds since the epoch; a text without an offset is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def chance(seed: int, *key: object) -> float:
    """A number in [0, 1) that depends on the seed and the key alone, so a run can be repeated."""
    digest = hashlib.sha256(":".join(map(str, (seed, *key))).encode()).digest()
    return int.from_bytes(digest[:7], "big") / 2**56
