"""The test database is emptied after a test that committed.

Django's flush gives every table and every index a new file and writes content types and permissions anew: a fifth of a
second per test here, more than most tests take. Nearly all tables are empty, so only those with rows are touched, and
what Django itself wrote while migrating stays.
"""

from __future__ import annotations

from functools import cache

from django.db import connection, transaction
from django.test import TransactionTestCase

from doorstep.base import db

KEPT = ("django_migrations", "django_content_type", "auth_permission")
QUEUE = ("procrastinate_events", "procrastinate_jobs", "procrastinate_periodic_defers")

_flush = TransactionTestCase._fixture_teardown


def install() -> None:
    """Lets every test that commits end so, where the tests' user may set foreign keys aside; else Django's flush stays."""
    TransactionTestCase._fixture_teardown = _teardown  # type: ignore[method-assign]


def _teardown(case: TransactionTestCase) -> None:
    if not _may_set_keys_aside():
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {QUEUE[1]}")
        _flush(case)
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for name in db.column(_with_rows(), kept=True):
            cursor.execute(f'DELETE FROM "{name}"')


@cache
def _may_set_keys_aside() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        return bool(cursor.fetchone()[0])


@cache
def _with_rows() -> str:
    """A query for the names of the tables that hold anything."""
    names = sorted({*connection.introspection.django_table_names(only_existing=True), *QUEUE} - {*KEPT})
    return " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in names)
