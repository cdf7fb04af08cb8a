"""Checks that several tables have."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import models
from django.db.models import Q


def not_negative(name: str, counters: Sequence[str]) -> list[models.BaseConstraint]:
    """Says of each counter that it is never below zero."""
    return [models.CheckConstraint(condition=Q(**{f"{c}__gte": 0}), name=f"{name}_{c}_not_negative") for c in counters]
