"""One database is migrated, and every worker of the suite begins with a copy of it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import psycopg
import pytest
from pytest_django.plugin import DjangoDbBlocker

NAME = "doorstep_template"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: DjangoDbBlocker
) -> None:
    """Takes the place of pytest-django's; who works alone, or on a server of others, migrates for itself."""
    from django.db import connection

    if "PYTEST_XDIST_WORKER" not in os.environ or os.environ.get("DOORSTEP_TEST_DATABASE_URL"):
        return
    home = Path(os.environ["DOORSTEP_TEST_HOME"])
    with (home / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "template.made").exists():
            with django_db_blocker.unblock():
                _make()
            (home / "template.made").touch()
    connection.settings_dict["TEST"]["TEMPLATE"] = NAME


def _make() -> None:
    from django.core.management import call_command
    from django.db import connection

    with psycopg.connect(os.environ["DOORSTEP_DATABASE_URL"], autocommit=True) as server:
        server.execute(f"CREATE DATABASE {NAME}")
    own = connection.settings_dict["NAME"]
    try:
        turn_to(NAME)
        call_command("migrate", verbosity=0)
    finally:
        turn_to(own)


def turn_to(name: str) -> None:
    """The commands of this process work on another database of the server."""
    from django.db import connection

    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    connection.settings_dict["NAME"] = name
