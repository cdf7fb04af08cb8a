"""Listings: what channels offer, which product each is, what each shows, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.catalog import queries as catalog
from doorstep.catalog.values import VariantRow
from doorstep.channels import exposure_rules, history, listings, queries
from doorstep.channels.exposure import PLAIN, Rule
from doorstep.channels.values import ListingFilter, ListingRow
from doorstep.flows import expose
from doorstep.locations import queries as locations
from doorstep.web.channels import listing_rows, showing
from doorstep.web.parts import cursor
from doorstep.web.parts import listing as lists
from doorstep.web.parts.pages import StaffRequest, page, words_of

LIMIT = 50
SUGGESTED = 6


@page("channels:read")
def index(request: StaffRequest) -> HttpResponse:
    """What channels offer."""
    where = listing_rows.read(request.GET)
    after = cursor.unpack(request.GET.get("after", ""), int)
    found = listings.list_page(request.ctx, where=where, after=after[0] if after else 0, limit=LIMIT + 1)
    listed = cursor.paged(request, found, limit=LIMIT, key=lambda row: (row.id,))
    facts = {
        "page": listed,
        "lines": listing_rows.lines_of(request.ctx, listed.rows),
        "bar": lists.bar(request, listing_rows.LISTING, tabs=listing_rows.TABS, parameter="state"),
        "where": where,
        "connections": queries.list_connections(request.ctx),
        "is_filtered": bool(where.query or where.connection_id or where.state or after),
        "can_write": request.may("channels:write"),
    }
    return render(request, "channels/listings.html", facts)


def _suggestions(ctx: Ctx, row: ListingRow, query: str) -> list[VariantRow]:
    """Variants that a listing may be: what was searched for, else what is called alike."""
    texts = [query] if query else [text for text in (row.sku, row.barcode, row.title, *row.title.split()[:3]) if text]
    found: dict[int, VariantRow] = {}
    for text in texts:
        for variant in catalog.search_variants(ctx, query=text, limit=SUGGESTED):
            found.setdefault(variant.id, variant)
        if len(found) >= SUGGESTED:
            break
    return list(found.values())[:SUGGESTED]


def _next_to_map(ctx: Ctx, row: ListingRow) -> int | None:
    """Another listing that waits for somebody to say what it is; after the last it goes on with the first."""
    where = ListingFilter(state="unmapped")
    found = [*listings.list_page(ctx, where=where, after=row.id, limit=1), *listings.list_page(ctx, where=where, limit=1)]
    return next((one.id for one in found if one.id != row.id), None)


@page("channels:read")
def listing(request: StaffRequest, id: int) -> HttpResponse:
    """Why a channel shows what it shows."""
    return _show(request, id, {})


def _show(request: StaffRequest, id: int, errors: Mapping[str, str]) -> HttpResponse:
    row = listings.get(request.ctx, listing_id=id)
    (line,) = listing_rows.lines_of(request.ctx, [row])
    rules = exposure_rules.rules_of(request.ctx, connection_ids=[row.connection_id])
    own, common = rules.get((row.connection_id, row.id), Rule()), rules.get((row.connection_id, None), Rule()).over(PLAIN)
    why = expose.explain(request.ctx, rows=[row]).get(row.id)
    query = request.GET.get("q", "").strip()[:100]
    needs_link = row.variant_id is None or "q" in request.GET or "map" in request.GET
    facts: dict[str, Any] = {
        "row": row,
        "next_to_map": _next_to_map(request.ctx, row) if needs_link or row.linked_by == "person" else None,
        "line": line,
        "connection": queries.get(request.ctx, connection_id=row.connection_id),
        "why": why,
        "steps": showing.steps(why, line.exposure) if why else [],
        "told": history.list_told(request.ctx, listing_id=id),
        "own": own,
        "common": common,
        "places": locations.list_locations(request.ctx),
        "needs_link": needs_link,
        "keeps_number": row.variant_id is None and row.linked_by == "person" and row.ended_at is None,
        "query": query,
        "suggestions": _suggestions(request.ctx, row, query) if needs_link else [],
        "can_write": request.may("channels:write"),
        "errors": errors,
    }
    return render(request, "channels/listing.html", facts, status=422 if errors else 200)


@page("channels:write", methods=("POST",))
def link(request: StaffRequest, id: int) -> HttpResponse:
    """Says which product a listing is; none where it is nothing of ours."""
    given = request.POST.get("variant", "")
    if given and not (given.isdigit() and len(given) < 18):
        raise Refused(INVALID, {"field": "variant", "problem": gettext_noop("This is no product.")})
    row = expose.link(request.ctx, listing_id=id, variant_id=int(given) if given else None)
    ended = gettext("It is no product of ours from now on. The channel keeps the number that it shows: set it there.")
    messages.success(request, gettext("Mapped.") if row.variant_id else ended)
    return redirect("channels:listing", id)


@page("channels:write", methods=("POST",))
def ignore(request: StaffRequest, id: int) -> HttpResponse:
    """Takes a listing off the list of what is to be mapped, or puts it back."""
    listings.ignore(request.ctx, listing_id=id, ignored=request.POST.get("ignored") == "1")
    return redirect("channels:listing", id)


@page("channels:write", methods=("POST",))
def rule(request: StaffRequest, id: int) -> HttpResponse:
    """Decides how much of the stock a listing is shown."""
    row = listings.get(request.ctx, listing_id=id)
    try:
        expose.set_rule(request.ctx, connection_id=row.connection_id, listing_id=id, rule=rule_of(request.POST))
    except Refused as refused:
        return _show(request, id, field_errors(refused))
    messages.success(request, gettext("Saved. The channel is told in a moment."))
    return redirect("channels:listing", id)


@page("channels:write", methods=("POST",))
def read(request: StaffRequest, id: int) -> HttpResponse:
    """Reads what a shop offers, now."""
    queries.get(request.ctx, connection_id=id)
    expose.want_listings(request.ctx, connection_id=id)
    messages.success(request, gettext("What the shop offers is being read."))
    return redirect("channels:connection", id)


@page("channels:write", methods=("POST",))
def common_rule(request: StaffRequest, id: int) -> HttpResponse:
    """Decides how much of the stock a whole channel is shown."""
    try:
        expose.set_rule(request.ctx, connection_id=id, rule=rule_of(request.POST))
    except Refused as refused:
        messages.error(request, " ".join(field_errors(refused).values()))
        return redirect("channels:connection", id)
    messages.success(request, gettext("Saved. The channel is told in a moment."))
    return redirect("channels:connection", id)


def rule_of(given: QueryDict) -> Rule:
    """What a form decides; an empty field decides nothing.  Refuses: what is no whole number."""
    flags = {"1": True, "0": False}
    places = tuple(sorted({int(id) for id in given.getlist("places") if id.isdigit() and len(id) < 18}))
    return Rule(
        buffer=_whole(given, "buffer"),
        share_pct=_whole(given, "share_pct"),
        most=_whole(given, "most"),
        excluded=flags.get(given.get("excluded", "")),
        places=places or (() if given.get("everywhere") == "1" else None),
        sized_by_sales=flags.get(given.get("sized_by_sales", "")),
        apart=flags.get(given.get("apart", "")),
    )


def _whole(given: QueryDict, name: str) -> int | None:
    text = given.get(name, "").strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise Refused(INVALID, {"field": name, "problem": gettext_noop("Write a whole number, or nothing.")})
    return int(text)


def field_errors(refused: Refused) -> dict[str, str]:
    """A refusal at the field that it is about; others go on to the notices."""
    field = str(refused.facts.get("field", ""))
    if not field:
        raise refused
    problem = refused.facts.get("problem")
    return {field: gettext(str(problem)) if problem else words_of(refused)[0]}
