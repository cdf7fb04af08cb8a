"""Carrier accounts, what those without an interface charge, and how a service is chosen among them."""

from __future__ import annotations

from django.db import models

from doorstep.base.models import Owned, SubscribedAccount


class Carrier(SubscribedAccount):
    """A carrier account: which vendor speaks for it, and with which settings."""

    preferred_at = models.DateTimeField(null=True)  # the one preferred last sells the labels
    quiet_until = models.DateTimeField(null=True)  # it asked not to be asked before
    location_ids = models.JSONField(null=True)  # where it collects; none: everywhere
    delivers = models.SmallIntegerField(db_default=0b0111111)  # the days it moves and delivers on; Monday is the lowest bit

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "code"], name="carrier_once"),
            models.UniqueConstraint(fields=["slug"], name="carrier_slug_once"),
        ]


class RateSheet(Owned):
    """What a carrier without an interface charges, as somebody pasted it; the newest one counts."""

    id = models.BigAutoField(primary_key=True)
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, db_index=False)
    text = models.TextField()
    saved_at = models.DateTimeField()
    saved_by = models.CharField(max_length=80)

    class Meta:
        indexes = [models.Index(fields=["organisation_id", "carrier", "-id"], name="rate_sheet_newest")]


class Policy(Owned):
    """How a brand wants its services chosen, and what is done by itself."""

    never = models.JSONField(null=True)  # services that are never bought
    hold_addresses = models.BooleanField(db_default=False)
    ask_carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, null=True, db_index=False)  # verifies addresses
    void_unused = models.BooleanField(db_default=True)
    promise_days = models.SmallIntegerField(null=True)  # within so many working days an order is to arrive; none: no promise
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id"], name="shipping_policy_once")]
