"""Django's `migrate`; an empty database that shall have everything begins with the kept schema."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from doorstep.cli import schema

NARROWER = ("app_label", "plan", "fake", "fake_initial", "check_unapplied", "prune")


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        if not any(options[name] for name in NARROWER):
            schema.lay(connections[options["database"]], known=MigrationLoader(None).disk_migrations)
        super().handle(*args, **options)
