"""The table where parcels come back: find the return, count what came, judge each unit. Each click counts once."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext

from doorstep.accounts.rules import require_choice
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import INVALID, NOT_FOUND, Refused
from doorstep.base.words import gettext_noop
from doorstep.catalog import queries as catalog
from doorstep.catalog.values import VariantRow
from doorstep.locations import queries as locations
from doorstep.orders import queries as orders
from doorstep.orders import sent_again
from doorstep.orders.queries import OrderFilter
from doorstep.orders.rules import plain_number
from doorstep.orders.values import OrderRow
from doorstep.returns import queries, receiving
from doorstep.returns.values import (
    ON_THE_WAY,
    Arrived,
    Came,
    Decision,
    Disposition,
    Goods,
    Grade,
    LineRow,
    ReturnFilter,
    ReturnRow,
)
from doorstep.shipping import queries as shipping
from doorstep.shipping.values import ParcelFilter
from doorstep.web.parts.given import id_of, keepable, wish_of
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.returns import words

MOST_UNITS = 100_000
SHOWN = 8


@page("returns:write")
def find(request: StaffRequest) -> HttpResponse:
    """The return that a scanned or typed code means; for an order's number all of its returns, and a way to start one."""
    ctx, code = request.ctx, request.GET.get("code", "").strip()[:60]
    row = queries.find_by_code(ctx, code=code) if code else None
    if row is not None:
        return redirect("returns:receive", row.id)
    order = _order_of(ctx, code) if code else None
    its = queries.returns_of(ctx, order_ids=[order.id]) if order else []
    able = [found for found in its if _is_awaited(found)]
    if len(able) == 1:
        return redirect("returns:receive", able[0].id)
    facts = {
        "code": code, "order": order, "its": its, "can_start": bool(order and _can_start(ctx, order.id)),
        "here": queries.list_returns(ctx, where=ReturnFilter(view="here"), limit=SHOWN),
        "coming": queries.list_returns(ctx, where=ReturnFilter(view="coming"), limit=SHOWN),
    }  # fmt: skip
    return render(request, "returns/find.html", facts, status=404 if code and order is None else 200)


def _is_awaited(row: ReturnRow) -> bool:
    awaited = (*ON_THE_WAY, Goods.PARTIALLY_RECEIVED, Goods.RECEIVED)
    return row.decision == Decision.APPROVED and row.goods in awaited and not row.keep_item


def _order_of(ctx: Ctx, code: str) -> OrderRow | None:
    """The order that a code names, or that of a parcel which went out under this number; of what was sent again, the first."""
    found = _named(ctx, code)
    first_id = sent_again.first_of(ctx, order_id=found.id) if found else 0
    return orders.orders_by_id(ctx, ids=[first_id]).get(first_id)


def _named(ctx: Ctx, code: str) -> OrderRow | None:
    number = plain_number(code)
    for row in orders.list_orders(ctx, where=OrderFilter(text=number, number=number), limit=1) if number else []:
        return row
    for parcel in shipping.list_parcels(ctx, where=ParcelFilter(text=code), limit=20):
        if parcel.tracking_number.casefold() == code.casefold():
            return orders.orders_by_id(ctx, ids=[parcel.order_id])[parcel.order_id]
    return None


def _can_start(ctx: Ctx, order_id: int) -> bool:
    return any(line.left for line in queries.returnable(ctx, order_id=order_id, takes_refunded=True))


@page("returns:write", methods=("GET", "HEAD", "POST"))
def goods(request: StaffRequest, id: int) -> HttpResponse:
    """What came of one return, and what is to become of it; POST counts what came."""
    return _count(request, id) if request.method == "POST" else _look(request, id)


def _look(request: StaffRequest, id: int) -> HttpResponse:
    ctx = request.ctx
    row = queries.get_return(ctx, return_id=id)
    lines = queries.lines_of(ctx, return_ids=[id])
    variants = catalog.variants_by_id(ctx, ids=[line.variant_id for line in lines])
    taken = [line for line in lines if line.decision == Decision.APPROVED]
    at = locations.get(ctx, location_id=row.location_id) if row.location_id else None
    is_open = _is_awaited(row) and not row.historical
    facts: dict[str, Any] = {
        "row": row, "place": at, "wish": uuid.uuid4(), "is_open": is_open,
        "awaited": [_item(line, variants) for line in taken if line.received < line.qty] if row.goods != Goods.RECEIVED else [],
        "to_judge": [_item(line, variants) for line in taken if line.inspected < line.received] if is_open else [],
        "left_aside": [_item(line, variants) for line in lines if line.decision != Decision.APPROVED],
        "is_part": row.goods == Goods.PARTIALLY_RECEIVED,
        "is_done": row.goods in (Goods.INSPECTED, Goods.PROCESSED, Goods.CLOSED),
        "dispositions": effects(at.name if at else ""), "came": [(w, words.CAME[w]) for w in (Came.WRONG_ITEM, Came.EXTRA_ITEM)],
        "grades": [(grade.value, words.GRADES[grade]) for grade in Grade], "says": words.receiving(),
    }  # fmt: skip
    return render(request, "returns/receive.html", facts)


