"""Bookings by hand of several lines at once: adjustments and changes of condition, seen before they are booked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.catalog import queries as catalog
from doorstep.locations import queries as locations
from doorstep.stock import adjustments
from doorstep.stock.rules import change_of
from doorstep.stock.values import ADJUSTING, NOT_ENOUGH, TURNING, Change, Condition, Effect, Paper, Reason, Turn, Why
from doorstep.web.parts.given import id_of, keepable
from doorstep.web.parts.pages import StaffRequest, page, words_of
from doorstep.web.stock import words
from doorstep.web.stock.words import BY_HAND, CONDITIONS

ROWS, MOST_ROWS, MOST = 4, 200, 1_000_000
GONE = "written_off"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the form as it was typed, and what is wrong with it."""

    code: str = ""
    qty: str = ""
    error: str = ""
    variant_id: int = 0
    units: int = 0


@page("stock:write", methods=("GET", "POST"))
def adjust(request: StaffRequest) -> HttpResponse:
    """Books what was found, lost or corrected, with its reason and document."""
    if request.method == "POST":
        return _book(request, "adjust")
    return _form(request, "adjust", _rows(request, given=False))


@page("stock:write", methods=("GET", "POST"))
def condition(request: StaffRequest) -> HttpResponse:
    """Moves units between sellable, damaged and quality control, or writes them off."""
    if request.method == "POST":
        return _book(request, "condition")
    return _form(request, "condition", _rows(request, given=False))


@page("stock:write", methods=("POST",))
def effect(request: StaffRequest) -> HttpResponse:
    """What the form would do to what is available; nothing is booked."""
    rows, doing = _rows(request, given=True), request.POST.get("form", "")
    effects: Sequence[Effect] = ()
    problem = ""
    try:
        changes = _changes(request, doing, [row for row in rows if row.variant_id and not row.error])
        effects = adjustments.preview(request.ctx, changes=changes) if changes else ()
    except Refused as refused:
        problem = words_of(words.named(request.ctx, refused))[0]
    names = catalog.variants_by_id(request.ctx, ids=[one.was.variant_id for one in effects])
    told = [(names[one.was.variant_id].sku, one.was, one.will_be) for one in effects]
    return render(request, "stock/effect.html", {"effects": told, "problem": problem})


def _book(request: StaffRequest, doing: str) -> HttpResponse:
    """Books what was typed; what is wrong comes back with everything that was typed."""
    rows = _rows(request, given=True)
    filled = [row for row in rows if row.code or row.qty]
    try:
        if not filled:
            rows = [replace(rows[0] if rows else Row(), error=gettext("Write something here.")), *rows[1:]]
        if any(row.error for row in rows):
            return _form(request, doing, rows, status=422)
        changes = _changes(request, doing, filled)
        why, paper = _why(request, doing), _paper(request)
        if doing == "adjust":
            adjustments.adjust(request.ctx, changes=changes, why=why, paper=paper)
        else:
            adjustments.turn(request.ctx, turns=_turns(request, filled), why=why, paper=paper)
    except Refused as refused:
        named = words.named(request.ctx, refused)
        if refused.refusal is NOT_ENOUGH:
            says = " ".join(words_of(named))
            wrong = [replace(row, error=says) if row.variant_id == refused.facts.get("sku") else row for row in rows]
            return _form(request, doing, wrong, status=named.refusal.status)
        return _form(request, doing, rows, problem=" ".join(words_of(named)), status=named.refusal.status)
    messages.success(request, gettext("The stock is booked."))
    booked = {row.variant_id for row in filled}
    return redirect("stock:variant", booked.pop()) if len(booked) == 1 else redirect("stock:ledger")


