"""Expected deliveries: the list, one delivery, and the form that announces or changes it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext

from doorstep.base import outbox
from doorstep.base.ctx import Ctx
from doorstep.base.money import Money, total
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.locations import queries as locations
from doorstep.stock import deliveries
from doorstep.stock.inbound import reads
from doorstep.stock.inbound.values import DeliveryDraft, DeliveryFilter, DeliveryLineRow, DeliveryRow
from doorstep.web.parts import cursor, listing, timeline
from doorstep.web.parts.given import id_of
from doorstep.web.parts.listing import Tab
from doorstep.web.parts.pages import StaffRequest, page, words_of
from doorstep.web.stock import delivery_listing as shelf
from doorstep.web.stock import inbound_words as words
from doorstep.web.stock import lines as forms

LIMIT = 50
FORM = ("GET", "HEAD", "POST")


@page("stock:read")
def index(request: StaffRequest) -> HttpResponse:
    """What suppliers shall bring, newest first."""
    ctx = request.ctx
    where = shelf.read(ctx, request.GET)
    after = cursor.unpack(request.GET.get("after", ""), int)
    found = reads.list_deliveries(ctx, where=where, before=after[0] if after else None, limit=LIMIT + 1)
    listed = cursor.paged(request, found, limit=LIMIT, key=lambda row: (row.id,))
    counts = reads.count_deliveries(ctx, today=where.today)
    tabs = [Tab(value, word, counts.get(value or "open")) for value, word in shelf.TABS]
    facts = {
        "page": listed, "lines": shelf.beside(ctx, listed.rows, where.today), "where": where,
        "bar": listing.bar(request, shelf.LISTING, tabs=tabs, parameter="view"),
        "places": locations.list_active(ctx), "can_write": request.may("stock:write"),
        "is_filtered": bool(where.text or where.location_id or where.variant_id or after), "counts": counts,
        "is_first": not found and not request.GET and not reads.list_deliveries(ctx, where=DeliveryFilter(), limit=1),
        "tolerance": reads.over_tolerance(ctx),
    }  # fmt: skip
    return render(request, "stock/deliveries.html", facts)


@page("stock:read")
def delivery(request: StaffRequest, id: int) -> HttpResponse:
    """One delivery: what came of it, what is missing, and what happened."""
    ctx = request.ctx
    row = reads.get_delivery(ctx, delivery_id=id)
    lines = reads.lines_of_deliveries(ctx, delivery_ids=[id])
    facts = {
        "row": row, "lines": lines, "place": locations.get(ctx, location_id=row.location_id),
        "is_late": row.is_late(words.today(ctx)), "items": timeline.told(outbox.timeline(ctx, of=[f"delivery:{id}"])),
        "receipts": [(one, words.CONDITIONS[one.condition], words.PROBLEMS.get(one.problem, ""))
                     for one in reads.receipts_of(ctx, delivery_id=id)],
        "can_write": request.may("stock:write"), "worth": _worth(lines), "has_costs": any(line.cost for line in lines),
    }  # fmt: skip
    return render(request, "stock/delivery.html", facts)


def _worth(lines: list[DeliveryLineRow]) -> Money | None:
    """What is expected costs so much; None where currencies differ or nothing is known."""
    costs = [line.cost * line.expected for line in lines if line.cost is not None]
    currencies = {cost.currency for cost in costs}
    return total(costs, costs[0].currency) if len(currencies) == 1 else None


@page("stock:write", methods=FORM)
def new(request: StaffRequest) -> HttpResponse:
    """Announces a delivery."""
    if request.method != "POST":
        return _form(request, None, rows=[], given={"location": request.GET.get("location", "")})
    rows = forms.rows_of(request.POST)
    try:
        draft = _draft(request, rows)
        id = deliveries.expect(request.ctx, draft=draft)
    except Refused as refused:
        return _form(request, None, rows=rows, given=request.POST, problem=refused)
    messages.success(request, gettext("The delivery is announced; its units are incoming."))
    return redirect("deliveries:delivery", id)


def _draft(request: StaffRequest, rows: list[forms.Row]) -> DeliveryDraft:
    post = request.POST
    supplier = forms.required(post, "supplier", 120, gettext_noop("Supplier"))
    document = forms.required(post, "document", 60, gettext_noop("Number"))
    place = locations.get(request.ctx, location_id=id_of(post.get("location", "")))
    lines = forms.read(request.ctx, rows, request.organisation.default_currency)
    return DeliveryDraft(
        supplier, document, place.id, lines, forms.day(post, "expected_on"), forms.text(post, "note", 2000),
        post.get("blind") == "on",
    )  # fmt: skip


@page("stock:write", methods=FORM)
def edit(request: StaffRequest, id: int) -> HttpResponse:
    """Changes what is expected, or when."""
    ctx, post = request.ctx, request.POST
    row = reads.get_delivery(ctx, delivery_id=id)
    if request.method != "POST":
        known = [line for line in reads.lines_of_deliveries(ctx, delivery_ids=[id]) if not line.is_extra]
        rows = [forms.Row(x.sku, str(x.expected), f"{x.cost.decimal:f}" if x.cost else "") for x in known]
        return _form(request, row, rows=rows, given=_given(row))
    rows = forms.rows_of(post)
    try:
        lines = forms.read(ctx, rows, request.organisation.default_currency)
        deliveries.change(
            ctx, delivery_id=id, expected_on=forms.day(post, "expected_on"), note=forms.text(post, "note", 2000),
            blind=post.get("blind") == "on", supplier=forms.required(post, "supplier", 120, gettext_noop("Supplier")),
            document=forms.required(post, "document", 60, gettext_noop("Number")),
        )  # fmt: skip
        deliveries.set_lines(ctx, delivery_id=id, lines=lines)
    except Refused as refused:
        return _form(request, row, rows=rows, given=post, problem=refused)
    messages.success(request, gettext("The delivery is changed."))
    return redirect("deliveries:delivery", id)


def _given(row: DeliveryRow) -> dict[str, str]:
    return {
        "supplier": row.supplier, "document": row.document, "note": row.note, "blind": "on" if row.blind else "",
        "expected_on": row.expected_on.isoformat() if row.expected_on else "",
    }  # fmt: skip


def _form(
    request: StaffRequest, row: DeliveryRow | None, *, rows: list[forms.Row], given: Any, problem: Refused | None = None
) -> HttpResponse:
    ctx: Ctx = request.ctx
    facts = {
        "row": row, "rows": [*rows, *[forms.Row()] * max(forms.BLANK - len(rows), 2)], "given": given,
        "place_words": [(place.id, place.name) for place in locations.list_active(ctx)],
        "currency": request.organisation.default_currency, "suggestions": forms.suggestions(ctx),
        "problem": " ".join(words_of(problem)) if problem else "",
    }  # fmt: skip
    return render(request, "stock/delivery_form.html", facts, status=problem.refusal.status if problem else 200)


@page("stock:write", methods=("POST",))
def put_off(request: StaffRequest, id: int) -> HttpResponse:
    """Says on which other day a delivery comes."""
    row = reads.get_delivery(request.ctx, delivery_id=id)
    on = forms.day(request.POST, "expected_on")
    if on is None:
        raise Refused(INVALID, {"field": gettext_noop("Expected on"), "problem": gettext_noop("Choose a day.")})
    deliveries.change(
        request.ctx, delivery_id=id, expected_on=on, note=row.note, blind=row.blind, supplier=row.supplier,
        document=row.document,
    )  # fmt: skip
    messages.success(request, gettext("The delivery is expected on that day now."))
    return redirect("deliveries:delivery", id)


@page("stock:write", methods=("POST",))
def close_short(request: StaffRequest, id: int) -> HttpResponse:
    """Says that nothing more will come."""
    missing = deliveries.close_short(request.ctx, delivery_id=id, reason=forms.text(request.POST, "reason", 200))
    said = ngettext("Closed: %(n)s unit did not come.", "Closed: %(n)s units did not come.", missing)
    messages.success(request, said % {"n": missing})
    return redirect("deliveries:delivery", id)


@page("stock:write", methods=("POST",))
def cancel(request: StaffRequest, id: int) -> HttpResponse:
    """Calls off a delivery of which nothing came."""
    deliveries.cancel(request.ctx, delivery_id=id, reason=forms.text(request.POST, "reason", 200))
    messages.success(request, gettext("The delivery is cancelled."))
    return redirect("deliveries:delivery", id)


@page("stock:write", methods=("POST",))
def tolerance(request: StaffRequest) -> HttpResponse:
    """Sets how much more than expected is taken without a word."""
    percent = forms.units(request.POST.get("percent", ""), least=0)
    if percent > 1000:
        raise Refused(INVALID, {"field": gettext_noop("Tolerance"), "problem": gettext_noop("This is too many.")})
    deliveries.set_tolerance(request.ctx, percent=percent)
    messages.success(request, gettext("The tolerance is saved."))
    return redirect("deliveries:index")
