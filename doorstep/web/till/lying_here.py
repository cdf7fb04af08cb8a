"""What lies in a shop, and which returns came in there: all that its staff need to know of stock."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from doorstep.catalog import queries as catalog
from doorstep.payments.till import actions as till
from doorstep.returns import queries as returns
from doorstep.returns.values import ReturnFilter
from doorstep.stock import queries as stock
from doorstep.web.parts.pages import StaffRequest, page

MOST, NEWEST = 200, 20


@page("till:read")
def lying_here(request: StaffRequest, location_id: int) -> HttpResponse:
    """The shelf of this shop, by product, and the newest returns that were taken in here."""
    shop = till.shop_of(request.ctx, location_id=location_id)
    query = request.GET.get("q", "").strip()[:100]
    wanted = [row.id for row in catalog.search_variants(request.ctx, query=query, limit=MOST)] if query else None
    pool = stock.list_pool(request.ctx, location_id=location_id, limit=MOST, variant_ids=wanted)
    known = catalog.variants_by_id(request.ctx, ids=[row.variant_id for row in pool])
    levels = [
        (known[row.variant_id], row)
        for row in stock.levels_of(request.ctx, variant_ids=list(known))
        if row.location_id == location_id
    ]
    facts = {
        "shop": shop, "levels": sorted(levels, key=lambda pair: pair[0].title), "query": query, "most": MOST,
        "returns": returns.list_returns(request.ctx, where=ReturnFilter(location_id=location_id), limit=NEWEST),
    }  # fmt: skip
    return render(request, "till/stock.html", facts)
