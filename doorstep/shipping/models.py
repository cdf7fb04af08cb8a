"""Shipments, parcels, labels and what carriers tell of them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now

from doorstep.base.models import Owned
from doorstep.shipping.terms import Incoterm
from doorstep.shipping.values import (
    MAX_PARCELS,
    Aside,
    Direction,
    FileState,
    LabelState,
    ParcelState,
    TrackingStatus,
    Trouble,
)


class Carrier(Owned):
    """A carrier account: which vendor speaks for it, and with which settings."""

    code = models.CharField(max_length=30)
    name = models.CharField(max_length=80)
    provider = models.CharField(max_length=30)
    settings = models.JSONField(default=dict)
    active = models.BooleanField(default=True)
    # stands in its webhook address, where neither the organisation nor a session says whose carrier it is
    slug = models.CharField(max_length=40, db_default=RawSQL("replace(gen_random_uuid()::text, '-', '')", ()))
    preferred_at = models.DateTimeField(null=True)  # the one preferred last sells the labels
    subscription_wanted_at = models.DateTimeField(null=True)  # an open wish for its webhooks
    subscribed_at = models.DateTimeField(null=True)  # when it last took our address
    heard_at = models.DateTimeField(null=True)  # the newest webhook with the right signature
    rejected_at = models.DateTimeField(null=True)  # the newest bad signature that left a trace
    problem = models.TextField(db_default="")
    problem_at = models.DateTimeField(null=True)
    quiet_until = models.DateTimeField(null=True)  # it asked not to be asked before
    location_ids = models.JSONField(null=True)  # where it collects; none: everywhere
    delivers = models.SmallIntegerField(db_default=0b0111111)  # the days it moves and delivers on; Monday is the lowest bit

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "code"], name="carrier_once"),
            models.UniqueConstraint(fields=["slug"], name="carrier_slug_once"),
        ]


class Parcel(Owned):
    """One box on its way, out or back; `status` is the newest that the carrier told, in our words."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, db_index=False)
    # those that come back have none
    fulfilment_order = models.ForeignKey("orders.FulfilmentOrder", on_delete=models.PROTECT, null=True, db_index=False)
    direction = models.CharField(max_length=4, db_default=Direction.OUT)
    sender = models.JSONField(null=True)  # who sends it back
    location = models.ForeignKey("locations.Location", on_delete=models.PROTECT, db_index=False)
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, null=True, db_index=False)
    state = models.CharField(max_length=12, default=ParcelState.PACKED)
    status = models.CharField(max_length=24, default=TrackingStatus.PRE_TRANSIT)
    # what somebody else calls the carrier, who closed the parcel and labelled it; then no label of ours is on it
    carried_by = models.CharField(max_length=80, db_default="")
    service = models.CharField(max_length=40, default="")
    tracking_number = models.CharField(max_length=60, default="")
    weight_g = models.IntegerField()
    ship_to = models.JSONField()
    packed_at = models.DateTimeField()
    handed_over_at = models.DateTimeField(null=True)
    estimated_on = models.DateField(null=True)
    delivered_at = models.DateTimeField(null=True)
    status_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)  # when the carrier was told of the hand-over
    checked_at = models.DateTimeField(null=True)  # when the carrier was last asked where it is
    ask_at = models.DateTimeField(null=True)  # not to be asked after before, where its carrier has a pace
    tracked_since = models.DateTimeField(null=True)  # scans before are of another; null: those before it was packed
    vouched = models.BooleanField(db_default=False)  # a person said that every scan with its number is its own
    # what our own history says of when it comes, as it was said when it left
    expected_from = models.DateField(null=True)
    expected_on = models.DateField(null=True)
    expected_to = models.DateField(null=True)
    late_after = models.DateField(null=True)
    expected_level = models.SmallIntegerField(db_default=0)
    expected_seen = models.IntegerField(db_default=0)
    learnt_at = models.DateTimeField(null=True)  # when its delivery was added to what is known of its lane
    updated_at = models.DateTimeField(db_default=Now())  # when anything that a program reads of it last changed
    wish = models.CharField(max_length=60, db_default="")  # the closing that made it, so that one told twice makes one
    planned = models.IntegerField(db_default=1)  # of how many of its fulfilment order its packer thought that it is one
    box_name = models.CharField(max_length=80, db_default="")
    length_mm = models.IntegerField(null=True)
    width_mm = models.IntegerField(null=True)
    height_mm = models.IntegerField(null=True)
    search = models.TextField(default="")  # tracking number, order and recipient, folded by base_searchable

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=[s.value for s in ParcelState]), name="parcel_state_known"),
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in TrackingStatus]), name="parcel_status_known"
            ),
            models.CheckConstraint(condition=Q(weight_g__gt=0), name="parcel_weight_positive"),
            models.CheckConstraint(
                condition=Q(direction=Direction.OUT, fulfilment_order__isnull=False)
                | Q(direction=Direction.BACK, fulfilment_order__isnull=True),
                name="parcel_direction_known",
            ),
            models.UniqueConstraint(fields=["organisation_id", "wish"], name="parcel_wish_once", condition=~Q(wish="")),
            models.CheckConstraint(condition=Q(planned__gte=1, planned__lte=MAX_PARCELS), name="parcel_planned_sane"),
            models.CheckConstraint(
                condition=Q(length_mm__isnull=True, width_mm__isnull=True, height_mm__isnull=True)
                | Q(length_mm__gt=0, width_mm__gt=0, height_mm__gt=0),
                name="parcel_dims_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation_id", "order"], name="parcel_of_order"),
            models.Index(fields=["organisation_id", "-id"], name="parcel_newest"),
            models.Index(fields=["organisation_id", "updated_at", "id"], name="parcel_updated"),
            models.Index(fields=["organisation_id", "tracking_number"], name="parcel_tracking_number"),
            models.Index(fields=["organisation_id", "fulfilment_order"], name="parcel_of_fulfilment_order"),
            models.Index(
                fields=["organisation_id", "location", "state", "id"],
                name="parcel_on_floor",
                condition=Q(state__in=[ParcelState.PACKED, ParcelState.LABELLED]),
            ),
            models.Index(
                fields=["handed_over_at"],
                name="parcel_on_its_way",
                condition=Q(state=ParcelState.HANDED_OVER, delivered_at__isnull=True),
            ),
            models.Index(
                fields=["packed_at"],
                name="parcel_awaited_back",
                condition=Q(direction=Direction.BACK, state=ParcelState.LABELLED),
            ),
            models.Index(
                fields=["organisation_id", "delivered_at", "id"],
                name="parcel_to_learn_from",
                condition=Q(direction=Direction.OUT, delivered_at__isnull=False, learnt_at__isnull=True),
            ),
            GinIndex(Func(F("search"), function="base_grams"), name="parcel_search"),
        ]


