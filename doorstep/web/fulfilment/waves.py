"""Waves: what is open, what a release would make of it, what is under way, and the rules by which waves come."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext

from doorstep.base import outbox
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.fulfilment import planning, queries, wave_queries, waves
from doorstep.fulfilment.tours import Route
from doorstep.fulfilment.values import Method, PickRules, PlannedWave, TemplateRow, WaveRow, WaveState
from doorstep.locations import queries as locations
from doorstep.locations.values import LocationRow
from doorstep.shipping import queries as shipping
from doorstep.web.fulfilment import next_steps, wave_words
from doorstep.web.parts import timeline
from doorstep.web.parts.given import keepable, wish_of
from doorstep.web.parts.pages import StaffRequest, page

SHOWN = 40


@dataclass(frozen=True, slots=True)
class Template:
    """A rule by which waves come.  `takes`, `days`: in words."""

    row: TemplateRow
    takes: Sequence[str]
    days: str


@dataclass(frozen=True, slots=True)
class Place:
    """One location, how it picks, what is open there, and its latest waves."""

    location: LocationRow
    rules: PickRules
    open: int
    waves: Sequence[WaveRow]
    templates: Sequence[Template]
    has_plan: bool

    @property
    def cart_kg(self) -> int | str:
        return self.rules.cart_weight_g // 1_000 if self.rules.cart_weight_g else ""

    @property
    def pace_cm(self) -> int:
        return self.rules.walk_mm_s // 10


def places_of(request: StaffRequest) -> list[Place]:
    """Every warehouse in use, and every location where something is open or under way; the busy ones first."""
    ctx = request.ctx
    every = locations.list_active(ctx)
    ids = [at.id for at in every]
    rules, plans = wave_queries.rules_of(ctx, location_ids=ids), locations.floor_plans(ctx, location_ids=ids)
    waiting, under_way = wave_queries.count_open(ctx), wave_queries.list_waves(ctx, limit=SHOWN)
    carriers = {row.id: row.name for row in shipping.list_carriers(ctx)}
    templates = [
        Template(row, wave_words.takes_words(row.takes, carriers), wave_words.days_words(row.weekdays))
        for row in wave_queries.list_templates(ctx)
    ]
    found = [
        Place(
            at, rules[at.id], waiting.get(at.id, 0), [row for row in under_way if row.location_id == at.id],
            [one for one in templates if one.row.location_id == at.id], at.id in plans,
        )
        for at in every
    ]  # fmt: skip
    shown = [one for one in found if one.location.kind == "warehouse" or one.open or one.waves]
    return sorted(shown, key=lambda one: -one.open)


@page("fulfilment:read")
def index(request: StaffRequest) -> HttpResponse:
    """What is open at each location, the waves under way, and the rules by which they come."""
    facts = {
        "places": places_of(request), "can_write": request.may("fulfilment:write"), "may_set": request.may("settings:write"),
        "methods": wave_words.METHODS, "method_words": wave_words.METHOD_WORDS, "routes": wave_words.ROUTES,
        "over": (WaveState.PICKED, WaveState.CANCELLED),
    }  # fmt: skip
    return render(request, "fulfilment/waves.html", facts)


@page("fulfilment:write", methods=("GET", "POST"))
def release(request: StaffRequest, location_id: int) -> HttpResponse:
    """The release of a wave: what it would make, live as choices change; POST makes it."""
    at = locations.get(request.ctx, location_id=location_id)
    if request.method == "POST":
        return _release(request, at)
    rules = wave_queries.rules_of(request.ctx, location_ids=[at.id])[at.id]
    method, takes = wave_words.method_of(request.GET, rules.method), wave_words.read_takes(request.GET)
    seen = waves.preview(request.ctx, location_id=at.id, method=method, takes=takes)
    facts = {
        "at": at, "rules": rules, "seen": seen, "saved": _saved(seen), "given": request.GET, "method": method,
        "has_plan": wave_queries.plan_of(request.ctx, location_id=at.id) is not None,
        **wave_words.offered(request.ctx, at=at, takes=takes),
        "wish": uuid.uuid4(), "shown": seen.lists[:12], "more": max(len(seen.lists) - 12, 0),
        "may_set": request.may("settings:write"), "most": wave_queries.MOST_OPEN,
        "open": wave_queries.count_open(request.ctx).get(at.id, 0),
    }  # fmt: skip
    return render(request, "fulfilment/release.html", facts)


def _release(request: StaffRequest, at: LocationRow) -> HttpResponse:
    takes = wave_words.read_takes(request.POST)
    due = keepable(request.POST.get("due", "")).strip()[:5] or takes.leaves_by
    if due and not planning.CLOCK.fullmatch(due):
        raise Refused(INVALID, {"field": gettext_noop("Carrier comes at"), "problem": gettext_noop("is written as 16:30")})
    id = waves.release(
        request.ctx, location_id=at.id, method=wave_words.method_of(request.POST, Method.CLUSTER), takes=takes,
        client_id=f"page:{wish_of(request.POST)}", name=keepable(request.POST.get("name", "")).strip()[:80],
        due_at=planning.next_clock(due, zone=at.timezone, now=request.ctx.now),
    )  # fmt: skip
    row = wave_queries.get_wave(request.ctx, wave_id=id)
    words = ngettext("%(n)s list is ready to be picked.", "%(n)s lists are ready to be picked.", row.lists)
    messages.success(request, words % {"n": row.lists})
    return redirect("fulfilment:wave", id)


@page("fulfilment:read")
def wave(request: StaffRequest, id: int) -> HttpResponse:
    """One wave: its lists, and how far each is."""
    row = wave_queries.get_wave(request.ctx, wave_id=id)
    lists = [queries.get_pick_list(request.ctx, pick_list_id=one) for one in wave_queries.list_ids_of(request.ctx, wave_id=id)]
    facts = {
        "row": row, "lists": lists, "location": locations.get(request.ctx, location_id=row.location_id),
        "can_write": request.may("fulfilment:write"), "method_words": wave_words.METHOD_WORDS,
        "takes": wave_words.takes_words(row.takes, {one.id: one.name for one in shipping.list_carriers(request.ctx)}),
        "next_list": next((one for one in lists if one.state == "open" and one.units), None),
        "step": next_steps.of_wave(request.ctx, lists=lists, location_id=row.location_id),
        "items": timeline.told(outbox.timeline(request.ctx, of=[f"wave:{id}"], limit=50)),
    }  # fmt: skip
    return render(request, "fulfilment/wave.html", facts)


@page("fulfilment:write", methods=("POST",))
def cancel(request: StaffRequest, id: int) -> HttpResponse:
    """Calls off what nobody has begun of a wave."""
    lists = waves.cancel(request.ctx, wave_id=id)
    words = ngettext(
        "%(n)s list is called off. Its orders are open again.",
        "%(n)s lists are called off. Their orders are open again.",
        lists,
    )
    messages.success(request, words % {"n": lists})
    return redirect("fulfilment:waves")


@page("settings:write", methods=("POST",))
def set_rules(request: StaffRequest, location_id: int) -> HttpResponse:
    """How a location picks: as orders come or by waves, the walk, and what fits on a cart."""
    post = request.POST
    kg = post.get("cart_kg", "").strip()
    rules = PickRules(
        planned=post.get("planned") == "yes", route=Route.S_SHAPE if post.get("route") == Route.S_SHAPE else Route.EXACT,
        method=wave_words.method_of(post, Method.CLUSTER), cart_picks=_number(post, "cart_picks"),
        cart_orders=_number(post, "cart_orders") if post.get("cart_orders", "").strip() else None,
        cart_weight_g=_number(post, "cart_kg") * 1_000 if kg else None,
        walk_mm_s=_number(post, "pace") * 10, pick_s=_number(post, "pick_s"),
    )  # fmt: skip
    waves.set_rules(request.ctx, location_id=location_id, rules=rules)
    messages.success(request, gettext("This is how orders are picked here from now on."))
    return redirect("fulfilment:waves")


def _saved(seen: PlannedWave) -> int:
    """By how many percent the walk is shorter than the same orders as they came, walked through every aisle."""
    return 100 - round(100 * seen.walk_mm / seen.plain_mm) if seen.plain_mm else 0


def _number(post: QueryDict, name: str) -> int:
    text = post.get(name, "").strip()
    if not text.isascii() or not text.isdecimal() or len(text) > 7:
        raise Refused(INVALID, {"field": name, "problem": gettext_noop("is a whole number")})
    return int(text)
