"""Arrivals: everything that came in, raw, with what became of it, and a button to read it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from doorstep.base import arrivals
from doorstep.base.arrivals import Arrival
from doorstep.base.ctx import Ctx
from doorstep.channels import queries
from doorstep.flows.arrivals import process
from doorstep.orders import queries as orders
from doorstep.orders.values import OrderRow
from doorstep.shipping import queries as shipping
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
    connection_url: str
    said: telling.Said
    order: OrderRow | None


def lines_of(ctx: Ctx, rows: Sequence[Arrival]) -> list[Line]:
    """Arrivals with their connection, their reason and the order that they made or were about."""
    senders = _senders(ctx, rows)
    ids = {int(row.detail["order_id"]) for row in rows if row.detail.get("order_id")}
    here = orders.orders_by_id(ctx, ids=sorted(ids)) if ids else {}
    return [
        Line(
            row,
            telling.topic(row.topic),
            *senders.get((row.source, row.connection_id), ("", "")),
            telling.said(row.outcome, row.detail),
            here.get(row.detail.get("order_id", 0)),
        )
        for row in rows
    ]


def _senders(ctx: Ctx, rows: Sequence[Arrival]) -> dict[tuple[str, int], tuple[str, str]]:
    """Who sent arrivals.  Shapes: (source, id) to (name, address of its page)."""
    ids = sorted({row.connection_id for row in rows if row.source == arrivals.CHANNEL})
    found = {
        (arrivals.CHANNEL, row.id): (row.name, reverse("channels:connection", args=[row.id]))
        for row in queries.connections_by_id(ctx, ids=ids).values()
    }
    if any(row.source == arrivals.CARRIER for row in rows):
        found |= {
            (arrivals.CARRIER, row.id): (row.name, reverse("carriers:carrier", args=[row.id]))
            for row in shipping.list_carriers(ctx)
        }
    return found


def _choices(ctx: Ctx) -> list[tuple[str, str]]:
    """Senders that arrivals can be narrowed to, as the address names them: `7` is a shop, `carrier-7` a carrier."""
    shops = [(str(row.id), row.name) for row in queries.list_connections(ctx)]
    return shops + [(f"carrier-{row.id}", row.name) for row in shipping.list_carriers(ctx)]


@page("channels:read")
def index(request: StaffRequest) -> HttpResponse:
    """Arrivals, newest first."""
    given = request.GET.get("outcome", "")
    outcome = given if given in telling.OUTCOMES else ""
    choices = _choices(request.ctx)
    wanted = request.GET.get("connection", "")
    chosen = wanted if wanted in dict(choices) else ""
    kind, _dash, id = chosen.rpartition("-")
    after = cursor.unpack(request.GET.get("after", ""), int)
    found = arrivals.list_recent(
        request.ctx,
        outcome=outcome,
        source=kind or arrivals.CHANNEL,
        connection_id=int(id or 0),
        before=after[0] if after else None,
        limit=LIMIT + 1,
    )
    listed = cursor.paged(request, found, limit=LIMIT, key=lambda row: (row.id,))
    facts = {
        "page": listed,
        "lines": lines_of(request.ctx, listed.rows),
        "outcome": outcome,
        "outcomes": telling.OUTCOMES,
        "connections": choices,
        "chosen": chosen,
        "is_filtered": bool(outcome or chosen or after),
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
