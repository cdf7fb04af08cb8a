"""Labels: the wish for one, and the books of the numbers that we give out ourselves."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from doorstep.base.models import Owned
from doorstep.shipping.models.carriers import Carrier
from doorstep.shipping.models.parcels import Parcel
from doorstep.shipping.values import FileState, LabelState


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
