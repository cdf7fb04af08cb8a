"""The file of a backup: a zip whose last member says what the others must be."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

from doorstep.cli.postgres import Trouble

FORMAT = 1
MANIFEST = "manifest.json"
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Table:
    """A table, its columns in the order in which they were written, and its rows."""

    name: str
    columns: list[str]
    rows: int


@dataclass(slots=True)
class Manifest:
    """What a backup holds.  `members`: name → [bytes, SHA-256].  `sequences`: name → [last value, was it given out]."""

    made_at: str
    server: str
    key_print: str
    migrations: list[list[str]]
    tables: list[Table] = field(default_factory=list)
    sequences: dict[str, list[Any]] = field(default_factory=dict)
    members: dict[str, list[Any]] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def files(self) -> list[str]:
        """Names of the files of the data folder, relative to it."""
        return [name.removeprefix("files/") for name in self.members if name.startswith("files/")]


class Writer:
    """Writes beside the final place and moves the file there when it is whole, so that no half backup looks like one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._draft = path.with_name(f"{path.name}.part")
        # It holds the secret key and people's addresses: nobody else may read it.
        self._file = os.fdopen(os.open(self._draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b")
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED, compresslevel=3)
        self.members: dict[str, list[Any]] = {}

    @contextmanager
    def member(self, name: str) -> Iterator[Sink]:
        """A member to be written in pieces."""
        with self._zip.open(name, "w", force_zip64=True) as out:
            sink = Sink(out)
            yield sink
        self.members[name] = [sink.size, sink.sha256.hexdigest()]

    def finish(self, manifest: Manifest) -> None:
        """Closes the file; it has its name only once it is on the disk."""
        manifest.members = self.members
        self._zip.writestr(MANIFEST, json.dumps(asdict(manifest), ensure_ascii=False, indent=1))
        self._zip.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._draft.replace(self._path)

    def give_up(self) -> None:
        """Leaves nothing behind."""
        self._file.close()
        self._draft.unlink(missing_ok=True)


class Sink:
    """Counts and hashes what is written through it."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out, self.size, self.sha256 = out, 0, hashlib.sha256()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Passes it on."""
        self._out.write(data)
        self.sha256.update(data)
        self.size += len(data)


class Archive:
    """A backup to read from."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._zip = zipfile.ZipFile(path)
            found = json.loads(self._zip.read(MANIFEST))
        except FileNotFoundError:
            raise Trouble(f"There is no file {path}.") from None
        except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, OSError, EOFError):
            raise Trouble(f"{path} is not a whole backup of Doorstep: it is cut off, damaged, or something else.") from None
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise Trouble(f"{path} was made by another Doorstep whose backups this one does not read.")
        try:
            found["tables"] = [Table(**table) for table in found["tables"]]
            self.manifest = Manifest(**found)
        except (KeyError, TypeError):
            raise Trouble(f"{path} has a manifest that nobody can read.") from None

    def close(self) -> None:
        """Closes the file."""
        self._zip.close()

    def verify(self) -> None:
        """Reads all of it and compares it with the manifest.  Raises: Trouble, naming the first member that differs."""
        told = self.manifest.members
        names = self._zip.namelist()
        if sorted(names) != sorted([*told, MANIFEST]):
            raise Trouble(f"{self._path} is damaged: its members are not those of its manifest.")
        for name, (size, sha256) in told.items():
            parts = PurePosixPath(name).parts
            if ".." in parts or name.startswith("/") or parts[0] not in ("files", "tables"):
                raise Trouble(f"{self._path} holds a member with a name that no backup has: {name}")
            found, counted = hashlib.sha256(), 0
            for piece in self.pieces(name):
                found.update(piece)
                counted += len(piece)
            if (counted, found.hexdigest()) != (size, sha256):
                raise Trouble(f"{self._path} is damaged: {name} is not what was written.")

    def pieces(self, name: str) -> Iterator[bytes]:
        """The contents of a member, in pieces.  Raises: Trouble where the file is damaged."""
        try:
            with self._zip.open(name) as member:
                while piece := member.read(CHUNK):
                    yield piece
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError):
            raise Trouble(f"{self._path} is damaged: {name} cannot be read.") from None
