"""Parts of orders that nobody can send: read, let wait, cancelled, sent anyway."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ninja import Router

from doorstep.api.v1 import paging, translate
from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.order_shapes import OrderDetailOut
from doorstep.api.v1.orders import order_document
from doorstep.api.v1.rerouting_shapes import ParkedListOut, ParkedOut, ParkingRuleIn, ParkingRuleOut, SendFromIn, WaitIn
from doorstep.api.v1.shapes import Cursor, Id, Limit
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.flows import park, reroute
from doorstep.orders import parking, queries
from doorstep.orders.parking import ParkedRow, Rule
from doorstep.orders.values import FORow

router = Router(tags=["Routing"])


def _shown(row: ParkedRow) -> dict[str, Any]:
    return asdict(row)


def _part(ctx: Ctx, id: int) -> FORow:
    part = queries.fulfilment_orders_by_id(ctx, ids=[id]).get(id)
    if part is None:
        raise Refused(NOT_FOUND, {"what": "fulfilment order", "key": id})
    return part


@operation(router, "GET", "/parked", scope="orders:read", answers={200: ParkedListOut})
def list_parked(request: Asked, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """Fulfilment orders that no location can send, the longest first. `cancel_at` is when one is cancelled by itself."""
    rows = parking.list_parked(request.ctx, after=paging.by_moment(cursor, "parked"), limit=limit + 1)
    shown, following = paging.cut(rows, limit=limit, kind="parked", key=lambda row: (row.since, row.id))
    return {"parked": [_shown(row) for row in shown], "next": following}


@operation(
    router, "POST", "/fulfilment-orders/{fulfilment_order_id}/wait", scope="orders:write", answers={200: ParkedOut}
)  # fmt: skip
def let_wait(request: Asked, fulfilment_order_id: Id, given: WaitIn) -> dict[str, Any]:
    """Lets a parked fulfilment order wait until another moment; null: however long it takes. Its customer is warned again
    before."""
    part = _part(request.ctx, fulfilment_order_id)
    return _shown(parking.wait_until(request.ctx, fulfilment_order_id=part.id, cancel_at=given.until))


@operation(
    router, "POST", "/fulfilment-orders/{fulfilment_order_id}/cancel", scope="orders:write", answers={200: OrderDetailOut}
)  # fmt: skip
def cancel_parked(request: Asked, fulfilment_order_id: Id) -> dict[str, Any]:
    """Cancels a parked fulfilment order now; what was paid for it is given back and its customer told. Where nothing else of the
    order is left, the order is cancelled."""
    part = _part(request.ctx, fulfilment_order_id)
    park.cancel_parked(request.ctx, order_id=part.order_id, fulfilment_order_ids=[part.id])
    return order_document(request.ctx, part.order_id)


@operation(
    router, "POST", "/fulfilment-orders/{fulfilment_order_id}/send-from", scope="orders:write", answers={200: OrderDetailOut}
)  # fmt: skip
def send_from_anyway(request: Asked, fulfilment_order_id: Id, given: SendFromIn) -> dict[str, Any]:
    """Has a fulfilment order that waits for stock sent from a location, whatever was said of it before; it must have the
    units. Who waits longer for the same units is passed over."""
    part = _part(request.ctx, fulfilment_order_id)
    wrong = translate.Mistakes()
    note = wrong.text("/note", given.note, longest=500, lines=True)
    wrong.refuse()
    reroute.send_from(request.ctx, fulfilment_order_id=part.id, location_id=given.location_id, note=note)
    return order_document(request.ctx, part.order_id)


@operation(router, "GET", "/parking-rule", scope="settings:read", answers={200: ParkingRuleOut})
def get_parking_rule(request: Asked) -> dict[str, Any]:
    """How long fulfilment orders wait that no location can send."""
    return asdict(parking.rule_of(request.ctx))


@operation(router, "PUT", "/parking-rule", scope="settings:write", answers={200: ParkingRuleOut})
def set_parking_rule(request: Asked, given: ParkingRuleIn) -> dict[str, Any]:
    """Sets after how many days parked fulfilment orders are cancelled, and how many days before that their customer is warned;
    0 never. What is parked already keeps its day."""
    parking.set_rule(request.ctx, rule=Rule(given.cancel_days, given.warn_days))
    return asdict(parking.rule_of(request.ctx))
