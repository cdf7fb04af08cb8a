"""Transfers: the list, one transfer with the list to pick it by, and the form that plans one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext

from doorstep.base import outbox
from doorstep.base.refusals import Refused
from doorstep.locations import queries as locations
from doorstep.stock import transfers
from doorstep.stock.inbound import reads
from doorstep.stock.inbound.values import TransferDraft, TransferFilter, TransferRow, TransferState
from doorstep.stock.tracked import reads as lots
from doorstep.stock.values import Want
from doorstep.web.parts import cursor, listing, timeline
from doorstep.web.parts.given import id_of
from doorstep.web.parts.listing import Tab
from doorstep.web.parts.pages import StaffRequest, page, words_of
from doorstep.web.stock import inbound_words as words
from doorstep.web.stock import lines as forms
from doorstep.web.stock import transfer_listing as shelf

LIMIT = 50
FORM = ("GET", "HEAD", "POST")


@page("stock:read")
def index(request: StaffRequest) -> HttpResponse:
    """Units on their way between locations, newest first."""
    ctx, where = request.ctx, shelf.read(request.GET)
    after = cursor.unpack(request.GET.get("after", ""), int)
    found = reads.list_transfers(ctx, where=where, before=after[0] if after else None, limit=LIMIT + 1)
    listed = cursor.paged(request, found, limit=LIMIT, key=lambda row: (row.id,))
    counts = reads.count_transfers(ctx)
    tabs = [Tab(value, word, counts.get(value)) for value, word in shelf.TABS]
    places = locations.list_active(ctx)
    facts = {
        "page": listed, "lines": shelf.beside(ctx, listed.rows, words.today(ctx)), "where": where, "places": places,
        "bar": listing.bar(request, shelf.LISTING, tabs=tabs, parameter="view"), "can_write": request.may("stock:write"),
        "is_filtered": bool(where != TransferFilter() or after), "can_move": len(places) > 1,
    }  # fmt: skip
    return render(request, "stock/transfers.html", facts)


@page("stock:read")
def transfer(request: StaffRequest, id: int) -> HttpResponse:
    """One transfer: what is to be picked, what is on its way, what arrived."""
    ctx = request.ctx
    row = reads.get_transfer(ctx, transfer_id=id)
    lines = reads.lines_of_transfers(ctx, transfer_ids=[id])
    wants = [Want(line.id, line.variant_id, line.qty) for line in lines]
    is_draft = row.state == TransferState.DRAFT
    facts = {
        "row": row, "lines": lines, "is_draft": is_draft, "is_late": row.is_late(words.today(ctx)),
        "origin": locations.get(ctx, location_id=row.origin_id),
        "destination": locations.get(ctx, location_id=row.destination_id),
        "lots": lots.suggest(ctx, location_id=row.origin_id, wants=wants) if is_draft else {},
        "items": timeline.told(outbox.timeline(ctx, of=[f"transfer:{id}"])), "can_write": request.may("stock:write"),
        "receipts": [(one, words.CONDITIONS[one.condition], words.PROBLEMS.get(one.problem, ""))
                     for one in reads.receipts_of(ctx, transfer_id=id)],
        "can_ship": is_draft and any(line.free for line in lines),
        "is_short": is_draft and any(line.free < line.qty for line in lines),
    }  # fmt: skip
    return render(request, "stock/transfer.html", facts)


@page("stock:write", methods=FORM)
def new(request: StaffRequest) -> HttpResponse:
    """Plans a transfer."""
    if request.method != "POST":
        code = request.GET.get("code", "")[:120]
        return _form(request, None, rows=[forms.Row(code, "1")] if code else [], given=request.GET)
    rows, post = forms.rows_of(request.POST), request.POST
    try:
        places = [
            locations.get(request.ctx, location_id=id_of(post.get(name, ""))) for name in ("origin", "destination")
        ]
        plan = TransferDraft(
            places[0].id, places[1].id, forms.read(request.ctx, rows, request.organisation.default_currency),
            forms.day(post, "due_on"), forms.text(post, "note", 2000),
        )  # fmt: skip
        id = transfers.draft(request.ctx, transfer=plan)
    except Refused as refused:
        return _form(request, None, rows=rows, given=post, problem=refused)
    messages.success(request, gettext("The transfer is planned; nothing is taken until it ships."))
    return redirect("transfers:transfer", id)


@page("stock:write", methods=FORM)
def edit(request: StaffRequest, id: int) -> HttpResponse:
    """Changes when a transfer is due and, while it is a draft, what it brings."""
    ctx, post = request.ctx, request.POST
    row = reads.get_transfer(ctx, transfer_id=id)
    if request.method != "POST":
        rows = [forms.Row(x.sku, str(x.qty)) for x in reads.lines_of_transfers(ctx, transfer_ids=[id])]
        given = {"note": row.note, "due_on": row.due_on.isoformat() if row.due_on else ""}
        return _form(request, row, rows=rows, given=given)
    rows = forms.rows_of(post)
    try:
        is_draft = row.state == TransferState.DRAFT
        lines = forms.read(ctx, rows, request.organisation.default_currency) if is_draft else None
        transfers.change(
            ctx, transfer_id=id, due_on=forms.day(post, "due_on"), note=forms.text(post, "note", 2000), lines=lines
        )
    except Refused as refused:
        return _form(request, row, rows=rows, given=post, problem=refused)
    messages.success(request, gettext("The transfer is changed."))
    return redirect("transfers:transfer", id)


def _form(
    request: StaffRequest, row: TransferRow | None, *, rows: list[forms.Row], given: Any, problem: Refused | None = None
) -> HttpResponse:
    places = [(place.id, place.name) for place in locations.list_active(request.ctx)]
    facts = {
        "row": row, "rows": [*rows, *[forms.Row()] * max(forms.BLANK - len(rows), 2)], "given": given,
        "place_words": places, "other_place": places[1][0] if len(places) > 1 else None,  # nothing goes to where it is
        "suggestions": forms.suggestions(request.ctx), "has_lines": row is None or row.state == TransferState.DRAFT,
        "problem": " ".join(words_of(problem)) if problem else "",
    }  # fmt: skip
    return render(request, "stock/transfer_form.html", facts, status=problem.refusal.status if problem else 200)


@page("stock:write", methods=("POST",))
def ship(request: StaffRequest, id: int) -> HttpResponse:
    """Sends what was picked; what is left off stays where it is."""
    lines = reads.lines_of_transfers(request.ctx, transfer_ids=[id])
    units = {x.variant_id: forms.units(request.POST.get(f"qty-{x.id}", "0") or "0", least=0) for x in lines}
    gone = transfers.ship(request.ctx, transfer_id=id, units=units)
    said = ngettext("%(n)s unit is on its way.", "%(n)s units are on their way.", gone)
    messages.success(request, said % {"n": gone})
    return redirect("transfers:transfer", id)


@page("stock:write", methods=("POST",))
def close_short(request: StaffRequest, id: int) -> HttpResponse:
    """Writes off what did not arrive."""
    lost = transfers.close_short(request.ctx, transfer_id=id, reason=forms.text(request.POST, "reason", 200))
    said = ngettext("Closed: %(n)s unit was lost on the way.", "Closed: %(n)s units were lost on the way.", lost)
    messages.success(request, said % {"n": lost})
    return redirect("transfers:transfer", id)


@page("stock:write", methods=("POST",))
def cancel(request: StaffRequest, id: int) -> HttpResponse:
    """Drops a draft."""
    transfers.cancel(request.ctx, transfer_id=id)
    messages.success(request, gettext("The transfer is cancelled."))
    return redirect("transfers:transfer", id)
