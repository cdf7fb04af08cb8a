"""Shop connections."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Greatest
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


class OrderTold(Owned):
    """How an order was when the shop last told of it, by its own clock: an older state that comes later changes nothing."""

    id = models.BigAutoField(primary_key=True)
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, db_index=False)
    external_id = models.CharField(max_length=200)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "connection", "external_id"], name="order_told_once")
        ]
        indexes = [models.Index(fields=["changed_at"], name="order_told_old")]


class RefundHeard(Owned):
    """Money that a shop said it gave back, once, and what became of that here.

    `lines`: (item, SKU, units), as the shop names them, and, where it says that, its part of `port.RefundTold.goods_minor`.
    `key`: as in `port.RefundTold`.  `noted_at`: none until the order is here.  `refund_id`: the refund of ours that it is, or that
    was noted for it.  `taken`: units that were taken off the order for it, by our SKU.  `goods_open`: some could not be, and a
    person may try again.
    """

    id = models.BigAutoField(primary_key=True)
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, db_index=False)
    external_id = models.CharField(max_length=200)
    told_id = models.CharField(max_length=200)  # how the shop names the refund
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    lines = models.JSONField(default=list)
    reason = models.CharField(max_length=200, default="")
    key = models.CharField(max_length=80, null=True)
    arrival_id = models.BigIntegerField()
    heard_at = models.DateTimeField()
    noted_at = models.DateTimeField(null=True)
    refund_id = models.BigIntegerField(null=True)
    taken = models.JSONField(default=dict)
    goods_open = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "connection", "told_id"], name="refund_heard_once"),
            models.CheckConstraint(condition=models.Q(amount_minor__gte=0), name="refund_heard_not_negative"),
            models.CheckConstraint(
                condition=models.Q(noted_at__isnull=False) | models.Q(refund_id__isnull=True, goods_open=False),
                name="refund_heard_noted_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation_id", "connection", "external_id"], name="refund_heard_of_order"),
            models.Index(
                fields=["organisation_id", "refund_id"], name="refund_heard_refund", condition=models.Q(refund_id__isnull=False)
            ),
        ]


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
