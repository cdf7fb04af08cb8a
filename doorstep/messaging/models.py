"""Messages that go out."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from doorstep.base.models import Owned
from doorstep.messaging.values import MessageState


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

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "key"], name="message_once"),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in MessageState]), name="message_state_known"),
        ]
        indexes = [
            models.Index(fields=["organisation_id", "timeline", "id"], name="message_timeline"),
            models.Index(fields=["wanted_at"], name="message_unsettled", condition=Q(state__in=["queued", "sending"])),
        ]
