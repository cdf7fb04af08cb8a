"""Home: what is going on today, and what waits for a person."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from doorstep.base import stuck
from doorstep.flows import live
from doorstep.flows.moving_in import checklist
from doorstep.orders import queries as orders
from doorstep.orders.queries import OrderFilter
from doorstep.payments import queries as payments
from doorstep.stock import queries as stock
from doorstep.tasks import queries as tasks
from doorstep.web.home import promises
from doorstep.web.parts.pages import StaffRequest, page

DAYS = 14
NEWEST = 12
VIEWS = ("to_route", "to_pick", "late", "held")


@page(None)
def index(request: StaffRequest) -> HttpResponse:
    """The figures of the day, each a way to its rows, and the newest orders; who works at a till is led there."""
    if not request.may("orders:read"):
        return redirect("till:index")
    ctx, zone = request.ctx, request.organisation.timezone
    local = timezone.localtime(ctx.now, timezone=ZoneInfo(zone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    since = midnight - timedelta(days=DAYS - 1)
    by_day = orders.count_by_day(ctx, since=since, timezone=zone)
    trend = [by_day.get((since + timedelta(days=n)).date(), 0) for n in range(DAYS)]
    newest = orders.list_orders(ctx, where=OrderFilter(), limit=NEWEST)
    facts = {
        "today": trend[-1], "trend": trend, "counts": orders.count_views(ctx, views=VIEWS), "low": stock.count_low(ctx),
        "newest": newest, "steps": [] if newest else checklist.steps(ctx), "can_write": request.may("orders:write"),
        "tasks": tasks.count_open(ctx), "pillars": promises.pillars(ctx) if newest and not request.htmx else [],
        "to_pay": payments.count_for_people(ctx) if request.may("payments:read") else 0,
        "stuck": stuck.count(ctx) if request.may("settings:read") else 0,
        "live": live.get(ctx) if request.organisation.is_demo and not request.htmx else None,
    }  # fmt: skip
    return render(request, "home/index.html", facts)


@page("orders:write", methods=("POST",))
def live_switch(request: StaffRequest) -> HttpResponse:
    """Turns the demo brand's stream of orders, questions and returns on or off."""
    live.set(request.ctx, request.POST.get("on") == "1")
    return redirect("home:index")
