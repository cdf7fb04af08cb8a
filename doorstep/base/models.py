"""Tables that every room shares: events, arrivals, and answers kept for a repeated request."""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.expressions import RawSQL
from django.utils.timezone import now


class Owned(models.Model):
    """A row of one organisation. `base` knows no accounts, so the id is bare."""

    organisation_id = models.BigIntegerField()

    class Meta:
        abstract = True


class Account(Owned):
    """An account with a vendor that sends webhooks: which vendor speaks for it, with which settings, and how it is doing."""

    code = models.CharField(max_length=30)
    name = models.CharField(max_length=80)
    provider = models.CharField(max_length=30)
    settings = models.JSONField(default=dict)
    active = models.BooleanField(default=True)
    # stands in its webhook address, where neither the organisation nor a session says whose account it is
    slug = models.CharField(max_length=40, db_default=RawSQL("replace(gen_random_uuid()::text, '-', '')", ()))
    heard_at = models.DateTimeField(null=True)  # the newest webhook with the right signature
    rejected_at = models.DateTimeField(null=True)  # the newest bad signature that left a trace
    problem = models.TextField(db_default="")
    problem_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class SubscribedAccount(Account):
    """An account whose vendor is told where its webhooks go."""

    subscription_wanted_at = models.DateTimeField(null=True)  # an open wish for its webhooks
    subscribed_at = models.DateTimeField(null=True)  # when it last took our address

    class Meta:
        abstract = True


class Event(Owned):
    """A fact, once recorded never changed: timeline, audit trail, live stream and outbox in one.

    `tx` is the transaction that wrote it. Readers that resume after a cursor take (tx, id) order and stop before the
    oldest transaction still running, so a row that commits late is never skipped.
    """

    id = models.BigAutoField(primary_key=True)
    tx = models.BigIntegerField(db_default=RawSQL("pg_current_xact_id()::text::bigint", ()))
    type = models.CharField(max_length=60)
    subject = models.CharField(max_length=60)
    timeline = models.CharField(max_length=60)
    data = models.JSONField()
    actor_kind = models.CharField(max_length=12)
    actor_id = models.BigIntegerField()
    actor_name = models.CharField(max_length=120)
    trace = models.CharField(max_length=40)
    at = models.DateTimeField()
    pending = models.BooleanField(default=False)
    attempts = models.SmallIntegerField(default=0)
    problem = models.TextField(default="")
    retry_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["organisation_id", "timeline", "id"], name="event_timeline"),
            models.Index(fields=["organisation_id", "tx", "id"], name="event_stream"),
            models.Index(fields=["id"], name="event_pending", condition=models.Q(pending=True)),
            models.Index(
                fields=["organisation_id", "at"], name="event_by_people", condition=models.Q(actor_kind="staff")
            ),
            models.Index(
                fields=["organisation_id", "id"],
                name="event_stuck",
                condition=models.Q(attempts__gte=20, pending=False),
            ),
        ]


class Arrival(Owned):
    """Something that came in from outside, kept raw before anybody reads it."""

    class Outcome(models.TextChoices):
        RECEIVED = "received"
        PROCESSED = "processed"
        REFUSED = "refused"
        FAILED = "failed"
        IGNORED = "ignored"

    id = models.BigAutoField(primary_key=True)
    source = models.CharField(max_length=12, db_default="channel")  # who sent it: channel, carrier, file
    connection_id = models.BigIntegerField()
    external_id = models.CharField(max_length=200)
    topic = models.CharField(max_length=60)
    content_type = models.CharField(max_length=80, default="application/json")
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    outcome = models.CharField(max_length=12, choices=Outcome.choices, default=Outcome.RECEIVED)
    detail = models.JSONField(default=dict)
    repeats = models.IntegerField(default=0)
    received_at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True)
    forgotten_at = models.DateTimeField(null=True)  # when its bytes went, for their age

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "connection_id", "external_id", "source"], name="arrival_once_per_source"
            ),
            models.CheckConstraint(
                condition=models.Q(outcome__in=["received", "processed", "refused", "failed", "ignored"]),
                name="arrival_outcome_known",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation_id", "-id"], name="arrival_newest"),
            models.Index(
                fields=["received_at"],
                name="arrival_unread",
                condition=models.Q(outcome="received"),
            ),
            # They come in the order of time, so a few pages of it say which blocks hold the last days.
            BrinIndex(fields=["received_at"], name="arrival_by_time", autosummarize=True),
        ]


class IdempotentAnswer(Owned):
    """The answer to a write that carried an Idempotency-Key; the same key gets the same answer."""

    id = models.BigAutoField(primary_key=True)
    owner = models.CharField(max_length=60)
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    status = models.SmallIntegerField(null=True)
    body = models.BinaryField(default=b"")
    content_type = models.CharField(max_length=80, default="application/json")
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "owner", "key"], name="idempotent_answer_once")
        ]


class Code(Owned):
    """A short code that was sent to an address, as a hash, and how often it may still be tried."""

    id = models.BigAutoField(primary_key=True)
    subject = models.CharField(max_length=60)
    salt = models.CharField(max_length=16)
    hash = models.CharField(max_length=64)
    tries_left = models.SmallIntegerField()
    used = models.BooleanField(default=False, db_default=False)
    issued_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(tries_left__gte=0), name="code_tries_not_negative")]
        indexes = [models.Index(fields=["organisation_id", "subject", "issued_at"], name="code_of_subject")]
