"""Settings, Locations, Dispatch: when a location sends, how much it can, and what a parcel costs it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext, ngettext

from doorstep.base import money
from doorstep.base.money import Money
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.flows import day_capacity
from doorstep.locations import dispatching, queries, working
from doorstep.locations.values import LocationRow
from doorstep.locations.working import Dispatch
from doorstep.web.parts.given import keepable
from doorstep.web.parts.pages import StaffRequest, page, words_of
from doorstep.web.settings import sections

LONGEST = 8_000


@dataclass(frozen=True, slots=True)
class Form:
    """What the form holds, right or wrong."""

    handling: str
    capacity: str
    weekdays: tuple[int, ...]
    holidays: str
    cut_off: str
    pickups: str
    priority: str


@page("settings:read", methods=("GET", "HEAD", "POST"))
def dispatch(request: StaffRequest, id: int) -> HttpResponse:
    """How one location sends.  Refuses: unknown ids."""
    row = queries.get(request.ctx, location_id=id)
    if request.method == "POST":
        return _save(request, id)
    return _show(request, row, _shown(dispatching.dispatch_of(request.ctx, location_id=id), request))


@page("settings:write", methods=("POST",))
def _save(request: StaffRequest, id: int) -> HttpResponse:
    form = _typed(request.POST)
    try:
        dispatching.set_dispatch(request.ctx, location_id=id, dispatch=_read(form, request.organisation.default_currency))
    except Refused as refused:
        row = queries.get(request.ctx, location_id=id)
        return _show(request, row, form, problem=" ".join(words_of(refused)))
    messages.success(request, gettext("Saved. What is routed from now on goes by it."))
    return redirect("locations:location", id)


def told(request: StaffRequest, row: LocationRow) -> list[tuple[str, str]]:
    """How a location sends, in a few words, and when an order of now would leave."""
    how = dispatching.dispatch_of(request.ctx, location_id=row.id)
    days = [str(WEEKDAYS_ABBR[n]) for n in range(working.WEEK) if how.weekdays >> n & 1]
    pickups = ", ".join(" ".join(filter(None, (one.at.strftime("%H:%M"), one.carrier))) for one in how.pickups)
    most = number_format(how.capacity_per_day, force_grouping=True)
    capacity = (
        ngettext("%(n)s parcel a day", "%(n)s parcels a day", how.capacity_per_day) % {"n": most}
        if how.capacity_per_day
        else gettext("no limit")
    )
    used = day_capacity.load_of(request.ctx, place=row) if how.capacity_per_day else 0
    given = [(gettext("Given away of that day"), f"{number_format(used, force_grouping=True)} / {most}")]
    return [
        (gettext("Works"), gettext("every day") if len(days) == working.WEEK else ", ".join(days)),
        (gettext("Cut-off"), how.cut_off.strftime("%H:%M") if how.cut_off else gettext("none")),
        (gettext("Pick-ups"), pickups or gettext("none written down")),
        (gettext("Capacity"), capacity),
        (gettext("Handling a parcel"), _money(how.handling_minor, request)),
        (gettext("An order of now leaves"), _leaves(request, row, how)),
        *(given if how.capacity_per_day else ()),
    ]


def _leaves(request: StaffRequest, row: LocationRow, how: Dispatch) -> str:
    leaving = working.leaves(how, zone=ZoneInfo(row.timezone), at=request.ctx.now)
    if leaving is None:
        return gettext("never: it has no working day within a year")
    today = request.ctx.now.astimezone(ZoneInfo(row.timezone)).date()
    if leaving.on == today:
        return gettext("today")
    day = gettext("tomorrow") if leaving.on == today + timedelta(days=1) else date_format(leaving.on, "DATE_FORMAT")
    why = {
        "cut_off": gettext("the cut-off of today has passed"), "pickup": gettext("the last pick-up of today has gone"),
        "closed": gettext("it does not work today"),
    }[leaving.waits]  # fmt: skip
    return f"{day}: {why}"


def _money(minor: int, request: StaffRequest) -> str:
    return money.show(Money(minor, request.organisation.default_currency), request.LANGUAGE_CODE)


def _shown(how: Dispatch, request: StaffRequest) -> Form:
    handling = Money(how.handling_minor, request.organisation.default_currency)
    return Form(
        str(handling.decimal) if how.handling_minor else "", str(how.capacity_per_day or ""),
        tuple(n for n in range(working.WEEK) if how.weekdays >> n & 1), "\n".join(day.isoformat() for day in how.holidays),
        how.cut_off.strftime("%H:%M") if how.cut_off else "",
        "\n".join(" ".join(filter(None, (one.at.strftime("%H:%M"), one.carrier))) for one in how.pickups),
        str(how.priority or ""),
    )  # fmt: skip


def _typed(post: QueryDict) -> Form:
    def text(name: str) -> str:
        return keepable(post.get(name, "")).replace("\r\n", "\n").strip()[:LONGEST]

    days = tuple(int(day) for day in post.getlist("weekday") if day in set("0123456"))
    return Form(
        text("handling"), text("capacity"), days, text("holidays"), text("cut_off"), text("pickups"), text("priority")
    )  # fmt: skip


def _read(form: Form, currency: str) -> Dispatch:
    """The settings that a form says.  Refuses: what makes no sense."""
    handling = 0
    if form.handling:
        try:
            handling = money.typed(form.handling, currency).minor
        except Refused:
            raise _bad(gettext_noop("Handling"), gettext_noop("is an amount from zero up")) from None
    return Dispatch(
        handling, _whole(form.capacity, gettext_noop("Capacity")) or 0, sum(1 << day for day in set(form.weekdays)),
        working.holidays_of(form.holidays.replace(",", "\n").splitlines()), working.clock_of(form.cut_off),
        working.pickups_of(form.pickups.splitlines()), _whole(form.priority, gettext_noop("Stock priority")),
    )  # fmt: skip


def _whole(text: str, name: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise _bad(name, gettext_noop("is a whole number, or empty"))
    return int(text)


def _bad(name: str, problem: str) -> Refused:
    return Refused(INVALID, {"field": name, "problem": problem})


def _show(request: StaffRequest, row: LocationRow, form: Form, *, problem: str = "") -> HttpResponse:
    facts = {
        "row": row, "form": form, "problem": problem, "currency": request.organisation.default_currency,
        "weekdays": [(n, WEEKDAYS[n], n in form.weekdays) for n in range(working.WEEK)],
        "section_groups": sections.grouped(request.staff, path=request.path), "can_write": request.may("settings:write"),
    }  # fmt: skip
    return render(request, "locations/dispatch.html", facts, status=422 if problem else 200)
