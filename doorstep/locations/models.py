"""Places where stock lies."""

from __future__ import annotations

from django.db import models
from django.utils.timezone import now

from doorstep.base.models import Owned


class Location(Owned):
    class Kind(models.TextChoices):
        WAREHOUSE = "warehouse"
        SHOP = "shop"

    code = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.WAREHOUSE)
    company = models.CharField(max_length=120, default="")
    lines = models.JSONField(default=list)
    postal_code = models.CharField(max_length=20, default="")
    city = models.CharField(max_length=80, default="")
    region = models.CharField(max_length=80, default="")
    country = models.CharField(max_length=2)
    phone = models.CharField(max_length=40, default="")
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    timezone = models.CharField(max_length=60, default="UTC")
    serves = models.JSONField(default=list)  # countries it may ship to; empty: everywhere
    fulfils_online = models.BooleanField(default=True)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=now)
    handling_minor = models.BigIntegerField(db_default=0)  # what a parcel costs to make, in the brand's currency
    capacity_per_day = models.IntegerField(db_default=0)  # parcels; 0: no limit
    weekdays = models.SmallIntegerField(db_default=0b0011111)  # the days it works on; Monday is the lowest bit
    holidays = models.JSONField(null=True)
    cut_off = models.TimeField(null=True)
    pickups = models.JSONField(null=True)
    priority = models.SmallIntegerField(null=True)  # 1 is served from first; none: after the rest
    export_eori = models.CharField(max_length=17, db_default="")
    export_signer = models.CharField(max_length=80, db_default="")
    export_incoterm = models.CharField(max_length=3, db_default="")  # empty: as the brand says

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "code"], name="location_code_once"),
            models.CheckConstraint(
                condition=models.Q(handling_minor__gte=0, capacity_per_day__gte=0, weekdays__gt=0, weekdays__lte=127),
                name="location_dispatch_possible",
            ),
            models.CheckConstraint(condition=models.Q(kind__in=["warehouse", "shop"]), name="location_kind_known"),
        ]


class Bin(Owned):
    """A shelf position; pickers walk in `position` order."""

    location = models.ForeignKey(Location, on_delete=models.CASCADE)
    code = models.CharField(max_length=30)
    position = models.IntegerField(default=0)
    aisle = models.SmallIntegerField(null=True)
    along_mm = models.IntegerField(null=True)  # from the front end of the aisle
    side = models.CharField(max_length=5, default="", db_default="")
    level = models.SmallIntegerField(null=True)
    zone = models.CharField(max_length=30, default="", db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "location", "code"], name="bin_code_once"),
            models.CheckConstraint(
                condition=models.Q(aisle__isnull=True, along_mm__isnull=True)
                | models.Q(aisle__isnull=False, aisle__gte=1, along_mm__isnull=False, along_mm__gte=0),
                name="bin_placed_whole",
            ),
        ]


class FloorPlan(Owned):
    """The block of aisles of a location; none where pickers walk by the bins' positions."""

    location = models.ForeignKey(Location, on_delete=models.CASCADE, db_index=False)
    aisles = models.SmallIntegerField()
    length_mm = models.IntegerField()
    apart_mm = models.IntegerField()
    depot_aisle = models.SmallIntegerField()
    depot_at_back = models.BooleanField()
    pattern = models.CharField(max_length=80)
    bay_mm = models.IntegerField()
    odd_even = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "location"], name="floor_plan_once"),
            models.CheckConstraint(
                condition=models.Q(
                    aisles__gte=1, length_mm__gte=100, apart_mm__gte=100, bay_mm__gte=10, depot_aisle__gte=1,
                    depot_aisle__lte=models.F("aisles"),
                ),
                name="floor_plan_possible",
            )
        ]


class PostalPlace(models.Model):
    """Where a postal code lies (GeoNames); shared by all organisations."""

    country = models.CharField(max_length=2)
    postal_code = models.CharField(max_length=20)
    place = models.CharField(max_length=180, default="")
    region = models.CharField(max_length=100, default="")
    latitude = models.FloatField()
    longitude = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["country", "postal_code"], name="postal_place_once")]
