"""Messages that go out."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL

from doorstep.base.models import Owned
from doorstep.messaging.values import MessageState


class Mailbox(Owned):
    """An address at which customers write to the brand: which vendor reads it, and how far."""

    id = models.BigAutoField(primary_key=True)
    code = models.CharField(max_length=30)
    name = models.CharField(max_length=80)
    address = models.CharField(max_length=254)
    provider = models.CharField(max_length=30)
    settings = models.JSONField(default=dict)
    active = models.BooleanField(default=True)
    # stands in its webhook address, where neither the organisation nor a session says whose mailbox it is
    slug = models.CharField(max_length=40, db_default=RawSQL("replace(gen_random_uuid()::text, '-', '')", ()))
    uidvalidity = models.BigIntegerField(db_default=0)
    last_uid = models.BigIntegerField(db_default=0)
    fetched_at = models.DateTimeField(null=True)  # when it was last read to its end
    heard_at = models.DateTimeField(null=True)  # the newest push with the right signature
    rejected_at = models.DateTimeField(null=True)  # the newest bad signature that left a trace
    problem = models.TextField(db_default="")
    problem_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)  # when it last could not be read

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "code"], name="mailbox_once"),
            models.UniqueConstraint(
                fields=["organisation_id", "address"], name="mailbox_address_once", condition=Q(active=True)
            ),
            models.UniqueConstraint(fields=["slug"], name="mailbox_slug_once"),
        ]


class Message(Owned):
    """One mail to one person. One key per wish: asking twice sends once."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=100)
    timeline = models.CharField(max_length=60)
    to_address = models.CharField(max_length=254)
    to_name = models.CharField(max_length=200, default="")
    template = models.CharField(max_length=40)
    language = models.CharField(max_length=5)
    subject = models.CharField(max_length=255)
    text = models.TextField()
    html = models.TextField(default="")
    message_id = models.CharField(max_length=200)
    state = models.CharField(max_length=8, default=MessageState.QUEUED)
    problem = models.TextField(default="")
    attempts = models.SmallIntegerField(default=0)
    try_after = models.DateTimeField(null=True)  # a server that was away is tried again then
    wanted_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, null=True, db_index=False)  # by which it leaves
    reply_to = models.CharField(max_length=254, db_default="")
    in_reply_to = models.TextField(db_default="")
    reference_ids = ArrayField(models.TextField(), db_default=RawSQL("'{}'::text[]", ()))
    auto = models.BooleanField(db_default=True)  # no person wrote it

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "key"], name="message_once"),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in MessageState]), name="message_state_known"),
        ]
        indexes = [
            models.Index(fields=["organisation_id", "timeline", "id"], name="message_timeline"),
            models.Index(fields=["wanted_at"], name="message_unsettled", condition=Q(state__in=["queued", "sending"])),
        ]


class Attachment(Owned):
    """A file that goes with a message; removed never, for it was sent."""

    id = models.BigAutoField(primary_key=True)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, db_index=False)
    position = models.SmallIntegerField()
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=200)
    body = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "message", "position"], name="attachment_once"),
        ]
