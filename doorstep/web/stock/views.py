"""Stock: the list by variant, and one variant with its places and its ledger."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.base.refusals import INVALID, NOT_FOUND, Refused
from doorstep.base.words import gettext_noop
from doorstep.catalog import components
from doorstep.catalog import queries as catalog
from doorstep.catalog.values import VariantRow
from doorstep.flows.contents import Contents, contents_of
from doorstep.locations import queries as locations
from doorstep.stock import actions as stock
from doorstep.stock import queries
from doorstep.stock import safety as keeping
from doorstep.stock.values import Change, Count, Keep, LedgerFilter, LevelRow, MovementKind
from doorstep.web.parts import cursor, listing
from doorstep.web.parts.listing import Tab
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.stock import inbound, promising, words, worth
from doorstep.web.stock import listing as shelves

LIMIT = 50
MOST = 1_000_000
MOST_BUNDLES = 10
TABS = (("", _("All")), ("low", _("Low")), ("out", _("Out of stock")), ("recount", _("To recount")))
DOINGS = (("receive", _("Receive")), ("count", _("Count")))


@page("stock:read")
def index(request: StaffRequest) -> HttpResponse:
    """Variants with what is on hand, promised and available, and where it lies."""
    where = shelves.read(request.GET)
    after = cursor.unpack(request.GET.get("after", ""), int)
    found = shelves.find(request.ctx, where, after=after[0] if after else 0, limit=LIMIT + 1)
    listed = cursor.paged(request, found, limit=LIMIT, key=lambda row: (row.variant_id,))
    then = shelves.then_of(request.ctx, request.GET)
    lines = shelves.told(request.ctx, listed.rows, then)
    bar = listing.bar(request, shelves.LISTING, tabs=[Tab(*tab) for tab in TABS], parameter="only")
    places = locations.list_active(request.ctx)
    shown = [place.id for place in places if f"at-{place.id}" in bar.shown]
    facts = {
        "page": listed, "where": where, "bar": bar, "places": places, "after": after,
        "lines": [(line, [line.at.get(id, 0) for id in shown]) for line in lines],
        "is_empty": not found and not request.GET, "bundles": _bundles(request, where) if not after and not then else [],
        "late": inbound.late(request.ctx), "then": then, "at": request.GET.get("at", ""),
        "can_write": request.may("stock:write"),
    }  # fmt: skip
    return render(request, "stock/index.html", facts)


def _bundles(request: StaffRequest, where: shelves.Filter) -> list[Contents]:
    """Bundles that a search finds: they lie nowhere themselves, so that they have no row."""
    if not where.text:
        return []
    ids = catalog.list_variant_ids(request.ctx, query=where.text, limit=shelves.CHUNK)
    return list(contents_of(request.ctx, variant_ids=ids).values())[:MOST_BUNDLES]


@page("stock:read")
def variant(request: StaffRequest, variant_id: int) -> HttpResponse:
    """One variant: counters per place, the ledger, and what a person may book."""
    row = _variant(request, variant_id)
    after = cursor.unpack(request.GET.get("after", ""), int)
    before = after[0] if after else None
    then = words.moment_of(request.GET.get("at", ""), request.organisation.timezone, latest=request.ctx.now)
    found = queries.list_movements(
        request.ctx, where=LedgerFilter((variant_id,), until=then), before=before, limit=LIMIT + 1
    )
    listed = cursor.paged(request, found, limit=LIMIT, key=lambda move: (move.id,))
    levels = {level.location_id: level for level in queries.levels_of(request.ctx, variant_ids=[variant_id])}
    places = locations.list_active(request.ctx)
    names = {place.id: place.name for place in locations.list_locations(request.ctx)}
    pool = queries.pool_of(request.ctx, variant_ids=[variant_id])[variant_id]
    if then:
        told = queries.as_of(request.ctx, variant_ids=[variant_id], at=then)
        pool, levels = told.pool[variant_id], {level.location_id: level for level in told.levels}
    shown = [(place, levels.get(place.id) or LevelRow(variant_id, place.id, 0, 0, 0, 0, "")) for place in places]
    facts = {
        "row": row, "pool": pool, "page": listed, "after": after, "levels": shown, "doings": DOINGS, "places": places,
        "place_words": [(place.id, place.name) for place in places], "then": then, "at": request.GET.get("at", ""),
        "keep_words": [(0, gettext("Everywhere")), *[(place.id, place.name) for place in places]],
        "moves": words.told(request.ctx, listed.rows, names), "can_write": request.may("stock:write"),
        "bundle": contents_of(request.ctx, variant_ids=[variant_id]).get(variant_id),
        "uses": components.uses_of(request.ctx, variant_ids=[variant_id]).get(variant_id, []),
        **worth.facts_of(request.ctx, variant_id=variant_id, places={place.id: place for place in places}),
        **inbound.facts_of(request.ctx, variant_id), **promising.facts_of(request.ctx, variant_id=variant_id),
    }  # fmt: skip
    return render(request, "stock/variant.html", facts)


def _variant(request: StaffRequest, variant_id: int) -> VariantRow:
    found = catalog.variants_by_id(request.ctx, ids=[variant_id]).get(variant_id)
    if found is None:
        raise Refused(NOT_FOUND, {"what": "variant", "key": variant_id})
    return found


@page("stock:write", methods=("POST",))
def change(request: StaffRequest, variant_id: int) -> HttpResponse:
    """Books what physically changed in one place; the reason is kept in the ledger."""
    _variant(request, variant_id)
    place = locations.get(request.ctx, location_id=_number(request, "location", least=1))
    doing, qty = request.POST.get("doing", ""), _number(request, "qty", least=-MOST)
    reason = request.POST.get("reason", "").replace("\x00", "").strip()[:50]
    reference = f"staff:{request.staff.user_id}"
    if qty < 0:
        raise Refused(INVALID, {"field": gettext_noop("Units"), "problem": gettext_noop("Write zero or more.")})
    if doing not in dict(DOINGS):
        raise Refused(INVALID, {"field": gettext_noop("Action"), "problem": doing[:40]})
    try:
        if doing == "count":
            stock.count(request.ctx, counts=[Count(variant_id, place.id, qty)], reference=reference)
        else:
            stock.change(
                request.ctx, changes=[Change(variant_id, place.id, on_hand=qty)], kind=MovementKind.RECEIPT,
                reason=reason or "delivered", reference=reference,
            )  # fmt: skip
    except Refused as refused:
        raise words.named(request.ctx, refused) from None
    messages.success(request, gettext("The stock is booked."))
    return redirect("stock:variant", variant_id)


@page("stock:write", methods=("POST",))
def safety(request: StaffRequest, variant_id: int) -> HttpResponse:
    """Sets how many units are kept back from every channel, everywhere or in one place."""
    _variant(request, variant_id)
    at = _number(request, "location", least=0) if request.POST.get("location") else 0
    place = locations.get(request.ctx, location_id=at).id if at else None
    keeping.keep_back(request.ctx, keeps=[Keep(variant_id, place, _number(request, "qty", least=0))])
    messages.success(request, gettext("The safety stock is set."))
    return redirect("stock:variant", variant_id)


@page("stock:write", methods=("POST",))
def set_bin(request: StaffRequest, variant_id: int) -> HttpResponse:
    """Says on which shelf a variant lies."""
    _variant(request, variant_id)
    place = locations.get(request.ctx, location_id=_number(request, "location", least=1))
    code = request.POST.get("bin", "").replace("\x00", "").strip()[:30]
    stock.set_bin(request.ctx, variant_id=variant_id, location_id=place.id, bin=code)
    return redirect("stock:variant", variant_id)


def _number(request: StaffRequest, name: str, *, least: int) -> int:
    """A whole number of the form.  Refuses: anything else, and absurd sizes."""
    text = request.POST.get(name, "").strip().replace(",", "").replace("−", "-")
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 19) or int(text) < least:
        raise Refused(INVALID, {"field": gettext_noop("Units"), "problem": gettext_noop("Write a whole number.")})
    if name == "qty" and abs(int(text)) > MOST:
        raise Refused(INVALID, {"field": gettext_noop("Units"), "problem": gettext_noop("This is too many.")})
    return int(text)
