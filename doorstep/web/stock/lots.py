"""Lots and serial numbers: the list, one lot with the orders that got it, and how a variant is tracked."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from doorstep.base import outbox
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import INVALID, NOT_FOUND, Refused
from doorstep.base.words import gettext_noop
from doorstep.catalog import queries as catalog
from doorstep.locations import queries as locations
from doorstep.orders import queries as orders
from doorstep.stock import lots
from doorstep.stock.tracked import reads
from doorstep.stock.tracked.values import Labelled
from doorstep.stock.values import NOT_ENOUGH
from doorstep.web.parts import cursor, listing, timeline
from doorstep.web.parts.given import id_of, keepable
from doorstep.web.parts.listing import Tab
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.stock import inbound_words as words
from doorstep.web.stock import lines as forms
from doorstep.web.stock import lot_listing as shelf
from doorstep.web.stock.words import REASONS

LIMIT = 50


@page("stock:read")
def index(request: StaffRequest) -> HttpResponse:
    """What lies here by lot, the first to expire first."""
    ctx = request.ctx
    where = shelf.read(ctx, request.GET)
    token = cursor.unpack(request.GET.get("after", ""), int, int)
    after = (_day(token[0]), token[1]) if token else None
    found = reads.list_lots(ctx, where=where, after=after, limit=LIMIT + 1)
    listed = cursor.paged(
        request, found, limit=LIMIT, key=lambda row: ((row.expires_on or reads.NEVER).toordinal(), row.id)
    )
    counts = reads.count_expiring(ctx, today=where.today)
    tabs = [Tab(value, word, counts.get(value)) for value, word in shelf.TABS]
    facts = {
        "page": listed, "lines": shelf.beside(ctx, listed.rows, where.today), "where": where,
        "bar": listing.bar(request, shelf.LISTING, tabs=tabs, parameter="view"), "places": locations.list_active(ctx),
        "is_filtered": bool(where.view or where.text or where.location_id or where.variant_id or after),
    }  # fmt: skip
    return render(request, "stock/lots.html", facts)


def _day(ordinal: int) -> date:
    """The day of a page's token; the first of all where it is none."""
    return date.fromordinal(ordinal) if 1 <= ordinal <= date.max.toordinal() else date.min


@page("stock:read")
def lot(request: StaffRequest, id: int) -> HttpResponse:
    """One lot: where it lies, which orders got it, and its ledger."""
    ctx = request.ctx
    row = reads.get_lot(ctx, lot_id=id)
    on = words.today(ctx)
    [line] = shelf.beside(ctx, [row], on)
    names = {place.id: place.name for place in locations.list_locations(ctx)}
    levels = reads.levels_of_lots(ctx, lot_ids=[id])
    went = reads.went_to(ctx, lot_id=id)
    owners = orders.orders_of_lines(ctx, line_ids=[one.order_line_id for one in went])
    facts = {
        "row": row, "line": line, "kind": shelf.KINDS[row.kind], "levels": [(at, names[at.location_id]) for at in levels],
        "place_words": [(at.location_id, names[at.location_id]) for at in levels], "can_write": request.may("stock:write"),
        "went": [(one, owners[one.order_line_id]) for one in went if one.order_line_id in owners],
        "moves": [(move, names.get(move.location_id, "")) for move in reads.movements_of_lot(ctx, lot_id=id)],
        "serials": reads.serials_of(ctx, lot_id=id), "parent": reads.get_lot(ctx, lot_id=row.parent_id) if row.parent_id else None,
        "doings": [("write_off", gettext("Write off")), ("quality_control", gettext("Move to quality control"))],
        "expires_on": row.expires_on.isoformat() if row.expires_on else "", "reasons": REASONS,
        "items": timeline.told(outbox.timeline(ctx, of=[f"lot:{id}"])),
    }  # fmt: skip
    return render(request, "stock/lot.html", facts)


def _named(ctx: Ctx, refused: Refused, variant_id: int) -> Refused:
    """The same refusal with the SKU that people know."""
    if refused.refusal is not NOT_ENOUGH:
        return refused
    found = catalog.variants_by_id(ctx, ids=[variant_id])
    return Refused(refused.refusal, {**refused.facts, "sku": found[variant_id].sku})


@page("stock:write", methods=("POST",))
def move(request: StaffRequest, id: int) -> HttpResponse:
    """Writes units of a lot off, or moves them to quality control."""
    ctx, post = request.ctx, request.POST
    row = reads.get_lot(ctx, lot_id=id)
    place = locations.get(ctx, location_id=id_of(post.get("location", "")))
    verb, said = (
        (lots.set_aside, gettext("The units are in quality control."))
        if post.get("doing") == "quality_control"
        else (lots.write_off, gettext("The units are written off."))
    )
    try:
        verb(
            ctx,
            lot_id=id,
            location_id=place.id,
            qty=forms.units(post.get("qty", "")),
            reason=forms.text(post, "reason", 60),
        )
    except Refused as refused:
        raise _named(ctx, refused, row.variant_id) from None
    messages.success(request, said)
    return redirect("lots:lot", id)


@page("stock:write", methods=("POST",))
def correct(request: StaffRequest, id: int) -> HttpResponse:
    """Puts the expiry date right."""
    lots.correct(request.ctx, lot_id=id, expires_on=forms.day(request.POST, "expires_on"))
    messages.success(request, gettext("The date is corrected."))
    return redirect("lots:lot", id)


@page("stock:write", methods=("POST",))
def track(request: StaffRequest, variant_id: int) -> HttpResponse:
    """Says whether lots and serial numbers of a variant are kept."""
    _require_variant(request.ctx, variant_id)
    lots.set_tracking(
        request.ctx, variant_id=variant_id, by_lot="by_lot" in request.POST, by_serial="by_serial" in request.POST,
        warn_days=min(forms.units(request.POST.get("warn_days", "30"), least=0), 3650),
    )  # fmt: skip
    messages.success(request, gettext("The tracking is saved."))
    return redirect("stock:variant", variant_id)


def _require_variant(ctx: Ctx, variant_id: int) -> None:
    if variant_id not in catalog.variants_by_id(ctx, ids=[variant_id]):
        raise Refused(NOT_FOUND, {"what": "variant", "key": variant_id})


@page("stock:write", methods=("POST",))
def assign(request: StaffRequest, variant_id: int) -> HttpResponse:
    """Says of units without a lot or serial number which they are."""
    ctx, post = request.ctx, request.POST
    _require_variant(ctx, variant_id)
    place = locations.get(ctx, location_id=id_of(post.get("location", "")))
    serials = tuple(dict.fromkeys(keepable(post.get("serials", "")).split()))
    code = forms.text(post, "lot", 60)
    if not (code or serials):
        raise Refused(INVALID, {"field": gettext_noop("Lot"), "problem": gettext_noop("Write something here.")})
    qty = forms.units(post.get("qty", "") or str(len(serials)))
    unit = Labelled(variant_id, place.id, qty, code, forms.day(post, "expires_on"), serials)
    lots.assign(ctx, unit=unit)
    messages.success(request, gettext("The units have their lot now."))
    return redirect("stock:variant", variant_id)
