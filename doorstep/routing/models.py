"""Why each order went where it went."""

from __future__ import annotations

from django.db import models

from doorstep.base.models import Owned


class Decision(Owned):
    """One routing decision: the plan, what else was possible, and the reason in facts."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, db_index=False)
    policy = models.CharField(max_length=30)
    plan = models.JSONField()
    considered = models.JSONField(default=list)
    decided_at = models.DateTimeField()
    took_us = models.IntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["organisation_id", "order", "-id"], name="decision_of_order")]
