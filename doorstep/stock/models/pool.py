"""Two levels of stock, the promises made from them, and the ledger that explains every counter."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q

from doorstep.base.models import Owned
from doorstep.stock.models.checks import not_negative
from doorstep.stock.values import MovementKind, ReservationState

COUNTERS = ("on_hand", "committed", "reserved", "damaged", "quality_control")


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
    waiting = models.IntegerField(default=0, db_default=0)  # units of open backorders
    to_serve = models.BooleanField(
        default=False, db_default=False
    )  # units came, and not all who wait were looked at yet

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "variant"], name="stock_item_once"),
            *not_negative("stock_item", (*COUNTERS, "safety_stock")),
            models.CheckConstraint(
                condition=Q(on_hand__gte=F("committed") + F("reserved") + F("damaged") + F("quality_control")),
                name="stock_item_not_oversold",
            ),
            models.CheckConstraint(condition=Q(kept_everywhere__gte=0), name="stock_item_kept_everywhere_not_negative"),
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
            *not_negative("stock_level", ("on_hand", "committed", "damaged", "quality_control")),
            models.CheckConstraint(
                condition=Q(on_hand__gte=F("committed") + F("damaged") + F("quality_control")),
                name="stock_level_not_overpinned",
            ),
            models.CheckConstraint(condition=Q(kept__gte=0, safety_stock__gte=0), name="stock_level_kept_not_negative"),
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
    """A promise of units to one reference; `location` is the pin that routing sets and may move.

    `places`: where the units may come from, by the buyer's country; null: from anywhere.
    """

    id = models.BigAutoField(primary_key=True)
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    reference_kind = models.CharField(max_length=12)
    reference_id = models.BigIntegerField()
    qty = models.IntegerField()
    location = models.ForeignKey(
        "locations.Location", on_delete=models.PROTECT, null=True, db_index=False, db_constraint=False
    )
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in ReservationState])
    made_at = models.DateTimeField()
    until = models.DateTimeField(null=True)
    places = ArrayField(models.BigIntegerField(), null=True)

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
            models.Index(fields=["organisation_id", "variant"], name="reservation_open", condition=Q(state="open")),
        ]


class Movement(Owned):
    """One line of the ledger: what changed, where, why, by whom. Never updated, never deleted.

    The pool's counters are the sums where `in_pool`; a level's are the sums of its location.
    """

    id = models.BigAutoField(primary_key=True)
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    location = models.ForeignKey(
        "locations.Location", on_delete=models.PROTECT, null=True, db_index=False, db_constraint=False
    )
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
            models.Index(
                fields=["organisation_id", "-id"],
                name="movement_by_hand",
                condition=~Q(kind__in=["sale", "allocation", "reservation"]),
            ),
            # They are written in the order of time, so a few pages say which blocks hold a day.
            BrinIndex(fields=["at"], name="movement_by_time", autosummarize=True),
        ]
