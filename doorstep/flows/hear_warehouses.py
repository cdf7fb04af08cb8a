"""What warehouses report becomes ours: accepted, short, shipped, given back, and what their shelves have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

from django.db import transaction

from doorstep.base.arrivals import Arrival
from doorstep.base.ctx import Actor, Ctx
from doorstep.base.refusals import Refused
from doorstep.base.words import gettext_noop
from doorstep.flows import day_capacity, send_outside
from doorstep.flows.reading import NOTHING_NEW, Reading
from doorstep.flows.warehouses import warehouse_of
from doorstep.fulfilment.port import Adjusted, Confirmed, FoundShort, GivenBack, Report, Sent
from doorstep.fulfilment.warehouses import queries
from doorstep.fulfilment.warehouses.values import WarehouseRow

NOT_A_REPORT = gettext_noop("It tells of no order and of no stock.")
BEFORE = gettext_noop("It happened before the warehouse was connected; count there once instead.")
NOT_OURS = gettext_noop("This warehouse was never asked for such an order.")


def read(ctx: Ctx, rows: Sequence[Arrival]) -> list[Reading]:
    """Reads what warehouses sent, one report after the other, in the caller's transaction; one that is refused stops no other.

    Retired warehouses are heard too: they still send what they were asked for.
    Locks: days that may be full, then as what is reported does.
    """
    day_capacity.lock(ctx)
    known = {row.id: row for row in queries.list_warehouses(ctx)}
    readings = []
    for row in sorted((row for row in rows if row.connection_id in known), key=lambda row: row.id):
        reading = Reading(row, row.connection_id)
        _read_one(ctx, known[row.connection_id], reading)
        readings.append(reading)
    return readings


def _read_one(ctx: Ctx, warehouse: WarehouseRow, reading: Reading) -> None:
    """What it says is done as a whole or not at all, and once: units that were taken off the books are not taken off again."""
    if reading.arrival.outcome == "processed":
        reading.say("ignored", reason=NOTHING_NEW)
        return
    acting = ctx.as_actor(Actor("warehouse", warehouse.id, warehouse.name))
    try:
        reports = warehouse_of(warehouse).read(bytes(reading.arrival.body))
        if not reports:
            reading.say("ignored", reason=NOT_A_REPORT)
        with transaction.atomic():
            for report in reports:
                _do(acting, warehouse, report, reading)
    except Refused as refused:
        reading.refuse(refused)


def _do(ctx: Ctx, warehouse: WarehouseRow, report: Report, reading: Reading) -> None:
    if isinstance(report, Adjusted):
        if report.at < warehouse.connected_at:
            reading.say("ignored", reason=BEFORE)
            return
        reference = f"arrival:{reading.arrival.id}"
        reading.say("processed", **send_outside.adjust(ctx, warehouse=warehouse, report=report, reference=reference))
        return
    request = queries.requests_by_key(ctx, keys=[report.key]).get(report.key)
    if request is None or request.warehouse_id != warehouse.id:
        reading.say("ignored", reason=NOT_OURS, name=report.key[:100])
        return
    reading.say("ignored", order_id=request.order_id)
    if isinstance(report, Confirmed):
        done: Mapping[str, object] | None = send_outside.accept(ctx, request=request, report=report)
    elif isinstance(report, FoundShort):
        done = send_outside.miss(ctx, request=request, report=report)
    elif isinstance(report, Sent):
        done = send_outside.send(ctx, request=request, report=report, wish=f"arrival-{reading.arrival.id}")
    elif isinstance(report, GivenBack):
        done = send_outside.give_back(ctx, request=request, reason=report.reason)
    else:
        assert_never(report)
    if done is None:
        reading.say("ignored", reason=NOTHING_NEW)
    else:
        reading.say("processed", **done)
