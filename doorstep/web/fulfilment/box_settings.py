"""Settings, Boxes: what the brand packs into."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext

from doorstep.accounts.rules import require_text
from doorstep.base import money
from doorstep.base.money import Money
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.fulfilment import boxes
from doorstep.fulfilment.values import BoxDraft, BoxRow
from doorstep.locations import queries as locations
from doorstep.web.parts.given import id_of
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.settings.views import errors_of, show

FIELDS = ("name", "length_mm", "width_mm", "height_mm", "empty_g", "most_g", "cost", "location_id")
NUMBERS = ("length_mm", "width_mm", "height_mm", "empty_g", "most_g")
EMPTY = dict.fromkeys(FIELDS, "") | {"flat": ""}
LONGEST_NUMBER = 7


def _form_of(row: BoxRow) -> dict[str, str]:
    shown = {name: str(getattr(row, name) or "") for name in (*NUMBERS, "name", "location_id")}
    cost = str(Money(row.cost_minor, row.currency).decimal) if row.cost_minor else ""
    return shown | {"cost": cost, "flat": "on" if row.flat else ""}


def _show(
    request: StaffRequest, *, form: dict[str, str] | None = None, errors: dict[str, str] | None = None, opened: str = ""
) -> HttpResponse:
    places = locations.list_locations(request.ctx)
    rows = boxes.list_boxes(request.ctx)
    forms = {row.id: _form_of(row) for row in rows}
    if form is not None and opened != "add":
        forms[int(opened.partition("-")[2])] = form
    facts: dict[str, Any] = {
        "boxes": [(row, Money(row.cost_minor, row.currency) if row.cost_minor else None) for row in rows],
        "forms": forms,
        "places": {row.id: row.name for row in places},
        "place_words": [("", gettext("Every location")), *((str(row.id), row.name) for row in places if row.active)],
        "form": form if form is not None and opened == "add" else EMPTY,
        "errors": errors or {},
        "opened": opened,
        "currency": request.organisation.default_currency,
    }
    return show(request, "boxes", facts, status=422 if errors else 200)


@page("settings:read")
def index(request: StaffRequest) -> HttpResponse:
    """Every box, those in use first."""
    return _show(request)


def _typed(post: QueryDict) -> dict[str, str]:
    return {name: post.get(name, "").strip() for name in FIELDS} | {"flat": "on" if "flat" in post else ""}


def _read(request: StaffRequest, form: dict[str, str]) -> BoxDraft:
    numbers = {}
    for name in NUMBERS:
        bare = form[name].replace(",", "") or "0"
        if not bare.isdecimal() or len(bare) > LONGEST_NUMBER:
            raise Refused(INVALID, {"field": name, "problem": gettext_noop("is a whole number")})
        numbers[name] = int(bare)
    location_id = id_of(form["location_id"]) or None
    if location_id is not None:
        locations.get(request.ctx, location_id=location_id)
    try:
        cost = money.typed(form["cost"] or "0", request.organisation.default_currency)
    except Refused as refused:
        raise Refused(INVALID, {"field": "cost", "problem": gettext_noop("is not an amount")}) from refused
    name = require_text("name", form["name"], longest=80)
    return BoxDraft(name=name, **numbers, cost_minor=cost.minor, flat=bool(form["flat"]), location_id=location_id)


@page("settings:write", methods=("POST",))
def add(request: StaffRequest) -> HttpResponse:
    """Adds a box."""
    form = _typed(request.POST)
    try:
        boxes.add(request.ctx, box=_read(request, form), currency=request.organisation.default_currency)
    except Refused as refused:
        return _show(request, form=form, errors=errors_of(refused), opened="add")
    messages.success(request, gettext("The box is there. The packing table proposes it from now on."))
    return redirect("boxes:index")


@page("settings:write", methods=("POST",))
def edit(request: StaffRequest, id: int) -> HttpResponse:
    """Writes a box anew."""
    form = _typed(request.POST)
    boxes.find(request.ctx, box_id=id)
    try:
        boxes.edit(request.ctx, box_id=id, box=_read(request, form), currency=request.organisation.default_currency)
    except Refused as refused:
        return _show(request, form=form, errors=errors_of(refused), opened=f"edit-{id}")
    messages.success(request, gettext("The box is saved."))
    return redirect("boxes:index")


@page("settings:write", methods=("POST",))
def use(request: StaffRequest, id: int) -> HttpResponse:
    """Takes a box out of use, or back."""
    active = request.POST.get("active") == "yes"
    boxes.set_active(request.ctx, box_id=id, active=active)
    messages.success(request, gettext("The box is in use again.") if active else gettext("The box is proposed no more."))
    return redirect("boxes:index")
