"""Parts that nobody can send: until when they wait, and what a person does about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import INVALID, NOT_FOUND, Refused
from doorstep.base.words import gettext_noop
from doorstep.flows import park, reroute
from doorstep.locations.values import LocationRow
from doorstep.orders import parking, queries
from doorstep.orders.parking import ParkedRow, Rule
from doorstep.orders.values import FOLineRow, OrderDetail
from doorstep.stock import queries as stock
from doorstep.tasks.values import TaskRow
from doorstep.web.orders.why import OUT_OF_STOCK
from doorstep.web.parts import task_words
from doorstep.web.parts.given import id_of, keepable
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.parts.task_words import TaskWords

END_OF_DAY = time(23, 59)


@dataclass(frozen=True, slots=True)
class Parked:
    """A part that waits, with where it could be sent from anyway.  `day`: when it is cancelled; None: never."""

    id: int
    row: ParkedRow | None
    day: date | None
    lines: list[FOLineRow]
    anyway: list[tuple[int, str]]
    is_all: bool


def facts_of(ctx: Ctx, detail: OrderDetail, places: Mapping[int, LocationRow], *, timezone: str) -> dict[str, Any]:
    """What the page of an order says of its parts that nobody can send.  Shapes: by part."""
    held = {hold.fulfilment_order_id for hold in detail.holds if hold.reason == OUT_OF_STOCK}
    if not held:
        return {"parked": {}}
    rows = {row.fulfilment_order_id: row for row in parking.parked_of(ctx, order_ids=[detail.order.id])}
    alone = {id for id in held if sum(hold.fulfilment_order_id == id for hold in detail.holds) == 1}
    live = {part.id for part in detail.fulfilment_orders if part.state != "cancelled"}
    zone = ZoneInfo(timezone)
    found = {}
    for id in sorted(held):
        row = rows.get(id)
        lines = [x for x in detail.fulfilment_lines if x.fulfilment_order_id == id]
        day = row.cancel_at.astimezone(zone).date() if row and row.cancel_at else None
        anyway = _anyway(ctx, lines, places) if id in alone else []
        found[id] = Parked(id, row, day, lines, anyway, is_all=live <= rows.keys())
    return {"parked": found}


def _anyway(ctx: Ctx, lines: list[FOLineRow], places: Mapping[int, LocationRow]) -> list[tuple[int, str]]:
    """The places that have all of a part, whatever was said of them."""
    wanted: dict[int, int] = {}
    for line in lines:
        wanted[line.variant_id] = wanted.get(line.variant_id, 0) + line.qty
    spare = {v: row.spare for v, row in stock.pool_of(ctx, variant_ids=list(wanted)).items()}
    free: dict[int, dict[int, int]] = {}
    for level in stock.levels_of(ctx, variant_ids=list(wanted)):
        free.setdefault(level.location_id, {})[level.variant_id] = min(level.free, spare[level.variant_id])
    return [
        (at, places[at].name)
        for at, units in sorted(free.items())
        if at in places and places[at].active and all(units.get(v, 0) >= qty for v, qty in wanted.items())
    ]


def days_of(ctx: Ctx, *, order_ids: list[int], timezone: str) -> dict[int, date | None]:
    """When the first part of each parked order is cancelled; None: never."""
    zone = ZoneInfo(timezone)
    found: dict[int, date | None] = {}
    for row in sorted(parking.parked_of(ctx, order_ids=order_ids), key=lambda r: (r.cancel_at is None, r.cancel_at or ctx.now)):
        found.setdefault(row.order_id, row.cancel_at.astimezone(zone).date() if row.cancel_at else None)
    return found


def read_day(text: str, *, timezone: str) -> datetime:
    """The end of a day that somebody chose.  Refuses: what is no day."""
    try:
        return datetime.combine(date.fromisoformat(text.strip()), END_OF_DAY, ZoneInfo(timezone))
    except ValueError:
        raise Refused(INVALID, {"field": gettext_noop("Day"), "problem": gettext_noop("Choose a day.")}) from None


def _part(request: StaffRequest, id: int) -> int:
    part_id = id_of(request.POST.get("part", ""))
    if part_id not in {part.id for part in queries.get(request.ctx, id=id).fulfilment_orders}:
        raise Refused(NOT_FOUND, {"what": "fulfilment order", "key": part_id})
    return part_id


@page("orders:write", methods=("POST",))
def wait(request: StaffRequest, id: int) -> HttpResponse:
    """Lets a part wait until another day, or however long it takes."""
    part_id = _part(request, id)
    never = request.POST.get("how", "") == "never"
    until = None if never else read_day(request.POST.get("day", ""), timezone=request.organisation.timezone)
    parking.wait_until(request.ctx, fulfilment_order_id=part_id, cancel_at=until)
    messages.success(request, gettext("It waits until then.") if until else gettext("It waits however long it takes."))
    return redirect("orders:order", id)


@page("orders:write", methods=("POST",))
def cancel(request: StaffRequest, id: int) -> HttpResponse:
    """Cancels a parked part now."""
    how = park.cancel_parked(request.ctx, order_id=id, fulfilment_order_ids=[_part(request, id)])
    word = gettext("The order is cancelled.") if how == "order" else gettext("These units are cancelled; the rest goes on.")
    messages.success(request, f"{word} {gettext('The customer is told.')}")
    return redirect("orders:order", id)


@page("orders:write", methods=("POST",))
def send(request: StaffRequest, id: int) -> HttpResponse:
    """Has a part that waits sent from a place that has it, whatever was said before."""
    reroute.send_from(
        request.ctx, fulfilment_order_id=_part(request, id), location_id=id_of(request.POST.get("location", "")),
        note=keepable(request.POST.get("note", ""))[:500],
    )  # fmt: skip
    messages.success(request, gettext("The units are fulfilled there now."))
    return redirect("orders:order", id)


def _days(text: str) -> int:
    if not (text.strip().isascii() and text.strip().isdecimal() and len(text.strip()) < 4):
        raise Refused(INVALID, {"field": gettext_noop("Days"), "problem": gettext_noop("Write a number from 0 to 365.")})
    return int(text)


@page("settings:write", methods=("POST",))
def set_rule(request: StaffRequest) -> HttpResponse:
    """Sets how long parts wait from now on that nobody can send."""
    rule = Rule(_days(request.POST.get("cancel_days", "")), _days(request.POST.get("warn_days", "")))
    parking.set_rule(request.ctx, rule=rule)
    messages.success(request, gettext("It holds for what is parked from now on."))
    return redirect(f"{reverse('orders:index')}?view=parked")


def _order(row: TaskRow) -> str:
    return reverse("orders:order", args=[row.facts["order_id"]])


def register() -> None:
    """Teaches pages the tasks about parts that nobody can send."""
    task_words.register(
        {
            park.KIND: TaskWords(
                _("something that nobody can send"), _("Decide about order %(order)s: nobody can send %(skus)s"), "player-pause",
                _order,
            ),
            park.STUCK: TaskWords(
                _("something that could not be cancelled by itself"),
                _("Cancel what waits of order %(order)s: it could not be done by itself"), "circle-x", _order,
            ),
        }
    )  # fmt: skip
