"""What shops told of their orders: how they were last, that they were called off, what was given back."""

from __future__ import annotations

from django.db import models

from doorstep.base.models import Owned
from doorstep.channels.models.connections import Connection


class Withdrawn(Owned):
    """An order that the shop called off before it told us of it: should it come later, it is not taken."""

    id = models.BigAutoField(primary_key=True)
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, db_index=False)
    external_id = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "connection", "external_id"], name="withdrawn_once")
        ]


class OrderTold(Owned):
    """How an order was when the shop last told of it, by its own clock: an older state that comes later changes nothing."""

    id = models.BigAutoField(primary_key=True)
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, db_index=False)
    external_id = models.CharField(max_length=200)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "connection", "external_id"], name="order_told_once")
        ]
        indexes = [models.Index(fields=["changed_at"], name="order_told_old")]


class RefundHeard(Owned):
    """Money that a shop said it gave back, once, and what became of that here.

    `lines`: (item, SKU, units), as the shop names them, and, where it says that, its part of `port.RefundTold.goods_minor`.
    `key`: as in `port.RefundTold`.  `noted_at`: none until the order is here.  `refund_id`: the refund of ours that it is, or that
    was noted for it.  `taken`: units that were taken off the order for it, by our SKU.  `goods_open`: some could not be, and a
    person may try again.
    """

    id = models.BigAutoField(primary_key=True)
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, db_index=False)
    external_id = models.CharField(max_length=200)
    told_id = models.CharField(max_length=200)  # how the shop names the refund
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    lines = models.JSONField(default=list)
    reason = models.CharField(max_length=200, default="")
    key = models.CharField(max_length=80, null=True)
    arrival_id = models.BigIntegerField()
    heard_at = models.DateTimeField()
    noted_at = models.DateTimeField(null=True)
    refund_id = models.BigIntegerField(null=True)
    taken = models.JSONField(default=dict)
    goods_open = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "connection", "told_id"], name="refund_heard_once"),
            models.CheckConstraint(condition=models.Q(amount_minor__gte=0), name="refund_heard_not_negative"),
            models.CheckConstraint(
                condition=models.Q(noted_at__isnull=False) | models.Q(refund_id__isnull=True, goods_open=False),
                name="refund_heard_noted_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation_id", "connection", "external_id"], name="refund_heard_of_order"),
            models.Index(
                fields=["organisation_id", "refund_id"], name="refund_heard_refund", condition=models.Q(refund_id__isnull=False)
            ),
        ]
