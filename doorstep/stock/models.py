"""Two levels of stock, the promises made from them, and the ledger that explains every counter."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from doorstep.base.models import Owned
from doorstep.stock.counting import LineState, SheetState
from doorstep.stock.inbound.values import Condition, DeliveryState, TransferState
from doorstep.stock.tracked.values import LotKind
from doorstep.stock.values import BackorderKind, BackorderState, CartState, MovementKind, ReservationState, Selling

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
    waiting = models.IntegerField(default=0, db_default=0)  # units of open backorders
    to_serve = models.BooleanField(default=False, db_default=False)  # units came, and not all who wait were looked at yet

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
        ]


class InboundSettings(Owned):
    """How much more than expected a delivery may bring before somebody has to say why."""

    id = models.BigAutoField(primary_key=True)
    over_tolerance_percent = models.IntegerField(default=10)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id"], name="inbound_settings_once"),
            models.CheckConstraint(
                condition=Q(over_tolerance_percent__gte=0, over_tolerance_percent__lte=1000),
                name="inbound_tolerance_sane",
            ),
        ]


class ExpectedDelivery(Owned):
    """What a supplier shall bring to one location. `document` is the supplier's or our own number, such as PO-4711."""

    id = models.BigAutoField(primary_key=True)
    supplier = models.CharField(max_length=120)
    document = models.CharField(max_length=60)
    location = models.ForeignKey("locations.Location", on_delete=models.PROTECT, db_index=False)
    state = models.CharField(max_length=20, choices=[(s.value, s.value) for s in DeliveryState])
    expected_on = models.DateField(null=True)
    note = models.CharField(max_length=2000, default="")
    blind = models.BooleanField(default=False)  # who receives is not shown how much is expected
    reason = models.CharField(max_length=200, default="")  # why it was closed short or cancelled
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "supplier", "document"], name="expected_delivery_once"),
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in DeliveryState]), name="expected_delivery_state_known"
            ),
        ]
        indexes = [
            models.Index(fields=["organisation_id", "-id"], name="expected_delivery_newest"),
            models.Index(
                fields=["organisation_id", "expected_on"],
                name="expected_delivery_open",
                condition=Q(state__in=["expected", "partially_received"]),
            ),
        ]


class ExpectedLine(Owned):
    """Units of one variant in a delivery. Nothing expected: it came unannounced. `damaged` and `quality_control` units
    are part of `received`."""

    id = models.BigAutoField(primary_key=True)
    delivery = models.ForeignKey(ExpectedDelivery, on_delete=models.PROTECT, db_index=False)
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT, db_index=False)
    position = models.IntegerField()
    expected = models.IntegerField()
    received = models.IntegerField(default=0)
    damaged = models.IntegerField(default=0)
    quality_control = models.IntegerField(default=0)
    cost_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "delivery", "variant"], name="expected_line_once"),
            *_not_negative("expected_line", ("expected", "received", "damaged", "quality_control")),
            models.CheckConstraint(
                condition=Q(received__gte=F("damaged") + F("quality_control")), name="expected_line_parts_within"
            ),
        ]
        indexes = [models.Index(fields=["organisation_id", "variant"], name="expected_line_of_variant")]


class Transfer(Owned):
    """Units on their way from one location to another."""

    id = models.BigAutoField(primary_key=True)
    origin = models.ForeignKey("locations.Location", on_delete=models.PROTECT, db_index=False, related_name="+")
    destination = models.ForeignKey("locations.Location", on_delete=models.PROTECT, db_index=False, related_name="+")
    state = models.CharField(max_length=20, choices=[(s.value, s.value) for s in TransferState])
    due_on = models.DateField(null=True)
    note = models.CharField(max_length=2000, default="")
    reason = models.CharField(max_length=200, default="")  # why units were written off on the way
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    shipped_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=[s.value for s in TransferState]), name="transfer_state_known"),
            models.CheckConstraint(condition=~Q(origin=F("destination")), name="transfer_goes_somewhere"),
        ]
        indexes = [
            models.Index(fields=["organisation_id", "-id"], name="transfer_newest"),
            models.Index(
                fields=["organisation_id", "id"],
                name="transfer_under_way",
                condition=Q(state__in=["in_transit", "partially_received"]),
            ),
        ]


