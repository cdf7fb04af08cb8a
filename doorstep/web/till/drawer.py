"""The drawer: opened in the morning, counted at the end of the day."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from doorstep.base import money
from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.flows import return_in_shop
from doorstep.locations import queries as locations
from doorstep.orders import queries as orders
from doorstep.payments.till import actions as till
from doorstep.payments.till import queries
from doorstep.payments.till.values import TakingRow
from doorstep.returns import queries as returns
from doorstep.web.parts.pages import StaffRequest, page, words_of
from doorstep.web.till.here import require_here
from doorstep.web.till.words import KIND_WORDS


def amount_of(text: str, currency: str) -> int:
    """An amount as a person types it, in minor units.  Refuses: what is none."""
    try:
        return money.typed(text.strip() or "0", currency).minor
    except (ValueError, ArithmeticError):
        raise Refused(INVALID, {"field": gettext_noop("Amount"), "problem": gettext_noop("This is not an amount.")}) from None


@page("till:write", methods=("POST",))
def open_shift(request: StaffRequest, location_id: int) -> HttpResponse:
    """Opens the till with what lies in its drawer."""
    currency = request.organisation.default_currency
    opening = amount_of(request.POST.get("opening", ""), currency)
    till.open_shift(request.ctx, location_id=location_id, currency=currency, opening_minor=opening)
    return redirect("till:counter", location_id=location_id)


def _named(ctx: Ctx, rows: list[TakingRow]) -> list[tuple[TakingRow, str]]:
    known = orders.orders_by_id(ctx, ids=sorted({row.order_id for row in rows}))
    return [(row, known[row.order_id].name) for row in rows]


@page("till:read")
def day(request: StaffRequest, location_id: int) -> HttpResponse:
    """What the drawer took so far, its count, and earlier shifts."""
    return _day(request, location_id)


def _day(request: StaffRequest, location_id: int, *, problem: str = "", status: int = 200) -> HttpResponse:
    shop = till.shop_of(request.ctx, location_id=location_id)
    shift = queries.find_open(request.ctx, location_id=location_id)
    drawer = queries.drawer_of(request.ctx, shift_id=shift.id) if shift else None
    facts = {
        "shop": shop,
        "shift": shift,
        "unpaid": _unpaid(request.ctx, location_id) if shift else [],
        "drawer": drawer,
        "kinds": list(KIND_WORDS.items()),
        "kind_words": KIND_WORDS,
        "takings": _named(request.ctx, queries.list_takings(request.ctx, shift_id=shift.id, limit=50)) if shift else [],
        "past": [row for row in queries.list_shifts(request.ctx, location_id=location_id, limit=20) if not row.is_open],
        "can_write": request.may("till:write"),
        "may_set": request.may("settings:read"),
        "problem": problem,
        "form": request.POST,
    }
    return render(request, "till/day.html", facts, status=status)


def _unpaid(ctx: Ctx, location_id: int) -> list[dict[str, object]]:
    """Returns of this shop whose money nobody has had: they are not in the drawer's sum."""
    found = return_in_shop.still_to_pay(ctx, location_id=location_id)
    rows = returns.returns_by_id(ctx, ids=[one.return_id for one in found])
    return [{"id": one.return_id, "name": rows[one.return_id].name, "worth": Money(one.here_minor, one.currency)} for one in found]


@page("till:write", methods=("POST",))
def close_shift(request: StaffRequest, location_id: int, shift_id: int) -> HttpResponse:
    """Closes the till with what was counted."""
    shift = queries.get_shift(request.ctx, shift_id=shift_id)
    require_here(request, location_id=shift.location_id, what="till shift", key=shift_id)
    try:
        counted = amount_of(request.POST.get("counted", ""), shift.currency)
        till.close_shift(request.ctx, shift_id=shift_id, counted_minor=counted, reason=request.POST.get("reason", ""))
    except Refused as refused:
        return _day(request, location_id, problem=" ".join(words_of(refused)), status=refused.refusal.status)
    messages.success(request, gettext("The till is closed."))
    return redirect("till:shift", shift_id=shift_id)


@page("till:read")
def shift(request: StaffRequest, shift_id: int) -> HttpResponse:
    """One shift as it was counted."""
    drawer = queries.drawer_of(request.ctx, shift_id=shift_id)
    require_here(request, location_id=drawer.shift.location_id, what="till shift", key=shift_id)
    rows = queries.list_takings(request.ctx, shift_id=shift_id)
    facts = {
        "drawer": drawer,
        "shift": drawer.shift,
        "shop": locations.get(request.ctx, location_id=drawer.shift.location_id),
        "kinds": list(KIND_WORDS.items()),
        "kind_words": KIND_WORDS,
        "takings": _named(request.ctx, rows),
    }
    return render(request, "till/shift.html", facts)
