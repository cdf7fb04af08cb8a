"""What `bin/up` does to the database before it serves."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from doorstep.channels import webhooks
from doorstep.cli import first_start
from doorstep.messaging import queries as messaging
from doorstep.orders import recipients
from doorstep.payments import queries as payments
from doorstep.shipping import queries as shipping


class Command(BaseCommand):
    help = "Migrates, makes the first organisation (the demo brand unless --empty), and prints how to sign in."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--empty", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Doing it again changes nothing."""
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            print("Migrating ...", file=sys.stderr)
            call_command("migrate", verbosity=0, interactive=False)
        for accounts in (payments.ACCOUNTS, shipping.CARRIERS, messaging.MAILBOXES):
            accounts.reseal()
        webhooks.reseal()
        recipients.reseal()
        for line in first_start.run(empty=options["empty"]):
            self.stdout.write(line)
