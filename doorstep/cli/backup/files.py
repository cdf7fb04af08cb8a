"""The data folder in a backup: everything that cannot be made again."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from doorstep.cli.backup.archive import CHUNK, Archive, Writer

# The database travels as tables; the rest is of one start or of a restore under way.
LEFT_OUT = {"pg", "pg.new", "pg-socket", "up.lock", "children.json", "restore.json", "restoring"}
SECRET = {"secret-key", "first-password"}


def write(home: Path, writer: Writer) -> int:
    """Adds the files of the data folder; call it after the tables, so that no row names a file that came too late.

    Returns: how many.
    """
    count = 0
    for path in files_of(home):
        try:
            source = path.open("rb")
        except FileNotFoundError:
            continue  # it went away while we worked; no row of ours names it
        with source, writer.member(f"files/{path.relative_to(home).as_posix()}") as out:
            if path.suffix == ".sqlite3":
                for piece in _as_of_one_moment(path):
                    out.write(piece)
            else:
                while piece := source.read(CHUNK):
                    out.write(piece)
        count += 1
    return count


def files_of(home: Path) -> list[Path]:
    """What is kept of a data folder: all but LEFT_OUT, half-written files, and the scraps of SQLite."""
    return sorted(
        path
        for path in home.rglob("*")
        if path.relative_to(home).parts[0] not in LEFT_OUT
        and path.suffix not in (".new", ".tmp", ".part")
        and not path.name.endswith(("-wal", "-shm", "-journal"))
        and path.is_file()
        and not path.is_symlink()
    )


def stage(home: Path, archive: Archive) -> None:
    """Writes the archive's files into a folder beside the living ones, which are not touched."""
    staged = home / "restoring"
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    for name in archive.manifest.files:
        target = staged / PurePosixPath(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as out:
            if name in SECRET:
                target.chmod(0o600)
            for piece in archive.pieces(f"files/{name}"):
                out.write(piece)


def switch(home: Path) -> None:
    """Puts the staged files in the place of the living ones of the same top-level names; others stay.

    A crash in the middle is no harm: the marker of the restore stays, and the next one begins from the archive again.
    """
    staged = home / "restoring"
    for path in staged.iterdir():
        living = home / path.name
        if living.is_dir() and not living.is_symlink():
            shutil.rmtree(living)
        else:
            living.unlink(missing_ok=True)
        path.rename(living)
    staged.rmdir()


def _as_of_one_moment(path: Path) -> Iterator[bytes]:
    """A SQLite file that others write to, copied by SQLite itself.  Source: https://www.sqlite.org/backup.html"""
    with tempfile.TemporaryDirectory(prefix="doorstep-backup-") as folder:
        copy = Path(folder) / path.name
        with sqlite3.connect(path, timeout=30) as living, sqlite3.connect(copy) as to:
            living.backup(to)
        with copy.open("rb") as source:
            while piece := source.read(CHUNK):
                yield piece
