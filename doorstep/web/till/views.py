"""The till of a shop: which shop, what may be sold, and the page on which it is sold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from doorstep.base.ctx import Ctx
from doorstep.base.money import digits_of
from doorstep.catalog import queries as catalog
from doorstep.flows.receipt import head_of
from doorstep.flows.return_in_shop import taken_back
from doorstep.locations import queries as locations
from doorstep.locations.values import LocationKind, LocationRow
from doorstep.payments import queries as accounts
from doorstep.payments.till import actions as till
from doorstep.payments.till import paper as papers
from doorstep.payments.till import queries as drawers
from doorstep.returns import queries as returns
from doorstep.web.parts import scripts
from doorstep.web.parts.given import id_of, ids_of
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.till import following, words

NOTES = {
    "KRW": (1000, 5000, 10_000, 50_000), "EUR": (500, 1000, 2000, 5000, 10_000), "USD": (500, 1000, 2000, 5000, 10_000),
    "GBP": (500, 1000, 2000, 5000), "JPY": (1000, 5000, 10_000), "CHF": (1000, 2000, 5000, 10_000),
}  # fmt: skip
# It keeps the page of a till in its browser, and stands here because it may reach no further than its folder.
worker = scripts.of(Path(__file__).with_name("worker.js"), scripts.ASKED_EACH_TIME)
MOST_EXCHANGES = 20
KEPT = "X-Till-Kept"  # says to the worker that the browser may keep this page for when there is no connection
# No terminal is wired yet: only a sandbox takes cards here, and these are what it knows. Others are noted as on own terminal.
TEST_CARDS = {
    "sandbox_payment": (
        ("pm_card", _("Accepted")), ("pm_declined", _("Declined")), ("pm_no_funds", _("Without funds")),
    ),
}  # fmt: skip


def shops(ctx: Ctx) -> list[LocationRow]:
    """Locations with a till."""
    return [row for row in locations.list_active(ctx) if row.kind == LocationKind.SHOP]


@page("till:read")
def index(request: StaffRequest) -> HttpResponse:
    """Which shop this is; the browser remembers it."""
    mine = [row for row in shops(request.ctx) if request.staff.works_at(row.id)]
    rows = [(row, drawers.find_open(request.ctx, location_id=row.id)) for row in mine]
    facts = {"shops": rows, "may_set": request.may("settings:write"), "room": request.organisation.id}
    return render(request, "till/index.html", facts)


@page("till:write")
def counter(request: StaffRequest, location_id: int) -> HttpResponse:
    """Scan, basket, pay: the page on which a shop sells.  `?return=`: what came back goes towards the sale, as far as it is
    not paid out yet; what it is worth is looked up.
    """
    shop = till.shop_of(request.ctx, location_id=location_id)
    shift = drawers.find_open(request.ctx, location_id=location_id)
    currency = shift.currency if shift else request.organisation.default_currency
    came = id_of(request.GET.get("return", ""))
    exchange = _exchange(request, location_id, came) if came else None
    account = accounts.find_default_account(request.ctx)
    cards = TEST_CARDS.get(account.provider, ()) if account is not None else ()
    paper = papers.paper_of(request.ctx, location_id=location_id)
    brand = request.organisation.name
    told = {
        "currency": currency,
        "digits": digits_of(currency),
        "language": request.LANGUAGE_CODE,
        "notes": NOTES.get(currency, ()),
        "card": bool(cards),
        "code": shop.code,
        "paper": {  # what is the same on every receipt, so that one needs no connection
            "brand": brand, "head": head_of(brand, shop, name=paper.name, registration=paper.registration),
            "by": request.ctx.actor.name, "zone": shop.timezone, "foot": [paper.footer] if paper.footer else [],
        },
        "exchange": exchange,
        "exchange_over": bool(came) and exchange is None,
        "exchanges": reverse("till:exchanges", args=[location_id]),
        "receipt": reverse("till:receipt", args=[1]),
        "undo": reverse("till:undo_charge", args=[location_id, 1]),
    }
    facts = {
        "shop": shop, "shift": shift, "told": told, "words": words.on_page(), "reasons": words.REASONS, "currency": currency,
        "cards": cards,
    }  # fmt: skip
    response = render(request, "till/counter.html", facts)
    if shift is not None:
        response.headers[KEPT] = "1"
    return response


def _exchange(request: StaffRequest, location_id: int, return_id: int) -> dict[str, Any] | None:
    """What the page is told of a return that goes towards a sale; None where nothing of it is left to be paid out here."""
    row = returns.returns_by_id(request.ctx, ids=[return_id]).get(return_id)
    taken = taken_back(request.ctx, return_id=row.id) if row is not None and row.location_id == location_id else None
    if row is None or taken is None or not taken.here_minor:
        return None
    return {
        "id": row.id, "name": row.name, "worth": taken.here_minor, "href": reverse("till:pay", args=[location_id, row.id]),
    }  # fmt: skip


@page("till:write")
def exchanges(request: StaffRequest, location_id: int) -> HttpResponse:
    """Which of these returns (`?ids=`) are still to be paid out here, and what they are worth."""
    till.shop_of(request.ctx, location_id=location_id)
    ids = ids_of(request.GET.get("ids", "").split(",")[:MOST_EXCHANGES])
    found = [_exchange(request, location_id, id) for id in ids]
    return JsonResponse({"exchanges": [one for one in found if one is not None]})


@page("till:read")
def items(request: StaffRequest, location_id: int) -> HttpResponse:
    """What may be sold here: the things that lie in the shop, or those that a search or a code means.

    `here` is the quota while there is no connection: units that no order is pinned to.  With what lies here comes a `cursor`: asked
    for `after` it, only what is otherwise by then is told, and `more` says that there is yet more.  Where it is no longer known,
    all is told.  Of what a search finds, things that lie here come first.
    """
    till.shop_of(request.ctx, location_id=location_id)
    code, query = request.GET.get("code", "").strip()[:120], request.GET.get("q", "").strip()[:100]
    if code:
        found = catalog.find_by_code(request.ctx, code=code)
        rows = [found] if found is not None and not found.archived else []
    elif query:
        rows = catalog.search_variants(request.ctx, query=query, limit=40)
    else:
        return JsonResponse(following.items(request.ctx, location_id=location_id, after=request.GET.get("after", "")))
    told = following.shown(request.ctx, [row for row in rows if not row.archived], location_id)
    return JsonResponse({"items": sorted(told, key=lambda one: not one["here"])})
