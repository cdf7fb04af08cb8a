"""What customs are told: a brand's terms, and what somebody said of one parcel."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from doorstep.base.models import Owned
from doorstep.shipping.models.parcels import Parcel
from doorstep.shipping.terms import Incoterm


class CustomsTerms(Owned):
    """On which terms a brand exports."""

    incoterm = models.CharField(max_length=3)
    non_delivery = models.CharField(max_length=8)
    ioss = models.CharField(max_length=12)
    currency = models.CharField(max_length=3)  # of the two limits; empty where none is set
    ioss_limit_minor = models.BigIntegerField(null=True)  # what 150 EUR are
    eei_limit_minor = models.BigIntegerField(null=True)  # what 2,500 USD are
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id"], name="customs_terms_once"),
            models.CheckConstraint(condition=Q(incoterm__in=[i.value for i in Incoterm]), name="customs_incoterm_known"),
        ]


class Declaration(Owned):
    """What somebody said that customs are told of a parcel; empty words are as they come."""

    id = models.BigAutoField(primary_key=True)
    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, db_index=False)
    contents = models.CharField(max_length=16)
    explanation = models.CharField(max_length=255)
    incoterm = models.CharField(max_length=3)
    non_delivery = models.CharField(max_length=8)
    itn = models.CharField(max_length=20)
    declared_at = models.DateTimeField()
    declared_by = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id", "parcel"], name="declaration_once")]
