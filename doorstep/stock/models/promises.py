"""What carts hold, how variants are sold beyond what is available, and who waits."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from doorstep.base.models import Owned
from doorstep.stock.values import BackorderKind, BackorderState, CartState, Selling


class Cart(Owned):
    """What a shop front asked to hold while somebody checks out. Its lines are the promise, each with its own end."""

    id = models.BigAutoField(primary_key=True)
    token = models.CharField(max_length=60)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=120)
    ordered_at = models.DateTimeField(null=True)  # an order took it over; the token is used up

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id", "token"], name="stock_cart_once")]


class CartLine(Owned):
    """Units of one variant that a cart holds. Who changes one has locked the pool row of its variant."""

    id = models.BigAutoField(primary_key=True)
    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, db_index=False)
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT, db_index=False)
    qty = models.IntegerField()
    until = models.DateTimeField()
    places = ArrayField(models.BigIntegerField(), null=True)  # they can leave these only; null: whatever sends online orders
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in CartState])
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "cart", "variant"], name="stock_cart_line_once", condition=Q(state="open")
            ),
            models.CheckConstraint(condition=Q(qty__gt=0), name="stock_cart_line_qty_positive"),
        ]
        indexes = [
            models.Index(fields=["organisation_id", "cart"], name="stock_cart_line_of_cart"),
            models.Index(fields=["organisation_id", "variant"], name="stock_cart_line_open", condition=Q(state="open")),
            models.Index(fields=["until"], name="stock_cart_line_due", condition=Q(state="open")),
        ]


class SellingRule(Owned):
    """Whether a variant is sold beyond what is available. A variant without a row is not."""

    id = models.BigAutoField(primary_key=True)
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT, db_index=False)
    kind = models.CharField(max_length=10, choices=[(s.value, s.value) for s in Selling])
    available_on = models.DateField(null=True)
    max_units = models.IntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "variant"], name="stock_selling_rule_once"),
            models.CheckConstraint(
                condition=Q(kind="preorder", available_on__isnull=False) | ~Q(kind="preorder"),
                name="stock_selling_rule_preorder_has_a_day",
            ),
        ]


class Backorder(Owned):
    """Units of one order line that wait for stock, in one group that is served whole (a fulfilment order).

    Who changes one has locked the pool row of its variant.
    """

    id = models.BigAutoField(primary_key=True)
    group_id = models.BigIntegerField()
    reference_id = models.BigIntegerField()
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT, db_index=False)
    qty = models.IntegerField()
    kind = models.CharField(max_length=10, choices=[(k.value, k.value) for k in BackorderKind])
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in BackorderState])
    priority = models.SmallIntegerField(default=0)
    since = models.DateTimeField()
    promised_on = models.DateField(null=True)  # what the customer was told
    expected_on = models.DateField(null=True)  # what incoming says now
    slipped = models.BooleanField(default=False)  # it will be later than promised
    passed = models.BooleanField(default=False)  # looked at since units came last, and could not be served
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "group_id", "reference_id"],
                name="stock_backorder_once",
                condition=Q(state="open"),
            ),
            models.CheckConstraint(condition=Q(qty__gt=0), name="stock_backorder_qty_positive"),
        ]
        indexes = [
            models.Index(
                fields=["organisation_id", "variant", "-priority", "since", "group_id"],
                name="stock_backorder_turn",
                condition=Q(state="open"),
            ),
            models.Index(
                fields=["organisation_id", "variant"],
                name="stock_backorder_passed",
                condition=Q(state="open", passed=True),
            ),
            models.Index(fields=["organisation_id", "reference_id"], name="stock_backorder_of_line"),
        ]
