"""Makes API keys from the command line."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from doorstep.accounts import actions, queries
from doorstep.accounts.values import PERMISSIONS
from doorstep.cli.ctx import command_ctx


class Command(BaseCommand):
    help = "apikey create --name NAME: makes a key and prints it once."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verb", choices=["create"])
        parser.add_argument("--name", required=True)
        parser.add_argument("--organisation", help="its short name, where there are several")
        parser.add_argument("--scope", action="append", choices=PERMISSIONS, help="may be given several times; default: all")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints the secret; it cannot be shown again."""
        every = queries.list_organisations()
        wanted = [o for o in every if options["organisation"] in (None, o.slug)]
        if len(wanted) != 1:
            raise CommandError("Say --organisation with one of: " + ", ".join(o.slug for o in every))
        made = actions.make_key(
            command_ctx(wanted[0].id), name=options["name"], scopes=options["scope"] or list(PERMISSIONS)
        )
        self.stdout.write(made.secret)
