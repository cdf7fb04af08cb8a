"""How a return is going: its label, where it is, what became of the money; and calling it off."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from doorstep.accounts.values import Organisation
from doorstep.base import zones
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.flows import notify_returns, printing, return_links, tracking
from doorstep.orders import queries as orders
from doorstep.orders.values import OrderDetail
from doorstep.returns import actions, queries, rules
from doorstep.returns.values import Goods, Outcome, ReturnDetail, ReturnRow, Timing
from doorstep.shipping import queries as shipping
from doorstep.web.parts.for_customers import customer_ctx, kept_private, language_of
from doorstep.web.parts.pages import public, words_of
from doorstep.web.returns import money, words
from doorstep.web.returns_portal.door import brand_of

STEPS = (_("Asked for"), _("On its way back"), _("Here"), _("Done"))


def _open(slug: str, token: str) -> tuple[Organisation, Ctx, ReturnDetail, OrderDetail]:
    """The return that a token opens.  Raises: Http404 where it is none of this brand's."""
    brand = brand_of(slug)
    try:
        organisation_id, return_id = return_links.read_status_token(token)
    except Refused:
        raise Http404 from None
    if organisation_id != brand.id:
        raise Http404
    ctx = customer_ctx(brand.id)
    detail = queries.get_detail(ctx, return_id=return_id)
    return brand, ctx, detail, orders.get(ctx, id=detail.row.order_id)


@public
@require_http_methods(["GET", "HEAD"])
def status(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """Everything that its customer may know of a return."""
    brand, ctx, detail, order = _open(slug, token)
    language = language_of(request, order.language)
    with translation.override(language):
        return _show(request, brand, ctx, detail, order, token)


def _show(
    request: HttpRequest, brand: Organisation, ctx: Ctx, detail: ReturnDetail, order: OrderDetail, token: str,
    *, problem: str = "", code: int = 200,
) -> HttpResponse:  # fmt: skip
    row, language = detail.row, translation.get_language() or "en"
    zone = zones.zone_for(order.ship_to, otherwise=brand.timezone, at=ctx.now)
    parcel = shipping.parcels_by_id(ctx, ids=[row.parcel_id]).get(row.parcel_id) if row.parcel_id else None
    facts: dict[str, Any] = {
        "brand": brand, "organisation": brand, "language": language, "row": row, "detail": order, "token": token,
        "zone": zone, "zone_name": zones.zone_name(zone, language),
        "lines": [(line, words.reason(line.reason), words.OUTCOMES.get(Outcome(line.outcome))) for line in detail.lines],
        "steps": list(zip(STEPS, range(len(STEPS)), strict=True)), "reached": reached(row), "parcel": parcel,
        "scans": tracking.told_of(ctx, parcels=[parcel], language=language)[parcel.id] if parcel else [],
        "has_label": rules.has_label(row, parcel), "problem": problem,
        "can_cancel": rules.can_end(decision=row.decision, goods=row.goods, money=row.money),
        "declared": notify_returns.declared_at(ctx, row=row, to=order.ship_to, language=language),
        "money": money.facts_of(ctx, row=row, lines=detail.lines),
        "timing": words.TIMINGS[Timing(row.timing)], "is_over": row.decision in ("declined", "cancelled", "expired"),
    }  # fmt: skip
    return kept_private(render(request, "returns_portal/status.html", facts, status=code))


def reached(row: ReturnRow) -> int:
    """The last step that is reached."""
    if row.goods in (Goods.INSPECTED, Goods.PROCESSED, Goods.CLOSED):
        return 3
    if row.goods in (Goods.RECEIVED, Goods.PARTIALLY_RECEIVED):
        return 2
    return 1 if row.goods == Goods.IN_TRANSIT else 0


@public
@require_http_methods(["GET", "HEAD"])
def label(_request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """The label as a PDF to print.  Raises: Http404 where there is none."""
    _brand, ctx, detail, _order = _open(slug, token)
    row = detail.row
    parcel = shipping.parcels_by_id(ctx, ids=[row.parcel_id or 0]).get(row.parcel_id or 0)
    if parcel is None or not rules.has_label(row, parcel):
        raise Http404
    drawn = printing.draw(ctx, document="label", subject_id=parcel.id, language="pdf")
    answer = HttpResponse(drawn, content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{row.name}.pdf"'
    return kept_private(answer)


@public
@require_http_methods(["POST"])
def cancel(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """Calls a return off of which nothing was sent."""
    brand, ctx, detail, order = _open(slug, token)
    with translation.override(language_of(request, order.language)):
        try:
            actions.cancel(ctx, return_id=detail.row.id)
        except Refused as refused:
            problem = " ".join(words_of(refused))
            return _show(request, brand, ctx, detail, order, token, problem=problem, code=refused.refusal.status)
        answer = redirect("returns_portal:status", slug, token)
        answer.headers["Location"] += f"?language={translation.get_language()}"
        return kept_private(answer)
