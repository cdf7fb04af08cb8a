"""The audit finds a planted discrepancy of each kind, and says nothing of a healthy house."""

from __future__ import annotations

from collections import Counter
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction

from doorstep.base import db
from doorstep.base.invariants import check, one_organisation
from doorstep.cli.management.commands.audit import all_invariants
from tests.factories import make_ctx
from tests.invariants.plantings import PLANTINGS, Planting
from tests.invariants.world import live_brand


def audit() -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("audit", stdout=out)
    except SystemExit as exit_:
        return int(str(exit_.code)), out.getvalue()
    return 0, out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_a_healthy_house_passes_and_a_damaged_one_is_told_row_by_row() -> None:
    brand = live_brand()
    assert audit() == (0, f"audit: all {len(all_invariants())} invariants hold\n")
    db.execute("UPDATE orders_order SET units = units + 1")
    code, said = audit()
    assert code == 1
    first, *rows, last = said.splitlines()
    held = db.scalar("SELECT count(*) FROM orders_order")
    assert first == (
        f"orders.units_are_those_of_the_lines: {held} rows differ. An order counts as many units as its lines."
    )
    assert rows[0].startswith(f"    organisation_id={brand.ctx.organisation_id}, id=")
    assert len(rows) == min(held, 10) + (held > 10)  # ten of them, and how many more
    assert last == f"audit: 1 of {len(all_invariants())} invariants do not hold; nothing was changed"


def test_every_invariant_has_a_planting_and_a_name_of_its_own() -> None:
    names = [invariant.name for invariant in all_invariants()]
    assert [name for name, times in Counter(names).items() if times > 1] == []
    assert {planting.invariant for planting in PLANTINGS} == set(names)


@pytest.mark.django_db
def test_every_reference_between_rows_of_organisations_is_looked_at() -> None:
    """The database is asked, not the models, which the invariant is made of."""
    owned = "IN (SELECT attrelid FROM pg_attribute WHERE attname = 'organisation_id')"
    keys = db.column(
        f"""SELECT c.conrelid::regclass || '.' || a.attname FROM pg_constraint c
              JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
             WHERE c.contype = 'f' AND c.conrelid {owned} AND c.confrelid {owned}"""
    )
    guards = db.column(
        "SELECT encode(tgargs, 'escape') FROM pg_trigger g JOIN pg_proc p ON p.oid = tgfoid WHERE proname = 'base_still_needed'"
    )
    keys += [".".join(guard.split("\\000")[:2]) for guard in guards]
    sql = one_organisation().sql
    assert len(keys) > 30
    assert [key for key in keys if f"'{key}'" not in sql] == []
    assert sql.count("UNION ALL") == len(keys) - 1


@pytest.mark.django_db
def test_every_planted_discrepancy_is_found_by_its_invariant() -> None:
    live_brand()
    assert [(b.invariant.name, b.examples) for b in check(all_invariants())] == []
    other = make_ctx("Other").organisation_id
    db.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what is still to be checked would keep tables from being altered
    missed = [
        f"{planting.invariant}: {planting.damage}" for planting in PLANTINGS if not _is_found(planting, other)
    ]
    assert missed == []


def _is_found(planting: Planting, other: int) -> bool:
    """Whether the damage does any, and its invariant says so; nothing is left of it."""
    by_name = {invariant.name: invariant for invariant in all_invariants()}
    with transaction.atomic():
        for guard in planting.guard:
            _drop(guard)
        touched = db.execute(planting.damage.format(other=other, strange=987654321))
        found = check([by_name[planting.invariant]])
        transaction.set_rollback(True)
    return touched > 0 and found != []


def _drop(guard: str) -> None:
    """Takes away a constraint, or the index that is one."""
    table = db.scalar("SELECT conrelid::regclass::text FROM pg_constraint WHERE conname = %s", [guard])
    db.execute(f"ALTER TABLE {table} DROP CONSTRAINT {guard}" if table else f"DROP INDEX {guard}")
