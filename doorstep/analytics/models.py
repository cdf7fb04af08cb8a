"""What analytics keeps of its own."""

from __future__ import annotations

from django.db import models

from doorstep.base.models import Owned


class Baseline(Owned):
    """What a metric was before: as the brand entered it, or as it was measured in the first 28 days."""

    id = models.BigAutoField(primary_key=True)
    metric = models.CharField(max_length=40)
    value = models.FloatField()
    source = models.CharField(max_length=10, db_default="entered")
    at = models.DateTimeField()
    by = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "metric"], name="baseline_once"),
            models.CheckConstraint(condition=models.Q(value__gte=0), name="baseline_not_negative"),
        ]
