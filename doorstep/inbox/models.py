"""Conversations, their messages, and what was promised about answers."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from doorstep.base.models import Owned
from doorstep.inbox.values import Channel, ClockKind, ConversationState, Direction, MessageKind


class Conversation(Owned):
    """What one person and the brand write to each other about one matter."""

    id = models.BigAutoField(primary_key=True)
    number = models.BigIntegerField()
    subject = models.CharField(max_length=255)
    channel = models.CharField(max_length=12)
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, db_index=False)
    contact_address = models.CharField(max_length=254, default="")
    contact_name = models.CharField(max_length=200, default="")
    mailbox_id = models.BigIntegerField(null=True)
    state = models.CharField(max_length=8, default=ConversationState.OPEN)
    assignee_id = models.BigIntegerField(null=True)  # a person of accounts
    tags = ArrayField(models.CharField(max_length=60), default=list)
    language = models.CharField(max_length=5, default="en")
    waiting_since = models.DateTimeField(null=True)
    first_reply_at = models.DateTimeField(null=True)
    snoozed_until = models.DateTimeField(null=True)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, null=True, db_index=False)
    is_spam = models.BooleanField(default=False)
    version = models.IntegerField(default=1)
    messages = models.IntegerField(default=0)  # those of people, small lines left out
    preview = models.CharField(max_length=200, default="")
    last_direction = models.CharField(max_length=4, default=Direction.IN)
    due_at = models.DateTimeField(null=True)  # of the promise that runs
    due_kind = models.CharField(max_length=14, default="")
    risk_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    last_message_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "number"], name="conversation_number_once"),
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in ConversationState]), name="conversation_state_known"
            ),
            models.CheckConstraint(
                condition=Q(channel__in=[c.value for c in Channel]), name="conversation_channel_known"
            ),
            models.CheckConstraint(
                condition=Q(state=ConversationState.SNOOZED, snoozed_until__isnull=False)
                | (~Q(state=ConversationState.SNOOZED) & Q(snoozed_until__isnull=True)),
                name="conversation_sleeps_until",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation_id", "-last_message_at", "-id"], name="conversation_newest"),
            models.Index(fields=["organisation_id", "updated_at", "id"], name="conversation_updated"),
            models.Index(
                fields=["organisation_id", "-last_message_at", "-id"],
                name="conversation_live",
                condition=Q(state__in=["open", "pending"], is_spam=False),
            ),
            models.Index(
                fields=["organisation_id", "assignee_id", "-last_message_at", "-id"], name="conversation_of_person"
            ),
            models.Index(fields=["organisation_id", "customer", "-last_message_at"], name="conversation_of_customer"),
            models.Index(fields=["organisation_id", "order"], name="conversation_of_order"),
            models.Index(
                fields=["snoozed_until"], name="conversation_sleeping", condition=Q(state=ConversationState.SNOOZED)
            ),
            models.Index(
                fields=["organisation_id", "waiting_since"],
                name="conversation_waiting",
                condition=Q(waiting_since__isnull=False),
            ),
        ]


class Message(Owned):
    """One message, note or small line. `version` is the conversation's once it stood there."""

    id = models.BigAutoField(primary_key=True)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, db_index=False)
    version = models.IntegerField()
    direction = models.CharField(max_length=4)
    kind = models.CharField(max_length=6)
    author_kind = models.CharField(max_length=12)
    author_id = models.BigIntegerField(default=0)
    author_name = models.CharField(max_length=200, default="")
    address = models.CharField(max_length=254, default="")
    recipients = models.JSONField(default=dict)
    text = models.TextField(default="")
    fresh = models.TextField(default="")
    quoted = models.TextField(default="")
    html = models.TextField(default="")
    message_id = models.CharField(max_length=255, default="")
    in_reply_to = models.CharField(max_length=255, default="")
    mail_kind = models.CharField(max_length=12, default="person")
    arrival_id = models.BigIntegerField(null=True)
    outgoing_id = models.BigIntegerField(null=True)  # of messaging
    attachments = models.JSONField(default=list)
    data = models.JSONField(default=dict)
    problem = models.TextField(default="")
    asks = models.BooleanField(default=False)  # somebody waits for an answer to it
    answered_at = models.DateTimeField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "message_id"], name="inbox_message_once", condition=~Q(message_id="")
            ),
            models.UniqueConstraint(
                fields=["organisation_id", "arrival_id"],
                name="inbox_message_of_arrival_once",
                condition=Q(arrival_id__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["organisation_id", "outgoing_id"],
                name="inbox_message_sent_once",
                condition=Q(outgoing_id__isnull=False),
            ),
            models.CheckConstraint(
                condition=Q(direction__in=[d.value for d in Direction]), name="inbox_message_direction_known"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[k.value for k in MessageKind]), name="inbox_message_kind_known"
            ),
        ]
        indexes = [
            models.Index(fields=["organisation_id", "conversation", "id"], name="inbox_message_of"),
            models.Index(
                fields=["organisation_id", "at"], name="inbox_message_classed", condition=Q(data__has_key="wismo")
            ),
            models.Index(
                fields=["organisation_id", "in_reply_to"], name="inbox_message_answers", condition=~Q(in_reply_to="")
            ),
        ]


class Clock(Owned):
    """A promise of an answer; at most one runs per conversation."""

    id = models.BigAutoField(primary_key=True)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, db_index=False)
    kind = models.CharField(max_length=14)
    started_at = models.DateTimeField()
    target_min = models.IntegerField()
    due_at = models.DateTimeField()
    risk_at = models.DateTimeField()
    paused_min = models.IntegerField(null=True)
    ended_at = models.DateTimeField(null=True)
    met_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "conversation"], name="clock_runs_once", condition=Q(ended_at__isnull=True)
            ),
            models.CheckConstraint(condition=Q(kind__in=[k.value for k in ClockKind]), name="clock_kind_known"),
        ]
        indexes = [models.Index(fields=["organisation_id", "conversation", "id"], name="clock_of_conversation")]


class ConversationSearch(Owned):
    """What finds a conversation: its folded text, and the pairs of characters in it."""

    id = models.BigAutoField(primary_key=True)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, db_index=False)
    text = models.TextField()
    grams = ArrayField(models.TextField())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "conversation"], name="conversation_search_once")
        ]
        indexes = [GinIndex(fields=["grams"], name="conversation_search_grams")]


class Draft(Owned):
    """What somebody has typed and not sent."""

    id = models.BigAutoField(primary_key=True)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, db_index=False)
    person_id = models.BigIntegerField()
    kind = models.CharField(max_length=5)
    text = models.TextField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "conversation", "person_id", "kind"], name="inbox_draft_once"
            )
        ]


class Upload(Owned):
    """A file that somebody put beside a draft, and that goes with the message."""

    id = models.BigAutoField(primary_key=True)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, db_index=False)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, null=True, db_index=False)
    person_id = models.BigIntegerField()
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.IntegerField()
    content = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["organisation_id", "conversation", "id"], name="inbox_upload_of")]


class Macro(Owned):
    """A text that is sent again and again."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=80)
    body_en = models.TextField(default="")
    body_ko = models.TextField(default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id", "name"], name="macro_name_once")]


class ServiceHours(Owned):
    """When an organisation answers, and how soon it promises to."""

    id = models.BigAutoField(primary_key=True)
    timezone = models.CharField(max_length=60)
    week = models.JSONField()
    holidays = models.JSONField(default=list)
    first_response_min = models.IntegerField()
    next_response_min = models.IntegerField()
    first_chat_min = models.IntegerField(db_default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id"], name="service_hours_once")]
