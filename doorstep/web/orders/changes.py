"""Pages that change an order before it is picked: its lines with a live preview, its address, where units come from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext

from doorstep.base import money
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.catalog import queries as catalog
from doorstep.flows import edit_order
from doorstep.flows.edit_order import Added, Edit, Effects
from doorstep.locations import queries as locations
from doorstep.orders import queries, recipients, sent_again
from doorstep.orders.opening import as_sold
from doorstep.orders.values import Address, OrderDetail
from doorstep.shipping import queries as shipping
from doorstep.web.customers.views import country_words
from doorstep.web.orders import why
from doorstep.web.parts.given import id_of, keepable
from doorstep.web.parts.pages import StaffRequest, page, words_of
from doorstep.web.parts.views import go_back

EMPTY_ROWS = 3
ADDRESS = ("name", "company", "city", "region", "postal_code", "country", "phone")


def address_facts(ship_to: dict[str, Any]) -> dict[str, Any]:
    """What the fields of an address show."""
    street = [*ship_to.get("lines", []), "", ""]
    return {"to": ship_to, "street": street[0], "street_more": ", ".join(x for x in street[1:] if x), "countries": country_words()}


def opened(ctx: Ctx, *, id: int) -> OrderDetail:
    """An order with where it goes, opened where that is kept apart."""
    detail = queries.get(ctx, id=id)
    return replace(detail, ship_to=recipients.shown(ctx, order_id=id, kept=detail.ship_to))


def read_address(post: QueryDict) -> Address:
    """The address in a form."""
    texts = {name: keepable(post.get(name, "")) for name in ADDRESS}
    return Address(**texts, lines=(keepable(post.get("street", "")), keepable(post.get("street_more", ""))))


def _units(text: str) -> int:
    if not (text.strip().isascii() and text.strip().isdecimal() and len(text.strip()) < 8):
        raise Refused(INVALID, {"field": "qty", "problem": gettext_noop("This is not a number of units.")})
    return int(text)


def _amount(text: str, currency: str) -> int | None:
    return money.typed(text, currency).minor if text.strip() else None


def _read(post: QueryDict, detail: OrderDetail) -> Edit:
    """What a person wants.  Refuses: what is no number, no amount."""
    currency = detail.order.currency
    skus, units, prices = post.getlist("sku"), post.getlist("units"), post.getlist("price")
    added = [
        Added(keepable(sku.strip())[:64], _units(n or "1"), _amount(price, currency))
        for sku, n, price in zip(skus, units, prices, strict=False)
        if sku.strip()
    ]
    to = read_address(post) if "street" in post else None
    return Edit(
        qty=_qty(post, detail),
        added=tuple(added),
        discount_minor=_amount(post.get("discount", ""), currency),
        ship_to=None if to is None or _is_same(to, detail.ship_to) else to,
    )


def _qty(post: QueryDict, detail: OrderDetail) -> dict[int, int]:
    """New units by line; a bundle is asked for as a whole, by how many of it."""
    qty = {line.id: _units(text) for line in detail.lines if (text := post.get(f"qty-{line.id}")) is not None}
    for line in detail.lines:
        if line.bundle_id is not None and (text := post.get(f"bundle-{line.bundle_id}")) is not None:
            qty[line.id] = _units(text) * line.bundle_each
    return qty


def _is_same(to: Address, was: dict[str, Any]) -> bool:
    facts = address_facts(was)
    return (to.lines == (facts["street"], facts["street_more"])) and all(
        getattr(to, name) == (was.get(name) or "") for name in ADDRESS
    )


def _version(post: QueryDict) -> int:
    text = post.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


@page("orders:write")
def edit(request: StaffRequest, id: int) -> HttpResponse:
    """The lines, discount and address of an order, to be changed; only the address where it brings units again."""
    detail = opened(request.ctx, id=id)
    given = money.Money(detail.discount_minor, detail.order.currency)
    facts = {
        "detail": detail, "row": detail.order, "sold": as_sold(detail.lines), "rows": range(EMPTY_ROWS),
        "discount": f"{given.decimal:f}",
        "bought": sent_again.find_bought(request.ctx, order_id=id), **address_facts(detail.ship_to),
    }  # fmt: skip
    return render(request, "orders/edit.html", facts)


@page("orders:write", methods=("POST",))
def preview(request: StaffRequest, id: int) -> HttpResponse:
    """What the edit would do, as a fragment; a refusal stands in it, since somebody is still typing."""
    detail = opened(request.ctx, id=id)
    try:
        wish = _read(request.POST, detail)
        effects = edit_order.preview(request.ctx, order_id=id, version=_version(request.POST), edit=wish)
    except Refused as refused:
        says, next_step = words_of(refused)
        return render(request, "orders/effects.html", {"says": says, "next_step": next_step})
    return render(request, "orders/effects.html", _effects(request.ctx, effects))


def _effects(ctx: Ctx, effects: Effects) -> dict[str, Any]:
    ids = sorted({*effects.promised, *effects.released, *effects.short})
    skus = {id: row.sku for id, row in catalog.variants_by_id(ctx, ids=ids).items()}
    places = {at.id: at for at in locations.list_locations(ctx)}
    return {
        "effects": effects, "currency": effects.after.order.currency, "difference": abs(effects.difference_minor),
        "stock": [
            (word, [(skus[id], n) for id, n in sorted(units.items())])
            for word, units in (
                ("promised", effects.promised), ("released", effects.released), ("short", effects.short)
            ) if units
        ],
        "parts": why.parts(effects.after, places, []) if effects.rerouted else [],
    }  # fmt: skip


@page("orders:write", methods=("POST",))
def apply(request: StaffRequest, id: int) -> HttpResponse:
    """Changes the order."""
    detail = opened(request.ctx, id=id)
    edit_order.apply(
        request.ctx, order_id=id, version=_version(request.POST), edit=_read(request.POST, detail)
    )
    messages.success(request, gettext("The order is changed."))
    return redirect("orders:order", id)


@page("orders:write")
def ask_address(request: StaffRequest, id: int) -> HttpResponse:
    """The dialog of another address, for pages beside the order's own."""
    detail = opened(request.ctx, id=id)
    facts = {
        "row": detail.order, "detail": detail, "next": request.GET.get("next", ""), **address_facts(detail.ship_to),
    }  # fmt: skip
    return render(request, "orders/ask_address.html", facts)


