"""The planner learns of rows before PostgreSQL's own watch looks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from doorstep.base import db
from doorstep.worker import upkeep

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def table() -> Iterator[str]:
    db.execute('CREATE TABLE "a Table" (n int) WITH (autovacuum_enabled = false)')
    yield "a Table"
    db.execute('DROP TABLE "a Table"')


def fill(table: str, rows: int) -> None:
    db.execute(f'INSERT INTO "{table}" SELECT generate_series(1, {rows})')


def known(table: str) -> int:
    return int(db.scalar("SELECT reltuples::int FROM pg_class WHERE relname = %s", [table]))


def test_a_table_that_nobody_measured_or_that_has_doubled_is_measured(table: str) -> None:
    upkeep.tell_planner()
    assert known(table) == -1  # empty: nothing to learn
    fill(table, 1_000)
    upkeep.tell_planner()
    assert known(table) == 1_000
    fill(table, 10)
    upkeep.tell_planner()
    assert known(table) == 1_000  # hardly grown
    fill(table, 5_000)
    upkeep.tell_planner()
    assert known(table) == 6_010
