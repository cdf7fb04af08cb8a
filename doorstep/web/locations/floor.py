"""The floor of a location: its block of aisles, where each bin lies, and a drawing of both."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext

from doorstep.base import sheets
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.flows import lay_out_floor
from doorstep.locations import placing, queries
from doorstep.locations.values import BinPlace, BinRow, FloorPlan, ReadTable
from doorstep.web.fulfilment import floor_map
from doorstep.web.parts.given import keepable
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.settings import sections

PER_PAGE = 200
LONGEST = 400_000  # characters of a pasted table
EMPTY = FloorPlan(aisles=10, length_mm=20_000, apart_mm=3_000)


@page("settings:read")
def floor(request: StaffRequest, id: int) -> HttpResponse:
    """The block of aisles, the bins in it, and how codes are read."""
    return _show(request, id)


@page("settings:write", methods=("POST",))
def lay_out(request: StaffRequest, id: int) -> HttpResponse:
    """Says how the aisles lie; lists that nobody has begun are walked so at once."""
    lay_out_floor.lay_out(request.ctx, location_id=id, plan=_plan(request.POST))
    messages.success(request, gettext("The floor plan is saved."))
    return redirect("locations:floor", id)


@page("settings:write", methods=("POST",))
def by_code(request: StaffRequest, id: int) -> HttpResponse:
    """Places every bin whose code fits the pattern."""
    placed, left = lay_out_floor.place_by_code(request.ctx, location_id=id)
    words = ngettext("%(n)s bin has its place from its code.", "%(n)s bins have their places from their codes.", placed)
    words = words % {"n": placed}
    if left:
        words += " " + ngettext("%(n)s code does not fit the pattern.", "%(n)s codes do not fit the pattern.", left) % {"n": left}
    messages.success(request, words)
    return redirect("locations:floor", id)


@page("settings:write", methods=("POST",))
def paste(request: StaffRequest, id: int) -> HttpResponse:
    """Takes a table of bins, pasted or as a CSV file; what cannot be read is named, and the rest is kept."""
    sent = request.FILES.get("file")
    text: str | None = request.POST.get("table", "")
    if sent is not None and sent.size and sent.size <= LONGEST:
        text = sheets.decoded(sent.read())
    if text is None:
        raise Refused(INVALID, {"field": "table", "problem": gettext_noop("is no text: save the table as CSV")})
    found = placing.read_table(keepable(text[:LONGEST]))
    if not found.places and not found.wrong:
        raise Refused(INVALID, {"field": "table", "problem": gettext_noop("must not be empty")})
    changed = lay_out_floor.place_bins(request.ctx, location_id=id, places=found.places)
    words = ngettext("%(n)s bin is new or has moved.", "%(n)s bins are new or have moved.", changed)
    messages.success(request, words % {"n": changed})
    return _show(request, id, read=found) if found.wrong else redirect("locations:floor", id)


@page("settings:write", methods=("POST",))
def move(request: StaffRequest, id: int) -> HttpResponse:
    """Says where one bin lies."""
    place = placing.read_place({name: keepable(request.POST.get(name, "")).strip() for name in placing.COLUMNS})
    lay_out_floor.place_bins(request.ctx, location_id=id, places=[place])
    messages.success(request, gettext("The bin is saved."))
    return redirect("locations:floor", id)


@page("settings:read")
def table(request: StaffRequest, id: int) -> HttpResponse:
    """Every bin and its place as CSV, as it may be sent back."""
    row = queries.get(request.ctx, location_id=id)
    text = placing.as_table(one.place for one in queries.bins(request.ctx, location_id=id))
    headers = {"Content-Disposition": f'attachment; filename="bins-{row.code}.csv"'}
    return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=headers)


def _show(request: StaffRequest, id: int, *, read: ReadTable | None = None) -> HttpResponse:
    row = queries.get(request.ctx, location_id=id)
    plan = queries.find_floor_plan(request.ctx, location_id=id)
    bins = queries.bins(request.ctx, location_id=id)
    form = plan or EMPTY
    samples: list[tuple[str, BinPlace | None]] = []
    readable = 0
    if plan is not None:
        fits = {place.code: place for place in placing.read_codes([one.code for one in bins], plan=plan)}
        readable = len(fits)
        samples = [(one.code, fits.get(one.code)) for one in bins[:3]]
    shown = [one for one in bins if not request.GET.get("q") or request.GET["q"].lower() in one.code.lower()]
    facts = {
        "row": row, "plan": plan, "form": form, "bins": shown[:PER_PAGE], "more": max(len(shown) - PER_PAGE, 0),
        "q": request.GET.get("q", ""),
        "count": len(bins), "placed": sum(one.is_placed for one in bins), "readable": readable, "samples": samples,
        "map": floor_map.draw(plan, bins) if plan else None,
        "read": _words_of(read), "edited": _edited(request, bins),
        "sides": [("", "–"), ("left", gettext("left")), ("right", gettext("right"))],
        "metres": {name: _metres(getattr(form, name)) for name in ("length_mm", "apart_mm", "bay_mm")},
        "section_groups": sections.grouped(request.staff, path=request.path), "can_write": request.may("settings:write"),
    }  # fmt: skip
    return render(request, "locations/floor.html", facts, status=422 if read else 200)


def _words_of(read: ReadTable | None) -> dict[str, object]:
    """Which lines of a table were left out, and why, in the reader's language."""
    return {"wrong": [{"line": one.line, "text": one.text, "word": gettext(one.problem)} for one in read.wrong]} if read else {}


def _edited(request: StaffRequest, bins: Sequence[BinRow]) -> dict[str, object]:
    """The bin whose place is being edited, as its form shows it."""
    code = request.GET.get("bin", "")
    found = next((one for one in bins if one.code == code), None) if code else None
    if found is None:
        return {}
    along = "" if found.along_mm is None else _metres(found.along_mm)
    return {
        "code": code, "aisle": found.aisle, "along_m": along, "side": found.side, "level": found.level, "zone": found.zone,
    }  # fmt: skip


def _plan(post: QueryDict) -> FloorPlan:
    return FloorPlan(
        aisles=_number(post, "aisles"), length_mm=_mm(post, "length_m"), apart_mm=_mm(post, "apart_m"),
        depot_aisle=_number(post, "depot_aisle"), depot_at_back=post.get("depot_at_back") == "yes",
        pattern=keepable(post.get("pattern", "")).strip(), bay_mm=_mm(post, "bay_m"), odd_even=post.get("odd_even") == "on",
    )  # fmt: skip


def _number(post: QueryDict, name: str) -> int:
    text = post.get(name, "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 6 else 0  # refused by the action, by its name


def _mm(post: QueryDict, name: str) -> int:
    try:
        found = Decimal(post.get(name, "").strip().replace(",", "."))
    except InvalidOperation:
        return 0
    return int(found * 1_000) if found.is_finite() and 0 <= found <= 10_000 else 0


def _metres(mm: int) -> str:
    return f"{(Decimal(mm) / 1000).normalize():f}"
