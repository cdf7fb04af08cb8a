"""What a bundle is made of: read, looked at before it is kept, and kept."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import INVALID, NOT_FOUND, Refused
from doorstep.base.words import gettext_noop
from doorstep.catalog import queries
from doorstep.catalog.values import VariantRow
from doorstep.flows import compose
from doorstep.flows.compose import Contained
from doorstep.flows.contents import Contents, contents_of
from doorstep.web.parts.given import keepable
from doorstep.web.parts.pages import StaffRequest, page, words_of

FREE_ROWS = 4
MOST_FOUND = 12


@page("catalog:write")
def contents(request: StaffRequest, variant_id: int) -> HttpResponse:
    """The form: the components there are, and free rows for more."""
    return _form(request, _variant(request.ctx, variant_id), _now(request.ctx, variant_id))


@page("catalog:write", methods=("POST",))
def keep(request: StaffRequest, variant_id: int) -> HttpResponse:
    """Says what the bundle is made of from now on."""
    row = _variant(request.ctx, variant_id)
    typed = _typed(request.POST)
    try:
        compose.set_components(request.ctx, variant_id=variant_id, contents=_read(typed))
    except Refused as refused:
        says, next_step = words_of(refused)
        status = refused.refusal.status
        return _form(request, row, typed, problem={"says": says, "next_step": next_step}, status=status)
    is_bundle = any(qty.strip() not in ("", "0") for _, qty in typed)
    messages.success(
        request, gettext("The bundle is saved.") if is_bundle else gettext("It is an ordinary variant now.")
    )
    return redirect("products:product", row.product_id)


@page("catalog:write", methods=("POST",))
def look(request: StaffRequest, variant_id: int) -> HttpResponse:
    """What the bundle would be: the very same step, taken back; a refusal stands in it, since somebody is still typing."""
    _variant(request.ctx, variant_id)
    try:
        facts: dict[str, Any] = {"bundle": _tried(request.ctx, variant_id, _read(_typed(request.POST)))}
    except Refused as refused:
        says, next_step = words_of(refused)
        facts = {"says": says, "next_step": next_step}
    return render(request, "products/look.html", facts)


@page("catalog:write")
def suggest(request: StaffRequest, variant_id: int) -> HttpResponse:
    """Variants that may be components, for the field somebody types into."""
    text = request.GET.get("sku", "").strip()[:100]
    found = queries.search_variants(request.ctx, query=text, limit=MOST_FOUND) if text else []
    able = [row for row in found if not row.bundle and row.id != variant_id]
    return render(request, "products/suggested.html", {"found": able})


@transaction.atomic
def _tried(ctx: Ctx, variant_id: int, wanted: list[Contained]) -> Contents | None:
    compose.set_components(ctx, variant_id=variant_id, contents=wanted)
    found = contents_of(ctx, variant_ids=[variant_id]).get(variant_id)
    transaction.set_rollback(True)
    return found


def _variant(ctx: Ctx, variant_id: int) -> VariantRow:
    found = queries.variants_by_id(ctx, ids=[variant_id]).get(variant_id)
    if found is None:
        raise Refused(NOT_FOUND, {"what": "variant", "key": variant_id})
    return found


def _now(ctx: Ctx, variant_id: int) -> list[tuple[str, str]]:
    found = contents_of(ctx, variant_ids=[variant_id]).get(variant_id)
    return [(one.row.sku, str(one.row.qty)) for one in found.inside] if found else []


def _typed(post: QueryDict) -> list[tuple[str, str]]:
    """What was typed, row by row; rows without a SKU are left out.  Shapes: (SKU, units)."""
    rows = zip(post.getlist("sku"), post.getlist("qty"), strict=False)
    return [(keepable(sku).strip()[:64], keepable(qty).strip()[:9]) for sku, qty in rows if sku.strip()]


def _read(typed: list[tuple[str, str]]) -> list[Contained]:
    """The wish; rows of no units are left out.  Refuses: what is no number of units."""
    wanted = []
    for sku, qty in typed:
        if not (qty.isascii() and qty.isdecimal()):
            raise Refused(INVALID, {"field": sku, "problem": gettext_noop("This is not a number of units.")})
        if int(qty):
            wanted.append(Contained(sku, int(qty)))
    return wanted


def _form(
    request: StaffRequest, row: VariantRow, typed: list[tuple[str, str]], *, status: int = 200, **facts: Any
) -> HttpResponse:
    names = {one.sku: one.title for one in queries.find_variants(request.ctx, skus=[sku for sku, _ in typed]).values()}
    facts |= {
        "row": row, "rows": [(sku, qty, names.get(sku, "")) for sku, qty in typed],
        "free": range(FREE_ROWS), "is_bundle": row.bundle,
    }  # fmt: skip
    return render(request, "products/contents.html", facts, status=status)
