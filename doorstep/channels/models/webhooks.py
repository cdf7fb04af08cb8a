"""Addresses that are told of events, and what each was sent."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from doorstep.base.models import Owned


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
