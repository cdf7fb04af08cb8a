"""What a warehouse that somebody else runs did is booked: parcels, shorts, what it will not send, and its shelves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.base.words import gettext_noop
from doorstep.catalog import queries as catalog
from doorstep.flows import reject, ship
from doorstep.fulfilment.port import Adjusted, Confirmed, FoundShort, Sent
from doorstep.fulfilment.warehouses import queries, requests
from doorstep.fulfilment.warehouses.values import RequestRow, RequestState, WarehouseRow
from doorstep.orders import actions as orders
from doorstep.orders import queries as order_queries
from doorstep.orders.values import FOLineRow, FORow, FOState, HoldReason
from doorstep.routing.values import Why
from doorstep.shipping import packing, rules
from doorstep.shipping import queries as parcels
from doorstep.shipping.actions.elsewhere import take_over
from doorstep.shipping.values import TOO_MUCH_PACKED, Box, Packed
from doorstep.stock import actions as stock
from doorstep.stock import shelves
from doorstep.stock.values import NOT_ENOUGH, Change, MovementKind
from doorstep.tasks import actions as tasks
from doorstep.tasks import queries as open_tasks
from doorstep.tasks.values import TaskDraft

Said = Mapping[str, object]
SHIPPED_THOUGH_CANCELLED = "warehouse_shipped_cancelled"


@transaction.atomic
def accept(ctx: Ctx, *, request: RequestRow, report: Confirmed) -> Said | None:
    """The warehouse works on it: so does our fulfilment order.  None where that was known.  Locks: the fulfilment order."""
    orders.lock(ctx, fulfilment_order_ids=[request.fulfilment_order_id])
    if not requests.accept(ctx, request_id=request.id, at=report.at):
        return None
    orders.start(ctx, fulfilment_order_ids=[request.fulfilment_order_id])
    return {}


@transaction.atomic
def miss(ctx: Ctx, *, request: RequestRow, report: FoundShort) -> Said | None:
    """Units that it does not find go on from elsewhere, or wait; its books follow its shelf.

    Of what goes from elsewhere by now it says nothing but that its shelf is in doubt.
    Locks, Emits: as `reject.miss`.  Refuses: lines that it was not asked for, more than is left, parts on hold.
    """
    part, line = _line(ctx, request, report.line)
    at = queries.get_warehouse(ctx, warehouse_id=request.warehouse_id).location_id
    if request.state == RequestState.CANCELLED or part.location_id not in (at, None):
        shelves.doubt(ctx, variant_ids=[line.variant_id], location_id=at)
        return None
    left = {row.order_line_id: row.left for row in packing.left_to_pack(ctx, fulfilment_order_ids=[part.id])}
    if report.missing > left.get(line.order_line_id, 0):
        raise Refused(TOO_MUCH_PACKED, _too_much(ctx, part, left.get(line.order_line_id, 0), report.missing))
    said = {"warehouse_short": request.warehouse_name}
    reference = f"fulfilment_order:{part.id}"
    reject.miss(ctx, part=part, line=line, missing=report.missing, reference=reference, said=said)
    _end_if_over(ctx, request)
    return {"sku": catalog.variants_by_id(ctx, ids=[line.variant_id])[line.variant_id].sku, "missing": report.missing}


@transaction.atomic
def send(ctx: Ctx, *, request: RequestRow, report: Sent, wish: str) -> Said | None:
    """A parcel left there: its units leave our stock, and customer and channel are told as of any other.

    One that was on hold has left all the same, so its holds end.  One that was cancelled, given back or found to be missing, and
    goes from elsewhere now, has left too: its units leave the books of the place, and a person sees to it.
    `wish`: by which it is known where it is told twice.
    Locks, Emits: as `ship.leave`.  Refuses: lines that it was not asked for, more than is left.
    """
    orders.lock(ctx, fulfilment_order_ids=[request.fulfilment_order_id])
    part = order_queries.fulfilment_orders_by_id(ctx, ids=[request.fulfilment_order_id])[request.fulfilment_order_id]
    of_line: Counter[str] = Counter()
    for name, qty in report.units:  # it may name a line for each of its units
        of_line[name] += qty
    units = [(_line(ctx, request, name)[1], qty) for name, qty in of_line.items()]
    boxes = parcels.live_parcels_of(ctx, fulfilment_order_ids=[part.id]).get(part.id, [])
    if report.tracking_number and report.tracking_number in {box.tracking_number for box in boxes}:
        return None
    at = queries.get_warehouse(ctx, warehouse_id=request.warehouse_id).location_id
    if part.state == FOState.CANCELLED or request.state == RequestState.CANCELLED or part.location_id != at:
        return _send_cancelled(ctx, request, report, units)
    for hold in order_queries.holds_of(ctx, fulfilment_order_ids=[part.id]):
        orders.release_hold(ctx, fulfilment_order_ids=[part.id], reason=HoldReason(hold.reason))
    orders.start(ctx, fulfilment_order_ids=[part.id])
    orders.set_picked(ctx, picked=[(line.id, min(line.picked + qty, line.qty)) for line, qty in units])
    parcel_id = take_over(
        ctx, box=_box(ctx, part, report, units, wish), carrier_id=_carrier(ctx, report.carrier), carried_by=report.carrier,
        service=report.service, tracking_number=report.tracking_number,
    )  # fmt: skip
    if parcel_id is None:
        return None
    ship.leave(ctx, parcels=[parcels.get_parcel(ctx, parcel_id=parcel_id)])
    _end_if_over(ctx, request)
    return {"parcel_id": parcel_id, "number": report.tracking_number}


@transaction.atomic
def give_back(ctx: Ctx, *, request: RequestRow, reason: str) -> Said | None:
    """It will not send what is left: that goes on from elsewhere, or waits.  None where the request was over.

    Locks, Emits: as `reject.reject`.  A part that is held or cancelled stays as it is.
    """
    if not requests.give_back(ctx, request_id=request.id, reason=reason):
        return None
    go_elsewhere(ctx, request=request, reason=reason)
    return {"given_back": reason}


@transaction.atomic
def go_elsewhere(ctx: Ctx, *, request: RequestRow, reason: str) -> None:
    """What a warehouse has not sent goes on without it.  Locks, Emits: as `reject.reject`."""
    orders.lock(ctx, fulfilment_order_ids=[request.fulfilment_order_id])
    part = order_queries.fulfilment_orders_by_id(ctx, ids=[request.fulfilment_order_id])[request.fulfilment_order_id]
    if part.state in (FOState.OPEN, FOState.IN_PROGRESS) and part.location_id is not None:
        left = {row.order_line_id: row.left for row in packing.left_to_pack(ctx, fulfilment_order_ids=[part.id]) if row.left}
        reject.reject(
            ctx, fulfilment_order_id=part.id, location_id=part.location_id, reason=Why.CANNOT_SHIP, note=reason, units=left
        )
        orders.close(ctx, fulfilment_order_ids=packing.wholly_gone(ctx, fulfilment_order_ids=[part.id]))


@transaction.atomic
def adjust(ctx: Ctx, *, warehouse: WarehouseRow, report: Adjusted, reference: str) -> Said:
    """Its shelf has more or fewer units: so have our books, as far as nobody was promised them; those leave with its shorts.

    Locks, Emits: as `stock.change`.  Refuses: SKUs that nobody knows, bundles, fewer where all are promised.
    """
    variant = catalog.find_variants(ctx, skus=[report.sku]).get(report.sku)
    if variant is None:
        raise Refused(NOT_FOUND, {"what": gettext_noop("variant"), "key": report.sku})
    change = _change_as_far(ctx, variant.id, warehouse.location_id, report.change, "warehouse_adjusted", reference)
    if not change and report.change:
        raise Refused(NOT_ENOUGH, {"sku": report.sku, "available": 0, "wanted": -report.change})
    told = {"sku": report.sku, "change": change, "note": report.reason}
    return told if change == report.change else told | {"promised": change - report.change}


def _change_as_far(ctx: Ctx, variant_id: int, location_id: int, units: int, reason: str, reference: str) -> int:
    """As `_change`, as far as nobody was promised what leaves.  Returns: the units that were booked."""
    try:
        with transaction.atomic():
            _change(ctx, variant_id, location_id, units, reason, reference)
    except Refused as refused:
        if refused.refusal is not NOT_ENOUGH:
            raise
        units = -min(max(0, int(str(refused.facts["available"]))), -units)
        _change(ctx, variant_id, location_id, units, reason, reference)
    return units


def _change(ctx: Ctx, variant_id: int, location_id: int, units: int, reason: str, reference: str) -> None:
    one = Change(variant_id, location_id, on_hand=units)
    stock.change(ctx, changes=[one], kind=MovementKind.ADJUSTMENT, reason=reason, reference=reference)


def _known_by(request: RequestRow, report: Sent) -> str:
    return f"{SHIPPED_THOUGH_CANCELLED}:{request.id}:{report.tracking_number}"[:100]


def _send_cancelled(ctx: Ctx, request: RequestRow, report: Sent, units: list[tuple[FOLineRow, int]]) -> Said | None:
    """Units that others were promised meanwhile leave with their shorts; until somebody counts there, the shelf is in doubt.

    None where the parcel was told of before.
    """
    subject, key = f"fulfilment_order:{request.fulfilment_order_id}", _known_by(request, report)
    if report.tracking_number and key in {task.key for task in open_tasks.tasks_about(ctx, subjects=[subject])}:
        return None  # that parcel was told before, under another id
    at = queries.get_warehouse(ctx, warehouse_id=request.warehouse_id).location_id
    for line, qty in sorted(units, key=lambda one: one[0].variant_id):
        reference = f"fulfilment_order:{line.fulfilment_order_id}"
        if _change_as_far(ctx, line.variant_id, at, -qty, SHIPPED_THOUGH_CANCELLED, reference) != -qty:
            shelves.doubt(ctx, variant_ids=[line.variant_id], location_id=at)
    requests.close(ctx, request_id=request.id)
    order = order_queries.orders_by_id(ctx, ids=[request.order_id])[request.order_id]
    facts = {
        "order": order.name, "warehouse": request.warehouse_name, "carrier": report.carrier, "number": report.tracking_number,
        "units": sum(qty for _, qty in units), "request_id": request.id,
    }  # fmt: skip
    draft = TaskDraft(
        key=key, kind=SHIPPED_THOUGH_CANCELLED, subject=subject, timeline=f"order:{request.order_id}", due_at=ctx.now,
        facts=facts,
    )  # fmt: skip
    tasks.create(ctx, tasks=[draft])
    return {"number": report.tracking_number, "cancelled": True}


def _line(ctx: Ctx, request: RequestRow, name: str) -> tuple[FORow, FOLineRow]:
    """A part and the line that the warehouse names.  Refuses: what it was not asked for."""
    part = order_queries.fulfilment_orders_by_id(ctx, ids=[request.fulfilment_order_id])[request.fulfilment_order_id]
    for line in order_queries.fulfilment_lines_of(ctx, fulfilment_order_ids=[part.id]):
        if name in request.lines and f"line-{line.id}" == name:
            return part, line
    raise Refused(NOT_FOUND, {"what": gettext_noop("order line"), "key": name[:60]})


def _box(ctx: Ctx, part: FORow, report: Sent, units: list[tuple[FOLineRow, int]], wish: str) -> Box:
    to = order_queries.destinations(ctx, order_ids=[part.order_id])[part.order_id]
    known = catalog.variants_by_id(ctx, ids=[line.variant_id for line, _ in units])
    weight_g = report.weight_g or rules.weight_of((known[line.variant_id].weight_g, qty) for line, qty in units)
    return Box(
        order_id=part.order_id, order_name=to.name, fulfilment_order_id=part.id, location_id=part.location_id or 0,
        ship_to=to.ship_to, weight_g=weight_g, wish=wish,
        contents=tuple(Packed(line.order_line_id, line.variant_id, qty) for line, qty in units),
    )  # fmt: skip


def _carrier(ctx: Ctx, said: str) -> int | None:
    """Our account with the carrier that they name, so that it can be asked where the parcel is."""
    name = said.strip().casefold()
    found = [row.id for row in parcels.list_carriers(ctx) if row.active and name in (row.name.casefold(), row.code.casefold())]
    return found[0] if found else None


def _too_much(ctx: Ctx, part: FORow, left: int, wanted: int) -> dict[str, object]:
    name = order_queries.orders_by_id(ctx, ids=[part.order_id])[part.order_id].name
    return {"order": name, "left": left, "wanted": wanted}


def _end_if_over(ctx: Ctx, request: RequestRow) -> None:
    """A request of which nothing is left to send is done."""
    part = order_queries.fulfilment_orders_by_id(ctx, ids=[request.fulfilment_order_id])[request.fulfilment_order_id]
    warehouse = queries.get_warehouse(ctx, warehouse_id=request.warehouse_id)
    gone = packing.wholly_gone(ctx, fulfilment_order_ids=[part.id])
    if gone or part.location_id != warehouse.location_id:
        orders.close(ctx, fulfilment_order_ids=gone)
        requests.close(ctx, request_id=request.id)
