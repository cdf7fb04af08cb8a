"""What comes in: deliveries of suppliers, transfers between locations, and what was received of them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from doorstep.base.models import Owned
from doorstep.stock.inbound.values import Condition, DeliveryState, TransferState
from doorstep.stock.models.checks import not_negative


class InboundSettings(Owned):
    """How much more than expected a delivery may bring before somebody has to say why."""

    id = models.BigAutoField(primary_key=True)
    over_tolerance_percent = models.IntegerField(default=10)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id"], name="inbound_settings_once"),
            models.CheckConstraint(
                condition=Q(over_tolerance_percent__gte=0, over_tolerance_percent__lte=1000),
                name="inbound_tolerance_sane",
            ),
        ]


class ExpectedDelivery(Owned):
    """What a supplier shall bring to one location. `document` is the supplier's or our own number, such as PO-4711."""

    id = models.BigAutoField(primary_key=True)
    supplier = models.CharField(max_length=120)
    document = models.CharField(max_length=60)
    location = models.ForeignKey("locations.Location", on_delete=models.PROTECT, db_index=False)
    state = models.CharField(max_length=20, choices=[(s.value, s.value) for s in DeliveryState])
    expected_on = models.DateField(null=True)
    note = models.CharField(max_length=2000, default="")
    blind = models.BooleanField(default=False)  # who receives is not shown how much is expected
    reason = models.CharField(max_length=200, default="")  # why it was closed short or cancelled
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "supplier", "document"], name="expected_delivery_once"),
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in DeliveryState]), name="expected_delivery_state_known"
            ),
        ]
        indexes = [
            models.Index(fields=["organisation_id", "-id"], name="expected_delivery_newest"),
            models.Index(
                fields=["organisation_id", "expected_on"],
                name="expected_delivery_open",
                condition=Q(state__in=["expected", "partially_received"]),
            ),
        ]


class ExpectedLine(Owned):
    """Units of one variant in a delivery. Nothing expected: it came unannounced. `damaged` and `quality_control` units
    are part of `received`."""

    id = models.BigAutoField(primary_key=True)
    delivery = models.ForeignKey(ExpectedDelivery, on_delete=models.PROTECT, db_index=False)
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT, db_index=False)
    position = models.IntegerField()
    expected = models.IntegerField()
    received = models.IntegerField(default=0)
    damaged = models.IntegerField(default=0)
    quality_control = models.IntegerField(default=0)
    cost_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "delivery", "variant"], name="expected_line_once"),
            *not_negative("expected_line", ("expected", "received", "damaged", "quality_control")),
            models.CheckConstraint(
                condition=Q(received__gte=F("damaged") + F("quality_control")), name="expected_line_parts_within"
            ),
        ]
        indexes = [models.Index(fields=["organisation_id", "variant"], name="expected_line_of_variant")]


class Transfer(Owned):
    """Units on their way from one location to another."""

    id = models.BigAutoField(primary_key=True)
    origin = models.ForeignKey("locations.Location", on_delete=models.PROTECT, db_index=False, related_name="+")
    destination = models.ForeignKey("locations.Location", on_delete=models.PROTECT, db_index=False, related_name="+")
    state = models.CharField(max_length=20, choices=[(s.value, s.value) for s in TransferState])
    due_on = models.DateField(null=True)
    note = models.CharField(max_length=2000, default="")
    reason = models.CharField(max_length=200, default="")  # why units were written off on the way
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    shipped_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in TransferState]), name="transfer_state_known"
            ),
            models.CheckConstraint(condition=~Q(origin=F("destination")), name="transfer_goes_somewhere"),
        ]
        indexes = [
            models.Index(fields=["organisation_id", "-id"], name="transfer_newest"),
            models.Index(
                fields=["organisation_id", "id"],
                name="transfer_under_way",
                condition=Q(state__in=["in_transit", "partially_received"]),
            ),
        ]


class TransferLine(Owned):
    """Units of one variant in a transfer; what is neither received nor lost of the shipped is still on its way."""

    id = models.BigAutoField(primary_key=True)
    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, db_index=False)
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT, db_index=False)
    position = models.IntegerField()
    qty = models.IntegerField()
    shipped = models.IntegerField(default=0)
    received = models.IntegerField(default=0)
    lost = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "transfer", "variant"], name="transfer_line_once"),
            *not_negative("transfer_line", ("shipped", "received", "lost")),
            models.CheckConstraint(condition=Q(qty__gt=0), name="transfer_line_qty_positive"),
            models.CheckConstraint(
                condition=Q(shipped__lte=F("qty"), shipped__gte=F("received") + F("lost")), name="transfer_line_within"
            ),
        ]
        indexes = [models.Index(fields=["organisation_id", "variant"], name="transfer_line_of_variant")]


class Receipt(Owned):
    """Units that somebody received, of a delivery or of a transfer. `client_id` is made by whoever sends it, so that one
    sent twice books once."""

    id = models.BigAutoField(primary_key=True)
    client_id = models.CharField(max_length=60)
    delivery = models.ForeignKey(ExpectedDelivery, on_delete=models.PROTECT, null=True, db_index=False)
    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, null=True, db_index=False)
    variant = models.ForeignKey(
        "catalog.Variant", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    code = models.CharField(max_length=120)
    qty = models.IntegerField()
    condition = models.CharField(max_length=16, choices=[(c.value, c.value) for c in Condition])
    lot = models.CharField(max_length=60, default="")
    serials = models.JSONField(default=list)
    over = models.IntegerField(default=0)  # how many of them are more than was expected
    reason = models.CharField(max_length=200, default="")
    problem = models.CharField(max_length=30, default="")
    by = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "client_id"], name="stock_receipt_once"),
            models.CheckConstraint(condition=Q(qty__gt=0), name="stock_receipt_qty_positive"),
            models.CheckConstraint(
                condition=Q(delivery__isnull=True, transfer__isnull=False)
                | Q(delivery__isnull=False, transfer__isnull=True),
                name="stock_receipt_of_one",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation_id", "delivery", "-id"], name="stock_receipt_of_delivery"),
            models.Index(fields=["organisation_id", "transfer", "-id"], name="stock_receipt_of_transfer"),
        ]
