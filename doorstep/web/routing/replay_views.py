"""Settings, Routing, Replay: past orders under the draft, set beside what was done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render

from doorstep.flows import replay as flow
from doorstep.flows.replay import Options
from doorstep.locations import queries as locations
from doorstep.routing import queries, replays
from doorstep.routing.ruling import parsing
from doorstep.routing.values import ReplayRow
from doorstep.web.parts.given import id_of, ids_of
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.routing import figures, words
from doorstep.web.routing.views import show

DAYS = (7, 14, 28, 90)


@dataclass(frozen=True, slots=True)
class Flipped:
    """An order that would have gone elsewhere."""

    order_id: int
    name: str
    was: str
    now: str
    was_cost: str
    now_cost: str
    more: str


@dataclass(frozen=True, slots=True)
class Weekly:
    """What one rule costs a week."""

    title: str
    cost: str
    parcels: str
    late: str
    unserved: str


@page("settings:write", methods=("GET", "HEAD", "POST"))
def new(request: StaffRequest) -> HttpResponse:
    """What shall be replayed; and starts it."""
    draft = queries.find_draft(request.ctx)
    if request.method == "POST":
        rules = parsing.parse(draft.rules if draft else queries.rules_in_force(request.ctx).rules)
        options = Options(
            id_of(request.POST.get("days", "")), tuple(ids_of(request.POST.getlist("without"))),
            tuple(ids_of(request.POST.getlist("stocked"))),
        )  # fmt: skip
        return redirect("routing:replay", flow.start(request.ctx, rules=rules, options=options))
    places = [(at.id, at.name) for at in locations.list_active(request.ctx)]
    facts = {"draft": draft, "days": DAYS, "places": places, "replays": replays.list_replays(request.ctx)}
    return show(request, "replay_new", facts)


@page("settings:read")
def replay(request: StaffRequest, id: int) -> HttpResponse:
    """One replay: how far it is, then its figures.  Refuses: unknown ids."""
    row = replays.get(request.ctx, replay_id=id)
    draft = queries.find_draft(request.ctx)
    facts: dict[str, Any] = {
        "row": row, "is_over": row.state in ("done", "failed"), "draft": draft,
        "is_draft": draft is not None and draft.rules == row.rules, **_options(request, row),
    }  # fmt: skip
    if row.state == "done":
        facts |= _result(request, row)
    if request.htmx:
        return render(request, "routing/replay_body.html", facts | {"can_write": request.may("settings:write")})
    return show(request, "replay", facts)


def _options(request: StaffRequest, row: ReplayRow) -> dict[str, Any]:
    places = {at.id: at.name for at in locations.list_locations(request.ctx)}
    named = {name: ", ".join(places.get(id, "") for id in row.options.get(name, [])) for name in ("without", "stocked")}
    return {"days": row.options.get("days"), **named}


def _result(request: StaffRequest, row: ReplayRow) -> dict[str, Any]:
    result, currency = row.result, row.result["currency"]
    places = {at.id: at.name for at in locations.list_locations(request.ctx)}
    names = words.names(parsing.parse(row.rules).rules)
    flipped = [_flipped(one, places, currency) for one in result["flipped"]]
    told = figures.plain
    weekly = [
        Weekly(names.get(one["id"], one["id"]), figures.signed(one["weekly_minor"], currency), told(one["parcels"]),
               told(one["late"]), told(one["unserved"]))
        for one in result["rules"]
    ]  # fmt: skip
    return {"result": result, "flipped": flipped, "weekly": weekly, "figures": figures.of_result(result)}


def _flipped(one: Mapping[str, Any], places: Mapping[int, str], currency: str) -> Flipped:
    return Flipped(
        one["order_id"], one["name"], _names(places, one["was"]), _names(places, one["now"]),
        words.amount(one["was_minor"], currency), words.amount(one["now_minor"], currency), figures.signed(one["more"], currency),
    )  # fmt: skip


def _names(places: Mapping[int, str], ids: list[int]) -> str:
    return " + ".join(places.get(id, "") for id in ids) or "–"
