"""`bin/doorstep restore FILE`."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from doorstep.cli.backup import verbs
from doorstep.cli.postgres import Trouble


def path_of(file: str) -> Path:
    """A file as its name was written where the person stands."""
    return Path(os.environ.get("DOORSTEP_CWD", "."), file)


class Command(BaseCommand):
    help = "Brings a house back from a file that `backup` wrote. Doorstep must not run meanwhile."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, and whether it may take the place of a house."""
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--replace", action="store_true", help="put it in the place of the house that lives here")

    def handle(self, *args: Any, file: str, **options: Any) -> None:
        """Says each step; what it refuses has changed nothing."""
        house = verbs.House(settings.DIRECT_DATABASE_URL, Path(settings.HOME), settings.SECRET_KEY)
        path = path_of(file)
        try:
            made = verbs.restore(
                house, path, now=datetime.now(UTC), replace_living=options["replace"],
                say=lambda words: print(words, file=sys.stderr),
            )  # fmt: skip
        except Trouble as trouble:
            raise CommandError(str(trouble)) from None
        rows = sum(table.rows for table in made.tables)
        self.stdout.write(f"restored: {rows} rows of {len(made.tables)} tables and {len(made.files)} files of {made.made_at}")
        if os.environ.get("DOORSTEP_SECRET_KEY") and not verbs.is_key_of(made, settings.SECRET_KEY):
            self.stdout.write(
                "DOORSTEP_SECRET_KEY is not that of the house that was backed up: everybody signs in anew, links in mails "
                "sent before do not open, and the tokens and passwords of vendors are to be entered again. With the old key in "
                "DOORSTEP_OLD_SECRET_KEYS all of it still opens."
            )
        self.stdout.write("Prove it with bin/doorstep audit, then start it with bin/up.")
