"""Returns: the policies that decide, the requests, and what became of the goods."""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.db.models import F, Q

from doorstep.base.models import Owned
from doorstep.returns.reasons import Reason
from doorstep.returns.values import Came, Decision, Disposition, Goods, Grade, MoneyState, Outcome, Timing


def _known(field: str, words: type[StrEnum], name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(**{f"{field}__in": [w.value for w in words]}), name=name)


class PolicyVersion(Owned):
    """What the brand promised from a moment on. Never changed: an order keeps the version of the day it was placed."""

    id = models.BigAutoField(primary_key=True)
    version = models.IntegerField()
    rules = models.JSONField()
    note = models.TextField(default="")
    by = models.CharField(max_length=120)
    published_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "version"], name="return_policy_version_once"),
            models.CheckConstraint(condition=Q(version__gt=0), name="return_policy_version_positive"),
        ]


class Counter(Owned):
    """The next number of a return, one row per organisation."""

    id = models.BigAutoField(primary_key=True)
    next = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id"], name="return_counter_once")]


class Return(Owned):
    """One request; who decides, where the goods are and what became of the money are three machines."""

    id = models.BigAutoField(primary_key=True)
    number = models.IntegerField()
    key = models.CharField(max_length=80)  # one per wish: asked twice, it is one return
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, db_index=False)
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, db_index=False)
    decision = models.CharField(max_length=14, default=Decision.REQUESTED)
    goods = models.CharField(max_length=20, default=Goods.NONE)
    money = models.CharField(max_length=10, default=MoneyState.NONE)
    is_withdrawal = models.BooleanField(default=False)
    historical = models.BooleanField(default=False)
    policy_version = models.IntegerField()
    timing = models.CharField(max_length=14)
    free_label = models.BooleanField()
    keep_item = models.BooleanField(default=False)
    currency = models.CharField(max_length=3)
    location = models.ForeignKey("locations.Location", on_delete=models.PROTECT, null=True, db_index=False)
    parcel = models.ForeignKey("shipping.Parcel", on_delete=models.PROTECT, null=True, db_index=False)
    note = models.TextField(default="")
    requested_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "number"], name="return_number_once"),
            models.UniqueConstraint(fields=["organisation_id", "key"], name="return_key_once"),
            models.UniqueConstraint(
                fields=["organisation_id", "parcel"], name="return_parcel_once", condition=Q(parcel__isnull=False)
            ),
            _known("decision", Decision, "return_decision_known"),
            _known("goods", Goods, "return_goods_known"),
            _known("money", MoneyState, "return_money_known"),
            _known("timing", Timing, "return_timing_known"),
            models.CheckConstraint(
                condition=Q(
                    decision__in=[Decision.REQUESTED, Decision.NEEDS_REVIEW, Decision.CANCELLED, Decision.EXPIRED]
                )
                | Q(decided_at__isnull=False),
                name="return_decided_has_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation_id", "order"], name="return_of_order"),
            models.Index(fields=["organisation_id", "customer"], name="return_of_customer"),
            models.Index(fields=["organisation_id", "-id"], name="return_newest"),
            models.Index(
                fields=["organisation_id", "-id"],
                name="return_to_review",
                condition=Q(decision__in=[Decision.REQUESTED, Decision.NEEDS_REVIEW]),
            ),
            models.Index(
                fields=["organisation_id", "-id"],
                name="return_to_come",
                condition=Q(decision=Decision.APPROVED, goods__in=[Goods.NONE, Goods.LABEL_ISSUED, Goods.IN_TRANSIT]),
            ),
            models.Index(
                fields=["organisation_id", "-id"],
                name="return_to_inspect",
                condition=Q(decision=Decision.APPROVED, goods__in=[Goods.PARTIALLY_RECEIVED, Goods.RECEIVED]),
            ),
            models.Index(
                fields=["expires_at"],
                name="return_to_expire",
                condition=Q(decision=Decision.APPROVED, goods__in=[Goods.NONE, Goods.LABEL_ISSUED]),
            ),
        ]


