"""The packing table: what goes into which box, boxes closed one by one and opened again, gifts."""

from __future__ import annotations

from typing import Any

from ninja import Router, Status

from doorstep.accounts import queries as accounts
from doorstep.api.v1 import show, translate
from doorstep.api.v1.door import Asked
from doorstep.api.v1.floor_shapes import ParcelDetailOut
from doorstep.api.v1.operations import operation
from doorstep.api.v1.packing_shapes import BoxesOut, BoxIn, BoxOut, BoxPutIn, CloseIn, GiftIn, GiftOut, PackingOut
from doorstep.api.v1.parcels import detail
from doorstep.api.v1.products import sides_of
from doorstep.api.v1.shapes import Id
from doorstep.api.v1.translate import Mistakes
from doorstep.api.v1.wishes import wish_of
from doorstep.base.ctx import Ctx
from doorstep.flows import pack
from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment import boxes, gifts
from doorstep.fulfilment.cartons import Carton
from doorstep.fulfilment.values import BoxDraft, BoxRow, Closing
from doorstep.locations import queries as locations
from doorstep.orders import queries as orders
from doorstep.shipping import packing, queries

router = Router(tags=["Packing"])


@operation(router, "GET", "/fulfilment-orders/{fulfilment_order_id}/packing", scope="fulfilment:read", answers={200: PackingOut})
def get_packing(request: Asked, fulfilment_order_id: Id) -> dict[str, Any]:
    """What is left to pack, which boxes are proposed for it with a place for every unit, why others are not, and what customs
    would ask."""
    ctx = request.ctx
    table = pack.table_of(ctx, fulfilment_order_id=fulfilment_order_id)
    return {
        "fulfilment_order_id": table.part.id, "state": table.part.state, "missing": table.missing, "can_pack": table.can_pack,
        "lines": [
            {"order_line_id": row.order_line_id, "variant_id": row.variant_id, "qty": row.qty, "left": row.left}
            for row in table.left
        ],
        "parcels": [detail(ctx, one.row.id) for one in table.closed],
        "proposed": [_carton(table, one) for one in table.plan.cartons],
        "why_not": [
            {
                "box_id": why.box_id, "order_line_id": why.key, "why": why.why.value, "side": why.side, "has": why.has,
                "most": why.most,
            }
            for why in (*table.plan.together, *table.plan.whys)
        ],
        "undeclared": [
            {"sku": one.sku, "hs_code": one.hs_code, "origin": one.origin, "weight": one.weight} for one in table.undeclared
        ],
        "gift": table.gift is not None, "gift_message": table.gift.message if table.gift else "",
    }  # fmt: skip


def _carton(table: pack.Table, carton: Carton) -> dict[str, Any]:
    return {
        "box_id": carton.box.id if carton.box else None, "weight_g": table.weight_of(carton), "dims": show.dims(carton.dims_mm),
        "placed": [{"order_line_id": one.key, "at": list(one.at), "dims": list(one.dims)} for one in carton.placed],
        "unmeasured": list(carton.unsure),
    }  # fmt: skip


@operation(
    router, "POST", "/fulfilment-orders/{fulfilment_order_id}/parcels", scope="fulfilment:write",
    answers={201: ParcelDetailOut, 200: ParcelDetailOut},
)  # fmt: skip
def close_box(request: Asked, fulfilment_order_id: Id, given: CloseIn) -> Status[dict[str, Any]]:
    """Closes one box of a fulfilment order whose every unit is picked; its label is bought at once. Boxes together never hold more
    than was ordered. Where nothing was left, and for a request told twice with one `Idempotency-Key`, the answer is 200."""
    ctx, wish = request.ctx, wish_of(request)
    pack.part_of(ctx, fulfilment_order_id=fulfilment_order_id)
    closing = Closing(
        units=None if given.units is None else translate.units_of(given.units), box_id=given.box_id, weight_g=given.weight_g,
        dims_mm=sides_of(given.dims), planned=given.planned, wish=wish[:60],
    )  # fmt: skip
    made = fulfilment.pack(ctx, fulfilment_order_id=fulfilment_order_id, closing=closing)
    if made is not None:
        return Status(201, detail(ctx, made))
    known = packing.find_by_wish(ctx, wish=wish[:60])
    last = queries.live_parcels_of(ctx, fulfilment_order_ids=[fulfilment_order_id]).get(fulfilment_order_id, [])
    return Status(200, detail(ctx, known or last[-1].id))


