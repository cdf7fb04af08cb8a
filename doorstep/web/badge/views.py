"""The stock badge: what a shopper may know, on any page of any shop. It knows no cookie, and tells no number above a few."""

from __future__ import annotations

from pathlib import Path

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET

from doorstep.accounts import queries as accounts
from doorstep.stock import availability
from doorstep.stock.availability import Availability
from doorstep.stock.values import Selling
from doorstep.web.parts import scripts
from doorstep.web.parts.for_customers import customer_ctx, language_of, within
from doorstep.web.parts.given import keepable
from doorstep.web.parts.pages import public

script = scripts.of(Path(__file__).with_name("badge.js"), scripts.FOR_ANY_PAGE)  # a shop puts it into its pages
MOST_SKUS, FEW = 50, 5
ASKED_A_MINUTE, MINUTE_S = 240, 60  # of one address; several people may sit behind it
FRESH_S = 5


@public
@require_GET
def stock(request: HttpRequest) -> HttpResponse:
    """How products can be bought now, by SKU: in words, and as a state to be coloured by.  Unknown SKUs are left out."""
    if not within(f"badge:{request.META.get('REMOTE_ADDR', '')}", most=ASKED_A_MINUTE, per_s=MINUTE_S):
        return _shared(JsonResponse({"items": {}}, status=429))
    brand = accounts.find_organisation_by_slug(slug=keepable(request.GET.get("brand", ""))[:60])
    if brand is None:
        return _shared(JsonResponse({"items": {}}, status=404))
    skus = list(dict.fromkeys(keepable(sku)[:64] for sku in request.GET.getlist("sku") if sku))[:MOST_SKUS]
    known = availability.of_skus(customer_ctx(brand.id), skus=skus) if skus else {}
    with translation.override(language_of(request, "en")):
        response = JsonResponse({"items": {sku: _said(row) for sku, row in known.items()}})
    response.headers["Cache-Control"] = f"public, max-age={FRESH_S}"
    return _shared(response)


def _said(row: Availability) -> dict[str, str | int | None]:
    if row.on_sale and row.available > FEW:
        return {"state": "in_stock", "left": None, "says": gettext("In stock")}
    if row.on_sale and row.available > 0:
        says = ngettext("Only %(n)s left", "Only %(n)s left", row.available) % {"n": row.available}
        return {"state": "few", "left": row.available, "says": says}
    if row.on_sale and row.selling == Selling.PREORDER:
        says = gettext("Pre-order")
        if row.available_on is not None:
            says = gettext("Pre-order, from %(day)s") % {"day": date_format(row.available_on, "DATE_FORMAT")}
        return {"state": "preorder", "left": None, "says": says}
    if row.on_sale and row.selling == Selling.BACKORDER:
        return {"state": "backorder", "left": None, "says": gettext("Can be ordered, ships later")}
    return {"state": "out", "left": None, "says": gettext("Sold out")}


def _shared(response: HttpResponse) -> HttpResponse:
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
