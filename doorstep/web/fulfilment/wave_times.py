"""Wave templates: the rules by which waves come by themselves, each on a page with what it would take now."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from doorstep.base.refusals import Refused
from doorstep.fulfilment import wave_queries, waves
from doorstep.fulfilment.values import Method, Takes, TemplateDraft, TemplateRow
from doorstep.locations import queries as locations
from doorstep.locations.values import LocationRow
from doorstep.web.fulfilment import wave_words
from doorstep.web.parts.given import keepable
from doorstep.web.parts.pages import StaffRequest, page, words_of


@page("settings:write", methods=("GET", "POST"))
def new(request: StaffRequest, location_id: int) -> HttpResponse:
    """A rule that releases waves by itself, for a location.  Refuses: unknown ids."""
    at = locations.get(request.ctx, location_id=location_id)
    if request.method == "POST":
        return _save(request, at, None)
    if "at_times" in request.GET:
        return _show(request, at, None, _typed(request.GET), wave_words.read_takes(request.GET))
    rules = wave_queries.rules_of(request.ctx, location_ids=[at.id])[at.id]
    form = {"method": rules.method, "weekdays": wave_words.WORKING_WEEK, **wave_words.form_of(Takes())}
    return _show(request, at, None, form, Takes())


@page("settings:write", methods=("GET", "POST"))
def edit(request: StaffRequest, id: int) -> HttpResponse:
    """One rule, to be written anew.  Refuses: unknown ids."""
    row = wave_queries.get_template(request.ctx, template_id=id)
    at = locations.get(request.ctx, location_id=row.location_id)
    if request.method == "POST":
        return _save(request, at, row)
    if "at_times" in request.GET:
        return _show(request, at, row, _typed(request.GET), wave_words.read_takes(request.GET))
    form = {
        "name": row.name, "at_times": " ".join(row.at_times), "pick_up_at": row.pick_up_at, "weekdays": row.weekdays,
        "method": row.method, **wave_words.form_of(row.takes),
    }  # fmt: skip
    return _show(request, at, row, form, row.takes)


@page("settings:write", methods=("POST",))
def remove(request: StaffRequest, id: int) -> HttpResponse:
    """Removes a rule; its waves stay."""
    name = waves.remove_template(request.ctx, template_id=id)
    messages.success(request, gettext("%(name)s is deleted. Its waves stay.") % {"name": name})
    return redirect("fulfilment:waves")


@page("settings:write", methods=("POST",))
def switch(request: StaffRequest, id: int) -> HttpResponse:
    """Switches a rule on or off."""
    waves.switch_template(request.ctx, template_id=id, active=request.POST.get("active") == "yes")
    return redirect("fulfilment:waves")


def _typed(given: QueryDict) -> dict[str, Any]:
    """What the form holds, right or wrong."""
    return {
        "name": keepable(given.get("name", ""))[:80], "at_times": keepable(given.get("at_times", ""))[:400],
        "pick_up_at": keepable(given.get("pick_up_at", "")).strip()[:5],
        "weekdays": tuple(int(day) for day in given.getlist("weekdays") if day in set("0123456")),
        "method": wave_words.method_of(given, Method.CLUSTER), **wave_words.form_of(wave_words.read_takes(given)),
        "countries": keepable(given.get("countries", ""))[:400],
    }  # fmt: skip


def _save(request: StaffRequest, at: LocationRow, row: TemplateRow | None) -> HttpResponse:
    form, takes = _typed(request.POST), wave_words.read_takes(request.POST)
    draft = TemplateDraft(
        form["name"], at.id, Method(form["method"]), takes,
        tuple(dict.fromkeys(form["at_times"].replace(",", " ").split()))[:25], form["weekdays"], form["pick_up_at"],
    )  # fmt: skip
    try:
        waves.save_template(request.ctx, draft=draft, template_id=row.id if row else None)
    except Refused as refused:
        return _show(request, at, row, form, takes, problem=" ".join(words_of(refused)))
    messages.success(request, gettext("The waves come by themselves at these times."))
    return redirect("fulfilment:waves")


def _show(
    request: StaffRequest, at: LocationRow, row: TemplateRow | None, form: dict[str, Any], takes: Takes, *, problem: str = ""
) -> HttpResponse:
    facts = {
        "at": at, "row": row, "given": form, "problem": problem, "days": wave_words.DAYS,
        "seen": waves.preview(request.ctx, location_id=at.id, method=Method(form["method"]), takes=takes),
        "open": wave_queries.count_open(request.ctx).get(at.id, 0), **wave_words.offered(request.ctx, at=at, takes=takes),
    }  # fmt: skip
    return render(request, "fulfilment/wave_template.html", facts, status=422 if problem else 200)
