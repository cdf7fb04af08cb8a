"""Stock: the list by variant, and one variant with its places and its ledger."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.base.refusals import INVALID, NOT_FOUND, Refused
from doorstep.base.words import gettext_noop
from doorstep.catalog import queries as catalog
from doorstep.catalog.values import VariantRow
from doorstep.locations import queries as locations
from doorstep.orders import queries as orders
from doorstep.stock import actions as stock
from doorstep.stock import queries
from doorstep.stock import safety as keeping
from doorstep.stock.values import NOT_ENOUGH, Change, Count, Keep, MovementKind, MovementRow
from doorstep.web.parts import cursor, listing
from doorstep.web.parts.listing import Tab
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.stock import listing as shelves

LIMIT = 50
MOST = 1_000_000
TABS = (("", _("All")), ("low", _("Low")), ("out", _("Out of stock")), ("recount", _("To recount")))
DOINGS = (("receive", _("Receive")), ("adjust", _("Adjust")), ("count", _("Count")), ("damage", _("Damage")))
KINDS = {
    "receipt": _("Receipt"), "sale": _("Sale"), "adjustment": _("Adjustment"), "transfer": _("Transfer"),
    "count": _("Count"), "return": _("Return"), "write_off": _("Write-off"), "reservation": _("Reservation"),
    "allocation": _("Allocation"),
}  # fmt: skip
REASONS = {
    "order": _("promised to an order"), "routed": _("pinned to this place"), "unpinned": _("pinned elsewhere"),
    "shipped": _("shipped"), "order_cancelled": _("order cancelled"), "counted": _("counted"), "delivered": _("delivered"),
    "no_location_can_serve": _("no place could serve the order"), "opening_balance": _("opening balance"),
    "past_sale": _("sold before Doorstep"), "short_pick": _("a picker found too few"),
}  # fmt: skip


@page("stock:read")
def index(request: StaffRequest) -> HttpResponse:
    """Variants with what is on hand, promised and available, and where it lies."""
    where = shelves.read(request.GET)
    after = cursor.unpack(request.GET.get("after", ""), int)
    found = shelves.find(request.ctx, where, after=after[0] if after else 0, limit=LIMIT + 1)
    listed = cursor.paged(request, found, limit=LIMIT, key=lambda row: (row.variant_id,))
    lines = shelves.told(request.ctx, listed.rows)
    bar = listing.bar(request, shelves.LISTING, tabs=[Tab(*tab) for tab in TABS], parameter="only")
    places = locations.list_active(request.ctx)
    shown = [place.id for place in places if f"at-{place.id}" in bar.shown]
    facts = {
        "page": listed, "where": where, "bar": bar, "places": places, "after": after,
        "lines": [(line, [line.at.get(id, 0) for id in shown]) for line in lines],
        "is_empty": not found and not request.GET,
    }  # fmt: skip
    return render(request, "stock/index.html", facts)


@page("stock:read")
def variant(request: StaffRequest, variant_id: int) -> HttpResponse:
    """One variant: counters per place, the ledger, and what a person may book."""
    row = _variant(request, variant_id)
    after = cursor.unpack(request.GET.get("after", ""), int)
    before = after[0] if after else None
    found = queries.movements_of(request.ctx, variant_id=variant_id, before=before, limit=LIMIT + 1)
    listed = cursor.paged(request, found, limit=LIMIT, key=lambda move: (move.id,))
    levels = {level.location_id: level for level in queries.levels_of(request.ctx, variant_ids=[variant_id])}
    places = locations.list_active(request.ctx)
    names = {place.id: place.name for place in locations.list_locations(request.ctx)}
    facts = {
        "row": row, "pool": queries.pool_of(request.ctx, variant_ids=[variant_id])[variant_id], "page": listed, "after": after,
        "levels": [(place, levels.get(place.id)) for place in places], "doings": DOINGS, "places": places,
        "place_words": [(place.id, place.name) for place in places],
        "moves": [_told(move, names) for move in listed.rows], "can_write": request.may("stock:write"),
        "order_of": _orders_of(request, listed.rows),
    }  # fmt: skip
    return render(request, "stock/variant.html", facts)


def _told(move: MovementRow, names: dict[int, str]) -> dict[str, Any]:
    words = REASONS.get(move.reason, move.reason)
    return {
        "row": move,
        "kind": KINDS.get(move.kind, move.kind),
        "reason": words,
        "place": names.get(move.location_id or 0, ""),
        "pick_list": move.reference.removeprefix("pick_list:") if move.reference.startswith("pick_list:") else "",
    }


def _orders_of(request: StaffRequest, moves: Any) -> dict[str, Any]:
    """The order behind each reference to an order line."""
    lines = {m.reference: int(m.reference.partition(":")[2]) for m in moves if m.reference.startswith("order_line:")}
    owners = orders.orders_of_lines(request.ctx, line_ids=sorted(set(lines.values())))
    return {reference: owners[id] for reference, id in lines.items() if id in owners}


def _variant(request: StaffRequest, variant_id: int) -> VariantRow:
    found = catalog.variants_by_id(request.ctx, ids=[variant_id]).get(variant_id)
    if found is None:
        raise Refused(NOT_FOUND, {"what": "variant", "key": variant_id})
    return found


@page("stock:write", methods=("POST",))
def change(request: StaffRequest, variant_id: int) -> HttpResponse:
    """Books what physically changed in one place; the reason is kept in the ledger."""
    row = _variant(request, variant_id)
    place = locations.get(request.ctx, location_id=_number(request, "location", least=1))
    doing, qty = request.POST.get("doing", ""), _number(request, "qty", least=-MOST)
    reason = request.POST.get("reason", "").replace("\x00", "").strip()[:60]
    reference = f"staff:{request.staff.user_id}"
    if qty < 0 and doing != "adjust":
        raise Refused(INVALID, {"field": gettext_noop("Units"), "problem": gettext_noop("Write zero or more.")})
    if doing == "adjust" and not reason:
        raise Refused(INVALID, {"field": gettext_noop("Reason"), "problem": gettext_noop("Write something here.")})
    try:
        if doing == "count":
            stock.count(request.ctx, counts=[Count(variant_id, place.id, qty)], reference=reference)
        else:
            kind, what, default = _booking(doing, variant_id, place.id, qty)
            stock.change(request.ctx, changes=[what], kind=kind, reason=reason or default, reference=reference)
    except Refused as refused:
        facts = {**refused.facts, "sku": row.sku} if refused.refusal is NOT_ENOUGH else refused.facts
        raise Refused(refused.refusal, facts) from None
    messages.success(request, gettext("The stock is booked."))
    return redirect("stock:variant", variant_id)


def _booking(doing: str, variant_id: int, location_id: int, qty: int) -> tuple[MovementKind, Change, str]:
    if doing == "receive":
        return MovementKind.RECEIPT, Change(variant_id, location_id, on_hand=qty), "delivered"
    if doing == "damage":
        return MovementKind.ADJUSTMENT, Change(variant_id, location_id, damaged=qty), "damaged"
    if doing == "adjust":
        return MovementKind.ADJUSTMENT, Change(variant_id, location_id, on_hand=qty), ""
    raise Refused(INVALID, {"field": gettext_noop("Action"), "problem": doing[:40]})


@page("stock:write", methods=("POST",))
def safety(request: StaffRequest, variant_id: int) -> HttpResponse:
    """Sets how many units are kept back from every channel."""
    _variant(request, variant_id)
    keeping.keep_back(request.ctx, keeps=[Keep(variant_id, None, _number(request, "qty", least=0))])
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
