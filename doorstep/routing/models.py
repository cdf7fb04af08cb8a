"""The merchant's rules, why each order went where it went, and what other rules would have done."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from doorstep.base.models import Owned
from doorstep.routing.values import Why


class RulesVersion(Owned):
    """Rules that decided from a moment on. Never changed: a decision names the version that it was taken by."""

    id = models.BigAutoField(primary_key=True)
    version = models.IntegerField()
    rules = models.JSONField()
    note = models.TextField(default="")
    by = models.CharField(max_length=120)
    published_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "version"], name="routing_rules_version_once"),
            models.CheckConstraint(condition=Q(version__gt=0), name="routing_rules_version_positive"),
        ]


class RulesDraft(Owned):
    """The rules that somebody writes, until they are switched on or thrown away: one per brand."""

    id = models.BigAutoField(primary_key=True)
    rules = models.JSONField()
    edition = models.BigIntegerField()
    based_on = models.IntegerField()
    by = models.CharField(max_length=120)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id"], name="routing_rules_draft_once")]


class Replay(Owned):
    """Past orders routed once more under other rules, stock or places; and what came of it."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    id = models.BigAutoField(primary_key=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    rules = models.JSONField()
    options = models.JSONField(default=dict)
    total = models.IntegerField(default=0)
    done = models.IntegerField(default=0)
    result = models.JSONField(default=dict)
    by = models.CharField(max_length=120)
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running", "done", "failed"]), name="routing_replay_state_known"
            )
        ]
        indexes = [models.Index(fields=["organisation_id", "-id"], name="routing_replay_newest")]


class Decision(Owned):
    """One routing decision: the plan, what else was possible, and the reason in facts."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, db_index=False)
    policy = models.CharField(max_length=30)
    plan = models.JSONField()
    considered = models.JSONField(default=list)
    decided_at = models.DateTimeField()
    took_us = models.IntegerField(default=0)
    fulfilment_order_id = models.BigIntegerField(null=True)  # parts go when an order is edited; what was decided of them stays
    rules_version = models.IntegerField(null=True)  # none: before there were rules
    level = models.CharField(max_length=10, db_default="")

    class Meta:
        indexes = [models.Index(fields=["organisation_id", "order", "-id"], name="decision_of_order")]


class Exclusion(Owned):
    """A place that shall not send the units of an order line: who said so, why, and whether somebody took it back."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, db_index=False)
    order_line_id = models.BigIntegerField()  # lines go when an order is edited; what was said of them may stay
    variant_id = models.BigIntegerField()
    location = models.ForeignKey("locations.Location", on_delete=models.PROTECT, db_index=False)
    reason = models.CharField(max_length=16)
    note = models.CharField(max_length=500, default="")
    by = models.CharField(max_length=120)
    at = models.DateTimeField()
    ledger_id = models.BigIntegerField()  # the last movement of the variant when it was said
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.CharField(max_length=120, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "order_line_id", "location"], name="exclusion_once",
                condition=Q(lifted_at__isnull=True),
            ),
            models.CheckConstraint(condition=Q(reason__in=[why.value for why in Why]), name="exclusion_reason_known"),
        ]  # fmt: skip
        indexes = [models.Index(fields=["organisation_id", "order"], name="exclusion_of_order")]


class Worth(Owned):
    """What a unit of a variant at a location is worth to later orders, beside the place where it is worth least.

    Units: minor units of the brand's currency, never booked.  `units`: free units of the variant everywhere when it was reckoned.
    """

    id = models.BigAutoField(primary_key=True)
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT, db_index=False)
    location = models.ForeignKey("locations.Location", on_delete=models.PROTECT, db_index=False)
    worth = models.FloatField()
    units = models.IntegerField()
    seen = models.IntegerField()  # orders of the past that were looked at
    version = models.IntegerField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "variant", "location"], name="worth_once"),
            models.CheckConstraint(condition=Q(worth__gte=0), name="worth_not_negative"),
        ]


class DayLoad(Owned):
    """On which working day a location that has a capacity does a part of an order."""

    id = models.BigAutoField(primary_key=True)
    fulfilment_order_id = models.BigIntegerField()  # parts go when an order is edited; then nothing counts them any more
    location = models.ForeignKey("locations.Location", on_delete=models.PROTECT, db_index=False)
    day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id", "fulfilment_order_id"], name="day_load_once")]
        indexes = [models.Index(fields=["organisation_id", "location", "day"], name="day_load_of_day")]


class LaneCost(Owned):
    """By how much labels of a level cost more or less than the zone table says, as a logarithm; see `engine.lane_costs`."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=60)
    shift = models.FloatField()
    labels = models.IntegerField()  # from how many it was learnt, in all
    learnt = models.BooleanField()  # False: looked at, and the table is no worse
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id", "key"], name="lane_cost_once")]


class Asked(Owned):
    """What an order asks of routing: the service that its buyer chose, and the groups that its channel counts them among."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, db_index=False)
    service = models.CharField(max_length=100, default="")
    groups = ArrayField(models.CharField(max_length=60), default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id", "order"], name="asked_once")]
