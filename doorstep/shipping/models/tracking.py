"""What carriers told, what their codes mean, and how long their ways take."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from doorstep.base.models import Owned
from doorstep.shipping.models.parcels import Parcel
from doorstep.shipping.values import Aside, TrackingStatus, Trouble


class TrackingEvent(Owned):
    """One thing that a carrier told of a parcel, as it was told; what is of another parcel stands aside."""

    id = models.BigAutoField(primary_key=True)
    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, db_index=False)
    external_id = models.CharField(max_length=120)
    status = models.CharField(max_length=24, blank=True)  # empty: the event says nothing of where the parcel is
    raw_code = models.CharField(max_length=40)
    description = models.CharField(max_length=255, default="")
    place = models.CharField(max_length=120, default="")
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    trouble = models.CharField(max_length=10, db_default="")
    aside = models.CharField(max_length=12, db_default="")  # why it says nothing of this parcel; empty: it does

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "parcel", "external_id"], name="tracking_event_once"),
            models.CheckConstraint(
                condition=Q(status__in=["", *(s.value for s in TrackingStatus)]), name="tracking_status_known"
            ),
            models.CheckConstraint(condition=Q(trouble__in=["", *(t.value for t in Trouble)]), name="tracking_trouble_known"),
            models.CheckConstraint(condition=Q(aside__in=["", *(a.value for a in Aside)]), name="tracking_aside_known"),
        ]
        indexes = [
            models.Index(
                fields=["organisation_id", "raw_code"], name="tracking_code_unknown", condition=Q(status=TrackingStatus.UNKNOWN)
            )
        ]


class CodeMeaning(Owned):
    """What a brand says that a carrier's code means, where our tables do not know it."""

    id = models.BigAutoField(primary_key=True)
    provider = models.CharField(max_length=30)
    raw_code = models.CharField(max_length=40)
    status = models.CharField(max_length=24, blank=True)  # empty: it says nothing of where a parcel is
    named_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "provider", "raw_code"], name="code_meaning_once"),
            models.CheckConstraint(
                condition=Q(status__in=["", *(s.value for s in TrackingStatus)]), name="code_meaning_known"
            ),
        ]


class Lane(Owned):
    """How long parcels took on one way: what `estimates.Lane` says."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=120)
    days = ArrayField(models.FloatField())
    weekdays = ArrayField(models.FloatField())
    gaps = ArrayField(models.FloatField())
    seen = models.IntegerField()
    asked = models.FloatField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id", "key"], name="lane_once")]
