"""Orders: the list."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render

from doorstep.channels import queries as channels
from doorstep.customers import queries as customers
from doorstep.locations import queries as locations
from doorstep.orders import parking as order_parking
from doorstep.orders import queries
from doorstep.orders.values import PaymentState
from doorstep.web.customers.views import country_words
from doorstep.web.orders import filters, origin, parking
from doorstep.web.orders.listing import LISTING, hold_words
from doorstep.web.parts import cursor, listing
from doorstep.web.parts.listing import Tab
from doorstep.web.parts.pages import StaffRequest, page

LIMIT = 50
KEY = (datetime, int)


@page("orders:read")
def index(request: StaffRequest) -> HttpResponse:
    """Orders, newest first."""
    where = filters.read(request.GET, now=request.ctx.now, timezone=request.organisation.timezone)
    after = cursor.unpack(request.GET.get("after", ""), *KEY)
    found = queries.list_orders(request.ctx, where=where, after=after, limit=LIMIT + 1)
    counts = queries.count_views(request.ctx, views=[view for view, _ in filters.TABS])
    shops = channels.list_connections(request.ctx)
    tabs = [Tab(view, word, counts[view]) for view, word in filters.TABS]
    listed = cursor.paged(request, found, limit=LIMIT, key=lambda row: (row.placed_at, row.id))
    bar = listing.bar(request, LISTING, tabs=tabs, parameter="view")
    ids = [row.id for row in listed.rows] if "hold" in bar.shown or where.view in ("held", "parked") else []
    names = {shop.id: shop.name for shop in shops}
    origins = origin.words_of(request.ctx, rows=listed.rows, shops=names) if "shop" in bar.shown else {}
    is_parked = where.view == "parked" or "parked" in bar.shown
    zone = request.organisation.timezone
    facts = {
        "parked": parking.days_of(request.ctx, order_ids=[row.id for row in listed.rows], timezone=zone) if is_parked else {},
        "parking_rule": order_parking.rule_of(request.ctx) if where.view == "parked" else None,
        "can_set": request.may("settings:write"),
        "page": listed, "bar": bar, "where": where, "after": after,
        "holds": hold_words(request.ctx, order_ids=ids) if ids else {},
        "shops": shops, "origins": origins,
        "places": locations.list_active(request.ctx), "payments": list(PaymentState),
        "periods": filters.PERIODS, "period": request.GET.get("period", ""),
        "countries": country_words(customers.list_countries(request.ctx)), "is_empty": not found and not request.GET,
    }  # fmt: skip
    return render(request, "orders/index.html", facts)
