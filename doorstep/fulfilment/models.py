"""Pick lists, scans, printers and what they print."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from doorstep.base.models import Owned, SubscribedAccount
from doorstep.fulfilment.tours import Route
from doorstep.fulfilment.values import Method, PickListState, PrintState
from doorstep.fulfilment.warehouses.values import OPEN, RequestState


class PickSetting(Owned):
    """How one location picks; none: as orders come, on the shortest walk."""

    location = models.ForeignKey("locations.Location", on_delete=models.CASCADE, db_index=False)
    planned = models.BooleanField()
    route = models.CharField(max_length=8)
    method = models.CharField(max_length=8)
    cart_picks = models.SmallIntegerField()
    cart_orders = models.SmallIntegerField(null=True)
    cart_weight_g = models.IntegerField(null=True)
    walk_mm_s = models.IntegerField()
    pick_s = models.SmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "location"], name="pick_setting_once"),
            models.CheckConstraint(
                condition=Q(
                    route__in=[r.value for r in Route], method__in=[m.value for m in Method], cart_picks__gte=1,
                    walk_mm_s__gte=1, pick_s__gte=0,
                )
                & (Q(cart_orders__isnull=True) | Q(cart_orders__gte=1))
                & (Q(cart_weight_g__isnull=True) | Q(cart_weight_g__gte=1)),
                name="pick_setting_possible",
            ),
        ]


class WaveTemplate(Owned):
    """Releases waves at set times of a location's days."""

    id = models.BigAutoField(primary_key=True)
    location = models.ForeignKey("locations.Location", on_delete=models.CASCADE, db_index=False)
    name = models.CharField(max_length=80)
    method = models.CharField(max_length=8)
    takes = models.JSONField(default=dict)
    at_times = models.JSONField(default=list)
    weekdays = models.JSONField(default=list)
    pick_up_at = models.CharField(max_length=5, default="")
    active = models.BooleanField(default=True)
    last_ran_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "name"], name="wave_template_name_once"),
            models.CheckConstraint(condition=Q(method__in=[m.value for m in Method]), name="wave_template_method_known"),
        ]


class Wave(Owned):
    """Orders that were released together, on the lists that the batcher made of them."""

    id = models.BigAutoField(primary_key=True)
    location = models.ForeignKey("locations.Location", on_delete=models.PROTECT, db_index=False)
    template = models.ForeignKey(WaveTemplate, on_delete=models.SET_NULL, null=True, db_index=False)
    name = models.CharField(max_length=80, default="")
    method = models.CharField(max_length=8)
    client_id = models.CharField(max_length=60)
    walk_mm = models.BigIntegerField()
    plan_s = models.IntegerField()
    due_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField()
    released_by = models.CharField(max_length=120)
    takes = models.JSONField(null=True)  # what it was told to take; none: released before that was kept
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "client_id"], name="wave_once"),
            models.CheckConstraint(condition=Q(method__in=[m.value for m in Method]), name="wave_method_known"),
        ]
        indexes = [models.Index(fields=["organisation_id", "-id"], name="wave_newest")]


class PickList(Owned):
    id = models.BigAutoField(primary_key=True)
    location = models.ForeignKey("locations.Location", on_delete=models.PROTECT, db_index=False)
    state = models.CharField(max_length=12, default=PickListState.OPEN)
    picker_name = models.CharField(max_length=120, default="")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, null=True, db_index=False)
    method = models.CharField(max_length=8, default="", db_default="")  # empty: as orders came
    walk_mm = models.IntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in PickListState]), name="pick_list_state_known"
            )
        ]
        indexes = [
            models.Index(fields=["organisation_id", "location", "state", "id"], name="pick_list_to_do"),
            models.Index(fields=["organisation_id", "wave"], name="pick_list_of_wave", condition=Q(wave__isnull=False)),
        ]


