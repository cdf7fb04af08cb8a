"""`bin/doorstep`: finds or starts the database, then runs a management command."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from doorstep.base import extent, garbage
from doorstep.cli import menu
from doorstep.cli.postgres import Server, Trouble, require_fit

ROOT = Path(__file__).resolve().parent.parent.parent
OF_TABLES = ("audit", "backup", "restore")  # they ask no vendor, record no event and defer no job


def data_home() -> Path:
    """The data folder: DOORSTEP_HOME, or .doorstep in the checkout."""
    return Path(os.environ.get("DOORSTEP_HOME", ROOT / ".doorstep")).resolve()


def _take_external(arguments: list[str]) -> None:
    """Refuses a server that is unfit; commands that hold a session's settings go around the pooler."""
    direct = os.environ.get("DOORSTEP_DIRECT_DATABASE_URL")
    if direct and arguments[:1] in (["backup"], ["restore"]):
        os.environ["DOORSTEP_DATABASE_URL"] = direct
    require_fit(os.environ["DOORSTEP_DATABASE_URL"])


def _look_at_backup(arguments: list[str]) -> None:
    """Refuses a file that is no backup before a database or a key is made for it; in an empty place it reads all of it."""
    from django.core.management.base import CommandError

    from doorstep.cli.backup.archive import Archive
    from doorstep.cli.management.commands import restore

    try:
        options = restore.Command().create_parser("doorstep", "restore").parse_args(arguments[1:])
    except CommandError:
        return  # the command itself says what is wrong
    archive = Archive(restore.path_of(options.file))
    try:
        home = data_home()
        if not home.is_dir() or not any(home.iterdir()):
            archive.verify()
    finally:
        archive.close()


def main(arguments: list[str]) -> int:
    """Runs one command; the embedded server is stopped after it when this command started it."""
    garbage.seldom()
    if menu.is_wanted(arguments):
        print(menu.text())
        return 0
    if arguments == ["help", "--all"]:
        arguments = ["help"]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doorstep.config.settings")
    extent.tables_alone = arguments[:1] in [[name] for name in OF_TABLES]
    server = None
    try:
        if arguments[:1] == ["restore"]:
            _look_at_backup(arguments)
        if not os.environ.get("DOORSTEP_DATABASE_URL"):
            if os.environ.get("DOORSTEP_ENV") == "production":
                raise Trouble("In production set DOORSTEP_DATABASE_URL; the embedded database is for trials.")
            found = Server(data_home() / "pg")
            if found.start():
                server = found
            os.environ["DOORSTEP_DATABASE_URL"] = found.url()
        else:
            _take_external(arguments)
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(["doorstep", *arguments])
    finally:
        if server is not None:
            from django.db import connections

            for connection in connections.all(initialized_only=True):
                connection.close()
                connection.close_pool()  # type: ignore[attr-defined]
            if not server.in_use():
                server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
