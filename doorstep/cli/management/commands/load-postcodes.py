"""`bin/doorstep load-postcodes FILE…`: where postal codes lie, from GeoNames files."""

from __future__ import annotations

import os
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from doorstep.locations import actions as locations


class Command(BaseCommand):
    help = "Loads GeoNames postal code files (.txt, .txt.gz or .zip); loading a file again changes nothing."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The files."""
        parser.add_argument("files", nargs="+", metavar="FILE", help="from https://download.geonames.org/export/zip/")

    def handle(self, *args: Any, files: list[str], **options: Any) -> None:  # Django calls it so
        """Loads them all in one transaction and says how many places they held."""
        folder = Path(os.environ.get("DOORSTEP_CWD", "."))
        paths = [folder / name for name in files]
        for path in paths:
            if not path.is_file():
                raise CommandError(f"There is no file {path}.")
        began = time.monotonic()
        loaded = locations.load_postcodes(files=paths)
        seconds = time.monotonic() - began
        self.stdout.write(f"{loaded.places} postal codes of {', '.join(loaded.countries)} in {seconds:.1f} s")
