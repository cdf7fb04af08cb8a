"""Organisations and the people and keys that may act for them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.timezone import now

from doorstep.accounts.values import Role
from doorstep.base.models import Owned


class Organisation(models.Model):
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    default_currency = models.CharField(max_length=3)
    default_language = models.CharField(max_length=5, default="en")
    timezone = models.CharField(max_length=60, default="UTC")
    accent = models.CharField(max_length=7, default="#2f6f5e")
    support_email = models.EmailField(default="")
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=now)


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Makes a person who can sign in; allauth and Django's own commands call it by this name."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person who signs in; what they may do is in `Staff`, per organisation."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, default="")
    language = models.CharField(max_length=5, default="en")
    theme = models.CharField(max_length=6, default="system")
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=now)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()


class Staff(Owned):
    """One person's place in one organisation."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    role = models.CharField(max_length=12, choices=[(r.value, r.value) for r in Role])
    added_at = models.DateTimeField(default=now)
    removed_at = models.DateTimeField(null=True)
    location_ids = ArrayField(models.BigIntegerField(), default=list, db_default=[])  # of shop staff: where they work

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "user"], name="staff_once"),
            models.CheckConstraint(condition=models.Q(role__in=[r.value for r in Role]), name="staff_role_known"),
        ]


class ApiKey(Owned):
    """A secret that a program presents. Only its hash is kept; it is shown once, when it is made."""

    name = models.CharField(max_length=120)
    prefix = models.CharField(max_length=12, unique=True)
    secret_hash = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=40))
    created_at = models.DateTimeField(default=now)
    created_by = models.CharField(max_length=120)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["organisation_id", "-id"], name="api_key_newest")]


class BulkJob(Owned):
    """Work on many rows that a person started, and how far it is; its report are its `BulkFailure`s."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    verb = models.CharField(max_length=40)
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    arguments = models.JSONField(default=dict)
    total = models.IntegerField(default=0)
    done = models.IntegerField(default=0)
    failed = models.IntegerField(default=0)
    idle = models.IntegerField(default=0, db_default=0)  # those of the done ones that had nothing left to do
    started_by = models.CharField(max_length=120)
    created_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["organisation_id", "-id"], name="bulk_job_newest")]


class BulkFailure(Owned):
    """One row that a bulk action left as it was, and why."""

    id = models.BigAutoField(primary_key=True)
    job = models.ForeignKey(BulkJob, on_delete=models.CASCADE, db_index=False)
    line = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["organisation_id", "job", "id"], name="bulk_failure_of_job")]


class SavedView(Owned):
    """A list with its filters under a name, for oneself or for everybody."""

    listing = models.CharField(max_length=30)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, db_index=False)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000)
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "listing", "owner", "name"], name="saved_view_once")
        ]


class ColumnChoice(Owned):
    """Which columns of a list one person wants to see."""

    listing = models.CharField(max_length=30)
    user = models.ForeignKey(User, on_delete=models.CASCADE, db_index=False)
    columns = ArrayField(models.CharField(max_length=30))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "listing", "user"], name="column_choice_once")
        ]


class PageWords(Owned):
    """What a brand says on the page of an order, in one language."""

    language = models.CharField(max_length=5)
    message = models.TextField(default="")
    help = models.TextField(default="")
    returns_url = models.CharField(max_length=200, default="")
    version = models.IntegerField(default=1)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id", "language"], name="page_words_once")]


class Logo(Owned):
    """A brand's logo, small enough to lie here: every machine that answers has it."""

    content = models.BinaryField()
    digest = models.CharField(max_length=40)
    width = models.SmallIntegerField()
    height = models.SmallIntegerField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id"], name="logo_once")]
