"""Backing up and restoring, from the first check to the last line."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import psycopg

from doorstep.cli.backup import files, marker, tables
from doorstep.cli.backup.archive import Archive, Manifest, Writer
from doorstep.cli.postgres import Trouble
from doorstep.cli.up import only_one

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class House:
    """Where a house lives: its database, without a pooler between, and its data folder."""

    url: str
    home: Path
    secret_key: str


def back_up(house: House, path: Path, *, now: datetime) -> Manifest:
    """Writes one file that holds the whole house as of one moment, while the house goes on.

    Raises: Trouble for a file that exists or lies in the data folder, and where no house lives.
    """
    if path.exists():
        raise Trouble(f"{path} exists already. Choose another name; a backup is never written over one.")
    if path.resolve().is_relative_to(house.home):
        raise Trouble(f"{path} lies in the data folder, which is what is backed up. Choose a place outside of {house.home}.")
    if not path.parent.is_dir():
        raise Trouble(f"There is no folder {path.parent}.")
    with psycopg.connect(house.url, autocommit=True) as db:
        version = db.info.parameter_status("server_version") or ""
        manifest = Manifest(now.isoformat(), version, _print_of(house.secret_key), tables.migrations_of(db))
        writer = Writer(path)
        try:
            tables.write(db, writer, manifest=manifest)
            files.write(house.home, writer)
            writer.finish(manifest)
        except BaseException:
            writer.give_up()
            raise
    return manifest


def restore(house: House, path: Path, *, now: datetime, replace_living: bool, say: Say) -> Manifest:
    """Brings a house back from a file; until the very end the living one is not touched.

    Raises: Trouble, having changed nothing, for a file that is not whole, of a newer Doorstep, for a house in use, and
    for one that lives there already unless `replace_living`.
    """
    archive = Archive(path)
    house.home.mkdir(parents=True, exist_ok=True)
    lock = only_one(house.home)
    try:
        say("Checking the backup ...")
        archive.verify()
        tables.check_migrations(archive.manifest)
        _bring_back(house, archive, marker.Unfinished(str(path), now.isoformat()), replace_living=replace_living, say=say)
    finally:
        archive.close()
        lock.close()
    return archive.manifest


def _bring_back(house: House, archive: Archive, state: marker.Unfinished, *, replace_living: bool, say: Say) -> None:
    before = marker.find(house.home)
    if before is not None:
        say(f"The restore of {before.archive}, begun at {before.began_at}, was interrupted; beginning anew.")
    with psycopg.connect(house.url, autocommit=True) as db:
        tables.require_alone(db)
        tables.require_room(db, archive.manifest, replace=replace_living or (before is not None and before.moving))
        moving = before is not None and before.moving
        marker.put(house.home, replace(state, moving=moving))
        try:
            say("Building the tables ...")
            tables.build(db, archive)
            files.stage(house.home, archive)
            marker.put(house.home, replace(state, moving=True))
            tables.switch(db)
        except Trouble:
            if not moving:  # the living house is whole
                shutil.rmtree(house.home / "restoring", ignore_errors=True)
                marker.remove(house.home)
            raise
        files.switch(house.home)
        marker.remove(house.home)


def is_key_of(manifest: Manifest, secret_key: str) -> bool:
    """Whether a house with this key opens the links and sessions that the backed-up one made."""
    return manifest.key_print == _print_of(secret_key)


def _print_of(secret_key: str) -> str:
    return hashlib.sha256(b"doorstep backup " + secret_key.encode()).hexdigest()[:16]
