"""Shop connections."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.timezone import now

from doorstep.base.models import Owned


class Connection(Owned):
    """One shop, marketplace or file source that orders come from. `slug` stands in its webhook address."""

    provider = models.CharField(max_length=30)
    slug = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    secret = models.CharField(max_length=200, default="")
    settings = models.JSONField(default=dict)
    currency = models.CharField(max_length=3, default="")
    active = models.BooleanField(default=True)
    introduced_at = models.DateTimeField(null=True)  # when the shop learned where its webhooks go
    last_seen_at = models.DateTimeField(null=True)
    reconciled_until = models.DateTimeField(null=True)  # by the shop's own clock
    rejected_at = models.DateTimeField(null=True)  # the newest bad signature that left a trace
    problem = models.TextField(default="")
    problem_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id", "name"], name="connection_name_once")]


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


class Notice(Owned):
    """Something a channel must be told; one key per wish."""

    id = models.BigAutoField(primary_key=True)
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, db_index=False)
    key = models.CharField(max_length=80)
    verb = models.CharField(max_length=20)
    subject = models.CharField(max_length=60)
    timeline = models.CharField(max_length=60, default="")
    arguments = models.JSONField()
    state = models.CharField(max_length=8, default="queued")
    problem = models.TextField(default="")
    wanted_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "key"], name="channel_notice_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=["queued", "told", "failed"]), name="channel_notice_state_known"
            ),
        ]
        indexes = [
            models.Index(fields=["wanted_at"], name="channel_notice_queued", condition=models.Q(state="queued")),
            models.Index(fields=["organisation_id", "connection", "-id"], name="channel_notice_newest"),
        ]


class Subscription(Owned):
    """An address that is told of events. (`tx`, `event_id`) is how far it has read them; after a change of secrets the
    old one signs too, until its time is over."""

    id = models.BigAutoField(primary_key=True)
    url = models.CharField(max_length=200)
    types = ArrayField(models.CharField(max_length=60))
    secret = models.CharField(max_length=200)
    old_secret = models.CharField(max_length=200, default="")
    old_secret_until = models.DateTimeField(null=True)
    active = models.BooleanField(default=True)
    tx = models.BigIntegerField()
    event_id = models.BigIntegerField()
    silent = models.SmallIntegerField(default=0)  # how often it could not be reached, one time after the other
    quiet_until = models.DateTimeField(null=True)
    problem = models.TextField(default="")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["organisation_id", "id"], name="subscription_of_organisation")]


class Delivery(Owned):
    """One event for one subscription. `body` is kept as it is sent, so that every attempt says the same; `turn` orders what
    concerns one `subject`."""

    id = models.BigAutoField(primary_key=True)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, db_index=False)
    event_id = models.BigIntegerField()
    type = models.CharField(max_length=60)
    subject = models.CharField(max_length=60)
    turn = models.BigIntegerField()
    body = models.TextField()
    state = models.CharField(max_length=10, default="pending")
    attempts = models.SmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    last_status = models.SmallIntegerField(null=True)
    last_answer = models.TextField(default="")
    tried_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "subscription", "event_id"], name="delivery_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=["pending", "delivered", "dead"]), name="delivery_state_known"
            ),
        ]
        indexes = [
            models.Index(fields=["organisation_id", "subscription", "-id"], name="delivery_newest"),
            models.Index(
                fields=["organisation_id", "subscription", "subject", "turn"],
                name="delivery_pending",
                condition=models.Q(state="pending"),
            ),
            models.Index(
                fields=["organisation_id", "subscription", "id"], name="delivery_dead", condition=models.Q(state="dead")
            ),
            models.Index(fields=["settled_at"], name="delivery_old", condition=models.Q(state="delivered")),
        ]
