"""Orders: the list, what is done to many of them at once, and the list as a file."""

from __future__ import annotations

import csv
import io
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from doorstep.base.refusals import FORBIDDEN, Refused
from doorstep.channels import queries as channels
from doorstep.customers import queries as customers
from doorstep.flows import bulk
from doorstep.locations import queries as locations
from doorstep.orders import queries
from doorstep.orders.values import OrderRow, PaymentState
from doorstep.web.customers.views import country_words
from doorstep.web.orders import filters
from doorstep.web.parts import cursor
from doorstep.web.parts.pages import StaffRequest, page

LIMIT = 50
CHUNK = 1000
KEY = (datetime, int)
COLUMNS = (
    "name", "external_id", "placed_at", "customer", "email", "country", "units", "total", "currency", "state", "payment",
    "fulfilment", "on_hold", "tags",
)  # fmt: skip


@page("orders:read")
def index(request: StaffRequest) -> HttpResponse:
    """Orders, newest first."""
    where = filters.read(request.GET)
    after = cursor.unpack(request.GET.get("after", ""), *KEY)
    found = queries.list_orders(request.ctx, where=where, after=after, limit=LIMIT + 1)
    listed = cursor.paged(request, found, limit=LIMIT, key=lambda row: (row.placed_at, row.id))
    counts = queries.count_views(request.ctx, views=[view for view, _ in filters.TABS])
    query = request.GET.copy()
    query.pop("after", None)
    kept = query.copy()
    kept.pop("view", None)
    shops = channels.list_connections(request.ctx)
    facts = {
        "page": listed, "where": where, "after": after, "query": query.urlencode(), "kept": kept.urlencode(),
        "tabs": [(view, word, counts[view]) for view, word in filters.TABS],
        "shops": shops, "shop_names": {shop.id: shop.name for shop in shops},
        "places": locations.list_active(request.ctx), "payments": list(PaymentState),
        "countries": country_words(customers.list_countries(request.ctx)),
        "is_empty": not found and not request.GET, "is_filtered": bool(request.GET),
        "can_write": request.may("orders:write"), "can_print": request.may("fulfilment:write"),
    }  # fmt: skip
    return render(request, "orders/index.html", facts)


@page("orders:read", methods=("POST",))
def preview(request: StaffRequest) -> HttpResponse:
    """A dialog that tells what a verb would do to the chosen orders."""
    verb = _verb(request)
    effect = bulk.preview(request.ctx, verb=verb, order_ids=filters.chosen(request.ctx, request.POST))
    facts = {
        "effect": effect,
        "left": effect.total - effect.able,
        "post": request.POST,
        "chosen": request.POST.getlist("order"),
    }
    return render(request, "orders/preview.html", facts)


@page("orders:read", methods=("POST",))
def start(request: StaffRequest) -> HttpResponse:
    """Starts a verb on the chosen orders in the worker and shows how far it is."""
    verb = _verb(request)
    ids = filters.chosen(request.ctx, request.POST)
    job = bulk.start(request.ctx, verb=verb, order_ids=ids, note=request.POST.get("note", "").replace("\x00", ""))
    return redirect("bulk:job", job)


def _verb(request: StaffRequest) -> str:
    verb = request.POST.get("verb", "")
    if not request.may("fulfilment:write" if verb == "print" else "orders:write"):
        raise Refused(FORBIDDEN)
    return verb


@page("orders:read")
def export(request: StaffRequest) -> HttpResponse:
    """Every order that the filter matches, as a file that spreadsheets open."""
    where, out = filters.read(request.GET), io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    after: tuple[datetime, int] | None = None
    while rows := queries.list_orders(request.ctx, where=where, after=after, limit=CHUNK):
        writer.writerows([_harmless(cell) for cell in _cells(row)] for row in rows)
        after = (rows[-1].placed_at, rows[-1].id)
    response = HttpResponse(out.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{gettext("orders")}-{request.ctx.now:%Y-%m-%d}.csv"'
    return response


def _cells(row: OrderRow) -> list[str]:
    return [
        row.name, row.external_id, row.placed_at.isoformat(), row.customer_name, row.email, row.country, str(row.units),
        str(row.total.decimal), row.currency, row.state, row.payment_state, row.fulfilment_state,
        "yes" if row.on_hold else "no", " ".join(row.tags),
    ]  # fmt: skip


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula.  Source: OWASP, CSV injection."""
    return f"'{cell}" if cell[:1] in ("=", "+", "@", "\t") else cell