class ParcelLine(Owned):
    """What lies in a parcel."""

    id = models.BigAutoField(primary_key=True)
    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, db_index=False)
    order_line = models.ForeignKey("orders.OrderLine", on_delete=models.PROTECT, db_index=False)
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT, db_index=False)
    qty = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "parcel", "order_line"], name="parcel_line_once"),
            models.CheckConstraint(condition=Q(qty__gt=0), name="parcel_line_qty_positive"),
        ]


class Label(Owned):
    """A wish for one label and what became of it: one key per wish, so a retry can never buy a second."""

    id = models.BigAutoField(primary_key=True)
    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, db_index=False)
    key = models.CharField(max_length=60)
    state = models.CharField(max_length=10, default=LabelState.WANTED)
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, db_index=False)
    service = models.CharField(max_length=40)
    vendor_id = models.CharField(max_length=80, default="")
    tracking_number = models.CharField(max_length=60, default="")
    sort_code = models.CharField(max_length=40, default="")
    cost_minor = models.BigIntegerField(default=0)
    cost_currency = models.CharField(max_length=3, default="")
    problem = models.TextField(default="")
    wanted_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    asked_times = models.IntegerField(default=0)
    void_wanted_at = models.DateTimeField(null=True)
    is_open = models.BooleanField(db_default=False)  # which carrier sells it is decided by what they ask for it
    choice = models.JSONField(null=True)  # what was offered, what was chosen, and why
    void_refused_at = models.DateTimeField(null=True)
    credit = models.CharField(max_length=8, db_default="")  # of a label given back: whether its money came
    credit_checked_at = models.DateTimeField(null=True)
    paper = models.CharField(max_length=4, db_default="")  # what it was bought to be printed from, as the place's printer wants

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "key"], name="label_key_once"),
            models.UniqueConstraint(
                fields=["organisation_id", "parcel"],
                name="label_one_live_per_parcel",
                condition=Q(state__in=[LabelState.WANTED, LabelState.BOUGHT, LabelState.UNKNOWN]),
            ),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in LabelState]), name="label_state_known"),
            models.CheckConstraint(
                condition=~Q(state=LabelState.BOUGHT) | ~Q(tracking_number=""), name="label_bought_has_number"
            ),
        ]
        indexes = [
            models.Index(
                fields=["wanted_at"],
                name="label_unsettled",
                condition=Q(state__in=["wanted", "unknown"]) | Q(state="bought", void_wanted_at__isnull=False),
            )
        ]


