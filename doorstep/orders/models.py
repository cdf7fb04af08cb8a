"""Orders, their lines, and what of them a location fulfils."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from doorstep.base.models import Owned
from doorstep.orders.values import FOState, FulfilmentState, HoldReason, OrderState, PaymentState


def _known(field: str, states: type, name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(**{f"{field}__in": [s.value for s in states]}), name=name)  # type: ignore[attr-defined]


class Order(Owned):
    id = models.BigAutoField(primary_key=True)
    connection_id = models.BigIntegerField()
    external_id = models.CharField(max_length=200)
    name = models.CharField(max_length=60)
    body_hash = models.BinaryField(max_length=16)
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    customer_name = models.CharField(max_length=200)
    email = models.CharField(max_length=254)
    phone = models.CharField(max_length=40)
    language = models.CharField(max_length=5)
    currency = models.CharField(max_length=3)
    units = models.IntegerField()
    subtotal_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField()
    shipping_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    taxes_included = models.BooleanField()
    total_minor = models.BigIntegerField()
    ship_to = models.JSONField()
    country = models.CharField(max_length=2)
    postal_code = models.CharField(max_length=20)
    state = models.CharField(max_length=12, default=OrderState.OPEN)
    payment_state = models.CharField(max_length=20)
    fulfilment_state = models.CharField(max_length=20, default=FulfilmentState.UNFULFILLED)
    on_hold = models.BooleanField(default=False)
    historical = models.BooleanField(default=False)
    note = models.TextField(default="")
    tags = ArrayField(models.CharField(max_length=60), default=list)
    priority = models.SmallIntegerField(default=0, db_default=0)  # whose turn it is first when units come
    version = models.IntegerField(default=1)
    arrival_id = models.BigIntegerField(null=True)
    placed_at = models.DateTimeField()
    received_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    search = models.TextField(default="")  # number, buyer, phone and SKUs, folded; `OrderSearch` indexes it

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "connection_id", "external_id"], name="order_once"),
            _known("state", OrderState, "order_state_known"),
            _known("payment_state", PaymentState, "order_payment_state_known"),
            _known("fulfilment_state", FulfilmentState, "order_fulfilment_state_known"),
        ]
        indexes = [
            models.Index(fields=["organisation_id", "-placed_at", "-id"], name="order_newest"),
            models.Index(fields=["organisation_id", "customer", "-placed_at"], name="order_of_customer"),
            models.Index(fields=["organisation_id", "updated_at", "id"], name="order_updated"),
            models.Index(
                fields=["organisation_id", "placed_at", "id"], name="order_open", condition=Q(state=OrderState.OPEN)
            ),
            # The tabs of few orders among many: without these their counts walk through everything.
            models.Index(
                fields=["organisation_id", "-placed_at", "-id"],
                name="order_shipped",
                condition=Q(fulfilment_state=FulfilmentState.FULFILLED),
            ),
            models.Index(
                fields=["organisation_id", "-placed_at", "-id"],
                name="order_cancelled",
                condition=Q(state=OrderState.CANCELLED),
            ),
            # Filters that few orders match: what most orders are (paid, without tags) stands in none of the partial ones.
            models.Index(fields=["organisation_id", "country", "-placed_at", "-id"], name="order_of_country"),
            models.Index(
                fields=["organisation_id", "payment_state", "-placed_at", "-id"],
                name="order_not_just_paid",
                condition=~Q(payment_state=PaymentState.PAID),
            ),
            GinIndex(fields=["tags"], name="order_tagged", condition=~Q(tags=[])),
        ]


class OrderSearch(Owned):
    """What finds an order by any part of a word: the pairs of characters of its `search`, written once when it comes.

    A table of its own, so that an order which changes state does not enter all its pairs into the index again.
    """

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, db_index=False, db_constraint=False)
    grams = ArrayField(models.TextField())
    placed_at = models.DateTimeField(null=True)  # of the order, so that the newest that match are known before any order is read

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id", "order"], name="order_search_once")]
        indexes = [GinIndex(fields=["grams"], name="order_search_grams")]


class Recipient(Owned):
    """Who gets an order whose channel lets that be kept for a while only: sealed, and erased in time (docs/adr/0034).

    The order itself says no more than where about it goes.  `mail_key`: what the buyer's mail address is known by.
    """

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, db_index=False)
    keep_days = models.SmallIntegerField()  # after delivery, as the channel demands
    sealed = models.TextField(default="")
    mail_key = models.CharField(max_length=64, default="")
    wanted_at = models.DateTimeField(null=True)
    fetched_at = models.DateTimeField(null=True)
    erase_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "order"], name="recipient_once"),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True) | Q(sealed="", mail_key=""), name="recipient_erased_is_gone"
            ),
        ]
        indexes = [
            models.Index(fields=["organisation_id", "mail_key"], name="recipient_mail", condition=~Q(mail_key="")),
            models.Index(fields=["erase_at"], name="recipient_to_erase", condition=Q(erased_at__isnull=True)),
            models.Index(
                fields=["wanted_at"], name="recipient_awaited", condition=Q(fetched_at__isnull=True, erased_at__isnull=True)
            ),
        ]


class OrderBundle(Owned):
    """A line as it was sold, of a bundle that was opened into the lines of its components when the order was placed."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, db_index=False)
    number = models.SmallIntegerField()
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT, db_index=False)
    sku = models.CharField(max_length=64)
    title = models.CharField(max_length=255)
    qty = models.IntegerField()
    unit_price_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "order", "number"], name="order_bundle_once"),
            models.CheckConstraint(condition=Q(qty__gt=0), name="order_bundle_qty_positive"),
        ]


