"""An empty database gets its tables from one file, `schema.sql`; every other one is brought up by migrations.

Django renders the models that are related to a model anew for each step of each migration. By now all are related, so a first
migration took six seconds of CPU, of which PostgreSQL had less than one. To squash the migrations does not help: one
CreateModel per table, with nothing beside it, took as long. So the tables that a list of migrations makes are kept as
pg_dump wrote them, and the list with them: `migrate` goes on from there, as in a house that had been migrated that far.
The migrations stay the truth, for a house that is brought up and for a backup of an older version; a test holds the
file against them, and writes it (tests/setup/test_schema.py).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

import psycopg
from django.db import OperationalError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

FILE = Path(__file__).with_name("schema.sql")
RECORD = "INSERT INTO django_migrations (app, name, applied) VALUES\n"
_MADE = re.compile(r"^ \('(\w+)', '(\w+)', now\(\)\)[,;]$", re.M)
_LOCK = 7_303_014  # two that come at once; any number that nobody else locks


def migrations() -> list[tuple[str, str]]:
    """What the file stands for, in the order of doing."""
    _, _, record = FILE.read_text().rpartition(RECORD)
    return _MADE.findall(record)


def lay(connection: BaseDatabaseWrapper, *, known: Collection[tuple[str, str]]) -> bool:
    """Fills the current schema, where it is empty, in one transaction.  Returns: whether it did.

    It is left to the migrations where one of the file's is not among those `known`, and where the server is set to keep
    fewer locks than a transaction needs that makes so many tables.
    """
    if not set(migrations()) <= set(known):
        return False
    try:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            cursor.execute("SELECT EXISTS (SELECT FROM pg_class WHERE relnamespace = current_schema()::regnamespace)")
            if cursor.fetchone()[0]:
                return False
            cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL check_function_bodies = off")
            cursor.execute(FILE.read_text())
            return True
    except OperationalError as error:
        if isinstance(error.__cause__, psycopg.errors.OutOfMemory):
            return False
        raise
