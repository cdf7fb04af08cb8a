"""Which lot, or which single unit, lies where."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from doorstep.base.models import Owned
from doorstep.stock.models.checks import not_negative
from doorstep.stock.tracked.values import LotKind
from doorstep.stock.values import MovementKind


class Tracking(Owned):
    """Of which variants it is kept which lot or which single unit lies where."""

    id = models.BigAutoField(primary_key=True)
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT, db_index=False)
    by_lot = models.BooleanField(default=False)
    by_serial = models.BooleanField(default=False)
    warn_days = models.IntegerField(default=30)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "variant"], name="tracking_once"),
            models.CheckConstraint(condition=Q(warn_days__gte=0), name="tracking_warn_not_negative"),
        ]


class Lot(Owned):
    """Units that were made together, or with a serial number a single one; `parent` is the lot of a serial."""

    id = models.BigAutoField(primary_key=True)
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT, db_index=False)
    kind = models.CharField(max_length=6, choices=[(k.value, k.value) for k in LotKind])
    code = models.CharField(max_length=60)
    expires_on = models.DateField(null=True)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, db_index=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id", "variant", "kind", "code"], name="lot_once")]
        indexes = [
            models.Index(
                F("organisation_id"),
                Coalesce(F("expires_on"), Value(date(9999, 12, 31))),
                F("id"),
                name="lot_by_expiry",
            )
        ]


class LotLevel(Owned):
    """How much of a lot lies in a location. `set_aside`: damaged or in quality control, so not for sale."""

    id = models.BigAutoField(primary_key=True)
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, db_index=False)
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT, db_index=False)
    location = models.ForeignKey("locations.Location", on_delete=models.PROTECT, db_index=False)
    on_hand = models.IntegerField(default=0)
    set_aside = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "lot", "location"], name="lot_level_once"),
            *not_negative("lot_level", ("on_hand", "set_aside")),
            models.CheckConstraint(condition=Q(on_hand__gte=F("set_aside")), name="lot_level_aside_within"),
        ]
        indexes = [models.Index(fields=["organisation_id", "variant", "location"], name="lot_level_of_place")]


class LotMovement(Owned):
    """One line of a lot's ledger. `assumed`: nobody scanned which lot it was; the first to expire is taken to have gone."""

    id = models.BigAutoField(primary_key=True)
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, db_index=False)
    location = models.ForeignKey("locations.Location", on_delete=models.PROTECT, db_index=False)
    kind = models.CharField(max_length=12, choices=[(k.value, k.value) for k in MovementKind])
    on_hand = models.IntegerField(default=0)
    set_aside = models.IntegerField(default=0)
    assumed = models.BooleanField(default=False)
    reason = models.CharField(max_length=60)
    reference = models.CharField(max_length=80)
    actor_name = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["organisation_id", "lot", "-id"], name="lot_movement_of_lot"),
            models.Index(fields=["organisation_id", "reference"], name="lot_movement_reference"),
        ]


class LotPick(Owned):
    """Which lot or serial somebody took for an order line; it leaves with the parcel."""

    id = models.BigAutoField(primary_key=True)
    order_line_id = models.BigIntegerField()
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, db_index=False)
    qty = models.IntegerField()
    by = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "order_line_id", "lot"], name="lot_pick_once"),
            models.CheckConstraint(condition=Q(qty__gt=0), name="lot_pick_qty_positive"),
        ]
