"""Customs: on which terms the brand and its places export, and what is declared of one parcel."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.base import money
from doorstep.base.money import Money
from doorstep.base.refusals import Refused
from doorstep.flows import declare
from doorstep.locations import exporting as places
from doorstep.locations import queries as locations
from doorstep.orders import queries as orders
from doorstep.shipping import exporting, queries
from doorstep.shipping.terms import BrandTerms, Contents, Filing, Incoterm, Ioss, NonDelivery, ParcelTerms, PlaceTerms
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.settings.views import errors_of, show

Words = dict[str, Any]
INCOTERMS: Words = {
    Incoterm.DAP: _("DAP: the customer pays duties and tax at the door"),
    Incoterm.DDP: _("DDP: we pay duties and tax"),
}
NON_DELIVERY: Words = {NonDelivery.RETURN: _("Send it back to us"), NonDelivery.ABANDON: _("Give it up, there")}
CONTENTS: Words = {
    Contents.MERCHANDISE: _("Merchandise: it was sold"), Contents.RETURNED: _("Returned goods"),
    Contents.GIFT: _("Gift: sent for nothing, from person to person"), Contents.SAMPLE: _("Sample"),
    Contents.DOCUMENTS: _("Documents"), Contents.OTHER: _("Something else"),
}  # fmt: skip
IOSS: Words = {
    Ioss.USED: _("The import tax was paid with the order: the IOSS number is sent along."),
    Ioss.NO_NUMBER: _("No IOSS number is set, so the tax is paid there."),
    Ioss.NOT_INTO_THE_EU: _("It does not go into the EU from outside, so IOSS does not count."),
    Ioss.NOT_A_SALE: _("It is no sale, so IOSS does not count."),
    Ioss.OVER_THE_LIMIT: _("The goods of this order are worth more than 150 EUR, so IOSS may not be used; the tax is paid there."),
    Ioss.VALUE_UNKNOWN: _("Nobody said what 150 EUR are in the money of this order, so IOSS is not used."),
}
FILING: Words = {
    Filing.CANADA: _("To Canada nothing is filed (NOEEI 30.36)."),
    Filing.LOW_VALUE: _("No kind of goods is worth more than 2,500 USD, so nothing is filed (NOEEI 30.37(a))."),
    Filing.FILED: _("It was filed; the ITN is sent along."),
    Filing.NEEDED: _(
        "More than 2,500 USD of one kind leave the United States, or nobody said what its worth is in USD. File it at AESDirect, "
        "then write its ITN here: no label is bought before."
    ),
}
AS_USUAL = _("As usual: %(usual)s")


def _usual(words: Words, usual: str) -> tuple[str, str]:
    return "", AS_USUAL % {"usual": str(words.get(usual, "")).partition(":")[0]}


@page("settings:read")
def terms(request: StaffRequest) -> HttpResponse:
    """On which terms the brand exports, and its places."""
    return _terms(request, exporting.brand_terms(request.ctx))


def _terms(request: StaffRequest, brand: BrandTerms, errors: dict[str, str] | None = None) -> HttpResponse:
    exports = places.exports(request.ctx)
    facts = {
        "brand": brand, "errors": errors or {}, "currency": request.organisation.default_currency,
        "incoterms": list(INCOTERMS.items()), "non_delivery": list(NON_DELIVERY.items()),
        "place_incoterms": [_usual(INCOTERMS, brand.incoterm), *INCOTERMS.items()],
        "places": [(at, exports[at.id]) for at in locations.list_active(request.ctx)],
    }  # fmt: skip
    return show(request, "customs", facts, status=422 if errors else 200)


@page("settings:write", methods=("POST",))
def save_terms(request: StaffRequest) -> HttpResponse:
    """Keeps on which terms the brand exports."""
    given = request.POST
    wanted = BrandTerms(given.get("incoterm", ""), given.get("non_delivery", ""), given.get("ioss", "").strip())
    try:
        limits = [_limit(request, name) for name in ("ioss_limit", "eei_limit")]
        wanted = BrandTerms(wanted.incoterm, wanted.non_delivery, wanted.ioss, *limits)
        exporting.set_brand_terms(request.ctx, wanted=wanted)
    except Refused as refused:
        return _terms(request, wanted, errors_of(refused))
    messages.success(request, gettext("The terms are saved. They count for labels bought from now on."))
    return redirect("customs:index")


def _limit(request: StaffRequest, name: str) -> Money | None:
    text = request.POST.get(name, "").replace(",", "").strip()
    return money.parse(text, request.organisation.default_currency) if text else None


@page("settings:write", methods=("POST",))
def save_places(request: StaffRequest) -> HttpResponse:
    """Keeps under which numbers the places export, all of them or none."""
    given, at = request.POST, 0
    try:
        with transaction.atomic():
            for row in locations.list_active(request.ctx):
                at = row.id
                if f"eori-{at}" in given:
                    wanted = PlaceTerms(*(given.get(f"{name}-{at}", "") for name in ("eori", "signer", "incoterm")))
                    declare.set_place(request.ctx, location_id=at, wanted=wanted)
    except Refused as refused:
        errors = {f"{field}-{at}": said for field, said in errors_of(refused).items()}
        return _terms(request, exporting.brand_terms(request.ctx), errors)
    messages.success(request, gettext("The terms are saved. They count for labels bought from now on."))
    return redirect("customs:index")


@page("fulfilment:read")
def parcel(request: StaffRequest, id: int) -> HttpResponse:
    """What customs are told of a parcel, and why."""
    return _parcel(request, id, exporting.parcel_terms(request.ctx, parcel_id=id))


def _parcel(request: StaffRequest, id: int, said: ParcelTerms, errors: dict[str, str] | None = None) -> HttpResponse:
    ctx = request.ctx
    row = queries.get_parcel(ctx, parcel_id=id)
    items = declare.items_of(ctx, parcel=row)
    decided = declare.terms_of(ctx, parcel=row, items=items)
    brand = exporting.brand_terms(ctx)
    usual = places.export_of(ctx, location_id=row.location_id).incoterm or brand.incoterm
    contents = Contents.RETURNED if row.direction == "back" else Contents.MERCHANDISE
    facts: dict[str, Any] = {
        "parcel": row, "items": [(item, item.value * item.qty) for item in items], "decided": decided, "said": said,
        "order": orders.orders_by_id(ctx, ids=[row.order_id])[row.order_id], "value": declare.value_of(ctx, order_id=row.order_id),
        "ioss": IOSS.get(decided.ioss) if decided else "", "filing": FILING.get(decided.filing) if decided else "",
        "terms": _in_words(decided.terms.incoterm, decided.terms.contents, decided.terms.non_delivery) if decided else (),
        "contents": [_usual(CONTENTS, contents), *CONTENTS.items()], "incoterms": [_usual(INCOTERMS, usual), *INCOTERMS.items()],
        "non_delivery": [_usual(NON_DELIVERY, brand.non_delivery), *NON_DELIVERY.items()], "errors": errors or {},
        "can_change": row.state == "packed" and not queries.live_labels_of(ctx, parcel_ids=[id]),
        "can_write": request.may("fulfilment:write"), "asks_itn": bool(decided and decided.filing is not Filing.NONE),
    }  # fmt: skip
    return render(request, "shipments/customs.html", facts, status=422 if errors else 200)


def _in_words(incoterm: str, contents: str, non_delivery: str) -> tuple[Any, Any, Any]:
    return INCOTERMS[incoterm], CONTENTS[contents], NON_DELIVERY[non_delivery]


@page("fulfilment:write", methods=("POST",))
def declare_parcel(request: StaffRequest, id: int) -> HttpResponse:
    """Keeps what somebody says of a parcel."""
    given = request.POST
    wanted = ParcelTerms(*(given.get(name, "").strip() for name in ("contents", "explanation", "incoterm", "non_delivery", "itn")))
    try:
        exporting.declare(request.ctx, parcel_id=id, wanted=wanted)
    except Refused as refused:
        return _parcel(request, id, wanted, errors_of(refused))
    messages.success(request, gettext("It is declared so. Ask for the label again, where it was declined."))
    return redirect("shipments:shipment", id)
