"""Named queries that return offending rows; `audit` runs them all and repairs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models

from doorstep.base import db
from doorstep.base.models import Owned


@dataclass(frozen=True, slots=True)
class Invariant:
    """What must hold, in a sentence, and the SQL that returns every row that breaks it."""

    name: str
    says: str
    sql: str


@dataclass(frozen=True, slots=True)
class Broken:
    invariant: Invariant
    count: int
    examples: Sequence[dict[str, Any]]


def check(invariants: Sequence[Invariant], *, examples: int = 10) -> list[Broken]:
    """Runs each invariant on the live database and returns those that do not hold.

    They are kept by the server: planning them costs several times what running them on a small house does.
    """
    broken = []
    for invariant in invariants:
        offending = db.dicts(invariant.sql, kept=True)
        if offending:
            broken.append(Broken(invariant, len(offending), offending[:examples]))
    return broken


def one_organisation() -> Invariant:
    """No row refers to one of another organisation, nor to one that is not there: every reference is looked at."""
    fields = [field for model in apps.get_models() for field in model._meta.local_fields]
    keys = [f for f in fields if isinstance(f, models.ForeignKey) and _is_owned(f.model) and _is_owned(f.related_model)]
    return Invariant(
        "base.one_organisation",
        "Nothing refers to a row of another organisation, or to one that is not there.",
        "\nUNION ALL\n".join(_astray(key) for key in keys),
    )


def _is_owned(model: object) -> bool:
    return isinstance(model, type) and issubclass(model, Owned)


def _astray(key: models.ForeignKey[Any, Any]) -> str:
    table, of = key.model._meta.db_table, key.target_field.model._meta.db_table
    return f"""SELECT a.organisation_id, '{table}.{key.column}' AS of, a.{key.model._meta.pk.column} AS id,
                      a.{key.column} AS refers_to, b.organisation_id AS of_organisation
                 FROM {table} a LEFT JOIN {of} b ON b.{key.target_field.column} = a.{key.column}
                WHERE a.{key.column} IS NOT NULL AND b.organisation_id IS DISTINCT FROM a.organisation_id"""
