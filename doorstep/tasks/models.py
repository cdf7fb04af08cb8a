"""Work that waits for a person."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from doorstep.base.models import Owned
from doorstep.tasks.values import TaskState


class Task(Owned):
    """One piece of work. One key per wish: what asks again and again makes one task."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=60)
    timeline = models.CharField(max_length=60)
    facts = models.JSONField(default=dict)
    state = models.CharField(max_length=8, default=TaskState.OPEN)
    owner_id = models.BigIntegerField(null=True)  # a person of accounts
    due_at = models.DateTimeField(null=True)
    outcome = models.TextField(default="")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "key"], name="task_once"),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in TaskState]), name="task_state_known"),
            models.CheckConstraint(
                condition=Q(state=TaskState.OPEN, ended_at__isnull=True)
                | (~Q(state=TaskState.OPEN) & Q(ended_at__isnull=False)),
                name="task_ended_when_over",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation_id", "due_at", "id"], name="task_open", condition=Q(state=TaskState.OPEN)
            ),
            models.Index(fields=["organisation_id", "subject", "id"], name="task_of_subject"),
            models.Index(fields=["organisation_id", "-id"], name="task_newest"),
        ]
