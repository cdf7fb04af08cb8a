"""Whose order a person at a counter may open to take something back of it."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from doorstep.base import tokens
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refusal, Refused
from doorstep.base.words import gettext_noop
from doorstep.customers.rules import normalise_email, normalise_phone
from doorstep.locations import queries as locations
from doorstep.orders import over_the_counter
from doorstep.orders import queries as orders
from doorstep.orders.queries import OrderFilter
from doorstep.orders.rules import plain_number
from doorstep.orders.values import OrderRow
from doorstep.payments.till import actions as till
from doorstep.payments.till import paper as papers
from doorstep.web.parts.for_customers import within
from doorstep.web.parts.given import keepable
from doorstep.web.parts.pages import StaffRequest, page

FOUND, OPEN_FOR_S = "till-found", 3600
TRIES_PER_HOUR = 60
SHORTEST_POSTCODE = 3
LOOK_UP_FIRST = Refusal(
    "till_look_up_first",
    gettext_noop("This order was not looked up."),
    gettext_noop("Scan the receipt, or type the number of a web order and the e-mail, phone number or postcode of its buyer."),
    status=404,
)


@page("till:write", methods=("GET", "HEAD", "POST"))
def find(request: StaffRequest, location_id: int) -> HttpResponse:
    """Finds a receipt by the number that is scanned or typed, and a web order by its own.

    Shop staff open a receipt by its number, which stands on the paper and cannot be guessed, and a web order by its number
    and something that its buyer knows: e-mail address, phone number or postcode.  They are not told which of the two was
    wrong, nor find anything by a name, and have so many tries an hour.  The number under which a receipt was issued opens it
    too, in the shops where they work.
    """
    shop = till.shop_of(request.ctx, location_id=location_id)
    given = request.POST if request.method == "POST" else request.GET
    code, who = (keepable(given.get(name, "")).strip()[:254] for name in ("code", "who"))
    exact = _named(request.ctx, code)
    found = exact or (orders.list_orders(request.ctx, where=OrderFilter(text=code[:100]), limit=8) if code else [])
    problem = ""
    if request.staff.is_bound:
        if who and not within(f"till-find:{request.staff.id}", most=TRIES_PER_HOUR, per_s=OPEN_FOR_S):
            exact, problem = [], gettext("Too many attempts. Try again in an hour.")
        exact = found = [row for row in exact if _is_theirs(request, row, who)]
    if code and not exact and not problem:
        exact = _by_receipt(request, code)
        found = exact or found
    if len(exact) == 1:
        return _opened(request, location_id, exact[0].id)
    facts = {"shop": shop, "code": code, "who": who, "found": found, "problem": problem, "by_proof": request.staff.is_bound}
    return render(request, "till/find.html", facts)


def _by_receipt(request: StaffRequest, code: str) -> list[OrderRow]:
    """The order whose receipt has this number.

    The numbers count up and are easily guessed, so they open to shop staff only what was sold or paid back in their own shops.
    """
    mine = [row.id for row in locations.list_locations(request.ctx) if row.kind == "shop" and request.staff.works_at(row.id)]
    ids = papers.find_orders(request.ctx, called=code, location_ids=mine)
    rows = list(orders.orders_by_id(request.ctx, ids=ids).values())
    if not request.staff.is_bound:
        return rows
    sold_in = over_the_counter.handed_over_in(request.ctx, order_ids=[row.id for row in rows])
    return [row for row in rows if row.id in sold_in and request.staff.works_at(sold_in[row.id])]


def _named(ctx: Ctx, code: str) -> list[OrderRow]:
    """The orders that bear just this number: among those that have it in theirs, it may be one of many."""
    number = plain_number(code[:100])
    return orders.list_orders(ctx, where=OrderFilter(text=number, number=number), limit=8) if number else []


def _opened(request: StaffRequest, location_id: int, order_id: int) -> HttpResponse:
    """The way to an order; shop staff take along that they found it."""
    there = reverse("till:back", args=[location_id, order_id])
    proof = tokens.make(FOUND, [request.ctx.organisation_id, request.staff.id, order_id])
    return HttpResponseRedirect(f"{there}?{urlencode({'found': proof})}" if request.staff.is_bound else there)


def _is_theirs(request: StaffRequest, row: OrderRow, who: str) -> bool:
    """Whether a number alone opens an order, which is that of a receipt, or what its buyer knows was said."""
    if row.id in over_the_counter.handed_over_in(request.ctx, order_ids=[row.id]):
        return True
    return bool(who) and _knows(request.ctx, row, who)


def _knows(ctx: Ctx, row: OrderRow, who: str) -> bool:
    to = orders.destinations(ctx, order_ids=[row.id])[row.id]
    phone, postcode = orders.get(ctx, id=row.id).phone, _folded(to.postal_code)
    return any(
        (
            normalise_email(who) and normalise_email(who) == normalise_email(to.email),
            phone and normalise_phone(who, to.country) == normalise_phone(phone, to.country),
            len(postcode) >= SHORTEST_POSTCODE and _folded(who) == postcode,
        )
    )


def _folded(postcode: str) -> str:
    return "".join(one for one in postcode.upper() if one.isalnum())


def require_found(request: StaffRequest, *, order_id: int) -> None:
    """Lets shop staff open what was sold in a shop of theirs, and for an hour what they found themselves.

    Refuses: every other order, and numbers of none, in the same words.
    """
    if not request.staff.is_bound:
        return
    there = over_the_counter.handed_over_in(request.ctx, order_ids=[order_id]).get(order_id)
    if there is not None and request.staff.works_at(there):
        return
    try:
        proved = tokens.read(FOUND, request.GET.get("found", ""), max_age_s=OPEN_FOR_S)
    except Refused:
        raise Refused(LOOK_UP_FIRST) from None
    if proved != [request.ctx.organisation_id, request.staff.id, order_id]:
        raise Refused(LOOK_UP_FIRST)
