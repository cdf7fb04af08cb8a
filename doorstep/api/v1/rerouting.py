"""Parts of orders that their place does not send, and orders that find their places anew."""

from __future__ import annotations

from typing import Any

from ninja import Router

from doorstep.accounts import queries as accounts
from doorstep.api.v1 import show, translate
from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.order_shapes import OrderDetailOut
from doorstep.api.v1.orders import order_document
from doorstep.api.v1.rerouting_shapes import ExclusionsOut, OptionsOut, RejectIn, WorthsOut
from doorstep.api.v1.shapes import BIGGEST_ID, Id
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.flows import options, reject, reroute
from doorstep.orders import queries
from doorstep.routing import exclusions, prices
from doorstep.routing.values import Why

router = Router(tags=["Routing"])


@operation(
    router, "POST", "/fulfilment-orders/{fulfilment_order_id}/reject", scope="fulfilment:write", answers={200: OrderDetailOut}
)
def reject_fulfilment_order(request: Asked, fulfilment_order_id: Id, given: RejectIn) -> dict[str, Any]:
    """A location says that it does not send a fulfilment order, or units of it, of which nothing is picked. They are routed anew
    at once without that location, which is not asked again for them; what no other location has is held
    `inventory_out_of_stock`. `out_of_stock` takes the units out of the books there, `damaged` makes them damaged stock; both ask
    for a recount. `location_id` is the location that you saw; if the part has moved since, `changed_meanwhile`."""
    part = queries.fulfilment_orders_by_id(request.ctx, ids=[fulfilment_order_id]).get(fulfilment_order_id)
    if part is None:
        raise Refused(NOT_FOUND, {"what": "fulfilment order", "key": fulfilment_order_id})
    wrong = translate.Mistakes()
    note = wrong.text("/note", given.note, longest=500, lines=True)
    wrong.refuse()
    units = translate.units_of(given.lines)
    reject.reject(
        request.ctx, fulfilment_order_id=fulfilment_order_id, location_id=given.location_id, reason=Why(given.reason), note=note,
        units=units or None,
    )  # fmt: skip
    return order_document(request.ctx, part.order_id)


@operation(router, "POST", "/orders/{order_id}/route", scope="orders:write", answers={200: OrderDetailOut})
def route_order_again(request: Asked, order_id: Id) -> dict[str, Any]:
    """Has the parts of an order that nobody has begun to pick find the best location as things are now. What a partner's warehouse
    has is called back first, where another location would be better, and moves once the partner gave it back; `at_a_warehouse`
    where it would not."""
    queries.get(request.ctx, id=order_id)
    reroute.again(request.ctx, order_id=order_id)
    return order_document(request.ctx, order_id)


@operation(router, "GET", "/orders/{order_id}/exclusions", scope="orders:read", answers={200: ExclusionsOut})
def list_exclusions(request: Asked, order_id: Id) -> dict[str, Any]:
    """Which locations are not asked again for lines of an order, why, and who said so. One for a reason of stock ends when
    somebody counts that shelf or units come there; any ends when a person sends the line there after all."""
    queries.get(request.ctx, id=order_id)
    rows = exclusions.of_orders(request.ctx, order_ids=[order_id])
    return {
        "exclusions": [
            {
                "order_line_id": row.order_line_id, "variant_id": row.variant_id, "location_id": row.location_id,
                "reason": row.reason, "note": row.note, "by": row.by, "at": row.at,
            }
            for row in rows
        ]
    }  # fmt: skip


@operation(router, "GET", "/routing/worths", scope="stock:read", answers={200: WorthsOut})
def list_worths(request: Asked, variant_id: int = 0) -> dict[str, Any]:
    """What a unit of a variant is worth to later orders at each location, beside the one where it is worth least. It is weighed
    beside the cost of parcels when orders are routed and never booked; `seen` is how many past orders it was reckoned from."""
    rows = prices.worths_of(request.ctx, variant_ids=[variant_id] if 0 < variant_id <= BIGGEST_ID else [])
    currency = accounts.organisation(request.ctx).default_currency
    return {
        "worths": [
            {
                "variant_id": row.variant_id, "location_id": row.location_id, "worth_minor": round(row.worth, 2),
                "currency": currency, "seen": row.seen, "version": row.version, "made_at": row.made_at,
            }
            for row in rows
        ]
    }  # fmt: skip


@operation(
    router, "GET", "/fulfilment-orders/{fulfilment_order_id}/options", scope="orders:read", answers={200: OptionsOut}
)  # fmt: skip
def list_options(request: Asked, fulfilment_order_id: Id) -> dict[str, Any]:
    """Where a fulfilment order could go instead: what that costs more than now, which SKUs are missing there, and what speaks
    against it. Move it with `/orders/{order_id}/splits`."""
    part = queries.fulfilment_orders_by_id(request.ctx, ids=[fulfilment_order_id]).get(fulfilment_order_id)
    if part is None:
        raise Refused(NOT_FOUND, {"what": "fulfilment order", "key": fulfilment_order_id})
    offered = options.offered(request.ctx, parts=[part])
    return {
        "options": [
            {
                "location_id": one.location_id, "name": one.name,
                "more": None if one.more_minor is None else show.money(one.more_minor, of.currency),
                "distance_km": one.distance_km, "missing": list(one.missing), "rule": one.rule, "excluded": one.is_excluded,
                "here": one.is_here,
            }
            for of in offered
            for one in of.options
        ]
    }  # fmt: skip
