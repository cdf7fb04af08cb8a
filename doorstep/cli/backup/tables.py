"""The database in a backup: every table by COPY from one snapshot, and back into a schema beside the living one."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import psycopg
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

from doorstep.cli import schema
from doorstep.cli.backup.archive import Archive, Manifest, Table, Writer
from doorstep.cli.postgres import Trouble

LIVING, BUILDING, REPLACED = "public", "doorstep_restoring", "doorstep_replaced"
MIGRATIONS = "django_migrations"
LEAVING_S = 5
# Transaction numbers mean nothing on another server, where they would lie in the future: readers of the live stream
# would wait for them.  Restored events are of before any transaction; their ids keep their order.
WRITTEN_AS = {("base_event", "tx"): "0"}
FORMS = "SET datestyle = ISO; SET intervalstyle = postgres; SET timezone = UTC; SET client_encoding = UTF8"
Db = psycopg.Connection[tuple[Any, ...]]


def write(db: Db, writer: Writer, *, manifest: Manifest) -> None:
    """Writes every table as of one moment while others go on working, and fills in the manifest."""
    db.execute(FORMS)
    with db.transaction():
        db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for name, columns in tables_of(db, LIVING).items():
            chosen = [sql.SQL(WRITTEN_AS[name, c]) if (name, c) in WRITTEN_AS else sql.Identifier(c) for c in columns]
            query = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT").format(
                sql.SQL(", ").join(chosen), sql.Identifier(LIVING, name)
            )
            with writer.member(f"tables/{name}") as out, db.cursor() as cursor:
                with cursor.copy(query) as copy:
                    for piece in copy:
                        out.write(piece)
                manifest.tables.append(Table(name, columns, cursor.rowcount))
        # Sequences stand outside transactions, and are read last: they are never behind the rows.
        manifest.sequences = _sequences(db, LIVING)


def migrations_of(db: Db) -> list[list[str]]:
    """The migrations that a database has had, in their order.  Raises: Trouble where no Doorstep lives."""
    try:
        found = db.execute(f"SELECT app, name FROM {LIVING}.{MIGRATIONS} ORDER BY id").fetchall()
    except psycopg.errors.UndefinedTable:
        raise Trouble("This database holds no Doorstep yet, so there is nothing to back up.") from None
    return [[str(app), str(name)] for app, name in found]


def tables_of(db: Db, schema: str) -> dict[str, list[str]]:
    """The tables of a schema with the columns that can be written, both by name and place."""
    found = db.execute(
        """SELECT c.relname, array_agg(a.attname ORDER BY a.attnum) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
            WHERE c.relnamespace = to_regnamespace(%s) AND c.relkind IN ('r', 'p') AND NOT c.relispartition
              AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' GROUP BY 1 ORDER BY 1""",
        [schema],
    )
    return {str(name): [str(c) for c in columns] for name, columns in found.fetchall()}


def check_migrations(manifest: Manifest) -> None:
    """Refuses the backup of a newer Doorstep.  Raises: Trouble."""
    known = MigrationLoader(None).disk_migrations
    unknown = [f"{app}.{name}" for app, name in manifest.migrations if (app, name) not in known]
    if unknown:
        raise Trouble(f"This backup is of a newer Doorstep (it knows {unknown[0]}). Restore it with that version or a later one.")


def require_room(db: Db, manifest: Manifest, *, replace: bool) -> None:
    """Refuses a database that is not ours to replace, and a house that nobody said to replace.  Raises: Trouble."""
    tables = tables_of(db, LIVING)
    foreign = sorted(set(tables) - {table.name for table in manifest.tables})
    extensions = db.execute("SELECT extname FROM pg_extension WHERE extnamespace = to_regnamespace(%s)", [LIVING]).fetchall()
    if tables and (MIGRATIONS not in tables or foreign):
        raise Trouble(f"This database holds tables that are not of this backup ({', '.join(foreign[:5])}). Use another one.")
    if extensions:
        raise Trouble(f"The extension {extensions[0][0]} lives in the schema that a restore replaces. Use another database.")
    owner = db.execute(
        "SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE nspname = %s", [LIVING]
    ).fetchone()
    if owner is None or not owner[0]:
        raise Trouble("The user of this database must own its schema: ALTER SCHEMA public OWNER TO that user.")
    if "accounts_organisation" not in tables or replace:
        return
    found = db.execute(f"SELECT name FROM {LIVING}.accounts_organisation ORDER BY id LIMIT 1").fetchone()
    if found:
        raise Trouble(
            f"A house lives here already ({found[0]}). Say --replace to put the backup in its place; "
            "what it holds is then gone, so back it up first."
        )


