"""Parcels: what lies in one, who carries it, and where it is."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now

from doorstep.base.models import Owned
from doorstep.shipping.models.carriers import Carrier
from doorstep.shipping.values import MAX_PARCELS, Direction, ParcelState, TrackingStatus


class Parcel(Owned):
    """One box on its way, out or back; `status` is the newest that the carrier told, in our words."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, db_index=False)
    # those that come back have none
    fulfilment_order = models.ForeignKey("orders.FulfilmentOrder", on_delete=models.PROTECT, null=True, db_index=False)
    direction = models.CharField(max_length=4, db_default=Direction.OUT)
    sender = models.JSONField(null=True)  # who sends it back
    location = models.ForeignKey("locations.Location", on_delete=models.PROTECT, db_index=False)
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, null=True, db_index=False)
    state = models.CharField(max_length=12, default=ParcelState.PACKED)
    status = models.CharField(max_length=24, default=TrackingStatus.PRE_TRANSIT)
    # what somebody else calls the carrier, who closed the parcel and labelled it; then no label of ours is on it
    carried_by = models.CharField(max_length=80, db_default="")
    service = models.CharField(max_length=40, default="")
    tracking_number = models.CharField(max_length=60, default="")
    weight_g = models.IntegerField()
    ship_to = models.JSONField()
    packed_at = models.DateTimeField()
    handed_over_at = models.DateTimeField(null=True)
    estimated_on = models.DateField(null=True)
    delivered_at = models.DateTimeField(null=True)
    status_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)  # when the carrier was told of the hand-over
    checked_at = models.DateTimeField(null=True)  # when the carrier was last asked where it is
    ask_at = models.DateTimeField(null=True)  # not to be asked after before, where its carrier has a pace
    tracked_since = models.DateTimeField(null=True)  # scans before are of another; null: those before it was packed
    vouched = models.BooleanField(db_default=False)  # a person said that every scan with its number is its own
    # what our own history says of when it comes, as it was said when it left
    expected_from = models.DateField(null=True)
    expected_on = models.DateField(null=True)
    expected_to = models.DateField(null=True)
    late_after = models.DateField(null=True)
    expected_level = models.SmallIntegerField(db_default=0)
    expected_seen = models.IntegerField(db_default=0)
    learnt_at = models.DateTimeField(null=True)  # when its delivery was added to what is known of its lane
    updated_at = models.DateTimeField(db_default=Now())  # when anything that a program reads of it last changed
    wish = models.CharField(max_length=60, db_default="")  # the closing that made it, so that one told twice makes one
    planned = models.IntegerField(db_default=1)  # of how many of its fulfilment order its packer thought that it is one
    box_name = models.CharField(max_length=80, db_default="")
    length_mm = models.IntegerField(null=True)
    width_mm = models.IntegerField(null=True)
    height_mm = models.IntegerField(null=True)
    search = models.TextField(default="")  # tracking number, order and recipient, folded by base_searchable

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=[s.value for s in ParcelState]), name="parcel_state_known"),
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in TrackingStatus]), name="parcel_status_known"
            ),
            models.CheckConstraint(condition=Q(weight_g__gt=0), name="parcel_weight_positive"),
            models.CheckConstraint(
                condition=Q(direction=Direction.OUT, fulfilment_order__isnull=False)
                | Q(direction=Direction.BACK, fulfilment_order__isnull=True),
                name="parcel_direction_known",
            ),
            models.UniqueConstraint(fields=["organisation_id", "wish"], name="parcel_wish_once", condition=~Q(wish="")),
            models.CheckConstraint(condition=Q(planned__gte=1, planned__lte=MAX_PARCELS), name="parcel_planned_sane"),
            models.CheckConstraint(
                condition=Q(length_mm__isnull=True, width_mm__isnull=True, height_mm__isnull=True)
                | Q(length_mm__gt=0, width_mm__gt=0, height_mm__gt=0),
                name="parcel_dims_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation_id", "order"], name="parcel_of_order"),
            models.Index(fields=["organisation_id", "-id"], name="parcel_newest"),
            models.Index(fields=["organisation_id", "updated_at", "id"], name="parcel_updated"),
            models.Index(fields=["organisation_id", "tracking_number"], name="parcel_tracking_number"),
            models.Index(fields=["organisation_id", "fulfilment_order"], name="parcel_of_fulfilment_order"),
            models.Index(
                fields=["organisation_id", "location", "state", "id"],
                name="parcel_on_floor",
                condition=Q(state__in=[ParcelState.PACKED, ParcelState.LABELLED]),
            ),
            models.Index(
                fields=["handed_over_at"],
                name="parcel_on_its_way",
                condition=Q(state=ParcelState.HANDED_OVER, delivered_at__isnull=True),
            ),
            models.Index(
                fields=["packed_at"],
                name="parcel_awaited_back",
                condition=Q(direction=Direction.BACK, state=ParcelState.LABELLED),
            ),
            models.Index(
                fields=["organisation_id", "delivered_at", "id"],
                name="parcel_to_learn_from",
                condition=Q(direction=Direction.OUT, delivered_at__isnull=False, learnt_at__isnull=True),
            ),
            GinIndex(Func(F("search"), function="base_grams"), name="parcel_search"),
        ]


class ParcelLine(Owned):
    """What lies in a parcel."""

    id = models.BigAutoField(primary_key=True)
    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, db_index=False)
    order_line = models.ForeignKey("orders.OrderLine", on_delete=models.PROTECT, db_index=False)
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT, db_index=False)
    qty = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "parcel", "order_line"], name="parcel_line_once"),
            models.CheckConstraint(condition=Q(qty__gt=0), name="parcel_line_qty_positive"),
        ]
