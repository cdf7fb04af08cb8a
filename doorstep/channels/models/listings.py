"""What shops offer, what they are to show of it, and what they showed."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Greatest

from doorstep.base.models import Owned
from doorstep.channels.models.connections import Connection


class Listing(Owned):
    """Something that a shop offers, where it has a number of its own.  `item`: how the lines of its orders name it."""

    id = models.BigAutoField(primary_key=True)
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, db_index=False)
    external_id = models.CharField(max_length=200)
    item = models.CharField(max_length=200)
    sku = models.CharField(max_length=200, default="")
    barcode = models.CharField(max_length=80, default="")
    title = models.CharField(max_length=255, default="")
    variant_id = models.BigIntegerField(null=True)
    linked_by = models.CharField(max_length=10, default="")
    ignored = models.BooleanField(default=False)
    number = models.IntegerField(null=True)  # what the shop said that it shows, when it was last read
    read_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "connection", "external_id"], name="listing_once"),
            models.CheckConstraint(
                condition=models.Q(linked_by__in=["", "sku", "barcode", "person"]), name="listing_linked_by_known"
            ),
            models.CheckConstraint(
                condition=models.Q(variant_id__isnull=False) | models.Q(linked_by__in=["", "person"]),
                name="listing_without_variant_has_no_link",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation_id", "variant_id"], name="listing_of_variant"),
            models.Index(fields=["organisation_id", "connection", "item"], name="listing_item"),
            models.Index(fields=["organisation_id", "connection", "id"], name="listing_page"),
        ]


class ExposureRule(Owned):
    """How much of the stock a channel is shown: of one listing, or of a whole connection where `listing` is none."""

    id = models.BigAutoField(primary_key=True)
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, db_index=False)
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, db_index=False, null=True)
    buffer = models.IntegerField(null=True)
    share_pct = models.SmallIntegerField(null=True)
    most = models.IntegerField(null=True)
    excluded = models.BooleanField(null=True)
    places = ArrayField(models.BigIntegerField(), null=True)
    sized_by_sales = models.BooleanField(null=True)
    apart = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "connection", "listing"], name="exposure_rule_once", nulls_distinct=False
            ),
            models.CheckConstraint(condition=models.Q(buffer__gte=0), name="exposure_buffer_not_negative"),
            models.CheckConstraint(condition=models.Q(share_pct__range=(0, 100)), name="exposure_share_in_percent"),
            models.CheckConstraint(condition=models.Q(most__gte=0), name="exposure_most_not_negative"),
        ]


class Exposure(Owned):
    """What a listing is to show and what it shows, so far as we know.

    `apart`: what it may sell is set aside for it, so that `shows` and `unseen` together are never less than that (docs/adr/0031).
    `wanted`: by our books.  `unseen`: units that the shop sold as we learnt from its number, and whose orders have not come: they
    are taken off.  `shows`: what the shop shows, none where we cannot know.  `accepted`: the last number that it took.
    `sent`: the number that is under way, and what to ask the shop with about it.  `guess`: what it shows most likely, where we
    cannot know: a shop that compares says so where it is another.
    """

    listing = models.OneToOneField(Listing, on_delete=models.PROTECT, primary_key=True, db_index=False)
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, db_index=False)
    apart = models.BooleanField(default=False)
    wanted = models.IntegerField()
    wanted_at = models.DateTimeField()
    unseen = models.IntegerField(default=0)
    unseen_at = models.DateTimeField(null=True)
    shows = models.IntegerField(null=True)
    guess = models.IntegerField(null=True)
    accepted = models.IntegerField(null=True)
    accepted_at = models.DateTimeField(null=True)
    sent = models.IntegerField(null=True)
    sent_at = models.DateTimeField(null=True)
    sold_meanwhile = models.BooleanField(default=False)  # since it was sent
    handle = models.CharField(max_length=200, default="")
    attempts = models.SmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    problem = models.TextField(default="")
    settled = models.GeneratedField(
        expression=models.ExpressionWrapper(
            models.Q(shows__isnull=False)
            & (
                models.Q(apart=True, shows=models.F("wanted"))
                | models.Q(apart=False, shows=Greatest(models.F("wanted") - models.F("unseen"), 0))
            ),
            output_field=models.BooleanField(),
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(wanted__gte=0, unseen__gte=0), name="exposure_not_negative"),
            models.CheckConstraint(
                condition=models.Q(sent__isnull=True, sent_at__isnull=True)
                | models.Q(sent__isnull=False, sent_at__isnull=False),
                name="exposure_sent_has_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation_id", "connection", "wanted_at"],
                name="exposure_due",
                condition=models.Q(sent__isnull=True) & models.Q(settled=False),
            ),
        ]


class NumberTold(Owned):
    """One number that a listing was told, and what became of it; forgotten with time."""

    id = models.BigAutoField(primary_key=True)
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, db_index=False)
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, db_index=False)
    number = models.IntegerField()
    showed = models.IntegerField(null=True)
    outcome = models.CharField(max_length=10)
    problem = models.TextField(default="")
    wanted_at = models.DateTimeField()
    sent_at = models.DateTimeField()
    answered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome__in=["taken", "stale", "gone", "declined"]), name="number_outcome_known"
            )
        ]
        indexes = [
            models.Index(fields=["organisation_id", "listing", "-id"], name="number_told_newest"),
            models.Index(fields=["answered_at"], name="number_told_old"),
        ]


class Drift(Owned):
    """A listing showed another number than we thought.  `units`: by how many more, below zero where it showed fewer."""

    id = models.BigAutoField(primary_key=True)
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, db_index=False)
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, db_index=False)
    thought = models.IntegerField()
    showed = models.IntegerField()
    cause = models.CharField(max_length=12)
    found_at = models.DateTimeField()
    healed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(cause__in=["late_order", "edited", "not_taken"]), name="drift_cause_known"
            )
        ]
        indexes = [
            models.Index(fields=["organisation_id", "-id"], name="drift_newest"),
            models.Index(fields=["listing"], name="drift_open", condition=models.Q(healed_at__isnull=True)),
            models.Index(fields=["found_at"], name="drift_old"),
        ]


class Follower(models.Model):
    """How far an organisation's channels have followed its stock: a place in the feed."""

    organisation_id = models.BigIntegerField(primary_key=True)
    mark = models.CharField(max_length=40)
    since = models.BigIntegerField()
    until = models.BigIntegerField(default=0)
    after = models.BigIntegerField(default=0)