def _item(line: LineRow, variants: dict[int, VariantRow]) -> dict[str, Any]:
    variant = variants[line.variant_id]
    return {
        "row": line, "variant": variant, "awaited": line.qty - line.received, "here": line.received - line.inspected,
        "codes": [code for code in (variant.barcode, variant.sku) if code], "reason": words.reason(line.reason),
        "field": f"qty-{line.id}", "named": f"line-{line.id}",
    }  # fmt: skip


def effects(place: str) -> list[tuple[str, Any, str]]:
    """Each disposition with its word and what it does to the stock of a place."""
    return [(d.value, word, words.effect(d, place)) for d, word in words.DISPOSITIONS.items()]


def _count(request: StaffRequest, id: int) -> HttpResponse:
    row = queries.get_return(request.ctx, return_id=id)
    found = _found(request.ctx, id, request.POST)
    if not found:
        raise Refused(INVALID, {"field": "qty", "problem": gettext_noop("Count at least one unit.")})
    key = f"receive:{id}:{wish_of(request.POST)}"
    receiving.receive(request.ctx, return_id=id, arrived=found, key=key)
    units = sum(one.qty for one in found)
    messages.success(request, gettext("%(number)s: %(units)s received.") % {"number": row.name, "units": units})
    return redirect("returns:receive", id)


def _units(text: str) -> int:
    return min(id_of(text.strip()), MOST_UNITS)


def _found(ctx: Ctx, id: int, post: QueryDict) -> list[Arrived]:
    """What a form says that came: units of lines, and perhaps one thing that nobody announced."""
    counted = [(line.id, _units(post.get(f"qty-{line.id}", ""))) for line in queries.lines_of(ctx, return_ids=[id])]
    found = [Arrived(qty, line_id) for line_id, qty in counted if qty]
    note = keepable(post.get("other-note", "")).strip()[:500]
    code = keepable(post.get("other-code", "")).strip()[:120]
    if not (note or code):
        return found
    came = post.get("other-came", "")
    require_choice("other-came", came, (Came.WRONG_ITEM.value, Came.EXTRA_ITEM.value))
    variant = catalog.find_by_code(ctx, code=code) if code else None
    if code and variant is None:
        raise Refused(NOT_FOUND, {"what": "variant", "key": code})
    other = Arrived(_units(post.get("other-qty", "")) or 1, None, variant.id if variant else None, came, note)
    return [*found, other]


@page("returns:write", methods=("POST",))
def judge(request: StaffRequest, id: int) -> HttpResponse:
    """Judges units of a line that are here; the stock moves with it."""
    post = request.POST
    line = queries.get_line(request.ctx, line_id=id_of(post.get("line", "")))
    if line.return_id != id:
        raise Refused(NOT_FOUND, {"what": "return", "key": line.id})
    grade, disposition = post.get("grade", ""), post.get("disposition", "")
    require_choice("grade", grade, [g.value for g in Grade])
    require_choice("disposition", disposition, [d.value for d in Disposition])
    receiving.inspect(
        request.ctx, line_id=line.id, qty=_units(post.get("qty", "")), grade=grade, disposition=disposition,
        key=f"inspect:{line.id}:{wish_of(post)}", note=keepable(post.get("note", "")).strip()[:2000],
    )  # fmt: skip
    word = words.DISPOSITIONS[Disposition(disposition)]
    messages.success(request, gettext("%(sku)s: %(word)s.") % {"sku": line.sku, "word": word})
    return redirect("returns:receive", id)


@page("returns:write", methods=("POST",))
def close_short(request: StaffRequest, id: int) -> HttpResponse:
    """Says that nothing more will come of a return."""
    receiving.close_short(request.ctx, return_id=id)
    messages.success(request, gettext("Nothing more is awaited of this return."))
    return redirect(reverse("returns:receive", args=[id]))