class TransferLine(Owned):
    """Units of one variant in a transfer; what is neither received nor lost of the shipped is still on its way."""

    id = models.BigAutoField(primary_key=True)
    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, db_index=False)
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT, db_index=False)
    position = models.IntegerField()
    qty = models.IntegerField()
    shipped = models.IntegerField(default=0)
    received = models.IntegerField(default=0)
    lost = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "transfer", "variant"], name="transfer_line_once"),
            *_not_negative("transfer_line", ("shipped", "received", "lost")),
            models.CheckConstraint(condition=Q(qty__gt=0), name="transfer_line_qty_positive"),
            models.CheckConstraint(
                condition=Q(shipped__lte=F("qty"), shipped__gte=F("received") + F("lost")), name="transfer_line_within"
            ),
        ]
        indexes = [models.Index(fields=["organisation_id", "variant"], name="transfer_line_of_variant")]


class Receipt(Owned):
    """Units that somebody received, of a delivery or of a transfer. `client_id` is made by whoever sends it, so that one
    sent twice books once."""

    id = models.BigAutoField(primary_key=True)
    client_id = models.CharField(max_length=60)
    delivery = models.ForeignKey(ExpectedDelivery, on_delete=models.PROTECT, null=True, db_index=False)
    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, null=True, db_index=False)
    variant = models.ForeignKey(
        "catalog.Variant", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    code = models.CharField(max_length=120)
    qty = models.IntegerField()
    condition = models.CharField(max_length=16, choices=[(c.value, c.value) for c in Condition])
    lot = models.CharField(max_length=60, default="")
    serials = models.JSONField(default=list)
    over = models.IntegerField(default=0)  # how many of them are more than was expected
    reason = models.CharField(max_length=200, default="")
    problem = models.CharField(max_length=30, default="")
    by = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "client_id"], name="stock_receipt_once"),
            models.CheckConstraint(condition=Q(qty__gt=0), name="stock_receipt_qty_positive"),
            models.CheckConstraint(
                condition=Q(delivery__isnull=True, transfer__isnull=False)
                | Q(delivery__isnull=False, transfer__isnull=True),
                name="stock_receipt_of_one",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation_id", "delivery", "-id"], name="stock_receipt_of_delivery"),
            models.Index(fields=["organisation_id", "transfer", "-id"], name="stock_receipt_of_transfer"),
        ]


class Tracking(Owned):
    """Of which variants it is kept which lot or which single unit lies where."""

    id = models.BigAutoField(primary_key=True)
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT, db_index=False)
    by_lot = models.BooleanField(default=False)
    by_serial = models.BooleanField(default=False)
    warn_days = models.IntegerField(default=30)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "variant"], name="tracking_once"),
            models.CheckConstraint(condition=Q(warn_days__gte=0), name="tracking_warn_not_negative"),
        ]


class Lot(Owned):
    """Units that were made together, or with a serial number a single one; `parent` is the lot of a serial."""

    id = models.BigAutoField(primary_key=True)
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT, db_index=False)
    kind = models.CharField(max_length=6, choices=[(k.value, k.value) for k in LotKind])
    code = models.CharField(max_length=60)
    expires_on = models.DateField(null=True)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, db_index=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id", "variant", "kind", "code"], name="lot_once")]
        indexes = [
            models.Index(
                F("organisation_id"), Coalesce(F("expires_on"), Value(date(9999, 12, 31))), F("id"), name="lot_by_expiry"
            )
        ]


class LotLevel(Owned):
    """How much of a lot lies in a location. `set_aside`: damaged or in quality control, so not for sale."""

    id = models.BigAutoField(primary_key=True)
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, db_index=False)
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT, db_index=False)
    location = models.ForeignKey("locations.Location", on_delete=models.PROTECT, db_index=False)
    on_hand = models.IntegerField(default=0)
    set_aside = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "lot", "location"], name="lot_level_once"),
            *_not_negative("lot_level", ("on_hand", "set_aside")),
            models.CheckConstraint(condition=Q(on_hand__gte=F("set_aside")), name="lot_level_aside_within"),
        ]
        indexes = [models.Index(fields=["organisation_id", "variant", "location"], name="lot_level_of_place")]


