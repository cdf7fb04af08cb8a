"""Proves every invariant on the live database."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from doorstep.base import db
from doorstep.base.invariants import Broken, Invariant, check, one_organisation


def all_invariants() -> list[Invariant]:
    """The invariants of every room and those between rooms."""
    found = [one_organisation()]
    for room in [*(r for r in settings.ROOMS if r != "doorstep.base"), "doorstep.flows"]:
        if find_spec(f"{room}.invariants"):
            found += import_module(f"{room}.invariants").INVARIANTS
    return found


class Command(BaseCommand):
    help = "Checks that every invariant holds; prints what differs; repairs nothing; exits 0 only if all hold."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Reads one consistent snapshot, so that work going on cannot look like a discrepancy."""
        if db.scalar("SELECT to_regclass('accounts_organisation')") is None:
            raise CommandError("There is no house in this database yet: start it once with bin/up.")
        invariants = all_invariants()
        with transaction.atomic():
            db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            db.execute("SET LOCAL statement_timeout = 0")
            broken = check(invariants)
        self._print(broken)
        if broken:
            self.stdout.write(f"audit: {len(broken)} of {len(invariants)} invariants do not hold; nothing was changed")
            sys.exit(1)
        self.stdout.write(f"audit: all {len(invariants)} invariants hold")

    def _print(self, broken: Sequence[Broken]) -> None:
        for b in broken:
            differ = "1 row differs" if b.count == 1 else f"{b.count} rows differ"
            self.stdout.write(f"{b.invariant.name}: {differ}. {b.invariant.says}")
            for row in b.examples:
                self.stdout.write("    " + ", ".join(f"{k}={v}" for k, v in row.items()))
            if b.count > len(b.examples):
                self.stdout.write(f"    … and {b.count - len(b.examples)} more")
