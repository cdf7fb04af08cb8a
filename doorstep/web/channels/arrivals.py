"""Arrivals: everything that came in, raw, with what became of it, and a button to read it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext

from doorstep.base import arrivals
from doorstep.base.arrivals import Arrival
from doorstep.base.ctx import Ctx
from doorstep.channels import queries
from doorstep.flows.arrivals import process
from doorstep.orders import queries as orders
from doorstep.orders.values import OrderRow
from doorstep.web.channels import raw, telling
from doorstep.web.parts import cursor
from doorstep.web.parts.pages import StaffRequest, page

LIMIT = 50
MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Line:
    """An arrival as a list shows it."""

    row: Arrival
    topic: str
    connection: str
    said: telling.Said
    order: OrderRow | None


def lines_of(ctx: Ctx, rows: Sequence[Arrival]) -> list[Line]:
    """Arrivals with their connection, their reason and the order that they made or were about."""
    names = {c.id: c.name for c in queries.connections_by_id(ctx, ids=sorted({r.connection_id for r in rows})).values()}
    ids = {int(row.detail["order_id"]) for row in rows if row.detail.get("order_id")}
    here = orders.orders_by_id(ctx, ids=sorted(ids)) if ids else {}
    return [
        Line(
            row,
            telling.topic(row.topic),
            names.get(row.connection_id, ""),
            telling.said(row.outcome, row.detail),
            here.get(row.detail.get("order_id", 0)),
        )
        for row in rows
    ]


@page("channels:read")
def index(request: StaffRequest) -> HttpResponse:
    """Arrivals, newest first."""
    given = request.GET.get("outcome", "")
    outcome = given if given in telling.OUTCOMES else ""
    connections = queries.list_connections(request.ctx)
    chosen = request.GET.get("connection", "")
    connection_id = next((c.id for c in connections if str(c.id) == chosen), 0)
    after = cursor.unpack(request.GET.get("after", ""), int)
    found = arrivals.list_recent(
        request.ctx, outcome=outcome, connection_id=connection_id, before=after[0] if after else None, limit=LIMIT + 1
    )
    listed = cursor.paged(request, found, limit=LIMIT, key=lambda row: (row.id,))
    facts = {
        "page": listed,
        "lines": lines_of(request.ctx, listed.rows),
        "outcome": outcome,
        "outcomes": telling.OUTCOMES,
        "connections": connections,
        "connection_id": connection_id,
        "is_filtered": bool(outcome or connection_id or after),
        "can_write": request.may("channels:write"),
    }
    return render(request, "channels/arrivals.html", facts)


@page("channels:read")
def arrival(request: StaffRequest, id: int) -> HttpResponse:
    """One arrival as it came."""
    row = arrivals.get(request.ctx, id=id)
    (line,) = lines_of(request.ctx, [row])
    facts = {
        "line": line,
        "row": row,
        "raw": raw.show(bytes(row.body)),
        "headers": sorted(row.headers.items()),
        "can_write": request.may("channels:write"),
    }
    return render(request, "channels/arrival.html", facts)


@page("channels:write", methods=("POST",))
def replay(request: StaffRequest, id: int) -> HttpResponse:
    """Reads one arrival again; what it did before is not done twice."""
    arrivals.get(request.ctx, id=id)
    outcome = process(request.ctx, arrival_ids=[id], again=True).get(id, "")
    if outcome == "processed":
        messages.success(request, gettext("Read again, and done."))
    elif outcome == "ignored":
        messages.info(request, gettext("Read again: there was nothing left to do."))
    else:
        messages.warning(request, gettext("Read again, with the same result. See the reason below."))
    return redirect("channels:arrival", id)


@page("channels:write", methods=("POST",))
def replay_refused(request: StaffRequest) -> HttpResponse:
    """Reads the newest refused arrivals again, oldest first: after products were added, for example."""
    found = arrivals.list_recent(request.ctx, outcome="refused", limit=MOST_AT_ONCE)
    outcomes = process(request.ctx, arrival_ids=[row.id for row in found], again=True)
    done = sum(outcome in ("processed", "ignored") for outcome in outcomes.values())
    words = ngettext("%(done)s of %(all)s is settled now.", "%(done)s of %(all)s are settled now.", len(found))
    messages.success(request, words % {"done": done, "all": len(found)})
    return redirect("channels:arrivals")
