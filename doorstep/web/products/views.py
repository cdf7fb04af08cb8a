"""Products: the list, and one product with its variants."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.base import outbox
from doorstep.base.refusals import Refused
from doorstep.catalog import actions as catalog
from doorstep.catalog import components, queries
from doorstep.catalog.values import ProductDetail, ProductStatus
from doorstep.flows.contents import contents_of
from doorstep.stock import queries as stock
from doorstep.web.parts import cursor, listing, states, timeline
from doorstep.web.parts.choices import currency_words
from doorstep.web.parts.listing import Tab
from doorstep.web.parts.pages import StaffRequest, page, words_of
from doorstep.web.products import forms
from doorstep.web.products import listing as products

LIMIT = 50
TABS = (("", _("On sale and drafts")), ("active", _("Active")), ("draft", _("Drafts")), ("archived", _("Archived")))
EDIT = ("GET", "HEAD", "POST")


@page("catalog:read")
def index(request: StaffRequest) -> HttpResponse:
    """Products, newest first, with what is available of each."""
    where = products.read(request.GET)
    after = cursor.unpack(request.GET.get("after", ""), int)
    found = products.find(request.ctx, where, before=after[0] if after else None, limit=LIMIT + 1)
    listed = cursor.paged(request, found, limit=LIMIT, key=lambda row: (row.id,))
    facts = {
        "page": listed, "where": where, "available": products.available_of(request.ctx, [row.id for row in listed.rows]),
        "bar": listing.bar(request, products.LISTING, tabs=[Tab(*tab) for tab in TABS], parameter="status"),
        "categories": queries.list_categories(request.ctx),
        "is_empty": not found and not request.GET, "can_write": request.may("catalog:write"),
    }  # fmt: skip
    return render(request, "products/index.html", facts)


@page("catalog:write", methods=EDIT)
def new(request: StaffRequest) -> HttpResponse:
    """A new product."""
    if request.method != "POST":
        return _form(request, forms.blank(request.organisation.default_currency))
    form = forms.typed(request.POST)
    try:
        _changed, added = forms.variant_drafts(form)
        id = catalog.create_product(request.ctx, product=forms.product_draft(form), variants=added)
    except Refused as refused:
        return _wrong(request, form, refused)
    messages.success(request, gettext("The product is added. Now give it a picture."))
    return redirect("products:product", id)


@page("catalog:read")
def _read(request: StaffRequest, id: int) -> HttpResponse:
    found = queries.get_product(request.ctx, product_id=id)
    return _form(request, forms.shown(found), product=found)


@page("catalog:write", methods=("POST",))
def _save(request: StaffRequest, id: int) -> HttpResponse:
    form = forms.typed(request.POST)
    try:
        changed, added = forms.variant_drafts(form)
        catalog.edit_product(
            request.ctx, product_id=id, version=form.version, product=forms.product_draft(form), changed=changed,
            added=added,
        )  # fmt: skip
    except Refused as refused:
        return _wrong(request, form, refused, product=queries.get_product(request.ctx, product_id=id))
    messages.success(request, gettext("The product is saved."))
    return redirect("products:product", id)


@page("catalog:read", methods=EDIT)
def product(request: StaffRequest, id: int) -> HttpResponse:
    """One product: what it is, its variants, its stock and what happened to it."""
    return _save(request, id) if request.method == "POST" else _read(request, id)


def _wrong(
    request: StaffRequest, form: forms.Form, refused: Refused, *, product: ProductDetail | None = None
) -> HttpResponse:
    """The form again, with everything that was typed and the reason."""
    says, next_step = words_of(refused)
    forms.mark(form, refused.facts, says)
    if not form.lines:
        form.lines.append(forms.Line("n0"))
    problem = {"says": says, "next_step": next_step}
    return _form(request, form, product=product, problem=problem, status=refused.refusal.status)


def _form(
    request: StaffRequest, form: forms.Form, *, product: ProductDetail | None = None, status: int = 200, **facts: Any
) -> HttpResponse:
    found: dict[str, Any] = {
        "form": form, "product": product, "fresh": forms.Line("n__"), "can_write": request.may("catalog:write"),
        "status_words": [(s.value, states.look_of("product", s).word) for s in ProductStatus],
        "currency_words": currency_words(form.currency, request.organisation.default_currency),
        "categories": queries.list_categories(request.ctx), "option_slots": range(forms.OPTIONS), **facts,
    }  # fmt: skip
    if product is not None:
        ids = [row.id for row in product.variants if not row.archived]
        pool, bundles = stock.pool_of(request.ctx, variant_ids=ids), contents_of(request.ctx, variant_ids=ids)
        uses = components.uses_of(request.ctx, variant_ids=ids)
        shown = [row for row in product.variants if not row.archived]
        found["stock"] = [(row, pool[row.id], bundles.get(row.id)) for row in shown]
        found["bundles"] = [(row, bundles.get(row.id), uses.get(row.id, [])) for row in shown]
        found["has_bundle"] = bool(bundles or uses)
        found["items"] = timeline.told(outbox.timeline(request.ctx, of=[f"product:{product.id}"], limit=50))
    return render(request, "products/product.html", found, status=status)