@operation(router, "POST", "/shipments/{parcel_id}/unpack", scope="fulfilment:write", answers={200: ParcelDetailOut})
def open_box(request: Asked, parcel_id: Id) -> dict[str, Any]:
    """Opens a closed box that has not left: its units are to be packed again, and its label is given back. Saying it twice changes
    nothing."""
    fulfilment.unpack(request.ctx, parcel_id=parcel_id)
    return detail(request.ctx, parcel_id)


@operation(router, "PUT", "/orders/{order_id}/gift", scope="orders:write", answers={200: GiftOut})
def set_gift(request: Asked, order_id: Id, given: GiftIn) -> dict[str, Any]:
    """Says whether an order is a gift: its slips show no prices, and what the giver writes."""
    ctx, wrong = request.ctx, Mistakes()
    message = wrong.text("/message", given.message, longest=500, lines=True)
    wrong.refuse()
    orders.get(ctx, id=order_id)
    gifts.set_gift(ctx, order_id=order_id, is_gift=given.gift, message=message)
    found = gifts.gifts_of(ctx, order_ids=[order_id]).get(order_id)
    return {"order_id": order_id, "gift": found is not None, "message": found.message if found else ""}


@operation(router, "GET", "/boxes", scope="fulfilment:read", answers={200: BoxesOut})
def list_boxes(request: Asked) -> dict[str, Any]:
    """The brand's boxes, those in use first, then the smallest."""
    return {"boxes": [_box(row) for row in boxes.list_boxes(request.ctx)]}


@operation(router, "POST", "/boxes", scope="settings:write", answers={201: BoxOut})
def add_box(request: Asked, given: BoxIn) -> Status[dict[str, Any]]:
    """Adds a box; the packing table proposes it from now on."""
    draft, currency = _draft(request.ctx, given)
    made = boxes.add(request.ctx, box=draft, currency=currency)
    return Status(201, _box(boxes.find(request.ctx, box_id=made)))


@operation(router, "PUT", "/boxes/{box_id}", scope="settings:write", answers={200: BoxOut})
def set_box(request: Asked, box_id: Id, given: BoxPutIn) -> dict[str, Any]:
    """Writes a box anew, and says whether it is in use; parcels keep what theirs was."""
    boxes.find(request.ctx, box_id=box_id)
    draft, currency = _draft(request.ctx, given)
    boxes.edit(request.ctx, box_id=box_id, box=draft, currency=currency)
    boxes.set_active(request.ctx, box_id=box_id, active=given.active)
    return _box(boxes.find(request.ctx, box_id=box_id))


def _draft(ctx: Ctx, given: BoxIn) -> tuple[BoxDraft, str]:
    wrong = Mistakes()
    name = wrong.text("/name", given.name, longest=80, required=True)
    currency = accounts.organisation(ctx).default_currency
    cost = 0
    if given.cost is not None:
        currency = wrong.currency("/cost/currency", given.cost.currency)
        cost = wrong.money("/cost", given.cost if currency == given.cost.currency else None, currency).minor
    wrong.refuse()
    if given.location_id is not None:
        locations.get(ctx, location_id=given.location_id)
    draft = BoxDraft(
        name, given.length_mm, given.width_mm, given.height_mm, given.empty_g, given.most_g, cost, given.flat, given.location_id
    )
    return draft, currency


def _box(row: BoxRow) -> dict[str, Any]:
    return {
        "id": row.id, "name": row.name, "length_mm": row.length_mm, "width_mm": row.width_mm, "height_mm": row.height_mm,
        "empty_g": row.empty_g, "most_g": row.most_g, "cost": show.money(row.cost_minor, row.currency), "flat": row.flat,
        "location_id": row.location_id, "active": row.active,
    }  # fmt: skip