class LabelFile(Owned):
    """A carrier's own file of a label, byte for byte, and the wish for it; one per language."""

    id = models.BigAutoField(primary_key=True)
    label = models.ForeignKey(Label, on_delete=models.PROTECT, db_index=False)
    language = models.CharField(max_length=4)
    state = models.CharField(max_length=8, default=FileState.WANTED)
    data = models.BinaryField(null=True)
    problem = models.TextField(db_default="")
    wanted_at = models.DateTimeField()
    wanted_by = models.CharField(max_length=120, db_default="")  # empty: it came with the label
    asked_times = models.IntegerField(db_default=0)
    ask_at = models.DateTimeField(null=True)  # not to be asked for before
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "label", "language"], name="label_file_once"),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in FileState]), name="label_file_state_known"),
            models.CheckConstraint(condition=Q(language__in=["pdf", "zpl"]), name="label_file_language_known"),
            models.CheckConstraint(
                condition=Q(state=FileState.KEPT, data__isnull=False) | (~Q(state=FileState.KEPT) & Q(data__isnull=True)),
                name="label_file_kept_whole",
            ),
        ]
        indexes = [models.Index(fields=["ask_at"], name="label_file_unfetched", condition=Q(state=FileState.WANTED))]


class TrackingEvent(Owned):
    id = models.BigAutoField(primary_key=True)
    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, db_index=False)
    external_id = models.CharField(max_length=120)
    status = models.CharField(max_length=24, blank=True)  # empty: the event says nothing of where the parcel is
    raw_code = models.CharField(max_length=40)
    description = models.CharField(max_length=255, default="")
    place = models.CharField(max_length=120, default="")
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    trouble = models.CharField(max_length=10, db_default="")
    aside = models.CharField(max_length=12, db_default="")  # why it says nothing of this parcel; empty: it does

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "parcel", "external_id"], name="tracking_event_once"),
            models.CheckConstraint(
                condition=Q(status__in=["", *(s.value for s in TrackingStatus)]), name="tracking_status_known"
            ),
            models.CheckConstraint(condition=Q(trouble__in=["", *(t.value for t in Trouble)]), name="tracking_trouble_known"),
            models.CheckConstraint(condition=Q(aside__in=["", *(a.value for a in Aside)]), name="tracking_aside_known"),
        ]
        indexes = [
            models.Index(
                fields=["organisation_id", "raw_code"], name="tracking_code_unknown", condition=Q(status=TrackingStatus.UNKNOWN)
            )
        ]


class CodeMeaning(Owned):
    """What a brand says that a carrier's code means, where our tables do not know it."""

    id = models.BigAutoField(primary_key=True)
    provider = models.CharField(max_length=30)
    raw_code = models.CharField(max_length=40)
    status = models.CharField(max_length=24, blank=True)  # empty: it says nothing of where a parcel is
    named_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "provider", "raw_code"], name="code_meaning_once"),
            models.CheckConstraint(
                condition=Q(status__in=["", *(s.value for s in TrackingStatus)]), name="code_meaning_known"
            ),
        ]