def _form(
    request: StaffRequest, doing: str, rows: Sequence[Row], *, problem: str = "", status: int = 200
) -> HttpResponse:
    given = request.POST if request.method == "POST" else request.GET
    filled = [row for row in rows if row.code or row.qty or row.error]
    ways = [(word, str(CONDITIONS[word])) for word in CONDITIONS]
    facts: dict[str, Any] = {
        "doing": doing, "rows": [*filled, *[Row()] * max(ROWS - len(filled), 1)], "problem": problem, "given": given,
        "places": [(place.id, place.name) for place in locations.list_active(request.ctx)],
        "reasons": [
            ("", gettext("Choose a reason")), *((r.value, BY_HAND[r]) for r in (ADJUSTING if doing == "adjust" else TURNING)),
        ],
        "from_ways": ways, "to_ways": [*ways, (GONE, gettext("Written off"))],
        "was": given.get("was") or "sellable", "to": given.get("to") or "damaged",
        "is_filled": bool(filled) and not problem,
    }  # fmt: skip
    return render(request, "stock/booking.html", facts, status=status)


def _rows(request: StaffRequest, *, given: bool) -> list[Row]:
    """The lines that were typed; of an address, the variant that it names."""
    if not given:
        id = id_of(request.GET.get("variant", ""))
        found = catalog.variants_by_id(request.ctx, ids=[id]).get(id)
        return [Row(found.sku)] if found else []
    codes, numbers = request.POST.getlist("code"), request.POST.getlist("qty")
    typed = list(zip(codes, numbers, strict=False))[:MOST_ROWS]
    least = -MOST if request.POST.get("form") == "adjust" else 1
    return [_row(request, keepable(code).strip()[:120], qty.strip()[:12], least) for code, qty in typed]


def _row(request: StaffRequest, code: str, qty: str, least: int) -> Row:
    if not code and not qty:
        return Row()
    variant = catalog.find_by_code(request.ctx, code=code) if code else None
    units = _whole(qty)
    if variant is None:
        return Row(code, qty, gettext("Nobody knows this code"))
    if units is None or not least <= units <= MOST or units == 0:
        return Row(code, qty, gettext("Write a whole number."), variant.id)
    return Row(code, qty, "", variant.id, units)


def _whole(text: str) -> int | None:
    plain = text.replace(",", "").replace("−", "-").removeprefix("+")
    digits = plain.removeprefix("-")
    return int(plain) if digits.isascii() and digits.isdecimal() and len(digits) < 9 else None


def _place(request: StaffRequest) -> int:
    return locations.get(request.ctx, location_id=id_of(request.POST.get("location", ""))).id


def _changes(request: StaffRequest, doing: str, rows: Sequence[Row]) -> list[Change]:
    if not rows:
        return []
    if doing == "adjust":
        place = _place(request)
        return [Change(row.variant_id, place, on_hand=row.units) for row in rows]
    return [change_of(turn) for turn in _turns(request, rows)]


def _turns(request: StaffRequest, rows: Sequence[Row]) -> list[Turn]:
    was, to, place = request.POST.get("was", ""), request.POST.get("to", ""), _place(request)
    if was not in CONDITIONS or to not in {*CONDITIONS, GONE} or was == to:
        field, problem = gettext_noop("Condition"), gettext_noop("Choose two different ones.")
        raise Refused(INVALID, {"field": field, "problem": problem})
    after = None if to == GONE else Condition(to)
    return [Turn(row.variant_id, place, row.units, Condition(was), after) for row in rows]


def _why(request: StaffRequest, doing: str) -> Why:
    reason, allowed = request.POST.get("reason", ""), ADJUSTING if doing == "adjust" else TURNING
    if reason not in {one.value for one in allowed}:
        raise Refused(INVALID, {"field": gettext_noop("Reason"), "problem": gettext_noop("Choose one of the list.")})
    return Why(Reason(reason), " ".join(keepable(request.POST.get("words", "")).split())[:40])


def _paper(request: StaffRequest) -> Paper:
    number = " ".join(keepable(request.POST.get("number", "")).split())[:60]
    file = request.FILES.get("file")
    if file is None:
        return Paper(number)
    return Paper(number, keepable(file.name or "file"), file.content_type or "application/octet-stream", file.read())