class Line(Owned):
    """Units of one order line within a return."""

    id = models.BigAutoField(primary_key=True)
    request = models.ForeignKey(Return, on_delete=models.PROTECT, db_index=False, db_column="return_id")
    order_line = models.ForeignKey("orders.OrderLine", on_delete=models.PROTECT, db_index=False)
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT, db_index=False)
    qty = models.IntegerField()
    reason = models.CharField(max_length=20)
    answer = models.TextField(default="")
    note = models.TextField(default="")
    stated = models.CharField(max_length=10, default="")
    outcome = models.CharField(max_length=20)
    exchange_variant = models.ForeignKey(
        "catalog.Variant", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    decision = models.CharField(max_length=14)
    received = models.IntegerField(default=0)
    inspected = models.IntegerField(default=0)
    missing = models.IntegerField(default=0)  # inspected, and found not to be there
    settled = models.IntegerField(default=0)  # units whose outcome was carried out
    exchange_order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "request", "order_line"], name="return_line_once"),
            models.CheckConstraint(condition=Q(qty__gt=0), name="return_line_qty_positive"),
            models.CheckConstraint(
                condition=Q(received__gte=0, received__lte=F("qty")), name="return_line_received_within"
            ),
            models.CheckConstraint(
                condition=Q(inspected__gte=0, inspected__lte=F("received")), name="return_line_inspected_within"
            ),
            models.CheckConstraint(
                condition=Q(missing__gte=0, missing__lte=F("inspected")), name="return_line_missing_within"
            ),
            models.CheckConstraint(
                condition=Q(settled__gte=0, settled__lte=F("qty")), name="return_line_settled_within"
            ),
            _known("decision", Decision, "return_line_decision_known"),
            _known("outcome", Outcome, "return_line_outcome_known"),
            _known("reason", Reason, "return_line_reason_known"),
        ]
        indexes = [models.Index(fields=["organisation_id", "order_line"], name="return_line_of_line")]


class Picture(Owned):
    """What a customer showed of a line: read with limits and written anew, so that nothing else rides along."""

    id = models.BigAutoField(primary_key=True)
    line = models.ForeignKey(Line, on_delete=models.PROTECT, db_index=False)
    digest = models.CharField(max_length=64)
    data = models.BinaryField()
    by = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "line", "digest"], name="return_picture_once")
        ]


class LineDecision(Owned):
    """Why a line was decided as it was, kept for ever: by the policy once, by people as often as they decide."""

    id = models.BigAutoField(primary_key=True)
    line = models.ForeignKey(Line, on_delete=models.PROTECT, db_index=False)
    action = models.CharField(max_length=10)
    rule = models.CharField(max_length=120, default="")
    policy_version = models.IntegerField(null=True)  # none: a person decided
    trace = models.JSONField(default=dict)
    note = models.TextField(default="")
    by = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "line"],
                name="return_line_policy_decision_once",
                condition=Q(policy_version__isnull=False),
            )
        ]
        indexes = [models.Index(fields=["organisation_id", "line"], name="return_decision_of_line")]


class Receipt(Owned):
    """What a person found when the goods came. One key per click: twice counts once."""

    id = models.BigAutoField(primary_key=True)
    request = models.ForeignKey(Return, on_delete=models.PROTECT, db_index=False, db_column="return_id")
    line = models.ForeignKey(Line, on_delete=models.PROTECT, null=True, db_index=False)
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT, null=True, db_index=False)
    key = models.CharField(max_length=80)
    came = models.CharField(max_length=12)
    qty = models.IntegerField()
    note = models.TextField(default="")
    by = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "key"], name="return_receipt_once"),
            models.CheckConstraint(condition=Q(qty__gt=0), name="return_receipt_qty_positive"),
            _known("came", Came, "return_receipt_came_known"),
        ]
        indexes = [models.Index(fields=["organisation_id", "request"], name="return_receipt_of_return")]


class Inspection(Owned):
    """A judgement of units, with the stock effect booked under its own reference. One key per click."""

    id = models.BigAutoField(primary_key=True)
    line = models.ForeignKey(Line, on_delete=models.PROTECT, db_index=False)
    location = models.ForeignKey("locations.Location", on_delete=models.PROTECT, db_index=False)
    key = models.CharField(max_length=80)
    qty = models.IntegerField()
    grade = models.CharField(max_length=1)
    disposition = models.CharField(max_length=20)
    note = models.TextField(default="")
    by = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "key"], name="return_inspection_once"),
            models.CheckConstraint(condition=Q(qty__gt=0), name="return_inspection_qty_positive"),
            _known("grade", Grade, "return_inspection_grade_known"),
            _known("disposition", Disposition, "return_inspection_disposition_known"),
        ]
        indexes = [models.Index(fields=["organisation_id", "line"], name="return_inspection_of_line")]
