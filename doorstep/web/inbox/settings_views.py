"""Macros, and when people answer."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.base.zones import timezones
from doorstep.inbox import desk, queries
from doorstep.inbox.rules.macros import KNOWN
from doorstep.inbox.values import Hours
from doorstep.web.parts.given import keepable
from doorstep.web.parts.pages import StaffRequest, page, words_of

DAYS = (
    _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"),
)  # fmt: skip
_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*[-–~]\s*(\d{1,2}):(\d{2})")


@page("inbox:read")
def macros(request: StaffRequest) -> HttpResponse:
    """Every macro."""
    facts = {"macros": queries.list_macros(request.ctx), "can_write": request.may("inbox:write")}
    return render(request, "inbox/macros.html", facts)


@page("inbox:write", methods=("GET", "HEAD", "POST"))
def macro(request: StaffRequest, id: int | None = None) -> HttpResponse:
    """Writes a macro, or changes one."""
    row = queries.get_macro(request.ctx, macro_id=id) if id else None
    form: dict[str, Any] = {"name": row.name, "body_en": row.body_en, "body_ko": row.body_ko} if row else {}
    problem = ""
    if request.method == "POST":
        form = {name: keepable(request.POST.get(name, "")) for name in ("name", "body_en", "body_ko")}
        try:
            desk.save_macro(request.ctx, macro_id=id, **form)
        except Refused as refused:
            problem = " ".join(words_of(refused))
        else:
            messages.success(request, gettext("The macro is saved."))
            return redirect("inbox:macros")
    facts = {"row": row, "form": form, "problem": problem, "variables": KNOWN}
    return render(request, "inbox/macro.html", facts, status=422 if problem else 200)


@page("inbox:write", methods=("POST",))
def remove(request: StaffRequest, id: int) -> HttpResponse:
    """Takes a macro away."""
    desk.remove_macro(request.ctx, macro_id=id)
    messages.success(request, gettext("The macro is removed."))
    return redirect("inbox:macros")


@page("settings:write", methods=("GET", "HEAD", "POST"))
def hours(request: StaffRequest) -> HttpResponse:
    """When somebody answers, and how soon."""
    now, problem = queries.hours(request.ctx), ""
    form: dict[str, Any] = {
        "timezone": now.timezone, "week": [_day_words(day) for day in now.week], "holidays": "\n".join(now.holidays),
        "first": now.first_response_min, "next": now.next_response_min, "chat": now.first_chat_min,
    }  # fmt: skip
    if request.method == "POST":
        form = _given(request.POST)
        try:
            desk.set_hours(request.ctx, hours=_hours(form))
        except Refused as refused:
            problem = " ".join(words_of(refused))
        else:
            messages.success(
                request, gettext("Hours and response times are saved; promises that run keep their deadline.")
            )
            return redirect("inbox:hours")
    facts = {
        "form": form, "problem": problem, "days": [(f"day{n}", word, form["week"][n]) for n, word in enumerate(DAYS)],
        "zones": [(zone, zone) for zone in timezones()],
    }  # fmt: skip
    return render(request, "inbox/hours.html", facts, status=422 if problem else 200)


def _given(post: QueryDict) -> dict[str, Any]:
    return {
        "timezone": post.get("timezone", ""), "week": [keepable(post.get(f"day{n}", "")) for n in range(7)],
        "holidays": keepable(post.get("holidays", "")),
        **{name: post.get(name, "") for name in ("first", "next", "chat")},
    }  # fmt: skip


def _hours(form: dict[str, Any]) -> Hours:
    return Hours(
        form["timezone"], tuple(_day(text) for text in form["week"]), tuple(form["holidays"].split()),
        _minutes(form["first"]), _minutes(form["next"]), _minutes(form["chat"]),
    )  # fmt: skip


def _minutes(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 0


def _day(text: str) -> tuple[tuple[int, int], ...]:
    """09:00-12:00, 13:00-18:00.  Refuses: what cannot be read so."""
    spans = [(int(a) * 60 + int(b), int(c) * 60 + int(d)) for a, b, c, d in _SPAN.findall(text)]
    if _SPAN.sub("", text).strip(" ,;\n"):
        problem = gettext_noop("Write opening hours as 09:00-18:00, several with commas between.")
        raise Refused(INVALID, {"field": gettext_noop("Opening hours"), "problem": problem})
    return tuple(spans)


def _day_words(day: tuple[tuple[int, int], ...]) -> str:
    return ", ".join(f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in day)
