"""The end of a carrier's day."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from doorstep.base.models import Owned
from doorstep.shipping.models.carriers import Carrier
from doorstep.shipping.models.parcels import Parcel


class Manifest(Owned):
    """The end of a carrier's day at one place: which parcels its driver will find."""

    id = models.BigAutoField(primary_key=True)
    location = models.ForeignKey("locations.Location", on_delete=models.PROTECT, db_index=False)
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, db_index=False)
    key = models.CharField(max_length=60)
    state = models.CharField(max_length=10)
    vendor_id = models.CharField(max_length=80, db_default="")
    barcode = models.CharField(max_length=80, db_default="")
    url = models.TextField(db_default="")
    problem = models.TextField(db_default="")
    wanted_at = models.DateTimeField()
    wanted_by = models.CharField(max_length=80)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "key"], name="manifest_key_once"),
            models.CheckConstraint(condition=Q(state__in=["wanted", "closed", "declined"]), name="manifest_state_known"),
        ]
        indexes = [
            models.Index(fields=["organisation_id", "-id"], name="manifest_newest"),
            models.Index(fields=["wanted_at"], name="manifest_unsettled", condition=Q(state="wanted")),
        ]


class ManifestParcel(Owned):
    """A parcel on a manifest; one on which it no longer counts is off it."""

    id = models.BigAutoField(primary_key=True)
    manifest = models.ForeignKey(Manifest, on_delete=models.PROTECT, db_index=False)
    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, db_index=False)
    problem = models.TextField(db_default="")  # why the carrier did not take it on
    off = models.BooleanField(db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "manifest", "parcel"], name="manifest_parcel_once"),
            models.UniqueConstraint(
                fields=["organisation_id", "parcel"], name="parcel_on_one_manifest", condition=Q(off=False)
            ),
        ]