def require_alone(db: Db) -> None:
    """Refuses a database in which anybody else works; one who is just leaving is waited for.  Raises: Trouble."""
    deadline = time.monotonic() + LEAVING_S
    while True:
        db.execute("SELECT pg_stat_clear_snapshot()")  # a transaction goes on seeing who was there when it first looked
        found = db.execute(
            """SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND usename IS NOT NULL AND pid <> pg_backend_pid()"""
        ).fetchone()
        if not found or not found[0]:
            return
        if time.monotonic() > deadline:
            raise Trouble(f"Others work in this database ({found[0]} connections). Stop every web and worker process first.")
        time.sleep(0.1)


def build(db: Db, archive: Archive) -> None:
    """Makes the house of the archive in a schema beside the living one, which is not touched, and brings it up to this
    version.  Raises: Trouble where the archive's tables are not those of its migrations."""
    _drop(db, BUILDING, REPLACED)
    db.execute(f"CREATE SCHEMA {BUILDING}")
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SET search_path = {BUILDING}")
            cursor.execute("SET statement_timeout = 0")
            cursor.execute("SET idle_in_transaction_session_timeout = 0")
        schema.lay(connection, known={(app, name) for app, name in archive.manifest.migrations})
        executor = MigrationExecutor(connection)
        executor.migrate(_leaves(archive.manifest.migrations))
        db.execute(FORMS)
        with db.transaction():
            db.execute(f"SET LOCAL search_path = {BUILDING}")
            _fill(db, archive)
        call_command("migrate", verbosity=0, interactive=False)
    finally:
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]  # nobody but `db` may be connected when the house moves


def switch(db: Db) -> None:
    """Puts the schema that was built in the place of the living one, in one transaction.

    Raises: Trouble when somebody else has come to work in the database meanwhile.
    """
    with db.transaction():
        require_alone(db)
        db.execute(f"ALTER SCHEMA {LIVING} RENAME TO {REPLACED}")
        db.execute(f"ALTER SCHEMA {BUILDING} RENAME TO {LIVING}")
        db.execute(f"GRANT USAGE ON SCHEMA {LIVING} TO PUBLIC")
    _drop(db, REPLACED)
    db.execute("ANALYZE")


def _drop(db: Db, *schemas: str) -> None:
    db.execute("SET client_min_messages = warning")
    for name in schemas:
        db.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE")


def _leaves(migrations: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    """The last migration of each room: to ask for an earlier one as well would ask to go back to it."""
    return list({app: (app, name) for app, name in migrations}.values())


def _fill(db: Db, archive: Archive) -> None:
    """Copies every table in.  Foreign keys are taken off meanwhile and checked as a whole when they come back, so the
    order of the tables does not matter and no right beyond owning them is needed; triggers sleep."""
    told = archive.manifest.tables
    have = tables_of(db, BUILDING)
    for table in told:
        if sorted(table.columns) != sorted(have.pop(table.name, [])):
            raise Trouble(f"The backup's table {table.name} is not what its migrations make. It cannot be restored.")
    if have:
        raise Trouble(f"The backup lacks the table {min(have)}. It cannot be restored.")
    keys = db.execute(
        """SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
            WHERE contype = 'f' AND conparentid = 0 AND connamespace = to_regnamespace(%s)""",
        [BUILDING],
    ).fetchall()
    names = [sql.Identifier(table.name) for table in told if table.name != MIGRATIONS]
    for table, key, _ in keys:
        db.execute(f"ALTER TABLE {table} DROP CONSTRAINT {key}".encode())
    for name in names:
        db.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(name))
    db.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(names)))
    for table in told:
        if table.name != MIGRATIONS:  # it says already what was done to these very tables
            _copy_in(db, archive, table)
    for table, key, definition in keys:
        db.execute(f"ALTER TABLE {table} ADD CONSTRAINT {key} {definition}".encode())
    for name in names:
        db.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(name))
    for sequence, (last, given) in archive.manifest.sequences.items():
        db.execute("SELECT setval(quote_ident(%s)::regclass, %s, %s)", [sequence, last, given])


def _copy_in(db: Db, archive: Archive, table: Table) -> None:
    columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    query = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), columns)
    with db.cursor() as cursor:
        with cursor.copy(query) as copy:
            for piece in archive.pieces(f"tables/{table.name}"):
                copy.write(piece)
        if cursor.rowcount != table.rows:
            raise Trouble(f"The backup says {table.rows} rows of {table.name}, and {cursor.rowcount} came.")


def _sequences(db: Db, schema: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    names = db.execute("SELECT sequencename FROM pg_sequences WHERE schemaname = %s ORDER BY 1", [schema]).fetchall()
    for (name,) in names:
        query = sql.SQL("SELECT last_value, is_called FROM {}").format(sql.Identifier(schema, name))
        line = db.execute(query).fetchone()
        found[name] = list(line or ())
    return found
