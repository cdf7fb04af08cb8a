"""The kept schema is what the migrations make."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.core.management import call_command
from django.core.management.commands.migrate import Command as ByMigrations
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from psycopg import sql
from pytest_django.plugin import DjangoDbBlocker

from doorstep.cli import schema
from doorstep.cli.postgres import programs
from tests import template

WRITE = "DOORSTEP_WRITE_SCHEMA"
# What pg_dump says of itself and of the session; the tables go where the session's own settings say.
NOT_KEPT = re.compile(r"^(?:--(?: (?:Name|Data|Dumped|PostgreSQL|TOC)\b.*)?|\\.*|SET .*|SELECT pg_catalog\.set_config.*|)\n", re.M)
# `word IN ('a', 'b')` as PostgreSQL tells it; read again so, it would be another tree of the same meaning.
WORD_LIST = re.compile(r"\((\w+)\)::text (= ANY|<> ALL) \(\(ARRAY\[((?:'[^']*'::character varying(?:, )?)+)\]\)::text\[\]\)")
LATER = 40  # so many migrations cost a second again


@contextmanager
def database(name: str) -> Iterator[str]:
    """A database of this name that the commands of this process work on; gives its address."""
    own = connection.settings_dict["NAME"]
    with psycopg.connect(os.environ["DOORSTEP_DATABASE_URL"], autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            template.turn_to(name)
            yield psycopg.conninfo.make_conninfo(os.environ["DOORSTEP_DATABASE_URL"], dbname=name)
        finally:
            template.turn_to(own)
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def dumped(url: str) -> str:
    """What pg_dump says of the tables, without what it says of itself."""
    command = [str(programs() / "pg_dump"), "--schema-only", "--no-owner", "--no-privileges", "--no-comments", url]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return NOT_KEPT.sub("", done.stdout).replace("public.", "")


def as_written(words: re.Match[str]) -> str:
    listed = words[3].replace("::character varying", "")
    return f"{words[1]} {'IN' if words[2] == '= ANY' else 'NOT IN'} ({listed})"


def recorded(url: str) -> list[tuple[str, str]]:
    with psycopg.connect(url) as db:
        return db.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall()  # type: ignore[return-value]


def filled(url: str) -> list[Any]:
    """How many rows stand in each table that has any."""
    with psycopg.connect(url) as db:
        names = [name for (name,) in db.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")]
        counts = [db.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone() for name in names]
        return [(name, count) for name, count in zip(names, counts, strict=True) if count != (0,)]


def test_every_migration_of_ours_has_a_way_back() -> None:
    ours = {key: step for key, step in MigrationLoader(None).disk_migrations.items() if step.__module__.startswith("doorstep.")}
    assert len(ours) > 100
    assert [(key, one) for key, step in ours.items() for one in step.operations if not one.reversible] == []


def test_an_empty_database_gets_the_tables_that_the_migrations_make(django_db_blocker: DjangoDbBlocker) -> None:
    """With DOORSTEP_WRITE_SCHEMA=1 the file is written anew; needed when many migrations have come after it."""
    with django_db_blocker.unblock():
        with database(f"by_migrations_{os.getpid()}") as url:
            call_command(ByMigrations(), verbosity=0)
            made, steps, rows = dumped(url), recorded(url), filled(url)
        if os.environ.get(WRITE):
            record = ",\n".join(f" ('{app}', '{name}', now())" for app, name in steps)
            schema.FILE.write_text(f"{WORD_LIST.sub(as_written, made)}{schema.RECORD}{record};\n")
        with database(f"by_file_{os.getpid()}") as url:
            call_command("migrate", verbosity=0)
            again, taken, there = dumped(url), recorded(url), filled(url)

    kept = schema.migrations()
    assert taken[: len(kept)] == kept  # it did begin with the file
    assert again == made
    assert sorted(taken) == sorted(steps)
    assert there == rows
    assert {name for name, _ in rows} == {"auth_permission", "django_content_type", "django_migrations"}
    assert len(steps) - len(kept) <= LATER, f"write it anew: {WRITE}=1"
