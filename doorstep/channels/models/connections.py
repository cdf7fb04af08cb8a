"""Shop connections, how their files look, what they are told, and the calls that they still take."""

from __future__ import annotations

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
    heard_at = models.DateTimeField(null=True)  # the newest webhook with the right signature
    rearmed_at = models.DateTimeField(null=True)  # when it was told anew where they go, because none came
    reconciled_until = models.DateTimeField(null=True)  # by the shop's own clock
    refunds_until = models.DateTimeField(null=True)  # asked until then what it gave back, where that is asked for apart
    resume = models.JSONField(db_default={})  # where a reconciliation was interrupted: since, after, until
    denied = models.JSONField(db_default={})  # what the shop does not let us do, and since when
    rejected_at = models.DateTimeField(null=True)  # the newest bad signature that left a trace
    problem = models.TextField(default="")
    problem_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id", "name"], name="connection_name_once")]


class FileProfile(Owned):
    """How the files of a connection look, as a person said: orders that come in, stock and shipments that go out.

    Each is none until somebody said so; then `flows.order_import` and `flows.channel_files` read it.
    """

    id = models.BigAutoField(primary_key=True)
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, db_index=False)
    orders = models.JSONField(null=True)
    stock = models.JSONField(null=True)
    shipments = models.JSONField(null=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id", "connection"], name="file_profile_once")]


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


class Bucket(Owned):
    """Calls that a shop still takes: what is left of `burst`, filled up at `rate` a second."""

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, db_index=False)
    name = models.CharField(max_length=60)
    left = models.FloatField()
    rate = models.FloatField()
    burst = models.FloatField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "name"], name="bucket_once")]
