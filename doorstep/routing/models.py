"""Why each order went where it went."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from doorstep.base.models import Owned
from doorstep.routing.values import Why


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


class Exclusion(Owned):
    """A place that shall not send the units of an order line: who said so, why, and whether somebody took it back."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, db_index=False)
    order_line_id = models.BigIntegerField()  # lines go when an order is edited; what was said of them may stay
    variant_id = models.BigIntegerField()
    location = models.ForeignKey("locations.Location", on_delete=models.PROTECT, db_index=False)
    reason = models.CharField(max_length=16)
    note = models.CharField(max_length=500, default="")
    by = models.CharField(max_length=120)
    at = models.DateTimeField()
    ledger_id = models.BigIntegerField()  # the last movement of the variant when it was said
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.CharField(max_length=120, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "order_line_id", "location"], name="exclusion_once",
                condition=Q(lifted_at__isnull=True),
            ),
            models.CheckConstraint(condition=Q(reason__in=[why.value for why in Why]), name="exclusion_reason_known"),
        ]  # fmt: skip
        indexes = [models.Index(fields=["organisation_id", "order"], name="exclusion_of_order")]