class Lane(Owned):
    """How long parcels took on one way: what `estimates.Lane` says."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=120)
    days = ArrayField(models.FloatField())
    weekdays = ArrayField(models.FloatField())
    gaps = ArrayField(models.FloatField())
    seen = models.IntegerField()
    asked = models.FloatField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id", "key"], name="lane_once")]


class RateSheet(Owned):
    """What a carrier without an interface charges, as somebody pasted it; the newest one counts."""

    id = models.BigAutoField(primary_key=True)
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, db_index=False)
    text = models.TextField()
    saved_at = models.DateTimeField()
    saved_by = models.CharField(max_length=80)

    class Meta:
        indexes = [models.Index(fields=["organisation_id", "carrier", "-id"], name="rate_sheet_newest")]


class IssuedLabel(Owned):
    """The books of carriers whose labels we make ourselves: one number per wish."""

    id = models.BigAutoField(primary_key=True)
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, db_index=False)
    key = models.CharField(max_length=60)
    serial = models.BigIntegerField(null=True)  # none: the number was typed by hand
    number = models.CharField(max_length=60)
    service = models.CharField(max_length=80)
    cost_minor = models.BigIntegerField()
    cost_currency = models.CharField(max_length=3)
    asked = models.CharField(max_length=64)  # a fingerprint of what was asked for
    issued_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "key"], name="issued_key_once"),
            models.UniqueConstraint(fields=["organisation_id", "carrier", "number"], name="issued_number_once"),
            models.UniqueConstraint(fields=["organisation_id", "carrier", "serial"], name="issued_serial_once"),
        ]


class Manifest(Owned):
    """The end of a carrier's day at one place: which parcels its driver will find."""

    id = models.BigAutoField(primary_key=True)
    location = models.ForeignKey("locations.Location", on_delete=models.PROTECT, db_index=False)
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, db_index=False)
    key = models.CharField(max_length=60)
    state = models.CharField(max_length=10)
    vendor_id = models.CharField(max_length=80, db_default="")
    barcode = models.CharField(max_length=80, db_default="")
    url = models.TextField(db_default="")
    problem = models.TextField(db_default="")
    wanted_at = models.DateTimeField()
    wanted_by = models.CharField(max_length=80)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "key"], name="manifest_key_once"),
            models.CheckConstraint(condition=Q(state__in=["wanted", "closed", "declined"]), name="manifest_state_known"),
        ]
        indexes = [
            models.Index(fields=["organisation_id", "-id"], name="manifest_newest"),
            models.Index(fields=["wanted_at"], name="manifest_unsettled", condition=Q(state="wanted")),
        ]


class ManifestParcel(Owned):
    """A parcel on a manifest; one on which it no longer counts is off it."""

    id = models.BigAutoField(primary_key=True)
    manifest = models.ForeignKey(Manifest, on_delete=models.PROTECT, db_index=False)
    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, db_index=False)
    problem = models.TextField(db_default="")  # why the carrier did not take it on
    off = models.BooleanField(db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "manifest", "parcel"], name="manifest_parcel_once"),
            models.UniqueConstraint(
                fields=["organisation_id", "parcel"], name="parcel_on_one_manifest", condition=Q(off=False)
            ),
        ]


class AddressCheck(Owned):
    """What is known of where an order goes: the newest check of its address."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, db_index=False)
    state = models.CharField(max_length=14)
    findings = models.JSONField()
    suggestion = models.JSONField(null=True)
    address = models.CharField(max_length=64)  # a fingerprint of what was checked
    source = models.CharField(max_length=80)
    checked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "order"], name="address_check_once"),
            models.CheckConstraint(condition=Q(state__in=["ok", "suspicious", "undeliverable"]), name="address_check_state_known"),
        ]


class Policy(Owned):
    """How a brand wants its services chosen, and what is done by itself."""

    never = models.JSONField(null=True)  # services that are never bought
    hold_addresses = models.BooleanField(db_default=False)
    ask_carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, null=True, db_index=False)  # verifies addresses
    void_unused = models.BooleanField(db_default=True)
    promise_days = models.SmallIntegerField(null=True)  # within so many working days an order is to arrive; none: no promise
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id"], name="shipping_policy_once")]


class CustomsTerms(Owned):
    """On which terms a brand exports."""

    incoterm = models.CharField(max_length=3)
    non_delivery = models.CharField(max_length=8)
    ioss = models.CharField(max_length=12)
    currency = models.CharField(max_length=3)  # of the two limits; empty where none is set
    ioss_limit_minor = models.BigIntegerField(null=True)  # what 150 EUR are
    eei_limit_minor = models.BigIntegerField(null=True)  # what 2,500 USD are
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id"], name="customs_terms_once"),
            models.CheckConstraint(condition=Q(incoterm__in=[i.value for i in Incoterm]), name="customs_incoterm_known"),
        ]


class Declaration(Owned):
    """What somebody said that customs are told of a parcel; empty words are as they come."""

    id = models.BigAutoField(primary_key=True)
    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, db_index=False)
    contents = models.CharField(max_length=16)
    explanation = models.CharField(max_length=255)
    incoterm = models.CharField(max_length=3)
    non_delivery = models.CharField(max_length=8)
    itn = models.CharField(max_length=20)
    declared_at = models.DateTimeField()
    declared_by = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id", "parcel"], name="declaration_once")]