class OrderLine(Owned):
    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    position = models.SmallIntegerField()
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    sku = models.CharField(max_length=64)
    title = models.CharField(max_length=255)
    qty = models.IntegerField()
    unit_price_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0)
    total_minor = models.BigIntegerField()
    bundle = models.ForeignKey(OrderBundle, on_delete=models.PROTECT, db_index=False, null=True)
    bundle_each = models.IntegerField(db_default=0)  # units of it in one unit of the bundle

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "order", "position"], name="order_line_once"),
            models.CheckConstraint(condition=Q(qty__gt=0), name="order_line_qty_positive"),
        ]


class FulfilmentOrder(Owned):
    """The part of an order that one location shall fulfil; no location until routing has decided."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    location = models.ForeignKey(
        "locations.Location", on_delete=models.PROTECT, null=True, db_index=False, db_constraint=False
    )
    state = models.CharField(max_length=12, default=FOState.OPEN)
    routed_why = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [_known("state", FOState, "fulfilment_order_state_known")]
        indexes = [
            models.Index(fields=["organisation_id", "order"], name="fulfilment_order_of_order"),
            models.Index(
                fields=["organisation_id", "state", "id"],
                name="fulfilment_order_to_do",
                condition=~Q(state__in=[FOState.CLOSED, FOState.CANCELLED]),
            ),
            models.Index(
                fields=["organisation_id", "location", "-order"],
                name="fulfilment_order_at",
                condition=Q(location__isnull=False),
            ),
        ]


class FulfilmentOrderLine(Owned):
    id = models.BigAutoField(primary_key=True)
    fulfilment_order = models.ForeignKey(FulfilmentOrder, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    order_line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    qty = models.IntegerField()
    picked = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "fulfilment_order", "order_line"], name="fulfilment_order_line_once"
            ),
            models.CheckConstraint(condition=Q(qty__gt=0), name="fulfilment_order_line_qty_positive"),
        ]
        indexes = [models.Index(fields=["organisation_id", "order_line"], name="fulfilment_line_of_line")]


class Hold(Owned):
    """Why a fulfilment order may not move on, until somebody or something releases it."""

    id = models.BigAutoField(primary_key=True)
    fulfilment_order = models.ForeignKey(FulfilmentOrder, on_delete=models.PROTECT, db_index=False)
    reason = models.CharField(max_length=30)
    note = models.TextField(default="")
    detail = models.JSONField(default=dict)
    by = models.CharField(max_length=120)
    at = models.DateTimeField()
    until = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    released_by = models.CharField(max_length=120, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "fulfilment_order", "reason"],
                name="hold_once",
                condition=Q(released_at__isnull=True),
            ),
            _known("reason", HoldReason, "hold_reason_known"),
        ]


class ReshippedLine(Owned):
    """Units of a line that were lost or damaged, and the order that brings them again at no charge."""

    id = models.BigAutoField(primary_key=True)
    order_line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, db_index=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, db_index=False)
    qty = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "order_line", "order"], name="reshipped_line_once"),
            models.CheckConstraint(condition=Q(qty__gt=0), name="reshipped_line_qty_positive"),
        ]
        indexes = [models.Index(fields=["organisation_id", "order"], name="reshipped_line_of_order")]


class CancelledLine(Owned):
    """A line that a channel cancelled after the sale (a credit), kept as it came and linked where it can be."""

    id = models.BigAutoField(primary_key=True)
    connection_id = models.BigIntegerField()
    external_id = models.CharField(max_length=200)
    position = models.IntegerField()
    arrival_id = models.BigIntegerField()
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, null=True, db_index=False)
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT, db_index=False)
    order_line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, null=True, db_index=False)
    qty = models.IntegerField()
    value_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "connection_id", "external_id", "position"], name="cancelled_line_once"
            ),
            models.CheckConstraint(condition=Q(qty__gt=0), name="cancelled_line_qty_positive"),
        ]
        indexes = [models.Index(fields=["organisation_id", "order_line"], name="cancelled_line_of_line")]


class ParkingRule(Owned):
    """How long a brand lets parts wait that nobody can send.  Units: days; 0 for never."""

    id = models.BigAutoField(primary_key=True)
    cancel_days = models.SmallIntegerField()
    warn_days = models.SmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id"], name="parking_rule_once"),
            models.CheckConstraint(condition=Q(cancel_days__gte=0, warn_days__gte=0), name="parking_rule_not_negative"),
        ]


class Parking(Owned):
    """A part that nobody can send: since when, when it is cancelled by itself, and what its customer was told."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, db_index=False)
    fulfilment_order = models.ForeignKey(FulfilmentOrder, on_delete=models.PROTECT, db_index=False)
    since = models.DateTimeField()
    cancel_at = models.DateTimeField(null=True)  # never
    set_by = models.CharField(max_length=120, default="")  # the person who chose the day
    told_at = models.DateTimeField(null=True)
    warned_at = models.DateTimeField(null=True)
    refused_at = models.DateTimeField(null=True)  # when it could not be cancelled by itself
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "fulfilment_order"], name="parking_once", condition=Q(ended_at__isnull=True)
            ),
        ]
        indexes = [
            models.Index(fields=["organisation_id", "order"], name="parking_of_order"),
            models.Index(fields=["organisation_id", "cancel_at"], name="parking_due", condition=Q(ended_at__isnull=True)),
        ]
