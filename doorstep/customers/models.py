"""People who buy, and the identities by which they are recognised."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func
from django.utils.timezone import now

from doorstep.base.models import Owned


class Customer(Owned):
    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=200, default="")
    email = models.CharField(max_length=254, default="")
    phone = models.CharField(max_length=40, default="")
    language = models.CharField(max_length=5, default="en")
    country = models.CharField(max_length=2, default="")
    accepts_marketing = models.BooleanField(default=False)
    note = models.TextField(default="")
    version = models.IntegerField(default=1)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, db_index=False)
    search = models.TextField(default="")  # name, e-mail and phone, folded by base_searchable
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)

    class Meta:
        indexes = [
            models.Index(fields=["organisation_id", "-id"], name="customer_newest"),
            models.Index(fields=["organisation_id", "country", "-id"], name="customer_of_country"),
            GinIndex(Func(F("search"), function="base_grams"), name="customer_search"),
        ]


class Identity(Owned):
    """One way to recognise a customer: an e-mail address, or an id that a connected system gave them."""

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
    kind = models.CharField(max_length=20)
    value = models.CharField(max_length=254)
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id", "kind", "value"], name="identity_once")]


class Merge(Owned):
    """Two customers who are one person: what moved and what was before, so that it can be undone."""

    id = models.BigAutoField(primary_key=True)
    keep = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    gone = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    moved = models.JSONField()  # ids by room
    before = models.JSONField()  # of the one who stays, where the merge changed it
    after = models.JSONField()
    by = models.CharField(max_length=120)
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=120, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "gone"], name="merge_once", condition=models.Q(undone_at__isnull=True)
            )
        ]
        indexes = [
            models.Index(fields=["organisation_id", "keep"], name="merge_of_keep"),
            models.Index(fields=["at"], name="merge_newest"),
        ]
