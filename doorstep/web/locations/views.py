"""Settings, Locations: where stock lies, whom it serves, and its bins."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from doorstep.base import outbox
from doorstep.base.refusals import Refused
from doorstep.base.zones import timezones
from doorstep.locations import actions as locations
from doorstep.locations import queries, rules
from doorstep.locations.values import BinDraft, LocationDraft, LocationRow
from doorstep.web.customers.views import country_words
from doorstep.web.locations import dispatch
from doorstep.web.parts import timeline
from doorstep.web.parts.pages import StaffRequest, page, words_of
from doorstep.web.settings import sections

KIND_WORDS = [("warehouse", _("Warehouse")), ("shop", _("Shop"))]
EDIT = ("GET", "HEAD", "POST")


@page("settings:read")
def index(request: StaffRequest) -> HttpResponse:
    """Every location."""
    bins = queries.count_bins(request.ctx)
    found = [(row, bins.get(row.id, 0)) for row in queries.list_locations(request.ctx)]
    return _show(request, "index", {"locations": found})


@page("settings:write", methods=EDIT)
def new(request: StaffRequest) -> HttpResponse:
    """A new location."""
    if request.method != "POST":
        return _form(request, LocationDraft("", "", "", timezone=request.organisation.timezone))
    draft = _draft(request.POST)
    try:
        id = locations.create(request.ctx, location=draft)
    except Refused as refused:
        return _form(request, draft, problem=" ".join(words_of(refused)))
    messages.success(request, gettext("The location is added. Now add its bins."))
    return redirect("locations:location", id)


@page("settings:read")
def _read(request: StaffRequest, id: int) -> HttpResponse:
    row = queries.get(request.ctx, location_id=id)
    draft = LocationDraft(
        row.code, row.name, row.country, row.kind, row.company, tuple(row.lines), row.postal_code, row.city, row.region,
        row.phone, row.latitude, row.longitude, row.timezone, tuple(row.serves), row.fulfils_online,
    )  # fmt: skip
    return _form(request, draft, row=row)


@page("settings:write", methods=("POST",))
def _save(request: StaffRequest, id: int) -> HttpResponse:
    draft = _draft(request.POST)
    try:
        locations.edit(request.ctx, location_id=id, location=draft)
    except Refused as refused:
        row = queries.get(request.ctx, location_id=id)
        return _form(request, draft, row=row, problem=" ".join(words_of(refused)))
    messages.success(request, gettext("The location is saved."))
    return redirect("locations:location", id)


@page("settings:read", methods=EDIT)
def location(request: StaffRequest, id: int) -> HttpResponse:
    """One location: address, reach, bins."""
    return _save(request, id) if request.method == "POST" else _read(request, id)


@page("settings:write", methods=("POST",))
def add_bins(request: StaffRequest, id: int) -> HttpResponse:
    """Adds bins as typed: one by one or as a range."""
    codes = rules.expand_bins(request.POST.get("bins", ""))
    added = locations.add_bins(request.ctx, location_id=id, bins=[BinDraft(code) for code in codes])
    messages.success(request, ngettext("%(n)s bin is new.", "%(n)s bins are new.", added) % {"n": added})
    return redirect("locations:location", id)


@page("settings:write", methods=("POST",))
def remove_bin(request: StaffRequest, id: int, bin_id: int) -> HttpResponse:
    """Takes one bin off the map."""
    locations.remove_bin(request.ctx, bin_id=bin_id)
    return redirect("locations:location", id)


@page("settings:write", methods=("POST",))
def deactivate(request: StaffRequest, id: int) -> HttpResponse:
    """Takes a location out of use."""
    locations.deactivate(request.ctx, location_id=id)
    messages.success(request, gettext("Nothing is routed there any more."))
    return redirect("locations:location", id)


@page("settings:write", methods=("POST",))
def reopen(request: StaffRequest, id: int) -> HttpResponse:
    """Takes a location into use again."""
    locations.reopen(request.ctx, location_id=id)
    messages.success(request, gettext("Orders can be routed there again."))
    return redirect("locations:location", id)


def _draft(post: QueryDict) -> LocationDraft:
    return LocationDraft(
        code=post.get("code", ""), name=post.get("name", ""), country=post.get("country", ""),
        kind=post.get("kind", "warehouse"), company=post.get("company", ""), lines=tuple(post.get("lines", "").splitlines()),
        postal_code=post.get("postal_code", ""), city=post.get("city", ""), region=post.get("region", ""),
        phone=post.get("phone", ""), latitude=_degrees(post.get("latitude", "")),
        longitude=_degrees(post.get("longitude", "")), timezone=post.get("timezone", "UTC"),
        serves=tuple(post.getlist("serves")) if post.get("reach") == "some" else (),
        fulfils_online="fulfils_online" in post,
    )  # fmt: skip


def _degrees(text: str) -> float | None:
    try:
        return float(text) if text.strip() else None
    except ValueError:
        return 999.0  # refused by the action, at the field


def _form(
    request: StaffRequest, draft: LocationDraft, *, row: LocationRow | None = None, problem: str = ""
) -> HttpResponse:
    facts: dict[str, Any] = {
        "form": draft, "row": row, "problem": problem, "kind_words": KIND_WORDS, "timezones": [(z, z) for z in timezones()],
        "countries": [("", "–"), *country_words()], "all_countries": country_words(), "lines": "\n".join(draft.lines),
    }  # fmt: skip
    if row is not None:
        facts["sends"] = dispatch.told(request, row)
        facts["bins"] = queries.bins(request.ctx, location_id=row.id)
        facts["items"] = timeline.told(outbox.timeline(request.ctx, of=[f"location:{row.id}"], limit=50))
    return _show(request, "location", facts, status=422 if problem else 200)


def _show(request: StaffRequest, template: str, facts: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A page with the sub-navigation of Settings."""
    groups = sections.grouped(request.staff, path=request.path)
    found = {"section_groups": groups, "can_write": request.may("settings:write"), **facts}
    return render(request, f"locations/{template}.html", found, status=status)
