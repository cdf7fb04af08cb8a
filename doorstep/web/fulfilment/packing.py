"""The packing table: one order, one key, one label."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.catalog import queries as catalog
from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment import queries
from doorstep.locations import queries as locations
from doorstep.orders import queries as orders
from doorstep.orders import recipients
from doorstep.orders.values import FORow
from doorstep.shipping import queries as shipping
from doorstep.shipping import rules
from doorstep.shipping.values import ParcelState
from doorstep.web.fulfilment import lots
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.shipments.views import label_facts


@page("fulfilment:write", methods=("POST",))
def _close(request: StaffRequest, id: int) -> HttpResponse:
    if fulfilment.pack(request.ctx, fulfilment_order_id=id) is None:
        messages.info(request, gettext("It was packed before."))
    else:
        messages.success(request, gettext("Packed. The label is being bought."))
    return redirect("fulfilment:pack", id)


def _following(ctx: Ctx, part: FORow, pick_list_id: int | None) -> dict[str, object] | None:
    """What to pack next: the oldest order of the same pick list, else the oldest of the location."""
    if part.location_id is None:
        return None
    found = queries.find_to_pack(ctx, location_id=part.location_id)
    free = [row for row in found if row["fulfilment_order_id"] != part.id and not row["on_hold"]]
    tasks = queries.tasks_of(ctx, pick_list_id=pick_list_id) if pick_list_id else []
    beside = {task.fulfilment_order_id for task in tasks}
    return min(free, key=lambda row: row["fulfilment_order_id"] not in beside, default=None)


@page("fulfilment:read")
def _look(request: StaffRequest, id: int) -> HttpResponse:
    ctx = request.ctx
    part = orders.fulfilment_orders_by_id(ctx, ids=[id]).get(id)
    if part is None:
        raise Refused(NOT_FOUND, {"what": "fulfilment order", "key": id})
    lines = orders.fulfilment_lines_of(ctx, fulfilment_order_ids=[id])
    variants = catalog.variants_by_id(ctx, ids=[line.variant_id for line in lines])
    parcel = shipping.live_parcels_of(ctx, fulfilment_order_ids=[id]).get(id)
    tasks = queries.tasks_of_orders(ctx, fulfilment_order_ids=[id])
    pick_list_id = tasks[0].pick_list_id if tasks else None
    left = sum(line.qty - line.picked for line in lines)
    order = orders.destinations(ctx, order_ids=[part.order_id])[part.order_id]
    facts: dict[str, Any] = {
        "part": part,
        "order": order,
        "to": recipients.shown(ctx, order_id=part.order_id, kept=order.ship_to),
        "recipient": recipients.rows(ctx, order_ids=[part.order_id]).get(part.order_id),
        "buyer": recipients.opened(ctx, order_id=part.order_id),
        "lines": [(line, variants[line.variant_id]) for line in lines],
        "units": sum(line.qty for line in lines),
        "left": left,
        "weight_g": rules.weight_of((variants[line.variant_id].weight_g, line.qty) for line in lines),
        "holds": orders.holds_of(ctx, fulfilment_order_ids=[id]),
        "location": locations.get(ctx, location_id=part.location_id) if part.location_id else None,
        "parcel": parcel,
        "lots": lots.of_part(ctx, location_id=part.location_id, lines=lines),
        "parcel_gone": parcel is not None and parcel.state == ParcelState.HANDED_OVER,
        "pick_list_id": pick_list_id,
        "can_pack": parcel is None and not left and part.state == "in_progress" and request.may("fulfilment:write"),
        "following": _following(ctx, part, pick_list_id),
        "can_write": request.may("fulfilment:write"),
        "wish": uuid.uuid4(),
        "back": request.path,
    }
    return render(request, "fulfilment/pack.html", facts | (label_facts(ctx, parcel) if parcel else {}))


@page("fulfilment:read", methods=("GET", "HEAD", "POST"))
def pack(request: StaffRequest, id: int) -> HttpResponse:
    """One order on the table; POST closes its parcel."""
    return _close(request, id) if request.method == "POST" else _look(request, id)
