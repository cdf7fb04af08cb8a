"""Count sheets, what was entered on them, and the paper behind bookings by hand."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from doorstep.base.models import Owned
from doorstep.stock.counting import LineState, SheetState


class Document(Owned):
    """The paper behind a booking: its number, and the file where one was given. Movements name it `document:<id>`."""

    id = models.BigAutoField(primary_key=True)
    number = models.CharField(max_length=60)
    name = models.CharField(max_length=200, default="")
    content_type = models.CharField(max_length=100, default="")
    size = models.IntegerField(default=0)
    content = models.BinaryField(null=True)
    by = models.CharField(max_length=120)
    at = models.DateTimeField()


class CountSheet(Owned):
    """What is to be counted in one place, by people who do not see what the books say."""

    id = models.BigAutoField(primary_key=True)
    location = models.ForeignKey("locations.Location", on_delete=models.PROTECT, db_index=False)
    state = models.CharField(max_length=9, default=SheetState.OPEN)
    chosen = models.CharField(max_length=12)  # how its lines were chosen
    note = models.CharField(max_length=120, default="")
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in SheetState]), name="count_sheet_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "review"], ended_at__isnull=True)
                | (~Q(state__in=["open", "review"]) & Q(ended_at__isnull=False)),
                name="count_sheet_ended_when_over",
            ),
        ]
        indexes = [models.Index(fields=["organisation_id", "state", "-id"], name="count_sheet_newest")]


class CountLine(Owned):
    """One variant of a sheet, as it was counted last. `ledger_id`: the last movement before the moment of counting."""

    id = models.BigAutoField(primary_key=True)
    sheet = models.ForeignKey(CountSheet, on_delete=models.PROTECT, db_index=False)
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT, db_index=False)
    bin = models.CharField(max_length=30, default="")
    state = models.CharField(max_length=8, default=LineState.TO_COUNT)
    counted = models.IntegerField(null=True)
    away = models.IntegerField(default=0)  # picked before it was counted, and not gone: of the books, not of the shelf
    expected = models.IntegerField(null=True)  # what the books let expect on the shelf then
    ledger_id = models.BigIntegerField(null=True)
    counted_at = models.DateTimeField(null=True)
    counted_by = models.CharField(max_length=120, default="")
    booked = models.IntegerField(default=0)  # what its counts changed in the books so far
    decided_by = models.CharField(max_length=120, default="")
    recounts = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "sheet", "variant"], name="count_line_once"),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in LineState]), name="count_line_state_known"),
            models.CheckConstraint(
                condition=Q(counted__isnull=True, expected__isnull=True, ledger_id__isnull=True)
                | Q(counted__gte=0, expected__isnull=False, ledger_id__isnull=False, counted_at__isnull=False),
                name="count_line_counted_whole",
            ),
        ]


class CountEntry(Owned):
    """One number that somebody entered. `client_id` is made on the phone, so that what is sent twice counts once."""

    id = models.BigAutoField(primary_key=True)
    client_id = models.CharField(max_length=40)
    line = models.ForeignKey(CountLine, on_delete=models.PROTECT, db_index=False)
    counted = models.IntegerField()
    expected = models.IntegerField()
    by = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id", "client_id"], name="count_entry_once")]
        indexes = [models.Index(fields=["organisation_id", "line", "id"], name="count_entry_of_line")]


class CountLimits(Owned):
    """How large a difference may be that is booked without asking; what is empty does not limit."""

    id = models.BigAutoField(primary_key=True)
    units = models.IntegerField(null=True)
    percent = models.IntegerField(null=True)
    value_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id"], name="count_limits_once")]