def why_not_changed(ctx: Ctx, detail: OrderDetail) -> str:
    """Why an order cannot be changed any more; "" where nothing of it is picked."""
    row = detail.order
    if row.state == "cancelled":
        return gettext("The order is cancelled.")
    if row.state != "open" or row.fulfilment_state != "unfulfilled" or detail.historical:
        return gettext("It has left the warehouse.")
    if any(line.picked for line in detail.fulfilment_lines) or shipping.parcels_of(ctx, order_ids=[row.id]):
        return gettext("It is picked already.")
    return ""


@page("orders:write", methods=("POST",))
def change_address(request: StaffRequest, id: int) -> HttpResponse:
    """Sends an order elsewhere."""
    edit_order.change_address(
        request.ctx, order_id=id, version=_version(request.POST), ship_to=read_address(request.POST)
    )
    messages.success(request, gettext("The address is changed."))
    return go_back(request, reverse("orders:order", args=[id]))


@page("orders:write", methods=("POST",))
def split(request: StaffRequest, id: int) -> HttpResponse:
    """Lets another location fulfil some units."""
    detail = opened(request.ctx, id=id)
    edit_order.split(
        request.ctx, order_id=id, version=_version(request.POST),
        fulfilment_order_id=id_of(request.POST.get("part", "")), location_id=id_of(request.POST.get("location", "")),
        units={line.id: _units(request.POST.get(f"qty-{line.id}") or "0") for line in detail.lines},
        note=keepable(request.POST.get("note", ""))[:500],
    )  # fmt: skip
    messages.success(request, gettext("The units are fulfilled there now."))
    return redirect("orders:order", id)
