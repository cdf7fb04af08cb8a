"""References that no foreign key checks: the audit finds the stray ones, and no row goes while it is referred to."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import IntegrityError, models

from doorstep.base import db
from doorstep.base.models import Owned
from tests.factories import make_brand


def _unchecked() -> set[tuple[str, str, str]]:
    return {
        (field.column, model._meta.db_table, field.related_model._meta.db_table)  # type: ignore[union-attr]
        for model in apps.get_models()
        if issubclass(model, Owned)
        for field in model._meta.local_fields
        if isinstance(field, models.ForeignKey) and not field.db_constraint
    }


@pytest.mark.django_db
def test_every_reference_that_no_key_checks_is_guarded() -> None:
    guards = db.dicts(
        """SELECT encode(t.tgargs, 'escape') AS said, t.tgrelid::regclass::text AS parent FROM pg_trigger t
             JOIN pg_proc p ON p.oid = t.tgfoid WHERE p.proname = 'base_still_needed'"""
    )
    found = set()
    for guard in guards:
        table, column = guard["said"].split("\\000")[:2]
        found.add((column, table, guard["parent"]))

    assert found == _unchecked()
    assert len(found) > 10


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["catalog_variant", "locations_location"])
def test_no_row_goes_while_the_ledger_refers_to_it(table: str) -> None:
    make_brand()
    db.execute("DELETE FROM stock_item")
    db.execute("DELETE FROM stock_level")
    db.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(IntegrityError, match="is still referred to by stock_movement"):
        db.execute(f"DELETE FROM {table}")
