"""`bin/doorstep backup FILE`."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from doorstep.cli.backup import verbs
from doorstep.cli.postgres import Trouble


class Command(BaseCommand):
    help = "Writes the database and the data folder into one file while Doorstep runs. The file holds secrets."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file."""
        parser.add_argument("file", metavar="FILE", help="a new file outside the data folder")

    def handle(self, *args: Any, file: str, **options: Any) -> None:
        """Says what the file holds."""
        path = Path(os.environ.get("DOORSTEP_CWD", "."), file)
        house = verbs.House(settings.DIRECT_DATABASE_URL, Path(settings.HOME), settings.SECRET_KEY)
        try:
            made = verbs.back_up(house, path, now=datetime.now(UTC))
        except Trouble as trouble:
            raise CommandError(str(trouble)) from None
        rows = sum(table.rows for table in made.tables)
        self.stdout.write(
            f"backup: {rows} rows of {len(made.tables)} tables and {len(made.files)} files in {path} "
            f"({path.stat().st_size / 1e6:.1f} MB)"
        )
