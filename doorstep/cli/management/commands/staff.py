"""Helps people of the staff who cannot sign in."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from doorstep.accounts import actions as accounts
from doorstep.base.ctx import new_trace
from doorstep.base.refusals import Refused


class Command(BaseCommand):
    help = "staff reset-password EMAIL: gives somebody a new password and prints it once; their sessions and lock-out end."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """The verb and whom it concerns."""
        parser.add_argument("verb", choices=["reset-password"])
        parser.add_argument("email", metavar="EMAIL")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints the password alone, so that it can be piped; what to do with it goes to stderr."""
        try:
            password = accounts.reset_forgotten_password(
                email=options["email"], now=datetime.now(UTC), trace=new_trace()
            )
        except Refused as refused:
            if refused.code == "not_found":
                raise CommandError(f"Nobody on the staff signs in as {options['email']}.") from None
            raise CommandError(f"{options['email']} is not an e-mail address.") from None
        self.stdout.write(password)
        print(f"{options['email']} signs in with it and changes it under Settings, Profile.", file=sys.stderr)