class PickTask(Owned):
    """Units of one variant to fetch from one bin for one fulfilment order."""

    id = models.BigAutoField(primary_key=True)
    pick_list = models.ForeignKey(PickList, on_delete=models.PROTECT, db_index=False)
    fulfilment_order = models.ForeignKey("orders.FulfilmentOrder", on_delete=models.PROTECT, db_index=False)
    fulfilment_line = models.ForeignKey("orders.FulfilmentOrderLine", on_delete=models.PROTECT, db_index=False)
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT, db_index=False)
    bin = models.CharField(max_length=30, default="")
    qty = models.IntegerField()
    picked = models.IntegerField(default=0)
    removed = models.BooleanField(default=False)
    put_back_at = models.DateTimeField(null=True)
    put_back_by = models.CharField(max_length=120, default="", db_default="")
    walk_at = models.IntegerField(null=True)  # which stop of the walk this is; none: by the bin's position
    tote = models.SmallIntegerField(default=0, db_default=0)  # of the cart, or of the sorting shelf; 0: none

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "fulfilment_line"], name="pick_task_once", condition=Q(removed=False)
            ),
            models.CheckConstraint(condition=Q(qty__gt=0), name="pick_task_qty_positive"),
            models.CheckConstraint(
                condition=Q(picked__gte=0) & Q(picked__lte=models.F("qty")), name="pick_task_not_over"
            ),
            models.CheckConstraint(
                condition=Q(put_back_at__isnull=True) | Q(removed=True, picked__gt=0), name="pick_task_back_once_gone"
            ),
        ]
        indexes = [
            models.Index(fields=["organisation_id", "pick_list"], name="pick_task_of_list"),
            models.Index(fields=["organisation_id", "fulfilment_order"], name="pick_task_of_order"),
            models.Index(
                fields=["organisation_id", "id"], name="pick_task_to_put_back",
                condition=Q(removed=True, picked__gt=0, put_back_at__isnull=True),
            ),
        ]


class Scan(Owned):
    """One scan by a picker. `client_id` is made on the phone, so that a scan sent twice counts once."""

    id = models.BigAutoField(primary_key=True)
    client_id = models.CharField(max_length=40)
    pick_list = models.ForeignKey(PickList, on_delete=models.PROTECT, db_index=False)
    task = models.ForeignKey(PickTask, on_delete=models.PROTECT, null=True, db_index=False)
    code = models.CharField(max_length=120)
    typed = models.BooleanField(default=False)
    accepted = models.BooleanField()
    problem = models.CharField(max_length=60, default="")
    by = models.CharField(max_length=120)
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id", "client_id"], name="scan_once")]
        indexes = [models.Index(fields=["organisation_id", "pick_list", "-id"], name="scan_of_list")]


class Short(Owned):
    """A picker's report of too few units. `client_id` is made on the phone, so that one sent twice counts once."""

    id = models.BigAutoField(primary_key=True)
    client_id = models.CharField(max_length=40)
    pick_list = models.ForeignKey(PickList, on_delete=models.PROTECT, db_index=False)
    task = models.ForeignKey(PickTask, on_delete=models.PROTECT, null=True, db_index=False)
    wanted = models.IntegerField()
    found = models.IntegerField()
    missing = models.IntegerField()
    problem = models.CharField(max_length=60, default="")
    by = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "client_id"], name="short_once"),
            models.CheckConstraint(
                condition=Q(found__gte=0) & Q(missing__gte=0) & Q(missing__lte=models.F("wanted")),
                name="short_within_wanted",
            ),
        ]


class Box(Owned):
    """A box of the brand's, as it is inside.  `flat`: an envelope, as thick as what lies in it, at most `height_mm`."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=80)
    length_mm = models.IntegerField()
    width_mm = models.IntegerField()
    height_mm = models.IntegerField()
    empty_g = models.IntegerField(db_default=0)
    most_g = models.IntegerField(db_default=0)  # what it carries, itself included; 0: whatever fits
    cost_minor = models.BigIntegerField(db_default=0)
    currency = models.CharField(max_length=3)
    flat = models.BooleanField(db_default=False)
    location = models.ForeignKey("locations.Location", on_delete=models.PROTECT, null=True, db_index=False)
    active = models.BooleanField(db_default=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "name"], name="box_name_once"),
            models.CheckConstraint(condition=Q(length_mm__gt=0, width_mm__gt=0, height_mm__gt=0), name="box_has_room"),
            models.CheckConstraint(condition=Q(empty_g__gte=0, most_g__gte=0, cost_minor__gte=0), name="box_not_negative"),
        ]


class Gift(Owned):
    """An order that is a present: no prices on its slip, and what the giver writes."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, db_index=False)
    message = models.TextField(db_default="")
    by = models.CharField(max_length=120, db_default="")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id", "order"], name="gift_order_once")]


