"""The packing table: boxes are closed one by one, and opened again as long as they stand here."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import INVALID, NOT_FOUND, Refused
from doorstep.base.words import gettext_noop
from doorstep.catalog import queries as catalog
from doorstep.fulfilment import boxes
from doorstep.fulfilment.values import HEAVIEST_G, NOT_PICKED, BoxRow, Closing
from doorstep.orders import actions as orders
from doorstep.orders import queries
from doorstep.orders.queries import Destination
from doorstep.orders.values import ON_HOLD, WRONG_STATE, FORow
from doorstep.shipping import actions as shipping
from doorstep.shipping import packing, rules
from doorstep.shipping import queries as parcels
from doorstep.shipping.values import COMES_BACK, MAX_PARCELS, NOT_ON_THE_FLOOR, ON_THE_FLOOR, Box, LeftToPack, Packed

EVERYTHING = Closing()


@transaction.atomic
def pack(ctx: Ctx, *, fulfilment_order_id: int, closing: Closing = EVERYTHING) -> int | None:
    """Closes one parcel of a fulfilment order whose every unit was scanned.

    Without a choice it holds all that lies in no parcel yet.  Returns: the new parcel; None where nothing was left to pack,
    or where this very closing was told before.
    Locks: the fulfilment order.  Emits: ParcelPacked.  Refuses: units not picked or packed already, orders on hold or not
    being picked, boxes and weights that cannot be.
    """
    orders.lock(ctx, fulfilment_order_ids=[fulfilment_order_id])
    part, to = _require_packable(ctx, fulfilment_order_id)
    if closing.wish and packing.find_by_wish(ctx, wish=closing.wish) is not None:
        return None
    left = packing.left_to_pack(ctx, fulfilment_order_ids=[part.id])
    contents = _contents(left, closing)
    if not contents:
        return None
    box = boxes.get(ctx, box_id=closing.box_id) if closing.box_id is not None else None
    made = shipping.pack(
        ctx,
        boxes=[
            Box(
                order_id=part.order_id,
                order_name=to.name,
                fulfilment_order_id=part.id,
                location_id=part.location_id or 0,
                ship_to=to.ship_to,
                weight_g=_weight(ctx, contents, box, closing.weight_g),
                contents=contents,
                box_name=box.name if box else "",
                dims_mm=closing.dims_mm or (box.dims_mm if box else None),
                planned=min(max(closing.planned, 1), MAX_PARCELS),
                wish=closing.wish,
            )
        ],
    )
    return made[0] if made else None


def _require_packable(ctx: Ctx, id: int) -> tuple[FORow, Destination]:
    part = queries.fulfilment_orders_by_id(ctx, ids=[id]).get(id)
    to = queries.destinations(ctx, order_ids=[part.order_id]).get(part.order_id) if part else None
    if part is None or to is None or part.location_id is None or part.state in ("closed", "cancelled", "open"):
        name, state = to.name if to else id, part.state if part else "?"
        raise Refused(WRONG_STATE, {"order": name, "state": state, "what": "fulfilment order"})
    if part.state == "on_hold":
        holds = queries.holds_of(ctx, fulfilment_order_ids=[part.id])
        raise Refused(ON_HOLD, {"order": to.name, "reason": ", ".join(h.reason for h in holds)})
    missing = sum(line.qty - line.picked for line in queries.fulfilment_lines_of(ctx, fulfilment_order_ids=[part.id]))
    if missing:
        raise Refused(NOT_PICKED, {"order": to.name, "left": missing})
    return part, to


def _contents(left: Sequence[LeftToPack], closing: Closing) -> tuple[Packed, ...]:
    """What this box holds: the units that were chosen, else all that are left.  Refuses: lines that are not of this part."""
    if closing.units is None:
        return tuple(Packed(row.order_line_id, row.variant_id, row.left) for row in left if row.left > 0)
    known = {row.order_line_id: row for row in left}
    for line_id, qty in closing.units.items():
        if line_id not in known:
            raise Refused(NOT_FOUND, {"what": "order line", "key": line_id})
        if qty < 0:
            raise Refused(INVALID, {"field": "units", "problem": gettext_noop("must not be negative")})
    if not any(closing.units.values()):
        raise Refused(INVALID, {"field": "units", "problem": gettext_noop("Put at least one unit into the box.")})
    return tuple(Packed(id, known[id].variant_id, qty) for id, qty in sorted(closing.units.items()) if qty)


def _weight(ctx: Ctx, contents: Sequence[Packed], box: BoxRow | None, weighed_g: int | None) -> int:
    """What the scale said, else what the items and their box weigh."""
    if weighed_g is not None:
        if not 0 < weighed_g <= HEAVIEST_G:
            raise Refused(INVALID, {"field": "weight_g", "problem": gettext_noop("must be between 1 g and 1,000 kg")})
        return weighed_g
    known = catalog.variants_by_id(ctx, ids=[held.variant_id for held in contents])
    items = [(known[held.variant_id].weight_g, held.qty) for held in contents]
    return rules.weight_of([*items, (box.empty_g if box else 0, 1)])


@transaction.atomic
def unpack(ctx: Ctx, *, parcel_id: int) -> bool:
    """Opens a closed parcel again: its units are to be packed anew, and its label is given back.

    Returns: whether it was closed until now; saying it twice changes nothing.  Locks: the fulfilment order, the parcel.
    Emits: ParcelCancelled.  Refuses: unknown parcels, those that have left, and those that come back.
    """
    parcel = parcels.get_parcel(ctx, parcel_id=parcel_id)
    if not parcel.fulfilment_order_id:
        raise Refused(COMES_BACK, {"parcel": parcel_id})
    orders.lock(ctx, fulfilment_order_ids=[parcel.fulfilment_order_id])
    parcel = parcels.get_parcel(ctx, parcel_id=parcel_id)
    if parcel.state == "cancelled":
        return False
    if parcel.state not in ON_THE_FLOOR:
        raise Refused(NOT_ON_THE_FLOOR, {"parcel": parcel_id, "state": parcel.state, "what": "parcel"})
    return bool(shipping.cancel_parcels(ctx, parcel_ids=[parcel_id]))
