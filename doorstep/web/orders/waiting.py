"""Orders that wait for stock: their turn, their promise, and what of them can leave before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from doorstep.base.ctx import Ctx
from doorstep.flows import promises, split_waiting
from doorstep.flows import waiting as flow
from doorstep.orders import queries
from doorstep.orders.priorities import PRIORITIES
from doorstep.orders.values import FOLineRow, OrderDetail
from doorstep.routing import queries as routing
from doorstep.web.orders.why import OUT_OF_STOCK
from doorstep.web.parts.given import id_of
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.parts.templatetags.parts import day as in_words


@dataclass(frozen=True, slots=True)
class Parted:
    """A part that waits, of which something could leave now.  Shapes: each line with the units that are here."""

    id: int
    lines: list[tuple[FOLineRow, int]]


def parted(ctx: Ctx, detail: OrderDetail) -> list[Parted]:
    """Parts that wait while some of their units are here."""
    found = []
    lacks = routing.lacking(ctx, order_ids=[detail.order.id])
    for hold in detail.holds:
        lines = [x for x in detail.fulfilment_lines if x.fulfilment_order_id == hold.fulfilment_order_id]
        if hold.reason != OUT_OF_STOCK or sum(line.qty for line in lines) < 2:
            continue
        here = split_waiting.here_now(ctx, lines=lines)
        left = {one.variant_id: one.available for one in lacks if one.fulfilment_order_id == hold.fulfilment_order_id}
        for line in lines:  # not what lies only where it may not come from
            if line.variant_id in left:
                here[line.order_line_id] = min(here.get(line.order_line_id, 0), left[line.variant_id])
                left[line.variant_id] -= here[line.order_line_id]
        if 0 < sum(here.values()) < sum(line.qty for line in lines):
            found.append(Parted(hold.fulfilment_order_id, [(line, here.get(line.order_line_id, 0)) for line in lines]))
    return found


def facts_of(ctx: Ctx, detail: OrderDetail) -> dict[str, Any]:
    """What the page of an order says of its waiting."""
    return {"parted": parted(ctx, detail) if detail.holds else [], "is_high": detail.order.priority == PRIORITIES["high"]}


@page("orders:write", methods=("POST",))
def prioritise(request: StaffRequest, id: int) -> HttpResponse:
    """Sets whose turn it is first when units come."""
    wanted = PRIORITIES.get(request.POST.get("priority", ""), -1)
    flow.prioritise(request.ctx, order_id=id, version=id_of(request.POST.get("version", "")), priority=wanted)
    word = gettext("It is its turn first now.") if wanted else gettext("It waits in the usual turn now.")
    messages.success(request, word)
    return redirect("orders:order", id)


@page("orders:write", methods=("POST",))
def promise_again(request: StaffRequest, id: int) -> HttpResponse:
    """Promises the day that is expected now and tells the customer."""
    queries.get(request.ctx, id=id)
    day = promises.promise_again(request.ctx, order_id=id)
    messages.success(request, gettext("%(day)s is promised, and the customer is told.") % {"day": in_words(day)})
    return redirect("orders:order", id)


@page("orders:write", methods=("POST",))
def part_off(request: StaffRequest, id: int) -> HttpResponse:
    """Lets what is here leave, while the rest keeps waiting."""
    detail = queries.get(request.ctx, id=id)
    split_waiting.split(
        request.ctx, order_id=id, version=id_of(request.POST.get("version", "")),
        fulfilment_order_id=id_of(request.POST.get("part", "")),
        units={line.id: id_of(request.POST.get(f"qty-{line.id}", "")) for line in detail.lines},
    )  # fmt: skip
    messages.success(request, gettext("It leaves as a part of its own; the rest keeps its turn."))
    return redirect("orders:order", id)