class LotMovement(Owned):
    """One line of a lot's ledger. `assumed`: nobody scanned which lot it was; the first to expire is taken to have gone."""

    id = models.BigAutoField(primary_key=True)
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, db_index=False)
    location = models.ForeignKey("locations.Location", on_delete=models.PROTECT, db_index=False)
    kind = models.CharField(max_length=12, choices=[(k.value, k.value) for k in MovementKind])
    on_hand = models.IntegerField(default=0)
    set_aside = models.IntegerField(default=0)
    assumed = models.BooleanField(default=False)
    reason = models.CharField(max_length=60)
    reference = models.CharField(max_length=80)
    actor_name = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["organisation_id", "lot", "-id"], name="lot_movement_of_lot"),
            models.Index(fields=["organisation_id", "reference"], name="lot_movement_reference"),
        ]


class LotPick(Owned):
    """Which lot or serial somebody took for an order line; it leaves with the parcel."""

    id = models.BigAutoField(primary_key=True)
    order_line_id = models.BigIntegerField()
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, db_index=False)
    qty = models.IntegerField()
    by = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "order_line_id", "lot"], name="lot_pick_once"),
            models.CheckConstraint(condition=Q(qty__gt=0), name="lot_pick_qty_positive"),
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


class Cart(Owned):
    """What a shop front asked to hold while somebody checks out. Its lines are the promise, each with its own end."""

    id = models.BigAutoField(primary_key=True)
    token = models.CharField(max_length=60)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=120)
    ordered_at = models.DateTimeField(null=True)  # an order took it over; the token is used up

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id", "token"], name="stock_cart_once")]


class CartLine(Owned):
    """Units of one variant that a cart holds. Who changes one has locked the pool row of its variant."""

    id = models.BigAutoField(primary_key=True)
    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, db_index=False)
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT, db_index=False)
    qty = models.IntegerField()
    until = models.DateTimeField()
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in CartState])
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "cart", "variant"], name="stock_cart_line_once", condition=Q(state="open")
            ),
            models.CheckConstraint(condition=Q(qty__gt=0), name="stock_cart_line_qty_positive"),
        ]
        indexes = [
            models.Index(fields=["organisation_id", "cart"], name="stock_cart_line_of_cart"),
            models.Index(fields=["organisation_id", "variant"], name="stock_cart_line_open", condition=Q(state="open")),
            models.Index(fields=["until"], name="stock_cart_line_due", condition=Q(state="open")),
        ]


class SellingRule(Owned):
    """Whether a variant is sold beyond what is available. A variant without a row is not."""

    id = models.BigAutoField(primary_key=True)
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT, db_index=False)
    kind = models.CharField(max_length=10, choices=[(s.value, s.value) for s in Selling])
    available_on = models.DateField(null=True)
    max_units = models.IntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "variant"], name="stock_selling_rule_once"),
            models.CheckConstraint(
                condition=Q(kind="preorder", available_on__isnull=False) | ~Q(kind="preorder"),
                name="stock_selling_rule_preorder_has_a_day",
            ),
        ]


class Backorder(Owned):
    """Units of one order line that wait for stock, in one group that is served whole (a fulfilment order).

    Who changes one has locked the pool row of its variant.
    """

    id = models.BigAutoField(primary_key=True)
    group_id = models.BigIntegerField()
    reference_id = models.BigIntegerField()
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT, db_index=False)
    qty = models.IntegerField()
    kind = models.CharField(max_length=10, choices=[(k.value, k.value) for k in BackorderKind])
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in BackorderState])
    priority = models.SmallIntegerField(default=0)
    since = models.DateTimeField()
    promised_on = models.DateField(null=True)  # what the customer was told
    expected_on = models.DateField(null=True)  # what incoming says now
    slipped = models.BooleanField(default=False)  # it will be later than promised
    passed = models.BooleanField(default=False)  # looked at since units came last, and could not be served
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "group_id", "reference_id"],
                name="stock_backorder_once",
                condition=Q(state="open"),
            ),
            models.CheckConstraint(condition=Q(qty__gt=0), name="stock_backorder_qty_positive"),
        ]
        indexes = [
            models.Index(
                fields=["organisation_id", "variant", "-priority", "since", "group_id"],
                name="stock_backorder_turn",
                condition=Q(state="open"),
            ),
            models.Index(
                fields=["organisation_id", "variant"],
                name="stock_backorder_passed",
                condition=Q(state="open", passed=True),
            ),
            models.Index(fields=["organisation_id", "reference_id"], name="stock_backorder_of_line"),
        ]
