"""What is known of where parcels go."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from doorstep.base.models import Owned


class AddressCheck(Owned):
    """What is known of where an order goes: the newest check of its address."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, db_index=False)
    state = models.CharField(max_length=14)
    findings = models.JSONField()
    suggestion = models.JSONField(null=True)
    address = models.CharField(max_length=64)  # a fingerprint of what was checked
    source = models.CharField(max_length=80)
    checked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "order"], name="address_check_once"),
            models.CheckConstraint(condition=Q(state__in=["ok", "suspicious", "undeliverable"]), name="address_check_state_known"),
        ]