class PutAway(Owned):
    """Units that somebody took from receiving to a bin. `client_id` is made on the phone, so that one sent twice counts once."""

    id = models.BigAutoField(primary_key=True)
    client_id = models.CharField(max_length=40)
    location = models.ForeignKey("locations.Location", on_delete=models.PROTECT, db_index=False)
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT, null=True, db_index=False)
    code = models.CharField(max_length=120)
    bin = models.CharField(max_length=30)
    was_bin = models.CharField(max_length=30, default="")
    qty = models.IntegerField()
    problem = models.CharField(max_length=60, default="")
    by = models.CharField(max_length=120)
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "client_id"], name="put_away_once"),
            models.CheckConstraint(condition=Q(qty__gt=0), name="put_away_qty_positive"),
        ]
        indexes = [models.Index(fields=["organisation_id", "location", "variant", "at"], name="put_away_of_variant")]


class Printer(Owned):
    class Kind(models.TextChoices):
        FOLDER = "folder"
        CUPS = "cups"
        RAW = "raw"
        BROWSER = "browser"

    class Language(models.TextChoices):
        PDF = "pdf"
        ZPL = "zpl"

    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    target = models.CharField(max_length=200)  # folder name below DOORSTEP_HOME, CUPS queue, or host:port
    language = models.CharField(max_length=4, choices=Language.choices, default=Language.PDF)
    location = models.ForeignKey("locations.Location", on_delete=models.PROTECT, null=True)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id", "name"], name="printer_name_once")]


class PrintJob(Owned):
    """A wish for paper. One key per wish; a reprint is a new wish that says so."""

    id = models.BigAutoField(primary_key=True)
    printer = models.ForeignKey(Printer, on_delete=models.PROTECT, null=True, db_index=False)
    key = models.CharField(max_length=80)
    document = models.CharField(max_length=12)  # label, slip, pick_list
    subject = models.CharField(max_length=60)
    timeline = models.CharField(max_length=60, default="")
    state = models.CharField(max_length=8, default=PrintState.QUEUED)
    problem = models.TextField(default="")
    by = models.CharField(max_length=120)
    wanted_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "key"], name="print_job_once"),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in PrintState]), name="print_job_state_known"),
        ]
        indexes = [models.Index(fields=["organisation_id", "-id"], name="print_job_newest")]


class Warehouse(SubscribedAccount):
    """An account with a warehouse that somebody else runs: it sends what is routed to its location."""

    location = models.ForeignKey("locations.Location", on_delete=models.PROTECT)
    connected_at = models.DateTimeField()  # what its shelves had before is no news
    cursor = models.CharField(max_length=200, db_default="")
    read_at = models.DateTimeField(null=True)  # when its news were last read to their end

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "code"], name="warehouse_once"),
            models.UniqueConstraint(
                fields=["organisation_id", "location"], name="warehouse_of_location_once", condition=Q(active=True)
            ),
            models.UniqueConstraint(fields=["slug"], name="warehouse_slug_once"),
        ]


class WarehouseRequest(Owned):
    """A wish that a warehouse sends a fulfilment order. One key per wish, so a retry can never send it twice."""

    id = models.BigAutoField(primary_key=True)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, db_index=False)
    fulfilment_order = models.ForeignKey("orders.FulfilmentOrder", on_delete=models.PROTECT, db_index=False)
    key = models.CharField(max_length=60)
    state = models.CharField(max_length=10, default=RequestState.WANTED)
    vendor_id = models.CharField(max_length=80, default="")
    lines = models.JSONField()  # what was asked for, by our name of the line
    problem = models.TextField(default="")
    wanted_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    asked_times = models.IntegerField(default=0)
    recall_wanted_at = models.DateTimeField(null=True)
    too_late_at = models.DateTimeField(null=True)
    recall_for = models.CharField(max_length=8, db_default="")  # what comes after it is back; empty: a hold or a cancellation

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "key"], name="warehouse_request_once"),
            models.UniqueConstraint(
                fields=["organisation_id", "fulfilment_order"], name="warehouse_request_open_once",
                condition=Q(state__in=OPEN),
            ),
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in RequestState]), name="warehouse_request_state_known"
            ),
        ]
        indexes = [
            models.Index(fields=["organisation_id", "fulfilment_order"], name="warehouse_request_of_order"),
            models.Index(fields=["organisation_id", "warehouse", "-id"], name="warehouse_request_newest"),
            models.Index(
                fields=["wanted_at"], name="warehouse_request_unsettled",
                condition=Q(state__in=["wanted", "unknown"]) | Q(recall_wanted_at__isnull=False, too_late_at__isnull=True,
                                                                 state__in=["submitted", "accepted"]),
            ),
        ]
