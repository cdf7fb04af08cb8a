"""Arrivals: everything that came in, raw, with what became of it, and a button to read it again."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from doorstep.base import arrivals
from doorstep.flows.arrivals import read_again
from doorstep.flows.bulk.arrivals import FROM_A_FILE
from doorstep.web.channels import listing, raw, telling
from doorstep.web.parts import cursor
from doorstep.web.parts import listing as lists
from doorstep.web.parts.pages import StaffRequest, page

LIMIT = 50


@page("channels:read")
def index(request: StaffRequest) -> HttpResponse:
    """Arrivals, newest first."""
    where = listing.read(request.GET)
    after = cursor.unpack(request.GET.get("after", ""), int)
    found = listing.finder(request.ctx, where)(after[0] if after else None, LIMIT + 1)
    listed = cursor.paged(request, found, limit=LIMIT, key=lambda row: (row.id,))
    bar = lists.bar(request, listing.LISTING, tabs=listing.TABS, parameter="source")
    facts = {
        "page": listed,
        "lines": listing.lines_of(request.ctx, listed.rows),
        "bar": bar if where.may_be_read_again else replace(bar, doings=()),
        "where": where,
        "searched": arrivals.SEARCHED if where.text else 0,
        "outcomes": telling.OUTCOMES,
        "connections": listing.senders(request.ctx),
        "is_filtered": bool(where != listing.Filter() or after),
    }
    return render(request, "channels/arrivals.html", facts)


@page("channels:read")
def arrival(request: StaffRequest, id: int) -> HttpResponse:
    """One arrival as it came."""
    row = arrivals.get(request.ctx, id=id)
    (line,) = listing.lines_of(request.ctx, [row])
    facts = {
        "line": line,
        "row": row,
        "raw": raw.show(bytes(row.body)),
        "headers": sorted(row.headers.items()),
        "may_read_again": row.source != arrivals.FILE and row.forgotten_at is None and request.may("channels:write"),
    }
    return render(request, "channels/arrival.html", facts)


@page("channels:write", methods=("POST",))
def replay(request: StaffRequest, id: int) -> HttpResponse:
    """Reads one arrival again; what it did before is not done twice."""
    outcome = read_again(request.ctx, arrival_id=id)
    if outcome == "processed":
        messages.success(request, gettext("Read again, and done."))
    elif outcome == "ignored":
        messages.info(request, gettext("Read again: there was nothing left to do."))
    elif outcome == "stays":
        messages.warning(request, gettext("It could not be taken this time. What it did before stays."))
    elif not outcome:
        messages.warning(request, f"{gettext(FROM_A_FILE.says)} {gettext(FROM_A_FILE.next_step)}")
    else:
        messages.warning(request, gettext("Read again, with the same result. See the reason below."))
    return redirect("channels:arrival", id)
