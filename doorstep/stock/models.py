"""Two levels of stock, the promises made from them, and the ledger that explains every counter."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from doorstep.base.models import Owned
from doorstep.stock.counting import LineState, SheetState
from doorstep.stock.values import MovementKind, ReservationState

COUNTERS = ("on_hand", "committed", "reserved", "damaged", "quality_control")


def _not_negative(name: str, counters: tuple[str, ...]) -> list[models.BaseConstraint]:
    return [models.CheckConstraint(condition=Q(**{f"{c}__gte": 0}), name=f"{name}_{c}_not_negative") for c in counters]


class Item(Owned):
    """The pool of one variant: what may be promised, wherever it lies. Rows are updated in place, heap-only."""

    id = models.BigAutoField(primary_key=True)
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT, db_index=False)
    on_hand = models.IntegerField(default=0)
    committed = models.IntegerField(default=0)
    reserved = models.IntegerField(default=0)
    damaged = models.IntegerField(default=0)
    quality_control = models.IntegerField(default=0)
    safety_stock = models.IntegerField(default=0)
    kept_everywhere = models.IntegerField(default=0, db_default=0)  # the wish; safety_stock adds what places keep

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "variant"], name="stock_item_once"),
            *_not_negative("stock_item", (*COUNTERS, "safety_stock")),
            models.CheckConstraint(
                condition=Q(on_hand__gte=F("committed") + F("reserved") + F("damaged") + F("quality_control")),
                name="stock_item_not_oversold",
            ),
            models.CheckConstraint(
                condition=Q(kept_everywhere__gte=0), name="stock_item_kept_everywhere_not_negative"
            ),
        ]


class Level(Owned):
    """Where the units of the pool lie. `committed` counts the promises pinned to this place."""

    id = models.BigAutoField(primary_key=True)
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT, db_index=False)
    location = models.ForeignKey("locations.Location", on_delete=models.PROTECT, db_index=False)
    on_hand = models.IntegerField(default=0)
    committed = models.IntegerField(default=0)
    damaged = models.IntegerField(default=0)
    quality_control = models.IntegerField(default=0)
    bin = models.CharField(max_length=30, default="")
    recount_since = models.DateTimeField(null=True)  # a picker found too few here, and nobody has counted since
    safety_stock = models.IntegerField(default=0, db_default=0)  # the wish
    kept = models.IntegerField(default=0, db_default=0)  # what is really kept back, no more than lies here
    counted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "variant", "location"], name="stock_level_once"),
            *_not_negative("stock_level", ("on_hand", "committed", "damaged", "quality_control")),
            models.CheckConstraint(
                condition=Q(on_hand__gte=F("committed") + F("damaged") + F("quality_control")),
                name="stock_level_not_overpinned",
            ),
            models.CheckConstraint(
                condition=Q(kept__gte=0, safety_stock__gte=0), name="stock_level_kept_not_negative"
            ),
        ]
        indexes = [
            models.Index(fields=["organisation_id", "location", "variant"], name="stock_level_of_place"),
            models.Index(
                fields=["organisation_id", "variant"],
                name="stock_level_to_recount",
                condition=Q(recount_since__isnull=False),
            ),
        ]


class Reservation(Owned):
    """A promise of units to one reference; `location` is the pin that routing sets and may move."""

    id = models.BigAutoField(primary_key=True)
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT, db_index=False)
    reference_kind = models.CharField(max_length=12)
    reference_id = models.BigIntegerField()
    qty = models.IntegerField()
    location = models.ForeignKey("locations.Location", on_delete=models.PROTECT, null=True, db_index=False)
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in ReservationState])
    made_at = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "reference_kind", "reference_id", "location"],
                name="reservation_once",
                nulls_distinct=False,
                condition=Q(state="open"),
            ),
            models.CheckConstraint(condition=Q(qty__gt=0), name="reservation_qty_positive"),
        ]
        indexes = [
            models.Index(fields=["organisation_id", "reference_kind", "reference_id"], name="reservation_reference"),
            models.Index(fields=["organisation_id", "variant"], name="reservation_open", condition=Q(state="open")),
        ]


class Movement(Owned):
    """One line of the ledger: what changed, where, why, by whom. Never updated, never deleted.

    The pool's counters are the sums where `in_pool`; a level's are the sums of its location.
    """

    id = models.BigAutoField(primary_key=True)
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT, db_index=False)
    location = models.ForeignKey("locations.Location", on_delete=models.PROTECT, null=True, db_index=False)
    in_pool = models.BooleanField(default=True)
    kind = models.CharField(max_length=12, choices=[(k.value, k.value) for k in MovementKind])
    on_hand = models.IntegerField(default=0)
    committed = models.IntegerField(default=0)
    reserved = models.IntegerField(default=0)
    damaged = models.IntegerField(default=0)
    quality_control = models.IntegerField(default=0)
    safety_stock = models.IntegerField(default=0, db_default=0)
    reason = models.CharField(max_length=60)
    reference = models.CharField(max_length=80)
    actor_name = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["organisation_id", "variant", "-id"], name="movement_of_variant"),
            models.Index(fields=["organisation_id", "variant", "at"], name="movement_until"),
            models.Index(
                fields=["organisation_id", "-id"],
                name="movement_by_hand",
                condition=~Q(kind__in=["sale", "allocation", "reservation"]),
            ),
        ]


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
            models.CheckConstraint(condition=Q(state__in=[s.value for s in SheetState]), name="count_sheet_state_known"),
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
