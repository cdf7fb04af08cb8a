"""The packing table: one order, its boxes, one key each, its labels as they come."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.flows import pack as packing
from doorstep.flows.pack import Closed, Table
from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment import gifts, queries
from doorstep.fulfilment.cartons import Carton
from doorstep.fulfilment.values import Closing
from doorstep.locations import queries as locations
from doorstep.orders import queries as orders
from doorstep.orders import recipients
from doorstep.orders.values import FORow
from doorstep.shipping import queries as shipping
from doorstep.shipping import rules
from doorstep.shipping.values import ON_THE_FLOOR
from doorstep.web.fulfilment import carton_words, lots
from doorstep.web.parts.given import id_of, is_id, wish_of
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.shipments.views import label_facts

_UNITS = re.compile(r"u-(\d{1,18})")
LONGEST_NUMBER = 7


@dataclass(frozen=True, slots=True)
class Proposed:
    """A box as the page proposes it.  Shapes: (line, variant, units, whether nobody measured it) of each article."""

    carton: Carton
    number: int
    lines: list[tuple[Any, Any, int, bool]]
    weight_g: int
    is_own: bool
    wish: uuid.UUID


@page("fulfilment:write", methods=("POST",))
def _close(request: StaffRequest, id: int) -> HttpResponse:
    made = fulfilment.pack(request.ctx, fulfilment_order_id=id, closing=_closing(request.POST))
    if made is None:
        messages.info(request, gettext("It was packed before."))
    else:
        messages.success(request, gettext("Packed. The label is being bought."))
    return redirect("fulfilment:pack", id)


def _closing(post: QueryDict) -> Closing:
    """How the packer closes a box; a form without units means all that is left."""
    units = {int(found[1]): _number(post.get(name, ""), "units") or 0 for name in post if (found := _UNITS.fullmatch(name))}
    return Closing(
        units=units or None,
        box_id=id_of(post.get("box", "")) or None,
        weight_g=_number(post.get("weight_g", ""), "weight_g"),
        planned=_number(post.get("planned", ""), "planned") or 1,
        wish=f"page:{wish_of(post)}" if post.get("wish") else "",
    )


def _number(text: str, field: str) -> int | None:
    """A whole number as typed; None where nothing was."""
    bare = text.strip().replace(",", "")
    if not bare:
        return None
    if not bare.isdecimal() or len(bare) > LONGEST_NUMBER:
        raise Refused(INVALID, {"field": field, "problem": gettext_noop("is a whole number")})
    return int(bare)


def _following(ctx: Ctx, part: FORow, pick_list_id: int | None) -> dict[str, object] | None:
    """What to pack next: the oldest order of the same pick list, else the oldest of the location."""
    if part.location_id is None:
        return None
    found = queries.find_to_pack(ctx, location_id=part.location_id)
    free = [row for row in found if row["fulfilment_order_id"] != part.id and not row["on_hold"]]
    tasks = queries.tasks_of(ctx, pick_list_id=pick_list_id) if pick_list_id else []
    beside = {task.fulfilment_order_id for task in tasks}
    return min(free, key=lambda row: row["fulfilment_order_id"] not in beside, default=None)


def _proposed(table: Table) -> list[Proposed]:
    lines = {line.order_line_id: line for line in table.lines}
    found = []
    for n, carton in enumerate(table.plan.cartons, start=len(table.closed) + 1):
        held = [
            (lines[key], table.variants[lines[key].variant_id], qty, key in carton.unsure)
            for key, qty in sorted(carton.units.items())
        ]
        is_own = carton.box is None and bool(carton.placed)
        found.append(Proposed(carton, n, held, table.weight_of(carton), is_own, uuid.uuid4()))
    return found


def _paper(ctx: Ctx, closed: Closed) -> dict[str, Any]:
    """A closed parcel with its label and its paper."""
    on_floor = closed.row.state in ON_THE_FLOOR
    return {"closed": closed, "parcel": closed.row, "on_floor": on_floor} | label_facts(ctx, closed.row)


@page("fulfilment:read")
def _look(request: StaffRequest, id: int) -> HttpResponse:
    ctx = request.ctx
    table = packing.table_of(ctx, fulfilment_order_id=id)
    part, lines = table.part, table.lines
    tasks = queries.tasks_of_orders(ctx, fulfilment_order_ids=[id])
    pick_list_id = tasks[0].pick_list_id if tasks else None
    order = orders.destinations(ctx, order_ids=[part.order_id])[part.order_id]
    can_write = request.may("fulfilment:write")
    proposed = _proposed(table)
    facts: dict[str, Any] = {
        "part": part,
        "order": order,
        "to": recipients.shown(ctx, order_id=part.order_id, kept=order.ship_to),
        "recipient": recipients.rows(ctx, order_ids=[part.order_id]).get(part.order_id),
        "buyer": recipients.opened(ctx, order_id=part.order_id),
        "table": table,
        "lines": [(line, table.variants[line.variant_id]) for line in lines],
        "units": sum(line.qty for line in lines),
        "left": table.missing,
        "weight_g": rules.weight_of((table.variants[line.variant_id].weight_g, line.qty) for line in lines),
        "holds": orders.holds_of(ctx, fulfilment_order_ids=[id]),
        "location": locations.get(ctx, location_id=part.location_id) if part.location_id else None,
        "closed": [_paper(ctx, one) for one in table.closed],
        "lots": lots.of_part(ctx, location_id=part.location_id, lines=lines),
        "parcel_gone": part.state == "closed",
        "pick_list_id": pick_list_id,
        "can_pack": table.can_pack and can_write,
        "is_packed": bool(table.closed) and not table.units_left,
        "proposed": proposed,
        "planned": len(table.closed) + len(proposed),
        "box_words": [("", gettext("No box of ours")), *((box.id, box.name) for box in table.boxes)],
        "whys": carton_words.told(
            table.plan, boxes={box.id: box.name for box in table.boxes}, skus={line.order_line_id: line.sku for line in lines}
        ),
        "codes": {line.order_line_id: [line.sku, table.variants[line.variant_id].barcode] for line in lines},
        "products": {v.sku: v.product_id for v in table.variants.values()},
        "following": _following(ctx, part, pick_list_id),
        "can_write": can_write,
        "wish": uuid.uuid4(),
        "back": request.path,
    }
    return render(request, "fulfilment/pack.html", facts)


@page("fulfilment:read", methods=("GET", "HEAD", "POST"))
def pack(request: StaffRequest, id: int) -> HttpResponse:
    """One order on the table; POST closes a box of it."""
    return _close(request, id) if request.method == "POST" else _look(request, id)


@page("fulfilment:read")
def index(request: StaffRequest) -> HttpResponse:
    """What is to be packed; a scan opens it."""
    ctx, code = request.ctx, request.GET.get("code", "").strip()
    chosen = request.GET.get("at", "")
    at = int(chosen) if is_id(chosen) else None
    if code:
        found = packing.find_by_scan(ctx, code=code, location_id=at)
        if found is not None:
            return redirect("fulfilment:pack", found)
    places = locations.list_locations(ctx)
    facts = {
        "due": queries.find_to_pack(ctx, location_id=at), "code": code, "at": at,
        "places": {row.id: row.name for row in places},
        "place_words": [("", gettext("Every location")), *((row.id, row.name) for row in places if row.active)],
    }  # fmt: skip
    return render(request, "fulfilment/packing.html", facts, status=404 if code else 200)


@page("fulfilment:write", methods=("POST",))
def unpack(request: StaffRequest, id: int) -> HttpResponse:
    """Opens a closed box again."""
    parcel = shipping.get_parcel(request.ctx, parcel_id=id)
    if fulfilment.unpack(request.ctx, parcel_id=id):
        messages.success(request, gettext("The box is open again. Its label is given back; do not use it."))
    return redirect("fulfilment:pack", parcel.fulfilment_order_id)


@page("fulfilment:write", methods=("POST",))
def gift(request: StaffRequest, id: int) -> HttpResponse:
    """Says whether the order on the table is a present, and what the giver writes."""
    part = packing.part_of(request.ctx, fulfilment_order_id=id)
    gifts.set_gift(
        request.ctx, order_id=part.order_id, is_gift="gift" in request.POST, message=request.POST.get("message", "")
    )
    messages.success(request, gettext("Noted. Slips that are printed from now on follow it."))
    return redirect("fulfilment:pack", id)
